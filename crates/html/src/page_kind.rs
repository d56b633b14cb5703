//! What kind of page it is. Only short pages are suspected: a page with a text of its own is a document, whatever words
//! stand in its title.

use crate::walk::Reading;
use sanad_document::{Block, PageKind};

/// Characters of kept text below which a page may be something else than a document.
const SHORT: usize = 700;

/// Below this, a page with scripts and no text of its own waits for them.
const SHELL: usize = 200;

/// A page of links: at least so many blocks, so many of them links, with so much of the text, and no long paragraph. A list
/// of officials has as many links, their names, but more text in their posts.
const LISTING_BLOCKS: usize = 8;
const LISTING_LINKS: f32 = 0.5;

/// Blocks from this length on with few links are paragraphs. A character of a script without spaces counts three times,
/// as its bytes do.
const PARAGRAPH: usize = 200;
const WIDE_BYTES: usize = 3;

/// One paragraph of this length that the model is sure of makes a document of a page of links: a notice of two lines
/// among its site's menus and teasers.
const SHORT_PARAGRAPH: usize = 100;
const SURE: f32 = 0.75;

/// Words of pages that say there is no page, in lower case.
const NOT_FOUND: &[&str] = &[
    "404",
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

/// Words of pages that stand before the document.
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

/// Words of consent banners: where nothing else is kept, the banner is all there is.
const CONSENT: &[&str] = &["cookie", "куки", "кукі", "gdpr", "consent"];

/// Words of pages that need scripts.
const SCRIPT: &[&str] = &["javascript", "java script", "жаваскрипт", "джаваскрипт"];

/// Judges.
pub(super) fn judge(reading: &Reading) -> PageKind {
    let shown = reading.blocks.iter().zip(&reading.facts).filter(|(_, f)| !f.noscript);
    let all: usize = shown.clone().map(|(b, _)| b.text.len()).sum();
    let kept = || shown.clone().filter(|(b, _)| b.score >= 0.5).map(|(b, _)| b);
    let own: usize = kept().map(|b| b.text.chars().count()).sum();
    if own >= SHORT {
        return listing(reading).unwrap_or(PageKind::Document);
    }
    let mut said = reading.head.title.clone().unwrap_or_default();
    for block in reading.blocks.iter().filter(|b| b.text.len() < 2 * SHORT).take(60) {
        said.push('\n');
        said.push_str(&block.text);
    }
    let said = said.to_lowercase();
    let says = |cues: &[&str]| cues.iter().any(|cue| said.contains(cue));
    let near: String = main_words(reading);
    let near_says = |cues: &[&str]| cues.iter().any(|cue| near.contains(cue));
    if reading.blocks.is_empty() && reading.scripts == 0 {
        PageKind::Empty
    } else if all <= SHELL && (says(SCRIPT) || (own == 0 && reading.scripts > 0)) {
        PageKind::ScriptOnly
    } else if near_says(NOT_FOUND) {
        PageKind::ErrorPage
    } else if near_says(WAIT) {
        PageKind::Interstitial
    } else if reading.blocks.is_empty() {
        PageKind::Empty
    } else if own < SHELL && all < 2 * SHORT && says(CONSENT) && !has_paragraph(reading) {
        PageKind::Interstitial
    } else {
        listing(reading).unwrap_or(PageKind::Document)
    }
}

/// Title, headings and kept blocks in lower case: where a page says what it is.
fn main_words(reading: &Reading) -> String {
    let mut near = reading.head.title.clone().unwrap_or_default();
    let blocks = reading.blocks.iter().zip(&reading.facts);
    for (block, facts) in blocks {
        let short = reading.blocks.len() <= 6;
        if (facts.heading > 0 || block.score >= 0.5 || short) && block.link_share < 0.5 {
            near.push('\n');
            near.push_str(&block.text);
        }
    }
    near.to_lowercase()
}

fn has_paragraph(reading: &Reading) -> bool {
    reading.blocks.iter().any(|b| {
        let text = b.text.to_lowercase();
        b.score >= 0.5 && b.text.len() >= 60 && !CONSENT.iter().any(|cue| text.contains(cue))
    })
}

#[allow(clippy::cast_precision_loss, reason = "shares of a page's text")]
fn listing(reading: &Reading) -> Option<PageKind> {
    let kept: Vec<_> = reading.blocks.iter().filter(|b| b.score >= 0.5).collect();
    let is_text = |b: &&Block| b.score >= SURE && is_paragraph(b, SHORT_PARAGRAPH);
    if kept.iter().any(is_text) {
        return None;
    }
    let paragraphs = kept.iter().filter(|b| is_paragraph(b, PARAGRAPH)).count();
    let pool = if kept.len() >= LISTING_BLOCKS { kept } else { reading.blocks.iter().collect() };
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

fn is_paragraph(block: &Block, least: usize) -> bool {
    let chars = block.text.chars().count();
    let wide = block.text.len() >= chars * (WIDE_BYTES - 1) + chars / 2;
    block.link_share < 0.2 && chars * if wide { WIDE_BYTES } else { 1 } >= least
}
