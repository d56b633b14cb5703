//! A page as pieces, with what has been decided about each.

use super::cell_grid::CellGrid;
use super::drop_reason::{DropReason, DropRule};
use super::piece::Piece;
use super::text_runs;
use crate::content::page_content::PageContent;
use crate::font::Fonts;
use crate::geometry::bbox::BBox;
use crate::geometry::writing_direction::{Direction, Frame};

/// A piece with what has been decided about it.
#[derive(Debug, Clone)]
pub(crate) struct PlacedPiece {
    /// The piece.
    pub(crate) piece: Piece,
    /// Why it isn't text, if it isn't.
    pub(crate) dropped: Option<DropReason>,
    /// Index of the table grid it is in, among the page's grids.
    pub(crate) grid: Option<usize>,
}

impl PlacedPiece {
    /// Returns true if nothing has dropped it.
    pub(crate) fn is_kept(&self) -> bool {
        self.dropped.is_none()
    }

    /// Drops it unless another rule has.
    pub(crate) fn drop_as(&mut self, rule: DropRule, support: impl Into<String>) {
        self.dropped.get_or_insert_with(|| DropReason::new(rule, support));
    }
}

/// Pieces that don't run in the page's main direction, such as notes along the margin.
#[derive(Debug)]
pub(crate) struct Aside {
    /// The frame in which they run left to right.
    pub(crate) frame: Frame,
    /// The pieces, from the top of the frame.
    pub(crate) pieces: Vec<PlacedPiece>,
}

/// A page as pieces.
#[derive(Debug)]
pub(crate) struct PageLayout {
    /// Page number, from 1.
    pub(crate) number: u32,
    /// The frame of the main direction of writing.
    pub(crate) frame: Frame,
    /// Pieces of the main direction, from the top.
    pub(crate) pieces: Vec<PlacedPiece>,
    /// Pieces of each other direction.
    pub(crate) asides: Vec<Aside>,
    /// Horizontal rules in the main frame.
    pub(crate) horizontal_rules: Vec<BBox>,
    /// Vertical rules in the main frame.
    pub(crate) vertical_rules: Vec<BBox>,
    /// Tables whose cells are known.
    pub(crate) grids: Vec<CellGrid>,
    /// Share of the page that pictures cover, 0 to 1.
    pub(crate) picture_share: f32,
    /// Number of glyphs that aren't blank.
    pub(crate) glyphs: usize,
    /// Number of these whose characters are unknown.
    pub(crate) unknown: usize,
    /// Number of the glyphs that aren't blank but are drawn invisibly.
    pub(crate) hidden: usize,
    /// The page may hold more than was read.
    pub(crate) is_cut: bool,
}

/// All directions. The oblique one is last: it is never the main one.
const DIRECTIONS: [Direction; 5] =
    [Direction::Right, Direction::Down, Direction::Left, Direction::Up, Direction::Oblique];

impl PageLayout {
    /// Lays a page's glyphs out as pieces.
    pub(crate) fn new(number: u32, page: &PageContent, fonts: &Fonts<'_>) -> Self {
        let counts = DIRECTIONS.map(|d| page.glyphs.iter().filter(|g| g.direction == d).count());
        let frame = |direction| Frame { direction, width: page.width, height: page.height };
        let place = |frame: &Frame| -> Vec<PlacedPiece> {
            text_runs::pieces(page, fonts, frame)
                .into_iter()
                .map(|piece| PlacedPiece { piece, dropped: None, grid: None })
                .collect()
        };
        let main = frame(main_direction(counts));
        let asides = DIRECTIONS
            .into_iter()
            .zip(counts)
            .filter(|(direction, n)| *direction != main.direction && *n > 0)
            .map(|(direction, _)| Aside { frame: frame(direction), pieces: place(&frame(direction)) })
            .collect();
        let turned = |rules: &[BBox]| rules.iter().map(|r| main.turn_box(*r)).collect();
        let (horizontal, vertical) = if main.direction.is_vertical() {
            (&page.vertical_rules, &page.horizontal_rules)
        } else {
            (&page.horizontal_rules, &page.vertical_rules)
        };
        let count = |has: fn(&crate::content::glyph::Glyph) -> bool| {
            page.glyphs.iter().filter(|g| !g.is_blank && has(g)).count()
        };
        Self {
            number,
            frame: main,
            pieces: place(&main),
            asides,
            horizontal_rules: turned(horizontal),
            vertical_rules: turned(vertical),
            grids: Vec::new(),
            picture_share: picture_share(page),
            glyphs: count(|_| true),
            unknown: count(|g| g.is_unknown),
            hidden: count(|g| g.is_hidden),
            is_cut: page.is_cut,
        }
    }

    /// Width and height of the main frame, in points.
    pub(crate) fn extent(&self) -> (f32, f32) {
        self.frame.extent()
    }

    /// The pieces of the main direction that nothing has dropped.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &PlacedPiece> + Clone {
        self.pieces.iter().filter(|p| p.is_kept())
    }

    /// The pieces of all directions.
    pub(crate) fn all_pieces_mut(&mut self) -> impl Iterator<Item = &mut PlacedPiece> {
        self.pieces.iter_mut().chain(self.asides.iter_mut().flat_map(|aside| &mut aside.pieces))
    }
}

/// The most frequent direction, the first of several. Oblique text is never the main one.
fn main_direction(counts: [usize; DIRECTIONS.len()]) -> Direction {
    let mut main = (Direction::Right, 0);
    for (direction, n) in DIRECTIONS.into_iter().zip(counts).take(DIRECTIONS.len() - 1) {
        if n > main.1 {
            main = (direction, n);
        }
    }
    main.0
}

/// Share of the page that pictures cover, at most 1. Overlaps count twice.
fn picture_share(page: &PageContent) -> f32 {
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
