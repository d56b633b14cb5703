//! Recognises language switchers: texts that hold nothing but names of languages.

use foldhash::HashSet;
use sanad_document::text::chars::each_lower;
use sanad_document::text::prefix_filter::PrefixFilter;
use std::sync::LazyLock;

/// The longest text that may be a switcher, in bytes.
const MAX_SWITCHER: usize = 200;

/// The longest name of a language, in bytes. [`LANGUAGES`] has shorter ones; the rest is for letters that are longer in
/// upper case.
const LONGEST_NAME: usize = 32;

/// A single name is a switcher only if more than this share of it is a link; otherwise it may be a word of the text.
const LINKED: f32 = 0.5;

/// Names that languages have in switchers, and their codes.
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

/// Whether a text of this link share is a language switcher.
pub(super) fn is_switcher(text: &str, link_share: f32) -> bool {
    if text.len() > MAX_SWITCHER || !begins_with_name(text) {
        return false;
    }
    let text = text.trim_start_matches("• ");
    let mut names = 0;
    let all = text.split(is_separator).map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        names += 1;
        is_language(part)
            || part.contains(char::is_whitespace)
                && part.split_whitespace().all(|word| {
                    names += 1;
                    is_language(word)
                })
    });
    all && names > 0 && (names > 1 || link_share > LINKED)
}

/// Whether a character separates the names of a switcher.
fn is_separator(c: char) -> bool {
    matches!(c, '|' | '/' | '·' | '•' | ',' | '\n')
}

/// Whether the first word of a text begins a language's name. Rules out most texts cheaply.
fn begins_with_name(text: &str) -> bool {
    static FIRST: LazyLock<(HashSet<&str>, PrefixFilter)> = LazyLock::new(|| {
        let words: HashSet<&str> = LANGUAGES.iter().filter_map(|name| name.split_whitespace().next()).collect();
        let mut filter = PrefixFilter::default();
        for word in &words {
            filter.add(word);
        }
        (words, filter)
    });
    let (words, filter) = &*FIRST;
    let first = text.split(|c: char| is_separator(c) || c.is_whitespace()).find(|word| !word.is_empty());
    first.is_some_and(|word| filter.may_hold(word) && holds_lower(words, word))
}

fn is_language(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| LANGUAGES.iter().copied().collect());
    holds_lower(&NAMES, name)
}

/// Whether `names` holds the lower case of `name`. Lowers character by character, which is exact here: no name in the
/// table has a letter whose lower case depends on its position.
fn holds_lower(names: &HashSet<&str>, name: &str) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let mut lower = [0; 2 * LONGEST_NAME];
    let mut length = 0;
    for c in name.chars() {
        each_lower(c, |c| {
            if let Some(rest) = lower.get_mut(length..).filter(|rest| rest.len() >= c.len_utf8()) {
                length += c.encode_utf8(rest).len();
            }
        });
    }
    lower.get(..length).and_then(|lower| std::str::from_utf8(lower).ok()).is_some_and(|lower| names.contains(lower))
}
