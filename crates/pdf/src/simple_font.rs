//! What a font's dictionary alone says of its codes: `ToUnicode` and widths, without the font's program.
//!
//! Read for horizontal fonts that state both. The answers are those the program's reader would give, which asks the
//! dictionary first too.

use crate::glyph_text::Letters;
use hayro_cmap::{CMap, CMapName};
use hayro_font::CMapResolverFn;
use hayro_syntax::object::array::FlexArrayIter;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use std::collections::HashMap;

/// Entries of a width table read at most: each code of two bytes stated four times over.
const MAX_WIDTHS: usize = 262_144;

/// Letters and widths of codes.
pub(super) struct Stated {
    unicode: CMap,
    widths: Widths,
}

enum Widths {
    /// Codes of one byte: a width each, in units of glyph space.
    Simple(Vec<f32>),
    /// Codes of two bytes that are character identifiers: those with a width of their own, and the others' one.
    Composite(HashMap<u32, f32>, f32),
}

impl Stated {
    /// Reads a font's dictionary; none where it leaves one of the two open for all codes.
    pub(super) fn read(dict: &Dict<'_>, cmaps: &CMapResolverFn) -> Option<Self> {
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

    /// The next code of a string and its length in bytes; none at the end.
    pub(super) fn next_code(&self, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        let first = u32::from(*bytes.get(at)?);
        match (&self.widths, bytes.get(at + 1)) {
            (Widths::Simple(_), _) => Some((first, 1)),
            (Widths::Composite(..), Some(second)) => Some((first << 8 | u32::from(*second), 2)),
            // half a code
            (Widths::Composite(..), None) => Some((0, 1)),
        }
    }

    /// What `ToUnicode` says of a code.
    pub(super) fn letters(&self, code: u32) -> Option<Letters> {
        self.unicode.lookup_bf_string(code).map(Letters::from)
    }

    /// How far a code moves the pen, in units of glyph space.
    pub(super) fn advance(&self, code: u32) -> f64 {
        f64::from(match &self.widths {
            Widths::Simple(widths) => {
                usize::try_from(code).ok().and_then(|c| widths.get(c)).copied().unwrap_or_default()
            }
            Widths::Composite(widths, usual) => widths.get(&code).copied().unwrap_or(*usual),
        })
    }
}

fn simple(dict: &Dict<'_>) -> Option<Widths> {
    /// Codes of one byte.
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
    let usual = descendant.get::<f32>("DW").unwrap_or(1000.0);
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
    Some(Widths::Composite(widths, usual))
}

/// The font that a composite one is of.
pub(super) fn descendant<'a>(dict: &Dict<'a>) -> Option<Dict<'a>> {
    dict.get::<Array<'a>>("DescendantFonts")?.iter::<Dict<'a>>().next()
}

/// Whether ranges of a composite font's codes, written in a few bytes, stand for more widths than there can be codes.
pub(super) fn has_too_many_widths(dict: &Dict<'_>) -> bool {
    let Some(descendant) = descendant(dict) else { return false };
    let list = |key: &str| descendant.get::<Array<'_>>(key).unwrap_or_default();
    let across = in_ranges(&list("W"), |parts| parts.next::<(u32, u32, f32)>().map(|(first, last, _)| (first, last)));
    let down = |parts: &mut FlexArrayIter<'_>| {
        parts.next::<(u32, u32, f32, f32, f32)>().map(|(first, last, ..)| (first, last))
    };
    across + in_ranges(&list("W2"), down) > MAX_WIDTHS as u64
}

/// How many codes the ranges of a list of widths hold; `range` reads one.
fn in_ranges(widths: &Array<'_>, range: impl Fn(&mut FlexArrayIter<'_>) -> Option<(u32, u32)>) -> u64 {
    let mut parts = widths.flex_iter();
    let mut codes = 0;
    loop {
        if parts.next::<(u32, Array<'_>)>().is_some() {
            continue; // a width for each
        }
        let Some((first, last)) = range(&mut parts) else { return codes };
        codes += u64::from(last.saturating_sub(first)) + 1;
    }
}
