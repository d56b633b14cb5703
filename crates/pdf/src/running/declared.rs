//! Artifacts that marked content declares, and watermarks.

use crate::content::glyph::Artifact;
use crate::geometry::bbox::{self, BBox};
use crate::geometry::writing_direction::Direction;
use crate::layout::drop_reason::{DropReason, DropRule};
use crate::layout::page_layout::PageLayout;

/// The margins lie above the first and below the second of these shares of the page's height.
const MARGINS: (f32, f32) = (0.15, 0.85);
/// Slanted text at least this large, in points, is a watermark even if it isn't faint.
const LARGE: f32 = 24.0;

/// Drops tagged artifacts: pagination anywhere, artifacts of unstated type only in the margins, because some writers
/// tag text as such.
pub(super) fn mark_artifacts(pages: &mut [PageLayout]) {
    for page in pages {
        let (_, height) = page.extent();
        let tagged: usize =
            page.pieces.iter().filter(|p| p.piece.artifact != Artifact::No).map(|p| p.piece.glyphs).sum();
        // a page that is mostly artifact has a careless writer
        if 2 * tagged > page.glyphs {
            continue;
        }
        for placed in page.all_pieces_mut() {
            let base = placed.piece.base;
            let in_margin = base < MARGINS.0 * height || base > MARGINS.1 * height;
            placed.dropped = match placed.piece.artifact {
                Artifact::Watermark => Some(DropReason::new(DropRule::Watermark, "tagged as a watermark")),
                Artifact::Pagination => Some(DropReason::new(DropRule::Artifact, "tagged as pagination")),
                Artifact::Plain if in_margin => Some(DropReason::new(DropRule::Artifact, "tagged as an artifact")),
                Artifact::Plain | Artifact::No => continue,
            };
        }
    }
}

/// Drops slanted text that is large or faint, and very large faint text that overlaps other text.
pub(super) fn mark_watermarks(pages: &mut [PageLayout]) {
    for page in pages {
        for aside in page.asides.iter_mut().filter(|aside| aside.frame.direction == Direction::Oblique) {
            for placed in &mut aside.pieces {
                if placed.piece.size >= LARGE || placed.piece.is_faint {
                    placed.dropped = Some(DropReason::new(DropRule::Watermark, "large, slanted"));
                }
            }
        }
        let areas: Vec<BBox> = page.pieces.iter().map(|p| p.piece.area()).collect();
        for (i, placed) in page.pieces.iter_mut().enumerate() {
            if placed.piece.is_faint && placed.piece.size >= 1.5 * LARGE {
                let own = placed.piece.area();
                if areas.iter().enumerate().any(|(k, other)| k != i && bbox::overlap(own, *other)) {
                    placed.dropped = Some(DropReason::new(DropRule::Watermark, "large, faint, under text"));
                }
            }
        }
    }
}
