//! Text operators: where each glyph lands, and what it says.

use super::{Glyph, MAX_GLYPHS, Run, State, Way};
use crate::matrix::Matrix;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Object};

impl Run<'_, '_> {
    pub(super) fn text(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::BeginText(_) => {
                self.state.text = Matrix::IDENTITY;
                self.state.line = Matrix::IDENTITY;
            }
            TypedInstruction::SetTextMatrix(m) => {
                let m = Matrix { c: [m.0, m.1, m.2, m.3, m.4, m.5].map(|n| n.as_f64()) };
                self.state.text = m;
                self.state.line = m;
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
                self.state.word_space = s.0.as_f64();
                self.state.char_space = s.1.as_f64();
                self.next_line(0.0, -self.state.leading);
                self.show(s.2.as_bytes());
            }
            TypedInstruction::ShowTexts(parts) => self.show_parts(parts.0),
            _ => self.text_state(op),
        }
    }

    fn text_state(&mut self, op: &TypedInstruction<'_, '_>) {
        match op {
            TypedInstruction::CharacterSpacing(n) => self.state.char_space = n.0.as_f64(),
            TypedInstruction::WordSpacing(n) => self.state.word_space = n.0.as_f64(),
            TypedInstruction::HorizontalScaling(n) => self.state.stretch = n.0.as_f64() / 100.0,
            TypedInstruction::TextLeading(n) => self.state.leading = n.0.as_f64(),
            TypedInstruction::TextRise(n) => self.state.rise = n.0.as_f64(),
            TypedInstruction::TextRenderingMode(n) => self.state.mode = n.0.as_i64(),
            _ => {}
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.state.line = Matrix::shift(x, y).then(self.state.line);
        self.state.text = self.state.line;
    }

    fn show_parts(&mut self, parts: &Array<'_>) {
        for part in parts.iter::<Object<'_>>() {
            match part {
                Object::Number(n) => {
                    let moved = -n.as_f64() / 1000.0 * self.state.size;
                    self.advance(moved * self.state.stretch, moved);
                }
                Object::String(s) => self.show(s.as_bytes()),
                _ => {}
            }
        }
    }

    /// Moves the pen: by `x` in horizontal fonts, by `y` in vertical ones.
    fn advance(&mut self, x: f64, y: f64) {
        let vertical = self.state.font.and_then(|f| self.fonts.peek(f)).is_some_and(|f| f.vertical);
        self.state.text = if vertical { self.state.text.moved(0.0, y) } else { self.state.text.moved(x, 0.0) };
    }

    fn show(&mut self, bytes: &[u8]) {
        let font = match self.state.font {
            Some(font) => font,
            None => self.fonts.fallback(),
        };
        self.state.font = Some(font);
        let shown = self.layers.shown(&self.hidden_marks());
        let (artifact, part) = (self.artifact(), self.part());
        let Some(face) = self.fonts.face(font) else {
            return;
        };
        let pen = Pen::new(&self.state, face.vertical, face.em);
        let state = &mut self.state;
        let mut at = 0;
        // each turn reads at least one byte
        while at < bytes.len() && self.out.glyphs.len() <= MAX_GLYPHS {
            let Some((code, length)) = face.next_code(bytes, at) else {
                return;
            };
            at += length;
            let word_space = if face.is_word_space(code, length) { state.word_space } else { 0.0 };
            let Some(known) = face.code(code) else {
                continue;
            };
            let own = known.advance * state.size;
            let space = state.char_space + word_space;
            if shown && let Some((from, to)) = pen.ends(state, own) {
                self.out.glyphs.push(Glyph {
                    letters: known.letters.clone(),
                    blank: known.blank,
                    from,
                    to,
                    size: pen.size,
                    font,
                    way: pen.way,
                    hidden: state.mode == 3,
                    faint: state.faint || state.alpha < 0.35,
                    thick: state.mode == 2,
                    unknown: known.unknown,
                    artifact,
                    part,
                });
            }
            let moved = own + space;
            let (x, y) = if pen.vertical { (0.0, moved) } else { (moved * state.stretch, 0.0) };
            state.text = state.text.moved(x, y);
        }
    }
}

/// What stays the same over a string: only the pen's place moves.
struct Pen {
    /// Glyph space to page, as it was at the start of the string.
    whole: Matrix,
    vertical: bool,
    way: Way,
    size: f32,
}

impl Pen {
    fn new(state: &State, vertical: bool, em: f64) -> Self {
        let whole = Matrix::shift(0.0, state.rise).then(state.text).then(state.ctm);
        let up = whole.vector(0.0, state.size);
        Self {
            whole,
            vertical,
            way: way(&whole, state.size * state.stretch, vertical),
            size: narrow((up.0.hypot(up.1) * em, 0.0)).0,
        }
    }

    /// Start and end of a glyph's advance on the baseline; none where they make no sense.
    fn ends(&self, state: &State, own: f64) -> Option<((f32, f32), (f32, f32))> {
        /// Nothing on a page is as far out, or as large, in points.
        const FAR: f32 = 1e6;
        let (left, base) = state.text.point(0.0, state.rise);
        let start = state.ctm.point(left, base);
        let (x, y) = if self.vertical { (0.0, own) } else { (own * state.stretch, 0.0) };
        let [a, b, c, d, _, _] = self.whole.c;
        let (from, to) = (narrow(start), narrow((a * x + c * y + start.0, b * x + d * y + start.1)));
        // not a number is not less than anything either
        let sound = [from.0, from.1, to.0, to.1, self.size].iter().all(|v| v.abs() < FAR);
        sound.then_some((from, to))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "points on a page fit f32")]
fn narrow((x, y): (f64, f64)) -> (f32, f32) {
    (x as f32, y as f32)
}

/// Which way text runs under a matrix; within two degrees counts as straight.
fn way(whole: &Matrix, size: f64, vertical: bool) -> Way {
    const STRAIGHT: f64 = 0.035;
    let sign = if size < 0.0 { -1.0 } else { 1.0 };
    let (x, y) = if vertical { whole.vector(0.0, -sign) } else { whole.vector(sign, 0.0) };
    let length = x.hypot(y).max(f64::MIN_POSITIVE);
    match (x / length, y / length) {
        (x, y) if y.abs() < STRAIGHT && x > 0.0 => Way::Right,
        (_, y) if y.abs() < STRAIGHT => Way::Left,
        (x, y) if x.abs() < STRAIGHT && y > 0.0 => Way::Down,
        (x, _) if x.abs() < STRAIGHT => Way::Up,
        _ => Way::Oblique,
    }
}
