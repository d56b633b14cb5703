//! Splits a record's text into words and shingles, and computes its `MinHash` signature.
//!
//! `MinHash` and banding: A. Broder, "On the resemblance and containment of documents" (1997); Leskovec, Rajaraman,
//! Ullman, "Mining of Massive Datasets", chapter 3. One hash for each shingle instead of one for each row: P. Li, A.
//! Owen, C. Zhang, "One permutation hashing" (2012). Filling of empty bins: A. Shrivastava, "Optimal densification for
//! fast and accurate minwise hashing" (2017).

use super::comparison_text::Blocks;
use sanad_document::Kind;
use sanad_document::text::chars::{self, InWord};
use sanad_extract::boilerplate::fingerprint::{Fnv, SHINGLE, is_word_by_itself, mixed, shingle};

/// Bands of the signature, and rows (hashes) of each. Two texts whose shingles overlap by 0.5 (Jaccard) share a band in
/// two cases of three; by 0.85, in all cases but one of a hundred thousand.
pub(super) const BANDS: usize = 16;
const ROWS: usize = 4;

/// Minimum number of words, without numbers, of a block that is a sentence rather than a date line, a counter or a
/// label.
const SENTENCE: usize = 8;
/// Blocks at the beginning and at the end of a text among which date lines, counters and signatures are found.
const FIRST_BLOCKS: usize = 4;
const LAST_BLOCKS: usize = 3;

/// A word of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// The word as in the text.
    pub(super) text: &'a str,
    /// Hash of its letters in lower case.
    pub(super) hash: u64,
    /// Whether it contains a digit.
    pub(super) is_number: bool,
    /// Whether it isn't part of the text proper, but of a date line, a counter or a signature.
    pub(super) is_aside: bool,
}

impl Word<'_> {
    /// Returns true if it begins with a capital letter, as names do.
    pub(super) fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// Returns the words of a record.
pub(super) fn words(record: &impl Blocks) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    each_block(record, |of_block| words.extend_from_slice(of_block));
    words
}

/// Counts the words of a record.
pub(super) fn count(record: &impl Blocks) -> usize {
    let mut count = 0;
    each_block(record, |words| count += words.len());
    count
}

/// Calls `take` with the words of each block of a record. All words at once would take several times the memory of the
/// text.
pub(super) fn each_block<'a>(record: &'a impl Blocks, mut take: impl FnMut(&[Word<'a>])) {
    let mut words = Vec::new();
    let blocks = record.blocks();
    let count = blocks.len();
    let mut rest = record.text();
    let mut at = 0;
    for (number, block) in blocks.enumerate() {
        let (_, from) = split_at_char(rest, block.start.saturating_sub(at));
        let (text, after) = split_at_char(from, block.end.saturating_sub(block.start));
        (rest, at) = (after, block.end);
        words.clear();
        add(text, &mut words);
        let sentence = words.iter().filter(|w| !w.is_number).count() >= SENTENCE;
        let edge = number < FIRST_BLOCKS || number + LAST_BLOCKS >= count;
        let is_aside = edge && !sentence && !matches!(block.kind, Kind::Heading | Kind::Table);
        for word in &mut words {
            word.is_aside = is_aside;
        }
        take(&words);
    }
}

fn split_at_char(text: &str, chars: usize) -> (&str, &str) {
    let at = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Appends the words of a text to `words`. In scripts written without spaces every character is a word.
fn add<'a>(text: &'a str, words: &mut Vec<Word<'a>>) {
    let mut open = OpenWord::default();
    for (at, c) in text.char_indices() {
        let by_itself = is_word_by_itself(c);
        if by_itself {
            words.extend(open.end(text, at));
        }
        let belongs = match chars::in_word(c) {
            Some(one) => open.add(at, one),
            None => open.add_each(at, c),
        };
        if !belongs {
            words.extend(open.end(text, at));
        } else if by_itself {
            words.extend(open.end(text, at + c.len_utf8()));
        }
    }
    words.extend(open.end(text, text.len()));
}

/// Returns true for combining marks, which belong to their letter: Indic vowels, Arabic points.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{900}'..='\u{DFF}' | '\u{200C}' | '\u{200D}')
}

