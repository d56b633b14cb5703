//! The n-gram model: which language of a script a text is in, by hashed character n-grams of one to five letters.
//!
//! It is a linear model (softmax regression) over the counts of n-grams within words, divided by the square root of
//! their number. Each script group has a table of whole-number weights in `model/ngrams.bin`; `train/language/train.py`
//! trains them, and `train/language/MODEL.md` describes the file. Each n-gram selects the row of its hash; n-grams that
//! share a row by chance did so in the training too. The model doesn't know when a text is in none of its languages.

use crate::alphabet::MODELLED;
use crate::evidence::SPACE;
use crate::score_vector::{ROOM, Sums};
use crate::word_cache::{self, Word, Words};
use std::{ops::Range, sync::LazyLock};

static TABLE: &[u8] = include_bytes!("model/ngrams.bin");
static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| read(TABLE).unwrap_or_default());

/// Longest n-gram, in letters.
const LONGEST: usize = 5;

/// The model of one script group.
struct Group {
    /// Its index among the groups.
    number: u16,
    labels: Vec<&'static str>,
    scale: f32,
    rows: Rows,
}

/// Rows of weights, padded to a width that suits vector instructions.
enum Rows {
    Eight(Table<8>),
    Sixteen(Table<16>),
    Whole(Table<ROOM>),
}

/// A table of 2^`bits` rows.
struct Table<const W: usize> {
    bits: u32,
    rows: Vec<[u8; W]>,
}

/// The languages of a script group with their probabilities.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ranking {
    labels: &'static [&'static str],
    probabilities: [f32; ROOM],
    best: usize,
}

impl Ranking {
    /// Returns true if there are several languages.
    pub(crate) fn has_choice(&self) -> bool {
        self.labels.len() > 1
    }

    /// Returns the labels of the languages.
    pub(crate) fn labels(&self) -> &'static [&'static str] {
        self.labels
    }

    /// Returns the same with each probability changed.
    pub(crate) fn map(self, change: impl Fn(f32) -> f32) -> Self {
        Self { probabilities: self.probabilities.map(change), ..self }
    }

    /// Returns its probabilities in the order of another ranking's languages, and `missing` for those that it lacks.
    pub(crate) fn in_order_of(&self, other: &Self, missing: impl Fn() -> f32) -> [f32; ROOM] {
        if std::ptr::eq(self.labels, other.labels) {
            return self.probabilities;
        }
        let mut probabilities = [0.0; ROOM];
        for (p, label) in probabilities.iter_mut().zip(other.labels) {
            *p = self.languages().find(|(known, _)| known == label).map_or_else(&missing, |(_, p)| p);
        }
        probabilities
    }

    /// Returns all languages with their probabilities.
    pub(crate) fn languages(&self) -> impl Iterator<Item = (&'static str, f32)> {
        self.labels.iter().copied().zip(self.probabilities)
    }

    /// Returns the likeliest language and its probability.
    pub(crate) fn best(&self) -> Option<(&'static str, f32)> {
        self.languages().nth(self.best)
    }

    /// Returns the second likeliest.
    pub(crate) fn second(&self) -> Option<(&'static str, f32)> {
        let others = self.languages().enumerate().filter(|(n, _)| *n != self.best).map(|(_, language)| language);
        others.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(a.0)))
    }
}

/// Ranks the languages of one script group. Of a longer text three stretches are read first, then what is between them,
/// until one language is beyond doubt.
pub(crate) fn rank(codes: &[u16], group: usize) -> Ranking {
    let Some(group) = GROUPS.get(group) else {
        return Ranking::default();
    };
    word_cache::with(|words| group.rank(codes, words))
}

/// Code points in a stretch.
const STRETCH: usize = 24;
/// Stretches up to which a text is read at once.
const SHORT: usize = 4;
/// Stretches from which what is between them is read in quarters.
const LONG: usize = 12;
/// Probability above which the rest of a text isn't read: on held-out sentences it changed no verdict.
const BEYOND_DOUBT: f32 = 0.998;

/// Returns the ranges of a text of `length` code points in the order in which they are read.
fn reading_order(length: usize) -> impl Iterator<Item = Range<usize>> {
    let (middle, end) = (length / 2, length.saturating_sub(STRETCH));
    let (first, last) = if length > LONG * STRETCH { (length / 4, length - length / 4) } else { (middle, end) };
    let ranges = [
        0..STRETCH,
        middle..middle + STRETCH,
        end..length,
        STRETCH..first,
        middle + STRETCH..last,
        first..middle,
        last..end,
    ];
    let ranges = if length > SHORT * STRETCH { ranges } else { [0..length, 0..0, 0..0, 0..0, 0..0, 0..0, 0..0] };
    ranges.into_iter().filter(|range| !range.is_empty())
}

