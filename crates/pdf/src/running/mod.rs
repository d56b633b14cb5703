//! What stands on page after page beside the text: running heads and feet, page numbers, letterheads, watermarks.
//!
//! Repetition at one height of the page decides, not wording: the same text at the same height on several pages, a number
//! that grows with the page, and then whatever else stands in a row where most pages carry such a thing (odd and even
//! heads, chapter names). A letterhead that stands on the first page alone lies above the area where the other pages'
//! text begins, or is set off by a rule and holds an address. Nothing is removed: pieces are marked with rule and support.
mod by_position;
mod letterhead;
mod numbers;
mod repeats;

use crate::content::Artifact;
use crate::page_layout::{Placed, Sheet};
use std::collections::BTreeSet;

/// Rows at the edge of a page that can be running heads or feet.
const EDGE_ROWS: usize = 8;
/// The part of the page's height that heads, and that feet, can stand in.
const BAND: f32 = 0.22;
/// Heights this close (points) are the same on two pages.
const SAME_HEIGHT: f32 = 2.5;
/// The share of pages a text must stand on to be a running one; chapters' heads stand on fewer and are found by their row.
const SHARE: f32 = 0.2;

/// Rule names.
const HEAD: &str = "page.running_head";
const FOOT: &str = "page.running_foot";
const NUMBER: &str = "page.number";
const LETTERHEAD: &str = "page.letterhead";
const WATERMARK: &str = "page.watermark";
const ARTIFACT: &str = "page.artifact";

/// Marks the pieces of all pages.
pub(super) fn mark(sheets: &mut [Sheet]) {
    mark_tagged(sheets);
    mark_watermarks(sheets);
    let edges = edges(sheets);
    let repeated = repeats::at_one_height(sheets, &edges);
    apply(sheets, repeated);
    let numbers = numbers::growing(sheets, &edges);
    apply(sheets, numbers);
    let named = repeats::named_before(sheets, &edges);
    apply(sheets, named);
    let slots = by_position::apart(sheets, &edges);
    apply(sheets, slots);
    let rows = by_position::beside(sheets, &edges);
    apply(sheets, rows);
    let asides = repeats::asides(sheets);
    for (page, frame, index, support) in asides {
        if let Some(p) =
            sheets.get_mut(page).and_then(|s| s.asides.get_mut(frame)).and_then(|(_, pieces)| pieces.get_mut(index))
        {
            p.dropped.get_or_insert((HEAD, support));
        }
    }
    letterhead::mark(sheets, LETTERHEAD, FOOT);
    restore_if_all(sheets);
}

/// Where most of a document would go as repetition it is a document of repetitions (forms, labels, test pages): heads and
/// feet come back first, and page numbers when that isn't enough.
fn restore_if_all(sheets: &mut [Sheet]) {
    for rules in [&[HEAD, FOOT, LETTERHEAD][..], &[NUMBER][..]] {
        let (mut all, mut gone) = (0, 0);
        for p in sheets.iter().flat_map(|s| s.pieces.iter()) {
            all += p.piece.glyphs;
            if p.dropped.as_ref().is_some_and(|d| matches!(d.0, HEAD | FOOT | NUMBER | LETTERHEAD)) {
                gone += p.piece.glyphs;
            }
        }
        if 5 * gone <= 3 * all {
            return;
        }
        for p in sheets.iter_mut().flat_map(|s| s.pieces.iter_mut()) {
            if p.dropped.as_ref().is_some_and(|d| rules.contains(&d.0)) {
                p.dropped = None;
            }
        }
    }
}

