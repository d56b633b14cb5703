//! The model's score of every block.

use crate::features::{Features, Row};
use crate::model::{self, ABREAST, EMPTY};
use crate::walk::Reading;

/// Groups of rows that a tree sees while it lies in the processor's nearest memory, with which they share it.
const GROUPS: usize = 2;

/// Scores every block of a page.
pub(super) fn score(reading: &mut Reading) {
    let model = model::shipped();
    let blocks = reading.blocks.len();
    let mut features = Features::of(reading);
    let mut groups: [[Row; ABREAST]; GROUPS] = [[EMPTY; ABREAST]; GROUPS];
    let mut scores = Vec::with_capacity(blocks + GROUPS * ABREAST);
    while scores.len() < blocks {
        let here = blocks - scores.len();
        for (row, i) in groups.as_flattened_mut().iter_mut().zip(scores.len()..blocks) {
            features.fill(i, row);
        }
        let used = here.div_ceil(ABREAST).min(GROUPS);
        scores.extend(model.scores(groups.get(..used).unwrap_or(&groups)));
    }
    let titled = features.titled();
    for (facts, titled) in reading.facts.iter_mut().zip(titled) {
        facts.titled = titled;
    }
    for (block, score) in reading.blocks.iter_mut().zip(scores) {
        block.score = score;
        block.body_score = score;
    }
}
