//! What was found for a text, kept until another text takes its place: names of classes, menus and footers come again on every
//! page of their site.

use foldhash::fast::FixedState;
use std::hash::BuildHasher as _;

/// Texts with what was found for each; of two that fall on one place the later one stays.
#[derive(Debug)]
pub struct MemoCache<T, const PLACES: usize, const LONGEST: usize>(Vec<Option<(Box<str>, T)>>);

impl<T, const PLACES: usize, const LONGEST: usize> Default for MemoCache<T, PLACES, LONGEST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone, const PLACES: usize, const LONGEST: usize> MemoCache<T, PLACES, LONGEST> {
    /// What was found for a text, or is now. A text of more than `LONGEST` bytes isn't kept.
    pub fn get(&mut self, text: &str, find: impl FnOnce(&str) -> T) -> T {
        if text.len() > LONGEST {
            return find(text);
        }
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        let hash = FixedState::with_seed(0).hash_one(text);
        let place = self.0.get_mut(usize::try_from(hash % PLACES as u64).unwrap_or_default());
        if let Some(Some((known, found))) = &place
            && **known == *text
        {
            return found.clone();
        }
        let found = find(text);
        if let Some(place) = place {
            *place = Some((text.into(), found.clone()));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::MemoCache;

    #[test]
    fn a_text_is_looked_at_again_only_when_another_took_its_place() {
        let mut kept: MemoCache<usize, 1, 8> = MemoCache::default();
        let mut looked = 0;
        for text in ["a", "a", "b", "a", "long texts", "long texts"] {
            let length = kept.get(text, |text| {
                looked += 1;
                text.len()
            });
            assert_eq!(length, text.len());
        }
        assert_eq!(looked, 5);
    }
}
