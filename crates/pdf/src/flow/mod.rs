//! From pages of pieces to blocks: reading order, paragraphs, headings, lists, tables and notes.
//!
//! The pieces of a page are laid out in columns ([`columns`]), lines become paragraphs ([`paragraphs`]), and paragraphs
//! get their kinds ([`headings`]) and their joins over page and column ends ([`paragraph_joins`]). Dropped pieces
//! become dropped blocks. Line ends are joined with the document's own vocabulary ([`hyphenation`]).

mod body_style;
mod column_kind;
mod columns;
mod draft_block;
mod element;
mod headings;
mod hyphenation;
mod line;
mod page_flow;
mod paragraph_joins;
mod paragraphs;
mod tables;
pub(crate) mod title;

use crate::geometry::writing_direction::Frame;
use crate::layout::page_layout::{PageLayout, PlacedPiece};
use body_style::BodyStyle;
use draft_block::{DraftBlock, PageDrafts};
use hyphenation::Vocabulary;
pub(crate) use hyphenation::is_hyphen;
use page_flow::PageFlow;
use sanad_document::{Block, Fate, Join, Origin};
use smallvec::smallvec;
use std::collections::BTreeMap;

/// The blocks of a document, dropped ones included. `outline` has the titles of its outline with their depths.
pub(crate) fn blocks(pages: &[PageLayout], outline: &BTreeMap<String, u8>) -> Vec<Block> {
    let style = BodyStyle::of(pages);
    let mut column = 0;
    let flows: Vec<PageFlow> = pages.iter().map(|page| PageFlow::read(page, &style, &mut column)).collect();
    let mut words = Vocabulary::default();
    for line in flows.iter().flat_map(PageFlow::lines) {
        words.add(&line.text);
    }
    words.close();
    let mut drafts: Vec<PageDrafts> =
        flows.into_iter().zip(pages).map(|(flow, page)| flow.drafts(page, &style)).collect();
    let mut main: Vec<&mut DraftBlock> = drafts.iter_mut().flat_map(|page| &mut page.main).collect();
    headings::mark(&mut main, &style, outline);
    paragraph_joins::mark(&mut main, &words);
    emit(pages, drafts, &words)
}

/// Kept and dropped blocks page by page. Notes wait until the paragraph that crosses the end of their page is complete.
fn emit(pages: &[PageLayout], drafts: Vec<PageDrafts>, words: &Vocabulary) -> Vec<Block> {
    let mut out = Vec::new();
    let mut waiting: Vec<DraftBlock> = Vec::new();
    for (page, drafts) in pages.iter().zip(drafts) {
        let (_, height) = page.extent();
        let middle = 0.5 * height;
        out.extend(dropped(page, |p| p.piece.base < middle));
        for draft in drafts.main {
            if draft.join == Join::None {
                out.extend(waiting.drain(..).filter_map(|note| note.block(words)));
            }
            out.extend(draft.block(words));
        }
        waiting.extend(drafts.notes);
        waiting.extend(drafts.asides);
        out.extend(dropped(page, |p| p.piece.base >= middle));
        out.extend(dropped_asides(page));
    }
    out.extend(waiting.drain(..).filter_map(|note| note.block(words)));
    out
}

fn dropped(page: &PageLayout, which: impl Fn(&PlacedPiece) -> bool) -> impl Iterator<Item = Block> {
    page.pieces.iter().filter(move |p| which(p)).filter_map(|p| dropped_block(p, &page.frame, page.number))
}

fn dropped_asides(page: &PageLayout) -> impl Iterator<Item = Block> {
    page.asides.iter().flat_map(|aside| aside.pieces.iter().filter_map(|p| dropped_block(p, &aside.frame, page.number)))
}

fn dropped_block(placed: &PlacedPiece, frame: &Frame, page: u32) -> Option<Block> {
    let reason = placed.dropped.as_ref()?;
    let bbox = frame.turn_back(placed.piece.area()).map(draft_block::tenths);
    Some(Block {
        text: draft_block::without_soft_hyphens(&placed.piece.text),
        origin: smallvec![Origin::Pdf { page, label: None, bbox }],
        fate: Fate::drop(reason.rule.as_str(), reason.support.clone()),
        ..Block::default()
    })
}
