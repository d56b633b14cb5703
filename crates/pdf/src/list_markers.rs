//! List markers and note marks at the start of lines, and how lines begin and end.

use sanad_document::text::chars::is_letter;

/// The list marker that a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A bullet, which is always a list marker.
    Bullet,
    /// A dash, which can also be inside a sentence.
    Dash,
    /// A number with a dot or bracket, or a letter with a bracket.
    Number,
}

/// The list marker that a text begins with, if a space and more text follow it.
pub(crate) fn list_mark(text: &str) -> Option<Mark> {
    let (word, rest) = text.split_once(' ')?;
    if rest.trim().is_empty() {
        return None;
    }
    mark(word)
}

/// Returns true if a text is nothing but a list marker.
pub(crate) fn is_list_mark(text: &str) -> bool {
    mark(text).is_some()
}

fn mark(word: &str) -> Option<Mark> {
    let mut chars = word.chars();
    let first = chars.next()?;
    if chars.next().is_none() {
        match first {
            '•' | '●' | '▪' | '■' | '◦' | '○' | '‣' | '∙' | '·' | '⁃' | '▫' | '□' | '✓' | '➢' | '►' | '◆' | '❖'
            | '*' => {
                return Some(Mark::Bullet);
            }
            '-' | '–' | '—' | '−' => return Some(Mark::Dash),
            _ => {}
        }
    }
    is_number(word).then_some(Mark::Number)
}

/// Returns true for numbers of list items, such as `3.` `3)` `(3)` `3.2.` `3.2` `а)` `(iv)` `IV.`
fn is_number(word: &str) -> bool {
    /// Longer words, in code points, aren't markers.
    const LONGEST: usize = 12;
    if word.chars().count() > LONGEST {
        return false;
    }
    let closed = word.ends_with(['.', ')']);
    let inner = word.trim_start_matches('(').trim_end_matches(['.', ')']);
    if inner.is_empty() {
        return false;
    }
    let parts: Vec<&str> = inner.split('.').collect();
    let digits = |p: &&str| !p.is_empty() && p.len() <= 3 && p.chars().all(|c| c.is_ascii_digit());
    if parts.iter().all(digits) {
        return closed || parts.len() > 1;
    }
    let mut chars = inner.chars();
    let single = chars.next().is_some_and(is_letter) && chars.next().is_none();
    if single {
        // "И. Иванов" begins with an initial, "а) один" with a marker
        return word.ends_with(')');
    }
    let is_roman = inner.chars().all(|c| matches!(c, 'i' | 'v' | 'x' | 'I' | 'V' | 'X' | 'l' | 'L'));
    is_roman && closed
}

/// Returns true if a text begins with a note's mark: a number of up to three digits, or asterisks and daggers.
pub(crate) fn note_mark(text: &str) -> bool {
    let Some((word, rest)) = text.split_once(' ') else {
        return false;
    };
    if rest.is_empty() {
        return false;
    }
    let core = word.trim_matches(|c| matches!(c, '(' | ')' | '[' | ']' | '.'));
    let digits = !core.is_empty() && core.len() <= 3 && core.chars().all(|c| c.is_ascii_digit());
    let symbols = !core.is_empty() && core.chars().all(|c| matches!(c, '*' | '†' | '‡' | '§' | '¹' | '²' | '³'));
    digits || symbols
}

/// The number that a note begins with.
pub(crate) fn note_number(text: &str) -> Option<u32> {
    let (word, _) = text.split_once(' ')?;
    word.trim_matches(|c| matches!(c, '(' | ')' | '[' | ']' | '.')).parse().ok()
}

/// Returns true if a text ends like a sentence or a list item.
pub(crate) fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '»', '’', ')', ']', '\''])
        .ends_with(['.', '!', '?', ';', ':', '…', '։', '۔', '؟', '。'])
}

/// Returns true if a text begins inside a sentence: with a lower-case letter.
pub(crate) fn starts_lower(text: &str) -> bool {
    text.chars().find(|c| !matches!(c, '"' | '“' | '„' | '«' | '(' | '‘')).is_some_and(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_marks() {
        for text in ["• one", "1. one", "а) один", "(iv) one", "3.2 one", "3) one"] {
            assert!(list_mark(text).is_some(), "{text}");
        }
        for text in ["1948 год", "И. Иванов", "one two", "1.", "2018-2020 годы"] {
            assert!(list_mark(text).is_none(), "{text}");
        }
    }
}