/// A piece by page and index, with its baseline.
type Spot = (usize, usize, f32);
type Verdict = (usize, usize, &'static str, String);

fn apply(sheets: &mut [Sheet], verdicts: Vec<Verdict>) {
    for (page, index, rule, support) in verdicts {
        if let Some(p) = sheets.get_mut(page).and_then(|s| s.pieces.get_mut(index)) {
            p.dropped.get_or_insert((rule, support));
        }
    }
}

/// Pagination artifacts are dropped wherever they stand; artifacts of unstated type only in the margins, since some
/// writers tag text so.
fn mark_tagged(sheets: &mut [Sheet]) {
    for sheet in sheets.iter_mut() {
        let (_, height) = sheet.extent();
        let tagged: usize =
            sheet.pieces.iter().filter(|p| p.piece.artifact != Artifact::No).map(|p| p.piece.glyphs).sum();
        // a page that is all artifact has a careless writer
        if 2 * tagged > sheet.glyphs {
            continue;
        }
        let all = sheet.pieces.iter_mut().chain(sheet.asides.iter_mut().flat_map(|(_, p)| p.iter_mut()));
        for placed in all {
            let base = placed.piece.base;
            let margin = base < 0.15 * height || base > 0.85 * height;
            let verdict = match placed.piece.artifact {
                Artifact::Watermark => Some((WATERMARK, "tagged as a watermark")),
                Artifact::Pagination => Some((ARTIFACT, "tagged as pagination")),
                Artifact::Plain if margin => Some((ARTIFACT, "tagged as an artifact")),
                _ => None,
            };
            if let Some((rule, support)) = verdict {
                placed.dropped = Some((rule, support.to_owned()));
            }
        }
    }
}

/// Large slanted text, and large faint text, lies under the page.
fn mark_watermarks(sheets: &mut [Sheet]) {
    /// Slanted text this large (points) is a watermark even alone.
    const LARGE: f32 = 24.0;
    for sheet in sheets.iter_mut() {
        for (frame, pieces) in &mut sheet.asides {
            let oblique = frame.way == crate::content::Way::Oblique;
            for placed in pieces.iter_mut() {
                if oblique && (placed.piece.size >= LARGE || placed.piece.faint) {
                    placed.dropped = Some((WATERMARK, "large, slanted".to_owned()));
                }
            }
        }
        let areas: Vec<[f32; 4]> = sheet.pieces.iter().map(|p| p.piece.area()).collect();
        for (i, placed) in sheet.pieces.iter_mut().enumerate() {
            let own = placed.piece.area();
            let under = areas.iter().enumerate().any(|(k, other)| k != i && overlap(own, *other));
            if placed.piece.faint && placed.piece.size >= 1.5 * LARGE && under {
                placed.dropped = Some((WATERMARK, "large, faint, under text".to_owned()));
            }
        }
    }
}

fn overlap(a: [f32; 4], b: [f32; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Indices of the pieces in the first and last rows of each page, inside the bands; grids left out.
fn edges(sheets: &[Sheet]) -> Vec<Vec<(usize, bool)>> {
    sheets
        .iter()
        .map(|sheet| {
            let (_, height) = sheet.extent();
            let rows: BTreeSet<usize> = sheet.pieces.iter().map(|p| p.piece.row).collect();
            let first: BTreeSet<usize> = rows.iter().take(EDGE_ROWS).copied().collect();
            let last: BTreeSet<usize> = rows.iter().rev().take(EDGE_ROWS).copied().collect();
            sheet
                .pieces
                .iter()
                .enumerate()
                .filter(|(_, p)| p.grid.is_none())
                .filter_map(|(i, p)| {
                    let top = p.piece.base < BAND * height && first.contains(&p.piece.row);
                    let foot = p.piece.base > (1.0 - BAND) * height && last.contains(&p.piece.row);
                    (top || foot).then_some((i, top))
                })
                .collect()
        })
        .collect()
}

fn piece(sheets: &[Sheet], page: usize, index: usize) -> Option<&Placed> {
    sheets.get(page)?.pieces.get(index)
}

/// Letters and digits of a text, lower case.
pub(super) fn plain(text: &str) -> String {
    lower(text, sanad_document::text::chars::is_letter_or_digit)
}

fn lower(text: &str, which: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().filter(|c| which(*c)).for_each(|c| sanad_document::text::chars::push_lower(&mut out, c));
    out
}

/// Whether a row holds nothing but candidates and numbers, and has room to the nearest row of text inside the page.
fn is_apart(sheets: &[Sheet], (page, index): (usize, usize), top: bool, candidates: &BTreeSet<(usize, usize)>) -> bool {
    /// Room between baselines, in ems of the larger size: running text has 1.1 to 1.5.
    const ROOM: f32 = 1.6;
    let Some(sheet) = sheets.get(page) else {
        return false;
    };
    let Some(own) = sheet.pieces.get(index).map(|p| &p.piece) else {
        return false;
    };
    sheet.pieces.iter().enumerate().all(|(i, p)| {
        let other = &p.piece;
        if i == index
            || p.dropped.is_some()
            || candidates.contains(&(page, i))
            || numbers::page_number(&other.text, page).is_some()
        {
            return true;
        }
        let distance = if top { other.base - own.base } else { own.base - other.base };
        distance < -0.5 * own.size || distance > ROOM * own.size.max(other.size)
    })
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "page counts")]
fn needed(pages: usize) -> usize {
    ((SHARE * pages as f32).ceil() as usize).max(2)
}

/// The text with its numbers taken out.
fn wording(text: &str) -> String {
    lower(text, sanad_document::text::chars::is_letter)
}
