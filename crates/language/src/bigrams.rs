//! Letter pairs: how surprising a text is in a language, letter by letter, in nats.
//!
//! The n-gram model says which of its languages a text is in; this one says whether a text is plausible at all, and
//! which of several readings of the same bytes or the same word is the better one. It stands in `model/pairs.bin`
//! (trained by `train/language/pairs.py`): for each language of a script the cost of each letter after each other, as
//! 16 times the negative logarithm of its probability; for Chinese, Japanese and Korean the cost of single characters.
//! Capital letters cost by their place in the word, so that `лЕТО` is worse than `Лето`.

mod table;

use sanad_document::text::chars;
use table::{PAIRS, Script};

/// Sixteenths of a nat: the unit of the table.
const UNIT: f32 = 16.0;
/// A sign that belongs to no text of the language: box drawing, currency signs, control characters.
const ODD: u32 = 11 * 16;
/// A broken character (U+FFFD, C1 controls, private use).
const BROKEN: u32 = 14 * 16;
/// A letter of another script inside a word.
const FOREIGN: u32 = 9 * 16;
/// A capital in the middle of a word of small letters (about one in 250 in running text).
const CAPITAL_INSIDE: u32 = 88;
/// A capital at the start of a word, and a small letter there: one word in five begins with a capital.
const CAPITAL_FIRST: u32 = 26;
/// A small letter where a capital might stand.
const SMALL_FIRST: u32 = 4;
/// A capital after a capital.
const CAPITAL_ON: u32 = 11;
/// A small letter after two capitals or more.
const SMALL_AFTER_CAPITALS: u32 = 64;
/// A character of a CJK script outside the table.
const RARE_CHARACTER: u32 = 12 * 16;
/// A Latin letter in a CJK text: one in 26, and rare there.
const LATIN_BESIDE: u32 = 48;
/// A Latin letter right beside a CJK character: names of products, once in a hundred characters.
const SEAM: u32 = 80;
/// One more script in the same text.
const OTHER_SCRIPT: u32 = 6 * 16;

/// What a reading of a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Surprise in nats, all told.
    pub nats: f32,
    /// Characters outside ASCII that it is the surprise of, ASCII letters beside them counted too.
    pub letters: u32,
    /// The language that explains most of it.
    pub(crate) language: &'static str,
}

/// The cost of words in the language that explains them best, script by script.
pub fn weigh<'a>(words: impl Iterator<Item = &'a str>) -> Cost {
    let mut sums: Vec<Vec<u32>> = PAIRS.scripts.iter().map(|s| vec![0; s.languages.len()]).collect();
    let mut seen: Vec<u32> = vec![0; PAIRS.scripts.len()];
    let mut characters = vec![0u32; PAIRS.characters.len()];
    let (mut letters, mut cjk) = (0u32, 0u32);
    for word in words {
        letters += u32::try_from(word.chars().count()).unwrap_or(u32::MAX);
        match home(word) {
            Home::Script(index) => {
                if let (Some(script), Some(sum), Some(n)) =
                    (PAIRS.scripts.get(index), sums.get_mut(index), seen.get_mut(index))
                {
                    *n += 1;
                    script.add(word, sum);
                }
            }
            Home::Characters => {
                cjk += 1;
                add_characters(word, &mut characters);
            }
        }
    }
    let mut total = 0u32;
    let mut language = ("und", 0u32);
    let mut used = 0u32;
    for ((script, sum), n) in PAIRS.scripts.iter().zip(&sums).zip(&seen) {
        if *n == 0 {
            continue;
        }
        used += 1;
        if let Some((cost, label)) = sum.iter().copied().zip(script.languages.iter().copied()).min() {
            total = total.saturating_add(cost);
            if *n > language.1 {
                language = (label, *n);
            }
        }
    }
    if cjk > 0 {
        used += 1;
        if let Some((cost, label)) = characters.iter().zip(&PAIRS.characters).map(|(c, l)| (*c, l.0)).min() {
            total = total.saturating_add(cost);
            if cjk > language.1 {
                language = (label, cjk);
            }
        }
    }
    total = total.saturating_add(used.saturating_sub(1) * OTHER_SCRIPT);
    Cost { nats: nats(total), letters, language: language.0 }
}

