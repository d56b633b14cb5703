//! Runs a page's content stream: glyphs with their places, rules, pictures' boxes. Nothing is painted.
//!
//! An interpreter of our own rather than a renderer's device: text needs the font's dictionary (weight, slant), the
//! exact advance of each code and the marked-content properties, and needs no picture, colour space or outline decoded.
//! Coordinates are points from the top left corner of the page as it is shown (rotation applied).

use super::font::Fonts;
use super::letters::Letters;
use super::matrix::Matrix;
use super::optional::Layers;
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::{CubicEndTo, CubicStartTo, TypedInstruction};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::{Page, Resources};
use std::collections::BTreeMap;

/// Operators on a page at most; the busiest map or table pages known have some hundred thousand.
const MAX_OPERATORS: usize = 3_000_000;
/// Glyphs on a page at most; a newspaper page has thirty thousand.
const MAX_GLYPHS: usize = 300_000;
/// Rules on a page at most; more are a drawing, not a table.
const MAX_RULES: usize = 6_000;
/// Forms inside forms at most, as deep as hayro goes.
const MAX_DEPTH: usize = 24;
/// Graphics states on the stack at most; real pages stay below thirty.
const MAX_STATES: usize = 512;
/// Segments of one path at most; longer paths are drawings.
const MAX_PATH: usize = 4_000;
/// A rule is at most this thick, in points.
const RULE_THICKNESS: f64 = 3.0;
/// A rule is at least this long, in points: shorter strokes are marks and letters.
const RULE_LENGTH: f64 = 6.0;

/// Which way text runs on the shown page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Way {
    /// Left to right.
    Right,
    /// Downwards (turned clockwise).
    Down,
    /// Upside down.
    Left,
    /// Upwards (turned counter-clockwise).
    Up,
    /// At another angle.
    Oblique,
}

/// A glyph with its place.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent properties of a glyph")]
pub(super) struct Glyph {
    /// What it says.
    pub(super) letters: Letters,
    /// Start of its advance on the baseline.
    pub(super) from: (f32, f32),
    /// End of its advance on the baseline.
    pub(super) to: (f32, f32),
    /// Size of the em in points.
    pub(super) size: f32,
    /// Font, an index into [`Fonts`].
    pub(super) font: usize,
    /// Which way it runs.
    pub(super) way: Way,
    /// Drawn invisibly, as text layers of scans are.
    pub(super) hidden: bool,
    /// Drawn in a colour close to white, or nearly transparent.
    pub(super) faint: bool,
    /// Filled and stroked: bold without a bold font.
    pub(super) thick: bool,
    /// Nothing tells what it says.
    pub(super) unknown: bool,
    /// Inside an artifact.
    pub(super) artifact: Artifact,
}

/// What the marked content around a glyph says of its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Artifact {
    /// Real content, or nothing said.
    No,
    /// An artifact of unstated type.
    Plain,
    /// A running head, foot or page number.
    Pagination,
    /// A watermark.
    Watermark,
}

/// A straight horizontal or vertical line: left, top, right, bottom.
pub(super) type Rule = [f32; 4];

/// What a page holds.
#[derive(Debug, Default)]
pub(super) struct PageContent {
    /// Width as shown, in points.
    pub(super) width: f32,
    /// Height as shown, in points.
    pub(super) height: f32,
    /// Glyphs in drawing order.
    pub(super) glyphs: Vec<Glyph>,
    /// Horizontal rules.
    pub(super) across: Vec<Rule>,
    /// Vertical rules.
    pub(super) down: Vec<Rule>,
    /// Boxes of pictures.
    pub(super) pictures: Vec<[f32; 4]>,
    /// Some limit was met: the page may hold more.
    pub(super) cut: bool,
}

