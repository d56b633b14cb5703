//! The words of each language that dates, titles and adoptions are told by: `config/languages/<iso3>.toml`.
//!
//! One file a language, built into the program: names of months, words for "published", "adopted", "today", nouns of
//! official acts, names of the language in switchers. All languages are always looked up together, since pages print
//! month names of a language that isn't theirs.

use foldhash::{HashMap, HashMapExt as _};
use sanad_document::text::chars::{is_letter, is_letter_or_digit, push_lower};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The vocabulary of one language. All entries are lower case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Language {
    /// Names that switchers show: its own, English, Russian.
    pub(crate) names: Vec<String>,
    /// Tags and short labels: `tg`, `тҷ`; the first is the one of ISO 639-1 where there is one.
    pub(crate) tags: Vec<String>,
    /// Beginnings of the twelve months' names, in every case form that changes the beginning.
    months: Vec<Vec<String>>,
    /// How many letters may follow such a beginning.
    ending: usize,
    /// Abbreviations of the months, whole.
    short: Vec<Vec<String>>,
    /// Words that may stand inside a date.
    link: Vec<String>,
    /// Words after a year.
    year: Vec<String>,
    /// Words before a time of day.
    at: Vec<String>,
    /// Words between the two days of a range.
    span: Vec<String>,
    /// Endings of ordinals: `st`, `nji`.
    ordinal: Vec<String>,
    /// Labels of a publication date.
    pub published: Vec<String>,
    /// Labels of a date of change.
    pub modified: Vec<String>,
    /// Words of a clock: "today".
    pub today: Vec<String>,
    /// Verbs of adoption and signature.
    pub adopted: Vec<String>,
    /// Verbs of holding a meeting.
    pub held: Vec<String>,
    /// Verbs of those who met and declare: "having met".
    pub met: Vec<String>,
    /// Words that make an act the one at hand: "this", "joint".
    pub own: Vec<String>,
    /// Words between an act's noun and its subject: "on", «о», «дар бораи».
    pub about: Vec<String>,
    /// Beginnings of nouns of official acts.
    pub(crate) acts: Vec<String>,
    /// Words before (or after) a town's name.
    pub place: Vec<String>,
    /// Words between an act's noun and its date: "of", «от».
    pub from: Vec<String>,
    /// Words before an author's name.
    pub by: Vec<String>,
    /// What the link to a listing's next page says.
    next: Vec<String>,
}

/// All languages, and what is looked up over all of them.
#[derive(Debug, Default)]
pub struct Words {
    /// By ISO 639-3 code.
    pub languages: BTreeMap<&'static str, Language>,
    months: HashMap<String, Month>,
    roles: HashMap<String, u8>,
    /// Codes of languages by the names and by the tags that switchers show.
    names: HashMap<String, &'static str>,
    tags: HashMap<String, &'static str>,
    /// Nouns of official acts in all languages by their first character: most lines of a page are asked for them.
    acts: HashMap<char, Vec<String>>,
}

/// A month's name, or its beginning.
#[derive(Debug, Clone, Copy)]
struct Month {
    number: u8,
    ending: usize,
}

/// What a word may do inside a date; a set, since one word can do several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Stands inside: "of", «соли».
    Link = 1,
    /// Stands after a year.
    Year = 2,
    /// Stands before a time of day.
    At = 4,
    /// Joins two days.
    Span = 8,
    /// Ends an ordinal.
    Ordinal = 16,
}

/// The languages' files as one object, made when the program is built.
const TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/languages.json"));

/// The longest beginning of a month's name that is looked for, in letters: the longest in the tables has twelve.
const LONGEST_STEM: usize = 14;

/// The words of all languages.
pub fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    // a test reads the table, so it isn't empty here
    WORDS.get_or_init(|| Words::new(serde_json::from_str(TABLE).unwrap_or_default()))
}

impl Words {
    fn new(languages: BTreeMap<&'static str, Language>) -> Self {
        let (mut months, mut roles) = (HashMap::new(), HashMap::new());
        let (mut by_name, mut by_tag) = (HashMap::new(), HashMap::new());
        for (code, language) in &languages {
            for (map, list) in [(&mut by_name, &language.names), (&mut by_tag, &language.tags)] {
                for label in list {
                    map.entry(label.clone()).or_insert(*code); // of several languages the first is it
                }
            }
            let names = [(&language.months, language.ending), (&language.short, 0)];
            for (forms, ending) in names {
                for (number, form) in (1u8..).zip(forms).flat_map(|(n, f)| f.iter().map(move |f| (n, f))) {
                    let month = months.entry(form.clone()).or_insert(Month { number, ending });
                    month.ending = month.ending.max(ending);
                }
            }
            let parts = [
                (&language.link, Part::Link),
                (&language.year, Part::Year),
                (&language.at, Part::At),
                (&language.span, Part::Span),
                (&language.ordinal, Part::Ordinal),
            ];
            for (list, part) in parts {
                for word in list {
                    *roles.entry(word.clone()).or_insert(0) |= part as u8;
                }
            }
        }
        let mut acts: HashMap<char, Vec<String>> = HashMap::new();
        for act in languages.values().flat_map(|language| &language.acts) {
            acts.entry(act.chars().next().unwrap_or_default()).or_default().push(act.clone());
        }
        Self { languages, months, roles, names: by_name, tags: by_tag, acts }
    }

