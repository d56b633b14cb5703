//! A line of text in its column.

use super::element::{ColumnShape, Element, Row};
use crate::file::tag::Tag;
use crate::geometry::bbox::BBox;
use crate::layout::piece::{ASCENT, DESCENT, Piece};
use crate::layout::right_to_left::is_rtl;
use sanad_document::text::chars::is_letter;

/// A line of text in its column.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a line")]
pub(super) struct Line {
    /// Its text.
    pub(super) text: String,
    /// Where it begins, in points of the frame, counted from the column's left edge as in a left-to-right line.
    pub(super) left: f32,
    /// Where it ends.
    pub(super) right: f32,
    /// Baseline.
    pub(super) base: f32,
    /// Size in points.
    pub(super) size: f32,
    /// Most letters are bold.
    pub(super) is_bold: bool,
    /// Width of its first word in points.
    pub(super) first_word: f32,
    /// It begins with raised characters.
    pub(super) has_raised_start: bool,
    /// It holds raised characters, which push lines apart in some writers' layout.
    pub(super) has_raised: bool,
    /// The structure tag that all of it has.
    pub(super) tag: Option<Tag>,
    /// Number of glyphs.
    pub(super) glyphs: usize,
    /// The shape of its column.
    pub(super) shape: ColumnShape,
    /// It is read right to left: `left` and `right` are mirrored in the column.
    pub(super) is_mirrored: bool,
}

impl Line {
    /// A row as one line; `None` if it holds no text.
    pub(super) fn new(row: &Row, shape: ColumnShape) -> Option<Self> {
        let pieces: Vec<&Piece> = row.iter().filter_map(Element::piece).collect();
        let first = pieces.first()?;
        let longest = pieces.iter().max_by_key(|p| p.glyphs)?;
        let glyphs: usize = pieces.iter().map(|p| p.glyphs).sum();
        let bold: usize = pieces.iter().filter(|p| p.is_bold).map(|p| p.glyphs).sum();
        let rtl = pieces.iter().filter(|p| p.text.chars().find(|c| is_letter(*c)).is_some_and(is_rtl)).count();
        let is_mirrored = 2 * rtl > pieces.len();
        let mut parts: Vec<&str> = pieces.iter().map(|p| p.text.as_str()).collect();
        if is_mirrored {
            parts.reverse();
        }
        let (left, right) = (first.left, pieces.iter().map(|p| p.right).fold(f32::MIN, f32::max));
        let (left, right) = if is_mirrored { mirror(shape, left, right) } else { (left, right) };
        Some(Self {
            text: parts.join(" "),
            left,
            right,
            base: longest.base,
            size: longest.size,
            is_bold: 2 * bold > glyphs,
            first_word: first.first_word,
            has_raised_start: first.has_raised_start,
            tag: first.tag.filter(|tag| pieces.iter().all(|p| p.tag == Some(*tag))),
            has_raised: pieces.iter().any(|p| p.has_raised),
            glyphs,
            shape,
            is_mirrored,
        })
    }

    /// Its box in the frame.
    pub(super) fn area(&self) -> BBox {
        let (left, right) =
            if self.is_mirrored { mirror(self.shape, self.left, self.right) } else { (self.left, self.right) };
        [left, self.base - ASCENT * self.size, right, self.base + DESCENT * self.size]
    }

    /// The room in the column before the line, in points.
    pub(super) fn indent(&self) -> f32 {
        self.left - self.shape.left
    }

    /// The room in the column after the line, in points.
    pub(super) fn room(&self) -> f32 {
        self.shape.right - self.right
    }

    /// Returns true if the next line's first word would have fitted at its end.
    pub(super) fn is_short_before(&self, next: &Self) -> bool {
        /// A word space and what justified lines may lack, in ems.
        const SPACE: f32 = 0.45;
        self.room() > next.first_word.min(0.6 * (self.shape.right - self.shape.left)) + SPACE * self.size
    }

    /// Returns true if there is the same room before and after the line.
    pub(super) fn is_centred(&self) -> bool {
        let (left, right) = (self.indent(), self.room());
        left > 1.2 * self.size && (left - right).abs() < (0.08 * (left + right)).max(self.size)
    }
}

/// Ends counted from the other edge of the column. Mirroring twice changes nothing.
fn mirror(shape: ColumnShape, left: f32, right: f32) -> (f32, f32) {
    (shape.left + shape.right - right, shape.left + shape.right - left)
}
