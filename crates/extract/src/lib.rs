//! Extracts the text of web pages and PDFs, with titles and dates, and says why the rest was left out.
//!
//! This is the library that most users of Sanad want. It joins the format readers, language identification, boilerplate
//! removal and metadata behind two functions:
//!
//! - [`extract`] turns the bytes of one capture into a [`Document`]: all text of the page as blocks, each with its
//!   place, language and score. It needs no other page. It reads untrusted bytes, so run it where a crash or a hang
//!   does no harm.
//! - [`judge`] decides which blocks are the text and which are boilerplate, and reads title, dates, authors and the
//!   addresses of other language versions.
//!
//! Blocks are marked, never removed. Each dropped block names the rule that dropped it ([`boilerplate::Rule`] lists
//! those of this crate), so kept and dropped blocks together are always the whole page.
//!
#![cfg_attr(feature = "html", doc = "```")]
#![cfg_attr(not(feature = "html"), doc = "```ignore")]
//! use sanad_extract::{Page, Visit, extract, judge};
//!
//! let html = "<title>Bridge opened | Ministry of Roads</title>
//!     <nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav>
//!     <h1>Bridge opened</h1>
//!     <p>4 May 2018
//!     <p>The new bridge over the river was opened on Friday. It is two hundred metres long and carries two lanes.
//!     <footer>© Ministry of Roads</footer>";
//! let url = Some("https://roads.example/news/17");
//!
//! let document = extract(html.as_bytes(), &Page { url, ..Page::default() })?;
//! let (document, metadata) = judge(document, &[], &Visit { url, ..Visit::default() });
//!
//! let kept = document.blocks.iter().filter(|block| block.fate.is_kept());
//! let kept: Vec<&str> = kept.map(|block| block.text.as_str()).collect();
//! assert_eq!(kept[0], "Bridge opened");
//! assert_eq!(kept[1], "4 May 2018");
//! assert!(kept[2].starts_with("The new bridge"));
//! assert_eq!(kept.len(), 3);
//! assert_eq!(metadata.title.as_deref(), Some("Bridge opened"));
//! assert_eq!(metadata.dates[0].value, "2018-05-04");
//! # Ok::<(), sanad_extract::Error>(())
//! ```
//!
//! # Repetition across pages
//!
//! Chrome repeats on every page of a template, so judging gets better if it knows the other pages. Take a
//! [`Sketch`](boilerplate::fingerprint::Sketch) of each extracted document, count the sketches of one
//! [template](boilerplate::template) in [`Repeats`](boilerplate::document_frequency::Repeats), and hand the [`Support`] of
//! each page's blocks to [`judge`]. An empty slice means that nothing is known of other pages.
//!
#![cfg_attr(feature = "html", doc = "```")]
#![cfg_attr(not(feature = "html"), doc = "```ignore")]
//! use sanad_extract::boilerplate::document_frequency::Repeats;
//! use sanad_extract::boilerplate::fingerprint::Sketch;
//! use sanad_extract::{Page, Visit, extract, judge};
//!
//! let page = |text: &str| format!("<h1>News</h1><p>{text}<div class=hotline><p>Call our hotline in any emergency, day or night.</div>");
//! let pages = ["bridge", "tunnel", "road"].map(|what| {
//!     page(&format!("The new {what} was opened on Friday by the minister, who thanked all who had worked on it for two years."))
//! });
//! let documents = pages.iter().map(|html| extract(html.as_bytes(), &Page::default()));
//! let documents = documents.collect::<Result<Vec<_>, _>>()?;
//!
//! let sketches: Vec<Sketch> = documents.iter().map(Sketch::of).collect();
//! let repeats = Repeats::count(&sketches);
//! for (document, sketch) in documents.into_iter().zip(&sketches) {
//!     let support = repeats.support(sketch);
//!     assert_eq!(support[2].pages, 3, "the hotline is on three pages");
//!     let (document, _) = judge(document, &support, &Visit::default());
//!     assert!(!document.blocks[2].fate.is_kept());
//! }
//! # Ok::<(), sanad_extract::Error>(())
//! ```
//!
//! # Features
//!
//! - `html` (default): reads HTML, and marks the boilerplate of web pages.
//! - `pdf` (default): reads PDFs.
//!
//! Without a feature, [`extract`] fails on its format with [`Error::NotBuiltIn`].

pub mod boilerplate;
#[cfg(feature = "html")]
mod elsewhere;
mod error;
pub mod metadata;

