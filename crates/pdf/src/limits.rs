//! Limits that several modules share.

/// Maximum number of pages read. The longest laws and budgets have two thousand.
pub(crate) const MAX_PAGES: usize = 5_000;
/// Maximum number of annotations read on a page. Tax forms have several hundred.
pub(crate) const MAX_ANNOTATIONS: usize = 4_000;