    /// Whether `text` (folded) holds a noun of an official act, at the beginning of a word.
    pub fn has_act(&self, text: &str) -> bool {
        let mut before = None;
        text.char_indices().any(|(at, c)| {
            let begins_word = !before.replace(c).is_some_and(is_letter);
            let rest = text.get(at..).unwrap_or_default();
            let stands_here = |act: &String| rest.strip_prefix(act.as_str()).is_some_and(|after| may_end(act, after));
            begins_word && self.acts.get(&c).is_some_and(|acts| acts.iter().any(stands_here))
        })
    }

    /// The number of the month that `word` (folded) names.
    pub fn month(&self, word: &str) -> Option<u8> {
        let mut ends: Vec<usize> = word.char_indices().map(|(at, c)| at + c.len_utf8()).take(LONGEST_STEM).collect();
        let letters = word.chars().take(2 * LONGEST_STEM).count();
        while let Some(end) = ends.pop() {
            let (stem, _) = word.split_at_checked(end)?;
            if let Some(month) = self.months.get(stem) {
                return (letters <= ends.len() + 1 + month.ending).then_some(month.number);
            }
        }
        None
    }

    /// Whether `word` (folded) can be this part of a date.
    pub fn is(&self, word: &str, part: Part) -> bool {
        self.roles.get(word).is_some_and(|set| set & part as u8 != 0)
    }

    /// The language (ISO 639-3) that a switcher's text or a language tag names.
    pub fn language(&self, label: &str) -> Option<&'static str> {
        let label = fold(label);
        let label = label.trim_matches(|c: char| !is_letter_or_digit(c));
        let primary = label.split(['-', '_']).next().unwrap_or(label);
        let by_tag = || [primary, label].into_iter().filter_map(|tag| self.tags.get(tag).copied()).min();
        let by_name = self.names.get(label).copied();
        let code = Some(primary).filter(|code| code.len() == "tgk".len());
        let by_code = || code.and_then(|code| self.languages.get_key_value(code)).map(|(code, _)| *code);
        by_name.or_else(by_code).or_else(by_tag)
    }

    /// Whether a link's whole text says that it leads to a listing's next page.
    pub fn says_next(&self, text: &str) -> bool {
        let text = fold(text);
        let text = text.trim_matches(|c: char| !is_letter_or_digit(c));
        !text.is_empty() && self.languages.values().any(|l| l.next.iter().any(|word| word == text))
    }

    /// Whether `text` (folded) holds one of the words that `list` picks from each language, at the beginning of a word.
    pub fn any(&self, text: &str, list: impl Fn(&Language) -> &[String]) -> bool {
        self.find(text, list).is_some()
    }

    /// Where in `text` (folded) the first word of `list` stands, in bytes, and the word's length.
    pub fn find(&self, text: &str, list: impl Fn(&Language) -> &[String]) -> Option<(usize, usize)> {
        self.all((text, &Grams::of(text)), list).min()
    }

    /// Where in `text` (folded), whose runs are given, words of `list` stand, each where it first does, with their lengths.
    pub fn all(
        &self,
        (text, grams): (&str, &Grams),
        list: impl Fn(&Language) -> &[String],
    ) -> impl Iterator<Item = (usize, usize)> {
        let words = self.languages.values().flat_map(move |l| list(l).iter());
        let words = words.filter(|word| word.len() <= text.len() && grams.may_hold(word));
        words.filter_map(move |word| at_word_start(text, word).map(|at| (at, word.len())))
    }
}

/// The four-byte runs of a text as a Bloom filter: of some hundred words looked for hardly one stands in it.
pub struct Grams([u64; 32]);

impl Grams {
    const LENGTH: usize = 4;

    /// Reads a text.
    pub fn of(text: &str) -> Self {
        let mut out = Self([0; 32]);
        for run in text.as_bytes().windows(Self::LENGTH) {
            let (word, bit) = Self::place(run);
            if let Some(bits) = out.0.get_mut(word) {
                *bits |= bit;
            }
        }
        out
    }

