//! Colours, paths and pictures: what a page draws that isn't text, as far as it tells of tables and hidden text.

use super::Run;
use crate::matrix::Matrix;
use hayro_syntax::content::ops::{CubicEndTo, CubicStartTo, TypedInstruction};
use hayro_syntax::object::Number;

/// Rules on a page at most; more are a drawing, not a table.
const MAX_RULES: usize = 6_000;
/// Segments of one path at most; longer paths are drawings.
const MAX_PATH: usize = 4_000;
/// A rule is at most this thick, in points.
const RULE_THICKNESS: f64 = 3.0;
/// A rule is at least this long, in points: shorter strokes are marks and letters.
const RULE_LENGTH: f64 = 6.0;

/// The path under construction.
#[derive(Default)]
pub(super) struct Path {
    pub(super) boxes: Vec<[f64; 4]>,
    pub(super) lines: Vec<[f64; 4]>,
    pub(super) start: (f64, f64),
    pub(super) at: (f64, f64),
    pub(super) curved: bool,
    /// Box around the points of curves.
    reach: Option<[f64; 4]>,
}
impl Run<'_, '_> {
    pub(super) fn graphics(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::Transform(t) => {
                let m = Matrix { c: [t.0, t.1, t.2, t.3, t.4, t.5].map(|n| n.as_f64()) };
                self.state.ctm = m.then(self.state.ctm);
            }
            TypedInstruction::NonStrokeColorDeviceGray(g) => self.shade(g.0.as_f64()),
            TypedInstruction::NonStrokeColorDeviceRgb(c) => {
                self.shade(0.3 * c.0.as_f64() + 0.59 * c.1.as_f64() + 0.11 * c.2.as_f64());
            }
            TypedInstruction::NonStrokeColorCmyk(c) => {
                let ink = c.0.as_f64() + c.1.as_f64() + c.2.as_f64();
                self.shade(1.0 - (0.33 * ink + c.3.as_f64()).min(1.0));
            }
            TypedInstruction::NonStrokeColor(c) => self.components(&c.0),
            TypedInstruction::NonStrokeColorNamed(c) => self.components(&c.0),
            TypedInstruction::ColorSpaceNonStroke(_) => self.state.faint = false,
            TypedInstruction::InlineImage(_) => self.picture(),
            _ => self.paths(op),
        }
    }

    /// Brightness 0 (black) to 1 (white).
    fn shade(&mut self, brightness: f64) {
        /// Text this bright is a watermark or a ghost; body text in the palest usual grey (#999) has 0.6.
        const FAINT: f64 = 0.72;
        self.state.faint = brightness > FAINT;
    }

    fn components(&mut self, numbers: &[Number]) {
        let values: Vec<f64> = numbers.iter().map(Number::as_f64).collect();
        match values.as_slice() {
            [g] => self.shade(*g),
            [r, g, b] => self.shade(0.3 * r + 0.59 * g + 0.11 * b),
            [c, m, y, k] => self.shade(1.0 - (0.33 * (c + m + y) + k).min(1.0)),
            _ => self.state.faint = false,
        }
    }

    fn paths(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::MoveTo(p) => {
                let at = (p.0.as_f64(), p.1.as_f64());
                self.path.at = at;
                self.path.start = at;
            }
            TypedInstruction::LineTo(p) => self.line_to((p.0.as_f64(), p.1.as_f64())),
            TypedInstruction::ClosePath(_) => self.line_to(self.path.start),
            TypedInstruction::CubicTo(c) => self.curve_to((c.4.as_f64(), c.5.as_f64())),
            TypedInstruction::CubicStartTo(CubicStartTo(_, _, x, y))
            | TypedInstruction::CubicEndTo(CubicEndTo(_, _, x, y)) => {
                self.curve_to((x.as_f64(), y.as_f64()));
            }
            TypedInstruction::RectPath(r) if self.path.boxes.len() < MAX_PATH => {
                let [x, y, w, h] = [r.0, r.1, r.2, r.3].map(|n| n.as_f64());
                self.path.boxes.push([x, y, x + w, y + h]);
                self.path.at = (x, y);
                self.path.start = (x, y);
            }
            TypedInstruction::CloseAndStrokePath(_) => {
                self.line_to(self.path.start);
                self.stroke();
            }
            TypedInstruction::FillPathNonZero(_)
            | TypedInstruction::FillPathNonZeroCompatibility(_)
            | TypedInstruction::FillPathEvenOdd(_) => self.fill(),
            TypedInstruction::StrokePath(_)
            | TypedInstruction::FillAndStrokeNonZero(_)
            | TypedInstruction::FillAndStrokeEvenOdd(_)
            | TypedInstruction::CloseFillAndStrokeNonZero(_)
            | TypedInstruction::CloseFillAndStrokeEvenOdd(_) => self.stroke(),
            TypedInstruction::EndPath(_) => self.path = Path::default(),
            _ => {}
        }
    }

    fn line_to(&mut self, to: (f64, f64)) {
        let from = self.path.at;
        if self.path.lines.len() < MAX_PATH {
            self.path.lines.push([from.0, from.1, to.0, to.1]);
        }
        self.path.at = to;
    }

    fn curve_to(&mut self, to: (f64, f64)) {
        for (x, y) in [self.path.at, to] {
            let known = self.path.reach.unwrap_or([x, y, x, y]);
            self.path.reach = Some([known[0].min(x), known[1].min(y), known[2].max(x), known[3].max(y)]);
        }
        self.path.at = to;
        self.path.curved = true;
    }

    /// Keeps a small round shape.
    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
    fn disc(&mut self, area: [f64; 4]) {
        /// Discs of a page kept at most.
        const MAX_DISCS: usize = 1_000;
        /// Larger ones are pictures, in points.
        const LARGEST: f64 = 12.0;
        let [l, t, r, b] = self.state.ctm.rect(area);
        let (w, h) = (r - l, b - t);
        let round = w > 0.5 && w < LARGEST && (w - h).abs() < 0.2 * w;
        if round && !self.state.faint && self.out.discs.len() < MAX_DISCS {
            self.out.discs.push([l, t, r, b].map(|v| v as f32));
        }
    }

    fn stroke(&mut self) {
        let path = std::mem::take(&mut self.path);
        if !self.layers.shown(&self.hidden_marks()) {
            return;
        }
        for [x0, y0, x1, y1] in path.boxes {
            self.rule([x0, y0, x1, y0]);
            self.rule([x0, y1, x1, y1]);
            self.rule([x0, y0, x0, y1]);
            self.rule([x1, y0, x1, y1]);
        }
        for line in path.lines {
            self.rule(line);
        }
    }

    fn fill(&mut self) {
        let path = std::mem::take(&mut self.path);
        for area in &path.boxes {
            self.filled(*area);
        }
        if let Some(area) = path.reach.filter(|_| path.lines.len() <= 4) {
            self.disc(area);
        }
        if !path.curved && (3..=5).contains(&path.lines.len()) {
            let mut area = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
            for [x0, y0, x1, y1] in path.lines {
                area = [
                    area[0].min(x0).min(x1),
                    area[1].min(y0).min(y1),
                    area[2].max(x0).max(x1),
                    area[3].max(y0).max(y1),
                ];
            }
            self.filled(area);
        }
    }

    /// A filled box is a rule when it is thin.
    fn filled(&mut self, [x0, y0, x1, y1]: [f64; 4]) {
        let [l, t, r, b] = self.state.ctm.rect([x0, y0, x1, y1]);
        let (w, h) = (r - l, b - t);
        if h <= RULE_THICKNESS && w > h {
            let y = f64::midpoint(t, b);
            self.keep_rule([l, y, r, y]);
        } else if w <= RULE_THICKNESS {
            let x = f64::midpoint(l, r);
            self.keep_rule([x, t, x, b]);
        }
    }

    fn rule(&mut self, [x0, y0, x1, y1]: [f64; 4]) {
        let a = self.state.ctm.point(x0, y0);
        let b = self.state.ctm.point(x1, y1);
        self.keep_rule([a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)]);
    }

    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
    fn keep_rule(&mut self, [l, t, r, b]: [f64; 4]) {
        /// A line this far off the axis is no rule, in points.
        const SLANT: f64 = 1.0;
        let rule = [l as f32, t as f32, r as f32, b as f32];
        let (w, h) = (r - l, b - t);
        if h <= SLANT && w >= RULE_LENGTH {
            if self.out.across.len() < MAX_RULES {
                self.out.across.push(rule);
            }
        } else if w <= SLANT && h >= RULE_LENGTH && self.out.down.len() < MAX_RULES {
            self.out.down.push(rule);
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
    pub(super) fn picture(&mut self) {
        /// Pictures on a page at most; strips of a scan come to some hundred.
        const MAX_PICTURES: usize = 5_000;
        if self.out.pictures.len() < MAX_PICTURES {
            let area = self.state.ctm.rect([0.0, 0.0, 1.0, 1.0]).map(|v| v as f32);
            self.out.pictures.push(area);
        }
    }
}
