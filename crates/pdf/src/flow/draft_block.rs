//! A block before its lines are joined, while its kind and its join to the block before are still open.

use super::hyphenation::Vocabulary;
use super::line::Line;
use super::tables::Table;
use crate::geometry::bbox::{self, BBox};
use crate::geometry::writing_direction::Frame;
use sanad_document::{Block, Join, Kind, Origin};
use smallvec::smallvec;

/// A block to be.
pub(super) struct DraftBlock {
    /// Page number, from 1.
    pub(super) page: u32,
    /// The frame that its lines or its table are in.
    pub(super) frame: Frame,
    /// Number of its column through the document. A new number is a break in the flow.
    pub(super) column: usize,
    pub(super) content: DraftContent,
    pub(super) kind: Kind,
    pub(super) level: Option<u8>,
    pub(super) join: Join,
}

/// What a draft block holds.
pub(super) enum DraftContent {
    Lines(Vec<Line>),
    Table(Table),
}

/// The draft blocks of a page.
pub(super) struct PageDrafts {
    /// The main flow, in reading order.
    pub(super) main: Vec<DraftBlock>,
    /// Footnotes.
    pub(super) notes: Vec<DraftBlock>,
    /// Text of other directions.
    pub(super) asides: Vec<DraftBlock>,
}

impl DraftBlock {
    /// Its lines; none for a table.
    pub(super) fn lines(&self) -> &[Line] {
        match &self.content {
            DraftContent::Lines(lines) => lines,
            DraftContent::Table(_) => &[],
        }
    }

    /// Returns true if it is a paragraph or a list item.
    pub(super) fn is_running_text(&self) -> bool {
        matches!(self.kind, Kind::Paragraph | Kind::ListItem)
    }

    /// The finished block; `None` if it has no text.
    pub(super) fn block(&self, words: &Vocabulary) -> Option<Block> {
        let (text, area) = match &self.content {
            DraftContent::Table(table) => (table.text.clone(), table.area),
            DraftContent::Lines(lines) => (joined(lines, words), area(lines)?),
        };
        let text = without_soft_hyphens(&text);
        if text.is_empty() {
            return None;
        }
        Some(Block {
            text,
            kind: self.kind,
            level: self.level,
            origin: smallvec![Origin::Pdf {
                page: self.page,
                label: None,
                bbox: self.frame.turn_back(area).map(tenths)
            }],
            join: self.join,
            score: 1.0,
            body_score: 1.0,
            ..Block::default()
        })
    }
}

/// Lines as one text.
fn joined(lines: &[Line], words: &Vocabulary) -> String {
    let mut text = String::new();
    for line in lines {
        if text.is_empty() {
            text.push_str(&line.text);
            continue;
        }
        match words.join(&text, &line.text) {
            Join::None | Join::Space => text.push(' '),
            Join::Nothing => {}
            Join::Hyphen => {
                text.pop();
            }
        }
        text.push_str(&line.text);
    }
    text
}

fn area(lines: &[Line]) -> Option<BBox> {
    lines.iter().map(Line::area).reduce(bbox::union)
}

/// Rounds to tenths of a point, which is finer than anything printed.
pub(super) fn tenths(v: f32) -> f32 {
    (v * 10.0).round() / 10.0
}

/// Removes soft hyphens, which show nothing, except at the end, where the join to the next block decides.
pub(super) fn without_soft_hyphens(text: &str) -> String {
    let body = text.trim_end();
    let inner = body.trim_end_matches('\u{AD}');
    let mut out: String = inner.chars().filter(|c| *c != '\u{AD}').collect();
    if inner.len() < body.len() {
        out.push('\u{AD}');
    }
    out.trim().to_owned()
}
