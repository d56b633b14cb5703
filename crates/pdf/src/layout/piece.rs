//! Pieces: runs of words on one baseline without a wide gap inside.

use super::atom::{Atom, Level};
use super::right_to_left::is_right_to_left;
use super::row_text;
use crate::content::glyph::Artifact;
use crate::file::tag::Tag;
use crate::geometry::bbox::BBox;

/// Height of a line's box above its baseline, in ems: most ascenders stay below it.
pub(crate) const ASCENT: f32 = 0.8;
/// Depth of a line's box below its baseline, in ems.
pub(crate) const DESCENT: f32 = 0.22;

/// A run of words on one baseline.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a run of letters")]
pub(crate) struct Piece {
    /// Its text, with single spaces between words.
    pub(crate) text: String,
    /// Left end in points of the frame.
    pub(crate) left: f32,
    /// Right end.
    pub(crate) right: f32,
    /// Baseline.
    pub(crate) base: f32,
    /// Size of most letters, in points.
    pub(crate) size: f32,
    /// Most letters are bold.
    pub(crate) is_bold: bool,
    /// Width of its first word in points.
    pub(crate) first_word: f32,
    /// Number of glyphs that aren't blank.
    pub(crate) glyphs: usize,
    /// How many of these have unknown characters.
    pub(crate) unknown: usize,
    /// Most glyphs are close to white.
    pub(crate) is_faint: bool,
    /// The artifact it belongs to.
    pub(crate) artifact: Artifact,
    /// The structure tag that all of it has.
    pub(crate) tag: Option<Tag>,
    /// It begins with raised characters, as footnotes do.
    pub(crate) has_raised_start: bool,
    /// It holds raised characters.
    pub(crate) has_raised: bool,
    /// Number of its row from the top. Pieces of one row share a baseline.
    pub(crate) row: usize,
}

impl Piece {
    /// The piece that the atoms form, in row `row` on the baseline `base`; `None` if they have no text.
    pub(super) fn from_atoms(atoms: &[Atom<'_>], row: usize, base: f32) -> Option<Self> {
        let first = atoms.first()?;
        let count = atoms.len();
        let most = |has: fn(&Atom<'_>) -> bool| 2 * atoms.iter().filter(|a| has(a)).count() > count;
        let text = row_text::text(atoms);
        if text.is_empty() {
            return None;
        }
        Some(Self {
            text,
            left: atoms.iter().map(|a| a.left).fold(f32::MAX, f32::min),
            right: atoms.iter().map(|a| a.right).fold(f32::MIN, f32::max),
            base,
            size: common_size(atoms),
            is_bold: most(|a| a.is_bold),
            first_word: first_word(atoms)?.max(0.0),
            glyphs: count,
            unknown: atoms.iter().filter(|a| a.is_unknown).count(),
            is_faint: most(|a| a.is_faint),
            artifact: first.artifact,
            tag: first.tag.filter(|tag| atoms.iter().all(|a| a.tag == Some(*tag))),
            has_raised_start: first.level == Level::Raised,
            has_raised: atoms.iter().any(|a| a.level == Level::Raised),
            row,
        })
    }

    /// Top of its box.
    pub(crate) fn top(&self) -> f32 {
        self.base - ASCENT * self.size
    }

    /// Bottom of its box.
    pub(crate) fn bottom(&self) -> f32 {
        self.base + DESCENT * self.size
    }

    /// A height through the middle of its small letters.
    pub(crate) fn middle(&self) -> f32 {
        self.base - 0.3 * self.size
    }

    /// Its box in the frame.
    pub(crate) fn area(&self) -> BBox {
        [self.left, self.top(), self.right, self.bottom()]
    }
}

/// The width of the word that is read first, in points.
fn first_word(atoms: &[Atom<'_>]) -> Option<f32> {
    let (first, last) = (atoms.first()?, atoms.last()?);
    if is_right_to_left(atoms) {
        let start = atoms.iter().rev().find(|a| a.has_space).unwrap_or(first);
        return Some(last.right - start.left);
    }
    let after = atoms.iter().skip(1).position(|a| a.has_space);
    let end = after.and_then(|i| atoms.get(i)).unwrap_or(last);
    Some(end.right - first.left)
}

/// The median size, of atoms on the baseline if there are any.
fn common_size(atoms: &[Atom<'_>]) -> f32 {
    let first = atoms.first().map_or(1.0, |a| a.size);
    if atoms.iter().all(|a| a.size.to_bits() == first.to_bits()) {
        return first;
    }
    let mut sizes: Vec<f32> = atoms.iter().filter(|a| a.level == Level::Base).map(|a| a.size).collect();
    if sizes.is_empty() {
        sizes = atoms.iter().map(|a| a.size).collect();
    }
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or(1.0)
}