/// Reads a page, forms and annotation appearances included.
pub(super) fn read<'a>(page: &Page<'a>, fonts: &mut Fonts<'a>, layers: &Layers) -> PageContent {
    let (width, height) = page.render_dimensions();
    let base = Matrix { c: page.initial_transform(true).as_coeffs() };
    let mut run = Run {
        out: PageContent { width, height, ..PageContent::default() },
        fonts,
        layers,
        state: State::new(base),
        stack: Vec::new(),
        marks: Vec::new(),
        path: Path::default(),
        operators: 0,
        depth: 0,
    };
    run.stream(page.typed_operations(), page.resources());
    run.annotations(page, base);
    run.out
}

#[derive(Clone)]
struct State {
    ctm: Matrix,
    font: Option<usize>,
    size: f64,
    char_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
    mode: i64,
    faint: bool,
    alpha: f64,
    text: Matrix,
    line: Matrix,
}

impl State {
    fn new(ctm: Matrix) -> Self {
        Self {
            ctm,
            font: None,
            size: 0.0,
            char_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: 0,
            faint: false,
            alpha: 1.0,
            text: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
        }
    }
}

struct Mark {
    artifact: Artifact,
    hidden: bool,
    actual: Option<String>,
    first_glyph: usize,
}

#[derive(Default)]
struct Path {
    boxes: Vec<[f64; 4]>,
    lines: Vec<[f64; 4]>,
    start: (f64, f64),
    at: (f64, f64),
    curved: bool,
}

struct Run<'a, 'r> {
    out: PageContent,
    fonts: &'r mut Fonts<'a>,
    layers: &'r Layers,
    state: State,
    stack: Vec<State>,
    marks: Vec<Mark>,
    path: Path,
    operators: usize,
    depth: usize,
}

