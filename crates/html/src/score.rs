//! The model's score of every block.

use crate::features::{Features, Row};
use crate::model::{self, BATCH, EMPTY};
use crate::walk::PageBlocks;

/// Batches that each tree is applied to while it is in the processor's first-level cache, which it shares with them.
const BATCHES: usize = 2;

/// Scores every block of a page.
pub(super) fn score(page: &mut PageBlocks) {
    let model = model::shipped();
    let blocks = page.blocks.len();
    let mut features = Features::of(page);
    let mut batches: [[Row; BATCH]; BATCHES] = [[EMPTY; BATCH]; BATCHES];
    let mut scores = Vec::with_capacity(blocks + BATCHES * BATCH);
    while scores.len() < blocks {
        let left = blocks - scores.len();
        for (row, i) in batches.as_flattened_mut().iter_mut().zip(scores.len()..blocks) {
            features.fill(i, row);
        }
        let used = left.div_ceil(BATCH).min(BATCHES);
        scores.extend(model.scores(batches.get(..used).unwrap_or(&batches)));
    }
    let title_hits = features.title_hits();
    for (facts, title_hits) in page.facts.iter_mut().zip(title_hits) {
        facts.title_hits = title_hits;
    }
    for (block, score) in page.blocks.iter_mut().zip(scores) {
        block.score = score;
        block.body_score = score;
    }
}
