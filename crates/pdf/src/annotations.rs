//! Text that stands on a page without being drawn: values of form fields that have no appearance, comments.

use crate::matrix::Matrix;
use crate::strings;
use hayro_syntax::object::{Array, Dict, Name, Object, Rect, String as PdfString};
use hayro_syntax::page::Page;
use sanad_document::{Block, Kind, Origin};
use smallvec::smallvec;

/// Annotations of a page at most.
const MAX_ANNOTATIONS: usize = 4_000;
/// Steps from a widget up to the field that holds its value.
const MAX_PARENTS: usize = 8;

/// Blocks for a page's field values and comments.
pub(super) fn blocks(page: &Page<'_>, number: u32) -> Vec<Block> {
    let Some(list) = page.raw().get::<Array<'_>>("Annots") else {
        return Vec::new();
    };
    let base = Matrix { c: page.initial_transform(true).as_coeffs() };
    list.iter::<Dict<'_>>()
        .take(MAX_ANNOTATIONS)
        .filter_map(|a| {
            let (text, kind) = said(&a)?;
            let area = a.get::<Rect>("Rect").map_or([0.0; 4], |r| base.rect([r.x0, r.y0, r.x1, r.y1]));
            Some(Block {
                text,
                kind,
                origin: smallvec![Origin::Pdf { page: number, label: None, bbox: narrow(area) }],
                score: 1.0,
                body_score: 1.0,
                ..Block::default()
            })
        })
        .collect()
}

#[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
fn narrow(area: [f64; 4]) -> [f32; 4] {
    area.map(|v| ((v * 10.0).round() / 10.0) as f32)
}

fn said(annotation: &Dict<'_>) -> Option<(String, Kind)> {
    let subtype = annotation.get::<Name<'_>>("Subtype")?;
    let drawn = crate::appearance_stream::appearance(annotation).is_some();
    let hidden = annotation.get::<i32>("F").unwrap_or(0) & 2 != 0;
    if hidden {
        return None;
    }
    let text = match subtype.as_ref() as &[u8] {
        b"Widget" if !drawn => value(annotation)?,
        b"FreeText" if !drawn => contents(annotation)?,
        b"Text" | b"Highlight" | b"Underline" | b"StrikeOut" | b"Squiggly" | b"Caret" => contents(annotation)?,
        _ => return None,
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let kind = if subtype.as_ref() as &[u8] == b"Widget" { Kind::Paragraph } else { Kind::Note };
    (!text.is_empty()).then_some((text, kind))
}

fn contents(annotation: &Dict<'_>) -> Option<String> {
    let s = annotation.get::<PdfString<'_>>("Contents")?;
    Some(strings::text(s.as_bytes()))
}

/// The value of a text or choice field, its own or its parents'.
fn value(widget: &Dict<'_>) -> Option<String> {
    let mut at = widget.clone();
    for _ in 0..MAX_PARENTS {
        let kind = at.get::<Name<'_>>("FT");
        if kind.as_deref() == Some(b"Btn") || kind.as_deref() == Some(b"Sig") {
            return None;
        }
        match at.get::<Object<'_>>("V") {
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
        at = at.get::<Dict<'_>>("Parent")?;
    }
    None
}
