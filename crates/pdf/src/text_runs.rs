//! Glyphs to pieces: runs of words on one baseline with no wide gap inside.
//!
//! Geometry decides, not drawing order: glyphs may be drawn one by one and in any order. Spaces are where there is room
//! for one, whether or not a space was drawn. A piece is less than a line where a wide gap may be a gutter between columns
//! or cells; [`crate::columns`] puts those back together that turn out to be one line.

use crate::content::{Artifact, Glyph, PageContent, Way};
use crate::font::Fonts;
use crate::glyph_text::Letters;
use crate::structure_tree::Part;
use crate::word_spacing::{self, Atom, Level};
use crate::writing_direction::Frame;
use std::ops::Range;

/// A gap this wide (ems) ends a piece: wider than nearly all word spaces of justified text, narrower than gutters.
const CUT: f32 = 0.75;
/// Baselines this close (ems) are one row.
const SAME_ROW: f32 = 0.12;

/// A run of words on one baseline.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a run of letters")]
pub(super) struct Piece {
    /// Its text, single spaces between words.
    pub(super) text: String,
    /// Left end in points of the frame.
    pub(super) left: f32,
    /// Right end.
    pub(super) right: f32,
    /// Baseline.
    pub(super) base: f32,
    /// Size most letters have, in points.
    pub(super) size: f32,
    /// Most letters are bold.
    pub(super) bold: bool,
    /// Width of its first word in points.
    pub(super) first_word: f32,
    /// Number of glyphs that are no space.
    pub(super) glyphs: usize,
    /// Number of glyphs nothing tells the meaning of.
    pub(super) unknown: usize,
    /// Most glyphs are close to white.
    pub(super) faint: bool,
    /// What marked content says of it.
    pub(super) artifact: Artifact,
    /// The one part all of it has by the structure tree.
    pub(super) part: Option<Part>,
    /// It begins with a raised mark, as footnotes do.
    pub(super) raised_start: bool,
    /// It holds raised letters.
    pub(super) raised: bool,
    /// Rows are numbered from the top; pieces of one row stand on one baseline.
    pub(super) row: usize,
}

impl Piece {
    /// Top of its box: most ascenders stay below 0.8 em.
    pub(super) fn top(&self) -> f32 {
        self.base - 0.8 * self.size
    }

    /// Bottom of its box.
    pub(super) fn bottom(&self) -> f32 {
        self.base + 0.22 * self.size
    }

    /// Its box in the frame.
    pub(super) fn area(&self) -> [f32; 4] {
        [self.left, self.top(), self.right, self.bottom()]
    }
}

/// A glyph in the frame.
#[derive(Debug, Clone, Copy)]
struct Placed {
    index: usize,
    left: f32,
    right: f32,
    base: f32,
    size: f32,
}

/// Glyphs drawn one after the other on one baseline.
#[derive(Debug, Clone)]
struct Stroke {
    /// Which of the page's placed glyphs.
    glyphs: Range<usize>,
    left: f32,
    right: f32,
    base: f32,
    size: f32,
    level: Level,
    row: usize,
}

/// The pieces of one way of writing on a page, from the top, left to right in a row.
pub(super) fn pieces(page: &PageContent, fonts: &Fonts<'_>, frame: &Frame) -> Vec<Piece> {
    let (placed, mut strokes) = strokes(page, frame);
    strokes.sort_by(|a, b| a.base.total_cmp(&b.base));
    number_rows(&mut strokes);
    attach_raised(&mut strokes);
    strokes.sort_by(|a, b| a.row.cmp(&b.row).then(a.left.total_cmp(&b.left)));
    let down: Vec<[f32; 4]> = match frame.way {
        Way::Down | Way::Up => page.across.iter(),
        _ => page.down.iter(),
    }
    .map(|r| frame.turn_box(*r))
    .collect();
    let source = Source { page, fonts, placed: &placed, down: &down };
    let mut out = Vec::new();
    for row in strokes.chunk_by(|a, b| a.row == b.row) {
        source.row(row, &mut out);
    }
    out
}

