//! A score by hand-set weights, until the model's table stands beside it.

use super::{tags::Flag, walk::Reading, words};
use crate::record::Kind;

/// Scores every block.
pub(super) fn score(reading: &mut Reading) {
    let model = super::model::shipped();
    if model.is_empty() {
        by_hand(reading);
        return;
    }
    let mut features = super::features::Features::of(reading);
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

fn by_hand(reading: &mut Reading) {
    let chrome_flags = Flag::Nav.bit()
        | Flag::Footer.bit()
        | Flag::Aside.bit()
        | Flag::Form.bit()
        | Flag::Button.bit()
        | Flag::Select.bit()
        | Flag::Dialog.bit()
        | Flag::Complementary.bit()
        | Flag::Search.bit()
        | Flag::Noscript.bit();
    let chrome_words = [
        "nav",
        "menu",
        "breadcrumb",
        "footer",
        "share",
        "comment",
        "related",
        "latest",
        "advert",
        "cookie",
        "newsletter",
        "pager",
        "calendar",
        "gallery",
        "language",
    ]
    .iter()
    .fold(0, |all, name| all | words::bit(name));
    for (block, facts) in reading.blocks.iter_mut().zip(&reading.facts) {
        let (mut flags, mut groups) = (0, 0);
        let mut at = facts.container;
        while let Some(container) = reading.containers.get(at as usize) {
            flags |= container.flags;
            groups |= container.groups;
            if at == container.parent {
                break;
            }
            at = container.parent;
        }
        let long = facts.tally.chars > 80;
        let mut score: f32 = if long { 0.75 } else { 0.55 };
        if block.link_share > 0.5 {
            score -= 0.4;
        }
        if flags & chrome_flags != 0 {
            score -= 0.3;
        }
        if groups & chrome_words != 0 {
            score -= 0.3;
        }
        if block.kind == Kind::Heading {
            score += 0.05;
        }
        block.score = score.clamp(0.0, 1.0);
        block.body_score = block.score;
    }
}
