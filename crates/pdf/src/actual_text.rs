//! `ActualText`: what marked content says in place of its glyphs.

use crate::content::{Glyph, Way};
use crate::glyph_text::Letters;

/// A replacement may be this many times as long as what it replaces: more is the description of a picture.
const MAX_GROWTH: usize = 4;

/// Gives the first glyph the text and the others nothing, when the glyphs stand on one line.
pub(super) fn apply(glyphs: &mut [Glyph], actual: &str) {
    let Some(first) = glyphs.first() else {
        return;
    };
    let (way, size, start) = (first.way, first.size, first.from);
    let level = |p: (f32, f32)| match way {
        Way::Down | Way::Up => p.0 - start.0,
        _ => p.1 - start.1,
    };
    let one_line = glyphs.iter().all(|g| g.way == way && level(g.from).abs() < 0.7 * size);
    let length = actual.chars().count();
    if !one_line || length > MAX_GROWTH * (glyphs.len() + 1) {
        return;
    }
    let same = {
        let mut drawn = String::new();
        for g in glyphs.iter() {
            g.letters.push_to(&mut drawn);
        }
        drawn == actual
    };
    if same {
        return;
    }
    let end = glyphs.last().map_or(start, |g| g.to);
    let whole = Letters::from(actual);
    // one letter for each glyph: the places stay as they are
    if length == glyphs.len() {
        for (glyph, c) in glyphs.iter_mut().zip(actual.chars()) {
            glyph.say(Letters::One(c));
        }
        return;
    }
    for (index, glyph) in glyphs.iter_mut().enumerate() {
        if index == 0 {
            glyph.say(whole.clone());
            glyph.to = end;
        } else {
            glyph.say(Letters::None);
        }
    }
}
