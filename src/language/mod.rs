//! A language for each block, then for the whole; letters of broken fonts repaired on the way.

use crate::{
    Page,
    record::{Document, Tongue},
};

/// Repairs the letters of each block and labels block and document with their languages.
pub fn label(_document: &mut Document, _page: &Page<'_>) {}

/// The language of a text on its own.
#[must_use]
pub fn identify(_text: &str) -> Tongue {
    Tongue::default()
}
