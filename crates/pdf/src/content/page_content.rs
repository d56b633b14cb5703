//! What a content stream draws on a page, as far as text extraction needs it.

use super::glyph::Glyph;
use crate::geometry::bbox::BBox;

/// The content of a page.
#[derive(Debug, Default)]
pub(crate) struct PageContent {
    /// Width as shown, in points.
    pub(crate) width: f32,
    /// Height as shown, in points.
    pub(crate) height: f32,
    /// Glyphs in drawing order.
    pub(crate) glyphs: Vec<Glyph>,
    /// Horizontal ruling lines.
    pub(crate) horizontal_rules: Vec<BBox>,
    /// Vertical ruling lines.
    pub(crate) vertical_rules: Vec<BBox>,
    /// Boxes of small round filled shapes.
    pub(crate) discs: Vec<BBox>,
    /// Boxes of pictures.
    pub(crate) pictures: Vec<BBox>,
    /// A limit was reached: the page may hold more than was read.
    pub(crate) is_cut: bool,
}