/// Returns true if the model knows this language.
pub(crate) fn knows(label: &str) -> bool {
    GROUPS.iter().any(|g| g.labels.contains(&label))
}

impl Group {
    fn rank(&'static self, codes: &[u16], words: &mut Words) -> Ranking {
        let mut sums = Sums::default();
        let mut ranking = Ranking::default();
        for range in reading_order(codes.len()) {
            self.add_words(codes, range, &mut sums, words);
            ranking = self.ranking(&sums);
            if ranking.best().is_some_and(|(_, p)| p > BEYOND_DOUBT) {
                break;
            }
        }
        ranking
    }

    /// Adds the weights of the n-grams that begin in a range of a text. Those of whole words are mostly cached.
    fn add_words(&self, codes: &[u16], starts: Range<usize>, sums: &mut Sums, words: &mut Words) {
        let mut at = starts.start;
        while at < starts.end {
            let rest = codes.get(at + 1..).unwrap_or_default();
            let length = rest.iter().take(starts.end - at).position(|code| *code == SPACE);
            let end = length.map_or(starts.end, |length| at + 1 + length);
            let letters = rest.get(..length.unwrap_or_default()).unwrap_or_default();
            match Word::new(letters, self.number).filter(|_| codes.get(at) == Some(&SPACE)) {
                Some(word) => words.add(&word, sums, |of_word| self.add(codes, at..end, of_word)),
                None => self.add(codes, at..end, sums),
            }
            at = end;
        }
    }

    /// Adds the weights of the n-grams that begin in a range of a text.
    fn add(&self, codes: &[u16], starts: Range<usize>, sums: &mut Sums) {
        match &self.rows {
            Rows::Eight(table) => table.add(codes, starts, sums),
            Rows::Sixteen(table) => table.add(codes, starts, sums),
            Rows::Whole(table) => table.add(codes, starts, sums),
        }
    }

    /// Ranks its languages by the sums of their weights.
    fn ranking(&'static self, sums: &Sums) -> Ranking {
        let count = sums.count();
        if count == 0 {
            return Ranking::default();
        }
        #[allow(clippy::cast_precision_loss, reason = "sums of bytes over 5,000 n-grams fit a float")]
        let unit = 1.0 / self.scale / (count as f32).sqrt();
        let sums = sums.of(self.labels.len());
        let top = sums.iter().copied().max().unwrap_or_default();
        let best = sums.iter().position(|&s| s == top).unwrap_or_default();
        let mut ranking = Ranking { labels: &self.labels, probabilities: [0.0; ROOM], best };
        for (p, &sum) in ranking.probabilities.iter_mut().zip(sums) {
            #[allow(clippy::cast_precision_loss, reason = "as above")]
            let logit = (sum - top) as f32 * unit;
            *p = if logit > MIN_LOGIT { exp(logit) } else { 0.0 };
        }
        let total: f32 = ranking.probabilities.iter().sum();
        for p in &mut ranking.probabilities {
            *p /= total;
        }
        ranking
    }
}

/// Nats relative to the best below which a language's probability, less than a millionth, is set to zero.
const MIN_LOGIT: f32 = -14.0;

/// Returns the exponential of a number from [`MIN_LOGIT`] to 0, with a relative error below two millionths. Unlike the
/// system's, it is the same on every machine, and the compiler vectorizes it.
///
/// It is 2 to the power of a whole number, which is added to the exponent bits, times the exponential of the remainder,
/// by the first terms of its series.
#[inline]
fn exp(x: f32) -> f32 {
    const ROUNDS: f32 = 12_582_912.0; // 1.5 times 2^23: a sum with it is rounded, and its last bits are the whole number
    let rounded = x * std::f32::consts::LOG2_E + ROUNDS;
    let remainder = x - (rounded - ROUNDS) * std::f32::consts::LN_2;
    let terms = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let power = terms.iter().fold(1.0 / 720.0, |sum, term| sum * remainder + term);
    f32::from_bits(power.to_bits().wrapping_add(rounded.to_bits() << 23))
}

/// Added to the stored weights, so that they are whole numbers from 1 to 255.
const BIAS: u8 = 128;
/// Starting places whose n-grams surely fit a sum of 16 bits: 51 times five times 255 is less than 65,536.
const BATCH: usize = 51;

impl<const W: usize> Table<W> {
    /// Adds the rows of the n-grams that begin in a range of a text, which ends with a space.
    ///
    /// The row numbers are computed first, without branches that depend on the text, and the rows added after. So the
    /// processor fetches many rows at once.
    fn add(&self, codes: &[u16], starts: Range<usize>, sums: &mut Sums) {
        let last = codes.len().saturating_sub(1); // no n-gram begins with the last space
        for first in starts.clone().step_by(BATCH) {
            let mut numbers = [0u32; BATCH * LONGEST];
            let mut count = 0;
            for start in first..starts.end.min(first + BATCH).min(last) {
                let (found, n) = numbers_at(self.bits, codes, start);
                if let Some(place) = numbers.get_mut(count..count + LONGEST) {
                    place.copy_from_slice(&found);
                    count += n;
                }
            }
            let mut part = [0u16; W];
            for &number in numbers.iter().take(count) {
                if let Some(row) = self.rows.get(number as usize) {
                    for (sum, &weight) in part.iter_mut().zip(row) {
                        *sum += u16::from(weight);
                    }
                }
            }
            let count = i32::try_from(count).unwrap_or_default();
            sums.add(part.map(|part| i32::from(part) - i32::from(BIAS) * count), count);
        }
    }
}

