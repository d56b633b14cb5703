//! Which blocks stay: score, repetition, repair, in this order.

use super::{Support, repair, rules};
use crate::record::{Block, Document, Role};

/// A block scores this at least to stay.
pub(super) const KEEP_SCORE: f32 = 0.5;

/// Repetition speaks from this many pages on: two may be a page and its print version.
const MIN_PAGES: u32 = 3;

/// A block on this share of a site's pages is chrome, whatever it scores (per cent).
const REPEATED_PER_CENT: u64 = 20;

/// Below this score a block on two pages already is chrome: the model doubts it too.
const DOUBT_SCORE: f32 = 0.9;

/// From this score on the model is sure; the share of the page that repetition would take is counted over such blocks.
const SURE_SCORE: f32 = 0.9;

/// A page with so many bytes of blocks the model is very sure of has a running text, and what it is half sure of there
/// are teasers and comments: more is asked of a block to stay. On the training pages, each scored by a model that
/// hadn't seen its host, this costs nothing (.8849 and .8846 word F1); on old news pages outside the training set it
/// brings .05 (.803 and .854). Lowering the score where nothing scores well cost .003: many such pages have no main
/// text.
const TEXT_SCORE: f32 = 0.88;
const TEXT_BYTES: usize = 400;
const STRICT_SCORE: f32 = 0.72;

/// Nothing is dropped for repetition when more than this share of the page's kept text would go with it (per cent): then
/// the pages are versions of one document.
const MOST_PER_CENT: usize = 60;

/// Rule and support of each block that goes.
pub(super) fn verdicts(document: &Document, support: &[Support]) -> Vec<Option<(String, String)>> {
    let blocks = &document.blocks;
    let cut = cut(blocks);
    let mut keep: Vec<bool> = blocks.iter().map(|block| stays(block, cut)).collect();
    repair::repair(blocks, &mut keep);
    let repeated = repeated(blocks, support, &keep);
    let mut verdicts: Vec<Option<(String, String)>> = Vec::with_capacity(blocks.len());
    let mut namer = rules::Namer::default();
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
                Some((namer.name(block).to_owned(), why))
            }
        });
    }
    let kept: Vec<bool> = verdicts.iter().map(Option::is_none).collect();
    for (verdict, why) in verdicts.iter_mut().zip(repair::orphans(blocks, &kept)) {
        if let Some(why) = why {
            *verdict = Some(("model.orphan".to_owned(), why.to_owned()));
        }
    }
    verdicts
}

fn is_forced(block: &Block) -> bool {
    block.kept_by.is_some()
}

fn stays(block: &Block, cut: f32) -> bool {
    is_forced(block) || (block.fate.is_kept() && rules::certain(block).is_none() && block.score >= cut)
}

/// The support of each block that stands on too many pages to be this page's own text.
fn repeated(blocks: &[Block], support: &[Support], keep: &[bool]) -> Vec<Option<Support>> {
    let mut found: Vec<Option<Support>> =
        blocks.iter().zip(support).map(|(block, s)| Some(*s).filter(|s| repeats(block, *s))).collect();
    found.resize(blocks.len(), None);
    for (block, times) in blocks.iter().zip(&mut found) {
        if block.role == Some(Role::Title) {
            *times = None; // versions of one document share a title
        }
    }
    // what the model is sure of is weighed; what it doubts goes on less evidence
    let (mut all, mut gone) = (0, 0);
    for ((block, times), kept) in blocks.iter().zip(&found).zip(keep) {
        if *kept && block.score >= SURE_SCORE {
            all += block.text.len();
            gone += if times.is_some() { block.text.len() } else { 0 };
        }
    }
    if gone * 100 > all * MOST_PER_CENT {
        for (block, times) in blocks.iter().zip(&mut found) {
            if block.score >= SURE_SCORE {
                *times = None;
            }
        }
    }
    found
}

fn repeats(block: &Block, support: Support) -> bool {
    let often = u64::from(support.pages) * 100 >= u64::from(support.of) * REPEATED_PER_CENT;
    let pages = if block.score < DOUBT_SCORE { 2 } else { MIN_PAGES };
    often && support.pages >= pages
}

/// The score from which a block stays.
fn cut(blocks: &[Block]) -> f32 {
    let sure = blocks.iter().filter(|b| b.score >= TEXT_SCORE);
    let bytes: usize = sure.map(|b| b.text.len()).sum();
    if bytes >= TEXT_BYTES { STRICT_SCORE } else { KEEP_SCORE }
}
