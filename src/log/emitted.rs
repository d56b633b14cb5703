//! Which records the log names: an id once logged stays.

use super::event::Event;
use super::reader::Log;
use crate::error::Error;
use std::collections::BTreeSet;
use std::path::Path;

/// Those of the record ids that were emitted before the event of this index.
///
/// # Errors
/// When the log can't be read.
pub(crate) fn before(out: &Path, ids: &BTreeSet<String>, index: u64) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    if index == 0 || ids.is_empty() {
        return Ok(found);
    }
    Log::open(out)?.each_named(out, "document.emitted", 0..index, |_, event| {
        if let Event::Emitted(ended) = event
            && ids.contains(&ended.id)
        {
            found.insert(ended.id);
        }
    })?;
    Ok(found)
}
