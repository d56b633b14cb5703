//! Hyphens at line ends: which belong to the word and which only to the line.
//!
//! The document's own words decide, so this works for languages without a dictionary.

use sanad_document::Join;
use sanad_document::text::chars::{is_letter_or_digit, push_lower};
use std::collections::HashMap;

/// Maximum number of different words counted. A document of a thousand pages has about fifty thousand.
const MAX_WORDS: usize = 2_000_000;
/// A document is hyphenated if at least this share of its lines ends in a hyphen. Words that are written with a hyphen
/// end 2 to 3 % of English lines.
const HYPHENATED: f32 = 0.05;
/// It is hyphenated, too, if it writes at least this share of its cut words whole elsewhere.
const CONFIRMED: f32 = 0.12;
/// Maximum number of cut words remembered. The first ones are enough.
const MAX_CUTS: usize = 2_000;

/// The words of a document, in lower case, with their counts.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: HashMap<String, u32>,
    lines: u32,
    /// Number of lines that end in a hyphen.
    hyphens: u32,
    /// The part of a word that the last line ends with.
    open: Option<String>,
    /// The two parts of words that are cut by a line's end.
    cuts: Vec<(String, String)>,
    is_hyphenated: bool,
}

/// Returns true for the hyphens that may be at a line's end.
pub(crate) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{AD}' | '\u{2010}')
}

/// Returns true if a text ends in a hyphen that isn't a dash.
pub(super) fn ends_in_hyphen(text: &str) -> bool {
    text.ends_with(is_hyphen) && !text.ends_with(" -")
}

fn is_word(c: char) -> bool {
    is_letter_or_digit(c) || matches!(c, '\u{300}'..='\u{36F}' | '\'' | '’')
}

/// The word at the end of a text, without its final hyphen.
fn tail(text: &str) -> String {
    let body = text.trim_end_matches(is_hyphen);
    let start = body.trim_end_matches(|c| is_word(c) || is_hyphen(c)).len();
    lower(body.get(start..).unwrap_or_default())
}

/// The word at the start of a text.
fn head(text: &str) -> String {
    let rest = text.trim_start_matches(|c| is_word(c) || c == '-').len();
    let word = text.get(..text.len() - rest).unwrap_or_default();
    lower(word.trim_end_matches('-'))
}

fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_lower(&mut out, c));
    out
}

impl Vocabulary {
    /// Adds the words of a line. Lines come in reading order; parts of words at their ends are left out.
    pub(super) fn add(&mut self, line: &str) {
        self.lines = self.lines.saturating_add(1);
        let is_cut = ends_in_hyphen(line);
        if is_cut {
            self.hyphens = self.hyphens.saturating_add(1);
        }
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if is_cut {
            words.pop();
        }
        let tail = is_cut.then(|| tail(line));
        if let Some(before) = std::mem::replace(&mut self.open, tail)
            && !words.is_empty()
        {
            words.remove(0);
            if self.cuts.len() < MAX_CUTS {
                self.cuts.push((before, head(line)));
            }
        }
        self.count_words(&words);
    }

    fn count_words(&mut self, words: &[&str]) {
        let mut low = String::new();
        for word in words {
            let trimmed = word.trim_matches(|c: char| !is_word(c));
            if trimmed.is_empty() || self.words.len() >= MAX_WORDS {
                continue;
            }
            low.clear();
            for c in trimmed.chars().filter(|c| *c != '\u{AD}') {
                push_lower(&mut low, if c == '\u{2010}' || c == '\u{2011}' { '-' } else { c });
            }
            // most words are known: only a new one costs a copy
            match self.words.get_mut(low.as_str()) {
                Some(count) => *count += 1,
                None => drop(self.words.insert(low.clone(), 1)),
            }
        }
    }

    fn count(&self, word: &str) -> u32 {
        self.words.get(word).copied().unwrap_or(0)
    }

    /// Decides whether the document is hyphenated, once all lines are added.
    #[allow(clippy::cast_precision_loss, reason = "line counts")]
    pub(super) fn close(&mut self) {
        let known = self.cuts.iter().filter(|(l, r)| self.count(&format!("{l}{r}")) > 0).count();
        self.is_hyphenated = self.hyphens as f32 >= HYPHENATED * self.lines as f32
            || (known > 1 && known as f32 >= CONFIRMED * self.cuts.len() as f32);
    }

