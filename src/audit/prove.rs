//! Proves that a record's event is in the log.

use crate::emit::record::record_digest;
use crate::emit::store::find_record;
use crate::error::Error;
use crate::log::event::{Ended, Event};
use crate::log::read_event;
use crate::log::reader::Log;
use crate::report::Report;
use sanad_tlog::proof::Proof;
use std::cmp::Ordering;
use std::ops::Range;
use std::path::Path;

/// Returns the inclusion proof of the event that emitted a current record. It contains the event, and the event the
/// record's digest.
///
/// # Errors
/// When there is no such record, or the log doesn't say what the record does.
pub fn prove(out: &Path, id: &str) -> Result<Proof, Error> {
    let (file, record) = find_record(out, id)?;
    let digest = record_digest(&record)?;
    let run = record.prov.map(|p| p.run).unwrap_or_default();
    let log = Log::open(out)?;
    let events = span(out, &run)?;
    let wanted = Wanted { source: &record.source, id, digest: &digest };
    let mut index = find(&log, out, events.start..events.end.min(log.size), &wanted)?;
    if index.is_none() {
        // Captures without an address aren't sorted by id.
        index = find_slowly(&log, out, events, &wanted)?;
    }
    let index = index.ok_or_else(|| Error::Log {
        path: out.join(file).display().to_string(),
        problem: format!("{id} is not what the log says; see `sanad verify`"),
    })?;
    Ok(log.reader.prove(index)?)
}

/// Returns the inclusion proof of one entry.
///
/// # Errors
/// When there is no such entry.
pub fn prove_entry(out: &Path, index: u64) -> Result<Proof, Error> {
    Ok(Log::open(out)?.reader.prove(index)?)
}

/// The event that is looked for.
struct Wanted<'a> {
    source: &'a str,
    id: &'a str,
    /// Digest of the record.
    digest: &'a str,
}

/// The log indices of a run's events.
fn span(out: &Path, run: &str) -> Result<Range<u64>, Error> {
    let path = out.join(format!("runs/{run}/report.json"));
    let text = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, "read", &e))?;
    let report: Report = serde_json::from_str(&text).map_err(|e| Error::io(&path, "understand", &e.into()))?;
    Ok(report.log.start..report.log.end)
}

fn find_slowly(log: &Log, out: &Path, events: Range<u64>, wanted: &Wanted<'_>) -> Result<Option<u64>, Error> {
    let mut found = None;
    log.each(out, events.start, |index, event| {
        if event.ended().is_some_and(|e| e.id == wanted.id && e.record_digest == wanted.digest) {
            found = Some(index);
        }
        found.is_none() && index < events.end
    })?;
    Ok(found)
}

/// Binary search: a run's outcomes come after its other events, sorted by source and id.
fn find(log: &Log, out: &Path, events: Range<u64>, wanted: &Wanted<'_>) -> Result<Option<u64>, Error> {
    let (mut low, mut high) = (events.start, events.end);
    while low < high {
        let middle = low + (high - low) / 2;
        let event = read_event(out, &log.reader.entry(middle, log.size)?)?;
        let order = match (&event, event.ended()) {
            (_, Some(ended)) => (ended.source.as_str(), ended.id.as_str()).cmp(&(wanted.source, wanted.id)),
            (Event::RunCompleted(_), _) => Ordering::Greater,
            _ => Ordering::Less,
        };
        if order == Ordering::Less { low = middle + 1 } else { high = middle }
    }
    // Its captures' events are adjacent; one of them emitted the record.
    let mut found = None;
    log.each(out, low, |index, event| {
        let is_own = |e: &&Ended| e.id == wanted.id && e.source == wanted.source;
        let Some(ended) = event.ended().filter(is_own) else { return false };
        if ended.record_digest == wanted.digest {
            found = Some(index);
        }
        found.is_none()
    })?;
    Ok(found)
}
