//! Text that is on several pages at one height, or repeats the first page's head.

use super::clearance::is_clear;
use super::edge::{Edge, EdgePiece, PieceId, Spot, levels, page_count};
use super::verdict::{AsideVerdict, Verdict, min_pages};
use crate::comparison_key;
use crate::layout::drop_reason::DropRule;
use crate::layout::page_layout::PageLayout;
use std::collections::{BTreeMap, BTreeSet};

/// The same text at one height of several pages.
struct Level {
    edge: Edge,
    spots: Vec<Spot>,
    /// Number of pages it is on.
    pages: usize,
}

/// Finds the same text at the same height on enough pages. If that is most pages, the text alone decides. Otherwise its
/// row must also be clear of other text, because short lines repeat by chance.
pub(super) fn at_one_height(pages: &[PageLayout], edges: &[Vec<EdgePiece>]) -> Vec<Verdict> {
    let repeated = repeated_levels(pages, edges);
    let candidates: BTreeSet<PieceId> =
        repeated.iter().flat_map(|level| level.spots.iter().map(|spot| spot.at)).collect();
    let mut out = Vec::new();
    for Level { edge, spots, pages: on } in repeated {
        let support = format!("the same text at this height on {on} of {} pages", pages.len());
        let is_certain = on > 2 && 10 * on >= 7 * pages.len();
        for Spot { at, .. } in spots {
            if is_certain || is_clear(pages, at, edge, &candidates) {
                out.push(Verdict { at, rule: edge.running_rule(), support: support.clone() });
            }
        }
    }
    out
}

fn repeated_levels(pages: &[PageLayout], edges: &[Vec<EdgePiece>]) -> Vec<Level> {
    let mut groups: BTreeMap<(Edge, String), Vec<Spot>> = BTreeMap::new();
    for (page, list) in edges.iter().enumerate() {
        for &EdgePiece { index, edge } in list {
            let at = PieceId { page, index };
            let Some(placed) = at.of(pages) else {
                continue;
            };
            let key = repetition_key(&placed.piece.text);
            // bare numbers aren't compared: page numbers are found by their growth
            if key.chars().all(|c| c.is_ascii_digit()) {
                continue;
            }
            groups.entry((edge, key)).or_default().push(Spot { at, base: placed.piece.base });
        }
    }
    let enough = min_pages(pages.len());
    let mut out = Vec::new();
    for ((edge, _), mut spots) in groups {
        for level in levels(&mut spots) {
            let on = page_count(level);
            if on >= enough {
                out.push(Level { edge, spots: level.to_vec(), pages: on });
            }
        }
    }
    out
}

/// What must be the same on several pages: the letters if there are enough of them, because the line may hold a page
/// number; otherwise letters and digits.
fn repetition_key(text: &str) -> String {
    /// With fewer letters the number may as well be that of a heading.
    const ENOUGH: usize = 15;
    let letters = comparison_key::letters(text);
    if letters.chars().count() >= ENOUGH { letters } else { comparison_key::letters_and_digits(text) }
}

/// Finds heads of later pages that repeat a line of the first page's head in smaller letters, clear of other text.
pub(super) fn named_before(pages: &[PageLayout], edges: &[Vec<EdgePiece>]) -> Vec<Verdict> {
    /// Shorter lines, in code points, repeat by chance.
    const SHORTEST: usize = 6;
    let Some((first, rest)) = edges.split_first() else {
        return Vec::new();
    };
    let named: Vec<(String, f32)> = heads(first)
        .filter_map(|index| PieceId { page: 0, index }.of(pages))
        .map(|p| (comparison_key::letters_and_digits(&p.piece.text), p.piece.size))
        .filter(|(text, _)| text.chars().count() >= SHORTEST)
        .collect();
    let mut out = Vec::new();
    for (list, page) in rest.iter().zip(1..) {
        let placed = |index: usize| PieceId { page, index }.of(pages);
        let row = heads(list).filter_map(placed).filter(|p| p.is_kept()).map(|p| p.piece.row).min();
        for index in heads(list) {
            let Some(p) = placed(index) else {
                continue;
            };
            let own = comparison_key::letters_and_digits(&p.piece.text);
            let repeats = named.iter().any(|(text, size)| *text == own && p.piece.size < 0.95 * size);
            if !repeats || Some(p.piece.row) != row {
                continue;
            }
            let mates: BTreeSet<PieceId> = list
                .iter()
                .map(|mate| PieceId { page, index: mate.index })
                .filter(|mate| mate.of(pages).is_some_and(|m| m.piece.row == p.piece.row))
                .collect();
            let at = PieceId { page, index };
            if is_clear(pages, at, Edge::Top, &mates) {
                let support = "says what the first page's head says".to_owned();
                out.push(Verdict { at, rule: DropRule::RunningHead, support });
            }
        }
    }
    out
}

/// The indices of a page's pieces at its top edge.
fn heads(list: &[EdgePiece]) -> impl Iterator<Item = usize> {
    list.iter().filter(|e| e.edge == Edge::Top).map(|e| e.index)
}

/// Finds text of other directions (along the margin) that is on several pages.
pub(super) fn asides(pages: &[PageLayout]) -> Vec<AsideVerdict> {
    let mut groups: BTreeMap<String, Vec<(usize, PieceId)>> = BTreeMap::new();
    for (page, layout) in pages.iter().enumerate() {
        for (a, aside) in layout.asides.iter().enumerate() {
            for (index, placed) in aside.pieces.iter().enumerate() {
                let key = comparison_key::letters_and_digits(&placed.piece.text);
                groups.entry(key).or_default().push((a, PieceId { page, index }));
            }
        }
    }
    let mut out = Vec::new();
    for group in groups.into_values() {
        let on: BTreeSet<usize> = group.iter().map(|(_, at)| at.page).collect();
        if on.len() >= min_pages(pages.len()) {
            let support = format!("beside the text on {} of {} pages", on.len(), pages.len());
            out.extend(group.into_iter().map(|(aside, at)| AsideVerdict { aside, at, support: support.clone() }));
        }
    }
    out
}
