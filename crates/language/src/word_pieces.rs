//! Cuts a text into words and what is between them, and tests it for pairs of bytes.

use sanad_document::text::chars;

/// A word (a run of letters), or what is between two words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) is_word: bool,
}

/// Returns the words of a text and what is between them, in turn.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    // each iteration takes at least one character
    while let Some(first) = rest.chars().next() {
        let is_word = is_letter(first);
        let end = rest.find(|c: char| is_letter(c) != is_word).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push(Piece { text: piece, is_word });
        rest = tail;
    }
    out
}

/// Returns true for letters and combining marks.
fn is_letter(c: char) -> bool {
    chars::is_letter(c) || matches!(u32::from(c), 0x300..=0x36F)
}

/// Returns true for Cyrillic letters.
pub(crate) fn is_cyrillic(c: char) -> bool {
    matches!(u32::from(c), 0x400..=0x481 | 0x48A..=0x52F)
}

/// Returns true if two adjacent bytes match, testing many at once.
pub(crate) fn has_pair(text: &str, matches: impl Fn(u8, u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().zip(bytes.iter().skip(1)).fold(false, |any, (a, b)| any | matches(*a, *b))
}
