//! Decides which blocks of a web page are dropped: by score, then smoothing, then repetition.

use super::rule::Rule;
use super::rule_names::RuleNamer;
use super::smoothing::{self, SURE_SCORE};
use super::support::{self, Support};
use sanad_document::{Block, Document, Kind, Role};

/// Below this score a block on two pages already is chrome: the model doubts it too.
const DOUBT_SCORE: f32 = 0.9;

/// A page has running text if blocks of at least `TEXT_SCORE` hold `TEXT_BYTES` bytes. Blocks far from that text that
/// the model is half sure of are teasers and comments, so they need `BEYOND_SCORE`; blocks between two blocks of the
/// text need only `WITHIN_SCORE`. On the training pages, each scored by a model that hadn't seen its host, this costs
/// .001 word F1 (articles gain .006, listings lose .05); old news pages outside the training set gain .02.
const TEXT_SCORE: f32 = 0.875;
const TEXT_BYTES: usize = 400;
const WITHIN_SCORE: f32 = 0.5625;
const BEYOND_SCORE: f32 = 0.75;

/// A data table with few links is no teaser wherever it is: declarations and budgets stand apart from the text.
const TABLE_SCORE: f32 = 0.5;
const TABLE_LINKS: f32 = 0.3;

/// A block is within the text if text is at most this many blocks away on either side: about the length of the lists
/// and tables inside a text.
const WITHIN_REACH: usize = 6;

/// Odds of a score of one half in the model's own probability (the threshold of its table, .25).
const MODEL_ODDS: f32 = 1.0 / 3.0;

/// On a page without running text, blocks below this probability are dropped.
const LEAST_PROBABILITY: f32 = 0.12;

/// Repetition drops nothing if more than this share of the page's kept text would go (per cent): such pages are
/// versions of one document.
const MAX_REPEATED_PER_CENT: usize = 60;

/// Why a block is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DropReason {
    pub(super) rule: Rule,
    /// The evidence, for people: `score 0.03, on 41 of 57 pages`.
    pub(super) support: String,
}

/// Returns the reason for dropping each block, or `None` for blocks that stay.
pub(super) fn drop_reasons(document: &Document, support: &[Support]) -> Vec<Option<DropReason>> {
    let blocks = &document.blocks;
    let thresholds = thresholds(blocks);
    let mut namer = RuleNamer::default();
    let certain: Vec<Option<Rule>> = blocks.iter().map(|block| namer.certain_rule(block)).collect();
    let passes = |block: &Block, certain: Option<Rule>, threshold: f32| {
        is_forced(block) || (block.fate.is_kept() && certain.is_none() && block.score >= threshold)
    };
    let scored = blocks.iter().zip(&certain).zip(&thresholds);
    let mut keep: Vec<bool> = scored.map(|((block, certain), threshold)| passes(block, *certain, *threshold)).collect();
    smoothing::repair(blocks, document.page_kind, &mut keep);
    let repeated = repeated(blocks, support, &keep);
    let mut reasons = Vec::with_capacity(blocks.len());
    for (i, block) in blocks.iter().enumerate() {
        let is_kept = keep.get(i).copied().unwrap_or(true);
        let repeated = repeated.get(i).copied().flatten();
        reasons.push(if is_forced(block) {
            None
        } else if is_kept {
            repeated.map(|s| DropReason { rule: Rule::RepeatSite, support: page_count(s) })
        } else {
            let certain = certain.get(i).copied().flatten();
            let rule = certain.unwrap_or_else(|| namer.probable_rule(block));
            Some(DropReason { rule, support: score_support(block, support.get(i)) })
        });
    }
    drop_orphans(blocks, &mut reasons);
    reasons
}

/// Whether a rule of the site keeps the block.
fn is_forced(block: &Block) -> bool {
    block.kept_by.is_some()
}

/// Drops kept blocks that belong to a dropped table.
fn drop_orphans(blocks: &[Block], reasons: &mut [Option<DropReason>]) {
    let kept: Vec<bool> = reasons.iter().map(Option::is_none).collect();
    for (reason, orphaned) in reasons.iter_mut().zip(smoothing::orphans(blocks, &kept)) {
        if let Some(support) = orphaned {
            *reason = Some(DropReason { rule: Rule::ModelOrphan, support: support.to_owned() });
        }
    }
}

fn page_count(support: Support) -> String {
    format!("on {} of {} pages", support.pages, support.of)
}

