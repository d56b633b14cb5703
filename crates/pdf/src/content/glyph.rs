//! A glyph on a page.

use crate::file::tag::Tag;
use crate::font::glyph_text::GlyphText;
use crate::geometry::writing_direction::Direction;

/// A glyph with its position.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a glyph")]
pub(crate) struct Glyph {
    /// The characters it stands for.
    pub(crate) text: GlyphText,
    /// `text` is white space or empty.
    pub(crate) is_blank: bool,
    /// Start of its advance on the baseline.
    pub(crate) from: (f32, f32),
    /// End of its advance on the baseline.
    pub(crate) to: (f32, f32),
    /// Size of the em in points.
    pub(crate) size: f32,
    /// Index of its font in [`Fonts`](crate::font::Fonts).
    pub(crate) font: usize,
    /// The direction in which it runs.
    pub(crate) direction: Direction,
    /// Drawn invisibly, like the text layer of a scan.
    pub(crate) is_hidden: bool,
    /// Drawn in a colour close to white, or nearly transparent.
    pub(crate) is_faint: bool,
    /// Filled and stroked: bold without a bold font.
    pub(crate) is_stroked: bool,
    /// Its characters are unknown; `text` is U+FFFD.
    pub(crate) is_unknown: bool,
    /// The artifact it belongs to.
    pub(crate) artifact: Artifact,
    /// Its tag in the structure tree.
    pub(crate) tag: Option<Tag>,
}

impl Glyph {
    /// Replaces its characters with known ones.
    pub(crate) fn set_text(&mut self, text: GlyphText) {
        self.is_blank = text.is_blank();
        self.text = text;
        self.is_unknown = false;
    }
}

/// The kind of artifact that marked content declares (ISO 32000-2, 14.8.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Artifact {
    /// Real content, or nothing declared.
    No,
    /// An artifact of unstated type.
    Plain,
    /// A running head, running foot or page number.
    Pagination,
    /// A watermark.
    Watermark,
}
