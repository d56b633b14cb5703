//! What is known about a body before it is read.

use crate::SiteRules;

/// What is known about a body before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page<'a> {
    /// Its address, if known.
    pub url: Option<&'a str>,
    /// The `Content-Type` it was served with.
    pub content_type: Option<&'a str>,
    /// The `Content-Encoding` that hasn't been undone yet.
    pub content_coding: Option<&'a str>,
    /// The headers it was served with that say something of the document: [`DOCUMENT_HEADERS`](crate::DOCUMENT_HEADERS).
    pub headers: &'a [(String, String)],
    /// The rules for its site.
    pub site: Option<&'a SiteRules>,
}
