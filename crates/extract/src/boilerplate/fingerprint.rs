//! What one page contributes to the table of repeated blocks: fingerprints of its blocks, and shingles of its text.
//!
//! Blocks are counted by their fingerprints: hashes of their whole text. Two blocks that differ in one digit differ: a
//! daily table has the same words every day, and other numbers. The shingles (hashes of word n-grams) show which pages
//! hold the same text, so that near-duplicates count as one page.

use super::template;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::text::chars::{self, InWord};
use sanad_document::{Block, Document, Fate, Format};

/// Words in a shingle: shorter ones are shared by chance, longer ones miss edited sentences.
pub const SHINGLE: usize = 4;
/// One in this many shingles is kept. The hash decides which, so every page keeps the same ones and containment can be
/// estimated from them.
const SAMPLE: u64 = 2;
/// From this score on a block counts as the page's own text for grouping.
const OWN_TEXT: f32 = 0.5;
/// Assumed bytes per word, for the initial capacity of the list of words.
const BYTES_PER_WORD: usize = 6;

/// What one page contributes to the table of repeated blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sketch {
    /// Sampled shingles of the page's own text, sorted, without duplicates.
    pub shingles: Vec<u64>,
    /// The fingerprint of each block; zero if it has neither letters nor numbers.
    pub prints: Vec<u64>,
    /// Hash of the branch of the page's [layout](super::template) that holds its text; none for a PDF.
    pub markup: Option<u64>,
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
        let own: usize = document.blocks.iter().filter(|block| is_own(block)).map(|block| block.text.len()).sum();
        let mut words = Vec::with_capacity(own / BYTES_PER_WORD);
        let print = |block: &Block| {
            let text = &block.text;
            if is_own(block) { print::<true>(text, &mut words) } else { print::<false>(text, &mut words) }
        };
        let prints = document.blocks.iter().map(print).collect();
        let markup = Some(hash(&template::branch_of_text(&document.blocks, is_own)));
        Self { shingles: shingles(&words), prints, markup }
    }

    /// The approximate size in bytes of its borsh encoding.
    #[must_use]
    pub fn room(&self) -> usize {
        size_of_val(&*self.shingles) + size_of_val(&*self.prints) + 2 * size_of::<u64>()
    }
}

/// Returns true if the page model takes a block for the page's own text.
fn is_own(block: &Block) -> bool {
    block.score >= OWN_TEXT && block.fate == Fate::Keep
}

/// Fingerprints a text in one pass: letters in lower case, runs of white space as one space, all else as it is. With
/// `WORDS` the hashes of its words are appended to `words`; a character of a script written without spaces is a word. A
/// const parameter, so that each case compiles to its own loop.
fn print<const WORDS: bool>(text: &str, words: &mut Vec<u64>) -> u64 {
    let (mut exact, mut word) = (Fnv::default(), Fnv::default());
    let (mut has_word, mut after_space) = (false, false);
    for c in text.chars() {
        let by_itself = WORDS && is_word_by_itself(c);
        if by_itself {
            words.extend(word.end());
            word.add(c);
            words.extend(word.end());
        }
        chars::each_in_word(c, |lower| {
            let (InWord::Letter(c) | InWord::Number(c) | InWord::No(c)) = lower;
            let is_space = c.is_whitespace();
            if !is_space || !after_space {
                exact.add(if is_space { ' ' } else { c });
            }
            after_space = is_space;
            match lower {
                InWord::Letter(_) | InWord::Number(_) => {
                    has_word = true;
                    if WORDS && !by_itself {
                        word.add(c);
                    }
                }
                InWord::No(_) if WORDS => words.extend(word.end()),
                InWord::No(_) => {}
            }
        });
    }
    words.extend(word.end());
    // Zero means none.
    exact.end().filter(|_| has_word).map_or(0, |hash| mixed(hash).max(1))
}

fn hash(text: &str) -> u64 {
    let mut fnv = Fnv::default();
    text.chars().for_each(|c| fnv.add(c));
    mixed(fnv.end().unwrap_or_default())
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
