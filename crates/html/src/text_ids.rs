//! Numbers for texts: a page's paths and texts are compared many times, and numbers compare faster.

use foldhash::{HashMap, HashMapExt as _};

/// A number for each text, from 0 in the order of first occurrence. Equal texts have equal numbers.
pub(super) fn ids<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<usize> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut last: Option<(&str, usize)> = None;
    let id = |text| {
        let next = known.len();
        // consecutive blocks mostly have the same path
        let id = match last {
            Some((same, id)) if same == text => id,
            _ => *known.entry(text).or_insert(next),
        };
        last = Some((text, id));
        id
    };
    texts.map(id).collect()
}

/// For each text how many texts equal it, itself included.
pub(super) fn repeat_counts<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> Vec<u32> {
    let mut counts = vec![0; texts.len()];
    let ids = ids(texts);
    for id in &ids {
        if let Some(count) = counts.get_mut(*id) {
            *count += 1;
        }
    }
    ids.iter().filter_map(|id| counts.get(*id)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::{ids, repeat_counts};

    #[test]
    fn equal_texts_have_one_number() {
        let texts = ["a", "a", "b", "a", "c", "c", "b"];
        assert_eq!(ids(texts.into_iter()), [0, 0, 1, 0, 2, 2, 1]);
        assert_eq!(repeat_counts(texts.into_iter()), [3, 3, 2, 3, 2, 2, 2]);
    }
}
