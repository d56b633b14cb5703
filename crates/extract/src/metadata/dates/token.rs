//! A text cut into numbers, words and marks, for the date patterns.

/// A piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// The piece itself.
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// Where it ends, in bytes.
    pub(super) end: usize,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digits of any of the scripts in use, with their value and their number.
    Number {
        /// Its value; of no use beyond nine digits, where it stands at the largest.
        value: u32,
        /// Number of digits.
        digits: usize,
    },
    /// Letters.
    Word,
    /// One character of another kind; white space is left out.
    Mark(char),
}

impl Token<'_> {
    /// Value and number of digits.
    pub(super) fn number(&self) -> Option<(u32, usize)> {
        match self.kind {
            Kind::Number { value, digits } => Some((value, digits)),
            _ => None,
        }
    }

    /// Whether it is this mark.
    pub(super) fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// Whether it is a dash of any length.
    pub(super) fn is_dash(&self) -> bool {
        matches!(self.kind, Kind::Mark('-' | '‐' | '‑' | '–' | '—' | '−'))
    }
}

/// Zeros of the digit sets that dates are printed in: ASCII, Arabic, Persian, Devanagari, Bengali, full width.
const ZEROS: [char; 6] = ['0', '\u{660}', '\u{6F0}', '\u{966}', '\u{9E6}', '\u{FF10}'];

/// The value of a digit of one of these sets.
fn digit(c: char) -> Option<u32> {
    if c < '\u{660}' {
        return c.to_digit(10);
    }
    ZEROS.iter().filter_map(|zero| u32::from(c).checked_sub(u32::from(*zero))).find(|value| *value < 10)
}

/// Letters and the marks that stand inside words.
fn is_letter(c: char) -> bool {
    sanad_document::text::chars::is_letter(c)
        || matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}' | '\u{200C}')
}

/// The signs that end a year, month or day in Chinese, Japanese and Korean, each a word of its own.
fn is_sign(c: char) -> bool {
    matches!(c, '年' | '月' | '日' | '号' | '년' | '월' | '일')
}

/// Whether four digits stand together somewhere in `text`, as a year's do.
pub(super) fn holds_four_digits(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        run = if digit(c).is_some() { run + 1 } else { 0 };
        run == 4
    })
}

/// Cuts `text` into pieces.
pub(super) fn cut(text: &str) -> Vec<Token<'_>> {
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
            Kind::Number { value, digits }
        } else if is_letter(c) {
            while !is_sign(c)
                && let Some((at, next)) = chars.next_if(|(_, c)| is_letter(*c) && !is_sign(*c))
            {
                end = at + next.len_utf8();
            }
            Kind::Word
        } else if c.is_whitespace() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{AD}') {
            continue;
        } else {
            Kind::Mark(c)
        };
        if let Some(text) = text.get(start..end) {
            tokens.push(Token { text, start, end, kind });
        }
    }
    tokens
}
