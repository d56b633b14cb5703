//! Rows that are running text by their position: heads that change with the chapter, and what is next to a running
//! piece.

use super::clearance::is_clear;
use super::edge::{Edge, EdgePiece, PieceId, SAME_HEIGHT};
use super::verdict::Verdict;
use crate::layout::drop_reason::DropRule;
use crate::layout::page_layout::{PageLayout, PlacedPiece};
use crate::statistics::{most_frequent, weighted_median};
use std::collections::BTreeSet;

/// A page's outermost kept row at one edge.
struct OuterRow {
    base: f32,
    page: usize,
    /// Indices of its pieces.
    pieces: Vec<usize>,
}

impl OuterRow {
    fn ids(&self) -> impl Iterator<Item = PieceId> {
        self.pieces.iter().map(|index| PieceId { page: self.page, index: *index })
    }
}

/// Finds outermost rows that are at one height on many pages and clear of the text on nearly all of them: heads whose
/// words change with the chapter.
///
/// The first line of running text is at one height too, but it isn't clear. If pages begin with headings or short
/// paragraphs it is clear as well, but then its size, or the height of what follows it, changes from page to page.
/// Letters larger than the text are titles of slides and chapters, which no page repeats.
pub(super) fn apart(pages: &[PageLayout], edges: &[Vec<EdgePiece>]) -> Vec<Verdict> {
    /// Fewer pages can agree by chance.
    const FEWEST: usize = 5;
    let usual = usual_size(pages);
    let mut out = Vec::new();
    for edge in [Edge::Top, Edge::Bottom] {
        let mut rows: Vec<OuterRow> =
            edges.iter().enumerate().filter_map(|(page, list)| outer_row(pages, page, list, edge)).collect();
        rows.sort_by(|a, b| a.base.total_cmp(&b.base));
        for level in rows.chunk_by(|a, b| b.base - a.base < SAME_HEIGHT) {
            if level.len() < FEWEST || 10 * level.len() < 3 * pages.len() {
                continue;
            }
            let clear = level.iter().filter(|row| is_row_clear(pages, row, edge)).count();
            if 10 * clear < 9 * level.len()
                || !is_one_style(pages, level, usual)
                || !is_followed_alike(pages, level, edge)
            {
                continue;
            }
            let support =
                format!("a row apart from the text, at one height on {} of {} pages", level.len(), pages.len());
            out.extend(level.iter().flat_map(OuterRow::ids).map(|at| Verdict {
                at,
                rule: edge.running_rule(),
                support: support.clone(),
            }));
        }
    }
    out
}

fn outer_row(pages: &[PageLayout], page: usize, list: &[EdgePiece], edge: Edge) -> Option<OuterRow> {
    let placed = |index: usize| PieceId { page, index }.of(pages);
    let open = || {
        list.iter().filter(|e| e.edge == edge).filter_map(|e| Some((e.index, placed(e.index).filter(|p| p.is_kept())?)))
    };
    let rows = open().map(|(_, p)| p.piece.row);
    let outer = match edge {
        Edge::Top => rows.min(),
        Edge::Bottom => rows.max(),
    }?;
    let pieces: Vec<usize> = open().filter(|(_, p)| p.piece.row == outer).map(|(index, _)| index).collect();
    let base = placed(*pieces.first()?)?.piece.base;
    Some(OuterRow { base, page, pieces })
}

fn is_row_clear(pages: &[PageLayout], row: &OuterRow, edge: Edge) -> bool {
    let mates: BTreeSet<PieceId> = row.ids().collect();
    mates.iter().all(|at| is_clear(pages, *at, edge, &mates))
}

/// The size of most letters, in points.
fn usual_size(pages: &[PageLayout]) -> f32 {
    let mut sizes: Vec<(f32, usize)> =
        pages.iter().flat_map(|page| &page.pieces).map(|p| (p.piece.size, p.piece.glyphs)).collect();
    weighted_median(&mut sizes).unwrap_or(10.0)
}

