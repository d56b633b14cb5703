//! Interprets a page's content stream: collects glyphs with their positions, ruling lines and picture boxes.
//!
//! This is an interpreter of our own rather than a renderer's output device. Text extraction needs the font's
//! dictionary (weight, slant), the exact advance of each code and the marked-content properties; it needs no pixels,
//! colour spaces or outlines. Nothing is painted.

mod actual_text;
pub(crate) mod bullets;
pub(crate) mod glyph;
mod graphics_state;
mod interpreter;
mod marked;
pub(crate) mod page_content;
mod paint;
mod path;
mod show;

use crate::file::optional_content::Layers;
use crate::file::tag::PageTags;
use crate::font::Fonts;
use hayro_syntax::page::Page;
use interpreter::Interpreter;
use page_content::PageContent;

/// Reads a page with its forms and the appearances of its annotations.
pub(crate) fn read<'a>(page: &Page<'a>, fonts: &mut Fonts<'a>, layers: &Layers, tags: &PageTags) -> PageContent {
    let mut interpreter = Interpreter::new(page, fonts, layers, tags);
    interpreter.page(page);
    interpreter.out
}
