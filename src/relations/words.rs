//! The words of a record's text, its shingles, and their `MinHash`.
//!
//! `MinHash` and its banding: A. Broder, "On the resemblance and containment of documents" (1997); Leskovec, Rajaraman,
//! Ullman, "Mining of Massive Datasets", chapter 3.

use crate::boilerplate::repeats::{is_word_by_itself, mixed};
use crate::emit::Record;
use crate::record::Kind;

/// Words of a shingle: shorter ones are shared by chance, longer ones miss edited sentences.
pub(super) const SHINGLE: usize = 4;
/// Bands of the signature, and hashes in each: two texts whose shingles overlap by half meet in one of the bands in two
/// cases of three, by 0.85 in all but one of a hundred thousand.
pub(super) const BANDS: usize = 16;
const ROWS: usize = 4;

/// Words other than numbers that make a block a sentence, not a date line, a counter or a label.
const SENTENCE: usize = 8;
/// Blocks at a text's beginning and end where date lines, counters and signatures stand.
const EDGES: (usize, usize) = (4, 3);

/// A word of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// As it stands in the text.
    pub(super) text: &'a str,
    /// Of its letters in lower case.
    pub(super) hash: u64,
    /// Whether it holds a digit.
    pub(super) is_number: bool,
    /// Whether it stands beside the text proper: in a date line, a counter, a signature.
    pub(super) is_aside: bool,
}

impl Word<'_> {
    /// Whether it is written as a name is.
    pub(super) fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// The words of a record, block by block.
pub(super) fn words(record: &Record) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let count = record.blocks.len();
    let mut rest = record.text.as_str();
    let mut at = 0;
    for (number, block) in record.blocks.iter().enumerate() {
        let (_, from) = split_at_char(rest, block.start.saturating_sub(at));
        let (text, after) = split_at_char(from, block.end.saturating_sub(block.start));
        (rest, at) = (after, block.end);
        let first = words.len();
        add(text, &mut words);
        let sentence = words.iter().skip(first).filter(|w| !w.is_number).count() >= SENTENCE;
        let edge = number < EDGES.0 || number + EDGES.1 >= count;
        let is_aside = edge && !sentence && !matches!(block.kind, Kind::Heading | Kind::Table);
        words.iter_mut().skip(first).for_each(|w| w.is_aside = is_aside);
    }
    words
}

fn split_at_char(text: &str, chars: usize) -> (&str, &str) {
    let at = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// The words of a text, appended. A character of a script written without spaces is a word.
pub(super) fn add<'a>(text: &'a str, words: &mut Vec<Word<'a>>) {
    let mut start = None;
    for (at, c) in text.char_indices() {
        let single = is_word_by_itself(c);
        if single || !(c.is_alphanumeric() || is_mark(c)) {
            push(text, (start.take(), at), words);
            if single {
                push(text, (Some(at), at + c.len_utf8()), words);
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    push(text, (start, text.len()), words);
}

/// Combining marks belong to their letter: Indic vowels, Arabic points.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{900}'..='\u{DFF}' | '\u{200C}' | '\u{200D}')
}

fn push<'a>(text: &'a str, (start, end): (Option<usize>, usize), words: &mut Vec<Word<'a>>) {
    let Some(text) = start.and_then(|start| text.get(start..end)) else { return };
    // FNV-1a over the lower-case letters: words are short and hashed by the million.
    let hash = text
        .chars()
        .flat_map(char::to_lowercase)
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, c| (h ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3));
    words.push(Word { text, hash, is_number: text.chars().any(char::is_numeric), is_aside: false });
}

/// The hash of each run of [`SHINGLE`] words, in order.
pub(super) fn shingles(words: &[Word<'_>]) -> Vec<u64> {
    words.windows(SHINGLE).map(|w| w.iter().fold(0_u64, |h, x| mixed(h.rotate_left(5) ^ x.hash))).collect()
}

/// One key for each band of the `MinHash` signature; none for a text without shingles.
pub(super) fn bands(shingles: &[u64]) -> Vec<u64> {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    if shingles.is_empty() {
        return Vec::new();
    }
    let mut least = [u64::MAX; BANDS * ROWS];
    for shingle in shingles {
        let mut seed = *shingle;
        for least in &mut least {
            seed = seed.wrapping_add(STEP);
            *least = mixed(seed).min(*least);
        }
    }
    let key = |(band, rows): (u64, &[u64])| rows.iter().fold(band + 1, |h, x| mixed(h.rotate_left(7) ^ x));
    (0..).zip(least.chunks(ROWS)).map(key).collect()
}
