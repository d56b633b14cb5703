//! The form in which words are compared.

use sanad_document::text::chars::push_lower;

/// Returns a text in lower case, without the combining dot of a lowered `İ`, and with `ё` as `е`.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_folded(&mut out, c));
    out
}

/// Returns true if a character's folded form isn't just its lower case.
#[must_use]
pub fn is_folded_otherwise(c: char) -> bool {
    matches!(c, 'ё' | 'Ё' | 'İ' | '\u{307}')
}

/// Appends a character [folded](fold).
pub fn push_folded(out: &mut String, c: char) {
    match c {
        'ё' | 'Ё' => out.push('е'),
        'İ' => out.push('i'),
        '\u{307}' => {}
        _ => push_lower(out, c),
    }
}