pub use boilerplate::Support;
#[cfg(feature = "html")]
pub use elsewhere::{Neighbours, ONE_OF_SEVERAL, neighbours};
pub use error::Error;
pub use metadata::Metadata;
pub use sanad_document::{Document, Page, TextMode};

use sanad_decode::{Body, Content};
#[cfg(not(all(feature = "html", feature = "pdf")))]
use sanad_document::Format;
#[cfg(feature = "html")]
use sanad_document::Origin;

/// Extracts a labelled document from the bytes of one capture. Needs no knowledge of any other page.
///
/// # Errors
/// Fails if the bytes are in no known format, or break a limit of their format's reader. [`Error::code`] is stable, for
/// a caller that quarantines captures.
pub fn extract(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let Body { content, encoding, warnings } = sanad_decode::decode(bytes, page)?;
    let mut document = match &content {
        Content::Html(text) => extract_html(text, page)?,
        Content::Pdf(bytes) => extract_pdf(bytes, page)?,
    };
    document.encoding = encoding;
    document.warnings.splice(0..0, warnings);
    sanad_language::label(&mut document);
    Ok(document)
}

#[cfg(feature = "html")]
fn extract_html(text: &str, page: &Page<'_>) -> Result<Document, Error> {
    let mut document = sanad_html::extract(text, page)?;
    hear_server(&mut document, page);
    elsewhere::look(&mut document, page);
    Ok(document)
}

#[cfg(not(feature = "html"))]
fn extract_html(_: &str, _: &Page<'_>) -> Result<Document, Error> {
    Err(Error::NotBuiltIn { format: Format::Html })
}

#[cfg(feature = "pdf")]
fn extract_pdf(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let mut document = sanad_pdf::extract(bytes, page)?;
    hear_server(&mut document, page);
    Ok(document)
}

#[cfg(not(feature = "pdf"))]
fn extract_pdf(_: &[u8], _: &Page<'_>) -> Result<Document, Error> {
    Err(Error::NotBuiltIn { format: Format::Pdf })
}

/// Adds what the server says of a document, whatever its format, to what it says of itself.
#[cfg(any(feature = "html", feature = "pdf"))]
fn hear_server(document: &mut Document, page: &Page<'_>) {
    let links = page.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Link"));
    document.head.links.extend(links.flat_map(|(_, value)| sanad_document::link_header::links(value)));
    metadata::add_headers(&mut document.head, page.headers);
}

/// Does what [`extract`] does, and adds the source line to each place in HTML. For explanations: records don't need
/// lines.
///
/// # Errors
/// As [`extract`].
#[cfg(feature = "html")]
pub fn extract_with_lines(bytes: &[u8], page: &Page<'_>) -> Result<Document, Error> {
    let mut document = extract(bytes, page)?;
    let text = match sanad_decode::decode(bytes, page)?.content {
        Content::Html(text) => text,
        Content::Pdf(_) => return Ok(document),
    };
    let path = |origin: &Origin| match origin {
        Origin::Html { html, .. } => html.clone(),
        Origin::Pdf { .. } => String::new(),
    };
    let paths: Vec<String> = document.blocks.iter().flat_map(|block| &block.origin).map(path).collect();
    let lines = sanad_html::lines(&text, &paths.iter().map(String::as_str).collect::<Vec<_>>());
    for (origin, found) in document.blocks.iter_mut().flat_map(|block| &mut block.origin).zip(lines) {
        match origin {
            Origin::Html { line, .. } => *line = found,
            Origin::Pdf { .. } => {}
        }
    }
    Ok(document)
}

/// Where and when a document was captured, and how much of it is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visit<'a> {
    /// The address that answered, if known.
    pub url: Option<&'a str>,
    /// The time of the capture (RFC 3339), if known. Tells the date of the visit from one of publication.
    pub captured_at: Option<&'a str>,
    /// How much of the page the text includes.
    pub mode: TextMode,
}

/// Marks the boilerplate of a labelled document, and judges its language and metadata.
///
/// `support` has one entry for each block, or is empty if nothing is known of the site's other pages: see [the crate
/// documentation](crate#repetition-across-pages).
#[must_use]
pub fn judge(mut document: Document, support: &[Support], visit: &Visit<'_>) -> (Document, Metadata) {
    boilerplate::mark(&mut document, support, visit.mode);
    document.language = sanad_language::of_kept(&document);
    let metadata = metadata::read(&document, visit.url, visit.captured_at);
    (document, metadata)
}
