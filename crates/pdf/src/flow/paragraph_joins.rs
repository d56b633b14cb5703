//! Paragraphs cut by the end of a column or page: which continue, and how they are joined.

use super::draft_block::DraftBlock;
use super::hyphenation::{self, Vocabulary};
use super::line::Line;
use crate::list_markers;
use sanad_document::text::chars::is_letter_or_digit;
use sanad_document::{Join, Kind};

/// Marks the blocks that continue the one before. They take over its kind.
pub(super) fn mark(flow: &mut [&mut DraftBlock], words: &Vocabulary) {
    let mut joins: Vec<(usize, Join, Kind)> = Vec::new();
    for (i, pair) in flow.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        if a.column == b.column || !a.is_running_text() || !b.is_running_text() {
            continue;
        }
        if let Some(join) = join(a.lines(), b.lines(), words) {
            joins.push((i + 1, join, a.kind));
        }
    }
    for (i, join, kind) in joins {
        if let Some(block) = flow.get_mut(i) {
            block.join = join;
            block.kind = kind;
        }
    }
}

/// How the lines of `b` continue those of `a`; `None` if they start a new paragraph.
fn join(a: &[Line], b: &[Line], words: &Vocabulary) -> Option<Join> {
    let (last, first) = (a.last()?, b.first()?);
    if (last.size - first.size).abs() > 0.07 * last.size.max(first.size)
        || last.is_bold != first.is_bold
        || list_markers::list_mark(&first.text).is_some()
    {
        return None;
    }
    let join = || words.join(&last.text, &first.text);
    let starts_lower = list_markers::starts_lower(&first.text);
    if hyphenation::ends_in_hyphen(&last.text)
        && (starts_lower || first.text.chars().next().is_some_and(is_letter_or_digit))
    {
        return Some(join());
    }
    let is_ended = list_markers::ends_sentence(&last.text);
    if !is_ended && starts_lower {
        return Some(join());
    }
    if last.is_short_before(first) || is_indented(a, b) {
        return None;
    }
    let is_flush = last.right > last.shape.right - 0.25 * last.size;
    // a sentence that ends where a full line ends is more often inside a paragraph than at its end
    (!is_ended || (is_flush && !last.text.ends_with([':', ';']))).then(join)
}

/// Returns true if the paragraph `b` begins with an indent.
fn is_indented(a: &[Line], b: &[Line]) -> bool {
    let (Some(first), Some(last)) = (b.first(), a.last()) else {
        return false;
    };
    let some = 0.6 * first.size;
    match b.get(1) {
        Some(second) => first.left > second.left + some,
        None => first.indent() > last.indent() + some,
    }
}
