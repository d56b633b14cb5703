//! Keys under which differently written copies of one text compare as equal.

use sanad_document::text::chars::{is_letter, is_letter_or_digit, push_lower};

/// The letters and digits of a text, in lower case.
pub(crate) fn letters_and_digits(text: &str) -> String {
    lower(text, is_letter_or_digit)
}

/// The letters of a text, in lower case: its wording without its numbers.
pub(crate) fn letters(text: &str) -> String {
    lower(text, is_letter)
}

fn lower(text: &str, keep: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().filter(|c| keep(*c)).for_each(|c| push_lower(&mut out, c));
    out
}
