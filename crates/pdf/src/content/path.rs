//! Paths: ruling lines and bullets drawn as discs. Everything else that paths draw is ignored.

use super::page_content::PageContent;
use crate::geometry::matrix::Matrix;

/// Maximum number of rules on a page. More are a drawing, not a table.
const MAX_RULES: usize = 6_000;
/// Maximum number of segments in a path. Longer paths are drawings.
const MAX_PATH: usize = 4_000;
/// Maximum number of discs kept on a page.
const MAX_DISCS: usize = 1_000;
/// Maximum thickness of a rule drawn as a filled box, in points.
const RULE_THICKNESS: f64 = 3.0;
/// Minimum length of a rule, in points. Shorter strokes are marks and letters.
const RULE_LENGTH: f64 = 6.0;
/// A line this far off the axis, in points, isn't a rule.
const MAX_SLANT: f64 = 1.0;
/// Minimum and maximum width of a disc, in points. Larger ones are pictures.
const DISC_WIDTH: (f64, f64) = (0.5, 12.0);

/// A path under construction, in user space.
#[derive(Default)]
pub(super) struct Path {
    boxes: Vec<[f64; 4]>,
    lines: Vec<[f64; 4]>,
    start: (f64, f64),
    current: (f64, f64),
    /// Box around the end points of curves.
    curves: Option<[f64; 4]>,
}

impl Path {
    pub(super) fn move_to(&mut self, point: (f64, f64)) {
        self.current = point;
        self.start = point;
    }

    pub(super) fn line_to(&mut self, to: (f64, f64)) {
        let from = self.current;
        if self.lines.len() < MAX_PATH {
            self.lines.push([from.0, from.1, to.0, to.1]);
        }
        self.current = to;
    }

    pub(super) fn close(&mut self) {
        self.line_to(self.start);
    }

    pub(super) fn curve_to(&mut self, to: (f64, f64)) {
        for (x, y) in [self.current, to] {
            let known = self.curves.unwrap_or([x, y, x, y]);
            self.curves = Some([known[0].min(x), known[1].min(y), known[2].max(x), known[3].max(y)]);
        }
        self.current = to;
    }

    /// Adds a box by its corner and its width and height.
    pub(super) fn rectangle(&mut self, [x, y, w, h]: [f64; 4]) {
        if self.boxes.len() < MAX_PATH {
            self.boxes.push([x, y, x + w, y + h]);
            self.current = (x, y);
            self.start = (x, y);
        }
    }

    /// Strokes the path: its lines and the edges of its boxes may be rules.
    pub(super) fn stroke(self, ctm: Matrix, page: &mut PageContent) {
        let edges = self
            .boxes
            .into_iter()
            .flat_map(|[x0, y0, x1, y1]| [[x0, y0, x1, y0], [x0, y1, x1, y1], [x0, y0, x0, y1], [x1, y0, x1, y1]]);
        for [x0, y0, x1, y1] in edges.chain(self.lines) {
            let (a, b) = (ctm.point(x0, y0), ctm.point(x1, y1));
            keep_rule([a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)], page);
        }
    }

    /// Fills the path: thin boxes are rules; a small round shape is a disc unless its colour is faint.
    pub(super) fn fill(self, ctm: Matrix, is_faint: bool, page: &mut PageContent) {
        for area in &self.boxes {
            keep_thin(ctm.rect(*area), page);
        }
        if let Some(area) = self.curves {
            if self.lines.len() <= 4 && !is_faint {
                keep_disc(ctm.rect(area), page);
            }
        } else if (3..=5).contains(&self.lines.len()) {
            // a box drawn line by line
            let empty = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
            let area = self.lines.iter().fold(empty, |area, [x0, y0, x1, y1]| {
                [
                    area[0].min(*x0).min(*x1),
                    area[1].min(*y0).min(*y1),
                    area[2].max(*x0).max(*x1),
                    area[3].max(*y0).max(*y1),
                ]
            });
            keep_thin(ctm.rect(area), page);
        }
    }
}

/// Keeps a filled box as a rule if it is thin.
fn keep_thin([l, t, r, b]: [f64; 4], page: &mut PageContent) {
    let (w, h) = (r - l, b - t);
    if h <= RULE_THICKNESS && w > h {
        let y = f64::midpoint(t, b);
        keep_rule([l, y, r, y], page);
    } else if w <= RULE_THICKNESS {
        let x = f64::midpoint(l, r);
        keep_rule([x, t, x, b], page);
    }
}

/// Keeps a box as a rule if it is long and flat.
#[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
fn keep_rule([l, t, r, b]: [f64; 4], page: &mut PageContent) {
    let rule = [l as f32, t as f32, r as f32, b as f32];
    let (w, h) = (r - l, b - t);
    if h <= MAX_SLANT && w >= RULE_LENGTH {
        if page.horizontal_rules.len() < MAX_RULES {
            page.horizontal_rules.push(rule);
        }
    } else if w <= MAX_SLANT && h >= RULE_LENGTH && page.vertical_rules.len() < MAX_RULES {
        page.vertical_rules.push(rule);
    }
}

/// Keeps the box of a curved shape if it is small and as wide as high.
#[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
fn keep_disc([l, t, r, b]: [f64; 4], page: &mut PageContent) {
    let (w, h) = (r - l, b - t);
    let is_round = w > DISC_WIDTH.0 && w < DISC_WIDTH.1 && (w - h).abs() < 0.2 * w;
    if is_round && page.discs.len() < MAX_DISCS {
        page.discs.push([l, t, r, b].map(|v| v as f32));
    }
}
