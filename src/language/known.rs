//! What the n-gram model says of words, kept: a page's words are few and come again and again, in its next pages too.
//!
//! N-grams don't reach beyond their word, so the sum over a text is the sum over its words, and a word kept gives what it gave
//! when it was read.

use super::sums::{Sums, Weights};
use std::cell::RefCell;

/// Letters of the longest word that is kept: longer ones are few. It has 75 n-grams, whose sums fit 16 bits.
const LONGEST: usize = 14;
/// Places for words, of about a hundred bytes.
const PLACES: usize = 1 << 14;

/// A word to look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// Its letters, zeros, and last its script group.
    letters: [u16; LONGEST + 2],
}

impl Word {
    /// A word in letters of the model; none where it is too long to be kept.
    pub(super) fn new(letters: &[u16], group: u16) -> Option<Self> {
        let mut word = Self { letters: [0; LONGEST + 2] };
        let [place @ .., _, last] = &mut word.letters;
        if letters.is_empty() {
            return None;
        }
        place.get_mut(..letters.len())?.copy_from_slice(letters);
        *last = group + 1;
        Some(word)
    }

    /// Where it stands.
    fn place(&self) -> usize {
        let (fours, _) = self.letters.as_chunks::<4>();
        let hash = fours.iter().fold(0u64, |hash, &[a, b, c, d]| {
            let four = u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48;
            (hash ^ four).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
        });
        usize::try_from(hash % PLACES as u64).unwrap_or_default()
    }
}

/// Words with their weights; of two that fall on one place the later one is kept.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<Option<(Word, Weights)>>);

impl Words {
    /// Adds what a word weighs, which is read when it isn't known.
    pub(super) fn add(&mut self, word: &Word, sums: &mut Sums, read: impl FnOnce(&mut Sums)) {
        if self.0.is_empty() {
            self.0.resize(PLACES, None);
        }
        let place = self.0.get_mut(word.place());
        if let Some(Some((known, weights))) = &place
            && known == word
        {
            sums.add(weights);
            return;
        }
        let mut of_word = Sums::default();
        read(&mut of_word);
        let weights = of_word.weights();
        sums.add(&weights);
        if let Some(place) = place {
            *place = Some((*word, weights));
        }
    }
}

thread_local! {
    static WORDS: RefCell<Words> = RefCell::default();
}

/// Works with the words that this thread has read.
pub(super) fn with<T>(work: impl FnOnce(&mut Words) -> T) -> T {
    WORDS.with_borrow_mut(work)
}
