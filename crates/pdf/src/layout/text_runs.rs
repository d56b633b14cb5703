//! Glyphs to pieces: runs of words on one baseline without a wide gap inside.
//!
//! Geometry decides, not drawing order: glyphs may be drawn one by one and in any order. A space is wherever there is
//! room for one, whether or not a space glyph is drawn. A piece is shorter than its line where a wide gap may be a
//! gutter between columns or cells; [`crate::flow`] rejoins pieces that turn out to be one line.

use super::atom::{Atom, Level};
use super::glyph_run::{self, GlyphRun, PlacedGlyph};
use super::piece::Piece;
use super::word_spacing;
use crate::content::glyph::Glyph;
use crate::content::page_content::PageContent;
use crate::file::tag::Tag;
use crate::font::Fonts;
use crate::geometry::bbox::BBox;
use crate::geometry::writing_direction::Frame;

/// A gap wider than this, in ems, ends a piece. It is wider than nearly all word spaces of justified text and narrower
/// than gutters.
const WIDE_GAP: f32 = 0.75;

/// The pieces of a page that run in the frame's direction, from the top, left to right in a row.
pub(super) fn pieces(page: &PageContent, fonts: &Fonts<'_>, frame: &Frame) -> Vec<Piece> {
    let (placed, runs) = glyph_run::rows(page, frame);
    let vertical = if frame.direction.is_vertical() { &page.horizontal_rules } else { &page.vertical_rules };
    let vertical_rules: Vec<BBox> = vertical.iter().map(|rule| frame.turn_box(*rule)).collect();
    let source = Source { page, fonts, placed: &placed, vertical_rules: &vertical_rules };
    let mut out = Vec::new();
    for row in runs.chunk_by(|a, b| a.row == b.row) {
        source.row(row, &mut out);
    }
    out
}

/// What the pieces of a page are made from.
struct Source<'p, 'f> {
    page: &'p PageContent,
    fonts: &'p Fonts<'f>,
    placed: &'p [PlacedGlyph],
    /// Vertical rules in the frame.
    vertical_rules: &'p [BBox],
}

impl<'p> Source<'p, '_> {
    fn glyph(&self, placed: &PlacedGlyph) -> Option<&'p Glyph> {
        self.page.glyphs.get(placed.index)
    }

    fn glyphs(&self, run: &GlyphRun) -> &'p [PlacedGlyph] {
        self.placed.get(run.glyphs.clone()).unwrap_or_default()
    }

    fn is_blank(&self, run: &GlyphRun) -> bool {
        self.glyphs(run).iter().all(|p| self.glyph(p).is_none_or(|g| g.is_blank))
    }

    /// Appends the pieces of a row.
    fn row(&self, runs: &[GlyphRun], out: &mut Vec<Piece>) {
        let mut kept: Vec<&GlyphRun> = Vec::new();
        for run in runs {
            let repeated = kept.iter().rev().take(4).any(|k| self.is_repeated(k, run));
            if !repeated {
                kept.push(run);
            }
        }
        if kept.iter().all(|run| self.is_blank(run)) {
            return;
        }
        let mut atoms = self.atoms(&kept);
        let overlap = kept.windows(2).any(|pair| match pair {
            [a, b] => b.left < a.right - 0.3 * a.size,
            _ => false,
        });
        // letters drawn one by one are put in order; longer runs that overlap (text too wide for its cell) stay whole
        if overlap && 3 * kept.len() > atoms.len() {
            atoms.sort_by(|a, b| a.left.total_cmp(&b.left));
        }
        let base = kept
            .iter()
            .filter(|run| run.level == Level::Base)
            .max_by(|a, b| (a.right - a.left).total_cmp(&(b.right - b.left)))
            .map_or(0.0, |run| run.base);
        let row = kept.first().map_or(0, |run| run.row);
        word_spacing::drop_soft_hyphens(&mut atoms);
        word_spacing::mark_spaces(&mut atoms);
        let mut start = 0;
        for end in self.cuts(&atoms, base).into_iter().chain([atoms.len()]) {
            out.extend(atoms.get(start..end).and_then(|atoms| Piece::from_atoms(atoms, row, base)));
            start = end;
        }
    }

    /// Returns true if `b` is the text of `a` drawn again at nearly the same place: a shadow or fake bold.
    fn is_repeated(&self, a: &GlyphRun, b: &GlyphRun) -> bool {
        if (a.left - b.left).abs() > 0.3 * a.size
            || (a.base - b.base).abs() > 0.2 * a.size
            || a.glyphs.len() != b.glyphs.len()
        {
            return false;
        }
        self.glyphs(a)
            .iter()
            .zip(self.glyphs(b))
            .all(|(x, y)| self.glyph(x).map(|g| &g.text) == self.glyph(y).map(|g| &g.text))
    }

    fn atoms(&self, runs: &[&GlyphRun]) -> Vec<Atom<'p>> {
        let mut atoms = Vec::with_capacity(runs.iter().map(|run| run.glyphs.len()).sum());
        let mut has_drawn_space = false;
        for run in runs {
            for placed in self.glyphs(run) {
                let Some(glyph) = self.glyph(placed) else {
                    continue;
                };
                if glyph.is_blank {
                    has_drawn_space = true;
                    continue;
                }
                let face = self.fonts.peek(glyph.font);
                atoms.push(Atom {
                    text: &glyph.text,
                    left: placed.left,
                    right: placed.right,
                    size: placed.size,
                    level: run.level,
                    is_bold: glyph.is_stroked || face.is_some_and(|f| f.is_bold),
                    is_faint: glyph.is_faint,
                    is_unknown: glyph.is_unknown,
                    artifact: glyph.artifact,
                    tag: glyph.tag,
                    has_drawn_space,
                    has_space: false,
                    gap: 0.0,
                });
                has_drawn_space = false;
            }
        }
        atoms
    }

    /// Where a row is cut: at wide gaps, at vertical rules, between artifacts and text, between cells of a tagged
    /// table.
    fn cuts(&self, atoms: &[Atom<'_>], base: f32) -> Vec<usize> {
        let is_cell = |atom: &Atom<'_>| matches!(atom.tag, Some(Tag::Cell(_)));
        let mut cuts = Vec::new();
        for (i, pair) in atoms.windows(2).enumerate() {
            let [a, b] = pair else { continue };
            let wide = b.gap > WIDE_GAP * a.size.max(b.size);
            let ruled = b.has_space && self.has_rule_between(a, b, base);
            let artifact = a.artifact != b.artifact;
            let cells = a.tag != b.tag && (is_cell(a) || is_cell(b));
            if wide || ruled || artifact || cells {
                cuts.push(i + 1);
            }
        }
        cuts
    }

    fn has_rule_between(&self, a: &Atom<'_>, b: &Atom<'_>, base: f32) -> bool {
        let middle = base - 0.3 * a.size;
        self.vertical_rules
            .iter()
            .any(|[x, top, _, bottom]| *x > a.right - 1.0 && *x < b.left + 1.0 && *top < middle && *bottom > middle)
    }
}
