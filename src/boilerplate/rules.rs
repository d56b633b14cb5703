//! Names for what goes: what a dropped block was, as its place and text tell.

use crate::{html::words, record::Block};
use std::collections::HashMap;

/// Rule names by word group of the container's path, the first that matches wins. The groups are those of
/// [`words::groups`].
const BY_GROUP: [(&str, &str); 17] = [
    ("cookie", "chrome.cookie"),
    ("breadcrumb", "chrome.breadcrumb"),
    ("language", "chrome.language_switch"),
    ("pager", "chrome.pager"),
    ("share", "chrome.share"),
    ("comment", "chrome.comments"),
    ("newsletter", "chrome.newsletter"),
    ("advert", "chrome.advert"),
    ("calendar", "chrome.calendar"),
    ("gallery", "chrome.gallery"),
    ("related", "chrome.related"),
    ("latest", "chrome.related"),
    ("footer", "chrome.footer"),
    ("copyright", "chrome.footer"),
    ("search", "chrome.search"),
    ("menu", "chrome.menu"),
    ("nav", "chrome.menu"),
];

/// Names languages give themselves in switchers, and the codes that stand for them.
const LANGUAGES: &[&str] = &[
    "english",
    "русский",
    "тоҷикӣ",
    "тоҷики",
    "таджикский",
    "точики",
    "русӣ",
    "англисӣ",
    "қазақша",
    "қазақ тілі",
    "кыргызча",
    "o‘zbekcha",
    "o'zbekcha",
    "ўзбекча",
    "oʻzbekcha",
    "українська",
    "беларуская",
    "français",
    "deutsch",
    "español",
    "italiano",
    "português",
    "polski",
    "türkçe",
    "中文",
    "简体中文",
    "繁體中文",
    "日本語",
    "한국어",
    "العربية",
    "فارسی",
    "azərbaycan",
    "հայերեն",
    "ქართული",
    "монгол",
    "română",
    "čeština",
    "ελληνικά",
    "svenska",
    "suomi",
    "norsk",
    "dansk",
    "nederlands",
    "magyar",
    "български",
    "srpski",
    "hrvatski",
    "en",
    "ru",
    "tj",
    "tg",
    "kz",
    "kk",
    "ky",
    "kg",
    "uz",
    "uk",
    "ua",
    "by",
    "be",
    "fr",
    "de",
    "es",
    "it",
    "pt",
    "pl",
    "tr",
    "cn",
    "zh",
    "jp",
    "ja",
    "ko",
    "ar",
    "fa",
    "az",
    "am",
    "hy",
    "ka",
    "ge",
    "eng",
    "rus",
    "taj",
    "tgk",
    "тоҷ",
    "рус",
    "англ",
    "тҷ",
    "тч",
    "ру",
    "ен",
    "қаз",
    "каз",
    "кыр",
    "ўзб",
    "узб",
    "укр",
    "бел",
    "ўз",
    "қз",
    "кр",
];

/// Longest text looked through for a list of languages, in bytes.
const MAX_SWITCHER: usize = 200;

/// A rule that needs no score: nothing but names of languages to choose from, or a moving line.
pub(super) fn certain(block: &Block) -> Option<&'static str> {
    if is_switcher(&block.text, block.link_share) {
        return Some("chrome.language_switch");
    }
    let stands_in = |element: &str| {
        let is = |part: &str| part.split(['.', '#']).next() == Some(element);
        block.path.contains(element) && block.path.split('/').any(is)
    };
    if stands_in("marquee") {
        return Some("chrome.ticker");
    }
    // what a field holds is for the reader to change or copy: code to embed, mostly
    if stands_in("textarea") {
        return Some("chrome.form");
    }
    None
}

/// Names the rules of a document's dropped blocks.
#[derive(Debug, Default)]
pub(super) struct Namer<'a> {
    /// The rule each container's names speak for: many blocks stand in few containers.
    by_path: HashMap<&'a str, &'static str>,
}

impl<'a> Namer<'a> {
    /// The name of the rule a dropped block goes under.
    pub(super) fn name(&mut self, block: &'a Block) -> &'static str {
        if let Some(rule) = certain(block) {
            return rule;
        }
        if is_rights(&block.text) {
            return "chrome.footer";
        }
        self.by_path.entry(&block.path).or_insert_with(|| by_path(&block.path))
    }
}

/// The rule a container's words, or else its elements, speak for.
fn by_path(path: &str) -> &'static str {
    let groups = words::groups(path);
    let by_group = BY_GROUP.iter().find(|(group, _)| groups & words::bit(group) != 0).map(|(_, rule)| *rule);
    let element = |name: &str| path.split('/').any(|p| p.split(['.', '#']).next() == Some(name));
    if let Some(rule) = by_group {
        rule
    } else if element("nav") {
        "chrome.menu"
    } else if element("footer") {
        "chrome.footer"
    } else if element("form") || element("button") || element("select") {
        "chrome.form"
    } else if element("noscript") {
        "chrome.noscript"
    } else {
        "model.page"
    }
}

fn is_switcher(text: &str, link_share: f32) -> bool {
    if text.len() > MAX_SWITCHER {
        return false;
    }
    let text = text.trim_start_matches("• ");
    let mut names = 0;
    let all = text.split(['|', '/', '·', '•', ',', '\n']).map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        names += 1;
        is_language(part)
            || part.split_whitespace().all(|word| {
                names += 1;
                is_language(word)
            })
    });
    // a name alone that isn't a link may be the text's own word
    all && names > 0 && (names > 1 || link_share > 0.5)
}

/// Bytes of the longest of [`LANGUAGES`], and some for letters that are shorter in lower case.
const LONGEST_NAME: usize = 32;

fn is_language(name: &str) -> bool {
    name.len() <= LONGEST_NAME && LANGUAGES.contains(&name.to_lowercase().as_str())
}

fn is_rights(text: &str) -> bool {
    text.len() < 400 && (text.contains('©') || text.as_bytes().windows(9).any(|w| w.eq_ignore_ascii_case(b"copyright")))
}
