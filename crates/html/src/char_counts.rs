//! Counts over the letters, digits and punctuation of a text, in any script.

use crate::line_breaks::ends_sentence;
use crate::title::{MAX_LOOKUPS, Title, TitleHits};
use memchr::memchr_iter;
use sanad_document::text::chars::{is_letter, is_letter_or_digit};
use std::sync::LazyLock;

/// Bytes of a text that are counted. Shares no longer change after some thousand.
const MAX_BYTES: usize = 4_000;

/// Letters that a character of a script without spaces counts for beside itself, and characters of such a script per
/// word, so that lengths mean the same in every script. A page in such a script has 2.5 times fewer characters than its
/// translation.
const WIDE_EXTRA: f32 = 1.5;
const WIDE_PER_WORD: u32 = 2;

/// Words of the longest text whose share of title words is counted. A text of more words is no title.
const MAX_TITLE_WORDS: u32 = 60;

/// The counts over a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CharCounts {
    /// Characters other than white space.
    chars: u32,
    words: u32,
    digits: u32,
    upper: u32,
    lower: u32,
    /// Characters of scripts without spaces.
    wide: u32,
    /// Everything that is no letter, digit or space.
    marks: u32,
    commas: u32,
    /// Marks that end sentences.
    ends: u32,
    /// Marks between the labels of menus and breadcrumbs.
    bars: u32,
    /// Groups of digits that look like dates or times.
    dates: u32,
    /// Words in the page's title; `None` if the text is too long or there is no title.
    title_hits: Option<TitleHits>,
    size: f32,
    ln_size: f32,
    flags: [bool; FLAGS],
}

/// Yes-or-no features of a text.
const FLAGS: usize = 7;

/// `ln(1 + n)`.
#[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
pub(super) fn ln(n: u32) -> f32 {
    static SMALL: LazyLock<Vec<f32>> = LazyLock::new(|| (0..256_u16).map(|n| f32::from(n).ln_1p()).collect());
    SMALL.get(n as usize).copied().unwrap_or_else(|| (n as f32).ln_1p())
}

impl CharCounts {
    /// Counts over the start of a text. `title` is the page's title; `chars` is the number of characters of the whole
    /// text, white space left out.
    pub(super) fn of(text: &str, title: &Title, chars: u32) -> Self {
        let mut counts = [0_u32; CLASSES];
        let (mut words, mut dates) = (0_u32, 0_u32);
        let mut after_word = false;
        let mut after_digit = false;
        let mut groups = 0_u32; // of digits, joined by one mark each
        let mut title_hits = TitleHits::default();
        for (at, c) in text.char_indices().take_while(|(at, _)| *at < MAX_BYTES) {
            let class = CharClass::of(c);
            if let Some(count) = counts.get_mut(class as usize) {
                *count += 1;
            }
            let is_word = class.is_word();
            if is_word && !after_word {
                words += u32::from(class != CharClass::Wide);
                if title_hits.words < MAX_LOOKUPS {
                    title_hits.words += 1;
                    title_hits.hits += u32::from(title.contains_first_word(text.get(at..).unwrap_or_default(), c));
                }
            }
            after_word = is_word;
            if class == CharClass::Digit {
                after_digit = true;
            } else if after_digit {
                groups = if matches!(c, '.' | '/' | '-' | ':') { groups + 1 } else { 0 };
                dates += u32::from(groups == 1 && c == ':') + u32::from(groups == 2);
                after_digit = false;
            } else {
                groups = 0;
            }
        }
        // all that is searched for below is a mark
        let has_marks = counts.get(CharClass::Mark as usize) != Some(&0) || text.len() > MAX_BYTES;
        let mut found = Self::counted(counts);
        (found.words, found.dates) = (words, dates);
        found.size = found.sized(chars);
        found.ln_size = found.size.ln_1p();
        found.words += found.wide / WIDE_PER_WORD;
        found.flags = [
            ends_sentence(text),
            text.ends_with(':'),
            text.ends_with("...") || text.ends_with('…') || text.ends_with('»'),
            text.chars().next().is_some_and(|c| is_letter(c) && !c.is_lowercase()),
            crate::line_breaks::starts_item(text),
            has_marks && text.contains('©'),
            has_marks && (text.contains('@') || memchr_iter(b':', text.as_bytes()).any(|at| is_url_colon(text, at))),
        ];
        found.title_hits = Some(title_hits).filter(|_| found.words <= MAX_TITLE_WORDS && !title.is_empty());
        found
    }

