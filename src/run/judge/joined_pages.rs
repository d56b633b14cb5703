//! Joins the pages of a text to one document.

use sanad_document::{Document, Fate, Origin};
use sanad_extract::ONE_OF_SEVERAL;
use std::collections::HashSet;

/// The rule that drops what each page of a text repeats: its title, its date line.
const REPEATED: &str = "pages.repeated";

/// Appends the next page of a text, which was captured from `url`. Its places say so: the address and `#` stand before
/// the path.
pub(super) fn append(document: &mut Document, page: Document, url: &str) {
    let kept = document.blocks.iter().filter(|block| block.fate.is_kept());
    let known: HashSet<String> = kept.map(|block| block.text.clone()).collect();
    for mut block in page.blocks {
        if block.fate.is_kept() && known.contains(&block.text) {
            block.fate = Fate::drop(REPEATED, "on an earlier page of the text");
        }
        for origin in &mut block.origin {
            if let Origin::Html { html, .. } = origin {
                *html = format!("{url}#{html}");
            }
        }
        document.blocks.push(block);
    }
    document.warnings.extend(page.warnings);
    document.warnings.retain(|warning| warning.code != ONE_OF_SEVERAL);
}
