//! A cache of the n-gram sums of words: a page's words are few and recur, on its site's next pages too.
//!
//! N-grams don't cross word boundaries, so the sum over a text is the sum over its words, and a cached word adds
//! exactly what it added when it was read.

use crate::score_vector::{Sums, Weights};
use std::cell::RefCell;

/// Letters of the longest cached word: longer ones are few. It has 75 n-grams, whose sums fit 16 bits.
const LONGEST: usize = 14;
/// Slots of the cache, each for two words.
const SLOTS: usize = 1 << 14;

/// A word as a key. Two keys fill a cache line, and none crosses one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))]
pub(super) struct Word {
    /// Its letters, zeros, and last its script group, from 1.
    letters: [u16; LONGEST + 2],
}

impl Word {
    /// The key of an empty slot.
    const NONE: Self = Self { letters: [0; LONGEST + 2] };

    /// Returns the key for a word in folded letters, or `None` if it is empty or too long to be cached.
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

    /// Returns its slot.
    fn slot(&self) -> usize {
        let (fours, _) = self.letters.as_chunks::<4>();
        let hash = fours.iter().fold(0u64, |hash, &[a, b, c, d]| {
            let four = u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48;
            (hash ^ four).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
        });
        usize::try_from(hash % SLOTS as u64).unwrap_or_default()
    }
}

/// Words and their sums, two in each slot. A new word replaces the second; a hit on the second swaps it with the first.
/// So words that occur once don't evict those that recur.
#[derive(Debug, Default)]
pub(super) struct Words {
    keys: Vec<[Word; 2]>,
    weights: Vec<[Weights; 2]>,
}

impl Words {
    /// Adds the sums of a word. If it isn't cached, `read` computes them.
    pub(super) fn add(&mut self, word: &Word, sums: &mut Sums, read: impl FnOnce(&mut Sums)) {
        if self.keys.is_empty() {
            self.keys.resize(SLOTS, [Word::NONE; 2]);
            self.weights.resize(SLOTS, [Weights::NONE; 2]);
        }
        let at = word.slot();
        let (Some(keys), Some(weights)) = (self.keys.get_mut(at), self.weights.get_mut(at)) else { return };
        let [first, second] = keys;
        if first != word && second != word {
            let mut of_word = Sums::default();
            read(&mut of_word);
            let [_, weights] = weights;
            (*second, *weights) = (*word, of_word.weights());
            return sums.add_word(weights);
        }
        if second == word {
            keys.swap(0, 1);
            weights.swap(0, 1);
        }
        let [weights, _] = weights;
        sums.add_word(weights);
    }
}

thread_local! {
    static WORDS: RefCell<Words> = RefCell::default();
}

/// Calls `work` with this thread's cache.
pub(super) fn with<T>(work: impl FnOnce(&mut Words) -> T) -> T {
    WORDS.with_borrow_mut(work)
}
