//! What a pruning is asked for, and what it comes to.

use super::limit::Limit;
use crate::log::event::{Compacted, Pruned};
use sanad_tlog::key::Keys;
use std::path::Path;

/// What to prune.
#[derive(Debug, Clone)]
pub struct Pruning<'a> {
    /// Folder of the captures.
    pub raw: &'a Path,
    /// Folder of the results.
    pub out: &'a Path,
    /// Where the signing key is.
    pub keys: &'a Keys,
    /// When (RFC 3339).
    pub now: &'a str,
    /// Which runs' files to delete; none by default.
    pub runs: Limit,
    /// Which captures to delete, besides those that current records came from; none by default.
    pub captures: Limit,
    /// Visits in a row that must find a page gone before its record is removed, at the most.
    pub gone_after: u32,
    /// Whether to delete the cache.
    pub cache: bool,
    /// Only report what would be deleted.
    pub dry_run: bool,
}

/// What was or would be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
    /// The events.
    pub pruned: Vec<Pruned>,
    /// Bytes of the cache.
    pub cache: u64,
    /// The events of capture files that are compacted. With `dry_run`, digests of what comes after are empty.
    pub compacted: Vec<Compacted>,
    /// Capture files that can be neither deleted nor compacted.
    pub held: Vec<Held>,
}

/// A capture file that is kept though not all of its captures are needed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Held {
    /// Path under the raw folder.
    pub file: String,
    /// Captures that are no longer needed.
    pub unneeded: u64,
    /// All its captures.
    pub captures: u64,
    /// Why it is kept as it is.
    pub reason: String,
}

impl Freed {
    /// Bytes in all.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let (pruned, compacted) = (self.pruned.iter().map(|p| p.bytes), self.compacted.iter().map(|c| c.bytes));
        pruned.chain(compacted).sum::<u64>() + self.cache
    }
}
