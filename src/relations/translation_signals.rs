//! The signals that a text and its translation share: numbers in the same order, names that sound alike, block ends at
//! similar positions.

use super::comparison_text::ComparisonText;
use super::minhash;
use std::collections::HashSet;

/// Minimum number of shared numbers if the addresses don't link two texts.
const MIN_NUMBERS: usize = 5;
/// Minimum number of shared numbers and names, counted together.
const MIN_NUMBERS_AND_NAMES: usize = 8;
/// Shared numbers and names beyond this count don't raise the confidence.
const PLENTY: usize = 12;
/// Maximum number of numbers that are compared, from the beginning of the text.
const MAX_NUMBERS: usize = 300;
/// Minimum length in code points of a block whose end is compared. Shorter ones are captions and labels, which one
/// language may lack.
const LONG: usize = 32;
/// The largest distance between matching block ends, as a share of the text: languages differ in length.
const BREAKS: f64 = 0.05;
/// The largest ratio between the lengths of a text and its translation.
const LENGTHS: f64 = 2.0;

/// The features of a text that can be compared across languages.
pub(super) struct TranslationSignals {
    /// A number for the digits of each number in the text, in order.
    numbers: Vec<u64>,
    /// The consonants of the names.
    names: HashSet<String>,
    /// Code points of the text.
    length: usize,
    /// The ends of its longer blocks, as shares of the text.
    breaks: Vec<f64>,
    /// Day of publication, if stated.
    published: Option<String>,
}

impl TranslationSignals {
    /// Computes the signals of a record.
    pub(super) fn of(record: &ComparisonText) -> Self {
        let digits = |text: &str| {
            text.chars().filter_map(|c| c.to_digit(10)).fold(7_u64, |n, d| n.wrapping_mul(11) + u64::from(d))
        };
        let (mut numbers, mut names) = (Vec::new(), HashSet::new());
        minhash::each_block(record, |words| {
            let text = words.iter().filter(|w| !w.is_aside);
            numbers.extend(text.clone().filter(|w| w.is_number).map(|w| digits(w.text)));
            numbers.truncate(MAX_NUMBERS);
            names.extend(text.filter(|w| w.is_capital()).map(|w| consonants(w.text)).filter(|s| s.len() >= 3));
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

    /// Returns the confidence, 0 to 1, that two texts are translations of each other; none if something rules it out.
    pub(super) fn confidence(&self, other: &Self, evidence: Evidence) -> Option<f64> {
        let ratio = ratio(self.length, other.length);
        let other_day = self.published.is_some() && other.published.is_some() && self.published != other.published;
        if ratio < 1.0 / LENGTHS || other_day {
            return None;
        }
        let numbers = common_subsequence(&self.numbers, &other.numbers);
        let least = self.numbers.len().min(other.numbers.len());
        let names = self.names.intersection(&other.names).count();
        if evidence == Evidence::Structure && (numbers < MIN_NUMBERS || numbers + names < MIN_NUMBERS_AND_NAMES) {
            return None;
        }
        let of_numbers =
            if least == 0 { None } else { Some(share(2 * numbers, self.numbers.len() + other.numbers.len())) };
        let of_names = share(names, self.names.len().min(other.names.len()).max(1));
        let of_blocks = self.break_similarity(other) * ratio.sqrt();
        let telling = share((numbers + names).min(PLENTY), PLENTY);
        let agreement = match of_numbers {
            Some(numbers) => 0.55 * numbers + 0.2 * of_names.min(0.5) * 2.0 + 0.25 * of_blocks,
            None => 0.4 * of_names.min(0.5) * 2.0 + 0.6 * of_blocks,
        };
        // Matching addresses count as much as a few numbers.
        let telling = if evidence == Evidence::Address { telling.max(0.9) } else { telling };
        Some(agreement * telling.sqrt())
    }

    /// Returns how similar the positions of the block ends are, 0 to 1.
    fn break_similarity(&self, other: &Self) -> f64 {
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

/// The smaller number divided by the larger.
fn ratio(a: usize, b: usize) -> f64 {
    share(a.min(b), a.max(b).max(1))
}

/// The length of the longest common subsequence.
fn common_subsequence(a: &[u64], b: &[u64]) -> usize {
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

/// Returns the consonants of a name by their sound, the same for Latin and Cyrillic letters. Letters that
/// transcriptions confuse are one class.
fn consonants(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in name.chars().flat_map(char::to_lowercase) {
        let class = match c {
            'б' | 'b' => 'b',
            'в' | 'v' | 'w' => 'v',
            'г' | 'ғ' | 'g' | 'ґ' => 'g',
            'д' | 'd' => 'd',
            'ж' | 'ҷ' | 'з' | 'с' | 'ц' | 'ч' | 'ш' | 'щ' | 'j' | 'z' | 's' | 'c' | 'x' => 's',
            // In transcriptions, h modifies the letter before it.
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

/// Why two records may be translations of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// They share numbers.
    Structure,
    /// Their addresses differ only in the language.
    Address,
    /// The other page names this one.
    Backlink,
}

impl Evidence {
    /// The name in a record.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Address => "url_pattern",
            Self::Backlink => "backlink",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{common_subsequence, consonants};

    #[test]
    fn names_sound_alike_in_two_alphabets() {
        for (latin, cyrillic) in
            [("Rahmon", "Раҳмон"), ("Dushanbe", "Душанбе"), ("Mukhriddin", "Муҳриддин"), ("Zokirzoda", "Зокирзода")]
        {
            assert_eq!(consonants(latin), consonants(cyrillic), "{latin}");
        }
        assert_ne!(consonants("Rahmon"), consonants("Карим"));
    }

    #[test]
    fn the_longest_common_subsequence_is_counted() {
        assert_eq!(common_subsequence(&[1, 2, 3, 4], &[2, 9, 4, 3]), 2);
        assert_eq!(common_subsequence(&[], &[1]), 0);
    }
}
