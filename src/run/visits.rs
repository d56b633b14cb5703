//! Logs revisit records: visits that found what an earlier capture holds are counted, and those whose original isn't there are
//! captures like any other.

use super::commit::event_log::Log;
use super::events::capture_read;
use super::scan::catalogue::{Catalogue, Revisit};
use super::scan::outcome::ScannedCapture;
use crate::error::Error;
use crate::log::Event;
use crate::log::event::{Counted, VisitUnchanged};
use sanad_document::digest;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Logs the revisit records that no earlier run has counted. Returns the index of the `capture.read` event of each that stands
/// alone and got one here, by its number in the order of reading.
///
/// # Errors
/// When captures can't be read or events can't be written.
pub(super) fn note(catalogue: &Catalogue, log: &mut Log) -> Result<HashMap<u64, u64>, Error> {
    let mut reader = catalogue.reader();
    let mut visits: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    let mut alone = HashMap::new();
    for entry in catalogue.entries()? {
        let entry = entry?;
        if entry.revisit == Revisit::No {
            continue;
        }
        let seen = reader.read(entry.place)?;
        if seen.index > 0 {
            continue;
        }
        if entry.revisit == Revisit::Alone {
            alone.insert(seen.number, log.size());
            log.add(&capture_read(&seen.capture))?;
        } else if !log.conclusions.has_visits(&seen.source, &seen.capture.place.file) {
            let files = visits.entry(seen.source.clone()).or_default();
            files.entry(seen.capture.place.file.clone()).or_default().push(line(&seen));
        }
    }
    for (source, files) in visits {
        log.add(&event(source, files))?;
    }
    Ok(alone)
}

fn event(source: String, files: BTreeMap<String, Vec<String>>) -> Event {
    let counted = |(file, mut lines): (String, Vec<String>)| {
        lines.sort_unstable();
        (file, Counted::of(lines))
    };
    let files: BTreeMap<String, Counted> = files.into_iter().map(counted).collect();
    Event::VisitUnchanged(VisitUnchanged { source, visits: files.values().map(|file| file.count).sum(), files })
}

/// What the list of a file's visits says of one of them.
fn line(seen: &ScannedCapture) -> String {
    let capture = &seen.capture;
    digest::canonical_json(&json!([capture.fetched_at, capture.url, capture.place.record_id]))
}