impl<'a> Run<'a, '_> {
    fn stream(&mut self, mut ops: TypedIter<'_>, resources: &Resources<'a>) {
        let states = self.stack.len();
        let marks = self.marks.len();
        self.stack.push(self.state.clone());
        let mut names: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        while let Some(op) = ops.next() {
            self.operators += 1;
            if self.operators > MAX_OPERATORS || self.out.glyphs.len() > MAX_GLYPHS {
                self.out.cut = true;
                break;
            }
            match op {
                TypedInstruction::TextFont(t) => {
                    self.state.size = t.1.as_f64();
                    self.state.font = Some(self.font_named(t.0, resources, &mut names));
                }
                TypedInstruction::XObject(x) => self.x_object(x.0, resources),
                TypedInstruction::SetGraphicsState(gs) => {
                    if let Some(dict) = resources.get_ext_g_state(gs.0) {
                        self.graphics_state(&dict);
                    }
                }
                TypedInstruction::BeginMarkedContentWithProperties(m) => {
                    self.begin_mark(m.0, Some(m.1), resources);
                }
                TypedInstruction::BeginMarkedContent(m) => self.begin_mark(m.0, None, resources),
                TypedInstruction::EndMarkedContent(_) => {
                    if self.marks.len() > marks {
                        self.end_mark();
                    }
                }
                TypedInstruction::SaveState(_) if self.stack.len() < MAX_STATES => {
                    self.stack.push(self.state.clone());
                }
                TypedInstruction::RestoreState(_) if self.stack.len() > states + 1 => {
                    if let Some(state) = self.stack.pop() {
                        self.state = state;
                    }
                }
                other => {
                    self.graphics(&other);
                    self.text(&other);
                }
            }
        }
        while self.marks.len() > marks {
            self.end_mark();
        }
        if let Some(state) = self.stack.get(states) {
            self.state = state.clone();
        }
        self.stack.truncate(states);
    }

    fn font_named(
        &mut self,
        name: &Name<'_>,
        resources: &Resources<'a>,
        names: &mut BTreeMap<Vec<u8>, usize>,
    ) -> usize {
        if let Some(&known) = names.get(name.as_ref() as &[u8]) {
            return known;
        }
        let index = match resources.get_font(name) {
            Some(dict) => self.fonts.load(&dict),
            None => self.fonts.fallback(),
        };
        names.insert((name.as_ref() as &[u8]).to_vec(), index);
        index
    }

    fn graphics_state(&mut self, dict: &Dict<'a>) {
        if let Some(alpha) = dict.get::<Number>("ca") {
            self.state.alpha = alpha.as_f64();
        }
        if let Some(font) = dict.get::<Array<'a>>("Font") {
            let mut parts = font.flex_iter();
            if let Some(font) = parts.next::<Dict<'a>>() {
                self.state.font = Some(self.fonts.load(&font));
                self.state.size = parts.next::<Number>().map_or(1.0, |n| n.as_f64());
            }
        }
    }

    fn graphics(&mut self, op: &TypedInstruction<'_, '_>) {
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
        self.path.at = to;
        self.path.curved = true;
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
    fn picture(&mut self) {
        /// Pictures on a page at most; strips of a scan come to some hundred.
        const MAX_PICTURES: usize = 5_000;
        if self.out.pictures.len() < MAX_PICTURES {
            let area = self.state.ctm.rect([0.0, 0.0, 1.0, 1.0]).map(|v| v as f32);
            self.out.pictures.push(area);
        }
    }

    fn x_object(&mut self, name: &Name<'_>, resources: &Resources<'a>) {
        let Some(stream) = resources.get_x_object(name) else {
            return;
        };
        let dict = stream.dict();
        if !self.layers.shown(&self.hidden_marks()) || self.layers.hides(dict) {
            return;
        }
        match dict.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Image") => self.picture(),
            Some(b"Form") => self.form(&stream, resources),
            _ => {}
        }
    }

    fn form(&mut self, stream: &Stream<'a>, resources: &Resources<'a>) {
        if self.depth >= MAX_DEPTH {
            self.out.cut = true;
            return;
        }
        let dict = stream.dict();
        let Ok(data) = stream.decoded_data() else {
            return;
        };
        let own = dict.get::<Dict<'a>>("Resources").map(Resources::new);
        let outer = self.state.clone();
        if let Some(c) = dict.get::<[f64; 6]>("Matrix") {
            self.state.ctm = Matrix { c }.then(self.state.ctm);
        }
        let path = std::mem::take(&mut self.path);
        self.depth += 1;
        self.stream(TypedIter::new(data.as_ref()), own.as_ref().unwrap_or(resources));
        self.depth -= 1;
        self.path = path;
        self.state = outer;
    }

    fn begin_mark(&mut self, tag: &Name<'_>, properties: Option<&Object<'_>>, resources: &Resources<'a>) {
        let tag: &[u8] = tag.as_ref();
        let named = properties.and_then(|p| match p {
            Object::Name(n) => Some(n.clone()),
            _ => None,
        });
        let hidden = tag == b"OC"
            && named.as_ref().is_some_and(|n| {
                let reference = resources.properties.get_ref(n.as_ref() as &[u8]);
                let dict = resources.properties.get::<Dict<'a>>(n.as_ref() as &[u8]);
                self.layers.hides_group(reference, dict.as_ref())
            });
        let dict = match (&named, properties) {
            (Some(n), _) => resources.properties.get::<Dict<'_>>(n.as_ref() as &[u8]),
            (None, Some(Object::Dict(d))) => Some(d.clone()),
            _ => None,
        };
        self.marks.push(Mark {
            artifact: artifact(tag, dict.as_ref()),
            hidden,
            actual: dict.as_ref().and_then(|d| {
                d.get::<hayro_syntax::object::String<'_>>("ActualText").map(|s| super::strings::text(s.as_bytes()))
            }),
            first_glyph: self.out.glyphs.len(),
        });
    }

    fn hidden_marks(&self) -> [bool; 1] {
        [self.marks.iter().any(|m| m.hidden)]
    }

    fn end_mark(&mut self) {
        let Some(mark) = self.marks.pop() else {
            return;
        };
        if let Some(actual) = mark.actual {
            let covered = self.out.glyphs.get_mut(mark.first_glyph..);
            super::actual::apply(covered.unwrap_or_default(), &actual);
        }
    }

    fn annotations(&mut self, page: &Page<'a>, base: Matrix) {
        /// Annotations on a page at most; forms of tax offices have some hundred.
        const MAX_ANNOTATIONS: usize = 4_000;
        let Some(list) = page.raw().get::<Array<'a>>("Annots") else {
            return;
        };
        for annotation in list.iter::<Dict<'a>>().take(MAX_ANNOTATIONS) {
            let flags = annotation.get::<i32>("F").unwrap_or(0);
            // hidden, or not to be shown
            if flags & (1 << 1 | 1 << 5) != 0 || self.layers.hides(&annotation) {
                continue;
            }
            let Some(stream) = super::annotation::appearance(&annotation) else {
                continue;
            };
            let Some(place) = super::annotation::place(&annotation, stream.dict()) else {
                continue;
            };
            self.state = State::new(place.then(base));
            self.form(&stream, page.resources());
        }
    }

    fn text(&mut self, op: &TypedInstruction<'_, '_>) {
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
        let shift = if vertical { Matrix::shift(0.0, y) } else { Matrix::shift(x, 0.0) };
        self.state.text = shift.then(self.state.text);
    }

    fn show(&mut self, bytes: &[u8]) {
        let font = match self.state.font {
            Some(font) => font,
            None => self.fonts.fallback(),
        };
        self.state.font = Some(font);
        let shown = self.layers.shown(&self.hidden_marks());
        let artifact = self.artifact();
        let mut at = 0;
        // each turn reads at least one byte
        while at < bytes.len() && self.out.glyphs.len() <= MAX_GLYPHS {
            let Some(step) = self.show_code(bytes, at, font) else {
                return;
            };
            at += step.length;
            if shown && let Some(mut glyph) = step.glyph {
                glyph.artifact = artifact;
                self.out.glyphs.push(glyph);
            }
        }
    }

    fn artifact(&self) -> Artifact {
        self.marks.iter().map(|m| m.artifact).find(|a| *a != Artifact::No).unwrap_or(Artifact::No)
    }

    fn show_code(&mut self, bytes: &[u8], at: usize, font: usize) -> Option<Step> {
        let face = self.fonts.face(font)?;
        let (code, length) = face.next_code(bytes, at)?;
        let word_space = face.is_word_space(code, length);
        let (vertical, em) = (face.vertical, face.em);
        let Some(known) = face.code(code) else {
            return Some(Step { length, glyph: None });
        };
        let state = &self.state;
        let own = known.advance * state.size;
        let space = state.char_space + if word_space { state.word_space } else { 0.0 };
        let whole = Matrix::shift(0.0, state.rise).then(state.text).then(state.ctm);
        let (x, y) = if vertical { (0.0, own) } else { (own * state.stretch, 0.0) };
        let up = whole.vector(0.0, state.size);
        let glyph = Glyph {
            letters: known.letters.clone(),
            from: narrow(whole.point(0.0, 0.0)),
            to: narrow(whole.point(x, y)),
            size: narrow((up.0.hypot(up.1) * em, 0.0)).0,
            font,
            way: way(&whole, state.size * state.stretch, vertical),
            hidden: state.mode == 3,
            faint: state.faint || state.alpha < 0.35,
            thick: state.mode == 2,
            unknown: known.unknown,
            artifact: Artifact::No,
        };
        let sound = [glyph.from.0, glyph.from.1, glyph.to.0, glyph.to.1, glyph.size]
            .iter()
            .all(|v| v.is_finite() && v.abs() < 1e6);
        let stretch = self.state.stretch;
        self.advance((own + space) * stretch, own + space);
        Some(Step { length, glyph: sound.then_some(glyph) })
    }
}

struct Step {
    length: usize,
    glyph: Option<Glyph>,
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

fn artifact(tag: &[u8], properties: Option<&Dict<'_>>) -> Artifact {
    if tag != b"Artifact" {
        return Artifact::No;
    }
    let get =
        |key: &str| properties.and_then(|p| p.get::<Name<'_>>(key)).map(|n| n.as_str().to_owned()).unwrap_or_default();
    match (get("Type").as_str(), get("Subtype").as_str()) {
        (_, "Watermark") => Artifact::Watermark,
        ("Pagination", _) | (_, "Header" | "Footer") => Artifact::Pagination,
        _ => Artifact::Plain,
    }
}
