//! Which blocks stay: score, repetition, repair, in this order.

use super::{Support, repair, rules};
use crate::record::{Block, Document, Role};

/// A block scores this to stay.
pub(super) const KEEP_SCORE: f32 = 0.5;

/// Repetition speaks from this many pages on: two may be a page and its print version.
const MIN_PAGES: u32 = 3;

/// A block on this share of a site's pages is chrome, whatever it scores (per cent).
const REPEATED_PER_CENT: u64 = 20;

/// Nothing is dropped for repetition when more than this share of the page's kept text would go with it (per cent): then
/// the pages are versions of one document.
const MOST_PER_CENT: usize = 60;

/// Rule and support of each block that goes.
pub(super) fn verdicts(document: &Document, support: &[Support]) -> Vec<Option<(String, String)>> {
    let blocks = &document.blocks;
    let mut keep: Vec<bool> = blocks.iter().map(stays).collect();
    repair::repair(blocks, &mut keep);
    let repeated = repeated(blocks, support, &keep);
    let mut verdicts: Vec<Option<(String, String)>> = Vec::with_capacity(blocks.len());
    for (i, block) in blocks.iter().enumerate() {
        let kept = keep.get(i).copied().unwrap_or(true);
        let times = repeated.get(i).copied().flatten();
        verdicts.push(match (kept, times) {
            _ if is_forced(block) => None,
            (true, Some(s)) => Some(("repeat.site".to_owned(), format!("on {} of {} pages", s.pages, s.of))),
            (true, None) => None,
            (false, _) => {
                let mut why = format!("score {:.2}", block.score);
                if let Some(s) = support.get(i).filter(|s| s.pages > 1) {
                    why = format!("{why}, on {} of {} pages", s.pages, s.of);
                }
                Some((rules::name(block).to_owned(), why))
            }
        });
    }
    verdicts
}

fn is_forced(block: &Block) -> bool {
    block.kept_by.is_some()
}

fn stays(block: &Block) -> bool {
    is_forced(block) || (block.fate.is_kept() && rules::certain(block).is_none() && block.score >= KEEP_SCORE)
}

/// The support of each kept block that stands on too many pages to be this page's own text.
fn repeated(blocks: &[Block], support: &[Support], keep: &[bool]) -> Vec<Option<Support>> {
    let repeats = |s: &Support| s.pages >= MIN_PAGES && u64::from(s.pages) * 100 >= u64::from(s.of) * REPEATED_PER_CENT;
    let mut found: Vec<Option<Support>> = support.iter().map(|s| Some(*s).filter(repeats)).collect();
    found.resize(blocks.len(), None);
    let (mut all, mut gone) = (0, 0);
    for ((block, times), kept) in blocks.iter().zip(&found).zip(keep) {
        if *kept {
            all += block.text.len();
            gone += if times.is_some() { block.text.len() } else { 0 };
        }
    }
    if gone * 100 > all * MOST_PER_CENT {
        return vec![None; blocks.len()];
    }
    for (block, times) in blocks.iter().zip(&mut found) {
        if block.role == Some(Role::Title) {
            *times = None; // versions of one document share a title
        }
    }
    found
}
