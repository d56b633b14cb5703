//! What short texts are in, kept: menus and footers come again on every page of their site.

use super::identify::{self, Verdict};
use super::ngrams::Ranking;
use crate::kept::Kept;
use std::{cell::RefCell, rc::Rc};

/// Texts that are kept, and bytes of the longest: longer ones seldom come again.
const PLACES: usize = 1 << 12;
const LONGEST: usize = 160;

/// The same for several short texts that are read as one.
const WINDOWS: usize = 1 << 9;
const LONGEST_WINDOW: usize = 1 << 10;

thread_local! {
    static TEXTS: RefCell<Kept<Rc<Verdict>, PLACES, LONGEST>> = RefCell::default();
    static RANKINGS: RefCell<Kept<Ranking, WINDOWS, LONGEST_WINDOW>> = RefCell::default();
}

/// Identifies the language of a text: what is kept is what was found, so nothing depends on what was read before.
pub(super) fn verdict(text: &str) -> Rc<Verdict> {
    TEXTS.with_borrow_mut(|texts| texts.get(text, |text| Rc::new(identify::verdict(text))))
}

/// Ranks the languages of several texts that are read as one.
pub(super) fn ranking(texts: &str, weigh: impl FnOnce(Ranking) -> Ranking) -> Ranking {
    RANKINGS.with_borrow_mut(|rankings| rankings.get(texts, |texts| weigh(identify::verdict(texts).ranking)))
}
