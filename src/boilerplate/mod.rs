//! Marks what isn't the text, naming the rule.

pub mod repeats;

use crate::record::{Document, TextMode};

/// On how many pages of its site (near-duplicates counted once) a block stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Support {
    /// Pages that hold it.
    pub pages: u32,
    /// Pages of the site in this language.
    pub of: u32,
}

/// Decides the fate of every block that has none yet (`Fate::Drop` set before stays). `support` has an entry for each
/// block, or is empty where nothing is known of the site's other pages.
pub fn mark(_document: &mut Document, _support: &[Support], _mode: TextMode) {}
