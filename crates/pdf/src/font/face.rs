//! A font: its properties, and what its codes stand for.

use super::cid_maps;
use super::face_style::{base_font, is_bold, name, type3_em};
use super::font_dictionary::{self, FontDictionary};
use super::glyph_text::{self, GlyphText};
use super::source::Source;
use hayro_cmap::CMap;
use hayro_font::{Font, FontGlyph, OutlineGlyph};
use hayro_syntax::object::Dict;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

/// Codes below this are looked up in a vector, others in a hash map.
const DENSE_CODES: usize = 2_048;
/// Units of glyph space in an em.
const UNITS_PER_EM: f64 = 1000.0;

/// What a character code stands for.
#[derive(Debug, Clone)]
pub(crate) struct MappedCode {
    /// Its characters; U+FFFD if they are unknown.
    pub(crate) text: GlyphText,
    /// `text` is white space or empty.
    pub(crate) is_blank: bool,
    /// How far it moves the pen, in ems: along x, or along y in vertical fonts.
    pub(crate) advance: f64,
    /// Its characters are unknown.
    pub(crate) is_unknown: bool,
}

impl MappedCode {
    /// `found` are its characters, if they are known; `advance` is in units of glyph space.
    fn new(found: Option<GlyphText>, advance: f64) -> Self {
        let is_unknown = found.is_none();
        let text = found.unwrap_or(GlyphText::One(char::REPLACEMENT_CHARACTER));
        let advance = advance / UNITS_PER_EM;
        Self { is_blank: text.is_blank(), text, advance: if advance.is_finite() { advance } else { 0.0 }, is_unknown }
    }
}

/// A font as the document uses it.
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a font")]
pub(crate) struct Face<'a> {
    /// Its dictionary, if that states both characters and widths.
    dictionary: Option<FontDictionary>,
    source: Source<'a>,
    /// The font with its program, if it can be used; unset until it is needed.
    loaded: OnceCell<Option<Font<'a>>>,
    /// Bold by its name, weight or flags.
    pub(crate) is_bold: bool,
    /// Written top to bottom.
    pub(crate) is_vertical: bool,
    /// Height of its em relative to the nominal one. Other than 1 only for Type 3.
    pub(crate) em: f64,
    is_single_byte: bool,
    /// Known codes below [`DENSE_CODES`], by code.
    dense: Vec<Option<MappedCode>>,
    /// Known codes from there on.
    sparse: HashMap<u32, MappedCode>,
    /// Glyph to character, read when first needed.
    inverse_charmap: Option<BTreeMap<u32, char>>,
    /// Character identifiers to Unicode.
    collection: Option<CMap>,
    /// Codes to character identifiers.
    encoding: Option<CMap>,
    /// A font of symbols, by its name.
    is_symbol: bool,
}

impl<'a> Face<'a> {
    /// A font without any codes read.
    pub(super) fn new(source: Source<'a>) -> Self {
        let empty = Dict::empty();
        let dict = source.dict.as_ref().unwrap_or(&empty);
        let cmaps = &source.library.cmaps;
        let subtype = name(dict, "Subtype");
        let is_composite = subtype == "Type0";
        let descendant = font_dictionary::descendant(dict);
        let holder = descendant.as_ref().unwrap_or(dict);
        let descriptor = holder.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let base_font = base_font(dict, &descriptor);
        let dictionary = FontDictionary::read(dict, cmaps);
        let loaded = OnceCell::new();
        // a dictionary is only used for horizontal fonts
        let is_vertical = dictionary.is_none()
            && loaded.get_or_init(|| source.load()).as_ref().is_some_and(|font| !font.is_horizontal());
        Self {
            em: if subtype == "Type3" { type3_em(dict) } else { 1.0 },
            is_symbol: ["symbol", "wingdings", "dingbats", "webdings"]
                .iter()
                .any(|s| base_font.to_ascii_lowercase().contains(s)),
            is_bold: is_bold(&base_font, &descriptor),
            is_vertical,
            is_single_byte: !is_composite,
            dense: Vec::new(),
            sparse: HashMap::new(),
            inverse_charmap: None,
            collection: is_composite.then(|| cid_maps::collection(holder, cmaps)).flatten(),
            encoding: is_composite.then(|| cid_maps::encoding(dict, cmaps)).flatten(),
            dictionary,
            loaded,
            source,
        }
    }

