//! `ActualText`: replacement text that marked content declares for its glyphs.

use super::glyph::Glyph;
use crate::font::glyph_text::GlyphText;

/// A replacement may be this many times as long as what it replaces. A longer one describes a picture.
const MAX_GROWTH: usize = 4;
/// Glyphs are on one line when their baselines differ by less than this, in ems.
const SAME_LINE: f32 = 0.7;

/// Replaces the text of glyphs that are on one line.
///
/// With one character for each glyph, each glyph gets its own. Otherwise the first glyph gets all of the text and the
/// others become empty.
pub(super) fn apply(glyphs: &mut [Glyph], actual: &str) {
    let Some(first) = glyphs.first() else {
        return;
    };
    let (direction, size, start) = (first.direction, first.size, first.from);
    let level = |p: (f32, f32)| if direction.is_vertical() { p.0 - start.0 } else { p.1 - start.1 };
    let one_line = glyphs.iter().all(|g| g.direction == direction && level(g.from).abs() < SAME_LINE * size);
    let length = actual.chars().count();
    if !one_line || length > MAX_GROWTH * (glyphs.len() + 1) || text(glyphs) == actual {
        return;
    }
    if length == glyphs.len() {
        for (glyph, c) in glyphs.iter_mut().zip(actual.chars()) {
            glyph.set_text(GlyphText::One(c));
        }
        return;
    }
    let end = glyphs.last().map_or(start, |g| g.to);
    let mut glyphs = glyphs.iter_mut();
    if let Some(first) = glyphs.next() {
        first.set_text(GlyphText::from(actual));
        first.to = end;
    }
    glyphs.for_each(|g| g.set_text(GlyphText::None));
}

fn text(glyphs: &[Glyph]) -> String {
    let mut out = String::new();
    for glyph in glyphs {
        glyph.text.push_to(&mut out);
    }
    out
}
