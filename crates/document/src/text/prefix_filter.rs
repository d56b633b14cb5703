//! How words begin: of many words asked about, most are ruled out by their first two letters.

use super::chars::{is_letter_or_digit, lower};

/// The first two letters of some words, as a Bloom filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PrefixFilter([u64; PLACES]);

const PLACES: usize = 8;

impl PrefixFilter {
    /// Of all words there are.
    pub const ALL: Self = Self([u64::MAX; PLACES]);

    /// Adds a word, which is in lower case.
    pub fn add(&mut self, word: &str) {
        let (at, bit) = place(word);
        self.0.iter_mut().skip(at).take(1).for_each(|bits| *bits |= bit);
    }

    /// False only if the word that a text begins with, in lower case, is none of them.
    pub fn may_hold(&self, text: &str) -> bool {
        let (at, bit) = place(text);
        self.0.get(at).is_none_or(|bits| bits & bit != 0)
    }
}

/// The place of a word's beginning among the numbers, and its bit there.
fn place(text: &str) -> (usize, u64) {
    let mut letters = text.chars().take_while(|c| is_letter_or_digit(*c)).map(|c| u32::from(lower(c)));
    let (first, second) = (letters.next().unwrap_or_default(), letters.next().unwrap_or_default());
    let hash = (first.wrapping_mul(31) ^ second).wrapping_mul(0x9E37_79B1) >> 16;
    (hash as usize / u64::BITS as usize % PLACES, 1 << (hash % u64::BITS))
}
