//! Where a page's text isn't on the page: in its JSON-LD, in a PDF that it shows, on the pages after it.

mod article_body;
mod embedded_pdf;
mod pages;

pub use pages::{Neighbours, ONE_OF_SEVERAL, neighbours};

use crate::boilerplate::is_page_text;
use sanad_document::{Document, Page};
use url::Url;

/// Code points of own text below which a page that shows a PDF is no more than its frame.
const FRAME: usize = 700;

/// Adds text that only the page's JSON-LD holds, and warns of text that is elsewhere.
pub(crate) fn look(document: &mut Document, page: &Page<'_>) {
    article_body::add(document);
    let base = base(document, page.url);
    embedded_pdf::warn(document, base.as_ref());
    pages::warn(document, page.url);
}

/// What addresses on a page are relative to, if its own or its base is known.
fn base(document: &Document, url: Option<&str>) -> Option<Url> {
    let page = url.and_then(|url| Url::parse(url).ok());
    let stated = document.head.base.as_deref();
    match (&page, stated) {
        (Some(page), Some(base)) => page.join(base).ok().or_else(|| Some(page.clone())),
        (Some(_), None) => page,
        (None, stated) => stated.and_then(|base| Url::parse(base).ok()),
    }
}

/// Code points that the page model takes for the page's own text.
fn own_text(document: &Document) -> usize {
    document.blocks.iter().filter(|block| is_page_text(block)).map(|block| block.text.chars().count()).sum()
}