/// The cost of one word in each language of its script's table, in nats; empty for a script without a table.
pub(crate) fn of_word(script: &str, word: &str) -> Vec<(&'static str, f32)> {
    let Some(script) = PAIRS.scripts.iter().find(|s| s.name == script) else {
        return Vec::new();
    };
    let mut sums = vec![0; script.languages.len()];
    script.add(word, &mut sums);
    script.languages.iter().zip(sums).map(|(label, sum)| (*label, nats(sum))).collect()
}

/// What words cost in one language.
#[derive(Clone, Copy)]
pub(crate) struct Costs {
    script: &'static Script,
    language: usize,
}

impl Costs {
    /// Of a language in a script; `None` without a table for it.
    pub(crate) fn of(script: &str, label: &str) -> Option<Self> {
        let script = PAIRS.scripts.iter().find(|s| s.name == script)?;
        let language = script.languages.iter().position(|known| *known == label)?;
        Some(Self { script, language })
    }

    /// The cost of one word, capitals and small letters alike.
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

enum Home {
    Script(usize),
    Characters,
}

/// The script most letters of a word are in; for a word without any, the first table, where marks and odd signs cost
/// the same as anywhere.
fn home(word: &str) -> Home {
    let mut counts = [0u32; 8];
    let mut cjk = 0u32;
    for c in word.chars() {
        if u32::from(c) >= 0x2E80 && !is_broken(c) {
            cjk += 1;
        } else {
            for (count, script) in counts.iter_mut().zip(&PAIRS.scripts) {
                *count += u32::from(script.symbol(c).is_some_and(|s| s > 1) && (!c.is_ascii()));
            }
        }
    }
    let best =
        counts.iter().enumerate().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(&a.0))).map_or((0, 0), |(i, n)| (i, *n));
    if cjk > best.1 {
        Home::Characters
    } else if best.1 == 0 && word.chars().any(|c| c.is_ascii_alphabetic()) {
        Home::Script(1) // ASCII letters with marks: the Latin table
    } else {
        Home::Script(best.0)
    }
}

fn is_broken(c: char) -> bool {
    matches!(u32::from(c), 0xFFFD | 0x7F..=0x9F | 0x00..=0x08 | 0x0E..=0x1F | 0xE000..=0xF8FF)
}

fn add_characters(word: &str, sums: &mut [u32]) {
    let mut before: Option<bool> = None; // whether the character before was an ASCII letter
    for c in word.chars() {
        let latin = c.is_ascii_alphanumeric();
        let seam = if before.is_some_and(|b| b != latin) { SEAM } else { 0 };
        before = Some(latin);
        for (sum, (_, table)) in sums.iter_mut().zip(&PAIRS.characters) {
            *sum += seam
                + if c.is_ascii() {
                    LATIN_BESIDE
                } else if is_broken(c) {
                    BROKEN
                } else {
                    let cost = table.get(c as usize).copied().filter(|cost| *cost > 0);
                    cost.map_or(if u32::from(c) < 0x2E80 { ODD + 32 } else { RARE_CHARACTER }, u32::from)
                };
        }
    }
}

impl Script {
    /// Adds the cost of a word to the sum of each language.
    fn add(&self, word: &str, sums: &mut [u32]) {
        let mut before = 0usize;
        let mut case = Case::Boundary;
        let mut fixed = 0u32;
        for c in word.chars().chain([' ']) {
            let Some(symbol) = self.symbol(c) else {
                fixed += if is_broken(c) {
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
                fixed += case.step(c.is_uppercase());
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
            *sum += fixed;
        }
    }
}

/// Where in the capitals and small letters of a word we are.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    Boundary,
    FirstCapital,
    Capitals,
    Small,
}

impl Case {
    /// Takes one more letter; its cost.
    fn step(&mut self, capital: bool) -> u32 {
        let (next, cost) = match (*self, capital) {
            (Self::Boundary, true) => (Self::FirstCapital, CAPITAL_FIRST),
            (Self::FirstCapital | Self::Capitals, true) => (Self::Capitals, CAPITAL_ON),
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
    fn text_costs_less_than_the_same_bytes_read_wrongly() {
        let right = weigh("Қонуни Ҷумҳурии Тоҷикистон".split(' '));
        let wrong = weigh("ЪонунЯ Їум×урии ТоїЯкистон".split(' '));
        assert!(right.nats + 10.0 < wrong.nats);
        assert_eq!(right.language, "tgk");
    }
}
