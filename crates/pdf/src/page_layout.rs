//! A page as pieces, before anyone decides what is running text and what is not.

use crate::content::{PageContent, Way};
use crate::font::Fonts;
use crate::text_runs::{self, Piece};
use crate::writing_direction::Frame;

/// A piece with what has been decided about it.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// The piece.
    pub(super) piece: Piece,
    /// Why it isn't text: rule and support.
    pub(super) dropped: Option<(&'static str, String)>,
    /// It stands in a table's grid (an index into the sheet's grids).
    pub(super) grid: Option<usize>,
}

/// A page's pieces in its main way of writing, and those of other ways apart.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Number, from 1.
    pub(super) number: u32,
    /// The main way of writing.
    pub(super) frame: Frame,
    /// Pieces of the main way, from the top.
    pub(super) pieces: Vec<Placed>,
    /// Pieces of other ways, each with its frame.
    pub(super) asides: Vec<(Frame, Vec<Placed>)>,
    /// Horizontal rules in the main frame.
    pub(super) across: Vec<[f32; 4]>,
    /// Vertical rules in the main frame.
    pub(super) down: Vec<[f32; 4]>,
    /// Tables whose cells are known.
    pub(super) grids: Vec<crate::ruled_tables::Grid>,
    /// Share of the page that pictures cover, 0 to 1.
    pub(super) pictured: f32,
    /// Glyphs that are no space.
    pub(super) glyphs: usize,
    /// Of these, glyphs that nothing tells the meaning of.
    pub(super) unknown: usize,
    /// Of these, invisible ones.
    pub(super) hidden: usize,
    /// The page may hold more than was read.
    pub(super) cut: bool,
}

const WAYS: [Way; 5] = [Way::Right, Way::Down, Way::Left, Way::Up, Way::Oblique];

impl Sheet {
    /// Lays a page's glyphs out as pieces.
    pub(super) fn new(number: u32, page: &PageContent, fonts: &Fonts<'_>) -> Self {
        let mut counts = [0; WAYS.len()];
        let (mut glyphs, mut unknown, mut hidden) = (0, 0, 0);
        for glyph in &page.glyphs {
            for (way, n) in WAYS.iter().zip(&mut counts) {
                *n += usize::from(glyph.way == *way);
            }
            let visible = !glyph.blank;
            glyphs += usize::from(visible);
            unknown += usize::from(visible && glyph.unknown);
            hidden += usize::from(visible && glyph.hidden);
        }
        // the first of the most frequent ways; oblique text is never the main one
        let mut main = Way::Right;
        let mut best = counts[0];
        for (way, n) in WAYS.iter().zip(counts).take(4) {
            if n > best {
                main = *way;
                best = n;
            }
        }
        let frame = |way| Frame { way, width: page.width, height: page.height };
        let place = |f: &Frame| -> Vec<Placed> {
            text_runs::pieces(page, fonts, f)
                .into_iter()
                .map(|piece| Placed { piece, dropped: None, grid: None })
                .collect()
        };
        let main = frame(main);
        let asides = WAYS
            .iter()
            .zip(counts)
            .filter(|(way, n)| **way != main.way && *n > 0)
            .map(|(way, _)| (frame(*way), place(&frame(*way))))
            .collect();
        let turned = |rules: &[[f32; 4]]| rules.iter().map(|r| main.turn_box(*r)).collect();
        let (across, down) = match main.way {
            Way::Down | Way::Up => (turned(&page.down), turned(&page.across)),
            _ => (turned(&page.across), turned(&page.down)),
        };
        Self {
            number,
            frame: main,
            pieces: place(&main),
            asides,
            across,
            down,
            grids: Vec::new(),
            pictured: pictured(page),
            glyphs,
            unknown,
            hidden,
            cut: page.cut,
        }
    }

    /// Width and height in the main frame.
    pub(super) fn extent(&self) -> (f32, f32) {
        self.frame.extent()
    }
}

/// Share of the page that pictures cover, overlaps counted twice, at most 1.
fn pictured(page: &PageContent) -> f32 {
    let whole = (page.width * page.height).max(1.0);
    let sum: f32 = page
        .pictures
        .iter()
        .map(|[l, t, r, b]| {
            let w = (r.min(page.width) - l.max(0.0)).max(0.0);
            let h = (b.min(page.height) - t.max(0.0)).max(0.0);
            w * h
        })
        .sum();
    (sum / whole).min(1.0)
}
