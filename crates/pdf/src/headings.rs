//! Which paragraphs are headings, at which level, and which are list items.

use crate::list_markers;
use crate::paragraphs::{Line, Usual};
use crate::structure_tree::Part;
use sanad_document::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// Something that may be a heading.
pub(super) trait Titled {
    /// Its lines; none for tables.
    fn lines(&self) -> &[Line];
    /// Says what it is.
    fn set(&mut self, kind: Kind, level: Option<u8>);
}

/// A heading has at most this many letters and lines.
const LONGEST: usize = 220;
const MOST_LINES: usize = 5;
/// A heading's letters are at least this much larger than the running text's, unless it is bold.
const LARGER: f32 = 1.09;

/// Marks headings and list items. Of a tagged item that has several paragraphs, the first is the item.
pub(super) fn mark<T: Titled>(items: &mut [&mut T], usual: &Usual, outline: &BTreeMap<String, u8>) {
    let styles: BTreeSet<Style> = items.iter().filter_map(|i| style(i.lines(), usual)).collect();
    let mut begun = BTreeSet::new();
    for item in items.iter_mut() {
        let Some(first) = item.lines().first() else {
            continue;
        };
        let tagged_item = match first.part {
            Some(Part::Item(tagged)) => begun.insert(tagged.number).then_some(tagged.depth),
            _ => None,
        };
        let listed = tagged_item.is_some() || list_markers::list_mark(&first.text).is_some();
        let deep = first.left - first.shape.left > 4.0 * first.size;
        let listed_depth = (item.lines().len() <= MOST_LINES).then(|| outline.get(&plain(item.lines()))).flatten();
        if let Some(level) = tagged(item.lines()) {
            item.set(Kind::Heading, Some(level));
        } else if let Some(depth) = listed_depth {
            item.set(Kind::Heading, Some(*depth));
        } else if let Some(own) = style(item.lines(), usual) {
            let above = styles.iter().rev().take_while(|s| **s > own).count();
            let level = u8::try_from(above + 1).unwrap_or(6).min(6);
            item.set(Kind::Heading, Some(level));
        } else if listed {
            item.set(Kind::ListItem, tagged_item.or(Some(if deep { 2 } else { 1 })));
        }
    }
}

/// The level of a heading by the structure tree.
fn tagged(lines: &[Line]) -> Option<u8> {
    let Some(Part::Heading(level)) = lines.first()?.part else {
        return None;
    };
    let letters: usize = lines.iter().map(|l| l.glyphs).sum();
    let whole = lines.iter().all(|l| l.part == Some(Part::Heading(level)));
    (whole && letters <= 2 * LONGEST).then_some(level)
}

/// Size in half points, then weight: larger is a higher heading.
type Style = (u32, bool);

fn style(lines: &[Line], usual: &Usual) -> Option<Style> {
    let first = lines.first()?;
    let letters: usize = lines.iter().map(|l| l.glyphs).sum();
    if lines.len() > MOST_LINES || !(2..=LONGEST).contains(&letters) {
        return None;
    }
    let last = lines.last()?;
    let text_end = last.text.trim_end();
    let larger = first.size > LARGER * usual.size;
    let bold = first.bold && lines.iter().all(|l| l.bold) && !usual.bold;
    if !(larger || bold) || first.size < 0.9 * usual.size {
        return None;
    }
    if text_end.ends_with([';', ',']) || !first.text.chars().any(sanad_document::text::chars::is_letter) {
        return None;
    }
    Some((half_points(first.size), bold))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are small and positive")]
fn half_points(size: f32) -> u32 {
    (size.clamp(0.0, 4000.0) * 2.0).round() as u32
}

fn plain(lines: &[Line]) -> String {
    lines.iter().map(|l| crate::running::plain(&l.text)).collect()
}
