//! What the n-gram model says of words, kept: a page's words are few and come again and again, in its next pages too.
//!
//! N-grams don't reach beyond their word, so the sum over a text is the sum over its words, and a word kept gives what it gave
//! when it was read.

use crate::score_vector::{Sums, Weights};
use std::cell::RefCell;

/// Letters of the longest word that is kept: longer ones are few. It has 75 n-grams, whose sums fit 16 bits.
const LONGEST: usize = 14;
/// Places for words, two side by side.
const PLACES: usize = 1 << 14;

/// A word to look up: two fill a line of the processor's memory, and none lies across two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))]
pub(super) struct Word {
    /// Its letters, zeros, and last its script group, from 1.
    letters: [u16; LONGEST + 2],
}

impl Word {
    /// No word.
    const NONE: Self = Self { letters: [0; LONGEST + 2] };

    /// A word in letters of the model; none where it is too long to be kept.
    pub(super) fn new(letters: &[u16], group: u16) -> Option<Self> {
        let mut word = Self::NONE;
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

/// Words, and their weights at the same places, two side by side: a new word takes the second, and one that is asked for there
/// changes places with the first. So what comes once doesn't take the place of what comes again and again.
#[derive(Debug, Default)]
pub(super) struct Words {
    known: Vec<[Word; 2]>,
    weights: Vec<[Weights; 2]>,
}

impl Words {
    /// Adds what a word weighs, which is read when it isn't known.
    pub(super) fn add(&mut self, word: &Word, sums: &mut Sums, read: impl FnOnce(&mut Sums)) {
        if self.known.is_empty() {
            self.known.resize(PLACES, [Word::NONE; 2]);
            self.weights.resize(PLACES, [Weights::NONE; 2]);
        }
        let at = word.place();
        let (Some(known), Some(weights)) = (self.known.get_mut(at), self.weights.get_mut(at)) else { return };
        let [first, second] = known;
        if first != word && second != word {
            let mut of_word = Sums::default();
            read(&mut of_word);
            let [_, weights] = weights;
            (*second, *weights) = (*word, of_word.weights());
            return sums.add_word(weights);
        }
        if second == word {
            known.swap(0, 1);
            weights.swap(0, 1);
        }
        let [weights, _] = weights;
        sums.add_word(weights);
    }
}

thread_local! {
    static WORDS: RefCell<Words> = RefCell::default();
}

/// Works with the words that this thread has read.
pub(super) fn with<T>(work: impl FnOnce(&mut Words) -> T) -> T {
    WORDS.with_borrow_mut(work)
}
