//! Letterheads with their feet: they are on the first page alone, so repetition can't find them.

use crate::comparison_key::letters_and_digits;
use crate::layout::drop_reason::DropRule;
use crate::layout::page_layout::{PageLayout, PlacedPiece};
use std::collections::BTreeSet;

/// Maximum number of rows in a letterhead.
const MAX_ROWS: usize = 9;
/// Share of the page's height that a letterhead stays in.
const BAND: f32 = 0.3;
/// An address line at the foot is below this share of the page's height.
const FOOT: f32 = 0.85;

/// Marks the first page's letterhead and the address line at its bottom.
pub(super) fn mark(pages: &mut [PageLayout]) {
    let text_area = text_area(pages);
    let running: Vec<String> = pages
        .iter()
        .flat_map(|page| &page.pieces)
        .filter(|p| !p.is_kept())
        .map(|p| letters_and_digits(&p.piece.text))
        .collect();
    let Some(page) = pages.first_mut() else {
        return;
    };
    let head = text_area.and_then(|area| above(page, area.top)).or_else(|| set_off(page, &running));
    if let Some(Found { pieces, support }) = head {
        drop_all(page, pieces, DropRule::Letterhead, support);
    }
    let foot = below(page, text_area.map(|area| area.bottom));
    drop_all(page, foot, DropRule::RunningFoot, "an address below the text");
}

/// Pieces that make a letterhead, by their index, and the evidence.
struct Found {
    pieces: Vec<usize>,
    support: &'static str,
}

fn drop_all(page: &mut PageLayout, pieces: Vec<usize>, rule: DropRule, support: &str) {
    for index in pieces {
        if let Some(placed) = page.pieces.get_mut(index) {
            placed.drop_as(rule, support);
        }
    }
}

/// Highest and lowest point of the text on the pages after the first.
#[derive(Clone, Copy)]
struct TextArea {
    top: f32,
    bottom: f32,
}

fn text_area(pages: &[PageLayout]) -> Option<TextArea> {
    let mut area = TextArea { top: f32::MAX, bottom: f32::MIN };
    for placed in pages.iter().skip(1).flat_map(PageLayout::kept) {
        area.top = area.top.min(placed.piece.top());
        area.bottom = area.bottom.max(placed.piece.bottom());
    }
    (area.top < area.bottom).then_some(area)
}

/// The kept pieces with their index.
fn kept(page: &PageLayout) -> impl Iterator<Item = (usize, &PlacedPiece)> {
    page.pieces.iter().enumerate().filter(|(_, p)| p.is_kept())
}

/// Pieces wholly above `top`, where the text of the other pages begins.
fn above(page: &PageLayout, top: f32) -> Option<Found> {
    let is_above =
        |p: &PlacedPiece| p.piece.bottom() < top + 0.5 * p.piece.size && p.piece.top() < top - 0.5 * p.piece.size;
    let found = || kept(page).filter(|(_, p)| is_above(p));
    let has_text_below = kept(page).any(|(_, p)| !is_above(p));
    let rows: BTreeSet<usize> = found().map(|(_, p)| p.piece.row).collect();
    let glyphs: usize = found().map(|(_, p)| p.piece.glyphs).sum();
    let (_, height) = page.extent();
    let is_small = 4 * glyphs < page.glyphs && top < BAND * height && rows.len() <= MAX_ROWS;
    let pieces: Vec<usize> = found().map(|(i, _)| i).collect();
    (!pieces.is_empty() && has_text_below && is_small)
        .then_some(Found { pieces, support: "above the text area of the other pages" })
}

/// Rows from the top down to a wide rule, if they hold an address or a name that is in the running heads.
fn set_off(page: &PageLayout, running: &[String]) -> Option<Found> {
    let (width, height) = page.extent();
    let rule = page
        .horizontal_rules
        .iter()
        .filter(|[l, t, r, _]| r - l > 0.4 * width && *t < BAND * height)
        .map(|r| r[1])
        .fold(f32::MAX, f32::min);
    let found = || kept(page).filter(|(_, p)| p.piece.base < rule.min(BAND * height));
    let pieces: Vec<usize> = found().map(|(i, _)| i).collect();
    if rule > height || pieces.is_empty() || pieces.len() > 2 * MAX_ROWS {
        return None;
    }
    if found().any(|(_, p)| is_address(&p.piece.text)) {
        return Some(Found { pieces, support: "above a rule, with an address" });
    }
    let is_named = found().any(|(_, p)| running.contains(&letters_and_digits(&p.piece.text)));
    is_named.then_some(Found { pieces, support: "above a rule, with the name in the running heads" })
}

/// Address lines at the bottom of the page: below `bottom`, where the text of the other pages ends, or below a rule.
fn below(page: &PageLayout, bottom: Option<f32>) -> Vec<usize> {
    let (_, height) = page.extent();
    kept(page)
        .filter(|(_, p)| p.piece.base > FOOT * height && is_address(&p.piece.text))
        .filter(|(_, p)| {
            let base = p.piece.base;
            let is_under_rule = page.horizontal_rules.iter().any(|r| r[1] < base && r[1] > base - 5.0 * p.piece.size);
            is_under_rule || bottom.is_some_and(|b| p.piece.top() > b)
        })
        .map(|(i, _)| i)
        .collect()
}

/// Returns true if a line holds an e-mail or web address, or a telephone number.
fn is_address(text: &str) -> bool {
    let mail = text.split_whitespace().any(|w| w.contains('@') && w.contains('.') && w.len() > 4);
    let web = text.contains("www.") || text.contains("://");
    let is_mark = |c: char| matches!(c, ' ' | '(' | ')' | '+' | '-' | '–');
    mail || web || text.split(|c: char| !(c.is_ascii_digit() || is_mark(c))).any(is_telephone)
}

/// Returns true for seven to fifteen digits with a plus or a bracket, or in three or more hyphenated groups. Years,
/// spans of years and dates aren't telephone numbers.
fn is_telephone(run: &str) -> bool {
    let groups: Vec<&str> = run.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let digits: usize = groups.iter().map(|g| g.len()).sum();
    let is_year = |g: &&str| g.len() == 4 && (g.starts_with("19") || g.starts_with("20"));
    let is_date = groups.len() == 3 && groups.iter().any(is_year) && groups.iter().all(|g| g.len() != 3);
    let is_hyphenated = run.contains(['-', '–']) && groups.len() > 2 && !is_date;
    (7..=15).contains(&digits) && (run.contains(['+', '(']) || is_hyphenated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_mail_and_web_are_addresses_and_years_are_not() {
        assert!(is_address("Тел.: (+992 37) 221-18-08"));
        assert!(is_address("info@ministry.example"));
        assert!(!is_address("принят 10 декабря 1948 года, № 217"));
        assert!(!is_address("в 2018–2020 годах"));
        assert!(!is_address("dated 21-10-2022"));
        assert!(is_address("221-18-08"));
    }
}
