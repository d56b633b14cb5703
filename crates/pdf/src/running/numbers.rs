//! Page numbers: numbers that grow with the page.

use super::edge::{Edge, EdgePiece, PieceId, Spot, levels, page_count};
use super::verdict::{Verdict, min_pages};
use crate::comparison_key;
use crate::layout::drop_reason::DropRule;
use crate::layout::page_layout::PageLayout;
use sanad_document::text::chars::is_letter_or_digit;
use std::collections::BTreeMap;

/// What could be a page number in a piece of page `page` (from 0): its value minus the page's index, and the wording
/// around it.
pub(super) fn page_number(text: &str, page: usize) -> Option<(i64, String)> {
    /// Longer texts, in code points, hold other numbers.
    const LONGEST: usize = 40;
    if text.chars().count() > LONGEST {
        return None;
    }
    let page = i64::try_from(page).ok()?;
    if let Some(value) = first_number(text) {
        return Some((value - page, comparison_key::letters(text)));
    }
    roman(text).map(|value| (value - page, "roman".to_owned()))
}

/// The first number of at most five digits.
fn first_number(text: &str) -> Option<i64> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty() && s.len() <= 5).find_map(|s| s.parse().ok())
}

/// The value of a Roman numeral of up to nine letters, without D and M, in lower or upper case.
fn roman(text: &str) -> Option<i64> {
    let trimmed = text.trim_matches(|c: char| !is_letter_or_digit(c));
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

/// Finds numbers that grow with the page at one height. In short documents a lone number that equals its page's is
/// enough.
pub(super) fn growing(pages: &[PageLayout], edges: &[Vec<EdgePiece>]) -> Vec<Verdict> {
    /// Wording longer than this, in code points, needs three pages to agree.
    const SHORT: usize = 12;
    /// Wording longer than this, in code points, doesn't go with a lone number.
    const SHORT_ALONE: usize = 9;
    let enough = min_pages(pages.len());
    let mut out = Vec::new();
    for ((edge, offset, words), mut spots) in candidates(pages, edges) {
        for level in levels(&mut spots) {
            let on = page_count(level);
            let length = words.chars().count();
            let is_sequence = on >= enough && (length <= SHORT || on > 2);
            let is_own = || offset == 1 && level.iter().all(|spot| is_alone(pages, spot.at, edge));
            if is_sequence || (length <= SHORT_ALONE && pages.len() < 4 && is_own()) {
                let support = format!("numbers that grow with the page on {on} of {}", pages.len());
                out.extend(level.iter().map(|spot| Verdict {
                    at: spot.at,
                    rule: DropRule::PageNumber,
                    support: support.clone(),
                }));
            }
        }
    }
    out
}

/// Kept pieces that could be page numbers, by edge, offset from the page's index, and wording.
fn candidates(pages: &[PageLayout], edges: &[Vec<EdgePiece>]) -> BTreeMap<(Edge, i64, String), Vec<Spot>> {
    let mut groups: BTreeMap<(Edge, i64, String), Vec<Spot>> = BTreeMap::new();
    for (page, list) in edges.iter().enumerate() {
        for &EdgePiece { index, edge } in list {
            let at = PieceId { page, index };
            let Some(placed) = at.of(pages).filter(|p| p.is_kept()) else {
                continue;
            };
            if let Some((offset, words)) = page_number(&placed.piece.text, page) {
                groups.entry((edge, offset, words)).or_default().push(Spot { at, base: placed.piece.base });
            }
        }
    }
    groups
}

/// Returns true if a piece is alone in the outermost row of its page, with room to the next row.
fn is_alone(pages: &[PageLayout], at: PieceId, edge: Edge) -> bool {
    let (Some(page), Some(own)) = (pages.get(at.page), at.of(pages)) else {
        return false;
    };
    let mut others =
        page.pieces.iter().enumerate().filter(|(i, p)| *i != at.index && p.is_kept()).map(|(_, p)| &p.piece).peekable();
    let room = 1.5 * own.piece.size;
    others.peek().is_some()
        && others.all(|p| match edge {
            Edge::Top => p.base > own.piece.base + room,
            Edge::Bottom => p.base < own.piece.base - room,
        })
}
