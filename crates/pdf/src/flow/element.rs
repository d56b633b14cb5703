//! What is arranged in columns: pieces of text and tables, in rows.

use crate::layout::piece::Piece;
use crate::statistics::weighted_median;

/// A piece of text or a table, with its position.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// Left end in points of the frame.
    pub(super) left: f32,
    /// Right end.
    pub(super) right: f32,
    /// Baseline, or a table's top.
    pub(super) base: f32,
    /// What it is.
    pub(super) content: Content,
    /// Number of its row.
    pub(super) row: usize,
}

/// The content of an element.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A piece of text.
    Text(Piece),
    /// A table, by the index of its grid on the page.
    Grid(usize),
}

/// Elements on one baseline, left to right.
pub(super) type Row = Vec<Element>;

impl Element {
    /// An element for a piece of text.
    pub(super) fn text(piece: &Piece) -> Self {
        Self {
            left: piece.left,
            right: piece.right,
            base: piece.base,
            row: piece.row,
            content: Content::Text(piece.clone()),
        }
    }

    /// Its piece, if it is one.
    pub(super) fn piece(&self) -> Option<&Piece> {
        match &self.content {
            Content::Text(piece) => Some(piece),
            Content::Grid(_) => None,
        }
    }
}

/// The left end of a row's first element.
pub(super) fn left_end(row: &Row) -> f32 {
    row.iter().map(|e| e.left).fold(f32::MAX, f32::min)
}

/// The furthest right end in a row.
pub(super) fn right_end(row: &Row) -> f32 {
    row.iter().map(|e| e.right).fold(f32::MIN, f32::max)
}

/// The edges and the letter size of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnShape {
    /// Left edge in points.
    pub(super) left: f32,
    /// Right edge.
    pub(super) right: f32,
    /// It is next to other columns.
    pub(super) is_beside: bool,
    /// Size of most of its letters, in points.
    pub(super) size: f32,
}

impl ColumnShape {
    /// The shape of a column of the page.
    pub(super) fn of(rows: &[Row], is_beside: bool) -> Self {
        let left = rows.iter().map(left_end).fold(f32::MAX, f32::min);
        Self { left, right: right_edge(rows), is_beside, size: size(rows) }
    }
}

/// The right edge of rows: the furthest end that another row comes near to. One or two rows may stick out.
fn right_edge(rows: &[Row]) -> f32 {
    /// Ends confirm each other if they differ by less than this, in points.
    const NEAR: f32 = 6.0;
    let mut ends: Vec<f32> = rows.iter().map(right_end).collect();
    ends.sort_by(|a, b| b.total_cmp(a));
    let furthest = ends.first().copied().unwrap_or(0.0);
    if ends.len() < 6 {
        return furthest;
    }
    ends.windows(2)
        .take(2)
        .find_map(|pair| match pair {
            [a, b] if a - b < NEAR => Some(*a),
            _ => None,
        })
        .unwrap_or(furthest)
}

/// The size of most letters, in points.
fn size(rows: &[Row]) -> f32 {
    let mut sizes: Vec<(f32, usize)> =
        rows.iter().flatten().filter_map(Element::piece).map(|p| (p.size, p.glyphs)).collect();
    weighted_median(&mut sizes).unwrap_or(10.0)
}
