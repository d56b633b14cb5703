//! The pieces at the top and bottom edges of pages: the only ones that can be running heads, feet or page numbers.

use crate::layout::drop_reason::DropRule;
use crate::layout::page_layout::{PageLayout, PlacedPiece};
use std::collections::BTreeSet;

/// Number of rows at each edge of a page that can be running heads or feet.
const EDGE_ROWS: usize = 8;
/// Share of the page's height at each edge that can hold heads or feet.
const BAND: f32 = 0.22;
/// Heights on two pages are the same if they differ by less than this, in points.
pub(super) const SAME_HEIGHT: f32 = 2.5;

/// An edge of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// The bottom.
    Bottom,
    /// The top.
    Top,
}

impl Edge {
    /// The rule for running text at this edge.
    pub(super) fn running_rule(self) -> DropRule {
        match self {
            Self::Top => DropRule::RunningHead,
            Self::Bottom => DropRule::RunningFoot,
        }
    }
}

/// A piece at an edge of its page.
#[derive(Debug, Clone, Copy)]
pub(super) struct EdgePiece {
    /// Its index among the page's pieces.
    pub(super) index: usize,
    pub(super) edge: Edge,
}

/// A piece's page and its index among the page's pieces, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PieceId {
    pub(super) page: usize,
    pub(super) index: usize,
}

impl PieceId {
    /// The piece, if there is one.
    pub(super) fn of(self, pages: &[PageLayout]) -> Option<&PlacedPiece> {
        pages.get(self.page)?.pieces.get(self.index)
    }
}

/// A piece with its baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) at: PieceId,
    pub(super) base: f32,
}

/// Groups spots of one height, and sorts them by height.
pub(super) fn levels(spots: &mut [Spot]) -> impl Iterator<Item = &[Spot]> {
    spots.sort_by(|a, b| a.base.total_cmp(&b.base));
    spots.chunk_by(|a, b| b.base - a.base < SAME_HEIGHT)
}

/// Number of different pages on which spots are.
pub(super) fn page_count(spots: &[Spot]) -> usize {
    spots.iter().map(|spot| spot.at.page).collect::<BTreeSet<usize>>().len()
}

/// For each page the pieces in its first and last rows, inside the bands. Tables are left out.
pub(super) fn edges(pages: &[PageLayout]) -> Vec<Vec<EdgePiece>> {
    pages.iter().map(page_edges).collect()
}

fn page_edges(page: &PageLayout) -> Vec<EdgePiece> {
    let (_, height) = page.extent();
    let rows: BTreeSet<usize> = page.pieces.iter().map(|p| p.piece.row).collect();
    let first: BTreeSet<usize> = rows.iter().take(EDGE_ROWS).copied().collect();
    let last: BTreeSet<usize> = rows.iter().rev().take(EDGE_ROWS).copied().collect();
    page.pieces
        .iter()
        .enumerate()
        .filter(|(_, p)| p.grid.is_none())
        .filter_map(|(index, p)| {
            let edge = if p.piece.base < BAND * height && first.contains(&p.piece.row) {
                Edge::Top
            } else if p.piece.base > (1.0 - BAND) * height && last.contains(&p.piece.row) {
                Edge::Bottom
            } else {
                return None;
            };
            Some(EdgePiece { index, edge })
        })
        .collect()
}
