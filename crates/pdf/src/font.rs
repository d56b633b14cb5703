//! Fonts of one document: what each character code says and how wide it is.
//!
//! Unicode comes from `ToUnicode`, then from glyph names, then from the character map inside the embedded font read
//! backwards, then from the character collection a CID font names. A code that none of these knows gives U+FFFD and is
//! counted. Drawing glyphs is not this module's business, so a font program is loaded only for codes that the font's
//! dictionary leaves open ([`crate::simple_font`]): most fonts state widths and `ToUnicode`, and programs are the larger
//! part of many files.

use crate::glyph_text::{self, Letters};
use crate::simple_font::{self, Stated};
use hayro_cmap::{CMap, CMapName, CidFamily};
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn, OutlineGlyph, StandardFont};
use hayro_syntax::object::{Dict, Name, Number, Object, Rect, String as PdfString};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// Fonts of a document at most; a document of a thousand pages has some hundred.
const MAX_FONTS: usize = 5_000;
/// Codes below this are found by their place, others by hash.
const PLACED_CODES: usize = 2_048;
/// Units of glyph space in an em.
const UNITS: f64 = 1000.0;

/// What a character code says.
#[derive(Debug, Clone)]
pub(super) struct Code {
    /// Its letters; U+FFFD where nothing tells.
    pub(super) letters: Letters,
    /// They are white space, or nothing.
    pub(super) blank: bool,
    /// How far it moves the pen, in ems: along x, or along y in vertical fonts.
    pub(super) advance: f64,
    /// Nothing tells its letters.
    pub(super) unknown: bool,
}

impl Code {
    /// From its letters, where they are known, and its advance in units of glyph space.
    fn new(found: Option<Letters>, advance: f64) -> Self {
        let unknown = found.is_none();
        let letters = found.unwrap_or(Letters::One(char::REPLACEMENT_CHARACTER));
        let advance = advance / UNITS;
        Self { blank: letters.is_blank(), letters, advance: if advance.is_finite() { advance } else { 0.0 }, unknown }
    }
}

/// A font as the document uses it.
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a font")]
pub(super) struct Face<'a> {
    /// What its dictionary says of its codes.
    stated: Option<Stated>,
    source: Source<'a>,
    /// With its program, if it can be used; unset before it is needed.
    loaded: OnceCell<Option<Font<'a>>>,
    /// Bold by its name, weight or flags.
    pub(super) bold: bool,
    /// Written top to bottom.
    pub(super) vertical: bool,
    /// Height of its em against the nominal one; other than 1 only for Type 3.
    pub(super) em: f64,
    single_byte: bool,
    placed: Vec<Option<Code>>,
    codes: HashMap<u32, Code>,
    reverse: Option<BTreeMap<u32, char>>,
    collection: Option<CMap>,
    encoding: Option<CMap>,
    symbol: bool,
}

/// Where a font comes from.
struct Source<'a> {
    library: Rc<Library<'a>>,
    dict: Option<Dict<'a>>,
}

/// Font programs of a document.
struct Library<'a> {
    cache: FontCache<'a>,
    programs: FontResolverFn,
    cmaps: CMapResolverFn,
}

impl<'a> Source<'a> {
    fn load(&self) -> Option<Font<'a>> {
        let Library { cache, programs, cmaps } = &*self.library;
        match &self.dict {
            Some(dict) if simple_font::has_too_many_widths(dict) => None, // the library keeps each
            Some(dict) => cache.font(dict, programs, cmaps),
            None => cache.standard_font(StandardFont::Helvetica, programs),
        }
    }
}

/// All fonts met so far; an index names one.
pub(super) struct Fonts<'a> {
    library: Rc<Library<'a>>,
    by_dict: HashMap<(usize, usize), usize>,
    faces: Vec<Face<'a>>,
}

