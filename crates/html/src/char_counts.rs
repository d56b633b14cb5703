//! Counts over the letters, digits and marks of a text, in any script.

use crate::line_breaks::ends_sentence;
use crate::title::{MAX_ASKED, Title};
use memchr::memchr_iter;
use sanad_document::text::chars::{is_letter, is_letter_or_digit};
use std::sync::LazyLock;

/// Bytes of a text that are counted; shares don't change after some thousand.
const MAX_BYTES: usize = 4_000;

/// What a character of a script without spaces stands for, so that lengths mean the same in every script: with one and a
/// half letters more, two of them make a word. (A page of such a script has 2.5 times fewer characters than its translation.)
const WIDE_EXTRA: f32 = 1.5;
const WIDE_WORD: u32 = 2;

/// A text of more words is no title.
const MAX_TITLED: u32 = 60;

/// The counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Letters {
    chars: u32,
    words: u32,
    digits: u32,
    upper: u32,
    lower: u32,
    wide: u32,
    marks: u32,
    commas: u32,
    ends: u32,
    bars: u32,
    dates: u32,
    titled: u32,
    /// Words that were looked for in the title, where they were.
    asked: Option<u32>,
    size: f32,
    ln_size: f32,
    flags: [bool; 7],
}

/// The natural logarithm of a count, from 0.
#[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
pub(super) fn ln(n: u32) -> f32 {
    static SMALL: LazyLock<Vec<f32>> = LazyLock::new(|| (0..256_u16).map(|n| f32::from(n).ln_1p()).collect());
    SMALL.get(n as usize).copied().unwrap_or_else(|| (n as f32).ln_1p())
}

impl Letters {
    /// Counts; `title` is the page's title, `chars` is the text's number of characters.
    pub(super) fn of(text: &str, title: &Title, chars: u32) -> Self {
        let mut counts = [0_u32; CLASSES];
        let (mut words, mut dates) = (0_u32, 0_u32);
        let mut in_word = false;
        let mut after_digit = false;
        let mut groups = 0_u32;
        let (mut hits, mut asked) = (0_u32, 0_u32);
        for (at, c) in text.char_indices().take_while(|(at, _)| *at < MAX_BYTES) {
            let class = Class::of(c);
            if let Some(count) = counts.get_mut(class as usize) {
                *count += 1;
            }
            let word = class.is_word();
            if word && !in_word {
                words += u32::from(class != Class::Wide);
                if asked < MAX_ASKED {
                    asked += 1;
                    hits += u32::from(title.holds_first_word(text.get(at..).unwrap_or_default(), c));
                }
            }
            in_word = word;
            if class == Class::Digit {
                after_digit = true;
            } else if after_digit {
                groups = if matches!(c, '.' | '/' | '-' | ':') { groups + 1 } else { 0 };
                dates += u32::from(groups == 1 && c == ':') + u32::from(groups == 2);
                after_digit = false;
            } else {
                groups = 0;
            }
        }
        // what is looked for by itself is a mark
        let has_marks = counts.get(Class::Mark as usize) != Some(&0) || text.len() > MAX_BYTES;
        let mut found = Self::counted(counts);
        (found.words, found.dates) = (words, dates);
        found.size = found.sized(chars);
        found.ln_size = found.size.ln_1p();
        found.words += found.wide / WIDE_WORD;
        found.flags = [
            ends_sentence(text),
            text.ends_with(':'),
            text.ends_with("...") || text.ends_with('…') || text.ends_with('»'),
            text.chars().next().is_some_and(|c| is_letter(c) && !c.is_lowercase()),
            crate::line_breaks::starts_item(text),
            has_marks && text.contains('©'),
            has_marks && (text.contains('@') || memchr_iter(b':', text.as_bytes()).any(|at| is_address(text, at))),
        ];
        if found.words <= MAX_TITLED && !title.is_empty() {
            (found.titled, found.asked) = (hits, Some(asked));
        }
        found
    }

    fn counted(counts: [u32; CLASSES]) -> Self {
        let of = |class: Class| counts.get(class as usize).copied().unwrap_or(0);
        let (commas, ends, bars) = (of(Class::Comma), of(Class::End), of(Class::Bar));
        Self {
            chars: counts.iter().sum::<u32>() - of(Class::Space),
            digits: of(Class::Digit),
            upper: of(Class::Upper),
            lower: of(Class::Lower),
            wide: of(Class::Wide),
            marks: of(Class::Mark) + commas + ends + bars,
            commas,
            ends,
            bars,
            ..Self::default()
        }
    }

    /// Characters of the text as an alphabet would need them.
    pub(super) fn size(&self) -> f32 {
        self.size
    }

