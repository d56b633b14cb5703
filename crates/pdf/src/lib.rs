//! Text of a PDF in reading order, as blocks: paragraphs, headings, lists, tables and notes, with running heads marked.
//!
//! # Example
//!
//! ```
//! use sanad_document::{Origin, Page};
//!
//! let pdf = b"%PDF-1.4
//! 1 0 obj <</Type/Catalog /Pages 2 0 R>> endobj
//! 2 0 obj <</Type/Pages /Kids[3 0 R] /Count 1>> endobj
//! 3 0 obj <</Type/Page /Parent 2 0 R /MediaBox[0 0 595 842] /Contents 4 0 R
//!   /Resources<</Font<</F1 5 0 R>>>>>> endobj
//! 4 0 obj <</Length 49>> stream
//! BT /F1 12 Tf 72 720 Td (All are born free.) Tj ET
//! endstream endobj
//! 5 0 obj <</Type/Font /Subtype/Type1 /BaseFont/Helvetica>> endobj
//! trailer <</Root 1 0 R>>";
//!
//! let document = sanad_pdf::extract(pdf, &Page::default())?;
//! assert_eq!(sanad_pdf::text(&document.blocks), "All are born free.");
//! assert!(matches!(document.blocks[0].origin[0], Origin::Pdf { page: 1, .. }));
//! # Ok::<(), sanad_pdf::Error>(())
//! ```
//!
//! # What it does
//!
//! [`extract`] reads a document in these stages:
//!
//! 1. [`file`] opens the file. A second parser rewrites damaged files that the first can't read.
//! 2. [`content`] interprets each page's content stream and collects glyphs with their positions; [`font`] finds out
//!    which characters they stand for.
//! 3. [`layout`] groups glyphs into pieces of lines, finds tables, and marks text that can't be trusted.
//! 4. [`running`] marks what repeats from page to page: running heads and feet, page numbers, letterheads, watermarks.
//! 5. [`flow`] arranges the rest in columns, joins lines to paragraphs and paragraphs over page ends, and makes blocks.
//!
//! Nothing is removed: a piece that a rule drops becomes a block with [`Fate::Drop`](sanad_document::Fate::Drop), which
//! names the rule and its evidence. Each block has the page and the box, in points from the top left corner, that it
//! comes from. Geometry decides the reading order; structure tags only help where they are plausible.
//!
//! # What it doesn't do
//!
//! - It recognises no text in pictures. A document of pictures without trustworthy text is a
//!   [`PageKind::Scan`](sanad_document::PageKind::Scan).
//! - It renders nothing, and it doesn't read attachments; a warning names each.
//! - It doesn't detect languages and doesn't read forms in XFA.
//! - It does no I/O and sets no time limit. Its limits on pages, glyphs, operators and nesting bound the work for each
//!   page; a panic in a parser becomes an error or costs one page. For untrusted files run it in a process of its own.

#![allow(
    clippy::many_single_char_names,
    reason = "a to f are a matrix's own names, l t r b a box's, a and b the line before and after"
)]

mod comparison_key;
mod content;
mod error;
mod file;
mod flow;
mod font;
mod geometry;
mod layout;
mod limits;
mod list_markers;
mod pipeline;
mod running;
mod statistics;

pub use error::Error;
use sanad_document::{Block, Document, Join, Page};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Reads a PDF into a document. The language of its blocks stays open.
///
/// Of `page` only the site's `pdf_passwords` are used; they are tried after the empty password.
///
/// # Errors
/// [`Error::Broken`] if the file can't be parsed, [`Error::Encrypted`] if no password opens it, and [`Error::NoPages`]
/// if it has no page. A page that fails alone is left out with a warning.
pub fn extract(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    pipeline::extract(bytes, page)
}

/// The kept blocks as one text: the parts of a paragraph are joined, and paragraphs are separated by a blank line.
#[must_use]
pub fn text(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks.iter().filter(|b| b.fate.is_kept()) {
        match block.join {
            Join::None if out.is_empty() => {}
            Join::None => out.push_str("\n\n"),
            Join::Space => out.push(' '),
            Join::Nothing => {}
            Join::Hyphen => {
                if out.ends_with(flow::is_hyphen) {
                    out.pop();
                }
            }
        }
        out.push_str(&block.text);
    }
    out
}
