//! Names for what goes: what a dropped block was, as its place and text tell.

use foldhash::{HashMap, HashSet};
use memchr::{memchr2_iter, memmem::Finder};
use sanad_document::Block;
use sanad_document::text::chars::each_lower;
use sanad_document::text::prefix_filter::PrefixFilter;
use sanad_html::class_words;
use std::sync::LazyLock;

/// Rule names by word group of the container's path, the first that matches wins. The groups are those of
/// [`class_words::groups`].
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
    by_text(block).or_else(|| by_element(&block.path))
}

fn by_text(block: &Block) -> Option<&'static str> {
    is_switcher(&block.text, block.link_share).then_some("chrome.language_switch")
}

fn by_element(path: &str) -> Option<&'static str> {
    ELEMENTS.iter().find(|(element, _)| stands_in(path, element)).map(|(_, rule)| *rule)
}

/// Elements whose text goes, and the rules it goes under: a moving line; what a field holds, which is for the reader to
/// change or copy, code to embed mostly.
static ELEMENTS: LazyLock<[(Finder<'static>, &str); 2]> =
    LazyLock::new(|| [(Finder::new("marquee"), "chrome.ticker"), (Finder::new("textarea"), "chrome.form")]);

fn stands_in(path: &str, element: &Finder<'_>) -> bool {
    let is = |part: &str| part.split(['.', '#']).next().is_some_and(|name| name.as_bytes() == element.needle());
    element.find(path.as_bytes()).is_some() && path.split('/').any(is)
}

/// Names the rules of a document's dropped blocks.
#[derive(Debug, Default)]
pub(super) struct Namer<'a> {
    /// The path that was asked about last, and the rule of an element on it that needs no score.
    last: Option<(&'a str, Option<&'static str>)>,
    /// The rule each container's names speak for: many blocks stand in few containers.
    by_path: HashMap<&'a str, &'static str>,
    /// The word groups of all names on each container's path.
    groups: HashMap<&'a str, u64>,
}

impl<'a> Namer<'a> {
    /// As [`certain`] says, which is asked of all blocks: neighbours mostly stand on one path.
    pub(super) fn certain(&mut self, block: &'a Block) -> Option<&'static str> {
        let path: &str = &block.path;
        let known = self.last.filter(|(last, _)| *last == path);
        let (_, of_element) = *self.last.insert(known.unwrap_or_else(|| (path, by_element(path))));
        by_text(block).or(of_element)
    }

    /// The name of the rule a dropped block goes under, which no rule named for certain.
    pub(super) fn name(&mut self, block: &'a Block) -> &'static str {
        if is_rights(&block.text) {
            return "chrome.footer";
        }
        let groups = &mut self.groups;
        self.by_path.entry(&block.path).or_insert_with(|| by_path(&block.path, groups))
    }
}

/// The rules with the bits of their groups.
static RULES: LazyLock<[(u64, &str); 17]> =
    LazyLock::new(|| BY_GROUP.map(|(group, rule)| (class_words::bit(group), rule)));

/// The rule a container's words, or else its elements, speak for.
fn by_path<'a>(path: &'a str, groups: &mut HashMap<&'a str, u64>) -> &'static str {
    let groups = groups_on(path, groups);
    let by_group = RULES.iter().find(|(bit, _)| groups & bit != 0).map(|(_, rule)| *rule);
    by_group.unwrap_or_else(|| {
        let elements = path.split('/').filter_map(|part| part.split(['.', '#']).next());
        let ranks = elements.filter_map(|name| BY_ELEMENT.iter().position(|(known, _)| *known == name));
        ranks.min().and_then(|rank| BY_ELEMENT.get(rank)).map_or("model.page", |(_, rule)| rule)
    })
}

/// Rule names by element on a path that no word group names, the first of these that stands there wins.
const BY_ELEMENT: [(&str, &str); 6] = [
    ("nav", "chrome.menu"),
    ("footer", "chrome.footer"),
    ("form", "chrome.form"),
    ("button", "chrome.form"),
    ("select", "chrome.form"),
    ("noscript", "chrome.noscript"),
];

/// The word groups of all names on a path: those of the container around and its own.
fn groups_on<'a>(path: &'a str, known: &mut HashMap<&'a str, u64>) -> u64 {
    let (mut rest, mut parts) = (path, Vec::new());
    let mut groups = loop {
        if let Some(groups) = known.get(rest) {
            break *groups;
        }
        parts.push(rest);
        match rest.rsplit_once('/') {
            Some((around, _)) => rest = around,
            None => break 0,
        }
    };
    for path in parts.into_iter().rev() {
        groups |= class_words::groups(path.rsplit('/').next().unwrap_or(path));
        known.insert(path, groups);
    }
    groups
}

fn is_switcher(text: &str, link_share: f32) -> bool {
    if text.len() > MAX_SWITCHER || !begins_with_name(text) {
        return false;
    }
    let text = text.trim_start_matches("• ");
    let mut names = 0;
    let all = text.split(is_between).map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        names += 1;
        is_language(part)
            || part.contains(char::is_whitespace)
                && part.split_whitespace().all(|word| {
                    names += 1;
                    is_language(word)
                })
    });
    // a name alone that isn't a link may be the text's own word
    all && names > 0 && (names > 1 || link_share > 0.5)
}

/// Marks between the names of a switcher.
fn is_between(c: char) -> bool {
    matches!(c, '|' | '/' | '·' | '•' | ',' | '\n')
}

/// Whether the first word of a text is the first of a language's name: most texts are no switcher by that.
fn begins_with_name(text: &str) -> bool {
    static FIRST: LazyLock<(HashSet<&str>, PrefixFilter)> = LazyLock::new(|| {
        let names: HashSet<&str> = LANGUAGES.iter().filter_map(|name| name.split_whitespace().next()).collect();
        let mut beginnings = PrefixFilter::default();
        for name in &names {
            beginnings.add(name);
        }
        (names, beginnings)
    });
    let (names, beginnings) = &*FIRST;
    let first = text.split(|c: char| is_between(c) || c.is_whitespace()).find(|word| !word.is_empty());
    first.is_some_and(|word| beginnings.may_hold(word) && is_one_of(word, names))
}

/// Bytes of the longest of [`LANGUAGES`], and some for letters that are shorter in lower case.
const LONGEST_NAME: usize = 32;

fn is_language(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| LANGUAGES.iter().copied().collect());
    is_one_of(name, &NAMES)
}

/// Whether a name in lower case is one of some; none of them has a letter whose lower case depends on its place.
fn is_one_of(name: &str, names: &HashSet<&str>) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let mut low = [0; 2 * LONGEST_NAME];
    let mut length = 0;
    for c in name.chars() {
        each_lower(c, |c| {
            if let Some(place) = low.get_mut(length..).filter(|place| place.len() >= c.len_utf8()) {
                length += c.encode_utf8(place).len();
            }
        });
    }
    low.get(..length).and_then(|low| std::str::from_utf8(low).ok()).is_some_and(|low| names.contains(low))
}

fn is_rights(text: &str) -> bool {
    const WORD: &[u8] = b"copyright";
    let bytes = text.as_bytes();
    let is_word = |at: usize| bytes.get(at..at + WORD.len()).is_some_and(|w| w.eq_ignore_ascii_case(WORD));
    text.len() < 400 && (text.contains('©') || memchr2_iter(b'c', b'C', bytes).any(is_word))
}
