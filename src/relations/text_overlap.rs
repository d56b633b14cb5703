//! Decides whether two texts are near-duplicates.
//!
//! A text that quotes, cuts or extends another is a different text, and so is one in which numbers or names were
//! changed: last year's law, the next ambassador's visit.

use super::comparison_text::ComparisonText;
use super::minhash::{self, Word, shingles, words};
use sanad_document::text::chars;
use sanad_extract::boilerplate::fingerprint::SHINGLE;

/// Overlap of the shingles (Jaccard) from which two texts can be near-duplicates.
const NEAR: f64 = 0.85;
/// Below this number of words, all shingles must be the same: in a few lines every change is one of substance.
const SHORT: usize = 40;
/// Below this number of words, texts are never near-duplicates: "Page under construction" is on many unrelated pages.
const TOO_SHORT: usize = 12;
/// The largest share of words that may be replaced by others: corrected spelling, not another subject.
const REPLACED: f64 = 0.02;
/// The largest share of words that one text may have more in one piece.
const ADDED: f64 = 0.1;
/// The smallest share of the longer word's letters that two spellings of a word have in common at beginning and end.
const SPELLING: f64 = 0.8;

/// Returns the overlap of two texts' shingles (Jaccard) if they are near-duplicates.
#[must_use]
pub(super) fn near(one: &ComparisonText, other: &ComparisonText) -> Option<f64> {
    if states_another(one, other) {
        return None;
    }
    if one.text == other.text {
        // Most are the same page again, and needn't be split into words.
        return (minhash::count(one) >= TOO_SHORT).then_some(1.0);
    }
    let (a, b) = (words(one), words(other));
    let least = a.len().min(b.len());
    if least < TOO_SHORT {
        return None;
    }
    let (a, b) = (Shingled::of(&a), Shingled::of(&b));
    let overlap = jaccard(&a, &b);
    let wanted = if least < SHORT { 1.0 } else { NEAR };
    (overlap >= wanted && is_same_text(&a, &b)).then_some(overlap)
}

/// Returns true if the texts state that they are different documents: by their number, their date, or the numbers in
/// their title.
fn states_another(one: &ComparisonText, other: &ComparisonText) -> bool {
    let titled = |text: &ComparisonText| {
        let digits = |w: &str| w.chars().filter(|c| chars::is_number(*c)).collect::<String>();
        let title = text.title.as_deref().unwrap_or_default();
        let mut numbers: Vec<String> = title.split_whitespace().map(digits).filter(|d| !d.is_empty()).collect();
        numbers.sort();
        (!numbers.is_empty()).then_some(numbers)
    };
    differ(one.number(), other.number())
        || differ(one.date("document"), other.date("document"))
        || differ(titled(one), titled(other))
}

fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

#[allow(clippy::cast_precision_loss, reason = "numbers of words are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The words of a text and its shingles, indexed for lookup.
struct Shingled<'w, 't> {
    words: &'w [Word<'t>],
    /// The shingle that begins at each word.
    shingles: Vec<u64>,
    /// Indices into `shingles`, sorted by shingle and then by index.
    sorted: Vec<u32>,
}

impl<'w, 't> Shingled<'w, 't> {
    fn of(words: &'w [Word<'t>]) -> Self {
        let shingles = shingles(words);
        let mut sorted: Vec<u32> = (0..).take(shingles.len()).collect();
        sorted.sort_unstable_by_key(|at| (shingles.get(*at as usize), *at));
        Self { words, shingles, sorted }
    }

    fn shingle(&self, at: u32) -> Option<u64> {
        self.shingles.get(at as usize).copied()
    }

    /// The distinct shingles, sorted.
    fn set(&self) -> impl Iterator<Item = u64> {
        let each_once = self.sorted.chunk_by(|a, b| self.shingle(*a) == self.shingle(*b));
        each_once.filter_map(|same| self.shingle(*same.first()?))
    }

    /// The index of the first word at or after `from` where this shingle begins.
    fn next(&self, shingle: u64, from: usize) -> Option<usize> {
        let from = (Some(shingle), u32::try_from(from).ok()?);
        let next = self.sorted.partition_point(|at| (self.shingle(*at), *at) < from);
        self.sorted.get(next).filter(|at| self.shingle(**at) == Some(shingle)).map(|at| *at as usize)
    }

    fn hash(&self, at: usize) -> Option<u64> {
        self.words.get(at).map(|word| word.hash)
    }
}

