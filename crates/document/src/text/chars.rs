//! Character classes and lower case, faster than the standard library's tables for the alphabets of most text.

use std::sync::LazyLock;

/// The table covers the code points below this one: the alphabets of nearly all pages.
const TABLE_SIZE: usize = 0x2070;

/// Flags of a character and of its lower case.
const LETTER: u8 = 1;
const NUMBER: u8 = 2;
const LOWER_LETTER: u8 = 4;
const LOWER_NUMBER: u8 = 8;
/// Its lower case has more than one character.
const LOWER_IS_SEVERAL: u8 = 16;

/// The standard library's answers for the characters below [`TABLE_SIZE`].
static TABLE: LazyLock<[Entry; TABLE_SIZE]> = LazyLock::new(|| {
    let mut table = [Entry::default(); TABLE_SIZE];
    for (c, entry) in ('\0'..).zip(&mut table) {
        let mut lower = c.to_lowercase();
        entry.lower = lower.next().unwrap_or(c);
        let flags = [
            (LETTER, c.is_alphabetic()),
            (NUMBER, c.is_numeric()),
            (LOWER_LETTER, entry.lower.is_alphabetic()),
            (LOWER_NUMBER, entry.lower.is_numeric()),
            (LOWER_IS_SEVERAL, lower.next().is_some()),
        ];
        entry.flags = flags.iter().filter(|(_, has)| *has).fold(0, |flags, (flag, _)| flags | flag);
    }
    table
});

/// What the table says about a character.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// The first character of its lower case.
    lower: char,
    flags: u8,
}

impl Entry {
    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

#[inline]
fn entry(c: char) -> Option<Entry> {
    TABLE.get(c as usize).copied()
}

/// A character in lower case, by its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InWord {
    /// A letter.
    Letter(char),
    /// A digit or another number.
    Number(char),
    /// Neither.
    No(char),
}

/// Passes each character of a character's lower case to `take`, by its class. Most lower cases are one character.
#[inline]
pub fn each_in_word(c: char, mut take: impl FnMut(InWord)) {
    match in_word(c) {
        Some(one) => take(one),
        None => each_rare_in_word(c, &mut take),
    }
}

/// Returns a character's lower case by its class, if the table says it is one character.
#[inline]
#[must_use]
pub fn in_word(c: char) -> Option<InWord> {
    match c {
        'a'..='z' | 'а'..='џ' => return Some(InWord::Letter(c)),
        '0'..='9' => return Some(InWord::Number(c)),
        _ => {}
    }
    let entry = entry(c).filter(|entry| !entry.has(LOWER_IS_SEVERAL))?;
    Some(if entry.has(LOWER_LETTER) {
        InWord::Letter(entry.lower)
    } else if entry.has(LOWER_NUMBER) {
        InWord::Number(entry.lower)
    } else {
        InWord::No(entry.lower)
    })
}

#[inline(never)]
fn each_rare_in_word(c: char, take: &mut dyn FnMut(InWord)) {
    each_lower(c, |c| {
        take(if is_letter(c) {
            InWord::Letter(c)
        } else if is_number(c) {
            InWord::Number(c)
        } else {
            InWord::No(c)
        });
    });
}

/// Returns true if a character is a letter, as [`char::is_alphabetic`] does.
#[inline]
#[must_use]
pub fn is_letter(c: char) -> bool {
    match c {
        'a'..='z'
        | 'A'..='Z'
        | '\u{400}'..='\u{481}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}' => true,
        '\0'..='\u{A9}' | '\u{3000}'..='\u{3004}' | '\u{FF01}'..='\u{FF0F}' => false,
        _ => entry(c).map_or_else(|| c.is_alphabetic(), |entry| entry.has(LETTER)),
    }
}

/// Bytes that are tested together, in one vector operation.
pub(crate) const STRIDE: usize = 32;

/// Returns the `N` bytes of a text from `at` on, with zeros after its end.
#[inline]
pub(crate) fn bytes_from<const N: usize>(text: &str, at: usize) -> [u8; N] {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; N];
        bytes.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
        bytes
    })
}

/// Returns the number of letters in a text. ASCII and the first half of Cyrillic are counted by their bytes, many at
/// once.
#[must_use]
pub fn count_letters(text: &str) -> usize {
    let strides = (0..text.len()).step_by(STRIDE).map(|at| {
        let stride: [u8; STRIDE] = bytes_from(text, at);
        let unsure = stride.iter().fold(0, |unsure, &byte| unsure | u8::from(!is_decided_by_byte(byte)));
        if unsure == 0 {
            usize::from(stride.iter().map(|&byte| u8::from(begins_letter(byte))).sum::<u8>())
        } else {
            beginning_in(text, at, at + STRIDE).filter(|c| is_letter(*c)).count()
        }
    });
    strides.sum()
}

/// Returns true if the byte alone decides whether a letter begins with it: ASCII, the first byte of U+0400 to U+047F,
/// and continuation bytes.
#[inline]
fn is_decided_by_byte(byte: u8) -> bool {
    byte < 0xC0 || byte & 0xFE == 0xD0
}

