//! The provenance log: what was read, what became of it, and by which rules.

pub(crate) mod concluded;
pub(crate) mod conclusions;
pub(crate) mod emitted;
pub mod event;
pub(crate) mod frozen_tables;
pub(crate) mod past_runs;
pub(crate) mod places;
pub(crate) mod reader;
pub(crate) mod table_changes;
pub(crate) mod takedowns;
pub mod timestamp;

pub use event::Event;

use crate::error::Error;
use std::path::Path;

/// Folder of the log under the results folder.
pub const LOG: &str = "log";

/// Reads an entry; one that stands in a file of its own is read from there.
///
/// # Errors
/// When it isn't an event.
pub(crate) fn read_event(out: &Path, entry: &[u8]) -> Result<Event, Error> {
    let wrong = |path: &Path, problem: String| Error::Log { path: path.display().to_string(), problem };
    let folder = out.join(LOG);
    match Event::parse(entry).map_err(|e| wrong(&folder, format!("an entry is not an event: {e}")))? {
        Event::Detached(detached) => {
            let path = out.join(crate::layout::object_file(&detached.digest));
            let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?;
            Event::parse(&bytes).map_err(|e| wrong(&path, format!("is not an event: {e}")))
        }
        event => Ok(event),
    }
}
