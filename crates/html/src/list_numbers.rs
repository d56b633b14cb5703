//! Texts by numbers: a page's paths and texts are asked many times whether they are the same.

use foldhash::{HashMap, HashMapExt as _};

/// Numbers for texts, from 0: those that are the same have the same.
pub(super) fn numbered<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<usize> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut last: Option<(&str, usize)> = None;
    let number = |text| {
        let next = known.len();
        // Blocks one after another mostly stand in one place.
        let number = match last {
            Some((same, number)) if same == text => number,
            _ => *known.entry(text).or_insert(next),
        };
        last = Some((text, number));
        number
    };
    texts.map(number).collect()
}

/// For each text how many are the same.
pub(super) fn repeats<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> Vec<u32> {
    let mut counts = vec![0; texts.len()];
    let numbers = numbered(texts);
    for number in &numbers {
        if let Some(count) = counts.get_mut(*number) {
            *count += 1;
        }
    }
    numbers.iter().filter_map(|number| counts.get(*number)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::{numbered, repeats};

    #[test]
    fn texts_that_are_the_same_have_one_number() {
        let texts = ["a", "a", "b", "a", "c", "c", "b"];
        assert_eq!(numbered(texts.into_iter()), [0, 0, 1, 0, 2, 2, 1]);
        assert_eq!(repeats(texts.into_iter()), [3, 3, 2, 3, 2, 2, 2]);
    }
}
