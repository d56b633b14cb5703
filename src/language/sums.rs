//! Weights of n-grams added up, of a text and of a word.

/// Room for the languages of one group.
pub(crate) const ROOM: usize = 32;

/// Weights of n-grams added up.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) totals: [i32; ROOM],
    /// N-grams.
    pub(super) count: i32,
}

impl Sums {
    /// Adds those of a word.
    pub(super) fn add(&mut self, word: &Weights) {
        for (sum, weight) in self.totals.iter_mut().zip(word.totals) {
            *sum += i32::from(weight);
        }
        self.count += i32::from(word.count);
    }

    /// The sums of one word, which are small.
    pub(super) fn weights(&self) -> Weights {
        let small = |sum: i32| i16::try_from(sum).unwrap_or_default();
        Weights { totals: self.totals.map(small), count: small(self.count) }
    }
}

/// What the n-grams of a word weigh.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    pub(super) totals: [i16; ROOM],
    /// N-grams.
    pub(super) count: i16,
}
