//! Decides which blocks of a web page are dropped: by score, then smoothing, then repetition.

use super::looks_like::Describer;
use super::pieces;
use super::rule::{LooksLike, Rule};
use super::smoothing;
use super::support::{self, Support};
use sanad_document::{Block, Document, Kind};

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

/// What repetition takes is large from this share of what the page model keeps on (per cent).
const LARGE_PER_CENT: usize = 20;

/// Why a block is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DropReason {
    /// What decided.
    pub(super) rule: Rule,
    /// The evidence, for people: `score 0.03, 0.75 needed`; `on 41 of 57 pages`.
    pub(super) support: String,
    /// What it looks like.
    pub(super) looks_like: Option<LooksLike>,
}

/// The verdict on all blocks of a page.
pub(super) struct Verdict {
    /// The reason for dropping each block, or `None` for blocks that stay.
    pub(super) reasons: Vec<Option<DropReason>>,
    /// What repetition takes, if that is a table or much of the text: for people.
    pub(super) large: Option<String>,
}

/// Decides what is dropped.
pub(super) fn decide(document: &Document, support: &[Support]) -> Verdict {
    let blocks = &document.blocks;
    let thresholds = thresholds(blocks);
    let mut describer = Describer::default();
    let certain: Vec<Option<Rule>> = blocks.iter().map(|block| describer.certain_rule(block)).collect();
    let passes = |block: &Block, certain: Option<Rule>, threshold: f32| {
        is_forced(block) || (block.fate.is_kept() && certain.is_none() && block.score >= threshold)
    };
    let scored = blocks.iter().zip(&certain).zip(&thresholds);
    let mut keep: Vec<bool> = scored.map(|((block, certain), threshold)| passes(block, *certain, *threshold)).collect();
    smoothing::repair(blocks, document.page_kind, &mut keep);
    let is_repeated = |(block, support): (&Block, &Support)| {
        support::weight(*support) >= if block.score < smoothing::SURE_SCORE { 1 } else { 2 }
    };
    let mut repeated: Vec<bool> = blocks.iter().zip(support).map(is_repeated).collect();
    repeated.resize(blocks.len(), false);
    let taken = pieces::taken(blocks, &keep, &repeated);
    let mut reasons: Vec<Option<DropReason>> = Vec::with_capacity(blocks.len());
    for (i, block) in blocks.iter().enumerate() {
        let is_kept = is_forced(block) || keep.get(i) == Some(&true);
        let threshold = thresholds.get(i).copied().unwrap_or_default();
        let why = if taken.get(i) == Some(&true) {
            Some((Rule::RepeatTemplate, page_count(support.get(i).copied().unwrap_or_default())))
        } else {
            let certain = certain.get(i).copied().flatten();
            (!is_kept).then(|| certain.map_or_else(|| by_model(block, threshold), |rule| (rule, String::new())))
        };
        reasons.push(why.map(|(rule, support)| {
            let looks_like = describer.looks_like(block, rule);
            DropReason { rule, support, looks_like }
        }));
    }
    drop_orphans(blocks, &mut reasons);
    Verdict { large: large(blocks, &keep, &taken), reasons }
}

/// Whether a rule of the site keeps the block.
fn is_forced(block: &Block) -> bool {
    block.kept_by.is_some()
}

/// The rule and the support of a block that the page model drops.
fn by_model(block: &Block, threshold: f32) -> (Rule, String) {
    let score = two_digits(block.score);
    if block.score < threshold {
        (Rule::ModelScore, format!("score {score}, {} needed", two_digits(threshold)))
    } else {
        (Rule::ModelNeighbours, format!("score {score}, among links with dates"))
    }
}

/// Says what repetition takes of what the page model keeps, if it is a table or much.
fn large(blocks: &[Block], keep: &[bool], taken: &[bool]) -> Option<String> {
    let bytes = |wanted: &[bool]| -> usize {
        blocks.iter().zip(wanted).filter(|(_, wanted)| **wanted).map(|(block, _)| block.text.len()).sum()
    };
    let tables = blocks.iter().zip(taken).filter(|(block, taken)| **taken && block.kind == Kind::Table).count();
    let share = bytes(taken) * 100 / bytes(keep).max(1);
    (tables > 0 || share > LARGE_PER_CENT).then(|| {
        let with_tables = if tables > 0 { format!(", {tables} of its tables") } else { String::new() };
        format!("repetition on other pages of its template takes {share} % of the text{with_tables}")
    })
}

/// Drops kept blocks that belong to a dropped table.
fn drop_orphans(blocks: &[Block], reasons: &mut [Option<DropReason>]) {
    let kept: Vec<bool> = reasons.iter().map(Option::is_none).collect();
    for (reason, orphaned) in reasons.iter_mut().zip(smoothing::orphans(blocks, &kept)) {
        if let Some(support) = orphaned {
            *reason = Some(DropReason { rule: Rule::ModelOrphan, support: support.to_owned(), looks_like: None });
        }
    }
}

fn page_count(support: Support) -> String {
    format!("on {} of {} pages", support.pages, support.of)
}

/// Formats a score as `0.03`. Written by hand, since most dropped blocks need it.
fn two_digits(score: f32) -> String {
    if !(0.0..=1.0).contains(&score) {
        return format!("{score:.2}");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a hundred")]
    let hundredths = (f64::from(score) * 100.0).round_ties_even() as u32;
    let digit = |value: u32| char::from_digit(value % 10, 10).unwrap_or_default();
    [digit(hundredths / 100), '.', digit(hundredths / 10), digit(hundredths)].iter().collect()
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
            assert_eq!(super::two_digits(score), format!("{score:.2}"));
        }
        assert_eq!(super::two_digits(1.0), "1.00");
    }
}
