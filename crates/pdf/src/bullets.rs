//! Bullets drawn as discs: browsers paint the marks of lists instead of writing them.

use crate::content::{Artifact, Glyph, PageContent, Way};
use crate::glyph_text::Letters;

/// Discs on a page at most: more are a chart.
const MAX_DISCS: usize = 300;
/// A bullet is this large, in ems of its item's letters.
const SIZE: std::ops::Range<f32> = 0.15..0.65;
/// Its item begins at most this far to the right, in ems.
const REACH: f32 = 2.2;

/// Writes a bullet for each disc that stands before a line's first letter, at the height of its small letters.
pub(super) fn write(page: &mut PageContent) {
    if page.discs.len() > MAX_DISCS {
        return;
    }
    let found: Vec<Glyph> = page.discs.iter().filter_map(|disc| bullet(*disc, &page.glyphs)).collect();
    page.glyphs.extend(found);
}

fn bullet([left, top, right, bottom]: [f32; 4], glyphs: &[Glyph]) -> Option<Glyph> {
    let middle = f32::midpoint(top, bottom);
    let beside = |g: &&Glyph| {
        !g.blank
            && g.way == Way::Right
            && SIZE.contains(&((right - left) / g.size))
            && middle < g.from.1 - 0.08 * g.size
            && middle > g.from.1 - 0.55 * g.size
    };
    let item = glyphs
        .iter()
        .filter(beside)
        .filter(|g| g.from.0 > right && g.from.0 < right + REACH * g.size)
        .min_by(|a, b| a.from.0.total_cmp(&b.from.0))?;
    // a dot inside a line is no mark
    let before = |g: &Glyph| g.to.0 < right && g.to.0 > left - 2.0 * REACH * g.size;
    if glyphs.iter().filter(beside).any(before) {
        return None;
    }
    Some(Glyph {
        letters: Letters::One('•'),
        from: (left, item.from.1),
        to: (right, item.from.1),
        unknown: false,
        artifact: Artifact::No,
        ..item.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(x: f32, base: f32) -> Glyph {
        Glyph {
            letters: Letters::One('a'),
            blank: false,
            from: (x, base),
            to: (x + 5.0, base),
            size: 10.0,
            font: 0,
            way: Way::Right,
            hidden: false,
            faint: false,
            thick: false,
            unknown: false,
            artifact: Artifact::No,
            part: None,
        }
    }

    #[test]
    fn a_disc_before_a_line_is_its_bullet() {
        let bullet = bullet([80.0, 93.0, 84.0, 97.0], &[letter(95.0, 100.0), letter(100.0, 100.0)]).unwrap();
        assert_eq!((bullet.letters, bullet.from), (Letters::One('•'), (80.0, 100.0)));
    }

    #[test]
    fn a_disc_inside_a_line_or_off_it_is_none() {
        assert!(bullet([80.0, 93.0, 84.0, 97.0], &[letter(70.0, 100.0), letter(95.0, 100.0)]).is_none());
        assert!(bullet([80.0, 70.0, 84.0, 74.0], &[letter(95.0, 100.0)]).is_none());
        assert!(bullet([80.0, 85.0, 95.0, 100.0], &[letter(98.0, 100.0)]).is_none());
    }
}