/// Returns true if nearly all rows have letters of one size, no larger than the text's.
fn is_one_style(pages: &[PageLayout], level: &[OuterRow], usual: f32) -> bool {
    /// Sizes are the same if they differ by less than this, in points.
    const SAME: f32 = 0.3;
    let first = |row: &OuterRow| row.ids().find_map(|at| at.of(pages));
    let mut sizes: Vec<f32> = level.iter().filter_map(first).map(|p| p.piece.size).collect();
    sizes.sort_by(f32::total_cmp);
    let Some(size) = most_frequent(&sizes, SAME) else {
        return false;
    };
    let same = sizes.iter().filter(|s| (*s - size).abs() < SAME).count();
    10 * same >= 9 * level.len() && size < 1.05 * usual
}

/// Returns true if the text next to the rows begins at one height on most pages.
fn is_followed_alike(pages: &[PageLayout], level: &[OuterRow], edge: Edge) -> bool {
    let mut heights: Vec<f32> = level
        .iter()
        .filter_map(|row| {
            let others = pages.get(row.page)?.kept().map(|p| p.piece.base);
            match edge {
                Edge::Top => others.filter(|b| *b > row.base + SAME_HEIGHT).min_by(f32::total_cmp),
                Edge::Bottom => others.filter(|b| *b < row.base - SAME_HEIGHT).max_by(f32::total_cmp),
            }
        })
        .collect();
    heights.sort_by(f32::total_cmp);
    let Some(usual) = most_frequent(&heights, SAME_HEIGHT) else {
        return false;
    };
    2 * heights.iter().filter(|h| (*h - usual).abs() < SAME_HEIGHT).count() > level.len()
}

/// Finds rows at a height at which most pages carry running pieces: what else is there is running text too.
pub(super) fn beside(pages: &[PageLayout], edges: &[Vec<EdgePiece>]) -> Vec<Verdict> {
    if pages.len() < 2 {
        return Vec::new();
    }
    let all: Vec<(PieceId, Edge, &PlacedPiece)> = edges
        .iter()
        .enumerate()
        .flat_map(|(page, list)| list.iter().map(move |e| (PieceId { page, index: e.index }, e.edge)))
        .filter_map(|(at, edge)| Some((at, edge, at.of(pages)?)))
        .collect();
    let is_running = |p: &PlacedPiece| {
        p.dropped.as_ref().is_some_and(|d| !matches!(d.rule, DropRule::Artifact | DropRule::Watermark))
    };
    let running: Vec<_> = all.iter().filter(|(.., p)| is_running(p)).collect();
    let mut out = Vec::new();
    for (at, edge, own) in all.iter().filter(|(_, _, p)| p.is_kept()) {
        let own = &own.piece;
        let level: Vec<_> =
            running.iter().filter(|(_, e, p)| e == edge && (p.piece.base - own.base).abs() < SAME_HEIGHT).collect();
        let on: BTreeSet<usize> = level.iter().map(|(at, ..)| at.page).collect();
        let same_size = level.iter().any(|(.., p)| (p.piece.size - own.size).abs() < 0.35);
        if is_most(on.len(), pages.len()) && (same_size || on.contains(&at.page)) {
            let support = format!("in a row that is running on {} of {} pages", on.len(), pages.len());
            out.push(Verdict { at: *at, rule: edge.running_rule(), support });
        }
    }
    out
}

/// Returns true if `on` of `pages` pages are enough for a row's other pieces to be running text too.
#[allow(clippy::cast_precision_loss, reason = "page counts")]
fn is_most(on: usize, pages: usize) -> bool {
    /// Minimum share of pages that carry a running piece in the row.
    const SHARE: f32 = 0.6;
    on as f32 >= SHARE * pages as f32 || (pages == 3 && on == 2) || (pages == 2 && on == 1)
}
