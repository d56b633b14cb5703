//! From the glyphs of a page to pieces of its lines, with ruled tables found and untrustworthy text marked.

mod atom;
pub(crate) mod cell_grid;
pub(crate) mod drop_reason;
mod glyph_run;
pub(crate) mod page_layout;
pub(crate) mod piece;
pub(crate) mod right_to_left;
mod row_text;
pub(crate) mod ruled_tables;
pub(crate) mod structure_check;
pub(crate) mod text_quality;
mod text_runs;
mod word_spacing;
