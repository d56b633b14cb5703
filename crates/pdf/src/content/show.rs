//! Text operators: where each glyph is placed, and which characters it stands for.

use super::glyph::Glyph;
use super::graphics_state::GraphicsState;
use super::interpreter::{Interpreter, MAX_GLYPHS};
use crate::geometry::matrix::Matrix;
use crate::geometry::writing_direction::Direction;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Object};

/// The text rendering mode that fills and strokes.
const FILL_AND_STROKE: i64 = 2;
/// The text rendering mode that draws nothing.
const INVISIBLE: i64 = 3;
/// Text less opaque than this counts as faint.
const MIN_ALPHA: f64 = 0.35;

impl Interpreter<'_, '_> {
    pub(super) fn text(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::BeginText(_) => {
                self.state.text_matrix = Matrix::IDENTITY;
                self.state.line_matrix = Matrix::IDENTITY;
            }
            TypedInstruction::SetTextMatrix(m) => {
                let m = Matrix { c: [m.0, m.1, m.2, m.3, m.4, m.5].map(|n| n.as_f64()) };
                self.state.text_matrix = m;
                self.state.line_matrix = m;
            }
            TypedInstruction::NextLine(n) => self.next_line(n.0.as_f64(), n.1.as_f64()),
            TypedInstruction::NextLineAndSetLeading(n) => {
                self.state.leading = -n.1.as_f64();
                self.next_line(n.0.as_f64(), n.1.as_f64());
            }
            TypedInstruction::NextLineUsingLeading(_) => self.next_line(0.0, -self.state.leading),
            TypedInstruction::ShowText(s) => self.show(s.0.as_bytes()),
            TypedInstruction::NextLineAndShowText(s) => {
                self.next_line(0.0, -self.state.leading);
                self.show(s.0.as_bytes());
            }
            TypedInstruction::ShowTextWithParameters(s) => {
                self.state.word_spacing = s.0.as_f64();
                self.state.char_spacing = s.1.as_f64();
                self.next_line(0.0, -self.state.leading);
                self.show(s.2.as_bytes());
            }
            TypedInstruction::ShowTexts(parts) => self.show_adjusted(parts.0),
            _ => self.text_state(op),
        }
    }

    fn text_state(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::CharacterSpacing(n) => self.state.char_spacing = n.0.as_f64(),
            TypedInstruction::WordSpacing(n) => self.state.word_spacing = n.0.as_f64(),
            TypedInstruction::HorizontalScaling(n) => self.state.stretch = n.0.as_f64() / 100.0,
            TypedInstruction::TextLeading(n) => self.state.leading = n.0.as_f64(),
            TypedInstruction::TextRise(n) => self.state.rise = n.0.as_f64(),
            TypedInstruction::TextRenderingMode(n) => self.state.render_mode = n.0.as_i64(),
            _ => {}
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.state.line_matrix = Matrix::shift(x, y).then(self.state.line_matrix);
        self.state.text_matrix = self.state.line_matrix;
    }

    /// Shows strings with adjustments of the pen between them (`TJ`).
    fn show_adjusted(&mut self, parts: &Array<'_>) {
        for part in parts.iter::<Object<'_>>() {
            match part {
                Object::Number(n) => {
                    let moved = -n.as_f64() / 1000.0 * self.state.size;
                    self.adjust(moved);
                }
                Object::String(s) => self.show(s.as_bytes()),
                _ => {}
            }
        }
    }

    /// Moves the pen in the font's direction of writing.
    fn adjust(&mut self, moved: f64) {
        let vertical = self.state.font.and_then(|f| self.fonts.peek(f)).is_some_and(|f| f.is_vertical);
        let (x, y) = if vertical { (0.0, moved) } else { (moved * self.state.stretch, 0.0) };
        self.state.text_matrix = self.state.text_matrix.moved(x, y);
    }

    fn show(&mut self, bytes: &[u8]) {
        let font = match self.state.font {
            Some(font) => font,
            None => self.fonts.fallback(),
        };
        self.state.font = Some(font);
        let hidden = self.marks.is_hidden();
        let (artifact, tag) = (self.marks.artifact(), self.marks.tag());
        let Some(face) = self.fonts.face(font) else {
            return;
        };
        let pen = Pen::new(&self.state, face.is_vertical, face.em);
        let state = &mut self.state;
        let mut at = 0;
        // each turn reads at least one byte
        while at < bytes.len() && self.out.glyphs.len() <= MAX_GLYPHS {
            let Some((code, length)) = face.next_code(bytes, at) else {
                return;
            };
            at += length;
            let word_spacing = if face.is_word_space(code, length) { state.word_spacing } else { 0.0 };
            let Some(known) = face.code(code) else {
                continue;
            };
            let advance = known.advance * state.size;
            if !hidden && let Some((from, to)) = pen.advance_ends(state, advance) {
                self.out.glyphs.push(Glyph {
                    text: known.text.clone(),
                    is_blank: known.is_blank,
                    from,
                    to,
                    size: pen.size,
                    font,
                    direction: pen.direction,
                    is_hidden: state.render_mode == INVISIBLE,
                    is_faint: state.is_faint || state.alpha < MIN_ALPHA,
                    is_stroked: state.render_mode == FILL_AND_STROKE,
                    is_unknown: known.is_unknown,
                    artifact,
                    tag,
                });
            }
            let moved = advance + (state.char_spacing + word_spacing);
            let (x, y) = if pen.is_vertical { (0.0, moved) } else { (moved * state.stretch, 0.0) };
            state.text_matrix = state.text_matrix.moved(x, y);
        }
    }
}

