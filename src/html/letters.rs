//! Counts over the letters, digits and marks of a text, in any script.

use super::split::ends_sentence;
use crate::chars::{each_lower, is_letter, is_letter_or_digit, lower};
use memchr::{memchr_iter, memmem};
use std::sync::LazyLock;

/// Bytes of a text that are counted; shares don't change after some thousand.
const MAX_BYTES: usize = 4_000;

/// What a character of a script without spaces stands for, so that lengths mean the same in every script: with one and a
/// half letters more, two of them make a word. (A page of such a script has 2.5 times fewer characters than its translation.)
const WIDE_EXTRA: f32 = 1.5;
const WIDE_WORD: u32 = 2;

/// A text of more words is no title.
const MAX_TITLED: u32 = 60;

/// Words of a text that are looked for in the title, from its beginning.
const MAX_ASKED: u32 = 40;

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

/// Words of a text, as it writes them; of a longer text only the first.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let words = std::iter::from_fn(move || {
        rest = rest.get(run_of(rest, false)..)?;
        let (word, after) = rest.split_at_checked(run_of(rest, true))?;
        rest = after;
        Some(word).filter(|word| !word.is_empty())
    });
    words.take(MAX_ASKED as usize)
}

/// Bytes of the characters that a text begins with and that are letters and digits, or that aren't.
fn run_of(text: &str, wanted: bool) -> usize {
    let mut at = 0;
    loop {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        at += rest.iter().take_while(|byte| byte.is_ascii() && is_ascii_word(**byte) == wanted).count();
        let (is_word, length) = match text.as_bytes().get(at) {
            None | Some(0..=0x7F) => break,
            Some(0xD0 | 0xD1) => (true, 2), // U+0400 to U+047F: Cyrillic letters
            Some(_) => match text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(c) => (is_letter_or_digit(c), c.len_utf8()),
                None => break,
            },
        };
        if is_word != wanted {
            break;
        }
        at += length;
    }
    at
}

/// Whether a byte of ASCII is a letter or a digit.
#[inline]
fn is_ascii_word(byte: u8) -> bool {
    ASCII.get(usize::from(byte)).is_some_and(|class| class.is_word())
}

/// Words of a text in lower case, for comparison; of a longer text only the first.
pub(super) fn words(text: &str) -> Vec<String> {
    split(text).map(str::to_lowercase).collect()
}

/// A word of a title, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TitleWord {
    first: char,
    text: String,
}

/// The words of a title.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// In lower case.
    words: Vec<TitleWord>,
    /// A bit for each first letter and one for each second: most words of a page share neither with the title.
    beginnings: [u64; 2],
}

impl Title {
    /// Reads a title.
    pub(super) fn of(text: &str) -> Self {
        let words = words(text);
        let mut beginnings = [0; 2];
        for word in &words {
            let letters = word.chars().chain(['\0']).take(2);
            beginnings.iter_mut().zip(letters).for_each(|(bits, c)| *bits |= bit(c));
            if word.contains(['\u{307}', 'ς']) {
                beginnings[1] = u64::MAX; // a second letter that doesn't follow from that of the capitals
            }
        }
        let with_first = |text: String| Some(TitleWord { first: text.chars().next()?, text });
        Self { words: words.into_iter().filter_map(with_first).collect(), beginnings }
    }

    /// Whether it has no words.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Number of its words.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Bytes of its words in lower case.
    pub(super) fn bytes(&self) -> usize {
        self.words.iter().map(|word| word.text.len()).sum()
    }

    /// Bytes of the text's words in lower case, all and those that stand in it; of a longer text only the first.
    pub(super) fn shared_bytes(&self, text: &str) -> (usize, usize) {
        split(text).fold((0, 0), |(all, shared), word| {
            let bytes = bytes_in_lower_case(word);
            (all + bytes, shared + if self.holds(word) { bytes } else { 0 })
        })
    }

