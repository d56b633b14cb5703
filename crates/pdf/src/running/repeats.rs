//! Text that stands on page after page at one height, or is said again.

use super::{FOOT, HEAD, SAME_HEIGHT, Spot, Verdict, is_apart, needed, piece, plain, wording};
use crate::page_layout::Sheet;
use std::collections::{BTreeMap, BTreeSet};

/// The same text at the same height on enough pages. Where that is most pages the text alone decides; where it is fewer,
/// the row must also stand apart from the text, since short lines repeat by chance.
pub(super) fn at_one_height(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
    let pages = sheets.len();
    let enough = needed(pages);
    let mut groups: BTreeMap<(bool, String), Vec<Spot>> = BTreeMap::new();
    for (page, list) in edges.iter().enumerate() {
        for &(index, top) in list {
            let Some(p) = piece(sheets, page, index) else {
                continue;
            };
            let key = repeated_key(&p.piece.text);
            // page numbers are found by their growth
            if key.is_empty() || key.chars().all(|c| c.is_ascii_digit()) {
                continue;
            }
            groups.entry((top, key)).or_default().push((page, index, p.piece.base));
        }
    }
    let mut levels: Vec<(bool, Vec<Spot>, usize)> = Vec::new();
    for ((top, _), mut places) in groups {
        places.sort_by(|a, b| a.2.total_cmp(&b.2));
        for level in places.chunk_by(|a, b| b.2 - a.2 < SAME_HEIGHT) {
            let on: BTreeSet<usize> = level.iter().map(|p| p.0).collect();
            if on.len() >= enough {
                levels.push((top, level.to_vec(), on.len()));
            }
        }
    }
    let candidates: BTreeSet<(usize, usize)> =
        levels.iter().flat_map(|(_, level, _)| level.iter().map(|p| (p.0, p.1))).collect();
    let mut out = Vec::new();
    for (top, level, on) in levels {
        let support = format!("the same text at this height on {on} of {pages} pages");
        let rule = if top { HEAD } else { FOOT };
        let certain = on > 2 && 10 * on >= 7 * pages;
        for (page, index, _) in level {
            if certain || is_apart(sheets, (page, index), top, &candidates) {
                out.push((page, index, rule, support.clone()));
            }
        }
    }
    out
}

/// What must be the same on several pages: letters and digits, or the letters alone where there are enough of them, since
/// a page number may stand in the line.
fn repeated_key(text: &str) -> String {
    /// Fewer letters are a heading with its number as often as a head with the page's.
    const ENOUGH: usize = 15;
    let letters = wording(text);
    if letters.chars().count() >= ENOUGH { letters } else { plain(text) }
}

/// Heads of later pages that say what the first page's head says, in smaller letters and set apart.
pub(super) fn named_before(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
    let Some((first, rest)) = edges.split_first() else {
        return Vec::new();
    };
    let said: Vec<(String, f32)> = first
        .iter()
        .filter(|(_, top)| *top)
        .filter_map(|(i, _)| piece(sheets, 0, *i))
        .map(|p| (plain(&p.piece.text), p.piece.size))
        .filter(|(text, _)| text.chars().count() > 5)
        .collect();
    let mut out = Vec::new();
    for (page, list) in rest.iter().enumerate() {
        let page = page + 1;
        let row = list
            .iter()
            .filter(|(_, top)| *top)
            .filter_map(|(i, _)| piece(sheets, page, *i))
            .filter(|p| p.dropped.is_none())
            .map(|p| p.piece.row)
            .min();
        for &(index, top) in list {
            let Some(p) = piece(sheets, page, index).filter(|_| top) else {
                continue;
            };
            let own = plain(&p.piece.text);
            let repeats = said.iter().any(|(text, size)| *text == own && p.piece.size < 0.95 * size);
            let mates: BTreeSet<(usize, usize)> = list
                .iter()
                .filter(|(i, _)| piece(sheets, page, *i).is_some_and(|m| m.piece.row == p.piece.row))
                .map(|(i, _)| (page, *i))
                .collect();
            if repeats && Some(p.piece.row) == row && is_apart(sheets, (page, index), true, &mates) {
                let support = "says what the first page's head says".to_owned();
                out.push((page, index, HEAD, support));
            }
        }
    }
    out
}

/// Text of other ways of writing (along the margin) that stands on several pages at one place.
pub(super) fn asides(sheets: &[Sheet]) -> Vec<(usize, usize, usize, String)> {
    type Place = (usize, usize, usize);
    let mut groups: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for (page, sheet) in sheets.iter().enumerate() {
        for (f, (_, pieces)) in sheet.asides.iter().enumerate() {
            for (i, p) in pieces.iter().enumerate() {
                groups.entry(plain(&p.piece.text)).or_default().push((page, f, i));
            }
        }
    }
    let mut out = Vec::new();
    for places in groups.into_values() {
        let on: BTreeSet<usize> = places.iter().map(|p| p.0).collect();
        if on.len() >= needed(sheets.len()) {
            let support = format!("beside the text on {} of {} pages", on.len(), sheets.len());
            out.extend(places.iter().map(|p| (p.0, p.1, p.2, support.clone())));
        }
    }
    out
}
