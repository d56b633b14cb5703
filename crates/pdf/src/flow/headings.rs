//! Which paragraphs are headings, at which level, and which are list items.

use super::body_style::BodyStyle;
use super::draft_block::DraftBlock;
use super::line::Line;
use crate::comparison_key::letters_and_digits;
use crate::file::tag::Tag;
use crate::list_markers;
use sanad_document::Kind;
use sanad_document::text::chars::is_letter;
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of letters in a heading.
const LONGEST: usize = 220;
/// Maximum number of lines in a heading.
const MOST_LINES: usize = 5;
/// Letters of a heading that isn't bold are larger than the running text's by this factor.
const LARGER: f32 = 1.09;

/// Marks headings and list items. If a tagged item has several paragraphs, the first is the item.
///
/// A heading is tagged as one, named in the outline, or set in larger or bolder letters; its level comes from the first
/// of these that holds.
pub(super) fn mark(blocks: &mut [&mut DraftBlock], body: &BodyStyle, outline: &BTreeMap<String, u8>) {
    let styles: BTreeSet<HeadingStyle> = blocks.iter().filter_map(|b| style(b.lines(), body)).collect();
    let mut begun = BTreeSet::new();
    for block in blocks.iter_mut() {
        let lines = block.lines();
        let Some(first) = lines.first() else {
            continue;
        };
        let tagged_depth = match first.tag {
            Some(Tag::Item(item)) => begun.insert(item.number).then_some(item.depth),
            _ => None,
        };
        let found = if let Some(level) = tagged_level(lines).or_else(|| outline_level(lines, outline)) {
            (Kind::Heading, level)
        } else if let Some(own) = style(lines, body) {
            let larger = styles.iter().rev().take_while(|s| **s > own).count();
            (Kind::Heading, u8::try_from(larger + 1).unwrap_or(6).min(6))
        } else if let Some(depth) = tagged_depth {
            (Kind::ListItem, depth)
        } else if list_markers::list_mark(&first.text).is_some() {
            let is_deep = first.indent() > 4.0 * first.size;
            (Kind::ListItem, if is_deep { 2 } else { 1 })
        } else {
            continue;
        };
        block.kind = found.0;
        block.level = Some(found.1);
    }
}

/// The level that the structure tree states for a heading.
fn tagged_level(lines: &[Line]) -> Option<u8> {
    let Some(Tag::Heading(level)) = lines.first()?.tag else {
        return None;
    };
    let letters: usize = lines.iter().map(|l| l.glyphs).sum();
    let is_whole = lines.iter().all(|l| l.tag == Some(Tag::Heading(level)));
    (is_whole && letters <= 2 * LONGEST).then_some(level)
}

/// The depth of the outline entry that has these lines as its title.
fn outline_level(lines: &[Line], outline: &BTreeMap<String, u8>) -> Option<u8> {
    if lines.len() > MOST_LINES {
        return None;
    }
    let key: String = lines.iter().map(|l| letters_and_digits(&l.text)).collect();
    outline.get(&key).copied()
}

/// Size in half points, then weight. The larger style is the higher heading.
type HeadingStyle = (u32, bool);

/// The style of lines that look like a heading.
fn style(lines: &[Line], body: &BodyStyle) -> Option<HeadingStyle> {
    let (first, last) = (lines.first()?, lines.last()?);
    let letters: usize = lines.iter().map(|l| l.glyphs).sum();
    if lines.len() > MOST_LINES || !(2..=LONGEST).contains(&letters) {
        return None;
    }
    let is_larger = first.size > LARGER * body.size;
    let is_bold = !body.is_bold && lines.iter().all(|l| l.is_bold);
    if !(is_larger || is_bold) || first.size < 0.9 * body.size {
        return None;
    }
    if last.text.trim_end().ends_with([';', ',']) || !first.text.chars().any(is_letter) {
        return None;
    }
    Some((half_points(first.size), is_bold))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are small and positive")]
fn half_points(size: f32) -> u32 {
    (size.clamp(0.0, 4000.0) * 2.0).round() as u32
}
