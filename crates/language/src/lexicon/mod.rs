//! The words by which dates, titles and adoptions are recognized: `languages/<iso3>.toml`.
//!
//! Each language has a file, built into the program: names of months, words for "published", "adopted", "today", nouns
//! of official acts, names of the language in switchers. All languages are searched together, because pages print month
//! names of other languages than their own.

mod fold;
mod grams;
mod word_start;

pub use fold::{fold, is_folded_otherwise, push_folded};
use foldhash::HashMap;
pub use grams::Grams;
use sanad_document::text::chars::{is_letter, is_letter_or_digit};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;
pub use word_start::at_word_start;
use word_start::may_end;

/// The vocabulary of one language. All entries are [folded](fold).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Language {
    /// Names that switchers show: its own, English, Russian.
    names: Vec<String>,
    /// Tags and short labels: `tg`, `тҷ`. The first is its ISO 639-1 code, if it has one.
    tags: Vec<String>,
    /// Stems of the twelve months' names, for every case form that changes the stem.
    months: Vec<Vec<String>>,
    /// Number of letters that may follow such a stem.
    ending: usize,
    /// Abbreviations of the months, as whole words.
    short: Vec<Vec<String>>,
    /// Words that may be part of a date.
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
    /// Verbs for holding a meeting.
    pub held: Vec<String>,
    /// Verbs for those who met and declare: "having met".
    pub met: Vec<String>,
    /// Words that refer to the act at hand: "this", "joint".
    pub own: Vec<String>,
    /// Words between an act's noun and its subject: "on", «о», «дар бораи».
    pub about: Vec<String>,
    /// Beginnings of nouns of official acts.
    acts: Vec<String>,
    /// Words before (or after) the name of a town.
    pub place: Vec<String>,
    /// Words between an act's noun and its date: "of", «от».
    pub from: Vec<String>,
    /// Words before an author's name.
    pub by: Vec<String>,
    /// Texts of the link to a listing's next page.
    next: Vec<String>,
}

/// The vocabularies of all languages, and indexes over all of them.
#[derive(Debug, Default)]
pub struct Words {
    /// Vocabularies by ISO 639-3 code.
    pub languages: BTreeMap<&'static str, Language>,
    /// Months by stem or abbreviation.
    months: HashMap<String, Month>,
    /// Sets of [`Part`]s by word.
    roles: HashMap<String, u8>,
    /// Codes of languages by the names, and by the tags, that switchers show.
    names: HashMap<String, &'static str>,
    tags: HashMap<String, &'static str>,
    /// Nouns of official acts in all languages, by their first character: most lines of a page are searched for them.
    acts: HashMap<char, Vec<String>>,
}

/// The month of a stem or abbreviation.
#[derive(Debug, Clone, Copy)]
struct Month {
    number: u8,
    /// Number of letters that may follow.
    ending: usize,
}

/// The part that a word can have in a date, as a flag, because one word can have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Inside a date: "of", «соли».
    Link = 1,
    /// After a year.
    Year = 2,
    /// Before a time of day.
    At = 4,
    /// Between two days.
    Span = 8,
    /// The ending of an ordinal.
    Ordinal = 16,
}

/// The languages' files as one JSON object, made by the build script.
const TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/languages.json"));

/// Letters of the longest stem of a month that is looked up: the longest in the tables has twelve.
const LONGEST_STEM: usize = 14;

/// Returns the words of all languages.
pub fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    // a test reads the table, so it isn't empty here
    WORDS.get_or_init(|| Words::new(serde_json::from_str(TABLE).unwrap_or_default()))
}

impl Words {
    fn new(languages: BTreeMap<&'static str, Language>) -> Self {
        let mut words = Self::default();
        for (code, language) in &languages {
            for (map, list) in [(&mut words.names, &language.names), (&mut words.tags, &language.tags)] {
                for label in list {
                    map.entry(label.clone()).or_insert(*code); // of several languages the first wins
                }
            }
            words.add_months(language);
            words.add_parts(language);
            for act in &language.acts {
                words.acts.entry(act.chars().next().unwrap_or_default()).or_default().push(act.clone());
            }
        }
        words.languages = languages;
        words
    }

