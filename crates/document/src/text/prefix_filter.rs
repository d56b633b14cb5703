//! A Bloom filter over the first two letters of words: of many texts compared with a word list, it rules most out.

use super::chars::{is_letter_or_digit, lower};

/// A Bloom filter over the first two letters of some words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PrefixFilter([u64; WORDS]);

/// Size of the filter, in 64-bit words.
const WORDS: usize = 8;

impl PrefixFilter {
    /// The filter that every text passes.
    pub const ALL: Self = Self([u64::MAX; WORDS]);

    /// Adds a word, which must be in lower case.
    pub fn add(&mut self, word: &str) {
        let (at, bit) = position(word);
        self.0.iter_mut().skip(at).take(1).for_each(|bits| *bits |= bit);
    }

    /// Returns false only if the first word of a text, in lower case, is none of the words added.
    #[must_use]
    pub fn may_hold(&self, text: &str) -> bool {
        let (at, bit) = position(text);
        self.0.get(at).is_none_or(|bits| bits & bit != 0)
    }
}

/// Returns the index of the 64-bit word for a text's first two letters, and the bit in it.
fn position(text: &str) -> (usize, u64) {
    let mut letters = text.chars().take_while(|c| is_letter_or_digit(*c)).map(|c| u32::from(lower(c)));
    let (first, second) = (letters.next().unwrap_or_default(), letters.next().unwrap_or_default());
    let hash = (first.wrapping_mul(31) ^ second).wrapping_mul(0x9E37_79B1) >> 16;
    (hash as usize / u64::BITS as usize % WORDS, 1 << (hash % u64::BITS))
}