impl<'a> Fonts<'a> {
    /// No font yet.
    pub(super) fn new() -> Self {
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

    /// The font of a dictionary.
    pub(super) fn load(&mut self, dict: &Dict<'a>) -> usize {
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

    /// The font of text that names none, or one that isn't there: Helvetica, as viewers do.
    pub(super) fn fallback(&mut self) -> usize {
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

    /// A font by its index.
    pub(super) fn face(&mut self, index: usize) -> Option<&mut Face<'a>> {
        self.faces.get_mut(index)
    }

    /// A font by its index, to look at.
    pub(super) fn peek(&self, index: usize) -> Option<&Face<'a>> {
        self.faces.get(index)
    }
}

impl<'a> Face<'a> {
    fn new(source: Source<'a>) -> Self {
        let empty = Dict::empty();
        let dict = source.dict.as_ref().unwrap_or(&empty);
        let cmaps = &source.library.cmaps;
        let subtype = name(dict, "Subtype");
        let descendant = simple_font::descendant(dict);
        let holder = descendant.as_ref().unwrap_or(dict);
        let descriptor = holder.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let mut full = name(dict, "BaseFont");
        if full.is_empty() {
            full = name(&descriptor, "FontName");
        }
        let plain = full
            .split_once('+')
            .filter(|(prefix, _)| prefix.len() == 6)
            .map_or(full.as_str(), |(_, rest)| rest)
            .to_owned();
        let composite = subtype == "Type0";
        let stated = Stated::read(dict, cmaps);
        // what is stated of vertical fonts isn't read
        let loaded = OnceCell::new();
        let font = || loaded.get_or_init(|| source.load());
        let vertical = stated.is_none() && font().as_ref().is_some_and(|f| !f.is_horizontal());
        Self {
            em: if subtype == "Type3" { type3_em(dict) } else { 1.0 },
            symbol: ["symbol", "wingdings", "dingbats", "webdings"]
                .iter()
                .any(|s| plain.to_ascii_lowercase().contains(s)),
            bold: is_bold(&plain, &descriptor),
            vertical,
            single_byte: !composite,
            placed: Vec::new(),
            codes: HashMap::new(),
            reverse: None,
            collection: composite.then(|| collection(holder, cmaps)).flatten(),
            encoding: composite.then(|| encoding(dict, cmaps)).flatten(),
            stated,
            loaded,
            source,
        }
    }

    /// The font with its program, if it can be used.
    fn font(&self) -> Option<&Font<'a>> {
        self.loaded.get_or_init(|| self.source.load()).as_ref()
    }

    /// The next code of a string and its length in bytes; none at the end, or without a usable font.
    pub(super) fn next_code(&self, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        if let Some(stated) = &self.stated {
            return stated.next_code(bytes, at);
        }
        if at >= bytes.len() {
            return None;
        }
        let (code, length) = self.font()?.read_code(bytes, at);
        Some((code, length.max(1)))
    }

    /// Whether the word spacing applies to a code.
    pub(super) fn is_word_space(&self, code: u32, length: usize) -> bool {
        code == 32 && (self.single_byte || length == 1)
    }

    /// What a code says.
    pub(super) fn code(&mut self, code: u32) -> Option<&Code> {
        let place = usize::try_from(code).ok()?;
        if place >= PLACED_CODES {
            if !self.codes.contains_key(&code) {
                let known = self.read_code(code)?;
                self.codes.insert(code, known);
            }
            return self.codes.get(&code);
        }
        if self.placed.get(place).is_none_or(Option::is_none) {
            let known = self.read_code(code)?;
            if self.placed.len() <= place {
                self.placed.resize(place + 1, None);
            }
            if let Some(slot) = self.placed.get_mut(place) {
                *slot = Some(known);
            }
        }
        self.placed.get(place)?.as_ref()
    }

