//! A filter that rules out most of some hundred words before a text is searched for them.

/// The four-byte sequences of a text as a Bloom filter.
pub struct Grams([u64; 32]);

impl Grams {
    const LENGTH: usize = 4;

    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut out = Self([0; 32]);
        for gram in text.as_bytes().windows(Self::LENGTH) {
            let (word, bit) = Self::position(gram);
            if let Some(bits) = out.0.get_mut(word) {
                *bits |= bit;
            }
        }
        out
    }

    /// Returns the index of a 64-bit word of the filter and a bit in it, by multiplicative hashing.
    fn position(gram: &[u8]) -> (usize, u64) {
        let value = gram.iter().fold(0u32, |v, b| v << 8 | u32::from(*b));
        let hash = value.wrapping_mul(0x9E37_79B1) >> 21;
        ((hash >> 6) as usize, 1 << (hash & 63))
    }

    /// Returns false only if `word` can't be in the text.
    pub(super) fn may_hold(&self, word: &str) -> bool {
        let has = |gram: Option<&[u8]>| {
            gram.is_none_or(|gram| {
                let (word, bit) = Self::position(gram);
                self.0.get(word).is_some_and(|bits| bits & bit != 0)
            })
        };
        let bytes = word.as_bytes();
        has(bytes.get(..Self::LENGTH)) && has(bytes.len().checked_sub(Self::LENGTH).and_then(|at| bytes.get(at..)))
    }
}
