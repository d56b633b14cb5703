//! The Unicode form and the white space of a text; never a change of words.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// NFC, white space folded to single spaces, invisible characters taken away; LF stays, as the line break of tables and code.
///
/// Soft hyphens, zero-width spaces, byte-order marks, directional marks that stand alone at an end, and control
/// characters carry no words. Zero-width joiner and non-joiner stay: Persian and Indic spelling needs them. Applied
/// twice it is applied once.
#[must_use]
pub fn text(raw: &str) -> String {
    if is_normal(raw) {
        return raw.to_owned();
    }
    // What is invisible goes first: it may stand between a letter and its mark.
    let visible: String = raw.chars().filter(|c| !is_invisible(*c)).collect();
    let composed: String = if is_nfc(&visible) { visible } else { visible.nfc().collect() };
    let mut lines = Vec::new();
    for line in composed.split('\n') {
        lines.push(folded(line));
    }
    let joined = lines.join("\n");
    joined.trim_matches('\n').to_owned()
}

/// Whether a text is surely as [`text`] would leave it; most are.
fn is_normal(raw: &str) -> bool {
    let mut after_space = true; // or at the beginning
    for c in raw.chars() {
        if matches!(c, '!'..='~') {
            after_space = false;
        } else if c == ' ' {
            if after_space {
                return false;
            }
            after_space = true;
        } else if c.is_whitespace() || is_space_like(c) || is_invisible(c) {
            return false;
        } else {
            after_space = false;
        }
    }
    (raw.is_empty() || !after_space) && (raw.is_ascii() || is_nfc(raw))
}

fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut pending = false;
    for c in line.chars() {
        if c.is_whitespace() || is_space_like(c) {
            pending = !out.is_empty();
        } else {
            if pending {
                out.push(' ');
                pending = false;
            }
            out.push(c);
        }
    }
    out
}

/// Characters that stand for a space without having the property: the blank glyphs of Braille and Hangul.
fn is_space_like(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{3164}' | '\u{FFA0}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}') || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn soft_hyphens_go_and_spaces_fold() {
        assert_eq!(text(" Му\u{AD}ҳим\u{A0}\u{2009} аст \u{FEFF}"), "Муҳим аст");
    }

    #[test]
    fn a_decomposed_letter_is_composed() {
        assert_eq!(text("и\u{304}"), "\u{4E3}");
    }

    proptest! {
        #[test]
        fn twice_is_once(raw in "\\PC{0,60}|[ \\n\\t\u{AD}a\u{301}и\u{304}]{0,40}") {
            let once = text(&raw);
            prop_assert_eq!(text(&once), once.clone());
        }
    }
}
