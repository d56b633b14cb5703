//! What a glyph says, and how doubtful answers are cleaned: ligatures, private-use symbols, presentation forms.

use hayro_cmap::BfString;
use hayro_font::OutlineGlyph;
use std::collections::BTreeMap;
use std::rc::Rc;
use unicode_normalization::UnicodeNormalization;

/// Letters of one glyph; nearly always one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Letters {
    /// Nothing (a part of something said before).
    None,
    /// One character.
    One(char),
    /// A ligature, or a character with its marks.
    Many(Rc<str>),
}

impl From<char> for Letters {
    fn from(c: char) -> Self {
        Self::One(c)
    }
}

impl From<&str> for Letters {
    fn from(s: &str) -> Self {
        let mut chars = s.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Self::None,
            (Some(c), None) => Self::One(c),
            _ => Self::Many(Rc::from(s)),
        }
    }
}

impl From<BfString> for Letters {
    fn from(found: BfString) -> Self {
        match found {
            BfString::Char(c) => Self::from(c),
            BfString::String(s) => Self::from(s.as_str()),
        }
    }
}

impl Letters {
    /// Appends them to a text.
    pub(super) fn push_to(&self, text: &mut String) {
        match self {
            Self::None => {}
            Self::One(c) => text.push(*c),
            Self::Many(s) => text.push_str(s),
        }
    }

    /// The first character.
    pub(super) fn first(&self) -> Option<char> {
        match self {
            Self::None => None,
            Self::One(c) => Some(*c),
            Self::Many(s) => s.chars().next(),
        }
    }

    /// Whether they are white space, or nothing.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::None => true,
            Self::One(c) => is_blank(*c),
            Self::Many(s) => s.chars().all(is_blank),
        }
    }

    /// Whether a font's answer is no answer: nothing, control characters, private use, U+FFFD.
    pub(super) fn is_doubtful(&self) -> bool {
        match self {
            Self::None => true,
            Self::One(c) => is_doubtful(*c),
            Self::Many(s) => s.chars().any(is_doubtful),
        }
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}' | '\u{FEFF}')
}

fn is_doubtful(c: char) -> bool {
    let private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    private || c == char::REPLACEMENT_CHARACTER || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Presentation forms and ligatures spelt out, private-use symbols of the common symbol fonts named, NUL taken away.
pub(super) fn readable(letters: &Letters, symbol: bool) -> Letters {
    match letters {
        Letters::None => Letters::None,
        Letters::One(c) => readable_char(*c, symbol),
        Letters::Many(s) => {
            let mut out = String::with_capacity(s.len());
            for c in s.chars().filter(|c| *c != '\0') {
                readable_char(c, symbol).push_to(&mut out);
            }
            Letters::from(out.as_str())
        }
    }
}

fn readable_char(c: char, symbol: bool) -> Letters {
    match c {
        // Latin, Armenian, Hebrew and Arabic presentation forms
        '\u{FB00}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => {
            let spelt: String = c.nfkc().collect();
            Letters::from(spelt.as_str())
        }
        '\u{F020}'..='\u{F0FF}' => symbol_char(c, symbol),
        '\t' | '\n' | '\r' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => Letters::One(' '),
        _ => Letters::One(c),
    }
}

/// Symbol fonts lay their 8-bit codes over U+F000.
fn symbol_char(c: char, symbol: bool) -> Letters {
    let code = u32::from(c) - 0xF000;
    let named = match code {
        0xB7 | 0x9F | 0x6C | 0xA7 | 0x6E | 0x71 | 0xA8 | 0x76 | 0xD8 if symbol || code >= 0x80 => '•',
        0xFC if symbol => '✓',
        0xE0 | 0xF0 if symbol => '→',
        0x2D => '-',
        // text fonts with a symbol encoding keep ASCII there
        0x20..=0x7E if !symbol => char::from_u32(code).unwrap_or(c),
        _ => c,
    };
    Letters::One(named)
}

/// The character map of an embedded font read backwards: glyph to character. Where several characters share a glyph the
/// smallest letter wins, so that `A` is Latin in a Latin word's font as it would be typed.
pub(super) fn backwards(outline: &OutlineGlyph) -> BTreeMap<u32, char> {
    /// A font holds at most 65,535 glyphs; a map may name each more than once.
    const MAX_ENTRIES: usize = 200_000;
    let mut map = BTreeMap::new();
    let Some(data) = outline.font_data() else {
        return map;
    };
    let Some(font) = skrifa::Font::new(data.data, 0) else {
        return map;
    };
    for (code, glyph) in font.charmap().unicodes().take(MAX_ENTRIES) {
        let Some(c) = char::from_u32(code) else {
            continue;
        };
        let entry = map.entry(glyph.to_u32()).or_insert(c);
        if is_doubtful(*entry) && !is_doubtful(c) {
            *entry = c;
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ligature_is_spelt_out() {
        assert_eq!(readable(&Letters::One('\u{FB01}'), false), Letters::from("fi"));
    }

    #[test]
    fn a_symbol_font_bullet_is_a_bullet() {
        assert_eq!(readable(&Letters::One('\u{F0B7}'), true), Letters::One('•'));
    }

    #[test]
    fn private_use_is_no_answer() {
        assert!(Letters::One('\u{E123}').is_doubtful());
        assert!(!Letters::One('ҷ').is_doubtful());
    }
}