fn strokes(page: &PageContent, frame: &Frame) -> (Vec<Placed>, Vec<Stroke>) {
    let mut glyphs: Vec<Placed> = Vec::with_capacity(page.glyphs.len());
    let mut out: Vec<Stroke> = Vec::new();
    for (index, glyph) in page.glyphs.iter().enumerate() {
        if glyph.way != frame.way || glyph.letters == Letters::None || glyph.size <= 0.0 {
            continue;
        }
        let (a, b) = (frame.turn(glyph.from), frame.turn(glyph.to));
        let placed = Placed { index, left: a.0.min(b.0), right: a.0.max(b.0), base: a.1, size: glyph.size };
        let last = glyphs.last();
        let Some(stroke) = out.last_mut().filter(|s| last.is_some_and(|l| s.goes_on(l, &placed))) else {
            out.push(Stroke::new(&placed, glyphs.len()));
            glyphs.push(placed);
            continue;
        };
        // fake bold: the same letter drawn again a hair's breadth away
        let again = last.is_some_and(|last| {
            (last.left - placed.left).abs() < 0.12 * placed.size
                && !glyph.blank
                && page.glyphs.get(last.index).map(|g| &g.letters) == Some(&glyph.letters)
        });
        if !again {
            stroke.right = stroke.right.max(placed.right);
            stroke.left = stroke.left.min(placed.left);
            stroke.glyphs.end += 1;
            glyphs.push(placed);
        }
    }
    (glyphs, out)
}

impl Stroke {
    fn new(glyph: &Placed, at: usize) -> Self {
        Self {
            left: glyph.left,
            right: glyph.right,
            base: glyph.base,
            size: glyph.size,
            glyphs: at..at + 1,
            level: Level::Base,
            row: 0,
        }
    }

    fn goes_on(&self, last: &Placed, next: &Placed) -> bool {
        let gap = next.left - last.right;
        (next.base - self.base).abs() < 0.03 * self.size
            && (next.size - self.size).abs() < 0.03 * self.size
            && gap > -0.35 * self.size
            && gap < 0.5 * self.size
            && next.left >= last.left
    }
}

/// Gives each stroke the number of its row; they are sorted by baseline.
fn number_rows(strokes: &mut [Stroke]) {
    let mut row = 0;
    let mut base = f32::MIN;
    for stroke in strokes {
        if stroke.base - base > SAME_ROW * stroke.size.max(4.0) {
            row += 1;
            base = stroke.base;
        }
        stroke.row = row;
    }
}

/// Small strokes beside a larger one, off its baseline, belong to its row: exponents, indices, note references.
fn attach_raised(strokes: &mut [Stroke]) {
    /// A raised stroke is at most this much of its neighbour's size.
    const SMALLER: f32 = 0.87;
    /// And stands within this of its baseline, in the neighbour's ems.
    const OFFSET: f32 = 0.66;
    /// It has at most this many glyphs: longer small text is a line of its own.
    const LONGEST: usize = 12;
    /// It touches its neighbour within this, in ems.
    const TOUCH: f32 = 0.4;
    let moved: Vec<(usize, usize, Level)> = strokes
        .iter()
        .enumerate()
        .filter(|(_, s)| s.glyphs.len() <= LONGEST)
        .filter_map(|(i, small)| {
            let reach = 60.0_f32.min(4.0 * small.size);
            let before = strokes.get(..i)?.iter().rev().take_while(|s| small.base - s.base < reach);
            let after = strokes.get(i + 1..)?.iter().take_while(|s| s.base - small.base < reach);
            let host = before
                .chain(after)
                .filter(|host| {
                    let off = (small.base - host.base).abs();
                    // a letter or two of full size set a little off, as in logotypes
                    let logotype = small.glyphs.len() <= 2
                        && host.glyphs.len() > 2
                        && small.size < 1.02 * host.size
                        && off < 0.35 * host.size;
                    host.row != small.row
                        && (small.size < SMALLER * host.size || logotype)
                        && off < OFFSET * host.size
                        && off > 0.05 * host.size
                        && small.left < host.right + TOUCH * host.size
                        && small.right > host.left - TOUCH * host.size
                })
                .min_by(|a, b| {
                    let far = |h: &Stroke| (small.left - h.right).abs().min((h.left - small.right).abs());
                    far(a).total_cmp(&far(b))
                })?;
            let level = if small.size > SMALLER * host.size {
                Level::Base
            } else if small.base < host.base {
                Level::Raised
            } else {
                Level::Lowered
            };
            Some((i, host.row, level))
        })
        .collect();
    for (i, row, level) in moved {
        if let Some(stroke) = strokes.get_mut(i) {
            stroke.row = row;
            stroke.level = level;
        }
    }
}