fn jaccard(a: &Shingled<'_, '_>, b: &Shingled<'_, '_>) -> f64 {
    let (mut of_b, mut both) = (b.set().peekable(), 0);
    for shingle in a.set() {
        while of_b.next_if(|other| *other < shingle).is_some() {}
        both += usize::from(of_b.peek() == Some(&shingle));
    }
    share(both, a.set().count() + b.set().count() - both)
}

/// Returns true if two texts whose shingles overlap differ in nothing of substance.
fn is_same_text(a: &Shingled<'_, '_>, b: &Shingled<'_, '_>) -> bool {
    let most = a.words.len().max(b.words.len());
    let mut replaced = 0;
    for (a, b) in gaps(a, b) {
        let aside = |words: &[Word<'_>]| words.iter().all(|w| w.is_aside);
        if a.is_empty() || b.is_empty() {
            if share(a.len().max(b.len()), most) > ADDED {
                return false;
            }
        } else if !(aside(a) && aside(b)) {
            if is_other_number(a, b) || is_other_name(a, b) {
                return false;
            }
            replaced += a.len().max(b.len());
        }
    }
    share(replaced, most) <= REPLACED
}

/// Returns true if a number was replaced by another.
fn is_other_number(a: &[Word<'_>], b: &[Word<'_>]) -> bool {
    let numbers = |words: &[Word<'_>]| {
        let mut numbers: Vec<u64> = words.iter().filter(|w| w.is_number && !w.is_aside).map(|w| w.hash).collect();
        numbers.sort_unstable();
        numbers
    };
    let (a, b) = (numbers(a), numbers(b));
    !a.is_empty() && !b.is_empty() && a != b
}

/// Returns true if a name was replaced by another. Another spelling is the same name.
fn is_other_name(a: &[Word<'_>], b: &[Word<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).any(|(x, y)| x.is_capital() && y.is_capital() && !is_spelling(x.text, y.text))
}

/// Returns true if two words may be spellings of one, in any case: they begin and end alike.
fn is_spelling(one: &str, other: &str) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (one, other) = (lower(one), lower(other));
    let (least, most) = (one.len().min(other.len()), one.len().max(other.len()));
    let begin = one.iter().zip(&other).take_while(|(x, y)| x == y).count();
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(x, y)| x == y).count();
    share((begin + end).min(least), most) >= SPELLING
}

/// A difference between two texts: the words of the one and of the other, of which one may be empty.
type Gap<'w, 't> = (&'w [Word<'t>], &'w [Word<'t>]);

/// Finds the differences between two texts: goes along both, and after a difference continues at the nearest shingle
/// that they share.
fn gaps<'w, 't>(a: &Shingled<'w, 't>, b: &Shingled<'w, 't>) -> Vec<Gap<'w, 't>> {
    let (of_a, of_b) = (a.words, b.words);
    let (mut i, mut j) = (0, 0);
    let mut gaps = Vec::new();
    while i < of_a.len() || j < of_b.len() {
        if i < of_a.len() && a.hash(i) == b.hash(j) {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (next_i, next_j) = meeting(a, b, (i, j)).unwrap_or((of_a.len(), of_b.len()));
        let (mut end_i, mut end_j) = (next_i, next_j);
        // Equal words that are fewer than a shingle may precede the meeting point or the end.
        while end_i > i && end_j > j && a.hash(end_i - 1) == b.hash(end_j - 1) {
            (end_i, end_j) = (end_i - 1, end_j - 1);
        }
        gaps.push((of_a.get(i..end_i).unwrap_or_default(), of_b.get(j..end_j).unwrap_or_default()));
        (i, j) = (next_i, next_j);
    }
    gaps
}

/// Returns the nearest positions from `i` and `j` on where both texts continue with the same shingle.
fn meeting(a: &Shingled<'_, '_>, b: &Shingled<'_, '_>, (i, j): (usize, usize)) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let cost = |(x, y): (usize, usize)| (x - i) + (y - j);
    for (at, shingle) in a.shingles.iter().enumerate().skip(i) {
        if best.is_some_and(|best| at - i >= cost(best)) {
            break;
        }
        let next = b.next(*shingle, j);
        if let Some(next) = next.filter(|next| best.is_none_or(|best| cost((at, *next)) < cost(best))) {
            best = Some((at, next));
        }
    }
    best
}

const _: () = assert!(TOO_SHORT > SHINGLE, "a text that is compared has shingles");
