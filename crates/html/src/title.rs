//! The words of a page's title, and how many of them another text repeats.

use sanad_document::text::chars::{each_lower, is_letter_or_digit, lower};
use sanad_document::text::prefix_filter::PrefixFilter;

/// Words of a text, from its start, that are looked up in the title.
pub(super) const MAX_LOOKUPS: u32 = 40;

/// The first [`MAX_LOOKUPS`] words of a text, unchanged.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let words = std::iter::from_fn(move || {
        rest = rest.get(run_length(rest, Run::Other)..)?;
        let (word, after) = rest.split_at_checked(run_length(rest, Run::Word))?;
        rest = after;
        Some(word).filter(|word| !word.is_empty())
    });
    words.take(MAX_LOOKUPS as usize)
}

/// A run of characters of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    /// Letters and digits.
    Word,
    /// Anything else.
    Other,
}

/// The length of the run that a text begins with, in bytes; 0 if it begins with the other sort.
fn run_length(text: &str, run: Run) -> usize {
    let wanted = run == Run::Word;
    let mut at = 0;
    loop {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        at += rest.iter().take_while(|byte| byte.is_ascii() && byte.is_ascii_alphanumeric() == wanted).count();
        let (is_word, length) = match text.as_bytes().get(at) {
            None | Some(0..=0x7F) => break,
            Some(0xD0 | 0xD1) => (true, 2), // U+0400 to U+047F, all Cyrillic letters
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

/// The first [`MAX_LOOKUPS`] words of a text in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    split(text).map(str::to_lowercase).collect()
}

/// The words of a title.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// Its words in lower case.
    words: Vec<String>,
    /// One bit per first letter. It rules out most words of a page.
    first_letters: u64,
    /// A filter over the first bytes of the words. It rules out most of the rest.
    prefixes: PrefixFilter,
}

/// How many of a text's words are in a title.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TitleHits {
    /// Words that are in the title.
    pub(super) hits: u32,
    /// Words looked up: those of the text, at most [`MAX_LOOKUPS`].
    pub(super) words: u32,
}

impl Title {
    /// The words of a title.
    pub(super) fn of(text: &str) -> Self {
        let words = words(text);
        let (mut first_letters, mut prefixes) = (0, PrefixFilter::default());
        for word in &words {
            first_letters |= bit(word.chars().next().unwrap_or_default());
            prefixes.add(word);
            if word.contains(['\u{307}', 'ς']) {
                prefixes = PrefixFilter::ALL; // the second letter doesn't follow from its capital
            }
        }
        Self { words, first_letters, prefixes }
    }

    /// Whether it has no words.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Number of its words.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Bytes of its words, in lower case.
    pub(super) fn bytes(&self) -> usize {
        self.words.iter().map(String::len).sum()
    }

    /// Bytes of the text's first [`MAX_LOOKUPS`] words in lower case: of all of them, and of those that are in the
    /// title.
    pub(super) fn shared_bytes(&self, text: &str) -> (usize, usize) {
        split(text).fold((0, 0), |(all, shared), word| {
            let bytes = lower_case_bytes(word);
            (all + bytes, shared + if self.contains(word) { bytes } else { 0 })
        })
    }

    /// Whether all its words are in another title.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.words.iter().all(|word| other.words.contains(word))
    }

    /// Whether a word is in the title, in any case.
    fn contains(&self, word: &str) -> bool {
        self.contains_first_word(word, word.chars().next().unwrap_or_default())
    }

    /// Whether the first word of a text is in the title. `first` is the first character of the text.
    #[inline]
    pub(super) fn contains_first_word(&self, text: &str, first: char) -> bool {
        let first = lower(first);
        self.first_letters & bit(first) != 0 && self.contains_word_from(text, first)
    }

    /// The same, when a word of the title begins with the lower-case letter `first`.
    fn contains_word_from(&self, text: &str, first: char) -> bool {
        if !self.prefixes.may_hold(text) {
            return false;
        }
        let word = text.get(..run_length(text, Run::Word)).unwrap_or(text);
        self.words.iter().any(|known| known.starts_with(first) && is_lower_case_of(known, word))
    }

    /// Looks up the first [`MAX_LOOKUPS`] words of a text.
    pub(super) fn hits(&self, text: &str) -> TitleHits {
        let count = |TitleHits { hits, words }, word| TitleHits {
            hits: hits + u32::from(self.contains(word)),
            words: words + 1,
        };
        split(text).fold(TitleHits::default(), count)
    }
}

fn bit(letter: char) -> u64 {
    1 << (u32::from(letter) % u64::BITS)
}

/// Bytes of a word in lower case, computed without building it.
fn lower_case_bytes(word: &str) -> usize {
    if word.is_ascii() {
        return word.len();
    }
    let mut bytes = 0;
    word.chars().for_each(|c| each_lower(c, |c| bytes += c.len_utf8()));
    bytes
}

/// Whether `lower` is the word in lower case, decided without building that.
fn is_lower_case_of(lower: &str, word: &str) -> bool {
    if word.is_ascii() {
        return lower.eq_ignore_ascii_case(word);
    }
    if word.contains('Σ') {
        return lower == word.to_lowercase(); // lower case of sigma depends on its position
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
    fn a_text_is_split_at_everything_but_letters_and_digits() {
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
        let hits = |hits, words| TitleHits { hits, words };
        assert_eq!(title.hits("Одыссея the treaty of İSTANBUL"), hits(4, 5));
        assert_eq!(title.hits("ΟΔΥΣΣΕΥΣ 2024 одысея theory t"), hits(2, 5));
        assert_eq!(Title::default().hits("The treaty"), hits(0, 2));
        assert_eq!(title.shared_bytes("THE ΟΔΥΣΣΕΥΣ, thé"), (23, 19));
    }
}