#[inline]
fn begins_letter(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte & 0xFE == 0xD0
}

/// Returns the characters that begin at bytes `from` to `to`, exclusive.
pub(crate) fn beginning_in(text: &str, from: usize, to: usize) -> impl Iterator<Item = char> {
    let start = text.ceil_char_boundary(from);
    let rest = text.get(start..).unwrap_or_default();
    let length = to.saturating_sub(start);
    rest.char_indices().take_while(move |(at, _)| *at < length).map(|(_, c)| c)
}

/// Returns true if a character is a letter or a digit, as [`char::is_alphanumeric`] does.
#[inline]
#[must_use]
pub fn is_letter_or_digit(c: char) -> bool {
    match c {
        '0'..='9' => true,
        '\0'..='\u{A9}' => is_letter(c),
        _ => is_letter(c) || is_number(c),
    }
}

/// Returns true if a character is a digit or another number, as [`char::is_numeric`] does.
#[inline]
#[must_use]
pub fn is_number(c: char) -> bool {
    match c {
        '0'..='9' => true,
        '\0'..='\u{A9}' | '\u{C0}'..='\u{65F}' | '\u{3000}'..='\u{3004}' => false,
        _ => entry(c).map_or_else(|| c.is_numeric(), |entry| entry.has(NUMBER)),
    }
}

/// Returns true if a text contains a digit or another number.
#[must_use]
pub fn holds_number(text: &str) -> bool {
    let has_digit = |stride: &[u8]| stride.iter().fold(false, |any, byte| any | byte.is_ascii_digit());
    // U+00B2 and its neighbours begin with 0xC2; U+00C0 to U+063F, up to 0xD8, has no numbers
    let may_have_other = |stride: &[u8]| stride.iter().fold(false, |any, &byte| any | matches!(byte, 0xC2 | 0xD9..));
    let mut strides = text.as_bytes().chunks(STRIDE);
    strides.clone().any(has_digit) || (strides.any(may_have_other) && text.chars().any(is_number))
}

/// Returns the first character of a character's lower case.
#[inline]
#[must_use]
pub fn lower(c: char) -> char {
    match one_lower(c) {
        Some(lower) => lower,
        None => c.to_lowercase().next().unwrap_or(c),
    }
}

/// Passes each character of a character's lower case to `take`. Most lower cases are one character.
#[inline]
pub fn each_lower(c: char, mut take: impl FnMut(char)) {
    match one_lower(c) {
        Some(lower) => take(lower),
        None => c.to_lowercase().for_each(take),
    }
}

/// Returns a character's lower case, if it is known without the standard library to be one character.
#[inline]
#[must_use]
pub fn one_lower(c: char) -> Option<char> {
    match c {
        '\0'..='\u{7F}' => Some(c.to_ascii_lowercase()),
        'а'..='џ' | '\u{3000}'..='\u{A63F}' | '\u{AC00}'..='\u{D7FF}' => Some(c), // have no upper case
        _ => entry(c).filter(|entry| !entry.has(LOWER_IS_SEVERAL)).map(|entry| entry.lower),
    }
}

/// Appends a character in lower case.
#[inline]
pub fn push_lower(out: &mut String, c: char) {
    each_lower(c, |c| out.push(c));
}

#[cfg(test)]
mod tests {
    use super::{
        InWord, count_letters, each_in_word, holds_number, is_letter, is_letter_or_digit, is_number, lower, push_lower,
    };
    use proptest::prelude::*;

    #[test]
    fn every_answer_equals_the_standard_librarys() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            assert_eq!(is_letter(c), c.is_alphabetic(), "{c:?}");
            assert_eq!(is_letter_or_digit(c), c.is_alphanumeric(), "{c:?}");
            assert_eq!(is_number(c), c.is_numeric(), "{c:?}");
            assert_eq!(Some(lower(c)), c.to_lowercase().next(), "{c:?}");
            let mut low = String::new();
            push_lower(&mut low, c);
            assert!(low.chars().eq(c.to_lowercase()), "{c:?}");
            let mut in_word = Vec::new();
            each_in_word(c, |c| in_word.push(c));
            let wanted = c.to_lowercase().map(|c| match c {
                _ if c.is_alphabetic() => InWord::Letter(c),
                _ if c.is_numeric() => InWord::Number(c),
                _ => InWord::No(c),
            });
            assert!(in_word.into_iter().eq(wanted), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn counting_by_bytes_equals_counting_by_characters(text in "[a-z а-яӣ]{0,90}|\\PC{0,90}|[a-zÀ-ÿЀ-ԯ\u{482}-\u{489} ,]{0,90}") {
            prop_assert_eq!(count_letters(&text), text.chars().filter(|c| is_letter(*c)).count());
            prop_assert_eq!(holds_number(&text), text.contains(is_number));
        }
    }
}
