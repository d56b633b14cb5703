//! Runs a page's content stream: glyphs with their places, rules, pictures' boxes. Nothing is painted.
//!
//! An interpreter of our own rather than a renderer's device: text needs the font's dictionary (weight, slant), the
//! exact advance of each code and the marked-content properties, and needs no picture, colour space or outline decoded.
//! Coordinates are points from the top left corner of the page as it is shown (rotation applied).

mod marked;
mod paint;
mod show;

use crate::font::Fonts;
use crate::glyph_text::Letters;
use crate::matrix::Matrix;
use crate::optional_content::Layers;
use crate::structure_tree::{Part, Parts};
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Dict, Name, Number, Stream};
use hayro_syntax::page::{Page, Resources};
use marked::Mark;
use paint::Path;
use std::collections::BTreeMap;

/// Operators on a page at most; the busiest map or table pages known have some hundred thousand.
const MAX_OPERATORS: usize = 3_000_000;
/// Glyphs on a page at most; a newspaper page has thirty thousand.
const MAX_GLYPHS: usize = 300_000;
/// Forms inside forms at most, as deep as hayro goes.
const MAX_DEPTH: usize = 24;
/// Graphics states on the stack at most; real pages stay below thirty.
const MAX_STATES: usize = 512;

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
    /// It says nothing but white space.
    pub(super) blank: bool,
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
    /// Its part by the structure tree.
    pub(super) part: Option<Part>,
}

impl Glyph {
    /// Lets it say something else.
    pub(super) fn say(&mut self, letters: Letters) {
        self.blank = letters.is_blank();
        self.letters = letters;
        self.unknown = false;
    }
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
    /// Boxes of small filled shapes with round edges, as wide as high.
    pub(super) discs: Vec<[f32; 4]>,
    /// Boxes of pictures.
    pub(super) pictures: Vec<[f32; 4]>,
    /// Some limit was met: the page may hold more.
    pub(super) cut: bool,
}

/// Reads a page, forms and annotation appearances included.
pub(super) fn read<'a>(page: &Page<'a>, fonts: &mut Fonts<'a>, layers: &Layers, parts: &Parts) -> PageContent {
    let (width, height) = page.render_dimensions();
    let base = Matrix { c: page.initial_transform(true).as_coeffs() };
    let mut run = Run {
        out: PageContent { width, height, ..PageContent::default() },
        fonts,
        layers,
        parts,
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
struct Run<'a, 'r> {
    out: PageContent,
    fonts: &'r mut Fonts<'a>,
    layers: &'r Layers,
    parts: &'r Parts,
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
            let Some(stream) = crate::appearance_stream::appearance(&annotation) else {
                continue;
            };
            let Some(place) = crate::appearance_stream::place(&annotation, stream.dict()) else {
                continue;
            };
            self.state = State::new(place.then(base));
            self.form(&stream, page.resources());
        }
    }
}
