//! Decides whether a document's structure tags can be believed. Many writers tag carelessly.
//!
//! Tags are kept if they cover the text and call little of it a heading. Item tags must also not begin inside
//! sentences.

use super::page_layout::{PageLayout, PlacedPiece};
use crate::file::tag::Tag;
use crate::list_markers;

/// Minimum share of the letters that tags cover, in percent.
const COVERED: usize = 80;
/// Maximum share of the letters in headings, in percent.
const HEADED: usize = 30;
/// At most one in this many items may begin inside a sentence. If more do, lines were tagged rather than items.
const BROKEN: usize = 5;

/// Removes the tags that can't be believed.
pub(crate) fn check(pages: &mut [PageLayout]) {
    let (mut all, mut covered, mut headed) = (0, 0, 0);
    for placed in pages.iter().flat_map(PageLayout::kept) {
        let glyphs = placed.piece.glyphs;
        all += glyphs;
        covered += if placed.piece.tag.is_some() { glyphs } else { 0 };
        headed += if matches!(placed.piece.tag, Some(Tag::Heading(_))) { glyphs } else { 0 };
    }
    if 100 * covered < COVERED * all || 100 * headed > HEADED * all {
        pages.iter_mut().flat_map(|page| &mut page.pieces).for_each(|p| p.piece.tag = None);
    } else if breaks_sentences(pages) {
        for placed in pages.iter_mut().flat_map(|page| &mut page.pieces) {
            if matches!(placed.piece.tag, Some(Tag::Item(_))) {
                placed.piece.tag = Some(Tag::Text);
            }
        }
    }
}

/// Returns true if more than one in [`BROKEN`] items begins inside a sentence.
fn breaks_sentences(pages: &[PageLayout]) -> bool {
    let pieces: Vec<&PlacedPiece> = pages.iter().flat_map(PageLayout::kept).collect();
    let (mut begun, mut broken) = (0, 0);
    for pair in pieces.windows(2) {
        let [before, after] = pair else { continue };
        if let (Some(Tag::Item(a)), Some(Tag::Item(b))) = (before.piece.tag, after.piece.tag)
            && a.number != b.number
        {
            let text = &after.piece.text;
            begun += 1;
            broken += usize::from(
                list_markers::starts_lower(text)
                    && list_markers::list_mark(text).is_none()
                    && !list_markers::is_list_mark(text)
                    && !list_markers::ends_sentence(&before.piece.text),
            );
        }
    }
    BROKEN * broken > begun
}
