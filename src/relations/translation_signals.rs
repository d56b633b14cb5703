//! What a text and its translation share: numbers in one order, names that sound alike, breaks at like places.

use super::comparison_text::Compared;
use super::minhash;
use std::collections::HashSet;

/// Numbers, and numbers and names, that must be found in both texts where the address says nothing.
const FOUND: (usize, usize) = (5, 8);
/// Numbers and names beyond this make a match no surer.
const PLENTY: usize = 12;
/// Numbers of a text that are compared, from its beginning.
const MOST_NUMBERS: usize = 300;
/// Code points of a block that counts for how a text is built; captions and labels come and go.
const LONG: usize = 32;
/// How far the breaks of a text and its translation may lie apart, as a share of the text: languages differ in length.
const BREAKS: f64 = 0.05;
/// How far the lengths of a text and its translation lie apart.
const LENGTHS: f64 = 2.0;

/// What can be compared of two texts in different languages.
pub(super) struct Shape {
    /// Digits of the numbers, in order.
    numbers: Vec<u64>,
    /// How the names sound.
    names: HashSet<String>,
    /// Code points of the text.
    length: usize,
    /// Where its longer blocks end, as shares of the text.
    breaks: Vec<f64>,
    published: Option<String>,
}

impl Shape {
    /// What can be compared of this record.
    pub(super) fn of(record: &Compared) -> Self {
        let digits = |text: &str| {
            text.chars().filter_map(|c| c.to_digit(10)).fold(7_u64, |n, d| n.wrapping_mul(11) + u64::from(d))
        };
        let (mut numbers, mut names) = (Vec::new(), HashSet::new());
        minhash::each_block(record, |words| {
            let text = words.iter().filter(|w| !w.is_aside);
            numbers.extend(text.clone().filter(|w| w.is_number).map(|w| digits(w.text)));
            numbers.truncate(MOST_NUMBERS);
            names.extend(text.filter(|w| w.is_capital()).map(|w| sound(w.text)).filter(|s| s.len() >= 3));
        });
        let length = record.text.chars().count();
        let long = record.blocks.iter().filter(|b| b.end.saturating_sub(b.start) >= LONG);
        let published = record.date("published").and_then(|date| date.get(..10));
        Self {
            numbers,
            names,
            length,
            breaks: long.map(|b| share(b.end, length)).collect(),
            published: published.map(str::to_owned),
        }
    }

    /// How sure it is that two texts are one in two languages; none where something speaks against it.
    pub(super) fn confidence(&self, other: &Self, evidence: Evidence) -> Option<f64> {
        let ratio = ratio(self.length, other.length);
        let other_day = self.published.is_some() && other.published.is_some() && self.published != other.published;
        if ratio < 1.0 / LENGTHS || other_day {
            return None;
        }
        let numbers = common(&self.numbers, &other.numbers);
        let least = self.numbers.len().min(other.numbers.len());
        let names = self.names.intersection(&other.names).count();
        if evidence == Evidence::Structure && (numbers < FOUND.0 || numbers + names < FOUND.1) {
            return None;
        }
        let of_numbers =
            if least == 0 { None } else { Some(share(2 * numbers, self.numbers.len() + other.numbers.len())) };
        let of_names = share(names, self.names.len().min(other.names.len()).max(1));
        let of_blocks = self.alike(other) * ratio.sqrt();
        let telling = share((numbers + names).min(PLENTY), PLENTY);
        let agreement = match of_numbers {
            Some(numbers) => 0.55 * numbers + 0.2 * of_names.min(0.5) * 2.0 + 0.25 * of_blocks,
            None => 0.4 * of_names.min(0.5) * 2.0 + 0.6 * of_blocks,
        };
        // What the address says counts as much as a few numbers do.
        let telling = if evidence == Evidence::Address { telling.max(0.9) } else { telling };
        Some(agreement * telling.sqrt())
    }

    /// How alike two texts are built: a text and its translation break at like places.
    fn alike(&self, other: &Self) -> f64 {
        let (a, b) = (&self.breaks, &other.breaks);
        if a.is_empty() && b.is_empty() {
            return 1.0;
        }
        let near = |x: &f64, all: &[f64]| all.iter().any(|y| (x - y).abs() <= BREAKS);
        let found = a.iter().filter(|x| near(x, b)).count() + b.iter().filter(|y| near(y, a)).count();
        share(found, a.len() + b.len()) * ratio(a.len(), b.len()).sqrt()
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of words and characters are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The smaller over the larger.
fn ratio(a: usize, b: usize) -> f64 {
    share(a.min(b), a.max(b).max(1))
}

/// Length of the longest common subsequence.
fn common(a: &[u64], b: &[u64]) -> usize {
    let mut row = vec![0_usize; b.len() + 1];
    for x in a {
        let mut before = 0;
        let mut last = 0;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            *cell = if x == y { before + 1 } else { above.max(last) };
            (before, last) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The consonants of a name as they sound, in Latin or Cyrillic letters alike; letters that transcriptions confuse are one.
fn sound(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in name.chars().flat_map(char::to_lowercase) {
        let class = match c {
            'б' | 'b' => 'b',
            'в' | 'v' | 'w' => 'v',
            'г' | 'ғ' | 'g' | 'ґ' => 'g',
            'д' | 'd' => 'd',
            'ж' | 'ҷ' | 'з' | 'с' | 'ц' | 'ч' | 'ш' | 'щ' | 'j' | 'z' | 's' | 'c' | 'x' => 's',
            // In transcriptions h marks the letter before it.
            'h' if matches!(before, 's' | 'c' | 'z' | 'k' | 'g' | 't' | 'p') => ' ',
            'к' | 'қ' | 'х' | 'ҳ' | 'k' | 'q' | 'h' => 'k',
            'л' | 'l' => 'l',
            'м' | 'm' => 'm',
            'н' | 'ң' | 'n' => 'n',
            'п' | 'ф' | 'p' | 'f' => 'p',
            'р' | 'r' => 'r',
            'т' | 't' => 't',
            _ => ' ',
        };
        before = c;
        if class != ' ' && !out.ends_with(class) {
            out.push(class);
        }
    }
    out
}

/// What speaks for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    Structure,
    Address,
    /// The other page names this one.
    Backlink,
}

#[cfg(test)]
mod tests {
    use super::{common, sound};

    #[test]
    fn names_sound_alike_in_two_alphabets() {
        for (latin, cyrillic) in
            [("Rahmon", "Раҳмон"), ("Dushanbe", "Душанбе"), ("Mukhriddin", "Муҳриддин"), ("Zokirzoda", "Зокирзода")]
        {
            assert_eq!(sound(latin), sound(cyrillic), "{latin}");
        }
        assert_ne!(sound("Rahmon"), sound("Карим"));
    }

    #[test]
    fn the_longest_common_subsequence_is_counted() {
        assert_eq!(common(&[1, 2, 3, 4], &[2, 9, 4, 3]), 2);
        assert_eq!(common(&[], &[1]), 0);
    }
}
