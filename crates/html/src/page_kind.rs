//! The kind of a page: a document, a listing, an error page and so on. Only short pages are checked for most kinds: a
//! page with enough text of its own is a document or a listing, whatever words are in its title.

use crate::element_kind::Flag;
use crate::refresh;
use crate::walk::PageBlocks;
use sanad_document::{Block, Kind, PageKind};

/// Characters of kept text below which a page may be something else than a document or a listing.
const SHORT_PAGE: usize = 700;

/// Bytes of text below which a page with scripts and no text of its own waits for them, and characters of kept text
/// below which a page may be a consent banner.
const SHELL_PAGE: usize = 200;

/// A listing has at least this many blocks; links are at least this share of its blocks and of its text. A list of
/// officials has as many links, their names, but more text in their posts.
const LISTING_BLOCKS: usize = 8;
const LISTING_LINKS: f32 = 0.5;

/// Characters from which a block with few links is a paragraph. A character of a script without spaces counts three
/// times, as it has three bytes.
const PARAGRAPH_CHARS: usize = 200;
const WIDE_BYTES: usize = 3;

/// One paragraph of this many characters with at least this score makes a page of links a document: a notice of two
/// lines among the menus and teasers of its site.
const NOTICE_CHARS: usize = 100;
const NOTICE_SCORE: f32 = 0.75;

/// The score from which a block is kept.
const KEPT: f32 = 0.5;

/// Words of the longest line that says nothing but the status of an error page: `Error 404 | Ministry of Roads`.
const STATUS_WORDS: usize = 8;

/// Signs that make a number after them a document's.
const NUMBER_SIGNS: &[&str] = &["№", "no", "nr", "n°", "#", "ref"];

/// Words of pages with a form to log in, in lower case.
const LOGIN: &[&str] = &[
    "log in",
    "login",
    "log on",
    "logon",
    "sign in",
    "signin",
    "sign-in",
    "authorization",
    "authentication",
    "вход",
    "войти",
    "войдите",
    "авториз",
    "аутентификац",
    "личный кабинет",
    "воридшавӣ",
    "ворид шав",
    "даромад",
    "кириш",
    "кирүү",
    "кіру",
    "kirish",
    "kiriş",
    "giriş",
    "увійти",
    "вхід",
    "anmeld",
    "einloggen",
    "connexion",
    "se connecter",
    "iniciar sesión",
    "accedi",
    "zaloguj",
    "entrar",
    "登录",
    "登錄",
    "登入",
    "ログイン",
    "ورود",
    "تسجيل الدخول",
];

/// Words of error pages, in lower case.
const NOT_FOUND: &[&str] = &[
    "not found",
    "page was not found",
    "does not exist",
    "doesn't exist",
    "no longer available",
    "page cannot be found",
    "page can't be found",
    "403 forbidden",
    "access denied",
    "internal server error",
    "bad gateway",
    "service unavailable",
    "temporarily unavailable",
    "database error",
    "не найден",
    "не существует",
    "ошибка 404",
    "доступ запрещ",
    "доступ запрещён",
    "сервис недоступен",
    "ёфт нашуд",
    "пайдо нашуд",
    "вуҷуд надорад",
    "дастрас нест",
    "табылмады",
    "табылган жок",
    "topilmadi",
    "топилмади",
    "не знайдено",
    "не існує",
    "tapılmadı",
    "bulunamadı",
    "nicht gefunden",
    "introuvable",
    "no encontrada",
    "no existe",
    "non trovata",
    "nie znaleziono",
    "não encontrada",
    "找不到",
    "不存在",
    "見つかりません",
    "یافت نشد",
    "غير موجود",
];

/// Words of interstitials, in lower case: pages that come before the document.
const WAIT: &[&str] = &[
    "checking your browser",
    "just a moment",
    "verify you are human",
    "verifying you are human",
    "are you a robot",
    "not a robot",
    "captcha",
    "ddos protection",
    "security check",
    "enable cookies",
    "please wait",
    "you are being redirected",
    "redirecting",
    "проверка браузера",
    "проверяем ваш браузер",
    "подождите",
    "вы не робот",
    "не робот",
    "санҷиши браузер",
    "лутфан интизор",
    "күте тұр",
    "күтө туру",
    "kuting",
    "зачекайте",
    "bitte warten",
    "veuillez patienter",
    "espere",
    "请稍候",
    "captcha-delivery",
    "before you continue",
    "before accessing",
];

