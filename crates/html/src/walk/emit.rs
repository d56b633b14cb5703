//! Runs to blocks.

use super::{Facts, HEADING_CHARS, Walk};
use crate::inline_text::Run;
use crate::{line_breaks, lists};
use sanad_document::{Block, Fate, Kind, Origin, Places, SharedStr};
use smallvec::smallvec;
use std::mem::take;

/// Most blocks of a page; what follows joins the last one. A 10 MB page of one-letter paragraphs has 1.3 million.
const MAX_BLOCKS: usize = 200_000;

/// Bytes of all paths together. Deep pages with many blocks would otherwise hold little but paths.
const MAX_PATH_BYTES: usize = 64 << 20;

/// Where a run stood.
struct Place {
    origin: String,
    label: SharedStr,
    kind: Kind,
    facts: Facts,
}

impl Place {
    /// Origin of the run's next block; the last one takes it along.
    fn next_origin(&mut self, is_last: bool) -> String {
        if is_last { take(&mut self.origin) } else { self.origin.clone() }
    }
}

impl Walk<'_> {
    /// Ends the run: it becomes a block of the kind its container gives.
    pub(super) fn flush(&mut self) {
        let kind = self.frames.last().map_or(Kind::Paragraph, |f| f.kind);
        self.flush_as(kind);
    }

    pub(super) fn flush_as(&mut self, kind: Kind) {
        if self.run.is_empty() {
            self.run = Run::default();
            self.start = None;
            return;
        }
        let run = take(&mut self.run);
        let start = self.start.take();
        let at = self.frames.iter().rposition(|f| f.block).unwrap_or(0);
        let Some(frame) = self.frames.get(at) else {
            return;
        };
        let inner = self.frames.last().unwrap_or(frame);
        let path_end = self.frames.get(at + 1).map_or(self.path.len(), |f| f.path);
        let label_end = self.frames.get(at + 1).map_or(self.label.len(), |f| f.label);
        let own = self.path.get(..path_end).unwrap_or("");
        let origin = start.filter(|_| frame.broken && kind != Kind::Table);
        let facts = Facts {
            container: inner.container,
            hidden: inner.hidden,
            noscript: inner.noscript,
            heading: inner.heading,
            rule: inner.rule,
            tally: run.tally,
            titled: None,
        };
        let label = self.label.get(..label_end).unwrap_or("");
        let before = self.out.blocks.last().map(|before| &before.path);
        let label = before.filter(|before| ***before == *label).map_or_else(|| label.into(), SharedStr::clone);
        let place = Place { origin: origin.unwrap_or_else(|| own.to_owned()), label, kind, facts };
        self.emit(run.text, place);
    }

    /// Adds the blocks of a run.
    fn emit(&mut self, text: String, mut place: Place) {
        let as_it_is = matches!(place.kind, Kind::Table | Kind::Code);
        let pieces = if as_it_is { vec![line_breaks::trimmed(text)] } else { line_breaks::lines(text) };
        let shares = pieces.len();
        for (n, piece) in (1..).zip(pieces) {
            let (mark, level) = self.mark.take().unzip();
            let origin = place.next_origin(n == shares);
            let mut block = Block {
                kind: place.kind,
                origin: self.origin(origin),
                path: place.label.clone(),
                link_share: share(place.facts.tally.link_chars, place.facts.tally.chars),
                fate: Fate::Keep,
                ..Block::default()
            };
            block.text = piece;
            lists::give_mark(&mut block, mark.as_deref(), level);
            if block.kind == Kind::Heading && place.facts.tally.chars > HEADING_CHARS {
                block.kind = Kind::Paragraph;
            } else if block.kind == Kind::Heading {
                block.level = Some(place.facts.heading.max(1));
            }
            let mut facts = place.facts;
            if shares > 1 {
                facts.tally.split(&block.text);
            }
            self.add(block, facts);
        }
    }

    fn origin(&mut self, html: String) -> Places {
        self.path_bytes += html.len();
        if self.path_bytes > MAX_PATH_BYTES {
            return Places::new();
        }
        // for a later line of the same run, the run's own place is as near as a path comes
        smallvec![Origin::Html { html, line: None }]
    }

    fn add(&mut self, block: Block, facts: Facts) {
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
