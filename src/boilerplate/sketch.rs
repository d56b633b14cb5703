//! What a page contributes to the table of repeated blocks: fingerprints of its blocks, and of its text.

use crate::chars::{self, InWord};
use crate::record::{Block, Document, Fate, Format};
use borsh::{BorshDeserialize, BorshSerialize};
use foldhash::HashMap;

/// Words of a shingle: shorter ones are shared by chance, longer ones miss edited sentences.
pub(crate) const SHINGLE: usize = 4;
/// One shingle of so many is kept, chosen by its hash: the same ones on every page, so that containment can be told.
const SAMPLE: u64 = 2;
/// From this score on a block counts as the page's own text for grouping.
const OWN_TEXT: f32 = 0.5;
/// Letters that a block with changing numbers needs to be recognised by the rest: "Article 5" has too few.
const MIN_FOLDED_LETTERS: usize = 12;

/// What one page contributes to the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sketch {
    /// Sampled shingles of the page's own text, sorted.
    pub shingles: Vec<u64>,
    /// For each block its fingerprints.
    pub prints: Vec<Print>,
}

/// Fingerprints of a block: of its words, and of its words with numbers folded, at its place in the page. Zero: none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Print {
    /// Of its words.
    pub exact: u64,
    /// Of its words with numbers folded, and its path; only where one block of the page has it.
    pub folded: u64,
}

impl Sketch {
    /// The sketch of a labelled document; empty for a PDF, which carries no chrome of its site, and as the collection
    /// of a site's texts would make all its pages one.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        if document.format == Format::Pdf {
            return Self::default();
        }
        let own = document.blocks.iter().filter(|b| b.score >= OWN_TEXT && b.fate == Fate::Keep);
        let shingles = shingles(own.map(|b| b.text.as_str()));
        let mut words = Words::default();
        let mut prints: Vec<Print> = document.blocks.iter().map(|block| print(block, &mut words)).collect();
        let mut seen: HashMap<u64, u32> = HashMap::default();
        for print in prints.iter().filter(|print| print.folded != 0) {
            *seen.entry(print.folded).or_default() += 1;
        }
        for print in &mut prints {
            if seen.get(&print.folded).is_some_and(|n| *n > 1) {
                print.folded = 0;
            }
        }
        Self { shingles, prints }
    }
}

/// Fingerprints of a block; `words` is room to work in.
fn print(block: &Block, words: &mut Words) -> Print {
    words.read(&block.text);
    if words.text.is_empty() {
        return Print::default();
    }
    let exact = hash(words.text.as_bytes());
    let is_counter = words.letters >= MIN_FOLDED_LETTERS && words.numbers > 0;
    if is_counter {
        words.text.retain(|c| !chars::is_number(c));
        words.text.push('\n');
        words.text.push_str(&block.path);
    }
    Print { exact, folded: if is_counter { hash(words.text.as_bytes()) } else { 0 } }
}

/// The letters and numbers of a text in lower case.
#[derive(Default)]
struct Words {
    text: String,
    letters: usize,
    numbers: usize,
}

impl Words {
    /// Reads a text, which is in NFC: blocks are when they have been labelled.
    fn read(&mut self, text: &str) {
        self.text.clear();
        self.text.reserve(text.len());
        (self.letters, self.numbers) = (0, 0);
        text.chars().for_each(|c| self.add(c));
    }

    #[inline]
    fn add(&mut self, c: char) {
        chars::each_in_word(c, |c| match c {
            InWord::Letter(c) => {
                self.letters += 1;
                self.text.push(c);
            }
            InWord::Number(c) => {
                self.numbers += 1;
                self.text.push(c);
            }
            InWord::No(_) => {}
        });
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let digest = blake3::hash(bytes);
    let bytes = digest.as_bytes().first_chunk().copied().unwrap_or_default();
    // Zero means "none".
    u64::from_le_bytes(bytes).max(1)
}

/// Sampled shingles of the words, sorted. A character of a script written without spaces is a word.
fn shingles<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u64> {
    let mut words: Vec<u64> = Vec::new();
    for text in texts {
        let mut word = Word::default();
        for c in text.chars() {
            if is_word_by_itself(c) {
                words.extend(std::mem::take(&mut word).hash());
                word.add(c);
                words.extend(std::mem::take(&mut word).hash());
            } else {
                chars::each_in_word(c, |c| match c {
                    InWord::Letter(c) | InWord::Number(c) => word.add(c),
                    InWord::No(_) => words.extend(std::mem::take(&mut word).hash()),
                });
            }
        }
        words.extend(word.hash());
    }
    let mut out: Vec<u64> =
        words.windows(SHINGLE).map(|w| shingle(w.iter().copied())).filter(|h| h % SAMPLE == 0).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// The hash of a word, letter by letter.
#[derive(Default)]
struct Word(Option<u64>);

impl Word {
    #[inline]
    fn add(&mut self, c: char) {
        // FNV-1a: words are short and hashed by the million.
        let mut hash = self.0.unwrap_or(0xcbf2_9ce4_8422_2325);
        let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => add(byte),
            _ => c.encode_utf8(&mut [0; 4]).bytes().for_each(add),
        }
        self.0 = Some(hash);
    }

    /// None without a letter.
    fn hash(self) -> Option<u64> {
        self.0
    }
}

/// The hash of a run of words, from theirs.
pub(crate) fn shingle(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0, |hash, word| mixed(hash.rotate_left(5) ^ word))
}

/// The finaliser of `SplitMix64`: neighbouring inputs give unrelated outputs.
pub(crate) fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

pub(crate) fn is_word_by_itself(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
