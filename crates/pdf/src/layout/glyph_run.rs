//! Glyph runs: glyphs drawn one after the other on one baseline, and the rows that the runs form.

use super::atom::Level;
use crate::content::glyph::Glyph;
use crate::content::page_content::PageContent;
use crate::font::glyph_text::GlyphText;
use crate::geometry::writing_direction::Frame;
use std::ops::Range;

/// Runs are in one row when their baselines differ by at most this, in ems.
const SAME_ROW: f32 = 0.12;

/// A glyph in the frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlacedGlyph {
    /// Its index in the page's glyphs.
    pub(super) index: usize,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) base: f32,
    pub(super) size: f32,
}

/// Glyphs drawn one after the other on one baseline.
#[derive(Debug, Clone)]
pub(super) struct GlyphRun {
    /// Its range in the list of placed glyphs.
    pub(super) glyphs: Range<usize>,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) base: f32,
    pub(super) size: f32,
    /// Its position relative to its row's baseline.
    pub(super) level: Level,
    /// Number of its row from the top.
    pub(super) row: usize,
}

impl GlyphRun {
    fn new(glyph: &PlacedGlyph, index: usize) -> Self {
        Self {
            glyphs: index..index + 1,
            left: glyph.left,
            right: glyph.right,
            base: glyph.base,
            size: glyph.size,
            level: Level::Base,
            row: 0,
        }
    }

    /// Returns true if `next` continues the run, whose last glyph is `last`.
    fn is_continued_by(&self, next: &PlacedGlyph, last: &PlacedGlyph) -> bool {
        let gap = next.left - last.right;
        (next.base - self.base).abs() < 0.03 * self.size
            && (next.size - self.size).abs() < 0.03 * self.size
            && gap > -0.35 * self.size
            && gap < 0.5 * self.size
            && next.left >= last.left
    }
}

/// The glyphs of a page that run in the frame's direction, and their runs, sorted by row and then from left to right.
pub(super) fn rows(page: &PageContent, frame: &Frame) -> (Vec<PlacedGlyph>, Vec<GlyphRun>) {
    let (placed, mut runs) = glyph_runs(page, frame);
    runs.sort_by(|a, b| a.base.total_cmp(&b.base));
    number_rows(&mut runs);
    attach_raised(&mut runs);
    runs.sort_by(|a, b| a.row.cmp(&b.row).then(a.left.total_cmp(&b.left)));
    (placed, runs)
}

fn glyph_runs(page: &PageContent, frame: &Frame) -> (Vec<PlacedGlyph>, Vec<GlyphRun>) {
    let mut glyphs: Vec<PlacedGlyph> = Vec::with_capacity(page.glyphs.len());
    let mut runs: Vec<GlyphRun> = Vec::new();
    for (index, glyph) in page.glyphs.iter().enumerate() {
        if glyph.direction != frame.direction || glyph.text == GlyphText::None || glyph.size <= 0.0 {
            continue;
        }
        let (a, b) = (frame.turn(glyph.from), frame.turn(glyph.to));
        let next = PlacedGlyph { index, left: a.0.min(b.0), right: a.0.max(b.0), base: a.1, size: glyph.size };
        let last = glyphs.last();
        let Some(run) = runs.last_mut().filter(|run| last.is_some_and(|last| run.is_continued_by(&next, last))) else {
            runs.push(GlyphRun::new(&next, glyphs.len()));
            glyphs.push(next);
            continue;
        };
        if !last.is_some_and(|last| is_fake_bold(page, glyph, &next, last)) {
            run.right = run.right.max(next.right);
            run.left = run.left.min(next.left);
            run.glyphs.end += 1;
            glyphs.push(next);
        }
    }
    (glyphs, runs)
}

/// Returns true if a glyph is the last one again, drawn a hair's breadth away to look bold.
fn is_fake_bold(page: &PageContent, glyph: &Glyph, next: &PlacedGlyph, last: &PlacedGlyph) -> bool {
    (last.left - next.left).abs() < 0.12 * next.size
        && !glyph.is_blank
        && page.glyphs.get(last.index).map(|g| &g.text) == Some(&glyph.text)
}

/// Numbers the rows of runs that are sorted by baseline.
fn number_rows(runs: &mut [GlyphRun]) {
    let mut row = 0;
    let mut base = f32::MIN;
    for run in runs {
        if run.base - base > SAME_ROW * run.size.max(4.0) {
            row += 1;
            base = run.base;
        }
        run.row = row;
    }
}

/// Moves small runs next to a larger one, off its baseline, into its row: exponents, indices, note references.
fn attach_raised(runs: &mut [GlyphRun]) {
    /// Maximum number of glyphs. Longer small text is a line of its own.
    const LONGEST: usize = 12;
    let moved: Vec<(usize, usize, Level)> = runs
        .iter()
        .enumerate()
        .filter(|(_, run)| run.glyphs.len() <= LONGEST)
        .filter_map(|(i, small)| {
            let reach = 60.0_f32.min(4.0 * small.size);
            let before = runs.get(..i)?.iter().rev().take_while(|run| small.base - run.base < reach);
            let after = runs.get(i + 1..)?.iter().take_while(|run| run.base - small.base < reach);
            let distance = |host: &GlyphRun| (small.left - host.right).abs().min((host.left - small.right).abs());
            let host = before
                .chain(after)
                .filter(|host| is_attached(small, host))
                .min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
            Some((i, host.row, level(small, host)))
        })
        .collect();
    for (i, row, level) in moved {
        if let Some(run) = runs.get_mut(i) {
            run.row = row;
            run.level = level;
        }
    }
}

/// Maximum size of a raised run, as a share of its host's.
const SMALLER: f32 = 0.87;

/// Returns true if a run is raised or lowered next to `host`.
fn is_attached(small: &GlyphRun, host: &GlyphRun) -> bool {
    /// Maximum distance between the baselines, in the host's ems.
    const OFFSET: f32 = 0.66;
    /// Maximum distance between the runs, in the host's ems.
    const TOUCH: f32 = 0.4;
    let offset = (small.base - host.base).abs();
    // one or two letters of full size set a little off, as in logotypes
    let is_logotype =
        small.glyphs.len() <= 2 && host.glyphs.len() > 2 && small.size < 1.02 * host.size && offset < 0.35 * host.size;
    host.row != small.row
        && (small.size < SMALLER * host.size || is_logotype)
        && offset < OFFSET * host.size
        && offset > 0.05 * host.size
        && small.left < host.right + TOUCH * host.size
        && small.right > host.left - TOUCH * host.size
}

fn level(small: &GlyphRun, host: &GlyphRun) -> Level {
    if small.size > SMALLER * host.size {
        Level::Base
    } else if small.base < host.base {
        Level::Raised
    } else {
        Level::Lowered
    }
}
