//! How often a block repeats on its site, and what that weighs.

/// Repetition counts fully from this many pages on: two may be a page and its print version.
const MIN_PAGES: u32 = 3;

/// A block on this share of a site's pages is chrome, whatever it scores (per cent).
const REPEATED_PER_CENT: u64 = 20;

/// On how many pages of its site a block occurs. Near-duplicate pages count as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Support {
    /// Pages that hold the block.
    pub pages: u32,
    /// Pages of the site in this language.
    pub of: u32,
}

/// What repetition weighs against a block: 0 nothing, 1 enough against a block that the model doubts too, 2 enough
/// against any block.
///
/// Repetition decides through this weight alone: if all blocks of a document keep their weights, they keep their fates,
/// whatever the counts.
#[must_use]
pub fn weight(support: Support) -> u8 {
    let is_frequent = u64::from(support.pages) * 100 >= u64::from(support.of) * REPEATED_PER_CENT;
    match support.pages {
        MIN_PAGES.. if is_frequent => 2,
        2.. if is_frequent => 1,
        _ => 0,
    }
}
