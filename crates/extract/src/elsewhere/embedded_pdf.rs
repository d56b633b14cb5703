//! PDFs that a page shows in a viewer.

use super::page::{base, own_text};
use sanad_document::embedded_pdf::address_of_pdf;
use sanad_document::{Document, Warning};

/// Code points of own text below which a page that shows a PDF is no more than its frame.
const FRAME: usize = 700;

/// Maximum number of PDFs that are named: a page has one or two.
const MAX_NAMED: usize = 20;

/// Warns of PDFs that hold the text of a page that has little of its own.
pub(super) fn warn(document: &mut Document, url: Option<&str>) {
    if document.head.embeds.is_empty() || own_text(document) >= FRAME {
        return;
    }
    let base = base(document, url);
    let mut named: Vec<String> = Vec::new();
    for embed in &document.head.embeds {
        if let Some(address) = address_of_pdf(&embed.href, embed.media_type.as_deref(), base.as_ref())
            && !named.contains(&address)
            && named.len() < MAX_NAMED
        {
            named.push(address);
        }
    }
    let warning =
        |address| Warning::new("document.in_pdf", format!("the page shows a PDF that holds its text: {address}"));
    document.warnings.extend(named.into_iter().map(warning));
}