    /// How the line `after` joins the text `before`. Never [`Join::None`].
    pub(super) fn join(&self, before: &str, after: &str) -> Join {
        let mut end = before.chars().rev();
        let last = end.next().unwrap_or(' ');
        let Some(next) = after.chars().next() else {
            return Join::Space;
        };
        if is_open_address(before) {
            return Join::Nothing;
        }
        if !is_hyphen(last) {
            return if is_unspaced(last) && is_unspaced(next) { Join::Nothing } else { Join::Space };
        }
        if last == '\u{AD}' {
            return Join::Hyphen;
        }
        let letter = end.next().unwrap_or(' ');
        if !letter.is_alphanumeric() {
            return Join::Space;
        }
        if !next.is_alphabetic() || letter.is_numeric() {
            return Join::Nothing;
        }
        if next.is_uppercase() && !letter.is_uppercase() {
            return Join::Nothing;
        }
        if self.is_real(&tail(before), &head(after)) { Join::Nothing } else { Join::Hyphen }
    }

    /// Returns true if the hyphen between two parts belongs to the word.
    fn is_real(&self, left: &str, right: &str) -> bool {
        let joined = self.count(&format!("{left}{right}"));
        let hyphened = self.count(&format!("{left}-{right}"));
        if joined > 0 || hyphened > 0 {
            return hyphened > joined;
        }
        if is_compound(left, right) {
            return true;
        }
        let (l, r) = (self.count(left), self.count(right));
        // if few lines end in hyphens, those between known words belong to the words
        if !self.is_hyphenated {
            return l >= 1 || r >= 1;
        }
        let long = |w: &str| w.chars().count() >= 4;
        l >= 2 && r >= 2 && long(left) && long(right)
    }
}

/// Returns true if a text ends inside a web address, at a place where addresses are broken.
pub(super) fn is_open_address(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let address = word.contains("://") || word.contains("www.") || word.ends_with("https:");
    address && word.ends_with(['/', '.', '-', '_', '?', '=', '&', '#', '%', ':'])
}

/// Returns true for scripts that are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}' | '\u{E00}'..='\u{E7F}')
}

/// Returns true for Russian words that are always written with a hyphen: pronouns with -то, -либо, -нибудь; кое-;
/// из-за, из-под.
fn is_compound(left: &str, right: &str) -> bool {
    #[rustfmt::skip]
    const PRONOUNS: [&str; 29] = [
        "кто", "кого", "кому", "кем", "ком", "что", "чего", "чему", "чем", "как", "какой", "какая", "какое", "какие",
        "какого", "какую", "каким", "каких", "каком", "где", "куда", "откуда", "когда", "чей", "чья", "почему",
        "зачем", "сколько", "всё",
    ];
    let has_particle = matches!(right, "то" | "либо" | "нибудь");
    (has_particle && PRONOUNS.contains(&left)) || left == "кое" || (left == "из" && matches!(right, "за" | "под"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(lines: &[&str]) -> Vocabulary {
        let mut v = Vocabulary::default();
        for line in lines {
            v.add(line);
        }
        v.close();
        v
    }

    #[test]
    fn a_word_the_document_knows_whole_is_made_whole() {
        let v = vocabulary(&["дорогие соотечественники", "и дорогие соотече-"]);
        assert_eq!(v.join("дорогие соотече-", "ственники все"), Join::Hyphen);
    }

    #[test]
    fn a_compound_the_document_writes_with_a_hyphen_keeps_it() {
        let v = vocabulary(&["a long-term plan", "this long-"]);
        assert_eq!(v.join("this long-", "term plan"), Join::Nothing);
    }

    #[test]
    fn ranges_and_names_keep_their_hyphen() {
        let v = vocabulary(&[]);
        assert_eq!(v.join("2018-", "2020"), Join::Nothing);
        assert_eq!(v.join("Нью-", "Йорк"), Join::Nothing);
        assert_eq!(v.join("слово -", "другое"), Join::Space);
    }

    #[test]
    fn chinese_lines_join_without_a_space() {
        let v = vocabulary(&[]);
        assert_eq!(v.join("中國", "傳媒"), Join::Nothing);
    }
}
