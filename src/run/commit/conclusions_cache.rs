//! Caches what the log has concluded, so that a run reads only the events since the last one.
//!
//! This is a cache, never evidence: it can be deleted.

use super::staging::Staging;
use crate::error::Error;
use crate::log::conclusions::Conclusions;
use crate::log::reader::Log;
use crate::run::options::BUILD;
use crate::storage::checksum::read_sealed;
use borsh::{BorshDeserialize, BorshSerialize};
use std::path::Path;

/// Path of the cache under the results folder.
const FILE: &str = ".state/conclusions";

/// What is stored.
#[derive(BorshSerialize, BorshDeserialize)]
struct Stored {
    build: String,
    /// BLAKE3 of the last entry that was followed: another log has another one.
    last: [u8; 32],
    conclusions: Conclusions,
}

/// Returns what the first `size` events of the log say.
///
/// # Errors
/// When the log can't be read.
pub(crate) fn open(out: &Path, size: u64) -> Result<Conclusions, Error> {
    if size == 0 {
        return Ok(Conclusions::default());
    }
    let log = Log::open(out)?;
    let mut conclusions = cached(&log, out).filter(|cached| cached.size <= size).unwrap_or_default();
    conclusions.index();
    log.each(out, conclusions.size, |index, event| {
        if index < size {
            conclusions.follow(index, &event);
        }
        index + 1 < size
    })?;
    Ok(conclusions)
}

/// What was stored, if it belongs to this log.
fn cached(log: &Log, out: &Path) -> Option<Conclusions> {
    let bytes = read_sealed(&out.join(FILE))?;
    let stored = Stored::try_from_slice(&bytes).ok().filter(|stored| stored.build == BUILD)?;
    let entry = log.reader.entry(stored.conclusions.size.checked_sub(1)?, log.size).ok()?;
    (*blake3::hash(&entry).as_bytes() == stored.last).then_some(stored.conclusions)
}

/// Stores what the log says with the run's events, of which `last` is the last entry.
pub(super) fn keep(conclusions: Conclusions, last: &str, staging: &mut Staging) -> Result<(), Error> {
    let last = *blake3::hash(last.as_bytes()).as_bytes();
    staging.keep_state(FILE, &Stored { build: BUILD.to_owned(), last, conclusions })
}
