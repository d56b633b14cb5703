//! A direct-mapped cache from texts to results, for class names, menus and footers that recur on every page of a site.

use foldhash::fast::FixedState;
use std::hash::BuildHasher as _;

/// A cache of `PLACES` slots, keyed by texts of at most `LONGEST` bytes. A text evicts the one that held its slot. The
/// slots are allocated at the first use.
#[derive(Debug)]
pub struct MemoCache<T, const PLACES: usize, const LONGEST: usize>(Vec<Option<(Box<str>, T)>>);

impl<T, const PLACES: usize, const LONGEST: usize> Default for MemoCache<T, PLACES, LONGEST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone, const PLACES: usize, const LONGEST: usize> MemoCache<T, PLACES, LONGEST> {
    /// Returns the cached result for a text, or computes it with `find` and caches it. The result for a text of more
    /// than `LONGEST` bytes isn't cached.
    pub fn get(&mut self, text: &str, find: impl FnOnce(&str) -> T) -> T {
        if text.len() > LONGEST {
            return find(text);
        }
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        let hash = FixedState::with_seed(0).hash_one(text);
        let slot = self.0.get_mut(usize::try_from(hash % PLACES as u64).unwrap_or_default());
        if let Some(Some((known, result))) = &slot
            && **known == *text
        {
            return result.clone();
        }
        let result = find(text);
        if let Some(slot) = slot {
            *slot = Some((text.into(), result.clone()));
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::MemoCache;

    #[test]
    fn a_text_is_looked_up_again_only_after_another_took_its_slot() {
        let mut cache: MemoCache<usize, 1, 8> = MemoCache::default();
        let mut looked = 0;
        for text in ["a", "a", "b", "a", "long texts", "long texts"] {
            let length = cache.get(text, |text| {
                looked += 1;
                text.len()
            });
            assert_eq!(length, text.len());
        }
        assert_eq!(looked, 5);
    }
}
