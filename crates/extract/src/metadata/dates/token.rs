//! Splits a text into numbers, words and marks, for the date patterns.

use sanad_document::text::chars;

/// A number, a word or a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// Where it ends, in bytes.
    pub(super) end: usize,
    pub(super) kind: TokenKind,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Digits of one of the sets in [`ZEROS`].
    Number {
        /// Its value. Saturates at the largest `u32`, so it is exact for up to nine digits only.
        value: u32,
        /// How many digits it has.
        digits: usize,
    },
    /// Letters.
    Word,
    /// One other character. White space makes no token.
    Mark(char),
}

impl Token<'_> {
    /// The value of a number, and how many digits it has.
    pub(super) fn number(&self) -> Option<(u32, usize)> {
        match self.kind {
            TokenKind::Number { value, digits } => Some((value, digits)),
            _ => None,
        }
    }

    /// Whether it is this mark.
    pub(super) fn is(&self, mark: char) -> bool {
        self.kind == TokenKind::Mark(mark)
    }

    /// Whether it is a dash of any length.
    pub(super) fn is_dash(&self) -> bool {
        matches!(self.kind, TokenKind::Mark('-' | '‐' | '‑' | '–' | '—' | '−'))
    }
}

/// The zeros of the digit sets that dates are printed in: ASCII, Arabic, Persian, Devanagari, Bengali, full width.
const ZEROS: [char; 6] = ['0', '\u{660}', '\u{6F0}', '\u{966}', '\u{9E6}', '\u{FF10}'];

/// The value of a digit of one of the sets in [`ZEROS`].
fn digit(c: char) -> Option<u32> {
    if c < '\u{660}' {
        return c.to_digit(10);
    }
    ZEROS.iter().filter_map(|zero| u32::from(c).checked_sub(u32::from(*zero))).find(|value| *value < 10)
}

/// Whether a character is a letter, or a combining mark or joiner inside a word.
fn is_letter(c: char) -> bool {
    let is_arabic_or_latin_mark = || matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}');
    let is_devanagari_mark = || matches!(c, '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}');
    chars::is_letter(c) || is_arabic_or_latin_mark() || is_devanagari_mark() || c == '\u{200C}'
}

/// Whether a character ends a year, month or day in Chinese, Japanese or Korean. Each of these is a word of its own.
fn is_sign(c: char) -> bool {
    matches!(c, '年' | '月' | '日' | '号' | '년' | '월' | '일')
}

/// Whether `text` has four digits in a row, as years do.
pub(super) fn holds_four_digits(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        run = if digit(c).is_some() { run + 1 } else { 0 };
        run == 4
    })
}

/// Splits `text` into tokens.
pub(super) fn tokenize(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let mut end = start + c.len_utf8();
        let kind = if let Some(first) = digit(c) {
            let (mut value, mut digits) = (first, 1);
            while let Some((at, next)) = chars.next_if(|(_, c)| digit(*c).is_some()) {
                end = at + next.len_utf8();
                value = value.saturating_mul(10).saturating_add(digit(next).unwrap_or(0));
                digits += 1;
            }
            TokenKind::Number { value, digits }
        } else if is_letter(c) {
            while !is_sign(c)
                && let Some((at, next)) = chars.next_if(|(_, c)| is_letter(*c) && !is_sign(*c))
            {
                end = at + next.len_utf8();
            }
            TokenKind::Word
        } else if c.is_whitespace() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{AD}') {
            continue;
        } else {
            TokenKind::Mark(c)
        };
        if let Some(text) = text.get(start..end) {
            tokens.push(Token { text, start, end, kind });
        }
    }
    tokens
}
