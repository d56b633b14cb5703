//! The words of a page's title, and how many of them another text has.

use sanad_document::text::chars::{each_lower, is_letter_or_digit, lower};
use sanad_document::text::prefix_filter::PrefixFilter;

/// Words of a text that are looked for in the title, from its beginning.
pub(super) const MAX_ASKED: u32 = 40;

/// Words of a text, as it writes them; of a longer text only the first.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let words = std::iter::from_fn(move || {
        rest = rest.get(run_of(rest, false)..)?;
        let (word, after) = rest.split_at_checked(run_of(rest, true))?;
        rest = after;
        Some(word).filter(|word| !word.is_empty())
    });
    words.take(MAX_ASKED as usize)
}

/// Bytes of the characters that a text begins with and that are letters and digits, or that aren't.
fn run_of(text: &str, wanted: bool) -> usize {
    let mut at = 0;
    loop {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        at += rest.iter().take_while(|byte| byte.is_ascii() && byte.is_ascii_alphanumeric() == wanted).count();
        let (is_word, length) = match text.as_bytes().get(at) {
            None | Some(0..=0x7F) => break,
            Some(0xD0 | 0xD1) => (true, 2), // U+0400 to U+047F: Cyrillic letters
            Some(_) => match text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(c) => (is_letter_or_digit(c), c.len_utf8()),
                None => break,
            },
        };
        if is_word != wanted {
            break;
        }
        at += length;
    }
    at
}

/// Words of a text in lower case, for comparison; of a longer text only the first.
pub(super) fn words(text: &str) -> Vec<String> {
    split(text).map(str::to_lowercase).collect()
}

/// The words of a title.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// In lower case.
    words: Vec<String>,
    /// A bit for each first letter: most words of a page begin otherwise.
    firsts: u64,
    beginnings: PrefixFilter,
}

impl Title {
    /// Reads a title.
    pub(super) fn of(text: &str) -> Self {
        let words = words(text);
        let (mut firsts, mut beginnings) = (0, PrefixFilter::default());
        for word in &words {
            firsts |= bit(word.chars().next().unwrap_or_default());
            beginnings.add(word);
            if word.contains(['\u{307}', 'ς']) {
                beginnings = PrefixFilter::ALL; // a second letter that doesn't follow from that of the capitals
            }
        }
        Self { words, firsts, beginnings }
    }

    /// Whether it has no words.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Number of its words.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Bytes of its words in lower case.
    pub(super) fn bytes(&self) -> usize {
        self.words.iter().map(String::len).sum()
    }

    /// Bytes of the text's words in lower case, all and those that stand in it; of a longer text only the first.
    pub(super) fn shared_bytes(&self, text: &str) -> (usize, usize) {
        split(text).fold((0, 0), |(all, shared), word| {
            let bytes = bytes_in_lower_case(word);
            (all + bytes, shared + if self.holds(word) { bytes } else { 0 })
        })
    }

    /// Whether all its words stand in another.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.words.iter().all(|word| other.words.contains(word))
    }

    /// Whether a word stands in it, whatever the case.
    pub(super) fn holds(&self, word: &str) -> bool {
        self.holds_first_word(word, word.chars().next().unwrap_or_default())
    }

    /// Whether the word that a text begins with, with this letter, stands in it.
    #[inline]
    pub(super) fn holds_first_word(&self, text: &str, first: char) -> bool {
        let first = lower(first);
        self.firsts & bit(first) != 0 && self.holds_word_from(text, first)
    }

    /// The same where a word begins with its letter in lower case.
    fn holds_word_from(&self, text: &str, first: char) -> bool {
        if !self.beginnings.may_hold(text) {
            return false;
        }
        let word = text.get(..run_of(text, true)).unwrap_or(text);
        self.words.iter().any(|known| known.starts_with(first) && is_lower_case_of(known, word))
    }

    /// How many of a text's words are in it, and how many the text has; of both only the first of a longer text.
    pub(super) fn hits(&self, text: &str) -> (u32, u32) {
        split(text).fold((0, 0), |(hits, all), word| (hits + u32::from(self.holds(word)), all + 1))
    }
}

fn bit(letter: char) -> u64 {
    1 << (u32::from(letter) % u64::BITS)
}

/// Bytes of a word in lower case, without making that.
fn bytes_in_lower_case(word: &str) -> usize {
    if word.is_ascii() {
        return word.len();
    }
    let mut bytes = 0;
    word.chars().for_each(|c| each_lower(c, |c| bytes += c.len_utf8()));
    bytes
}

/// Whether `lower` is a word in lower case, without making that.
fn is_lower_case_of(lower: &str, word: &str) -> bool {
    if word.is_ascii() {
        return lower.eq_ignore_ascii_case(word);
    }
    if word.contains('Σ') {
        return lower == word.to_lowercase(); // its lower case depends on its place
    }
    let mut rest = lower.chars();
    let mut goes_on_with = |c| {
        let mut is_same = true;
        each_lower(c, |c| is_same &= rest.next() == Some(c));
        is_same
    };
    word.chars().all(&mut goes_on_with) && rest.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_at_what_is_no_letter_or_digit() {
        for c in '\0'..=char::MAX {
            let text = format!("-a{c}b{c} {c}");
            let wanted = text.split(|c: char| !is_letter_or_digit(c)).filter(|w| !w.is_empty());
            assert!(split(&text).eq(wanted), "{c:?}");
        }
    }

    #[test]
    fn a_titles_words_are_found_whatever_their_case() {
        let title = Title::of("ОДЫССЕЯ: The İstanbul Treaty, ΟΔΥΣΣΕΥΣ 2024");
        assert_eq!(title.len(), 6);
        assert_eq!(title.hits("Одыссея the treaty of İSTANBUL"), (4, 5));
        assert_eq!(title.hits("ΟΔΥΣΣΕΥΣ 2024 одысея theory t"), (2, 5));
        assert_eq!(Title::default().hits("The treaty"), (0, 2));
        assert_eq!(title.shared_bytes("THE ΟΔΥΣΣΕΥΣ, thé"), (23, 19));
    }
}
