//! The model's score of every block.

use super::{features::Features, model, walk::Reading};

/// Scores every block of a page.
pub(super) fn score(reading: &mut Reading) {
    let model = model::shipped();
    let mut features = Features::of(reading);
    let mut row = Vec::new();
    let scores: Vec<f32> = (0..reading.blocks.len())
        .map(|i| {
            features.write(i, &mut row);
            model.score(&row)
        })
        .collect();
    for (block, score) in reading.blocks.iter_mut().zip(scores) {
        block.score = score;
        block.body_score = score;
    }
}