/// Returns the row numbers of the n-grams that begin at one place, and how many they are. An n-gram ends with its word,
/// and a space alone is none.
#[inline]
fn numbers_at(bits: u32, codes: &[u16], start: usize) -> ([u32; LONGEST], usize) {
    let mut window = [SPACE; LONGEST];
    match codes.get(start..start + LONGEST) {
        Some(five) => window.copy_from_slice(five),
        None => window.iter_mut().zip(codes.iter().skip(start)).for_each(|(w, c)| *w = *c),
    }
    let mut hash: u32 = 0x811C_9DC5;
    let numbers = window.map(|code| {
        hash = (hash ^ u32::from(code)).wrapping_mul(0x0100_0193);
        hash.wrapping_mul(0x9E37_79B1) >> (32 - bits)
    });
    let [head, tail @ ..] = window;
    let spaces = tail.iter().enumerate().fold(1u32 << (LONGEST - 2), |m, (n, c)| m | u32::from(*c == SPACE) << n);
    let count = spaces.trailing_zeros() as usize + 2;
    if head == SPACE {
        let [_, two, three, four, five] = numbers;
        return ([two, three, four, five, 0], count - 1);
    }
    (numbers, count)
}

/// Reads rows of `width` signed bytes. Each is padded to `W` with weights of zero, and [`BIAS`] is added.
fn widen<const W: usize>(bytes: &[u8], width: usize) -> Vec<[u8; W]> {
    bytes
        .chunks_exact(width)
        .map(|row| {
            let mut wide = [0; W];
            if let Some(place) = wide.get_mut(..width) {
                place.copy_from_slice(row);
            }
            wide.map(|weight: u8| weight ^ BIAS) // the same as adding it to a signed byte
        })
        .collect()
}

/// Reads the table. Returns `None` if it is malformed; a test checks the one that is built in.
fn read(bytes: &'static [u8]) -> Option<Vec<Group>> {
    let (count, mut rest) = bytes.strip_prefix(b"SNGM\x01")?.split_first()?;
    let mut groups = Vec::new();
    for (number, script) in (0..).zip(MODELLED.iter().take(usize::from(*count))) {
        rest = rest.strip_prefix(script.as_bytes())?;
        let (head, tail) = rest.split_at_checked(6)?;
        let &[bits, labels, a, b, c, d] = head else {
            return None;
        };
        let width = usize::from(labels);
        let (names, tail) = tail.split_at_checked(width * 3)?;
        let (rows, tail) = tail.split_at_checked((1usize << bits) * width)?;
        let labels: Option<Vec<&'static str>> = names.chunks_exact(3).map(|n| std::str::from_utf8(n).ok()).collect();
        let bits = u32::from(bits);
        let rows = match width {
            0..=8 => Rows::Eight(Table { bits, rows: widen(rows, width) }),
            9..=16 => Rows::Sixteen(Table { bits, rows: widen(rows, width) }),
            _ => Rows::Whole(Table { bits, rows: widen(rows, width) }),
        };
        groups.push(Group { number, labels: labels?, scale: f32::from_le_bytes([a, b, c, d]), rows });
        rest = tail;
    }
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, MODELLED, ROOM, TABLE, rank};
    use crate::evidence::Evidence;

    #[test]
    fn the_table_is_complete_and_within_two_megabytes() {
        assert_eq!(GROUPS.len(), MODELLED.len());
        assert!(TABLE.len() <= 2_000_000);
        assert!(GROUPS.iter().all(|g| g.labels.len() < ROOM && g.labels.len() > 1)); // one slot counts n-grams
    }

    #[test]
    fn exponentials_equal_the_standard_librarys() {
        for x in (0..=u16::MAX).map(|n| f32::from(n) / f32::from(u16::MAX) * super::MIN_LOGIT) {
            assert!((super::exp(x) / x.exp() - 1.0).abs() < 2e-6, "{x}");
        }
    }

    #[test]
    fn a_tajik_sentence_ranks_tajik_first() {
        let evidence = Evidence::of("Президенти Ҷумҳурии Тоҷикистон ба шаҳрвандон муроҷиат кард");
        assert_eq!(rank(&evidence.codes, 0).best().unwrap().0, "tgk");
    }
}