    /// The font with its program, if it can be used.
    fn font(&self) -> Option<&Font<'a>> {
        self.loaded.get_or_init(|| self.source.load()).as_ref()
    }

    /// The code of a string at a byte offset, and its length in bytes; `None` at the end, or without a usable font.
    pub(crate) fn next_code(&self, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        if let Some(dictionary) = &self.dictionary {
            return dictionary.next_code(bytes, at);
        }
        if at >= bytes.len() {
            return None;
        }
        let (code, length) = self.font()?.read_code(bytes, at);
        Some((code, length.max(1)))
    }

    /// Returns true if word spacing applies to a code.
    pub(crate) fn is_word_space(&self, code: u32, length: usize) -> bool {
        code == 32 && (self.is_single_byte || length == 1)
    }

    /// What a code stands for; `None` if the font has no such code, or isn't usable.
    pub(crate) fn code(&mut self, code: u32) -> Option<&MappedCode> {
        let index = usize::try_from(code).ok()?;
        if index >= DENSE_CODES {
            if !self.sparse.contains_key(&code) {
                let known = self.read_code(code)?;
                self.sparse.insert(code, known);
            }
            return self.sparse.get(&code);
        }
        if self.dense.get(index).is_none_or(Option::is_none) {
            let known = self.read_code(code)?;
            if self.dense.len() <= index {
                self.dense.resize(index + 1, None);
            }
            if let Some(slot) = self.dense.get_mut(index) {
                *slot = Some(known);
            }
        }
        self.dense.get(index)?.as_ref()
    }

    fn read_code(&mut self, code: u32) -> Option<MappedCode> {
        if self.is_single_byte && code > 0xFF {
            return None;
        }
        if let Some(dictionary) = &self.dictionary
            && let Some(text) = dictionary.text(code).and_then(|text| self.readable(&text))
        {
            return Some(MappedCode::new(Some(text), dictionary.advance(code)));
        }
        let font = self.font()?;
        let moved = font.code_advance(code);
        let advance = if self.is_vertical { moved.y } else { moved.x };
        let glyph = font.glyph(font.map_code(code), code);
        let (direct, outline) = match &glyph {
            FontGlyph::Outline(outline) => (outline.as_unicode(), Some(outline.clone())),
            FontGlyph::Type3(glyph) => (glyph.as_unicode(), None),
        };
        let found = direct
            .and_then(|found| self.readable(&GlyphText::from(found)))
            .or_else(|| self.recover(code, outline.as_ref()));
        Some(MappedCode::new(found, advance))
    }

    /// Cleaned characters; `None` if they are doubtful.
    fn readable(&self, text: &GlyphText) -> Option<GlyphText> {
        let text = glyph_text::readable(text, self.is_symbol);
        (!text.is_doubtful()).then_some(text)
    }

    /// The characters of a code that neither `ToUnicode` nor a glyph name explains.
    fn recover(&mut self, code: u32, outline: Option<&OutlineGlyph>) -> Option<GlyphText> {
        if let Some(found) = self.by_collection(code) {
            return Some(found);
        }
        let outline = outline?;
        let glyph = outline.glyph_id().to_u32();
        if glyph == 0 {
            return None;
        }
        let charmap = self.inverse_charmap.get_or_insert_with(|| glyph_text::inverse_charmap(outline));
        let found = GlyphText::from(*charmap.get(&glyph)?);
        self.readable(&found)
    }

    /// The characters that the font's character collection knows for a code.
    fn by_collection(&self, code: u32) -> Option<GlyphText> {
        let cids = self.collection.as_ref()?;
        let cid = self.encoding.as_ref().and_then(|e| (1..=4).find_map(|n| e.lookup_cid_code(code, n))).unwrap_or(code);
        let found = GlyphText::from(cids.lookup_bf_string(cid)?);
        (!found.is_doubtful()).then_some(found)
    }
}
