//! The operator loop: graphics states, fonts, forms, and the appearances of annotations.

use super::graphics_state::GraphicsState;
use super::marked::{MarkStack, MarkedContent};
use super::page_content::PageContent;
use super::path::Path;
use crate::file::appearance_stream;
use crate::file::optional_content::Layers;
use crate::file::tag::PageTags;
use crate::font::Fonts;
use crate::geometry::matrix::Matrix;
use crate::limits::MAX_ANNOTATIONS;
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::{Page, Resources};
use std::collections::BTreeMap;

/// Maximum number of operators on a page. The busiest maps and tables known have several hundred thousand.
const MAX_OPERATORS: usize = 3_000_000;
/// Maximum number of glyphs on a page. A newspaper page has thirty thousand.
pub(super) const MAX_GLYPHS: usize = 300_000;
/// Maximum nesting depth of forms, the same as hayro's.
const MAX_DEPTH: usize = 24;
/// Maximum number of saved graphics states. Real pages stay below thirty.
const MAX_STATES: usize = 512;

/// An interpreter of content streams that collects text, rules and picture boxes.
pub(super) struct Interpreter<'a, 'r> {
    /// What has been collected so far.
    pub(super) out: PageContent,
    pub(super) fonts: &'r mut Fonts<'a>,
    layers: &'r Layers,
    tags: &'r PageTags,
    /// The current graphics state.
    pub(super) state: GraphicsState,
    saved: Vec<GraphicsState>,
    /// The open marked-content sequences.
    pub(super) marks: MarkStack,
    /// The path under construction.
    pub(super) path: Path,
    operators: usize,
    /// How many forms are being drawn inside each other.
    depth: usize,
}

impl<'a, 'r> Interpreter<'a, 'r> {
    pub(super) fn new(page: &Page<'a>, fonts: &'r mut Fonts<'a>, layers: &'r Layers, tags: &'r PageTags) -> Self {
        let (width, height) = page.render_dimensions();
        Self {
            out: PageContent { width, height, ..PageContent::default() },
            fonts,
            layers,
            tags,
            state: GraphicsState::new(initial_matrix(page)),
            saved: Vec::new(),
            marks: MarkStack::default(),
            path: Path::default(),
            operators: 0,
            depth: 0,
        }
    }

    /// Runs a page's content stream, then the appearances of its annotations.
    pub(super) fn page(&mut self, page: &Page<'a>) {
        self.stream(page.typed_operations(), page.resources());
        self.annotations(page);
    }

    /// Runs a stream. Whatever it leaves open, states and marks, is closed at its end.
    fn stream(&mut self, mut ops: TypedIter<'_>, resources: &Resources<'a>) {
        let states = self.saved.len();
        let marks = self.marks.len();
        self.saved.push(self.state.clone());
        let mut names: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        while let Some(op) = ops.next() {
            self.operators += 1;
            if self.operators > MAX_OPERATORS || self.out.glyphs.len() > MAX_GLYPHS {
                self.out.is_cut = true;
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
                TypedInstruction::EndMarkedContent(_) if self.marks.len() > marks => {
                    self.marks.end(&mut self.out.glyphs);
                }
                TypedInstruction::SaveState(_) if self.saved.len() < MAX_STATES => {
                    self.saved.push(self.state.clone());
                }
                TypedInstruction::RestoreState(_) if self.saved.len() > states + 1 => {
                    if let Some(state) = self.saved.pop() {
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
            self.marks.end(&mut self.out.glyphs);
        }
        if let Some(state) = self.saved.get(states) {
            self.state = state.clone();
        }
        self.saved.truncate(states);
    }

    /// The index of the font that a resource name refers to; `names` caches it for one stream.
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

    /// Applies the entries of a graphics state parameter dictionary that concern text.
    fn graphics_state(&mut self, dict: &Dict<'a>) {
        if let Some(alpha) = dict.get::<Number>("ca") {
            self.state.alpha = alpha.as_f64();
        }
        if let Some(font) = dict.get::<Array<'a>>("Font") {
            let mut entries = font.flex_iter();
            if let Some(font) = entries.next::<Dict<'a>>() {
                self.state.font = Some(self.fonts.load(&font));
                self.state.size = entries.next::<Number>().map_or(1.0, |n| n.as_f64());
            }
        }
    }

    fn begin_mark(&mut self, tag: &Name<'_>, properties: Option<&Object<'_>>, resources: &Resources<'a>) {
        // content inside a form is numbered by the form, not by the page
        let page_tags = (self.depth == 0).then_some(self.tags);
        let mark = MarkedContent::read(tag, properties, resources, self.layers, page_tags);
        self.marks.begin(mark, self.out.glyphs.len());
    }

    fn x_object(&mut self, name: &Name<'_>, resources: &Resources<'a>) {
        let Some(stream) = resources.get_x_object(name) else {
            return;
        };
        let dict = stream.dict();
        if self.marks.is_hidden() || self.layers.hides(dict) {
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
            self.out.is_cut = true;
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

    fn annotations(&mut self, page: &Page<'a>) {
        const HIDDEN: i32 = 1 << 1;
        const NO_VIEW: i32 = 1 << 5;
        let Some(list) = page.raw().get::<Array<'a>>("Annots") else {
            return;
        };
        let base = initial_matrix(page);
        for annotation in list.iter::<Dict<'a>>().take(MAX_ANNOTATIONS) {
            let flags = annotation.get::<i32>("F").unwrap_or(0);
            if flags & (HIDDEN | NO_VIEW) != 0 || self.layers.hides(&annotation) {
                continue;
            }
            let Some(stream) = appearance_stream::appearance(&annotation) else {
                continue;
            };
            let Some(placement) = appearance_stream::placement(&annotation, stream.dict()) else {
                continue;
            };
            self.state = GraphicsState::new(placement.then(base));
            self.form(&stream, page.resources());
        }
    }
}

/// The matrix from user space to the page as shown.
fn initial_matrix(page: &Page<'_>) -> Matrix {
    Matrix { c: page.initial_transform(true).as_coeffs() }
}
