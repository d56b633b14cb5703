//! What the searches for repeated pieces return.

use super::edge::PieceId;
use crate::layout::drop_reason::DropRule;

/// Minimum share of pages that a running text must be on. Chapter heads are on fewer; they are found by their row.
const SHARE: f32 = 0.2;

/// A piece to drop.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) at: PieceId,
    pub(super) rule: DropRule,
    /// The evidence, as a phrase for people.
    pub(super) support: String,
}

/// A piece of an aside to drop as a running head.
#[derive(Debug)]
pub(super) struct AsideVerdict {
    /// Index of the aside on its page.
    pub(super) aside: usize,
    /// The page, and the piece's index in the aside.
    pub(super) at: PieceId,
    pub(super) support: String,
}

/// Minimum number of pages that a running text must be on in a document of this many.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "page counts")]
pub(super) fn min_pages(pages: usize) -> usize {
    ((SHARE * pages as f32).ceil() as usize).max(2)
}