    fn add_months(&mut self, language: &Language) {
        for (forms, ending) in [(&language.months, language.ending), (&language.short, 0)] {
            for (number, form) in (1u8..).zip(forms).flat_map(|(n, f)| f.iter().map(move |f| (n, f))) {
                let month = self.months.entry(form.clone()).or_insert(Month { number, ending });
                month.ending = month.ending.max(ending);
            }
        }
    }

    fn add_parts(&mut self, language: &Language) {
        let parts = [
            (&language.link, Part::Link),
            (&language.year, Part::Year),
            (&language.at, Part::At),
            (&language.span, Part::Span),
            (&language.ordinal, Part::Ordinal),
        ];
        for (list, part) in parts {
            for word in list {
                *self.roles.entry(word.clone()).or_insert(0) |= part as u8;
            }
        }
    }

    /// Returns true if `text` (folded) has a noun of an official act, at the beginning of a word.
    #[must_use]
    pub fn has_act(&self, text: &str) -> bool {
        let mut before = None;
        text.char_indices().any(|(at, c)| {
            let begins_word = !before.replace(c).is_some_and(is_letter);
            let rest = text.get(at..).unwrap_or_default();
            let is_here = |act: &String| rest.strip_prefix(act.as_str()).is_some_and(|after| may_end(act, after));
            begins_word && self.acts.get(&c).is_some_and(|acts| acts.iter().any(is_here))
        })
    }

    /// Returns the number of the month that `word` (folded) names.
    #[must_use]
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

    /// Returns true if `word` (folded) can have this part in a date.
    #[must_use]
    pub fn is(&self, word: &str, part: Part) -> bool {
        self.roles.get(word).is_some_and(|set| set & part as u8 != 0)
    }

    /// Returns the language (ISO 639-3) that a switcher's text or a language tag names.
    #[must_use]
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

    /// Returns true if a link's whole text says that it leads to a listing's next page.
    #[must_use]
    pub fn says_next(&self, text: &str) -> bool {
        let text = fold(text);
        let text = text.trim_matches(|c: char| !is_letter_or_digit(c));
        !text.is_empty() && self.languages.values().any(|l| l.next.iter().any(|word| word == text))
    }

    /// Returns true if `text` (folded) has one of the words that `list` selects from each language, at the beginning of
    /// a word.
    pub fn any(&self, text: &str, list: impl Fn(&Language) -> &[String]) -> bool {
        self.find(text, list).is_some()
    }

    /// Returns where in `text` (folded) the first word of `list` begins, and the word's length, both in bytes.
    pub fn find(&self, text: &str, list: impl Fn(&Language) -> &[String]) -> Option<(usize, usize)> {
        self.all((text, &Grams::of(text)), list).min()
    }

    /// Returns where the words of `list` first begin in a text (folded), and their lengths, in bytes. The text comes
    /// with its [`Grams`].
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

/// Returns true if a character separates the parts of a line of small print: its date, its author, its counter.
#[must_use]
pub fn is_bar(c: char) -> bool {
    matches!(c, '|' | '│' | '∣' | '｜' | '•' | '·' | '∙' | '‧' | '・' | '･' | '●' | '◦' | '▪' | '■')
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
    fn no_name_is_that_of_two_months() {
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
    fn the_filter_never_rules_out_a_word_of_the_text() {
        let text = fold("Done at Dushanbe on 4 May 2018; қабул шуд, принято, 通过");
        for (start, _) in text.char_indices() {
            for (end, c) in text.char_indices().filter(|(end, _)| *end >= start) {
                assert!(Grams::of(&text).may_hold(text.get(start..end + c.len_utf8()).unwrap()));
            }
        }
        assert!(!Grams::of(&text).may_hold("signed"));
    }

    #[test]
    fn every_character_is_folded_to_its_lower_case() {
        for c in '\0'..=char::MAX {
            let wanted = c.to_lowercase().filter(|c| *c != '\u{307}').map(|c| if c == 'ё' { 'е' } else { c });
            assert!(fold(&c.to_string()).chars().eq(wanted), "{c:?}");
        }
    }

    #[test]
    fn switchers_name_languages_in_several_languages() {
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