/// Words of consent banners. If nothing else is kept, the banner is the whole page.
const CONSENT: &[&str] = &["cookie", "куки", "кукі", "gdpr", "consent"];

/// Words of pages that need scripts.
const SCRIPT: &[&str] = &["javascript", "java script", "жаваскрипт", "джаваскрипт"];

/// Decides the kind of a page from its scored blocks.
pub(super) fn page_kind(page: &PageBlocks) -> PageKind {
    let shown = page.blocks.iter().zip(&page.facts).filter(|(_, f)| !f.noscript);
    let all: usize = shown.clone().map(|(b, _)| b.text.len()).sum();
    let kept = || shown.clone().filter(|(b, _)| b.score >= KEPT).map(|(b, _)| b);
    let own: usize = kept().map(|b| b.text.chars().count()).sum();
    if own >= SHORT_PAGE {
        return listing(page).unwrap_or(PageKind::Document);
    }
    let mut said = page.head.title.clone().unwrap_or_default();
    for block in page.blocks.iter().filter(|b| b.text.len() < 2 * SHORT_PAGE).take(60) {
        said.push('\n');
        said.push_str(&block.text);
    }
    let said = said.to_lowercase();
    let says = |cues: &[&str]| cues.iter().any(|cue| said.contains(cue));
    let prominent = prominent_text(page);
    let says_prominently = |cues: &[&str]| cues.iter().any(|cue| prominent.contains(cue));
    if page.blocks.is_empty() && page.scripts == 0 {
        PageKind::Empty
    } else if all <= SHELL_PAGE && (says(SCRIPT) || (own == 0 && page.scripts > 0)) {
        PageKind::ScriptOnly
    } else if says_prominently(NOT_FOUND) || (says_404(&prominent) && !has_own_paragraph(page)) {
        PageKind::ErrorPage
    } else if is_login(page, &prominent) {
        PageKind::Login
    } else if says_prominently(WAIT) || is_refresh(page) {
        PageKind::Interstitial
    } else if page.blocks.is_empty() {
        PageKind::Empty
    } else if own < SHELL_PAGE && all < 2 * SHORT_PAGE && says(CONSENT) && !has_paragraph(page) {
        PageKind::Interstitial
    } else {
        listing(page).unwrap_or(PageKind::Document)
    }
}

/// Whether a page sends its reader elsewhere and says hardly more than that.
fn is_refresh(page: &PageBlocks) -> bool {
    let shown = page.blocks.iter().zip(&page.facts).filter(|(_, facts)| !facts.noscript);
    let text = shown.flat_map(|(block, _)| block.text.chars()).filter(|c| !c.is_whitespace());
    page.head.refresh.is_some() && text.count() <= refresh::MOST_TEXT
}

/// Whether a line says the status 404 and hardly more. The figure alone may be any number: of a decree, of a bus.
fn says_404(prominent: &str) -> bool {
    prominent.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()) == "404";
        let is_numbered = |at: usize| {
            at.checked_sub(1)
                .and_then(|before| words.get(before))
                .is_some_and(|word| NUMBER_SIGNS.contains(&word.trim_end_matches(['.', ':'])))
        };
        let is_unsigned = |word: &str| !word.starts_with(['№', '#']);
        let has_other_number = words.iter().any(|word| !bare(word) && word.chars().any(char::is_numeric));
        let at = words.iter().position(|word| bare(word) && is_unsigned(word));
        words.len() <= STATUS_WORDS && !has_other_number && at.is_some_and(|at| !is_numbered(at))
    })
}

