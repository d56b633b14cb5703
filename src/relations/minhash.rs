//! The words of a record's text, its shingles, and their `MinHash`.
//!
//! `MinHash` and its banding: A. Broder, "On the resemblance and containment of documents" (1997); Leskovec, Rajaraman,
//! Ullman, "Mining of Massive Datasets", chapter 3. One hash a shingle instead of one for each row: P. Li, A. Owen, C. Zhang,
//! "One permutation hashing" (2012); how bins left empty are filled: A. Shrivastava, "Optimal densification for fast and
//! accurate minwise hashing" (2017).

use super::comparison_text::Blocks;
use sanad_document::Kind;
use sanad_document::text::chars::{self, InWord};
use sanad_extract::boilerplate::fingerprint::{Fnv, SHINGLE, is_word_by_itself, mixed, shingle};

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

/// The words of a record.
pub(super) fn words(record: &impl Blocks) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    each_block(record, |of_block| words.extend_from_slice(of_block));
    words
}

/// How many words a record has.
pub(super) fn count(record: &impl Blocks) -> usize {
    let mut count = 0;
    each_block(record, |words| count += words.len());
    count
}

/// Hands on the words of each block of a record: those of a large record take several times the room of its text.
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
        let edge = number < EDGES.0 || number + EDGES.1 >= count;
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

/// The words of a text, appended. A character of a script written without spaces is a word.
pub(super) fn add<'a>(text: &'a str, words: &mut Vec<Word<'a>>) {
    let mut open = Open::default();
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

/// Combining marks belong to their letter: Indic vowels, Arabic points.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{900}'..='\u{DFF}' | '\u{200C}' | '\u{200D}')
}

/// A word that is being read.
#[derive(Default)]
struct Open {
    /// Where it begins in the text, in bytes.
    start: Option<usize>,
    /// Of its letters in lower case.
    hash: Fnv,
    is_number: bool,
}

impl Open {
    /// Takes a character of the text's lower case, which may begin the word; false when it belongs to none.
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

    /// Takes all characters of a character's lower case.
    #[inline(never)]
    fn add_each(&mut self, at: usize, c: char) -> bool {
        let mut belongs = false;
        chars::each_in_word(c, |c| belongs |= self.add(at, c));
        belongs
    }

    fn end<'a>(&mut self, text: &'a str, end: usize) -> Option<Word<'a>> {
        let text = text.get(self.start.take()?..end)?;
        Some(Word { text, hash: self.hash.end()?, is_number: self.is_number, is_aside: false })
    }
}

/// The hash of each run of [`SHINGLE`] words, in order.
pub(super) fn shingles(words: &[Word<'_>]) -> Vec<u64> {
    words.windows(SHINGLE).map(|w| shingle(w.iter().map(|word| word.hash))).collect()
}

/// Bins of a signature; six bits of a hash name one.
const BINS: usize = BANDS * ROWS;
const _: () = assert!(BINS == 64, "six bits name a bin");

/// The `MinHash` of a text whose words come one after another.
#[derive(Debug)]
pub(super) struct Signature {
    /// The last words, the latest at the end, and how many there were.
    last: [u64; SHINGLE],
    words: usize,
    /// The least hash of each bin.
    least: [Option<u64>; BINS],
}

impl Default for Signature {
    fn default() -> Self {
        Self { last: [0; SHINGLE], words: 0, least: [None; BINS] }
    }
}

impl Signature {
    /// Takes the next word.
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

    /// One key for each band; none for a text without shingles.
    pub(super) fn bands(&self) -> Vec<u64> {
        if self.words < SHINGLE {
            return Vec::new();
        }
        // An empty bin takes what another has, which one being the same for every text where that one is filled.
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
