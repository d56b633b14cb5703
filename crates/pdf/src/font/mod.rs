//! The fonts of a document: which characters each code stands for, and how wide it is.
//!
//! The characters come from the first of these that knows them: `ToUnicode`, glyph names, the character collection of a
//! CID font, the inverse of the character map in the embedded font. A code that none of these knows becomes U+FFFD and
//! is counted as unknown.
//!
//! Glyphs aren't drawn, so a font program is loaded only for codes that the font's dictionary leaves open
//! ([`font_dictionary`]). Most fonts state widths and `ToUnicode`, and programs are the larger part of many files.

mod cid_maps;
mod face;
mod face_style;
mod font_dictionary;
pub(crate) mod glyph_text;
mod source;

use face::Face;
use hayro_syntax::object::Dict;
use source::{Library, Source};
use std::collections::HashMap;
use std::rc::Rc;

/// Maximum number of fonts in a document. A document of a thousand pages has several hundred.
const MAX_FONTS: usize = 5_000;

/// The fonts met so far, by index.
pub(crate) struct Fonts<'a> {
    library: Rc<Library<'a>>,
    /// By address and length of the dictionary's bytes in the file; (0, 0) is the fallback font.
    by_dict: HashMap<(usize, usize), usize>,
    faces: Vec<Face<'a>>,
}

impl<'a> Fonts<'a> {
    /// An empty set of fonts.
    pub(crate) fn new() -> Self {
        Self { library: Rc::new(Library::new()), by_dict: HashMap::new(), faces: Vec::new() }
    }

    /// The index of the font that a dictionary describes. Beyond the limit it is that of the first font.
    pub(crate) fn load(&mut self, dict: &Dict<'a>) -> usize {
        let bytes = dict.data();
        let key = (bytes.as_ptr().addr(), bytes.len());
        if let Some(&known) = self.by_dict.get(&key) {
            return known;
        }
        if self.faces.len() >= MAX_FONTS {
            return 0;
        }
        self.add(key, Some(dict.clone()))
    }

    /// The index of the font for text that names none, or a missing one: Helvetica, as in viewers.
    pub(crate) fn fallback(&mut self) -> usize {
        let key = (0, 0);
        if let Some(&known) = self.by_dict.get(&key) {
            return known;
        }
        self.add(key, None)
    }

    fn add(&mut self, key: (usize, usize), dict: Option<Dict<'a>>) -> usize {
        self.faces.push(Face::new(Source { library: Rc::clone(&self.library), dict }));
        let index = self.faces.len() - 1;
        self.by_dict.insert(key, index);
        index
    }

    /// A font by its index, for reading codes.
    pub(crate) fn face(&mut self, index: usize) -> Option<&mut Face<'a>> {
        self.faces.get_mut(index)
    }

    /// A font by its index, for its properties.
    pub(crate) fn peek(&self, index: usize) -> Option<&Face<'a>> {
        self.faces.get(index)
    }
}
