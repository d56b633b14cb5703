//! A glyph in its row, with the space before it.

use crate::content::glyph::Artifact;
use crate::file::tag::Tag;
use crate::font::glyph_text::GlyphText;

/// A glyph that isn't blank, in its row.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a glyph")]
pub(super) struct Atom<'p> {
    /// The characters it stands for.
    pub(super) text: &'p GlyphText,
    /// Left end in points of the frame.
    pub(super) left: f32,
    /// Right end.
    pub(super) right: f32,
    /// Size in points.
    pub(super) size: f32,
    /// Its position relative to the row's baseline.
    pub(super) level: Level,
    /// In a bold font, or stroked.
    pub(super) is_bold: bool,
    /// Close to white.
    pub(super) is_faint: bool,
    /// Its characters are unknown.
    pub(super) is_unknown: bool,
    /// The artifact it belongs to.
    pub(super) artifact: Artifact,
    /// Its tag in the structure tree.
    pub(super) tag: Option<Tag>,
    /// The page draws a blank glyph before it.
    pub(super) has_drawn_space: bool,
    /// A space precedes it in the text.
    pub(super) has_space: bool,
    /// Distance to the atom before it in points, without the row's letter spacing.
    pub(super) gap: f32,
}

/// The position of a glyph relative to its row's baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// On it.
    Base,
    /// Above it: exponents, note references.
    Raised,
    /// Below it: indices.
    Lowered,
}
