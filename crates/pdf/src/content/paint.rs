//! Operators that aren't about text: matrices, fill colours, paths, pictures. They reveal tables and faint text.

use super::interpreter::Interpreter;
use super::path::Path;
use crate::geometry::matrix::Matrix;
use hayro_syntax::content::ops::{CubicEndTo, CubicStartTo, TypedInstruction};
use hayro_syntax::object::Number;

/// Text brighter than this is a watermark or a ghost. Body text in the palest usual grey (#999) has 0.6.
const FAINT: f64 = 0.72;

impl Interpreter<'_, '_> {
    pub(super) fn graphics(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::Transform(t) => {
                let m = Matrix { c: [t.0, t.1, t.2, t.3, t.4, t.5].map(|n| n.as_f64()) };
                self.state.ctm = m.then(self.state.ctm);
            }
            TypedInstruction::NonStrokeColorDeviceGray(g) => self.fill_with(g.0.as_f64()),
            TypedInstruction::NonStrokeColorDeviceRgb(c) => {
                self.fill_with(rgb_brightness(c.0.as_f64(), c.1.as_f64(), c.2.as_f64()));
            }
            TypedInstruction::NonStrokeColorCmyk(c) => {
                let ink = c.0.as_f64() + c.1.as_f64() + c.2.as_f64();
                self.fill_with(cmyk_brightness(ink, c.3.as_f64()));
            }
            TypedInstruction::NonStrokeColor(c) => self.fill_with_components(&c.0),
            TypedInstruction::NonStrokeColorNamed(c) => self.fill_with_components(&c.0),
            TypedInstruction::ColorSpaceNonStroke(_) => self.state.is_faint = false,
            TypedInstruction::InlineImage(_) => self.picture(),
            _ => self.construct_path(op),
        }
    }

    /// Sets the fill colour by its brightness, 0 (black) to 1 (white).
    fn fill_with(&mut self, brightness: f64) {
        self.state.is_faint = brightness > FAINT;
    }

    /// Sets the fill colour in the current colour space. The number of components is taken for the space.
    fn fill_with_components(&mut self, numbers: &[Number]) {
        let values: Vec<f64> = numbers.iter().map(Number::as_f64).collect();
        match values.as_slice() {
            [g] => self.fill_with(*g),
            [r, g, b] => self.fill_with(rgb_brightness(*r, *g, *b)),
            [c, m, y, k] => self.fill_with(cmyk_brightness(c + m + y, *k)),
            _ => self.state.is_faint = false,
        }
    }

    fn construct_path(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::MoveTo(p) => self.path.move_to((p.0.as_f64(), p.1.as_f64())),
            TypedInstruction::LineTo(p) => self.path.line_to((p.0.as_f64(), p.1.as_f64())),
            TypedInstruction::ClosePath(_) => self.path.close(),
            TypedInstruction::CubicTo(c) => self.path.curve_to((c.4.as_f64(), c.5.as_f64())),
            TypedInstruction::CubicStartTo(CubicStartTo(_, _, x, y))
            | TypedInstruction::CubicEndTo(CubicEndTo(_, _, x, y)) => {
                self.path.curve_to((x.as_f64(), y.as_f64()));
            }
            TypedInstruction::RectPath(r) => self.path.rectangle([r.0, r.1, r.2, r.3].map(|n| n.as_f64())),
            _ => self.paint_path(op),
        }
    }

    fn paint_path(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::CloseAndStrokePath(_) => {
                self.path.close();
                self.stroke();
            }
            TypedInstruction::FillPathNonZero(_)
            | TypedInstruction::FillPathNonZeroCompatibility(_)
            | TypedInstruction::FillPathEvenOdd(_) => {
                let path = std::mem::take(&mut self.path);
                path.fill(self.state.ctm, self.state.is_faint, &mut self.out);
            }
            TypedInstruction::StrokePath(_)
            | TypedInstruction::FillAndStrokeNonZero(_)
            | TypedInstruction::FillAndStrokeEvenOdd(_)
            | TypedInstruction::CloseFillAndStrokeNonZero(_)
            | TypedInstruction::CloseFillAndStrokeEvenOdd(_) => self.stroke(),
            TypedInstruction::EndPath(_) => self.path = Path::default(),
            _ => {}
        }
    }

    fn stroke(&mut self) {
        let path = std::mem::take(&mut self.path);
        if !self.marks.is_hidden() {
            path.stroke(self.state.ctm, &mut self.out);
        }
    }

    /// Keeps the box of a picture: the image of the unit square.
    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
    pub(super) fn picture(&mut self) {
        /// Maximum number of pictures on a page. A scan cut into strips has several hundred.
        const MAX_PICTURES: usize = 5_000;
        if self.out.pictures.len() < MAX_PICTURES {
            let area = self.state.ctm.rect([0.0, 0.0, 1.0, 1.0]).map(|v| v as f32);
            self.out.pictures.push(area);
        }
    }
}

fn rgb_brightness(r: f64, g: f64, b: f64) -> f64 {
    0.3 * r + 0.59 * g + 0.11 * b
}

/// `ink` is the sum of cyan, magenta and yellow.
fn cmyk_brightness(ink: f64, black: f64) -> f64 {
    1.0 - (0.33 * ink + black).min(1.0)
}
