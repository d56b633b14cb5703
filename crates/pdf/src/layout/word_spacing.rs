//! Finds the spaces between the glyphs of a row from the distances between them.

use super::atom::Atom;
use crate::font::glyph_text::GlyphText;

/// Minimum gap for a space where none is drawn, in ems beyond the letter spacing. Word spaces are 0.2 to 0.35 em; pairs
/// kerned apart stay below 0.08.
const ROOM: f32 = 0.13;
/// Minimum gap for a space where one is drawn. Spaces drawn over letters are padding.
const DRAWN_ROOM: f32 = 0.04;

/// Removes soft hyphens that show nothing: those inside a word, and those next to the hyphen drawn for them.
pub(super) fn drop_soft_hyphens(atoms: &mut Vec<Atom<'_>>) {
    const SOFT: GlyphText = GlyphText::One('\u{AD}');
    if !atoms.iter().any(|a| *a.text == SOFT) {
        return;
    }
    let is_hyphen = |a: &Atom<'_>| matches!(a.text, GlyphText::One('-' | '\u{2010}'));
    let needed: Vec<bool> = (0..atoms.len())
        .map(|i| {
            let Some(atom) = atoms.get(i) else {
                return false;
            };
            if *atom.text != SOFT {
                return true;
            }
            let before = i.checked_sub(1).and_then(|k| atoms.get(k));
            let inside = atoms.get(i + 1).is_some_and(|next| next.left - atom.left < 0.7 * atom.size);
            !before.is_some_and(is_hyphen) && !inside
        })
        .collect();
    let mut needed = needed.into_iter();
    atoms.retain(|_| needed.next().unwrap_or(true));
}

/// Sets `gap` and `has_space` of the atoms of a row.
pub(super) fn mark_spaces(atoms: &mut [Atom<'_>]) {
    let spacing = letter_spacing(atoms);
    let mut end: Option<(f32, f32)> = None;
    for atom in atoms.iter_mut() {
        if let Some((right, size)) = end {
            let em = size.max(atom.size);
            let gap = atom.left - right - spacing * em;
            atom.gap = gap;
            let room = if atom.has_drawn_space { DRAWN_ROOM } else { ROOM };
            atom.has_space = gap > room * em;
        }
        let reach = end.map_or(atom.right, |(right, _)| right.max(atom.right));
        end = Some((reach, atom.size));
    }
}

/// The letter spacing of a row in ems: the median gap between neighbours without a drawn space, 0 if that is narrow.
fn letter_spacing(atoms: &[Atom<'_>]) -> f32 {
    /// Fewer gaps prove nothing.
    const ENOUGH: usize = 4;
    /// If even the narrowest third of the gaps is wider than this, the letters are spaced. Otherwise wide gaps separate
    /// words of few letters.
    const SPACED: f32 = 0.04;
    let gaps = || {
        atoms.windows(2).filter_map(|pair| match pair {
            [a, b] if !b.has_drawn_space => Some((b.left - a.right) / a.size.max(b.size).max(0.1)),
            _ => None,
        })
    };
    let (count, narrow) = gaps().fold((0, 0), |(all, narrow), gap| (all + 1, narrow + usize::from(gap <= SPACED)));
    if count < ENOUGH || narrow > count / 3 {
        return 0.0;
    }
    let mut sorted: Vec<f32> = gaps().collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get(count / 2).copied().unwrap_or(0.0).clamp(0.0, 1.2)
}
