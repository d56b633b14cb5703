//! The style of a document's running text, against which headings and notes are recognised.

use crate::layout::page_layout::PageLayout;
use std::collections::BTreeMap;

/// What is usual in a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyStyle {
    /// Size of most letters, in points.
    pub(super) size: f32,
    /// Distance of baselines where a column doesn't show its own, in ems.
    pub(super) leading: f32,
    /// Most letters are bold.
    pub(super) is_bold: bool,
    /// The right edge of the text on most pages, in points.
    pub(super) right_edge: f32,
}

impl BodyStyle {
    pub(super) fn of(pages: &[PageLayout]) -> Self {
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        let (mut bold, mut all) = (0, 0);
        for placed in pages.iter().flat_map(PageLayout::kept).filter(|p| p.grid.is_none()) {
            let piece = &placed.piece;
            *sizes.entry(quarter_points(piece.size)).or_default() += piece.glyphs;
            all += piece.glyphs;
            bold += if piece.is_bold { piece.glyphs } else { 0 };
        }
        let size = sizes
            .iter()
            .max_by_key(|(size, n)| (**n, **size))
            .map_or(10.0, |(size, _)| f32::from(u16::try_from(*size).unwrap_or(40)) / 4.0);
        Self { size, leading: 1.2, is_bold: 2 * bold > all, right_edge: right_edge(pages) }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are small and positive")]
fn quarter_points(size: f32) -> u32 {
    (size.clamp(0.0, 4000.0) * 4.0).round() as u32
}

/// The median over the pages of the second-furthest right end: one line may stick out.
fn right_edge(pages: &[PageLayout]) -> f32 {
    let mut edges: Vec<f32> = pages
        .iter()
        .filter_map(|page| {
            let mut ends: Vec<f32> = page.kept().map(|p| p.piece.right).collect();
            ends.sort_by(|a, b| b.total_cmp(a));
            ends.get(1).copied()
        })
        .collect();
    edges.sort_by(f32::total_cmp);
    edges.get(edges.len() / 2).copied().unwrap_or(0.0)
}
