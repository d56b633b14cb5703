//! Questions about single characters, answered without the standard library's tables where most text stands.

use std::sync::LazyLock;

/// Below this code point each character has an answer of its own: all alphabets of nearly all pages.
const SMALL: usize = 0x2070;

/// Signs of a character: what it is, what its lower case is.
const LETTER: u8 = 1;
const NUMBER: u8 = 2;
const LOWER_LETTER: u8 = 4;
const LOWER_NUMBER: u8 = 8;
/// Its lower case is more than one character.
const SEVERAL: u8 = 16;

/// What the standard library says of the characters below [`SMALL`].
static KNOWN: LazyLock<[Known; SMALL]> = LazyLock::new(|| {
    let mut known = [Known::default(); SMALL];
    for (c, known) in ('\0'..).zip(&mut known) {
        let mut lower = c.to_lowercase();
        known.lower = lower.next().unwrap_or(c);
        let is = (c.is_alphabetic(), c.is_numeric());
        let low = known.lower;
        let lower_is = if low == c { is } else { (low.is_alphabetic(), low.is_numeric()) };
        let signs = [
            (LETTER, is.0),
            (NUMBER, is.1),
            (LOWER_LETTER, lower_is.0),
            (LOWER_NUMBER, lower_is.1),
            (SEVERAL, lower.next().is_some()),
        ];
        known.signs = signs.iter().filter(|(_, has)| *has).fold(0, |signs, (sign, _)| signs | sign);
    }
    known
});

/// What is known of a character.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The first character of its lower case.
    lower: char,
    signs: u8,
}

impl Known {
    fn is(self, sign: u8) -> bool {
        self.signs & sign != 0
    }
}

#[inline]
fn known(c: char) -> Option<Known> {
    KNOWN.get(c as usize).copied()
}

/// A character of a word: in lower case, a letter or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InWord {
    /// A letter, in lower case.
    Letter(char),
    /// A digit or another number.
    Number(char),
    /// Neither.
    No(char),
}

/// Takes what each character of a character's lower case is in a word: mostly it is one.
#[inline]
pub fn each_in_word(c: char, mut take: impl FnMut(InWord)) {
    match in_word(c) {
        Some(one) => take(one),
        None => each_rare_in_word(c, &mut take),
    }
}

/// What a character's lower case is in a word, where it is known to be one character.
#[inline]
pub fn in_word(c: char) -> Option<InWord> {
    match c {
        'a'..='z' | 'а'..='џ' => return Some(InWord::Letter(c)),
        '0'..='9' => return Some(InWord::Number(c)),
        _ => {}
    }
    let known = known(c).filter(|known| !known.is(SEVERAL))?;
    Some(if known.is(LOWER_LETTER) {
        InWord::Letter(known.lower)
    } else if known.is(LOWER_NUMBER) {
        InWord::Number(known.lower)
    } else {
        InWord::No(known.lower)
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

/// Whether a character is a letter, as [`char::is_alphabetic`] says.
#[inline]
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
        _ => known(c).map_or_else(|| c.is_alphabetic(), |known| known.is(LETTER)),
    }
}

/// Bytes that are looked at together.
pub const STRIDE: usize = 32;

/// Bytes of a text from a place on, and zeros after its end.
#[inline]
pub fn bytes_from<const N: usize>(text: &str, at: usize) -> [u8; N] {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; N];
        bytes.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        bytes
    })
}

/// How many letters a text has. ASCII and the first half of Cyrillic are counted by their bytes, many at once.
pub fn count_letters(text: &str) -> usize {
    let strides = (0..text.len()).step_by(STRIDE).map(|at| {
        let stride: [u8; STRIDE] = bytes_from(text, at);
        let unsure = stride.iter().fold(0, |unsure, &byte| unsure | u8::from(!is_told_by_byte(byte)));
        if unsure == 0 {
            usize::from(stride.iter().map(|&byte| u8::from(begins_letter(byte))).sum::<u8>())
        } else {
            beginning_in(text, at, at + STRIDE).filter(|c| is_letter(*c)).count()
        }
    });
    strides.sum()
}