    /// The logarithm of that.
    pub(super) fn ln_size(&self) -> f32 {
        self.ln_size
    }

    /// Words that stand in the page's title.
    pub(super) fn titled(&self) -> u32 {
        self.titled
    }

    /// The same with the number of all words; none where they weren't looked for.
    pub(super) fn hits(&self) -> Option<(u32, u32)> {
        Some((self.titled, self.asked?))
    }

    #[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
    fn sized(&self, chars: u32) -> f32 {
        chars as f32 * (1.0 + WIDE_EXTRA * self.wide as f32 / self.chars.max(1) as f32)
    }

    /// Characters counted, as an alphabet would need them.
    fn letters(&self) -> f32 {
        self.sized(self.chars)
    }

    /// 1 where the text ends as a sentence does.
    pub(super) fn sentence_end(&self) -> f32 {
        f32::from(u8::from(self.flags.first() == Some(&true)))
    }

    /// Writes the features.
    #[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
    pub(super) fn write(&self, row: &mut Vec<f32>) {
        let of = |part: u32, whole: u32| part as f32 / whole.max(1) as f32;
        row.extend([
            self.ln_size,
            ln(self.words),
            self.letters() / self.words.max(1) as f32,
            of(self.digits, self.chars),
            of(self.upper, self.upper + self.lower),
            of(self.marks, self.chars),
            ln(self.commas),
            ln(self.ends),
            of(self.ends, self.words),
            of(self.commas, self.words),
            ln(self.bars),
            ln(self.dates),
            of(self.titled, self.words),
            ln(self.titled),
        ]);
        row.extend(self.flags.map(|flag| f32::from(u8::from(flag))));
    }
}

/// Whether the colon at `at` is that of an address.
fn is_address(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with("://"))
}

/// What a character counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Digit,
    Lower,
    Upper,
    /// Of a script written without spaces.
    Wide,
    /// Of another script without capitals, or a digit of another script.
    Letter,
    Mark,
    Comma,
    End,
    Bar,
}

const CLASSES: usize = Class::Bar as usize + 1;

/// The classes of the first characters: all of most pages' markup and half of their text.
#[allow(clippy::indexing_slicing, reason = "the compiler checks a constant's places")]
static ASCII: [Class; 128] = {
    let mut classes = [Class::Mark; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b' ' | 0x09..=0x0D => Class::Space,
            b'0'..=b'9' => Class::Digit,
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b',' | b';' => Class::Comma,
            b'.' | b'!' | b'?' => Class::End,
            b'|' | b'/' | b'>' => Class::Bar,
            _ => Class::Mark,
        };
        byte += 1;
    }
    classes
};

/// The classes of all characters up to the quotation marks, looked up once.
static NEAR: LazyLock<Vec<Class>> = LazyLock::new(|| ('\0'..'\u{2070}').map(Class::looked_up).collect());

impl Class {
    fn of(c: char) -> Self {
        match c {
            '\0'..='\u{7F}' => ASCII.get(c as usize).copied().unwrap_or(Self::Mark),
            'Ѐ'..='Я' => Self::Upper,
            'а'..='џ' => Self::Lower,
            _ => NEAR.get(c as usize).copied().unwrap_or_else(|| Self::looked_up(c)),
        }
    }

    fn looked_up(c: char) -> Self {
        if c.is_whitespace() {
            return Self::Space;
        }
        if is_letter_or_digit(c) {
            return match c {
                '0'..='9' => Self::Digit,
                _ if is_wide(c) => Self::Wide,
                '\u{AC00}'..='\u{D7A3}' => Self::Letter,
                _ if c.is_lowercase() => Self::Lower,
                _ if c.is_uppercase() => Self::Upper,
                _ => Self::Letter,
            };
        }
        match c {
            ',' | '，' | '、' | '،' | '؛' | ';' | '；' => Self::Comma,
            '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '۔' | '।' | '։' => Self::End,
            '|' | '»' | '›' | '/' | '•' | '·' | '→' | '>' => Self::Bar,
            _ => Self::Mark,
        }
    }

    fn is_word(self) -> bool {
        matches!(self, Self::Digit | Self::Lower | Self::Upper | Self::Wide | Self::Letter)
    }
}

/// Scripts written without spaces, each character about a word.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_the_class_that_it_is_looked_up_with() {
        for c in '\0'..=char::MAX {
            assert_eq!(Class::of(c), Class::looked_up(c), "{c:?}");
            assert_eq!(Class::of(c).is_word(), is_letter_or_digit(c), "{c:?}");
        }
    }
}
