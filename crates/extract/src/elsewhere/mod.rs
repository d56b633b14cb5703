//! Where a page's text isn't on the page: in its JSON-LD, in a PDF that it shows, on the pages after it.

mod article_body;
mod embedded_pdf;
mod page;
mod pages;

pub use pages::{Neighbours, ONE_OF_SEVERAL, neighbours};

use sanad_document::{Document, Page};

/// Adds text that only the page's JSON-LD holds, and warns of text that is elsewhere.
pub(crate) fn look(document: &mut Document, page: &Page<'_>) {
    article_body::add(document);
    embedded_pdf::warn(document, page.url);
    pages::warn(document, page.url);
}
