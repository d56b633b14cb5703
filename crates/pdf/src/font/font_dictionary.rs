//! What a font's dictionary alone states about its codes: `ToUnicode` and widths, without the font program.
//!
//! Only dictionaries of horizontal fonts that state both are used. The results are the same as with the font program,
//! whose reader looks into the dictionary first too.

use super::glyph_text::GlyphText;
use hayro_cmap::{CMap, CMapName};
use hayro_font::CMapResolverFn;
use hayro_syntax::object::array::FlexArrayIter;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use std::collections::HashMap;

/// Maximum number of entries read from a width table: four times the number of two-byte codes.
const MAX_WIDTHS: usize = 262_144;

/// Characters and widths of a font's codes.
pub(crate) struct FontDictionary {
    unicode: CMap,
    widths: Widths,
}

enum Widths {
    /// One-byte codes: the width of each, in units of glyph space.
    Simple(Vec<f32>),
    /// Two-byte codes that are character identifiers: widths of some codes, and the default width of the others.
    Composite { widths: HashMap<u32, f32>, default: f32 },
}

impl FontDictionary {
    /// Reads a font's dictionary; `None` if it doesn't state both.
    pub(crate) fn read(dict: &Dict<'_>, cmaps: &CMapResolverFn) -> Option<Self> {
        let widths = match dict.get::<Name<'_>>("Subtype")?.as_ref() as &[u8] {
            b"TrueType" | b"OpenType" | b"Type1" | b"MMType1" => simple(dict)?,
            b"Type0" => composite(dict)?,
            _ => return None,
        };
        let stream = dict.get::<Stream<'_>>("ToUnicode")?;
        let data = stream.decoded_data().ok()?;
        let resolver = cmaps.clone();
        let unicode = CMap::parse(&data, move |name| resolver(name))?;
        Some(Self { unicode, widths })
    }

    /// The code of a string at a byte offset, and its length in bytes; `None` at the end.
    pub(crate) fn next_code(&self, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        let first = u32::from(*bytes.get(at)?);
        match (&self.widths, bytes.get(at + 1)) {
            (Widths::Simple(_), _) => Some((first, 1)),
            (Widths::Composite { .. }, Some(second)) => Some((first << 8 | u32::from(*second), 2)),
            // half a code
            (Widths::Composite { .. }, None) => Some((0, 1)),
        }
    }

    /// The characters that `ToUnicode` maps a code to.
    pub(crate) fn text(&self, code: u32) -> Option<GlyphText> {
        self.unicode.lookup_bf_string(code).map(GlyphText::from)
    }

    /// The advance of a code, in units of glyph space.
    pub(crate) fn advance(&self, code: u32) -> f64 {
        f64::from(match &self.widths {
            Widths::Simple(widths) => {
                usize::try_from(code).ok().and_then(|c| widths.get(c)).copied().unwrap_or_default()
            }
            Widths::Composite { widths, default } => widths.get(&code).copied().unwrap_or(*default),
        })
    }
}

fn simple(dict: &Dict<'_>) -> Option<Widths> {
    /// Number of one-byte codes.
    const CODES: usize = 256;
    let missing = dict.get::<Dict<'_>>("FontDescriptor").and_then(|d| d.get::<f32>("MissingWidth")).unwrap_or(0.0);
    let first = dict.get::<usize>("FirstChar").filter(|f| *f < CODES)?;
    let last = dict.get::<usize>("LastChar")?;
    let stated = dict.get::<Array<'_>>("Widths")?;
    let count = last.checked_sub(first)?.checked_add(1)?;
    let mut widths = vec![missing; first];
    widths.extend(stated.iter::<f32>().take(count.min(CODES)));
    widths.resize(CODES.max(widths.len()), missing);
    Some(Widths::Simple(widths))
}

fn composite(dict: &Dict<'_>) -> Option<Widths> {
    let Object::Name(encoding) = dict.get::<Object<'_>>("Encoding")? else {
        return None;
    };
    if !matches!(CMapName::from_bytes(encoding.as_ref()), CMapName::IdentityH) {
        return None;
    }
    let descendant = descendant(dict)?;
    let default = descendant.get::<f32>("DW").unwrap_or(1000.0);
    let mut widths = HashMap::new();
    let list = descendant.get::<Array<'_>>("W").unwrap_or_default();
    let mut parts = list.flex_iter();
    let mut left = MAX_WIDTHS;
    while left > 0 {
        let before = left;
        let mut set = |code: u32, width: f32| {
            left = left.saturating_sub(1);
            widths.insert(code, width);
        };
        if let Some((first, run)) = parts.next::<(u32, Array<'_>)>() {
            (first..).zip(run.iter::<f32>()).take(before).for_each(|(code, width)| set(code, width));
        } else if let Some((first, last, width)) = parts.next::<(u32, u32, f32)>() {
            (first..=last).take(before).for_each(|code| set(code, width));
        } else {
            break;
        }
    }
    Some(Widths::Composite { widths, default })
}

/// The CID font that a composite font is made of.
pub(crate) fn descendant<'a>(dict: &Dict<'a>) -> Option<Dict<'a>> {
    dict.get::<Array<'a>>("DescendantFonts")?.iter::<Dict<'a>>().next()
}

/// Returns true if the width ranges of a composite font, which take few bytes, expand to more widths than there can be
/// codes.
pub(crate) fn has_too_many_widths(dict: &Dict<'_>) -> bool {
    let Some(descendant) = descendant(dict) else { return false };
    let list = |key: &str| descendant.get::<Array<'_>>(key).unwrap_or_default();
    let horizontal =
        codes_in_ranges(&list("W"), |parts| parts.next::<(u32, u32, f32)>().map(|(first, last, _)| (first, last)));
    let vertical = |parts: &mut FlexArrayIter<'_>| {
        parts.next::<(u32, u32, f32, f32, f32)>().map(|(first, last, ..)| (first, last))
    };
    horizontal + codes_in_ranges(&list("W2"), vertical) > MAX_WIDTHS as u64
}

/// How many codes the ranges of a width list hold. `range` reads one range.
fn codes_in_ranges(widths: &Array<'_>, range: impl Fn(&mut FlexArrayIter<'_>) -> Option<(u32, u32)>) -> u64 {
    let mut parts = widths.flex_iter();
    let mut codes = 0;
    loop {
        if parts.next::<(u32, Array<'_>)>().is_some() {
            continue; // lists each width
        }
        let Some((first, last)) = range(&mut parts) else { return codes };
        codes += u64::from(last.saturating_sub(first)) + 1;
    }
}
