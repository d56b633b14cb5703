//! Weights of n-grams added up, of a text and of a word.

/// Room for the languages of one group, and after them for the number of n-grams: a power of two, so that all are added at
/// once, and those of a word fill one line of the processor's memory.
pub(crate) const ROOM: usize = 32;

/// Weights of n-grams added up, and last how many n-grams they are.
#[derive(Default)]
pub(super) struct Sums([i32; ROOM]);

impl Sums {
    /// Adds those of so many n-grams.
    pub(super) fn add(&mut self, weights: impl IntoIterator<Item = i32>, count: i32) {
        for (sum, weight) in self.0.iter_mut().zip(weights) {
            *sum += weight;
        }
        let [.., all] = &mut self.0;
        *all += count;
    }

    /// Adds those of a word.
    pub(super) fn add_word(&mut self, word: &Weights) {
        for (sum, weight) in self.0.iter_mut().zip(word.0) {
            *sum += i32::from(weight);
        }
    }

    /// The sums of the first languages.
    pub(super) fn of(&self, languages: usize) -> &[i32] {
        self.0.get(..languages).unwrap_or_default()
    }

    /// How many n-grams there were.
    pub(super) fn count(&self) -> i32 {
        let [.., all] = self.0;
        all
    }

    /// The sums of one word, which are small.
    pub(super) fn weights(&self) -> Weights {
        Weights(self.0.map(|sum| i16::try_from(sum).unwrap_or_default()))
    }
}

/// What the n-grams of a word weigh, and last how many they are.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Weights([i16; ROOM]);

impl Weights {
    /// Of no n-gram.
    pub(super) const NONE: Self = Self([0; ROOM]);
}
