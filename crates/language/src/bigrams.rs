//! Letter pairs: how surprising a text is in a language, letter by letter, in nats.
//!
//! The n-gram model says which of its languages a text is in; this model says whether a text is plausible at all, and
//! which of several readings of the same bytes or word is better. `model/pairs.bin` (made by `train/language/pairs.py`)
//! has, for each language of a script, the cost of each letter after each other, as 16 times the negative logarithm of
//! its probability; for Chinese, Japanese and Korean it has the cost of single characters. Capital letters cost by
//! their place in the word, so that `лЕТО` is worse than `Лето`.

mod table;

use crate::codes::UNDETERMINED;
use sanad_document::text::chars;
use table::{PAIRS, Script};

/// The table's unit: sixteenths of a nat.
const UNIT: f32 = 16.0;
/// A sign that belongs to no language's text: box drawing, currency signs, control characters.
const ODD: u32 = 11 * 16;
/// Such a sign in a Chinese, Japanese or Korean text.
const ODD_IN_CJK: u32 = ODD + 32;
/// A broken character (U+FFFD, C1 controls, private use).
const BROKEN: u32 = 14 * 16;
/// A letter of another script inside a word.
const FOREIGN: u32 = 9 * 16;
/// A capital amid the small letters of a word (about one in 250 in running text).
const CAPITAL_INSIDE: u32 = 88;
/// A capital at the beginning of a word: one word in five has one.
const CAPITAL_FIRST: u32 = 26;
/// A small letter at the beginning of a word.
const SMALL_FIRST: u32 = 4;
/// A capital after a capital.
const CAPITAL_AFTER_CAPITAL: u32 = 11;
/// A small letter after two or more capitals.
const SMALL_AFTER_CAPITALS: u32 = 64;
/// A character of a CJK script that isn't in the table.
const RARE_CHARACTER: u32 = 12 * 16;
/// A Latin letter in a CJK text, where one in 26 is this one.
const LATIN_IN_CJK: u32 = 48;
/// A Latin letter right beside a CJK character: names of products, once in a hundred characters.
const SEAM: u32 = 80;
/// One more script in the same text.
const ANOTHER_SCRIPT: u32 = 6 * 16;

/// Code points from which characters are Chinese, Japanese or Korean.
const FIRST_CJK: u32 = 0x2E80;

/// The cost of a reading of a text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Total surprise in nats.
    pub nats: f32,
    /// Number of characters in the words weighed.
    pub letters: u32,
    /// The language that explains most of it.
    pub(crate) language: &'static str,
}

/// Returns the cost of words, each script's in the language that explains them best.
pub fn weigh<'a>(words: impl Iterator<Item = &'a str>) -> Cost {
    let mut sums: Vec<Vec<u32>> = PAIRS.scripts.iter().map(|s| vec![0; s.languages.len()]).collect();
    let mut words_in: Vec<u32> = vec![0; PAIRS.scripts.len()];
    let mut cjk_sums = vec![0u32; PAIRS.characters.len()];
    let (mut letters, mut cjk_words) = (0u32, 0u32);
    for word in words {
        letters += u32::try_from(word.chars().count()).unwrap_or(u32::MAX);
        match table_for(word) {
            WordTable::Script(index) => {
                if let (Some(script), Some(sums), Some(count)) =
                    (PAIRS.scripts.get(index), sums.get_mut(index), words_in.get_mut(index))
                {
                    *count += 1;
                    script.add(word, sums);
                }
            }
            WordTable::Cjk => {
                cjk_words += 1;
                add_characters(word, &mut cjk_sums);
            }
        }
    }
    let by_script = PAIRS
        .scripts
        .iter()
        .zip(&sums)
        .zip(&words_in)
        .map(|((script, sums), words)| (*words, sums.iter().copied().zip(script.languages.iter().copied()).min()));
    let cjk = (cjk_words, cjk_sums.iter().copied().zip(PAIRS.characters.iter().map(|c| c.0)).min());
    let (mut total, mut scripts) = (0u32, 0u32);
    let (mut language, mut most_words) = (UNDETERMINED, 0u32);
    for (words, cheapest) in by_script.chain([cjk]).filter(|(words, _)| *words > 0) {
        scripts += 1;
        let Some((cost, label)) = cheapest else { continue };
        total = total.saturating_add(cost);
        if words > most_words {
            (language, most_words) = (label, words);
        }
    }
    total = total.saturating_add(scripts.saturating_sub(1) * ANOTHER_SCRIPT);
    Cost { nats: nats(total), letters, language }
}

/// Returns the cost of one word in each language of a script's table, in nats, or an empty list if the script has no
/// table.
pub(crate) fn of_word(script: &str, word: &str) -> Vec<(&'static str, f32)> {
    let Some(script) = PAIRS.scripts.iter().find(|s| s.name == script) else {
        return Vec::new();
    };
    let mut sums = vec![0; script.languages.len()];
    script.add(word, &mut sums);
    script.languages.iter().zip(sums).map(|(label, sum)| (*label, nats(sum))).collect()
}

/// The costs of words in one language.
#[derive(Clone, Copy)]
pub(crate) struct Costs {
    script: &'static Script,
    language: usize,
}

impl Costs {
    /// Returns the costs for a language in a script, or `None` if there is no table for it.
    pub(crate) fn of(script: &str, label: &str) -> Option<Self> {
        let script = PAIRS.scripts.iter().find(|s| s.name == script)?;
        let language = script.languages.iter().position(|known| *known == label)?;
        Some(Self { script, language })
    }

