//! What is asked of a page whose text may be elsewhere.

use crate::boilerplate::is_page_text;
use sanad_document::Document;
use url::Url;

/// Code points that the page model takes for the page's own text.
pub(super) fn own_text(document: &Document) -> usize {
    document.blocks.iter().filter(|block| is_page_text(block)).map(|block| block.text.chars().count()).sum()
}

/// What addresses on a page are relative to, if its own or its base is known.
pub(super) fn base(document: &Document, url: Option<&str>) -> Option<Url> {
    let page = url.and_then(|url| Url::parse(url).ok());
    let stated = document.head.base.as_deref();
    match (&page, stated) {
        (Some(page), Some(base)) => page.join(base).ok().or_else(|| Some(page.clone())),
        (Some(_), None) => page,
        (None, stated) => stated.and_then(|base| Url::parse(base).ok()),
    }
}
