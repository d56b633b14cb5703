//! Page numbers: numbers that grow with the page.

use super::{NUMBER, SAME_HEIGHT, Spot, Verdict, needed, piece, wording};
use crate::page_layout::Sheet;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers in a short text, at most two.
fn numbers_in(text: &str) -> Vec<i64> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|s| !s.is_empty() && s.len() <= 5)
        .filter_map(|s| s.parse().ok())
        .take(2)
        .collect()
}

/// A Roman numeral's value, lower or upper case, up to 399.
fn roman(text: &str) -> Option<i64> {
    let trimmed = text.trim_matches(|c: char| !sanad_document::text::chars::is_letter_or_digit(c));
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
pub(super) fn page_number(text: &str, page: usize) -> Option<(i64, String)> {
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
pub(super) fn growing(sheets: &[Sheet], edges: &[Vec<(usize, bool)>]) -> Vec<Verdict> {
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
