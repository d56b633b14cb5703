//! The graphics state of a content stream, as far as it places text.

use crate::geometry::matrix::Matrix;

/// The graphics state with the text state parameters of ISO 32000-2, 9.3.
#[derive(Clone)]
pub(super) struct GraphicsState {
    /// The current transformation matrix.
    pub(super) ctm: Matrix,
    /// Index of the font in [`Fonts`](crate::font::Fonts).
    pub(super) font: Option<usize>,
    /// Font size in units of text space.
    pub(super) size: f64,
    /// Extra advance after each code.
    pub(super) char_spacing: f64,
    /// Extra advance after each space.
    pub(super) word_spacing: f64,
    /// Horizontal scaling; 1 is normal.
    pub(super) stretch: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
    /// The text rendering mode's number.
    pub(super) render_mode: i64,
    /// The fill colour is close to white.
    pub(super) is_faint: bool,
    /// Opacity of fills, 0 to 1.
    pub(super) alpha: f64,
    /// The text matrix: the pen's position.
    pub(super) text_matrix: Matrix,
    /// The text line matrix: where the current line starts.
    pub(super) line_matrix: Matrix,
}

impl GraphicsState {
    pub(super) fn new(ctm: Matrix) -> Self {
        Self {
            ctm,
            font: None,
            size: 0.0,
            char_spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
            render_mode: 0,
            is_faint: false,
            alpha: 1.0,
            text_matrix: Matrix::IDENTITY,
            line_matrix: Matrix::IDENTITY,
        }
    }
}
