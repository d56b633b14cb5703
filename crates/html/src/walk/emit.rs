//! Turning text runs into blocks.

use super::page_blocks::BlockFacts;
use super::state::{MAX_HEADING_CHARS, Walk};
use crate::{line_breaks, list_markers};
use sanad_document::{Block, Fate, Kind, Origin, Places, SharedStr};
use smallvec::smallvec;
use std::mem::take;

/// Maximum number of blocks of a page; text after that joins the last one. A 10 MB page of one-letter paragraphs has
/// 1.3 million.
const MAX_BLOCKS: usize = 200_000;

/// Maximum bytes of all origin paths together; blocks after that have none. The memory of a deep page with many blocks
/// would otherwise hold little but paths.
const MAX_ORIGIN_BYTES: usize = 64 << 20;

/// What all blocks of a run have in common.
struct BlockTemplate {
    origin: String,
    class_path: SharedStr,
    kind: Kind,
    facts: BlockFacts,
}

impl Walk<'_> {
    /// Ends the run: it becomes blocks of the kind of the innermost element.
    pub(super) fn flush(&mut self) {
        let kind = self.frames.last().map_or(Kind::Paragraph, |f| f.kind);
        self.flush_as(kind);
    }

    /// Ends the run: it becomes blocks of this kind.
    pub(super) fn flush_as(&mut self, kind: Kind) {
        let run = take(&mut self.run);
        let run_origin = self.run_origin.take();
        if run.is_empty() {
            return;
        }
        let block_at = self.frames.iter().rposition(|f| f.is_block).unwrap_or(0);
        let Some(frame) = self.frames.get(block_at) else {
            return;
        };
        let inner = self.frames.last().unwrap_or(frame);
        let lengths = self.frames.get(block_at + 1).map_or(self.paths.lengths(), |f| f.outer_paths);
        let run_origin = run_origin.filter(|_| frame.is_split && kind != Kind::Table);
        let block_origin = || self.paths.origin.get(..lengths.origin).unwrap_or("").to_owned();
        let facts = BlockFacts {
            container: inner.container,
            hidden: inner.hidden,
            noscript: inner.noscript,
            heading: inner.heading,
            rule: inner.rule,
            tally: run.tally,
            title_hits: None,
        };
        let class_path = self.share_class_path(self.paths.class.get(..lengths.class).unwrap_or(""));
        let origin = run_origin.unwrap_or_else(block_origin);
        self.emit(run.text, BlockTemplate { origin, class_path, kind, facts });
    }

    /// Returns the previous block's copy of the path if it has the same one.
    fn share_class_path(&self, path: &str) -> SharedStr {
        let previous = self.out.blocks.last().map(|block| &block.path);
        previous.filter(|previous| ***previous == *path).map_or_else(|| path.into(), SharedStr::clone)
    }

    /// Adds the blocks of a run.
    fn emit(&mut self, text: String, mut template: BlockTemplate) {
        let pieces = match template.kind {
            Kind::Table | Kind::Code => vec![line_breaks::trimmed(text)],
            Kind::Paragraph
            | Kind::Heading
            | Kind::ListItem
            | Kind::Quote
            | Kind::Caption
            | Kind::Signature
            | Kind::Note => line_breaks::blocks(text),
        };
        let count = pieces.len();
        for (n, piece) in (1..).zip(pieces) {
            let (marker, level) = self.marker.take().unzip();
            let origin = if n == count { take(&mut template.origin) } else { template.origin.clone() };
            let mut facts = template.facts;
            let mut block = Block {
                kind: template.kind,
                text: piece,
                origin: self.limited_origin(origin),
                path: template.class_path.clone(),
                link_share: share(facts.tally.link_chars, facts.tally.chars),
                fate: Fate::Keep,
                ..Block::default()
            };
            list_markers::apply(&mut block, marker.as_deref(), level);
            if block.kind == Kind::Heading && facts.tally.chars > MAX_HEADING_CHARS {
                block.kind = Kind::Paragraph;
            } else if block.kind == Kind::Heading {
                block.level = Some(facts.heading.max(1));
            }
            if count > 1 {
                facts.tally.scale_to(&block.text);
            }
            self.add(block, facts);
        }
    }

    /// The origin of a block, or none beyond the limit. A later line of a run has the origin of the run: no path is
    /// nearer.
    fn limited_origin(&mut self, html: String) -> Places {
        self.origin_bytes += html.len();
        if self.origin_bytes > MAX_ORIGIN_BYTES {
            return Places::new();
        }
        smallvec![Origin::Html { html, line: None }]
    }

    fn add(&mut self, block: Block, facts: BlockFacts) {
        if self.out.blocks.len() < MAX_BLOCKS {
            self.out.blocks.push(block);
            self.out.facts.push(facts);
        } else if let Some(last) = self.out.blocks.last_mut() {
            last.text.push(' ');
            last.text.push_str(&block.text);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a share needs no more than seven digits")]
fn share(part: u32, whole: u32) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}