    fn read_code(&mut self, code: u32) -> Option<Code> {
        if self.single_byte && code > 0xFF {
            return None;
        }
        let said = self.stated.as_ref().and_then(|s| s.letters(code));
        let said = said.map(|l| glyph_text::readable(&l, self.symbol)).filter(|l| !l.is_doubtful());
        if let (Some(letters), Some(stated)) = (said, &self.stated) {
            return Some(Code::new(Some(letters), stated.advance(code)));
        }
        let vertical = self.vertical;
        let font = self.font()?;
        let moved = font.code_advance(code);
        let advance = if vertical { moved.y } else { moved.x };
        let glyph = font.glyph(font.map_code(code), code);
        let (direct, outline) = match &glyph {
            FontGlyph::Outline(outline) => (outline.as_unicode(), Some(outline.clone())),
            FontGlyph::Type3(glyph) => (glyph.as_unicode(), None),
        };
        let found = direct
            .map(|found| glyph_text::readable(&Letters::from(found), self.symbol))
            .filter(|l| !l.is_doubtful())
            .or_else(|| self.recover(code, outline.as_ref()));
        Some(Code::new(found, advance))
    }

    /// The letters of a code that neither `ToUnicode` nor a glyph name explains.
    fn recover(&mut self, code: u32, outline: Option<&OutlineGlyph>) -> Option<Letters> {
        if let Some(found) = self.by_collection(code) {
            return Some(found);
        }
        let outline = outline?;
        let glyph = outline.glyph_id().to_u32();
        if glyph == 0 {
            return None;
        }
        if self.reverse.is_none() {
            self.reverse = Some(glyph_text::backwards(outline));
        }
        let found = *self.reverse.as_ref()?.get(&glyph)?;
        let found = glyph_text::readable(&Letters::from(found), self.symbol);
        (!found.is_doubtful()).then_some(found)
    }

    fn by_collection(&self, code: u32) -> Option<Letters> {
        let cids = self.collection.as_ref()?;
        let cid = self.encoding.as_ref().and_then(|e| (1..=4).find_map(|n| e.lookup_cid_code(code, n))).unwrap_or(code);
        let found = Letters::from(cids.lookup_bf_string(cid)?);
        (!found.is_doubtful()).then_some(found)
    }
}

fn name(dict: &Dict<'_>, key: &str) -> String {
    dict.get::<Name<'_>>(key).map(|n| n.as_str().to_owned()).unwrap_or_default()
}

/// Height of a Type 3 font's em in text space: its box where it gives one, since its matrix may be anything.
fn type3_em(dict: &Dict<'_>) -> f64 {
    let scale = dict.get::<[f64; 6]>("FontMatrix").map_or(0.001, |m| m[3].abs());
    let height = dict.get::<Rect>("FontBBox").map_or(0.0, |r| r.height());
    let em = height * scale;
    if (0.2..5.0).contains(&em) { em } else { 1.0 }
}

/// Weight: the name says it most reliably, flags and numbers fill in.
fn is_bold(plain: &str, descriptor: &Dict<'_>) -> bool {
    const FORCE_BOLD: i32 = 1 << 18;
    let low = plain.to_ascii_lowercase();
    let named = ["bold", "black", "heavy", "demi"].iter().any(|w| low.contains(w));
    let flags = descriptor.get::<i32>("Flags").unwrap_or(0);
    let weight = descriptor.get::<Number>("FontWeight").map_or(0.0, |n| n.as_f64());
    named || is_tex_bold(&low) || flags & FORCE_BOLD != 0 || weight >= 600.0
}

/// Computer Modern and its kin name their bold faces `cmbx10`, `sfbx1200`, `larm`… without saying so.
fn is_tex_bold(low: &str) -> bool {
    low.strip_prefix("cm")
        .or_else(|| low.strip_prefix("sf"))
        .or_else(|| low.strip_prefix("la"))
        .or_else(|| low.strip_prefix("ec"))
        .is_some_and(|rest| rest.starts_with("bx") || rest.starts_with("ssbx"))
}

/// The map from character identifiers to Unicode of the collection a CID font names.
fn collection(descendant: &Dict<'_>, cmaps: &CMapResolverFn) -> Option<CMap> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
    let registry = info.get::<PdfString<'_>>("Registry")?;
    let ordering = info.get::<PdfString<'_>>("Ordering")?;
    let family = CidFamily::from_registry_ordering(registry.as_bytes(), ordering.as_bytes());
    parse_named(family.ucs2_cmap()?, cmaps)
}

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
