//! Sanad (санад, "deed, document, proof") turns web pages and PDFs in many languages into clean JSON records, and can
//! prove, paragraph by paragraph, where each came from and why the rest was left out.
//!
//! ```text
//! Source    what we want      config/sources/<id>.toml
//! Capture   what we got       raw/*.warc.gz                        fetch
//! Body      what it is        format, encoding                     decode
//! Document  what it says      blocks with their places             extract (html, pdf), label (language)
//! Fate      kept or dropped   by a named rule                      mark (boilerplate)
//! Record    what we publish   normalized/records/                  normalize, emit
//! Event     how we know       normalized/runs/<run>/events.jsonl   log
//! ```
//!
//! Everything after fetch is a pure function of capture bytes, rules, the frozen table of repeated blocks, and the
//! program's version. [`extract`] is the part that reads untrusted bytes; the command line runs it in worker
//! processes. [`boilerplate::mark`] and what follows only ever see its result.

mod announced;
mod beginnings;
pub mod boilerplate;
mod chains;
mod chars;
pub mod cli;
pub mod config;
pub mod decode;
pub mod digest;
pub mod emit;
pub mod error;
pub mod export;
pub mod fetch;
pub mod html;
pub mod identity;
mod kept;
pub mod language;
mod layout;
pub mod log;
pub mod metadata;
pub mod normalize;
mod numerals;
pub mod ordered;
mod packed;
pub mod pdf;
pub mod record;
pub mod relations;
pub mod report;
pub mod run;
pub mod schema;
mod sorter;
mod store;
pub mod survey;
pub mod warc;
pub mod worker;

pub use error::Error;

use boilerplate::Support;
use decode::{Body, Content};
use metadata::Metadata;
use record::{Document, Origin, TextMode};

/// What is known of a body before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page<'a> {
    /// Its address, where known.
    pub url: Option<&'a str>,
    /// The `Content-Type` it was served with.
    pub content_type: Option<&'a str>,
    /// The `Content-Encoding` that still stands on it.
    pub content_coding: Option<&'a str>,
    /// The rules for its site.
    pub site: Option<&'a config::Site>,
}

/// Bytes to a labelled document: the first pass over one capture, with no knowledge of any other page.
///
/// # Errors
/// When the bytes can't be read as any known format; the caller quarantines the capture under the error's code.
pub fn extract(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let Body { content, encoding, warnings } = decode::decode(bytes, page)?;
    let mut document = match &content {
        Content::Html(text) => html::extract(text, page)?,
        Content::Pdf(bytes) => pdf::extract(bytes, page)?,
    };
    document.encoding = encoding;
    document.warnings.splice(0..0, warnings);
    language::label(&mut document, page);
    Ok(document)
}

/// The same, with the source line of every place in HTML: an explanation, not a record.
///
/// # Errors
/// As [`extract`].
pub fn extract_with_lines(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let mut document = extract(bytes, page)?;
    let Content::Html(text) = decode::decode(bytes, page)?.content else { return Ok(document) };
    let origins = |o: &Origin| if let Origin::Html { html, .. } = o { html.clone() } else { String::new() };
    let paths: Vec<String> = document.blocks.iter().flat_map(|b| &b.origin).map(origins).collect();
    let lines = html::lines(&text, &paths.iter().map(String::as_str).collect::<Vec<_>>());
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
    document.language = language::of_kept(&document);
    let metadata = metadata::read(&document, visit.url, visit.captured_at);
    (document, metadata)
}
