//! Sums of n-gram weights, for a text and for a word.

/// Slots for the languages of one group and for the number of n-grams. A power of two, so that all are added at once,
/// and so that the weights of a word fill one cache line.
pub(crate) const ROOM: usize = 32;

/// Sums of n-gram weights by language; the last slot is the number of n-grams.
#[derive(Default)]
pub(super) struct Sums([i32; ROOM]);

impl Sums {
    /// Adds the weights of `count` n-grams.
    pub(super) fn add(&mut self, weights: impl IntoIterator<Item = i32>, count: i32) {
        for (sum, weight) in self.0.iter_mut().zip(weights) {
            *sum += weight;
        }
        let [.., all] = &mut self.0;
        *all += count;
    }

    /// Adds the weights of a word.
    pub(super) fn add_word(&mut self, word: &Weights) {
        for (sum, weight) in self.0.iter_mut().zip(word.0) {
            *sum += i32::from(weight);
        }
    }

    /// Returns the sums of the first `languages` languages.
    pub(super) fn of(&self, languages: usize) -> &[i32] {
        self.0.get(..languages).unwrap_or_default()
    }

    /// Returns the number of n-grams.
    pub(super) fn count(&self) -> i32 {
        let [.., all] = self.0;
        all
    }

    /// Returns the sums of one word, which fit 16 bits.
    pub(super) fn weights(&self) -> Weights {
        Weights(self.0.map(|sum| i16::try_from(sum).unwrap_or_default()))
    }
}

/// The sums of a word by language; the last slot is the number of n-grams.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Weights([i16; ROOM]);

impl Weights {
    /// The sums of no n-gram.
    pub(super) const NONE: Self = Self([0; ROOM]);
}