    fn counted(counts: [u32; CLASSES]) -> Self {
        let of = |class: CharClass| counts.get(class as usize).copied().unwrap_or(0);
        let (commas, ends, bars) = (of(CharClass::Comma), of(CharClass::End), of(CharClass::Bar));
        Self {
            chars: counts.iter().sum::<u32>() - of(CharClass::Space),
            digits: of(CharClass::Digit),
            upper: of(CharClass::Upper),
            lower: of(CharClass::Lower),
            wide: of(CharClass::Wide),
            marks: of(CharClass::Mark) + commas + ends + bars,
            commas,
            ends,
            bars,
            ..Self::default()
        }
    }

    /// The length of the text: the characters that it would have in an alphabetic script.
    pub(super) fn size(&self) -> f32 {
        self.size
    }

    /// `ln(1 + size)`.
    pub(super) fn ln_size(&self) -> f32 {
        self.ln_size
    }

    /// Words that are in the page's title; `None` if they weren't counted.
    pub(super) fn title_hits(&self) -> Option<TitleHits> {
        self.title_hits
    }

    #[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
    fn sized(&self, chars: u32) -> f32 {
        chars as f32 * (1.0 + WIDE_EXTRA * self.wide as f32 / self.chars.max(1) as f32)
    }

    /// The length of the part that was counted.
    fn counted_size(&self) -> f32 {
        self.sized(self.chars)
    }

    /// Whether the text ends like a sentence.
    pub(super) fn ends_sentence(&self) -> bool {
        self.flags.first() == Some(&true)
    }

    /// Adds the features of the text to a row.
    #[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
    pub(super) fn write(&self, row: &mut Vec<f32>) {
        let hits = self.title_hits.map_or(0, |title| title.hits);
        let of = |part: u32, whole: u32| part as f32 / whole.max(1) as f32;
        row.extend([
            self.ln_size,
            ln(self.words),
            self.counted_size() / self.words.max(1) as f32,
            of(self.digits, self.chars),
            of(self.upper, self.upper + self.lower),
            of(self.marks, self.chars),
            ln(self.commas),
            ln(self.ends),
            of(self.ends, self.words),
            of(self.commas, self.words),
            ln(self.bars),
            ln(self.dates),
            of(hits, self.words),
            ln(hits),
        ]);
        row.extend(self.flags.map(|flag| f32::from(u8::from(flag))));
    }
}

/// Whether the colon at byte `at` is that of a URL.
fn is_url_colon(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with("://"))
}

/// What a character counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CharClass {
    Space,
    Digit,
    Lower,
    Upper,
    /// A letter of a script written without spaces.
    Wide,
    /// A letter of another script without case, or a digit other than 0 to 9.
    Letter,
    Mark,
    Comma,
    End,
    Bar,
}

const CLASSES: usize = CharClass::Bar as usize + 1;

/// The classes of the ASCII characters, which make half of most pages' text.
#[allow(clippy::indexing_slicing, reason = "the compiler checks the indices of a constant")]
static ASCII: [CharClass; 128] = {
    let mut classes = [CharClass::Mark; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b' ' | 0x09..=0x0D => CharClass::Space,
            b'0'..=b'9' => CharClass::Digit,
            b'a'..=b'z' => CharClass::Lower,
            b'A'..=b'Z' => CharClass::Upper,
            b',' | b';' => CharClass::Comma,
            b'.' | b'!' | b'?' => CharClass::End,
            b'|' | b'/' | b'>' => CharClass::Bar,
            _ => CharClass::Mark,
        };
        byte += 1;
    }
    classes
};

/// The classes of the characters up to U+206F, where the quotation marks end, computed once.
static CACHED: LazyLock<Vec<CharClass>> = LazyLock::new(|| ('\0'..'\u{2070}').map(CharClass::compute).collect());

impl CharClass {
    fn of(c: char) -> Self {
        match c {
            '\0'..='\u{7F}' => ASCII.get(c as usize).copied().unwrap_or(Self::Mark),
            'Ѐ'..='Я' => Self::Upper,
            'а'..='џ' => Self::Lower,
            _ => CACHED.get(c as usize).copied().unwrap_or_else(|| Self::compute(c)),
        }
    }

    fn compute(c: char) -> Self {
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

/// Whether the script is written without spaces; each of its characters is about half a word.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_the_classes_that_are_computed() {
        for c in '\0'..=char::MAX {
            assert_eq!(CharClass::of(c), CharClass::compute(c), "{c:?}");
            assert_eq!(CharClass::of(c).is_word(), is_letter_or_digit(c), "{c:?}");
        }
    }
}
