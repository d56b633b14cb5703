//! A cache of the verdicts on short texts: menus and footers recur on every page of their site.

use crate::identify::{self, Verdict};
use sanad_document::memo_cache::MemoCache;
use std::{cell::RefCell, rc::Rc};

/// Size of the cache, and bytes of the longest text in it: longer ones seldom recur.
const PLACES: usize = 1 << 12;
const LONGEST: usize = 160;

thread_local! {
    static VERDICTS: RefCell<MemoCache<Rc<Verdict>, PLACES, LONGEST>> = RefCell::default();
}

/// Identifies the language of a text. Texts are judged alone, so the result doesn't depend on what was read before.
pub(super) fn verdict(text: &str) -> Rc<Verdict> {
    VERDICTS.with_borrow_mut(|verdicts| verdicts.get(text, |text| Rc::new(identify::verdict(text))))
}