/// The score of a block, and its repetition if it occurs on several pages.
fn score_support(block: &Block, support: Option<&Support>) -> String {
    let score = score_text(block.score);
    match support.filter(|s| s.pages > 1) {
        Some(support) => format!("{score}, {}", page_count(*support)),
        None => score,
    }
}

/// Formats a score as `score 0.03`. Written by hand, since most dropped blocks need it.
fn score_text(score: f32) -> String {
    if !(0.0..=1.0).contains(&score) {
        return format!("score {score:.2}");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a hundred")]
    let hundredths = (f64::from(score) * 100.0).round_ties_even() as u32;
    let digit = |value: u32| char::from_digit(value % 10, 10).unwrap_or_default();
    let mut text = String::with_capacity("score 0.00".len());
    text.push_str("score ");
    text.extend([digit(hundredths / 100), '.', digit(hundredths / 10), digit(hundredths)]);
    text
}

/// Returns the support of each block that repeats on too many pages to be this page's own text.
fn repeated(blocks: &[Block], support: &[Support], keep: &[bool]) -> Vec<Option<Support>> {
    let mut found: Vec<Option<Support>> =
        blocks.iter().zip(support).map(|(block, s)| Some(*s).filter(|s| is_repeated(block, *s))).collect();
    found.resize(blocks.len(), None);
    for (block, support) in blocks.iter().zip(&mut found) {
        if block.role == Some(Role::Title) {
            *support = None; // versions of one document share a title
        }
    }
    // The limit protects only blocks that the model is sure of; those it doubts are dropped on less evidence.
    let (mut sure_bytes, mut repeated_bytes) = (0, 0);
    for ((block, support), kept) in blocks.iter().zip(&found).zip(keep) {
        if *kept && block.score >= SURE_SCORE {
            sure_bytes += block.text.len();
            repeated_bytes += if support.is_some() { block.text.len() } else { 0 };
        }
    }
    if repeated_bytes * 100 > sure_bytes * MAX_REPEATED_PER_CENT {
        for (block, support) in blocks.iter().zip(&mut found) {
            if block.score >= SURE_SCORE {
                *support = None;
            }
        }
    }
    found
}

fn is_repeated(block: &Block, support: Support) -> bool {
    support::weight(support) >= if block.score < DOUBT_SCORE { 1 } else { 2 }
}

/// Returns the lowest score at which each block is kept.
fn thresholds(blocks: &[Block]) -> Vec<f32> {
    let is_text = |b: &Block| b.score >= TEXT_SCORE;
    let bytes: usize = blocks.iter().filter(|b| is_text(b)).map(|b| b.text.len()).sum();
    if bytes < TEXT_BYTES {
        return vec![best_threshold(blocks); blocks.len()];
    }
    let mut thresholds = vec![BEYOND_SCORE; blocks.len()];
    let mut last: Option<usize> = None;
    for at in blocks.iter().enumerate().filter(|(_, b)| is_text(b)).map(|(i, _)| i) {
        let from = last.map_or(at, |last| last + 1);
        // The blocks between the last text block and this one that are in reach of both.
        let (from, to) = (from.max(at.saturating_sub(WITHIN_REACH)), at.min(from + WITHIN_REACH));
        if last.is_some()
            && let Some(between) = thresholds.get_mut(from..to.max(from))
        {
            between.fill(WITHIN_SCORE);
        }
        last = Some(at);
    }
    for (block, threshold) in blocks.iter().zip(&mut thresholds) {
        if block.kind == Kind::Table && block.link_share <= TABLE_LINKS {
            *threshold = threshold.min(TABLE_SCORE);
        }
    }
    thresholds
}

/// Returns the score at which the expected F1 of the kept text, over bytes, is greatest. That is the score whose
/// probability is half of that F1 (Lipton, Elkan and Naryanaswamy 2014); it is low where nothing scores well.
#[allow(clippy::cast_precision_loss, reason = "a page has fewer than 2^24 bytes of text")]
fn best_threshold(blocks: &[Block]) -> f32 {
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
    let least = (best / 2.0).max(LEAST_PROBABILITY);
    let odds = least / (1.0 - least) / MODEL_ODDS;
    odds / (1.0 + odds)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_score_is_rounded_to_hundredths() {
        for n in 0..=u16::MAX {
            let score = f32::from(n) / 65_536.0;
            assert_eq!(super::score_text(score), format!("score {score:.2}"));
        }
        assert_eq!(super::score_text(1.0), "score 1.00");
    }
}