    /// A word of the filter and a bit in it, by multiplicative hashing.
    fn place(run: &[u8]) -> (usize, u64) {
        let value = run.iter().fold(0u32, |v, b| v << 8 | u32::from(*b));
        let hash = value.wrapping_mul(0x9E37_79B1) >> 21;
        ((hash >> 6) as usize, 1 << (hash & 63))
    }

    /// False only if `word` can't stand in the text.
    fn may_hold(&self, word: &str) -> bool {
        let holds = |run: Option<&[u8]>| {
            run.is_none_or(|run| {
                let (word, bit) = Self::place(run);
                self.0.get(word).is_some_and(|bits| bits & bit != 0)
            })
        };
        let bytes = word.as_bytes();
        holds(bytes.get(..Self::LENGTH)) && holds(bytes.len().checked_sub(Self::LENGTH).and_then(|at| bytes.get(at..)))
    }
}

/// Where `word` stands in `text` at the beginning of a word, in bytes.
pub fn at_word_start(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word)
        .find(|(at, found)| {
            let before = text.get(..*at).and_then(|t| t.chars().next_back());
            let after = text.get(at + found.len()..).unwrap_or_default();
            !before.is_some_and(is_letter) && may_end(word, after)
        })
        .map(|(at, _)| at)
}

/// Words of so few letters must be whole words: they begin too many others.
const SHORT: usize = 3;

/// Whether a word may be followed by this text, which stands behind it.
fn may_end(word: &str, after: &str) -> bool {
    word.chars().nth(SHORT).is_some() || !after.chars().next().is_some_and(is_letter)
}

/// Whether a character stands between the parts of a line of small print: its date, its author, its counter.
pub fn is_bar(c: char) -> bool {
    matches!(c, '|' | '│' | '∣' | '｜' | '•' | '·' | '∙' | '‧' | '・' | '･' | '●' | '◦' | '▪' | '■')
}

/// Lower case, without the combining dot of a lowered `İ`, `ё` as `е`.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_folded(&mut out, c));
    out
}

/// Whether a character's folded form isn't just its lower case.
pub fn is_folded_otherwise(c: char) -> bool {
    matches!(c, 'ё' | 'Ё' | 'İ' | '\u{307}')
}

/// A character [folded](fold), appended.
pub fn push_folded(out: &mut String, c: char) {
    match c {
        'ё' | 'Ё' => out.push('е'),
        'İ' => out.push('i'),
        '\u{307}' => {}
        _ => push_lower(out, c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_file_is_read() {
        let read = serde_json::from_str::<BTreeMap<&str, Language>>(TABLE);
        assert!(read.is_ok(), "{read:?}");
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("languages");
        assert_eq!(words().languages.len(), folder.read_dir().unwrap().count());
    }

    #[test]
    fn no_name_stands_for_two_months() {
        let mut seen: BTreeMap<&str, (u8, &str)> = BTreeMap::new();
        for (code, language) in &words().languages {
            for forms in [&language.months, &language.short] {
                for (number, names) in (1u8..).zip(forms) {
                    for name in names {
                        let (other, of) = *seen.entry(name).or_insert((number, code));
                        assert_eq!(other, number, "{name} in {of} and {code}");
                        assert_eq!(*name, fold(name), "{code}: not folded");
                    }
                }
            }
        }
    }

    #[test]
    fn the_filter_never_hides_a_word_that_stands_there() {
        let text = fold("Done at Dushanbe on 4 May 2018; қабул шуд, принято, 通过");
        for (start, _) in text.char_indices() {
            for (end, c) in text.char_indices().filter(|(end, _)| *end >= start) {
                assert!(Grams::of(&text).may_hold(text.get(start..end + c.len_utf8()).unwrap()));
            }
        }
        assert!(!Grams::of(&text).may_hold("signed"));
    }

    #[test]
    fn every_character_is_folded_as_its_lower_case() {
        for c in '\0'..=char::MAX {
            let wanted = c.to_lowercase().filter(|c| *c != '\u{307}').map(|c| if c == 'ё' { 'е' } else { c });
            assert!(fold(&c.to_string()).chars().eq(wanted), "{c:?}");
        }
    }

    #[test]
    fn switchers_name_languages_in_their_own_words_and_others() {
        let cases = [
            ("Тоҷикӣ", "tgk"),
            ("TJ", "tgk"),
            ("Русский", "rus"),
            ("English", "eng"),
            ("ҚАЗ", "kaz"),
            ("o‘zbekcha", "uzb"),
            ("en-US", "eng"),
            ("فارسی", "fas"),
        ];
        for (label, code) in cases {
            assert_eq!(words().language(label), Some(code), "{label}");
        }
        assert_eq!(words().language("Contacts"), None);
    }
}
