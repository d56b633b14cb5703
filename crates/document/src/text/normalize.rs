//! Unicode form and white space of a text. Words are never changed.

use super::chars::{self, STRIDE};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

/// Returns the text in NFC, white space runs folded to single spaces, invisible characters removed. LF stays: it is the
/// line break of tables and code.
///
/// Soft hyphens, zero-width spaces, byte-order marks and control characters carry no words. Zero-width joiner and
/// non-joiner stay: Persian and Indic spelling needs them. The function is idempotent.
#[must_use]
pub fn text(raw: &str) -> String {
    if is_plain(raw) || is_normalized(raw) {
        return raw.to_owned();
    }
    normalized(raw)
}

fn normalized(raw: &str) -> String {
    // invisible characters go first: one may separate a letter from its combining mark
    let visible: String = raw.chars().filter(|c| !is_invisible(*c)).collect();
    let composed: String = if is_nfc(&visible) { visible } else { visible.nfc().collect() };
    let mut lines = Vec::new();
    for line in composed.split('\n') {
        lines.push(fold_spaces(line));
    }
    let joined = lines.join("\n");
    joined.trim_matches('\n').to_owned()
}

/// Returns true if a text is surely in NFC, judged by its characters one by one. Most texts are decided without the
/// Unicode tables.
#[must_use]
pub fn is_surely_nfc(text: &str) -> bool {
    are_composed(text) || is_nfc_quick(text.chars()) == IsNormalized::Yes
}

/// Returns true if all characters of a text are composed. Tests many bytes at once where the bytes decide it.
fn are_composed(text: &str) -> bool {
    let is_clear = |at| all_in_stride(text, at, is_composed_by_bytes);
    (0..text.len())
        .step_by(STRIDE)
        .all(|at| is_clear(at) || chars::beginning_in(text, at, at + STRIDE).all(is_composed))
}

/// Returns true if every byte of the stride at `at` passes, all tested at once. The predicate also gets the two bytes
/// that follow each.
#[inline]
fn all_in_stride(text: &str, at: usize, passes: impl Fn(u8, u8, u8) -> bool) -> bool {
    let stride: [u8; STRIDE + 2] = chars::bytes_from(text, at);
    let triples = stride.iter().zip(stride.iter().skip(1)).zip(stride.iter().skip(2));
    triples.fold(true, |all, ((a, b), c)| all & passes(*a, *b, *c))
}

/// Returns true if a byte begins no character, or a composed one. The two bytes after it help to decide.
#[inline]
fn is_composed_by_bytes(byte: u8, second: u8, third: u8) -> bool {
    let cyrillic = matches!(byte, 0xD0 | 0xD1 | 0xD3) | (byte == 0xD2 && !matches!(second, 0x83..=0x89));
    let punctuation = byte == 0xE2 && second == 0x80 && third >= 0x90; // U+2010 to U+203F
    (byte < 0xCC) | cyrillic | punctuation
}

/// Returns true if a character neither composes with others nor has another composed form.
fn is_composed(c: char) -> bool {
    match c {
        '\0'..='\u{2FF}' | '\u{400}'..='\u{482}' | '\u{48A}'..='\u{52F}' => true,
        '\u{530}'..='\u{FFF}' => matches!(c, 'Ա'..='֊' | 'א'..='ת' | '،' | '؛'..='ي' | '٠'..='ٯ' | 'ٱ'..='ۓ'),
        '\u{1000}'..='\u{2FFF}' => matches!(c, '\u{10D0}'..='\u{10FF}' | '‐'..='‧' | '‰'..='⁞' | '₠'..='₿' | '№'),
        _ => matches!(c, 'Έ'..='Ͽ' | '、'..='〉' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='鿿' | '가'..='힣' | '！'..='～'),
    }
}

/// Returns true if a text is one normalized line of Latin and Cyrillic letters, the commonest punctuation and single
/// spaces. Tests many bytes at once. Returns false for a doubtful text.
fn is_plain(text: &str) -> bool {
    !text.starts_with([' ', '\0'])
        && !text.ends_with([' ', '\0'])
        && (0..text.len()).step_by(STRIDE).all(|at| all_in_stride(text, at, is_plain_by_bytes))
}

/// Returns true if a byte begins no character, or a plain one. The two bytes after it help to decide. Zeros pad the
/// end.
#[inline]
#[allow(clippy::needless_bitwise_bool, reason = "without branches many bytes are tested at once")]
fn is_plain_by_bytes(byte: u8, second: u8, third: u8) -> bool {
    let ascii = matches!(byte, b'!'..=b'~') | ((byte == b' ') & (second != b' '));
    let end = (byte == 0) & (second == 0);
    let latin = matches!(byte, 0xC3..=0xCB); // U+00C0 to U+02FF
    let cyrillic = matches!(byte, 0xD0 | 0xD1) | ((byte == 0xD2) & !matches!(second, 0x83..=0x89));
    let tajik = (byte == 0xD3) | ((byte == 0xD4) & (second < 0xB0)); // up to U+052F
    let sign = (byte == 0xC2) & matches!(second, 0xA7 | 0xAB | 0xB0 | 0xBB); // § « ° »
    let quote = matches!(third, 0x93 | 0x94 | 0x98 | 0x99 | 0x9C..=0x9E | 0xA2 | 0xA6); // – — ‘ ’ “ ” „ • …
    let mark = (byte == 0xE2) & (((second == 0x80) & quote) | ((second == 0x84) & (third == 0x96))); // and №
    matches!(byte, 0x80..=0xBF) | ascii | end | latin | cyrillic | tajik | sign | mark
}