/// Whether a byte says by itself whether a letter begins with it: ASCII, the first byte of U+0400 to U+047F, and the bytes
/// that none begins with.
#[inline]
fn is_told_by_byte(byte: u8) -> bool {
    byte < 0xC0 || byte & 0xFE == 0xD0
}

#[inline]
fn begins_letter(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte & 0xFE == 0xD0
}

/// The characters that begin at bytes from `from` up to `to`.
pub fn beginning_in(text: &str, from: usize, to: usize) -> impl Iterator<Item = char> {
    let rest = text.get(text.ceil_char_boundary(from)..).unwrap_or_default();
    let places = to.saturating_sub(text.ceil_char_boundary(from));
    rest.char_indices().take_while(move |(at, _)| *at < places).map(|(_, c)| c)
}

/// Whether a character is a letter or a digit, as [`char::is_alphanumeric`] says.
#[inline]
pub fn is_letter_or_digit(c: char) -> bool {
    match c {
        '0'..='9' => true,
        '\0'..='\u{A9}' => is_letter(c),
        _ => is_letter(c) || is_number(c),
    }
}

/// Whether a character is a digit or another number, as [`char::is_numeric`] says.
#[inline]
pub fn is_number(c: char) -> bool {
    match c {
        '0'..='9' => true,
        '\0'..='\u{A9}' | '\u{C0}'..='\u{65F}' | '\u{3000}'..='\u{3004}' => false,
        _ => known(c).map_or_else(|| c.is_numeric(), |known| known.is(NUMBER)),
    }
}

/// Whether a text holds a digit or another number.
pub fn holds_number(text: &str) -> bool {
    let digit = |stride: &[u8]| stride.iter().fold(false, |any, byte| any | byte.is_ascii_digit());
    // U+00B2 and its neighbours begin with 0xC2; from U+00C0 to U+063F, up to 0xD8, there is none.
    let perhaps = |stride: &[u8]| stride.iter().fold(false, |any, &byte| any | matches!(byte, 0xC2 | 0xD9..));
    let mut strides = text.as_bytes().chunks(STRIDE);
    strides.clone().any(digit) || (strides.any(perhaps) && text.chars().any(is_number))
}

/// The first character of a character's lower case.
#[inline]
pub fn lower(c: char) -> char {
    match one_lower(c) {
        Some(lower) => lower,
        None => c.to_lowercase().next().unwrap_or(c),
    }
}

/// Takes the characters of a character's lower case: mostly one.
#[inline]
pub fn each_lower(c: char, mut take: impl FnMut(char)) {
    match one_lower(c) {
        Some(lower) => take(lower),
        None => c.to_lowercase().for_each(take),
    }
}

/// A character's lower case where it is known to be one character.
#[inline]
pub fn one_lower(c: char) -> Option<char> {
    match c {
        '\0'..='\u{7F}' => Some(c.to_ascii_lowercase()),
        'а'..='џ' | '\u{3000}'..='\u{A63F}' | '\u{AC00}'..='\u{D7FF}' => Some(c), // without capitals
        _ => known(c).filter(|known| !known.is(SEVERAL)).map(|known| known.lower),
    }
}

/// A character in lower case, appended.
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
    fn the_answers_are_the_standard_librarys() {
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
        fn letters_are_counted_as_one_by_one(text in "[a-z а-яӣ]{0,90}|\\PC{0,90}|[a-zÀ-ÿЀ-ԯ\u{482}-\u{489} ,]{0,90}") {
            prop_assert_eq!(count_letters(&text), text.chars().filter(|c| is_letter(*c)).count());
            prop_assert_eq!(holds_number(&text), text.contains(is_number));
        }
    }
}
