//! Which blocks stay: score, repetition, repair, in this order.

use super::smoothing::{self, SURE_SCORE};
use super::{Support, rule_names};
use sanad_document::{Block, Document, Kind, Role};

/// Repetition speaks from this many pages on: two may be a page and its print version.
const MIN_PAGES: u32 = 3;

/// A block on this share of a site's pages is chrome, whatever it scores (per cent).
const REPEATED_PER_CENT: u64 = 20;

/// Below this score a block on two pages already is chrome: the model doubts it too.
const DOUBT_SCORE: f32 = 0.9;

/// A page with so many bytes of blocks the model is sure of has a running text. What stands far from that text and the
/// model is half sure of are teasers and comments, so more is asked of it than of what stands between two such blocks.
/// On the training pages, each scored by a model that hadn't seen its host, this costs .001 word F1 (on articles it brings .006,
/// on listings it costs .05); on old news pages outside the training set it brings .02.
const TEXT_SCORE: f32 = 0.875;
const TEXT_BYTES: usize = 400;
const WITHIN_SCORE: f32 = 0.5625;
const BEYOND_SCORE: f32 = 0.75;

/// A data table of few links is no teaser wherever it stands: declarations and budgets stand apart from the text.
const TABLE_SCORE: f32 = 0.5;
const TABLE_LINKS: f32 = 0.3;

/// Blocks on either side among which sure text must stand for a block to be within it: lists and tables of a text are
/// about so long.
const WITHIN_REACH: usize = 6;

/// Odds of a score of one half in the model's own probability (the threshold of its table, .25).
const MODEL_ODDS: f32 = 1.0 / 3.0;

/// On a page without a running text nothing below this probability stays.
const LEAST_PROBABILITY: f32 = 0.12;

/// Nothing is dropped for repetition when more than this share of the page's kept text would go with it (per cent): then
/// the pages are versions of one document.
const MOST_PER_CENT: usize = 60;