/// What stays the same over a string; only the pen's position moves.
struct Pen {
    /// Glyph space to page, at the start of the string.
    matrix: Matrix,
    is_vertical: bool,
    direction: Direction,
    /// Size of the em on the page, in points.
    size: f32,
}

impl Pen {
    fn new(state: &GraphicsState, is_vertical: bool, em: f64) -> Self {
        let matrix = Matrix::shift(0.0, state.rise).then(state.text_matrix).then(state.ctm);
        let up = matrix.vector(0.0, state.size);
        Self {
            matrix,
            is_vertical,
            direction: direction(&matrix, state.size * state.stretch, is_vertical),
            size: narrow((up.0.hypot(up.1) * em, 0.0)).0,
        }
    }

    /// Start and end of a glyph's advance on the baseline; `None` if they aren't finite or are absurdly large.
    fn advance_ends(&self, state: &GraphicsState, advance: f64) -> Option<((f32, f32), (f32, f32))> {
        /// Nothing on a page is this far out, or this large, in points.
        const FAR: f32 = 1e6;
        let (left, base) = state.text_matrix.point(0.0, state.rise);
        let start = state.ctm.point(left, base);
        let (x, y) = if self.is_vertical { (0.0, advance) } else { (advance * state.stretch, 0.0) };
        let [a, b, c, d, _, _] = self.matrix.c;
        let (from, to) = (narrow(start), narrow((a * x + c * y + start.0, b * x + d * y + start.1)));
        // false for NaN too
        let sound = [from.0, from.1, to.0, to.1, self.size].iter().all(|v| v.abs() < FAR);
        sound.then_some((from, to))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
fn narrow((x, y): (f64, f64)) -> (f32, f32) {
    (x as f32, y as f32)
}

/// The direction of text under a matrix. Up to two degrees off an axis counts as straight.
fn direction(matrix: &Matrix, size: f64, is_vertical: bool) -> Direction {
    /// The sine of two degrees.
    const STRAIGHT: f64 = 0.035;
    let sign = if size < 0.0 { -1.0 } else { 1.0 };
    let (x, y) = if is_vertical { matrix.vector(0.0, -sign) } else { matrix.vector(sign, 0.0) };
    let length = x.hypot(y).max(f64::MIN_POSITIVE);
    match (x / length, y / length) {
        (x, y) if y.abs() < STRAIGHT && x > 0.0 => Direction::Right,
        (_, y) if y.abs() < STRAIGHT => Direction::Left,
        (x, y) if x.abs() < STRAIGHT && y > 0.0 => Direction::Down,
        (x, _) if x.abs() < STRAIGHT => Direction::Up,
        _ => Direction::Oblique,
    }
}
