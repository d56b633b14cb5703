//! What one page contributes to the table of repeated blocks: fingerprints of its blocks, and shingles of its text.
//!
//! Blocks are counted by their fingerprints. The shingles (hashes of word n-grams) show which pages hold the same text,
//! so that near-duplicates count as one page.

use borsh::{BorshDeserialize, BorshSerialize};
use foldhash::HashMap;
use sanad_document::text::chars::{self, InWord};
use sanad_document::{Block, Document, Fate, Format};

/// Words in a shingle: shorter ones are shared by chance, longer ones miss edited sentences.
pub const SHINGLE: usize = 4;
/// One in this many shingles is kept. The hash decides which, so every page keeps the same ones and containment can be
/// estimated from them.
const SAMPLE: u64 = 2;
/// From this score on a block counts as the page's own text for grouping.
const OWN_TEXT: f32 = 0.5;
/// A block with changing numbers is recognised by its other words from this many letters on: "Article 5" has too few.
const MIN_FOLDED_LETTERS: usize = 12;

/// Assumed bytes per word, for the initial capacity of the list of words.
const BYTES_PER_WORD: usize = 6;

/// What one page contributes to the table of repeated blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sketch {
    /// Sampled shingles of the page's own text, sorted, without duplicates.
    pub shingles: Vec<u64>,
    /// The fingerprints of each block.
    pub prints: Vec<Print>,
}

/// The fingerprints of a block. Zero means none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Print {
    /// Hash of its letters and numbers in lower case.
    pub exact: u64,
    /// Hash of its letters in lower case, without its numbers, and of its path. It recognises counters. Only set if a
    /// single block of the page has it.
    pub folded: u64,
}

impl Sketch {
    /// The sketch of a labelled document. It is empty for a PDF: a PDF carries no chrome of its site, and one that
    /// collects the site's texts would make all its pages near-duplicates.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        match document.format {
            Format::Html => Self::of_page(document),
            Format::Pdf => Self::default(),
        }
    }

    fn of_page(document: &Document) -> Self {
        let is_own = |block: &Block| block.score >= OWN_TEXT && block.fate == Fate::Keep;
        let own: usize = document.blocks.iter().filter(|block| is_own(block)).map(|block| block.text.len()).sum();
        let mut words = Vec::with_capacity(own / BYTES_PER_WORD);
        let print = |block: &Block| {
            let is_own = is_own(block);
            if is_own { print::<true>(block, &mut words) } else { print::<false>(block, &mut words) }
        };
        let mut prints: Vec<Print> = document.blocks.iter().map(print).collect();
        let mut seen: HashMap<u64, u32> = HashMap::default();
        for print in prints.iter().filter(|print| print.folded != 0) {
            *seen.entry(print.folded).or_default() += 1;
        }
        for print in &mut prints {
            if seen.get(&print.folded).is_some_and(|n| *n > 1) {
                print.folded = 0;
            }
        }
        Self { shingles: shingles(&words), prints }
    }

    /// The approximate size in bytes of its borsh encoding.
    #[must_use]
    pub fn room(&self) -> usize {
        size_of_val(&*self.shingles) + size_of_val(&*self.prints) + 2 * size_of::<u64>()
    }
}

/// Fingerprints a block in one pass over its text. With `WORDS` the hashes of its words are appended to `words`; a
/// character of a script written without spaces is a word. A const parameter, so that each case compiles to its own
/// loop.
fn print<const WORDS: bool>(block: &Block, words: &mut Vec<u64>) -> Print {
    let (mut exact, mut folded, mut word) = (Fnv::default(), Fnv::default(), Fnv::default());
    let (mut letters, mut numbers) = (0, 0);
    for c in block.text.chars() {
        let by_itself = WORDS && is_word_by_itself(c);
        if by_itself {
            words.extend(word.end());
            word.add(c);
            words.extend(word.end());
        }
        chars::each_in_word(c, |lower| {
            let lower = match lower {
                InWord::Letter(lower) => {
                    letters += 1;
                    folded.add(lower);
                    lower
                }
                InWord::Number(lower) => {
                    numbers += 1;
                    lower
                }
                InWord::No(_) if WORDS => return words.extend(word.end()),
                InWord::No(_) => return,
            };
            exact.add(lower);
            if WORDS && !by_itself {
                word.add(lower);
            }
        });
    }
    words.extend(word.end());
    let is_counter = letters >= MIN_FOLDED_LETTERS && numbers > 0;
    if is_counter {
        folded.add('\n');
        block.path.chars().for_each(|c| folded.add(c));
    }
    // Zero means none.
    let print = |mut hash: Fnv| hash.end().map_or(0, |hash| mixed(hash).max(1));
    Print { exact: print(exact), folded: if is_counter { print(folded) } else { 0 } }
}

/// The sampled shingles of a text's words, sorted, without duplicates.
fn shingles(words: &[u64]) -> Vec<u64> {
    let mut out: Vec<u64> =
        words.windows(SHINGLE).map(|w| shingle(w.iter().copied())).filter(|h| h % SAMPLE == 0).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// A hash over characters: FNV-1a over code points instead of bytes. Words are short and hashed by the million.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(Self::EMPTY)
    }
}

impl Fnv {
    /// The hash of no characters: the FNV offset basis.
    const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

    /// Adds the next character.
    #[inline]
    pub fn add(&mut self, c: char) {
        self.0 = (self.0 ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
    }

    /// Returns the hash of the characters since the last call, or `None` if there were none, and starts anew.
    #[inline]
    pub fn end(&mut self) -> Option<u64> {
        Some(std::mem::take(self).0).filter(|hash| *hash != Self::EMPTY)
    }
}

/// Combines the hashes of a run of words into one.
pub fn shingle(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0, |hash, word| mixed(hash.rotate_left(5) ^ word))
}

/// Mixes the bits of a value with the finaliser of `SplitMix64`: neighbouring inputs yield unrelated outputs.
#[must_use]
pub fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Whether a character counts as a word: it belongs to a script written without spaces (Thai, Japanese, Chinese).
#[must_use]
pub fn is_word_by_itself(c: char) -> bool {
    let is_thai_or_kana = matches!(c, '\u{E00}'..='\u{E7F}' | '\u{3040}'..='\u{30FF}');
    let is_han = || matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    c >= '\u{E00}' && (is_thai_or_kana || is_han())
}