/// Rule and support of each block that goes.
pub(super) fn verdicts(document: &Document, support: &[Support]) -> Vec<Option<(&'static str, String)>> {
    let blocks = &document.blocks;
    let cuts = cuts(blocks);
    let mut namer = rule_names::Namer::default();
    let certain: Vec<Option<&'static str>> = blocks.iter().map(|block| namer.certain(block)).collect();
    let stays = |block: &Block, certain: Option<&str>, cut: f32| {
        is_forced(block) || (block.fate.is_kept() && certain.is_none() && block.score >= cut)
    };
    let scored = blocks.iter().zip(&certain).zip(&cuts);
    let mut keep: Vec<bool> = scored.map(|((block, certain), cut)| stays(block, *certain, *cut)).collect();
    smoothing::repair(blocks, document.page_kind, &mut keep);
    let repeated = repeated(blocks, support, &keep);
    let mut verdicts: Vec<Option<(&'static str, String)>> = Vec::with_capacity(blocks.len());
    for (i, block) in blocks.iter().enumerate() {
        let kept = keep.get(i).copied().unwrap_or(true);
        let times = repeated.get(i).copied().flatten();
        verdicts.push(match (kept, times) {
            _ if is_forced(block) => None,
            (true, Some(s)) => Some(("repeat.site", format!("on {} of {} pages", s.pages, s.of))),
            (true, None) => None,
            (false, _) => {
                let mut why = score(block.score);
                if let Some(s) = support.get(i).filter(|s| s.pages > 1) {
                    why = format!("{why}, on {} of {} pages", s.pages, s.of);
                }
                let certain = certain.get(i).copied().flatten();
                Some((certain.unwrap_or_else(|| namer.name(block)), why))
            }
        });
    }
    let kept: Vec<bool> = verdicts.iter().map(Option::is_none).collect();
    for (verdict, why) in verdicts.iter_mut().zip(smoothing::orphans(blocks, &kept)) {
        if let Some(why) = why {
            *verdict = Some(("model.orphan", why.to_owned()));
        }
    }
    verdicts
}

/// What a score says, `score 0.03`: said of most blocks, so it is put together by hand.
fn score(score: f32) -> String {
    if !(0.0..=1.0).contains(&score) {
        return format!("score {score:.2}");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a hundred")]
    let hundredths = (f64::from(score) * 100.0).round_ties_even() as u32;
    let digit = |value: u32| char::from_digit(value % 10, 10).unwrap_or_default();
    let mut why = String::with_capacity("score 0.00".len());
    why.push_str("score ");
    why.extend([digit(hundredths / 100), '.', digit(hundredths / 10), digit(hundredths)]);
    why
}

fn is_forced(block: &Block) -> bool {
    block.kept_by.is_some()
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
    weight(support) >= if block.score < DOUBT_SCORE { 1 } else { 2 }
}

/// What repetition weighs, from 0 to 2: nothing; enough against a block that the model doubts too; against any.
pub(super) fn weight(support: Support) -> u8 {
    let often = u64::from(support.pages) * 100 >= u64::from(support.of) * REPEATED_PER_CENT;
    match support.pages {
        MIN_PAGES.. if often => 2,
        2.. if often => 1,
        _ => 0,
    }
}

/// The score from which each block stays.
fn cuts(blocks: &[Block]) -> Vec<f32> {
    let is_sure = |b: &Block| b.score >= TEXT_SCORE;
    let bytes: usize = blocks.iter().filter(|b| is_sure(b)).map(|b| b.text.len()).sum();
    if bytes < TEXT_BYTES {
        return vec![best_cut(blocks); blocks.len()];
    }
    let mut cuts = vec![BEYOND_SCORE; blocks.len()];
    let mut last: Option<usize> = None;
    for at in blocks.iter().enumerate().filter(|(_, b)| is_sure(b)).map(|(i, _)| i) {
        let from = last.map_or(at, |last| last + 1);
        // within reach of the sure block before and of this one
        let (from, to) = (from.max(at.saturating_sub(WITHIN_REACH)), at.min(from + WITHIN_REACH));
        if last.is_some()
            && let Some(between) = cuts.get_mut(from..to.max(from))
        {
            between.fill(WITHIN_SCORE);
        }
        last = Some(at);
    }
    for (block, cut) in blocks.iter().zip(&mut cuts) {
        if block.kind == Kind::Table && block.link_share <= TABLE_LINKS {
            *cut = cut.min(TABLE_SCORE);
        }
    }
    cuts
}

/// The score at which the expected F1 of what is kept, over bytes, is greatest: half of that F1 as probability (Lipton,
/// Elkan and Naryanaswamy 2014). Where nothing scores well, that is low.
#[allow(clippy::cast_precision_loss, reason = "a page has fewer than 2^24 bytes of text")]
fn best_cut(blocks: &[Block]) -> f32 {
    let probability = |score: f32| {
        let odds = score / (1.0 - score).max(1e-6) * MODEL_ODDS;
        odds / (1.0 + odds)
    };
    let mut weighed: Vec<(f32, f32)> = blocks.iter().map(|b| (probability(b.score), b.text.len() as f32)).collect();
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
    let expected: f32 = weighed.iter().map(|(p, bytes)| p * bytes).sum();
    let (mut hits, mut kept, mut best) = (0.0, 0.0, 0.0_f32);
    for (p, bytes) in weighed {
        hits += p * bytes;
        kept += bytes;
        best = best.max(2.0 * hits / (kept + expected).max(1.0));
    }
    let cut = (best / 2.0).max(LEAST_PROBABILITY);
    let odds = cut / (1.0 - cut) / MODEL_ODDS;
    odds / (1.0 + odds)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_score_is_rounded_to_hundredths() {
        for n in 0..=u16::MAX {
            let score = f32::from(n) / 65_536.0;
            assert_eq!(super::score(score), format!("score {score:.2}"));
        }
        assert_eq!(super::score(1.0), "score 1.00");
    }
}