    /// Whether all its words stand in another.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.words.iter().all(|word| other.words.contains(word))
    }

    /// Whether a word stands in it, whatever the case.
    pub(super) fn holds(&self, word: &str) -> bool {
        self.holds_first_word(word, word.chars().next().unwrap_or_default())
    }

    /// Whether the word that a text begins with, with this letter, stands in it.
    fn holds_first_word(&self, text: &str, first: char) -> bool {
        let has = |bits: u64, c: char| bits & bit(c) != 0;
        let [firsts, seconds] = self.beginnings;
        let first = lower(first);
        if !has(firsts, first) {
            return false;
        }
        let second = text.chars().nth(1).filter(|c| is_letter_or_digit(*c)).unwrap_or_default();
        if !has(seconds, lower(second)) {
            return false;
        }
        let mut begun = self.words.iter().filter(|known| known.first == first).peekable();
        if begun.peek().is_none() {
            return false;
        }
        let word = text.get(..run_of(text, true)).unwrap_or(text);
        begun.any(|known| is_lower_case_of(&known.text, word))
    }

    /// How many of a text's words are in it, and how many the text has; of both only the first of a longer text.
    pub(super) fn hits(&self, text: &str) -> (u32, u32) {
        split(text).fold((0, 0), |(hits, all), word| (hits + u32::from(self.holds(word)), all + 1))
    }
}

fn bit(c: char) -> u64 {
    1 << (u32::from(c) % u64::BITS)
}

/// Bytes of a word in lower case, without making that.
fn bytes_in_lower_case(word: &str) -> usize {
    if word.is_ascii() {
        return word.len();
    }
    let mut bytes = 0;
    word.chars().for_each(|c| each_lower(c, |c| bytes += c.len_utf8()));
    bytes
}

/// Whether `lower` is a word in lower case, without making that.
fn is_lower_case_of(lower: &str, word: &str) -> bool {
    if word.is_ascii() {
        return lower.eq_ignore_ascii_case(word);
    }
    if memmem::find(word.as_bytes(), "Σ".as_bytes()).is_some() {
        return lower == word.to_lowercase(); // its lower case depends on its place
    }
    let mut rest = lower.chars();
    let mut goes_on_with = |c| {
        let mut is_same = true;
        each_lower(c, |c| is_same &= rest.next() == Some(c));
        is_same
    };
    word.chars().all(&mut goes_on_with) && rest.next().is_none()
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
            super::split::starts_item(text),
            text.contains('©'),
            text.contains('@') || memchr_iter(b':', text.as_bytes()).any(|at| is_address(text, at)),
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
    fn a_text_is_split_at_what_is_no_letter_or_digit() {
        for c in '\0'..=char::MAX {
            let text = format!("-a{c}b{c} {c}");
            let wanted = text.split(|c: char| !is_letter_or_digit(c)).filter(|w| !w.is_empty());
            assert!(split(&text).eq(wanted), "{c:?}");
        }
    }

    #[test]
    fn every_character_has_the_class_that_it_is_looked_up_with() {
        for c in '\0'..=char::MAX {
            assert_eq!(Class::of(c), Class::looked_up(c), "{c:?}");
            assert_eq!(Class::of(c).is_word(), is_letter_or_digit(c), "{c:?}");
        }
    }

    #[test]
    fn a_titles_words_are_found_whatever_their_case() {
        let title = Title::of("ОДЫССЕЯ: The İstanbul Treaty, ΟΔΥΣΣΕΥΣ 2024");
        assert_eq!(title.len(), 6);
        assert_eq!(title.hits("Одыссея the treaty of İSTANBUL"), (4, 5));
        assert_eq!(title.hits("ΟΔΥΣΣΕΥΣ 2024 одысея theory t"), (2, 5));
        assert_eq!(Title::default().hits("The treaty"), (0, 2));
        assert_eq!(title.shared_bytes("THE ΟΔΥΣΣΕΥΣ, thé"), (23, 19));
    }
}
