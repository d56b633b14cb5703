//! On how many pages of its template a block occurs, and what that weighs.

/// Below this many pages of a template repetition says nothing: two may be a page and its print version. A block on this
/// many pages is repeated whatever the page model says.
const MIN_PAGES: u32 = 3;

/// A block on this share of a template's pages is repeated (per cent).
const REPEATED_PER_CENT: u64 = 20;

/// On how many pages of its template a block occurs. Near-duplicate pages count as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Support {
    /// Pages that hold the block.
    pub pages: u32,
    /// Pages of the template.
    pub of: u32,
}

/// What repetition weighs against a block: 0 nothing, 1 enough against a block that the page model doubts too, 2 enough
/// against any block, if it stands in a piece of its own.
///
/// Repetition decides through this weight alone: if all blocks of a document keep their weights, they keep their fates,
/// whatever the counts.
#[must_use]
pub fn weight(support: Support) -> u8 {
    let Support { pages, of } = support;
    let is_frequent = of >= MIN_PAGES && u64::from(pages) * 100 >= u64::from(of) * REPEATED_PER_CENT;
    match pages {
        MIN_PAGES.. if is_frequent => 2,
        2.. if is_frequent => 1,
        _ => 0,
    }
}
