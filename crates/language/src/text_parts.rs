//! What short texts are in, kept: menus and footers come again on every page of their site.

use crate::identify::{self, Verdict};
use sanad_document::memo_cache::MemoCache;
use std::{cell::RefCell, rc::Rc};

/// Texts that are kept, and bytes of the longest: longer ones seldom come again.
const PLACES: usize = 1 << 12;
const LONGEST: usize = 160;

thread_local! {
    static TEXTS: RefCell<MemoCache<Rc<Verdict>, PLACES, LONGEST>> = RefCell::default();
}

/// Identifies the language of a text: what is kept is what was found, so nothing depends on what was read before.
pub(super) fn verdict(text: &str) -> Rc<Verdict> {
    TEXTS.with_borrow_mut(|texts| texts.get(text, |text| Rc::new(identify::verdict(text))))
}