struct Source<'p, 'f> {
    page: &'p PageContent,
    fonts: &'p Fonts<'f>,
    placed: &'p [Placed],
    down: &'p [[f32; 4]],
}

impl<'p> Source<'p, '_> {
    fn glyph(&self, placed: &Placed) -> Option<&'p Glyph> {
        self.page.glyphs.get(placed.index)
    }

    fn glyphs(&self, stroke: &Stroke) -> &'p [Placed] {
        self.placed.get(stroke.glyphs.clone()).unwrap_or_default()
    }

    fn is_blank(&self, stroke: &Stroke) -> bool {
        self.glyphs(stroke).iter().all(|p| self.glyph(p).is_none_or(|g| g.blank))
    }

    fn row(&self, strokes: &[Stroke], out: &mut Vec<Piece>) {
        let mut kept: Vec<&Stroke> = Vec::new();
        for stroke in strokes {
            let double = kept.iter().rev().take(4).any(|k| self.is_double(k, stroke));
            if !double {
                kept.push(stroke);
            }
        }
        if kept.iter().all(|s| self.is_blank(s)) {
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
            .filter(|s| s.level == Level::Base)
            .max_by(|a, b| (a.right - a.left).total_cmp(&(b.right - b.left)))
            .map_or(0.0, |s| s.base);
        let row = kept.first().map_or(0, |s| s.row);
        word_spacing::drop_soft_hyphens(&mut atoms);
        word_spacing::mark_spaces(&mut atoms);
        let cuts = self.cuts(&atoms, base);
        let mut start = 0;
        for end in cuts.into_iter().chain([atoms.len()]) {
            if let Some(mut piece) = atoms.get(start..end).and_then(word_spacing::piece) {
                piece.base = base;
                piece.row = row;
                out.push(piece);
            }
            start = end;
        }
    }

    /// The same text drawn again at nearly the same place: shadow or fake bold.
    fn is_double(&self, a: &Stroke, b: &Stroke) -> bool {
        if (a.left - b.left).abs() > 0.3 * a.size
            || (a.base - b.base).abs() > 0.2 * a.size
            || a.glyphs.len() != b.glyphs.len()
        {
            return false;
        }
        self.glyphs(a)
            .iter()
            .zip(self.glyphs(b))
            .all(|(x, y)| self.glyph(x).map(|g| &g.letters) == self.glyph(y).map(|g| &g.letters))
    }

    fn atoms(&self, strokes: &[&Stroke]) -> Vec<Atom<'p>> {
        let mut atoms = Vec::with_capacity(strokes.iter().map(|s| s.glyphs.len()).sum());
        let mut space = false;
        for stroke in strokes {
            for placed in self.glyphs(stroke) {
                let Some(glyph) = self.glyph(placed) else {
                    continue;
                };
                if glyph.blank {
                    space = true;
                    continue;
                }
                let face = self.fonts.peek(glyph.font);
                atoms.push(Atom {
                    letters: &glyph.letters,
                    left: placed.left,
                    right: placed.right,
                    size: placed.size,
                    level: stroke.level,
                    bold: glyph.thick || face.is_some_and(|f| f.bold),
                    faint: glyph.faint,
                    unknown: glyph.unknown,
                    artifact: glyph.artifact,
                    part: glyph.part,
                    space_drawn: space,
                    space: false,
                    gap: 0.0,
                });
                space = false;
            }
        }
        atoms
    }

    /// Where the row is cut: at wide gaps, at vertical rules, between cells of a tagged table.
    fn cuts(&self, atoms: &[Atom<'_>], base: f32) -> Vec<usize> {
        let mut cuts = Vec::new();
        for (i, pair) in atoms.windows(2).enumerate() {
            let [a, b] = pair else { continue };
            let wide = b.gap > CUT * a.size.max(b.size);
            let ruled = b.space
                && self.down.iter().any(|[x, top, _, bottom]| {
                    *x > a.right - 1.0
                        && *x < b.left + 1.0
                        && *top < base - 0.3 * a.size
                        && *bottom > base - 0.3 * a.size
                });
            let artifact = a.artifact != b.artifact;
            let celled = a.part != b.part && [a.part, b.part].iter().any(|p| matches!(p, Some(Part::Cell(_))));
            if wide || ruled || artifact || celled {
                cuts.push(i + 1);
            }
        }
        cuts
    }
}