/// Returns true if a text in any script is normalized, by the Unicode tables. Returns false for a doubtful text.
fn is_normalized(text: &str) -> bool {
    let mut before = ' ';
    let is_fine = |c: char| match c {
        ' ' | '\n' => !matches!(std::mem::replace(&mut before, c), ' ' | '\n'),
        _ => {
            before = c;
            !(c.is_whitespace() || is_space_like(c) || is_invisible(c))
        }
    };
    text.chars().all(is_fine) && !text.ends_with([' ', '\n']) && is_surely_nfc(text)
}

/// Folds white space runs to single spaces and trims the line.
fn fold_spaces(line: &str) -> String {
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

/// Returns a digit or minus as a superscript, other characters unchanged.
#[must_use]
pub fn superscript(c: char) -> char {
    match c {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        '-' | '−' => '⁻',
        _ => c,
    }
}

/// Returns true for characters used as spaces without the Unicode property: the blank glyphs of Braille and Hangul.
fn is_space_like(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{3164}' | '\u{FFA0}')
}

/// Returns true if a character shows nothing and separates nothing.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}') || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn soft_hyphens_are_removed_and_spaces_folded() {
        assert_eq!(text(" Му\u{AD}ҳим\u{A0}\u{2009} аст \u{FEFF}"), "Муҳим аст");
    }

    #[test]
    fn a_decomposed_letter_is_composed() {
        assert_eq!(text("и\u{304}"), "\u{4E3}");
    }

    #[test]
    fn every_plain_character_is_normalized() {
        for c in ('\0'..='\u{FFFF}').filter(|c| is_plain(&c.to_string())) {
            assert!(!is_invisible(c) && !c.is_whitespace() && !is_space_like(c) && is_nfc(&c.to_string()), "{c:?}");
            // and it doesn't compose with the character before it
            assert!(!unicode_normalization::char::is_combining_mark(c), "{c:?}");
        }
    }

    #[test]
    fn shortcuts_agree_with_the_unicode_tables() {
        let by_bytes = |c: char| matches!(*format!("{c}aa").as_bytes(), [a, b, c, ..] if is_composed_by_bytes(a, b, c));
        for c in ('\0'..=char::MAX).filter(|c| is_composed(*c) || by_bytes(*c)) {
            assert_eq!(is_nfc_quick([c].into_iter()), IsNormalized::Yes, "{c:?}");
            assert_eq!(unicode_normalization::char::canonical_combining_class(c), 0, "{c:?}");
        }
    }

    #[test]
    fn a_plain_line_has_single_spaces_inside() {
        let english = "The ministry, and its 4 offices: see below for what they do and where.";
        let tajik = "Вазорат ва 4 идораи он: «дар поён» хонед, ки онҳо чӣ кор мекунанд – дар шаҳри Душанбе, № 5…";
        for line in ["a", "a b", "ӣ", english, tajik] {
            assert!(is_plain(line), "{line}");
            for odd in [" ", "\n", "\u{7f}", "\u{a0}", "\t", "\0", "\0\0", "\u{ad}", "\u{301}", "\u{483}", "\u{2009}"] {
                assert!(!is_plain(&format!("{line}{odd}")), "{line:?}{odd:?}");
                assert!(!is_plain(&format!("{odd}{line}")), "{odd:?}{line:?}");
                assert!(!is_plain(&format!("{line} {odd}{line}")), "{line:?} {odd:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_plain_text_is_unchanged(raw in "([a-яёҷғӣa-zA-Z.,«»]{1,5}[ \n]{1,2}){0,6}[a-яёҷғӣa-zA-Z.,«»]{1,5}") {
            if !is_plain(&raw) {
                return Ok(());
            }
            let slow = raw.split('\n').map(fold_spaces).collect::<Vec<_>>().join("\n");
            prop_assert_eq!(slow.trim_matches('\n'), raw.as_str());
        }

        #[test]
        fn a_normalized_text_is_unchanged(raw in "(\\PC|[\u{300}-\u{345}\u{AD}\u{A0}аи \n]){0,12}") {
            prop_assert!(!is_normalized(&raw) || normalized(&raw) == raw);
        }

        #[test]
        fn composed_texts_are_recognized(text in "[a-zа-яӣҷ«» ]{0,50}(\\PC?|[\u{300}-\u{310}\u{480}-\u{48A}])[a-zа-яӣҷ–… ]{0,50}") {
            let known = text.chars().all(is_composed);
            prop_assert!(!known || are_composed(&text));
            prop_assert!(!are_composed(&text) || is_nfc(&text));
        }

        #[test]
        fn normalizing_is_idempotent(raw in "\\PC{0,60}|[ \\n\\t\u{AD}a\u{301}и\u{304}]{0,40}") {
            let once = text(&raw);
            prop_assert_eq!(text(&once), once.clone());
        }
    }
}
