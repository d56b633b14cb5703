//! Whether a row has clearance: nothing but other candidates near it.

use super::edge::{Edge, PieceId};
use super::numbers::page_number;
use crate::layout::page_layout::PageLayout;
use std::collections::BTreeSet;

/// Returns true if a piece's row holds nothing but candidates and numbers, and there is room to the nearest row of text
/// inside the page.
pub(super) fn is_clear(pages: &[PageLayout], at: PieceId, edge: Edge, candidates: &BTreeSet<PieceId>) -> bool {
    /// Minimum distance between baselines, in ems of the larger size. Running text has 1.1 to 1.5.
    const ROOM: f32 = 1.6;
    let Some(page) = pages.get(at.page) else {
        return false;
    };
    let Some(own) = page.pieces.get(at.index).map(|p| &p.piece) else {
        return false;
    };
    page.pieces.iter().enumerate().all(|(index, placed)| {
        let other = &placed.piece;
        if index == at.index
            || !placed.is_kept()
            || candidates.contains(&PieceId { page: at.page, index })
            || page_number(&other.text, at.page).is_some()
        {
            return true;
        }
        let distance = match edge {
            Edge::Top => other.base - own.base,
            Edge::Bottom => own.base - other.base,
        };
        distance < -0.5 * own.size || distance > ROOM * own.size.max(other.size)
    })
}
