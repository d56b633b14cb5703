//! What stands on page after page beside the text: running heads and feet, page numbers, letterheads, watermarks.
//!
//! Repetition at one height of the page decides, not wording: the same text at the same height on several pages, a number
//! that grows with the page, and then whatever else stands in a row where most pages carry such a thing (odd and even
//! heads, chapter names). A letterhead that stands on the first page alone lies above the area where the other pages'
//! text begins, or is set off by a rule and holds an address. Nothing is removed: pieces are marked with rule and support.

use super::content::Artifact;
use super::sheet::{Placed, Sheet};
use std::collections::{BTreeMap, BTreeSet};

/// Rows at the edge of a page that can be running heads or feet.
const EDGE_ROWS: usize = 8;
/// The part of the page's height that heads, and that feet, can stand in.
const BAND: f32 = 0.22;
/// Heights this close (points) are the same on two pages.
const SAME_HEIGHT: f32 = 2.5;
/// The share of pages a text must stand on to be a running one; chapters' heads stand on fewer and are found by their row.
const SHARE: f32 = 0.2;
/// The share of pages that must carry a running piece in a row for the row's other pieces to be running too.
const ROW_SHARE: f32 = 0.6;

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
    let repeated = repeated(sheets, &edges);
    apply(sheets, repeated);
    let numbers = numbers(sheets, &edges);
    apply(sheets, numbers);
    let named = named_before(sheets, &edges);
    apply(sheets, named);
    let slots = slots(sheets, &edges);
    apply(sheets, slots);
    let rows = rows(sheets, &edges);
    apply(sheets, rows);
    let asides = repeated_asides(sheets);
    for (page, frame, index, support) in asides {
        if let Some(p) =
            sheets.get_mut(page).and_then(|s| s.asides.get_mut(frame)).and_then(|(_, pieces)| pieces.get_mut(index))
        {
            p.dropped.get_or_insert((HEAD, support));
        }
    }
    super::letterhead::mark(sheets, LETTERHEAD, FOOT);
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
            let oblique = frame.way == super::content::Way::Oblique;
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
    lower(text, super::letters::is_letter_or_digit)
}

fn lower(text: &str, which: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().filter(|c| which(*c)).for_each(|c| super::letters::push_lower(&mut out, c));
    out
}

/// The same text at the same height on enough pages. Where that is most pages the text alone decides; where it is fewer,
/// the row must also stand apart from the text, since short lines repeat by chance.
fn repeated(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
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
            || page_number(&other.text, page).is_some()
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

/// Numbers in a short text, at most two.
fn numbers_in(text: &str) -> Vec<i64> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|s| !s.is_empty() && s.len() <= 5)
        .filter_map(|s| s.parse().ok())
        .take(2)
        .collect()
}

/// The text with its numbers taken out.
fn wording(text: &str) -> String {
    lower(text, super::letters::is_letter)
}

/// A Roman numeral's value, lower or upper case, up to 399.
fn roman(text: &str) -> Option<i64> {
    let trimmed = text.trim_matches(|c: char| !super::letters::is_letter_or_digit(c));
    if trimmed.is_empty() || trimmed.len() > 9 {
        return None;
    }
    let mut total = 0;
    let mut before = 0;
    for c in trimmed.chars().rev() {
        let value = match c.to_ascii_lowercase() {
            'i' => 1,
            'v' => 5,
            'x' => 10,
            'l' => 50,
            'c' => 100,
            _ => return None,
        };
        if value < before {
            total -= value;
        } else {
            total += value;
            before = value;
        }
    }
    Some(total)
}

/// What could be a page number in a piece: its value against the page's place, and the words around it.
fn page_number(text: &str, page: usize) -> Option<(i64, String)> {
    /// Longer texts hold other numbers.
    const LONGEST: usize = 40;
    if text.chars().count() > LONGEST {
        return None;
    }
    let place = i64::try_from(page).ok()?;
    if let Some(value) = numbers_in(text).first() {
        return Some((value - place, wording(text)));
    }
    roman(text).map(|value| (value - place, "roman".to_owned()))
}

/// Numbers that grow with the page at one height; alone, a bare number that is the page's own.
fn numbers(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
    let pages = sheets.len();
    let enough = needed(pages);
    let mut groups: BTreeMap<(bool, i64, String), Vec<Spot>> = BTreeMap::new();
    for (page, list) in edges.iter().enumerate() {
        for &(index, top) in list {
            let Some(p) = piece(sheets, page, index).filter(|p| p.dropped.is_none()) else {
                continue;
            };
            if let Some((offset, words)) = page_number(&p.piece.text, page) {
                groups.entry((top, offset, words)).or_default().push((page, index, p.piece.base));
            }
        }
    }
    let mut out = Vec::new();
    for ((top, offset, words), mut places) in groups {
        places.sort_by(|a, b| a.2.total_cmp(&b.2));
        for level in places.chunk_by(|a, b| b.2 - a.2 < SAME_HEIGHT) {
            let on: BTreeSet<usize> = level.iter().map(|p| p.0).collect();
            let own = offset == 1 && level.iter().all(|p| stands_alone(sheets, p.0, p.1, top));
            let short = words.chars().count() <= 12;
            let sequence = on.len() >= enough && (short || on.len() > 2);
            if sequence || (own && short && words.chars().count() <= 9 && pages < 4) {
                let support = format!("numbers that grow with the page on {} of {pages}", on.len());
                out.extend(level.iter().map(|p| (p.0, p.1, NUMBER, support.clone())));
            }
        }
    }
    out
}

/// Whether a piece is the outermost row of its page, alone in it, with room to the next row.
fn stands_alone(sheets: &[Sheet], page: usize, index: usize, top: bool) -> bool {
    let Some(sheet) = sheets.get(page) else {
        return false;
    };
    let Some(own) = sheet.pieces.get(index) else {
        return false;
    };
    let others =
        || sheet.pieces.iter().enumerate().filter(|(i, p)| *i != index && p.dropped.is_none()).map(|(_, p)| &p.piece);
    let room = 1.5 * own.piece.size;
    let centred_or_far = if top {
        others().all(|p| p.base > own.piece.base + room)
    } else {
        others().all(|p| p.base < own.piece.base - room)
    };
    others().next().is_some() && centred_or_far
}

/// Heads of later pages that say what the first page's head says, in smaller letters and set apart.
fn named_before(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
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

/// Outermost rows that stand at one height on many pages and apart from the text on nearly all of them: heads whose words
/// change with the chapter. The first line of running text also stands at one height, but not apart.
fn slots(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
    /// Fewer pages can agree by chance.
    const FEWEST: usize = 5;
    let pages = sheets.len();
    let mut out = Vec::new();
    for top in [true, false] {
        let mut rows: Vec<(f32, usize, Vec<usize>)> = Vec::new();
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
            if 10 * apart < 9 * level.len() {
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

/// Rows at a height where most pages carry running pieces: what else stands there is running too.
fn rows(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
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

/// Text of other ways of writing (along the margin) that stands on several pages at one place.
fn repeated_asides(sheets: &[Sheet]) -> Vec<(usize, usize, usize, String)> {
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
