//! The model's score of every block.

use super::{
    features::{FEATURES, Features},
    model,
    walk::Reading,
};

/// Scores every block of a page.
pub(super) fn score(reading: &mut Reading) {
    let model = model::shipped();
    let mut features = Features::of(reading);
    let rows: Vec<[f32; FEATURES]> = (0..reading.blocks.len()).map(|i| features.row(i)).collect();
    let scores = model.scores(&rows);
    for (block, score) in reading.blocks.iter_mut().zip(scores) {
        block.score = score;
        block.body_score = score;
    }
}
