//! Tables whose cells are known: which cell a piece belongs to.

use super::piece::Piece;
use crate::file::tag::{TableCell, Tag};
use crate::geometry::bbox::BBox;

/// A table whose cells are known.
#[derive(Debug, Clone)]
pub(crate) enum CellGrid {
    /// Crossing rules make the cells.
    Ruled(RuledGrid),
    /// The structure tree names the cells.
    Tagged(TaggedGrid),
}

/// The rules of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuledGrid {
    /// Heights of the horizontal rules, from the top.
    pub(super) ys: Vec<f32>,
    /// Positions of the vertical rules, from the left.
    pub(super) xs: Vec<f32>,
}

/// The part of a tagged table that is on one page.
#[derive(Debug, Clone)]
pub(crate) struct TaggedGrid {
    /// Index in the table of the page's first row.
    pub(super) first_row: u16,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) area: BBox,
}

impl CellGrid {
    /// The table's box in the frame.
    pub(crate) fn area(&self) -> BBox {
        let ends = |v: &[f32]| (v.first().copied(), v.last().copied());
        match self {
            Self::Tagged(tagged) => tagged.area,
            Self::Ruled(rules) => match (ends(&rules.xs), ends(&rules.ys)) {
                ((Some(l), Some(r)), (Some(t), Some(b))) => [l, t, r, b],
                _ => [0.0; 4],
            },
        }
    }

    /// Number of rows and of columns.
    pub(crate) fn size(&self) -> (usize, usize) {
        match self {
            Self::Tagged(tagged) => (tagged.rows, tagged.columns),
            Self::Ruled(rules) => (rules.ys.len().saturating_sub(1), rules.xs.len().saturating_sub(1)),
        }
    }

    /// Row and column of a piece, from 0; `None` if it isn't in a cell.
    pub(crate) fn cell(&self, piece: &Piece) -> Option<(usize, usize)> {
        match self {
            Self::Tagged(tagged) => {
                let cell = tagged_cell(piece)?;
                Some((usize::from(cell.row.checked_sub(tagged.first_row)?), usize::from(cell.column)))
            }
            Self::Ruled(rules) => {
                // a piece belongs to the cell it begins in, even if it runs on over merged cells
                let x = piece.left + 0.25 * (piece.right - piece.left).min(2.0 * piece.size);
                rules.cell(x, piece.middle())
            }
        }
    }
}

impl RuledGrid {
    /// Row and column of the cell that holds a point, from 0.
    pub(super) fn cell(&self, x: f32, y: f32) -> Option<(usize, usize)> {
        let slot = |v: &[f32], p: f32| {
            let at = v.iter().filter(|e| **e <= p).count();
            (at > 0 && at < v.len()).then(|| at - 1)
        };
        Some((slot(&self.ys, y)?, slot(&self.xs, x)?))
    }
}

/// The table cell that the structure tree names for a piece.
pub(super) fn tagged_cell(piece: &Piece) -> Option<TableCell> {
    match piece.tag {
        Some(Tag::Cell(cell)) => Some(cell),
        _ => None,
    }
}