/// The word being read, if one has begun.
#[derive(Default)]
struct OpenWord {
    /// Where it begins in the text, in bytes.
    start: Option<usize>,
    /// Hash of its letters in lower case.
    hash: Fnv,
    is_number: bool,
}

impl OpenWord {
    /// Adds a character in lower case, which may begin a word. Returns false if it doesn't belong to a word.
    #[inline]
    fn add(&mut self, at: usize, c: InWord) -> bool {
        let (c, is_number) = match c {
            InWord::Letter(c) => (c, false),
            InWord::Number(c) => (c, true),
            InWord::No(c) if is_mark(c) || is_word_by_itself(c) => (c, false),
            InWord::No(_) => return false,
        };
        if self.start.is_none() {
            *self = Self { start: Some(at), ..Self::default() };
        }
        self.is_number |= is_number;
        self.hash.add(c);
        true
    }

    /// Adds a character whose lower case has several characters.
    #[inline(never)]
    fn add_each(&mut self, at: usize, c: char) -> bool {
        let mut belongs = false;
        chars::each_in_word(c, |c| belongs |= self.add(at, c));
        belongs
    }

    /// Ends the word at this byte of the text, if one has begun.
    fn end<'a>(&mut self, text: &'a str, end: usize) -> Option<Word<'a>> {
        let text = text.get(self.start.take()?..end)?;
        Some(Word { text, hash: self.hash.end()?, is_number: self.is_number, is_aside: false })
    }
}

/// Returns the hash of each sequence of [`SHINGLE`] words, in order.
pub(super) fn shingles(words: &[Word<'_>]) -> Vec<u64> {
    words.windows(SHINGLE).map(|w| shingle(w.iter().map(|word| word.hash))).collect()
}

/// Bins of a signature; six bits of a hash select one.
const BINS: usize = BANDS * ROWS;
const _: () = assert!(BINS == 64, "six bits select a bin");

/// The `MinHash` signature of a text whose words are added one after another.
#[derive(Debug)]
pub(super) struct Signature {
    /// Hashes of the last words, the latest at the end.
    last: [u64; SHINGLE],
    /// Number of words so far.
    words: usize,
    /// The smallest hash of each bin.
    least: [Option<u64>; BINS],
}

impl Default for Signature {
    fn default() -> Self {
        Self { last: [0; SHINGLE], words: 0, least: [None; BINS] }
    }
}

impl Signature {
    /// Adds the next word.
    pub(super) fn add(&mut self, word: &Word<'_>) {
        self.last.rotate_left(1);
        if let Some(last) = self.last.last_mut() {
            *last = word.hash;
        }
        self.words += 1;
        if self.words >= SHINGLE {
            let hash = mixed(shingle(self.last.into_iter()));
            if let Some(least) = self.least.get_mut(bin(hash)) {
                *least = Some(least.map_or(hash, |known| known.min(hash)));
            }
        }
    }

    /// Returns one key for each band; nothing for a text without shingles.
    pub(super) fn bands(&self) -> Vec<u64> {
        if self.words < SHINGLE {
            return Vec::new();
        }
        // An empty bin copies another bin. Every text tries the others in the same order.
        let filled = |at: u64| {
            let other = |attempt| *self.least.get(bin(mixed(at << 32 | attempt)))?;
            (0..u64::MAX >> 32).find_map(other).unwrap_or_default()
        };
        let dense: Vec<u64> = (1..).zip(self.least).map(|(at, least)| least.unwrap_or_else(|| filled(at))).collect();
        let key = |(band, rows): (u64, &[u64])| rows.iter().fold(band + 1, |h, x| mixed(h.rotate_left(7) ^ x));
        (0..).zip(dense.chunks(ROWS)).map(key).collect()
    }
}

fn bin(hash: u64) -> usize {
    usize::try_from(hash >> 58).unwrap_or_default()
}
