//! On how many pages of its template a block occurs, and whether that is too many for a page's own text.

/// Below this many pages repetition says nothing: two may be a page and its print version.
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

/// Returns true if a block is on so many pages that it may be the site's. Repetition decides through this alone: if all
/// blocks of a document keep their answers, they keep their fates, whatever the counts.
#[must_use]
pub fn is_repeated(support: Support) -> bool {
    support.pages >= MIN_PAGES && u64::from(support.pages) * 100 >= u64::from(support.of) * REPEATED_PER_CENT
}
