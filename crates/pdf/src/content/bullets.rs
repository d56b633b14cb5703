//! Bullets drawn as discs: browsers paint list markers instead of writing them.

use super::glyph::{Artifact, Glyph};
use super::page_content::PageContent;
use crate::font::glyph_text::GlyphText;
use crate::geometry::bbox::BBox;
use crate::geometry::writing_direction::Direction;
use std::ops::Range;

/// A page with more discs than this shows a chart.
const MAX_DISCS: usize = 300;
/// Width of a bullet, in ems of its item's letters.
const SIZE: Range<f32> = 0.15..0.65;
/// Maximum distance from a bullet to its item, in ems.
const REACH: f32 = 2.2;

/// Adds a bullet glyph for each disc that is before the first letter of a line, at the height of its small letters.
pub(crate) fn write(page: &mut PageContent) {
    if page.discs.len() > MAX_DISCS {
        return;
    }
    let found: Vec<Glyph> = page.discs.iter().filter_map(|disc| bullet(*disc, &page.glyphs)).collect();
    page.glyphs.extend(found);
}

fn bullet([left, top, right, bottom]: BBox, glyphs: &[Glyph]) -> Option<Glyph> {
    let middle = f32::midpoint(top, bottom);
    let on_line = |g: &&Glyph| {
        !g.is_blank
            && g.direction == Direction::Right
            && SIZE.contains(&((right - left) / g.size))
            && middle < g.from.1 - 0.08 * g.size
            && middle > g.from.1 - 0.55 * g.size
    };
    let item = glyphs
        .iter()
        .filter(on_line)
        .filter(|g| g.from.0 > right && g.from.0 < right + REACH * g.size)
        .min_by(|a, b| a.from.0.total_cmp(&b.from.0))?;
    // a dot inside a line isn't a bullet
    let before = |g: &Glyph| g.to.0 < right && g.to.0 > left - 2.0 * REACH * g.size;
    if glyphs.iter().filter(on_line).any(before) {
        return None;
    }
    Some(Glyph {
        text: GlyphText::One('•'),
        from: (left, item.from.1),
        to: (right, item.from.1),
        is_unknown: false,
        artifact: Artifact::No,
        ..item.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(x: f32, base: f32) -> Glyph {
        Glyph {
            text: GlyphText::One('a'),
            is_blank: false,
            from: (x, base),
            to: (x + 5.0, base),
            size: 10.0,
            font: 0,
            direction: Direction::Right,
            is_hidden: false,
            is_faint: false,
            is_stroked: false,
            is_unknown: false,
            artifact: Artifact::No,
            tag: None,
        }
    }

    #[test]
    fn a_disc_before_a_line_is_its_bullet() {
        let bullet = bullet([80.0, 93.0, 84.0, 97.0], &[letter(95.0, 100.0), letter(100.0, 100.0)]).unwrap();
        assert_eq!((bullet.text, bullet.from), (GlyphText::One('•'), (80.0, 100.0)));
    }

    #[test]
    fn a_disc_inside_a_line_or_off_it_is_none() {
        assert!(bullet([80.0, 93.0, 84.0, 97.0], &[letter(70.0, 100.0), letter(95.0, 100.0)]).is_none());
        assert!(bullet([80.0, 70.0, 84.0, 74.0], &[letter(95.0, 100.0)]).is_none());
        assert!(bullet([80.0, 85.0, 95.0, 100.0], &[letter(98.0, 100.0)]).is_none());
    }
}
