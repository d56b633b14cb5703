//! Paragraphs cut by a page's or column's end: which go on, and how.

use crate::hyphenation::{self, Seam, Vocabulary};
use crate::list_markers;
use crate::paragraphs::Line;
use sanad_document::{Join, Kind};

/// A paragraph in the flow of columns and pages.
pub(super) trait Joined {
    /// Its lines.
    fn lines(&self) -> &[Line];
    /// Whether it is a paragraph or list item.
    fn is_running_text(&self) -> bool;
    /// Number of its column, through the document.
    fn column(&self) -> usize;
    /// Says how it goes on from the one before, and of which kind it then is.
    fn set(&mut self, join: Join, kind: Option<Kind>);
    /// What it is.
    fn kind(&self) -> Kind;
}

/// Marks the paragraphs that go on from the one before.
pub(super) fn mark<T: Joined>(flow: &mut [T], words: &Vocabulary) {
    let mut joins = Vec::new();
    for (i, pair) in flow.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        if a.column() == b.column() || !a.is_running_text() || !b.is_running_text() {
            continue;
        }
        if let Some(join) = join(a.lines(), b.lines(), words) {
            joins.push((i + 1, join, a.kind()));
        }
    }
    for (i, join, kind) in joins {
        if let Some(item) = flow.get_mut(i) {
            item.set(join, Some(kind));
        }
    }
}

fn join(a: &[Line], b: &[Line], words: &Vocabulary) -> Option<Join> {
    let (last, first) = (a.last()?, b.first()?);
    if (last.size - first.size).abs() > 0.07 * last.size.max(first.size)
        || last.bold != first.bold
        || list_markers::list_mark(&first.text).is_some()
    {
        return None;
    }
    let seam = || match words.seam(&last.text, &first.text) {
        Seam::Space => Join::Space,
        Seam::Cut => Join::Hyphen,
        Seam::Close => Join::Nothing,
    };
    let lower = list_markers::starts_lower(&first.text);
    let hyphen = last.text.ends_with(hyphenation::is_hyphen) && !last.text.ends_with(" -");
    if hyphen && (lower || first.text.chars().next().is_some_and(sanad_document::text::chars::is_letter_or_digit)) {
        return Some(seam());
    }
    let short = last.is_short_before(first);
    let ended = list_markers::ends_sentence(&last.text);
    if !ended && lower {
        return Some(seam());
    }
    if short || is_indented(a, b) {
        return None;
    }
    let flush = last.right > last.shape.right - 0.25 * last.size;
    // a sentence that ends where a full line ends is more often inside a paragraph than at its end
    (!ended || (flush && !last.text.ends_with([':', ';']))).then(seam)
}

/// Whether a paragraph begins with an indent, so that it is a new one.
fn is_indented(a: &[Line], b: &[Line]) -> bool {
    let (Some(first), Some(last)) = (b.first(), a.last()) else {
        return false;
    };
    let some = 0.6 * first.size;
    if let Some(second) = b.get(1) {
        return first.left > second.left + some;
    }
    let own = first.left - first.shape.left;
    let before = last.left - last.shape.left;
    own > before + some
}
