//! The characters a glyph stands for, and their cleaning: ligatures, private-use symbols, presentation forms.

use hayro_cmap::BfString;
use hayro_font::OutlineGlyph;
use std::collections::BTreeMap;
use std::rc::Rc;
use unicode_normalization::UnicodeNormalization;

/// The characters of one glyph, nearly always one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GlyphText {
    /// None: the glyph is a part of something that an earlier glyph stands for.
    None,
    /// One character.
    One(char),
    /// Several: a ligature, or a character with combining marks.
    Many(Rc<str>),
}

impl From<char> for GlyphText {
    fn from(c: char) -> Self {
        Self::One(c)
    }
}

impl From<&str> for GlyphText {
    fn from(s: &str) -> Self {
        let mut chars = s.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Self::None,
            (Some(c), None) => Self::One(c),
            _ => Self::Many(Rc::from(s)),
        }
    }
}

impl From<BfString> for GlyphText {
    fn from(found: BfString) -> Self {
        match found {
            BfString::Char(c) => Self::from(c),
            BfString::String(s) => Self::from(s.as_str()),
        }
    }
}

impl GlyphText {
    /// Appends the characters to a text.
    pub(crate) fn push_to(&self, text: &mut String) {
        match self {
            Self::None => {}
            Self::One(c) => text.push(*c),
            Self::Many(s) => text.push_str(s),
        }
    }

    /// The first character.
    pub(crate) fn first(&self) -> Option<char> {
        match self {
            Self::None => None,
            Self::One(c) => Some(*c),
            Self::Many(s) => s.chars().next(),
        }
    }

    /// Returns true if there is nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::None => true,
            Self::One(c) => is_blank(*c),
            Self::Many(s) => s.chars().all(is_blank),
        }
    }

    /// Returns true if a font's mapping is worthless: nothing, control characters, private use, U+FFFD.
    pub(crate) fn is_doubtful(&self) -> bool {
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
    let is_private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    is_private || c == char::REPLACEMENT_CHARACTER || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Cleans a glyph's characters: spells out presentation forms and ligatures, maps the private-use symbols of common
/// symbol fonts, makes all spaces plain, and removes NUL. Set `symbol` for symbol fonts.
pub(crate) fn readable(text: &GlyphText, symbol: bool) -> GlyphText {
    match text {
        GlyphText::None => GlyphText::None,
        GlyphText::One(c) => readable_char(*c, symbol),
        GlyphText::Many(s) => {
            let mut out = String::with_capacity(s.len());
            for c in s.chars().filter(|c| *c != '\0') {
                readable_char(c, symbol).push_to(&mut out);
            }
            GlyphText::from(out.as_str())
        }
    }
}

fn readable_char(c: char, symbol: bool) -> GlyphText {
    match c {
        // Latin, Armenian, Hebrew and Arabic presentation forms
        '\u{FB00}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => {
            let spelt: String = c.nfkc().collect();
            GlyphText::from(spelt.as_str())
        }
        '\u{F020}'..='\u{F0FF}' => symbol_char(c, symbol),
        '\t' | '\n' | '\r' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => GlyphText::One(' '),
        _ => GlyphText::One(c),
    }
}

/// The character for a private-use one: symbol fonts place their 8-bit codes at U+F000.
fn symbol_char(c: char, symbol: bool) -> GlyphText {
    let code = u32::from(c) - 0xF000;
    let mapped = match code {
        0xB7 | 0x9F | 0x6C | 0xA7 | 0x6E | 0x71 | 0xA8 | 0x76 | 0xD8 if symbol || code >= 0x80 => '•',
        0xFC if symbol => '✓',
        0xE0 | 0xF0 if symbol => '→',
        0x2D => '-',
        // text fonts with a symbol encoding keep ASCII here
        0x20..=0x7E if !symbol => char::from_u32(code).unwrap_or(c),
        _ => c,
    };
    GlyphText::One(mapped)
}

/// The inverse of an embedded font's character map: glyph to character. If several characters share a glyph, the
/// smallest wins that isn't doubtful: `A` is Latin, as it would be typed.
pub(crate) fn inverse_charmap(outline: &OutlineGlyph) -> BTreeMap<u32, char> {
    /// Maximum number of entries. A font has at most 65,535 glyphs; a map may name each more than once.
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
        assert_eq!(readable(&GlyphText::One('\u{FB01}'), false), GlyphText::from("fi"));
    }

    #[test]
    fn a_symbol_font_bullet_is_a_bullet() {
        assert_eq!(readable(&GlyphText::One('\u{F0B7}'), true), GlyphText::One('•'));
    }

    #[test]
    fn private_use_is_no_answer() {
        assert!(GlyphText::One('\u{E123}').is_doubtful());
        assert!(!GlyphText::One('ҷ').is_doubtful());
    }
}
