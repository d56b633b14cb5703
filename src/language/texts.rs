//! What short texts are in, kept: menus and footers come again on every page of their site.

use super::identify::{self, Verdict};
use foldhash::fast::FixedState;
use std::{cell::RefCell, hash::BuildHasher as _};

/// Bytes of the longest text that is kept: longer ones seldom come again.
const LONGEST: usize = 160;
/// Places for texts, of some hundred bytes.
const PLACES: usize = 1 << 12;

/// A text and what it is in.
#[derive(Clone)]
struct Kept {
    text: Box<str>,
    verdict: Verdict,
}

thread_local! {
    /// Of two texts that fall on one place the later one is kept.
    static TEXTS: RefCell<Vec<Option<Kept>>> = RefCell::default();
}

/// Identifies the language of a text: what is kept is what was found, so nothing depends on what was read before.
pub(super) fn verdict(text: &str) -> Verdict {
    if text.len() > LONGEST {
        return identify::verdict(text);
    }
    TEXTS.with_borrow_mut(|texts| {
        if texts.is_empty() {
            texts.resize(PLACES, None);
        }
        let hash = FixedState::with_seed(0).hash_one(text);
        let place = texts.get_mut(usize::try_from(hash % PLACES as u64).unwrap_or_default());
        if let Some(Some(kept)) = &place
            && *kept.text == *text
        {
            return kept.verdict.clone();
        }
        let verdict = identify::verdict(text);
        if let Some(place) = place {
            *place = Some(Kept { text: text.into(), verdict: verdict.clone() });
        }
        verdict
    })
}
