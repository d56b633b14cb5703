//! Annotation text that isn't drawn on the page: comments, and values of form fields without an appearance.

use super::appearance_stream;
use super::strings;
use crate::geometry::matrix::Matrix;
use crate::limits::MAX_ANNOTATIONS;
use hayro_syntax::object::{Array, Dict, Name, Object, Rect, String as PdfString};
use hayro_syntax::page::Page;
use sanad_document::{Block, Kind, Origin};
use smallvec::smallvec;

/// Maximum number of steps from a widget up to the field that holds its value.
const MAX_PARENTS: usize = 8;

/// Blocks for a page's comments and undrawn field values.
pub(crate) fn blocks(page: &Page<'_>, number: u32) -> Vec<Block> {
    let Some(list) = page.raw().get::<Array<'_>>("Annots") else {
        return Vec::new();
    };
    let base = Matrix { c: page.initial_transform(true).as_coeffs() };
    list.iter::<Dict<'_>>()
        .take(MAX_ANNOTATIONS)
        .filter_map(|a| {
            let (text, kind) = undrawn_text(&a)?;
            let area = a.get::<Rect>("Rect").map_or([0.0; 4], |r| base.rect([r.x0, r.y0, r.x1, r.y1]));
            Some(Block {
                text,
                kind,
                origin: smallvec![Origin::Pdf { page: number, label: None, bbox: tenths(area) }],
                score: 1.0,
                body_score: 1.0,
                ..Block::default()
            })
        })
        .collect()
}

/// Rounds to tenths of a point.
#[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
fn tenths(area: [f64; 4]) -> [f32; 4] {
    area.map(|v| ((v * 10.0).round() / 10.0) as f32)
}

/// The text of an annotation that its page doesn't draw, and the kind of block it makes.
fn undrawn_text(annotation: &Dict<'_>) -> Option<(String, Kind)> {
    const HIDDEN: i32 = 1 << 1;
    let subtype = annotation.get::<Name<'_>>("Subtype")?;
    if annotation.get::<i32>("F").unwrap_or(0) & HIDDEN != 0 {
        return None;
    }
    let is_drawn = appearance_stream::appearance(annotation).is_some();
    let (text, kind) = match subtype.as_ref() as &[u8] {
        b"Widget" if !is_drawn => (field_value(annotation)?, Kind::Paragraph),
        b"FreeText" if !is_drawn => (contents(annotation)?, Kind::Note),
        b"Text" | b"Highlight" | b"Underline" | b"StrikeOut" | b"Squiggly" | b"Caret" => {
            (contents(annotation)?, Kind::Note)
        }
        _ => return None,
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some((text, kind))
}

fn contents(annotation: &Dict<'_>) -> Option<String> {
    let s = annotation.get::<PdfString<'_>>("Contents")?;
    Some(strings::text(s.as_bytes()))
}

/// The value of a text or choice field, its own or inherited.
fn field_value(widget: &Dict<'_>) -> Option<String> {
    let mut field = widget.clone();
    for _ in 0..MAX_PARENTS {
        let kind = field.get::<Name<'_>>("FT");
        if kind.as_deref() == Some(b"Btn") || kind.as_deref() == Some(b"Sig") {
            return None;
        }
        match field.get::<Object<'_>>("V") {
            Some(Object::String(s)) => return Some(strings::text(s.as_bytes())),
            Some(Object::Stream(s)) => {
                return s.decoded_data().ok().map(|d| strings::text(&d));
            }
            Some(Object::Array(list)) => {
                let all: Vec<String> =
                    list.iter::<PdfString<'_>>().take(MAX_ANNOTATIONS).map(|s| strings::text(s.as_bytes())).collect();
                return Some(all.join(", "));
            }
            _ => {}
        }
        field = field.get::<Dict<'_>>("Parent")?;
    }
    None
}
