//! Finds what repeats from page to page beside the text: running heads and feet, page numbers, letterheads, watermarks.
//!
//! Repetition at one height of the page decides, not wording. First comes the same text at the same height on several
//! pages, then numbers that grow with the page, then whatever else is in a row in which most pages carry such a piece
//! (odd and even heads, chapter names). A letterhead is on the first page alone: it lies above the area where the other
//! pages' text begins, or is set off by a rule and holds an address. Nothing is removed: pieces are marked with the
//! rule that drops them and its evidence.

mod by_position;
mod clearance;
mod declared;
mod edge;
mod letterhead;
mod numbers;
mod repeats;
mod verdict;

use crate::layout::drop_reason::DropRule;
use crate::layout::page_layout::PageLayout;
use verdict::{AsideVerdict, Verdict};

/// Marks the repeated pieces of all pages. Earlier steps decide over later ones.
pub(crate) fn mark(pages: &mut [PageLayout]) {
    declared::mark_artifacts(pages);
    declared::mark_watermarks(pages);
    let edges = edge::edges(pages);
    apply(pages, repeats::at_one_height(pages, &edges));
    apply(pages, numbers::growing(pages, &edges));
    apply(pages, repeats::named_before(pages, &edges));
    apply(pages, by_position::apart(pages, &edges));
    apply(pages, by_position::beside(pages, &edges));
    apply_to_asides(pages, repeats::asides(pages));
    letterhead::mark(pages);
    restore_if_most(pages);
}

fn apply(pages: &mut [PageLayout], verdicts: Vec<Verdict>) {
    for Verdict { at, rule, support } in verdicts {
        if let Some(placed) = pages.get_mut(at.page).and_then(|page| page.pieces.get_mut(at.index)) {
            placed.drop_as(rule, support);
        }
    }
}

fn apply_to_asides(pages: &mut [PageLayout], verdicts: Vec<AsideVerdict>) {
    for AsideVerdict { aside, at, support } in verdicts {
        let aside = pages.get_mut(at.page).and_then(|page| page.asides.get_mut(aside));
        if let Some(placed) = aside.and_then(|aside| aside.pieces.get_mut(at.index)) {
            placed.drop_as(DropRule::RunningHead, support);
        }
    }
}

/// Restores pieces if repetition would drop most of the document: it then consists of repetitions (forms, labels, test
/// pages). Heads, feet and letterheads come back first, page numbers only if that isn't enough.
fn restore_if_most(pages: &mut [PageLayout]) {
    use DropRule::{Letterhead, PageNumber, RunningFoot, RunningHead};
    for restored in [&[RunningHead, RunningFoot, Letterhead][..], &[PageNumber][..]] {
        let (mut all, mut gone) = (0, 0);
        for placed in pages.iter().flat_map(|page| &page.pieces) {
            all += placed.piece.glyphs;
            if placed.dropped.as_ref().is_some_and(|d| d.rule.is_repetition()) {
                gone += placed.piece.glyphs;
            }
        }
        if 5 * gone <= 3 * all {
            return;
        }
        for placed in pages.iter_mut().flat_map(|page| &mut page.pieces) {
            if placed.dropped.as_ref().is_some_and(|d| restored.contains(&d.rule)) {
                placed.dropped = None;
            }
        }
    }
}