    /// Returns the cost of one word in nats, ignoring case.
    pub(crate) fn word(self, word: &str) -> f32 {
        let Self { script, language } = self;
        let mut before = 0;
        let mut sum = 0u32;
        for c in word.chars().chain([' ']) {
            let symbol = script.symbol(c);
            sum += match symbol {
                Some(0) if before == 0 => 0,
                Some(symbol) => script.row(before, symbol).get(language).copied().map_or(ODD, u32::from),
                None => FOREIGN,
            };
            before = symbol.unwrap_or(0);
        }
        nats(sum)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a sum of at most a few thousand bytes fits a float")]
fn nats(sum: u32) -> f32 {
    sum as f32 / UNIT
}

/// The table that a word is weighed with.
enum WordTable {
    /// The pairs of a script, by index.
    Script(usize),
    /// The single characters of Chinese, Japanese and Korean.
    Cjk,
}

/// Index of the Latin table.
const LATIN: usize = 1;

/// Returns the table for most letters of a word. A word without letters gets the first table: marks and odd signs cost
/// the same everywhere.
fn table_for(word: &str) -> WordTable {
    let mut counts = [0u32; 8];
    let mut cjk = 0u32;
    for c in word.chars() {
        if u32::from(c) >= FIRST_CJK && !is_broken(c) {
            cjk += 1;
        } else {
            for (count, script) in counts.iter_mut().zip(&PAIRS.scripts) {
                *count += u32::from(script.symbol(c).is_some_and(|s| s > 1) && (!c.is_ascii()));
            }
        }
    }
    let (script, letters) =
        counts.iter().enumerate().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(&a.0))).map_or((0, 0), |(i, n)| (i, *n));
    if cjk > letters {
        WordTable::Cjk
    } else if letters == 0 && word.chars().any(|c| c.is_ascii_alphabetic()) {
        WordTable::Script(LATIN) // ASCII letters with marks
    } else {
        WordTable::Script(script)
    }
}

fn is_broken(c: char) -> bool {
    matches!(u32::from(c), 0xFFFD | 0x7F..=0x9F | 0x00..=0x08 | 0x0E..=0x1F | 0xE000..=0xF8FF)
}

/// Adds the cost of a word's characters to the sum of each CJK language.
fn add_characters(word: &str, sums: &mut [u32]) {
    let mut was_latin: Option<bool> = None;
    for c in word.chars() {
        let is_latin = c.is_ascii_alphanumeric();
        let seam = if was_latin.is_some_and(|was| was != is_latin) { SEAM } else { 0 };
        was_latin = Some(is_latin);
        for (sum, (_, table)) in sums.iter_mut().zip(&PAIRS.characters) {
            *sum += seam
                + if c.is_ascii() {
                    LATIN_IN_CJK
                } else if is_broken(c) {
                    BROKEN
                } else {
                    let cost = table.get(c as usize).copied().filter(|cost| *cost > 0);
                    cost.map_or(if u32::from(c) < FIRST_CJK { ODD_IN_CJK } else { RARE_CHARACTER }, u32::from)
                };
        }
    }
}

impl Script {
    /// Adds the cost of a word to the sum of each language.
    fn add(&self, word: &str, sums: &mut [u32]) {
        let mut before = 0usize;
        let mut case = Case::Boundary;
        let mut in_all = 0u32;
        for c in word.chars().chain([' ']) {
            let Some(symbol) = self.symbol(c) else {
                in_all += if is_broken(c) {
                    BROKEN
                } else if chars::is_letter(c) {
                    FOREIGN
                } else {
                    ODD
                };
                before = 0;
                case = Case::Boundary;
                continue;
            };
            if symbol > 1 {
                in_all += case.step(c.is_uppercase());
            } else {
                case = Case::Boundary;
            }
            if symbol + before > 0 {
                for (sum, cost) in sums.iter_mut().zip(self.row(before, symbol)) {
                    *sum += u32::from(*cost);
                }
            }
            before = symbol;
        }
        for sum in sums.iter_mut() {
            *sum += in_all;
        }
    }
}

/// The case of the letters before the current one.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    Boundary,
    FirstCapital,
    Capitals,
    Small,
}

impl Case {
    /// Takes one more letter and returns its cost.
    fn step(&mut self, is_capital: bool) -> u32 {
        let (next, cost) = match (*self, is_capital) {
            (Self::Boundary, true) => (Self::FirstCapital, CAPITAL_FIRST),
            (Self::FirstCapital | Self::Capitals, true) => (Self::Capitals, CAPITAL_AFTER_CAPITAL),
            (Self::Boundary | Self::FirstCapital, false) => (Self::Small, SMALL_FIRST),
            (Self::Capitals, false) => (Self::Small, SMALL_AFTER_CAPITALS),
            (Self::Small, true) => (Self::Capitals, CAPITAL_INSIDE),
            (Self::Small, false) => (Self::Small, 0),
        };
        *self = next;
        cost
    }
}

#[cfg(test)]
mod tests {
    use super::weigh;

    #[test]
    fn text_costs_less_than_its_bytes_in_a_wrong_encoding() {
        let right = weigh("Қонуни Ҷумҳурии Тоҷикистон".split(' '));
        let wrong = weigh("ЪонунЯ Їум×урии ТоїЯкистон".split(' '));
        assert!(right.nats + 10.0 < wrong.nats);
        assert_eq!(right.language, "tgk");
    }
}
