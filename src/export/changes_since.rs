//! What changed since a run: the changes of all later runs, folded into one for each record, and the documents that
//! were erased.
//!
//! The log names the later runs and the erased documents; the changes of a run are in its `records.jsonl`. A record
//! that was added and removed in between isn't reported.

use crate::emit::record::{Cause, Change, Delta, Urls};
use crate::error::Error;
use crate::log::event::{Erased, Event};
use crate::log::reader::Log as PastLog;
use crate::report::Report;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Maximum number of runs that the message about an unknown run names.
const NAMED_RUNS: usize = 5;

/// The changes after a run.
#[derive(Debug)]
pub(crate) struct Changes {
    /// Index in the log of the first event after the run.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only a database knows how far it is"))]
    pub(crate) base: u64,
    /// By record id.
    pub(crate) by_id: BTreeMap<String, NetChange>,
}

/// The sum of several changes of a record.
#[derive(Debug, Clone)]
pub(crate) struct NetChange {
    /// Whether the record existed at the end of the run.
    pub(crate) existed: bool,
    /// The cause of the last change.
    pub(crate) cause: Cause,
    /// The record's last source.
    pub(crate) source: String,
    /// The record's last version.
    pub(crate) version: String,
    /// Its addresses and its title, if it was removed.
    pub(crate) url: Option<Urls>,
    pub(crate) title: Option<String>,
}

/// The part of a run's change that is read.
#[derive(Deserialize)]
struct ChangeLine {
    id: String,
    source: String,
    version: String,
    url: Option<Urls>,
    title: Option<String>,
    delta: Delta,
}

impl Changes {
    /// Collects the changes after `run` in these sources, or in all if none is named.
    ///
    /// # Errors
    /// If there is no such run, or the changes of a later run no longer exist.
    pub(crate) fn since(out: &Path, log: &PastLog, run: &str, sources: &[String]) -> Result<Self, Error> {
        let base = end_of(out, log, run)?;
        let mut later = Vec::new();
        log.each(out, base, |_, event| {
            match event {
                Event::RunCompleted(completed) => later.push(LaterEvent::Run(completed.run)),
                Event::Erased(erased) => later.push(LaterEvent::Erased(Box::new(erased))),
                _ => {}
            }
            true
        })?;
        let mut changes = Self { base, by_id: BTreeMap::new() };
        let mut seen = BTreeSet::new();
        for event in later {
            match event {
                LaterEvent::Run(later) => {
                    for line in changes_of(out, run, &later)? {
                        let line = line?;
                        if sources.is_empty() || sources.contains(&line.source) {
                            changes.add(line, &mut seen);
                        }
                    }
                }
                LaterEvent::Erased(erased) => changes.add_erased(&erased, sources),
            }
        }
        Ok(changes)
    }

    /// Returns true if a record of this source changed.
    pub(crate) fn is_of(&self, source: &str) -> bool {
        self.by_id.values().any(|net| net.source == source)
    }

    /// Adds a change. A record that moves to another source is removed from one and added to the other, in the order of
    /// the sources' names. So the first change in each source (`seen`) tells whether the record existed there.
    fn add(&mut self, line: ChangeLine, seen: &mut BTreeSet<(String, String)>) {
        let is_first = seen.insert((line.id.clone(), line.source.clone()));
        let existed_here = match line.delta.change {
            Change::Added => false,
            Change::Changed | Change::Removed => is_first,
        };
        let existed = existed_here || self.by_id.get(&line.id).is_some_and(|net| net.existed);
        let ChangeLine { id, source, version, url, title, delta } = line;
        // Those of a current record are in its file.
        let is_removed = delta.change == Change::Removed;
        let (url, title) = (url.filter(|_| is_removed), title.filter(|_| is_removed));
        self.by_id.insert(id, NetChange { existed, cause: delta.cause, source, version, url, title });
    }

    /// Adds an erased document. It may have had a record at the end of the run: its lines are erased from the changes
    /// too.
    fn add_erased(&mut self, erased: &Erased, sources: &[String]) {
        let of = |name: &String| Some(name.strip_prefix("records/")?.strip_suffix(".jsonl")?.to_owned());
        let source = erased.files.keys().find_map(of).unwrap_or_default();
        if sources.is_empty() || source.is_empty() || sources.contains(&source) {
            let (version, url, title) = (String::new(), None, None);
            let net = NetChange { existed: true, cause: Cause::Erased, source, version, url, title };
            self.by_id.insert(erased.id.clone(), net);
        }
    }
}

/// Reads the changes of the run `later`, which came after `since`.
fn changes_of(out: &Path, since: &str, later: &str) -> Result<impl Iterator<Item = Result<ChangeLine, Error>>, Error> {
    let path = out.join(format!("runs/{later}/records.jsonl"));
    let file = File::open(&path).map_err(|e| {
        if e.kind() != std::io::ErrorKind::NotFound {
            return Error::io(&path, "read", &e);
        }
        let message = format!(
            "--since {since}: {} no longer exists, so the changes of that run are unknown; export without --since",
            path.display()
        );
        Error::Usage { message }
    })?;
    Ok(BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(|e| Error::io(&path, "read", &e))?;
        serde_json::from_str(&line).map_err(|e| Error::io(&path, "understand", &e.into()))
    }))
}

/// An event after the run that changes records.
enum LaterEvent {
    Run(String),
    Erased(Box<Erased>),
}

/// Returns the index after a run's last event: from the run's report, or from the log if the report no longer exists.
fn end_of(out: &Path, log: &PastLog, run: &str) -> Result<u64, Error> {
    let is_name = !run.is_empty() && run.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let path = out.join(format!("runs/{run}/report.json"));
    if is_name
        && let Ok(bytes) = std::fs::read(&path)
        && let Ok(report) = serde_json::from_slice::<Report>(&bytes)
    {
        return Ok(report.log.end);
    }
    let (mut found, mut runs) = (None, Vec::new());
    log.each(out, 0, |index, event| {
        if let Event::RunCompleted(completed) = event {
            if completed.run == run {
                found = Some(index + 1);
            }
            runs.push(completed.run);
        }
        found.is_none()
    })?;
    found.ok_or_else(|| {
        let newest: Vec<String> = runs.into_iter().rev().take(NAMED_RUNS).collect();
        let message = format!("--since {run}: no such run; the newest are: {}", newest.join(", "));
        Error::Usage { message }
    })
}
