//! Rows that are running text by their place: what changes from chapter to chapter, and what stands beside a running piece.

use super::{ARTIFACT, FOOT, HEAD, SAME_HEIGHT, Verdict, WATERMARK, is_apart, piece};
use crate::columns::median;
use crate::page_layout::Sheet;
use crate::paragraphs::most_frequent;
use crate::text_runs::Piece;
use std::collections::BTreeSet;

/// Outermost rows that stand at one height on many pages and apart from the text on nearly all of them: heads whose words
/// change with the chapter. The first line of running text also stands at one height, but not apart; where it begins with
/// headings or short paragraphs it is set apart too, but then its size, or what follows it, changes from page to page.
/// Letters larger than the text are titles of slides and chapters, which no page repeats.
pub(super) fn apart(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
    /// Fewer pages can agree by chance.
    const FEWEST: usize = 5;
    let pages = sheets.len();
    let usual = usual_size(sheets);
    let mut out = Vec::new();
    for top in [true, false] {
        let mut rows: Vec<Outermost> = Vec::new();
        for (page, list) in edges.iter().enumerate() {
            let open =
                list.iter().filter(|(i, t)| *t == top && piece(sheets, page, *i).is_some_and(|p| p.dropped.is_none()));
            let row_of = |i: usize| piece(sheets, page, i).map(|p| p.piece.row);
            let outer = if top {
                open.clone().filter_map(|(i, _)| row_of(*i)).min()
            } else {
                open.clone().filter_map(|(i, _)| row_of(*i)).max()
            };
            let members: Vec<usize> = open.filter(|(i, _)| row_of(*i) == outer).map(|(i, _)| *i).collect();
            if let Some(p) = members.first().and_then(|i| piece(sheets, page, *i)) {
                rows.push((p.piece.base, page, members));
            }
        }
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        for level in rows.chunk_by(|a, b| b.0 - a.0 < SAME_HEIGHT) {
            if level.len() < FEWEST || 10 * level.len() < 3 * pages {
                continue;
            }
            let apart = level
                .iter()
                .filter(|(_, page, members)| {
                    let mates = members.iter().map(|i| (*page, *i)).collect();
                    members.iter().all(|i| is_apart(sheets, (*page, *i), top, &mates))
                })
                .count();
            if 10 * apart < 9 * level.len()
                || !is_one_style(sheets, level, usual)
                || !is_followed_alike(sheets, level, top)
            {
                continue;
            }
            let support = format!("a row apart from the text, at one height on {} of {pages} pages", level.len());
            let rule = if top { HEAD } else { FOOT };
            for (_, page, members) in level {
                out.extend(members.iter().map(|i| (*page, *i, rule, support.clone())));
            }
        }
    }
    out
}

/// A page's outermost row: its baseline, page, and pieces.
type Outermost = (f32, usize, Vec<usize>);

fn pieces<'s>(sheets: &'s [Sheet], (_, page, members): &'s Outermost) -> impl Iterator<Item = &'s Piece> {
    members.iter().filter_map(|i| piece(sheets, *page, *i)).map(|p| &p.piece)
}

/// The size most letters have, in points.
fn usual_size(sheets: &[Sheet]) -> f32 {
    let mut sizes: Vec<(f32, usize)> =
        sheets.iter().flat_map(|s| &s.pieces).map(|p| (p.piece.size, p.piece.glyphs)).collect();
    median(&mut sizes).unwrap_or(10.0)
}

/// Whether nearly all rows have letters of one size, no larger than the text's.
fn is_one_style(sheets: &[Sheet], level: &[Outermost], usual: f32) -> bool {
    /// Sizes this close (points) are one.
    const SAME: f32 = 0.3;
    let mut sizes: Vec<f32> = level.iter().filter_map(|row| pieces(sheets, row).next()).map(|p| p.size).collect();
    sizes.sort_by(f32::total_cmp);
    let Some(size) = most_frequent(&sizes, SAME) else {
        return false;
    };
    let same = sizes.iter().filter(|s| (*s - size).abs() < SAME).count();
    10 * same >= 9 * level.len() && size < 1.05 * usual
}

/// Whether the text after the rows begins at one height on most pages.
fn is_followed_alike(sheets: &[Sheet], level: &[Outermost], top: bool) -> bool {
    let mut heights: Vec<f32> = level
        .iter()
        .filter_map(|(base, page, _)| {
            let others = sheets.get(*page)?.pieces.iter().filter(|p| p.dropped.is_none()).map(|p| p.piece.base);
            if top {
                others.filter(|b| *b > base + SAME_HEIGHT).min_by(f32::total_cmp)
            } else {
                others.filter(|b| *b < base - SAME_HEIGHT).max_by(f32::total_cmp)
            }
        })
        .collect();
    heights.sort_by(f32::total_cmp);
    let Some(usual) = most_frequent(&heights, SAME_HEIGHT) else {
        return false;
    };
    2 * heights.iter().filter(|h| (*h - usual).abs() < SAME_HEIGHT).count() > level.len()
}

/// Rows at a height where most pages carry running pieces: what else stands there is running too.
pub(super) fn beside(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
    let pages = sheets.len();
    if pages < 2 {
        return Vec::new();
    }
    let mut marked: Vec<(f32, f32, usize, bool)> = Vec::new();
    let mut open: Vec<(f32, f32, usize, usize, bool)> = Vec::new();
    for (page, list) in edges.iter().enumerate() {
        for &(index, top) in list {
            let Some(p) = piece(sheets, page, index) else {
                continue;
            };
            match &p.dropped {
                Some((rule, _)) if *rule != ARTIFACT && *rule != WATERMARK => {
                    marked.push((p.piece.base, p.piece.size, page, top));
                }
                Some(_) => {}
                None => open.push((p.piece.base, p.piece.size, page, index, top)),
            }
        }
    }
    let mut out = Vec::new();
    for (base, size, page, index, top) in open {
        let level: Vec<_> = marked.iter().filter(|m| (m.0 - base).abs() < SAME_HEIGHT && m.3 == top).collect();
        let on: BTreeSet<usize> = level.iter().map(|m| m.2).collect();
        let same_size = level.iter().any(|m| (m.1 - size).abs() < 0.35);
        let beside = on.contains(&page);
        if fits_share(on.len(), pages) && (same_size || beside) {
            let rule = if top { HEAD } else { FOOT };
            let support = format!("in a row that is running on {} of {pages} pages", on.len());
            out.push((page, index, rule, support));
        }
    }
    out
}

#[allow(clippy::cast_precision_loss, reason = "page counts")]
fn fits_share(on: usize, pages: usize) -> bool {
    on as f32 >= ROW_SHARE * pages as f32 || (pages == 3 && on == 2) || (pages == 2 && on == 1)
}

/// The share of pages that must carry a running piece in a row for the row's other pieces to be running too.
const ROW_SHARE: f32 = 0.6;
