//! Where a font is loaded from.

use super::font_dictionary::has_too_many_widths;
use hayro_font::{CMapResolverFn, Font, FontCache, FontQuery, FontResolverFn, StandardFont};
use hayro_syntax::object::Dict;
use std::rc::Rc;
use std::sync::Arc;

/// What a font is loaded from. Without a dictionary it is Helvetica.
pub(super) struct Source<'a> {
    pub(super) library: Rc<Library<'a>>,
    pub(super) dict: Option<Dict<'a>>,
}

/// Resolvers of font programs and of predefined character maps.
pub(super) struct Library<'a> {
    cache: FontCache<'a>,
    programs: FontResolverFn,
    pub(super) cmaps: CMapResolverFn,
}

impl Library<'_> {
    pub(super) fn new() -> Self {
        Self {
            cache: FontCache::new(),
            programs: Arc::new(|query| match query {
                FontQuery::Standard(font) => Some(font.get_font_data()),
                FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
            }),
            cmaps: Arc::new(hayro_cmap::load_embedded),
        }
    }
}

impl<'a> Source<'a> {
    /// Loads the font with its program, if it can be used.
    pub(super) fn load(&self) -> Option<Font<'a>> {
        let Library { cache, programs, cmaps } = &*self.library;
        match &self.dict {
            Some(dict) if has_too_many_widths(dict) => None, // the reader would expand all
            Some(dict) => cache.font(dict, programs, cmaps),
            None => cache.standard_font(StandardFont::Helvetica, programs),
        }
    }
}