/// Whether a page is a form to log in: it has a field for a password, and says so in its title, or has no paragraph beside
/// the form and says so elsewhere, or has nothing beside the form. Many sites have such a form beside every page.
fn is_login(page: &PageBlocks, prominent: &str) -> bool {
    let says_login = |text: &str| LOGIN.iter().any(|cue| text.contains(cue));
    let title = || page.head.title.as_deref().unwrap_or_default().to_lowercase();
    let is_bare = || !has_own_paragraph(page) && (says_login(prominent) || !has_text_beside_forms(page));
    page.passwords > 0 && (says_login(&title()) || is_bare())
}

/// Whether a kept block outside of forms is running text.
fn has_own_paragraph(page: &PageBlocks) -> bool {
    beside_forms(page).any(|block| is_paragraph(block, NOTICE_CHARS))
}

fn has_text_beside_forms(page: &PageBlocks) -> bool {
    beside_forms(page).any(|block| block.kind != Kind::Heading && block.link_share < KEPT)
}

/// The kept blocks outside of forms.
fn beside_forms(page: &PageBlocks) -> impl Iterator<Item = &Block> {
    let blocks = page.blocks.iter().zip(&page.facts).filter(|(block, _)| block.score >= KEPT);
    blocks.filter(|(_, facts)| !is_in_form(page, facts.container)).map(|(block, _)| block)
}

/// Whether a container is a form or in one.
fn is_in_form(page: &PageBlocks, container: u32) -> bool {
    let mut at = container;
    while let Some(found) = page.containers.get(at as usize) {
        if found.flags & Flag::Form.bit() != 0 {
            return true;
        }
        if found.parent == at {
            return false;
        }
        at = found.parent;
    }
    false
}

/// The title, the headings and the kept blocks in lower case. There a page says what it is.
fn prominent_text(page: &PageBlocks) -> String {
    let mut prominent = page.head.title.clone().unwrap_or_default();
    let blocks = page.blocks.iter().zip(&page.facts);
    for (block, facts) in blocks {
        let short = page.blocks.len() <= 6;
        if (facts.heading > 0 || block.score >= KEPT || short) && block.link_share < 0.5 {
            prominent.push('\n');
            prominent.push_str(&block.text);
        }
    }
    prominent.to_lowercase()
}

/// Whether a kept block of some length is no part of a consent banner.
fn has_paragraph(page: &PageBlocks) -> bool {
    page.blocks.iter().any(|b| {
        let text = b.text.to_lowercase();
        b.score >= KEPT && b.text.len() >= 60 && !CONSENT.iter().any(|cue| text.contains(cue))
    })
}

#[allow(clippy::cast_precision_loss, reason = "shares of a page's text")]
/// The listing kind, if the page is one.
fn listing(page: &PageBlocks) -> Option<PageKind> {
    let kept: Vec<_> = page.blocks.iter().filter(|b| b.score >= KEPT).collect();
    let is_notice = |b: &&Block| b.score >= NOTICE_SCORE && is_paragraph(b, NOTICE_CHARS);
    if kept.iter().any(is_notice) {
        return None;
    }
    let paragraphs = kept.iter().filter(|b| is_paragraph(b, PARAGRAPH_CHARS)).count();
    let pool = if kept.len() >= LISTING_BLOCKS { kept } else { page.blocks.iter().collect() };
    let (mut linked, mut text, mut link_text) = (0.0, 0.0, 0.0);
    let blocks = pool.len().max(1) as f32;
    for block in &pool {
        let bytes = block.text.len() as f32;
        linked += f32::from(block.link_share > 0.6);
        text += bytes;
        link_text += bytes * block.link_share;
    }
    let links = linked >= LISTING_LINKS * blocks && link_text >= LISTING_LINKS * text;
    (pool.len() >= LISTING_BLOCKS && links && paragraphs < 2).then_some(PageKind::Listing)
}

/// Whether a block is running text of at least this many characters.
fn is_paragraph(block: &Block, least: usize) -> bool {
    let chars = block.text.chars().count();
    let wide = block.text.len() >= chars * (WIDE_BYTES - 1) + chars / 2;
    block.link_share < 0.2 && chars * if wide { WIDE_BYTES } else { 1 } >= least
}
