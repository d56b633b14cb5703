//! Bytes to a labelled document, and a labelled document to its final marks and metadata.

pub mod boilerplate;
mod error;
pub mod metadata;

pub use error::Error;

use boilerplate::Support;
use metadata::Metadata;
use sanad_decode::{Body, Content};
#[cfg(not(all(feature = "html", feature = "pdf")))]
use sanad_document::Format;
#[cfg(feature = "html")]
use sanad_document::Origin;
use sanad_document::{Document, Page, TextMode};

/// Bytes to a labelled document: the first pass over one capture, with no knowledge of any other page.
///
/// # Errors
/// When the bytes can't be read as any known format; the caller quarantines the capture under the error's code.
pub fn extract(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let Body { content, encoding, warnings } = sanad_decode::decode(bytes, page)?;
    let mut document = match &content {
        Content::Html(text) => html(text, page)?,
        Content::Pdf(bytes) => pdf(bytes, page)?,
    };
    document.encoding = encoding;
    document.warnings.splice(0..0, warnings);
    sanad_language::label(&mut document);
    Ok(document)
}

#[cfg(feature = "html")]
fn html(text: &str, page: &Page<'_>) -> Result<Document, Error> {
    Ok(sanad_html::extract(text, page)?)
}

#[cfg(not(feature = "html"))]
fn html(_: &str, _: &Page<'_>) -> Result<Document, Error> {
    Err(Error::NotBuiltIn { format: Format::Html })
}

#[cfg(feature = "pdf")]
fn pdf(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    Ok(sanad_pdf::extract(bytes, page)?)
}

#[cfg(not(feature = "pdf"))]
fn pdf(_: &[u8], _: &Page<'_>) -> Result<Document, Error> {
    Err(Error::NotBuiltIn { format: Format::Pdf })
}

/// The same, with the source line of every place in HTML: an explanation, not a record.
///
/// # Errors
/// As [`extract`].
#[cfg(feature = "html")]
pub fn extract_with_lines(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let mut document = extract(bytes, page)?;
    let Content::Html(text) = sanad_decode::decode(bytes, page)?.content else { return Ok(document) };
    let origins = |o: &Origin| if let Origin::Html { html, .. } = o { html.clone() } else { String::new() };
    let paths: Vec<String> = document.blocks.iter().flat_map(|b| &b.origin).map(origins).collect();
    let lines = sanad_html::lines(&text, &paths.iter().map(String::as_str).collect::<Vec<_>>());
    for (origin, found) in document.blocks.iter_mut().flat_map(|b| &mut b.origin).zip(lines) {
        if let Origin::Html { line, .. } = origin {
            *line = found;
        }
    }
    Ok(document)
}

/// The visit that a document came from, and what is wanted of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visit<'a> {
    /// The address that answered, where known.
    pub url: Option<&'a str>,
    /// When (RFC 3339), where known: tells the date of a visit from one of publication.
    pub captured_at: Option<&'a str>,
    /// How much of the page the text is to hold.
    pub mode: TextMode,
}

/// A labelled document to its final marks and metadata: the second pass. `support` has an entry for each block, or is
/// empty where nothing is known of the site's other pages.
#[must_use]
pub fn judge(mut document: Document, support: &[Support], visit: &Visit<'_>) -> (Document, Metadata) {
    boilerplate::mark(&mut document, support, visit.mode);
    document.language = sanad_language::of_kept(&document);
    let metadata = metadata::read(&document, visit.url, visit.captured_at);
    (document, metadata)
}
