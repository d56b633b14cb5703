//! The fonts of a document: which characters each code stands for, and how wide it is.
//!
//! The characters come from the first of these that knows them: `ToUnicode`, glyph names, the character collection of a
//! CID font, the inverse of the character map in the embedded font. A code that none of these knows becomes U+FFFD and
//! is counted as unknown.
//!
//! Glyphs aren't drawn, so a font program is loaded only for codes that the font's dictionary leaves open
//! ([`font_dictionary`]). Most fonts state widths and `ToUnicode`, and programs are the larger part of many files.

mod font_dictionary;
pub(crate) mod glyph_text;

use font_dictionary::FontDictionary;
use glyph_text::GlyphText;
use hayro_cmap::{CMap, CMapName, CidFamily};
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn, OutlineGlyph, StandardFont};
use hayro_syntax::object::{Dict, Name, Number, Object, Rect, String as PdfString};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// Maximum number of fonts in a document. A document of a thousand pages has several hundred.
const MAX_FONTS: usize = 5_000;
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

/// What a font is loaded from. Without a dictionary it is Helvetica.
struct Source<'a> {
    library: Rc<Library<'a>>,
    dict: Option<Dict<'a>>,
}

/// Resolvers of font programs and of predefined character maps.
struct Library<'a> {
    cache: FontCache<'a>,
    programs: FontResolverFn,
    cmaps: CMapResolverFn,
}

impl<'a> Source<'a> {
    fn load(&self) -> Option<Font<'a>> {
        let Library { cache, programs, cmaps } = &*self.library;
        match &self.dict {
            Some(dict) if font_dictionary::has_too_many_widths(dict) => None, // the reader would expand all
            Some(dict) => cache.font(dict, programs, cmaps),
            None => cache.standard_font(StandardFont::Helvetica, programs),
        }
    }
}

/// The fonts met so far, by index.
pub(crate) struct Fonts<'a> {
    library: Rc<Library<'a>>,
    by_dict: HashMap<(usize, usize), usize>,
    faces: Vec<Face<'a>>,
}

impl<'a> Fonts<'a> {
    /// An empty set of fonts.
    pub(crate) fn new() -> Self {
        let library = Library {
            cache: FontCache::new(),
            programs: Arc::new(|query| match query {
                FontQuery::Standard(font) => Some(font.get_font_data()),
                FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
            }),
            cmaps: Arc::new(hayro_cmap::load_embedded),
        };
        Self { library: Rc::new(library), by_dict: HashMap::new(), faces: Vec::new() }
    }

    /// The index of the font that a dictionary describes. Beyond the limit it is that of the first font.
    pub(crate) fn load(&mut self, dict: &Dict<'a>) -> usize {
        let bytes = dict.data();
        let key = (bytes.as_ptr().addr(), bytes.len());
        if let Some(&known) = self.by_dict.get(&key) {
            return known;
        }
        if self.faces.len() >= MAX_FONTS {
            return 0;
        }
        self.add(key, Some(dict.clone()))
    }

    /// The index of the font for text that names none, or a missing one: Helvetica, as in viewers.
    pub(crate) fn fallback(&mut self) -> usize {
        let key = (0, 0);
        if let Some(&known) = self.by_dict.get(&key) {
            return known;
        }
        self.add(key, None)
    }

    fn add(&mut self, key: (usize, usize), dict: Option<Dict<'a>>) -> usize {
        self.faces.push(Face::new(Source { library: Rc::clone(&self.library), dict }));
        let index = self.faces.len() - 1;
        self.by_dict.insert(key, index);
        index
    }

    /// A font by its index, for reading codes.
    pub(crate) fn face(&mut self, index: usize) -> Option<&mut Face<'a>> {
        self.faces.get_mut(index)
    }

    /// A font by its index, for its properties.
    pub(crate) fn peek(&self, index: usize) -> Option<&Face<'a>> {
        self.faces.get(index)
    }
}

impl<'a> Face<'a> {
    fn new(source: Source<'a>) -> Self {
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
            collection: is_composite.then(|| collection(holder, cmaps)).flatten(),
            encoding: is_composite.then(|| encoding(dict, cmaps)).flatten(),
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

fn name(dict: &Dict<'_>, key: &str) -> String {
    dict.get::<Name<'_>>(key).map(|n| n.as_str().to_owned()).unwrap_or_default()
}

/// The font's PostScript name, without the prefix of six letters that marks a subset.
fn base_font(dict: &Dict<'_>, descriptor: &Dict<'_>) -> String {
    let mut full = name(dict, "BaseFont");
    if full.is_empty() {
        full = name(descriptor, "FontName");
    }
    full.split_once('+').filter(|(prefix, _)| prefix.len() == 6).map_or(full.as_str(), |(_, rest)| rest).to_owned()
}

/// Height of a Type 3 font's em in text space, from its box: its matrix may be anything. 1 if the box makes no sense.
fn type3_em(dict: &Dict<'_>) -> f64 {
    let scale = dict.get::<[f64; 6]>("FontMatrix").map_or(0.001, |m| m[3].abs());
    let height = dict.get::<Rect>("FontBBox").map_or(0.0, |r| r.height());
    let em = height * scale;
    if (0.2..5.0).contains(&em) { em } else { 1.0 }
}

/// Returns true if a font is bold, by its name, which is the most reliable, or by its flags or weight.
fn is_bold(base_font: &str, descriptor: &Dict<'_>) -> bool {
    const FORCE_BOLD: i32 = 1 << 18;
    let low = base_font.to_ascii_lowercase();
    let named = ["bold", "black", "heavy", "demi"].iter().any(|w| low.contains(w));
    let flags = descriptor.get::<i32>("Flags").unwrap_or(0);
    let weight = descriptor.get::<Number>("FontWeight").map_or(0.0, |n| n.as_f64());
    named || is_tex_bold(&low) || flags & FORCE_BOLD != 0 || weight >= 600.0
}

/// Returns true for the bold faces of Computer Modern and its kin, such as `cmbx10` and `sfbx1200`.
fn is_tex_bold(low: &str) -> bool {
    low.strip_prefix("cm")
        .or_else(|| low.strip_prefix("sf"))
        .or_else(|| low.strip_prefix("la"))
        .or_else(|| low.strip_prefix("ec"))
        .is_some_and(|rest| rest.starts_with("bx") || rest.starts_with("ssbx"))
}

/// The map from character identifiers to Unicode, for the character collection that a CID font names.
fn collection(descendant: &Dict<'_>, cmaps: &CMapResolverFn) -> Option<CMap> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
    let registry = info.get::<PdfString<'_>>("Registry")?;
    let ordering = info.get::<PdfString<'_>>("Ordering")?;
    let family = CidFamily::from_registry_ordering(registry.as_bytes(), ordering.as_bytes());
    parse_named(family.ucs2_cmap()?, cmaps)
}

/// The map from codes to character identifiers, if it is a predefined one.
fn encoding(dict: &Dict<'_>, cmaps: &CMapResolverFn) -> Option<CMap> {
    match dict.get::<Object<'_>>("Encoding")? {
        Object::Name(name) => match CMapName::from_bytes(name.as_ref()) {
            CMapName::IdentityH | CMapName::IdentityV => Some(CMap::identity_h()),
            other => parse_named(other, cmaps),
        },
        _ => None,
    }
}

fn parse_named(name: CMapName<'_>, cmaps: &CMapResolverFn) -> Option<CMap> {
    let data = cmaps(name)?;
    let resolver = cmaps.clone();
    CMap::parse(data, move |n| resolver(n))
}
