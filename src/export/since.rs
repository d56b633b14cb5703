//! What changed since a run: the changes of all later runs folded into one for each record, and what was taken down.
//!
//! The log says which runs came later and what was erased; what they changed stands in their `records.jsonl`. A record
//! that came and went in between isn't mentioned.

use crate::emit::record::{Change, Delta};
use crate::error::Error;
use crate::log::event::{Erased, Event};
use crate::log::reader::Log as PastLog;
use crate::report::Report;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Runs named when one isn't known.
const NAMED_RUNS: usize = 5;

/// The changes after a run.
#[derive(Debug)]
pub(crate) struct Changes {
    /// Index in the log of the event after the run.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only a database knows how far it is"))]
    pub(crate) base: u64,
    /// By record id.
    pub(crate) by_id: BTreeMap<String, Net>,
}

/// What several changes of a record come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Net {
    /// Whether there was a record at the end of the run.
    pub(crate) existed: bool,
    /// Cause of the last change.
    pub(crate) cause: String,
    /// Its source.
    pub(crate) source: String,
    /// The last version.
    pub(crate) version: String,
}

/// What is read of a changed record.
#[derive(Deserialize)]
struct Line {
    id: String,
    source: String,
    version: String,
    delta: Delta,
}

impl Changes {
    /// The changes after `run`, of these sources; of all where none is named.
    ///
    /// # Errors
    /// When there is no such run, or a later one's changes are gone.
    pub(crate) fn since(out: &Path, log: &PastLog, run: &str, sources: &[String]) -> Result<Self, Error> {
        let base = end_of(out, log, run)?;
        let mut later = Vec::new();
        log.each(out, base, |_, event| {
            match event {
                Event::RunCompleted(completed) => later.push(Step::Run(completed.run)),
                Event::Erased(erased) => later.push(Step::Erased(Box::new(erased))),
                _ => {}
            }
            true
        })?;
        let mut changes = Self { base, by_id: BTreeMap::new() };
        let mut met = BTreeSet::new();
        for step in later {
            match step {
                Step::Run(later) => changes.add_run(out, (run, &later), (sources, &mut met))?,
                Step::Erased(erased) => changes.bury(&erased, sources),
            }
        }
        Ok(changes)
    }

    /// Whether something of this source changed.
    pub(crate) fn is_of(&self, source: &str) -> bool {
        self.by_id.values().any(|net| net.source == source)
    }

    fn add_run(
        &mut self,
        out: &Path,
        (since, run): (&str, &str),
        (sources, met): (&[String], &mut BTreeSet<(String, String)>),
    ) -> Result<(), Error> {
        let path = out.join(format!("runs/{run}/records.jsonl"));
        let file = File::open(&path).map_err(|e| {
            if e.kind() != std::io::ErrorKind::NotFound {
                return Error::io(&path, "read", &e);
            }
            let message = format!(
                "--since {since}: {} is gone, so what that run changed can't be told; export without --since",
                path.display()
            );
            Error::Usage { message }
        })?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|e| Error::io(&path, "read", &e))?;
            let line: Line = serde_json::from_str(&line).map_err(|e| Error::io(&path, "understand", &e.into()))?;
            if sources.is_empty() || sources.contains(&line.source) {
                self.add(line, met);
            }
        }
        Ok(())
    }

    /// A record that moves to another source goes from one and comes to the other, in the order of their names: what
    /// happened first in each source tells whether it was there.
    fn add(&mut self, line: Line, met: &mut BTreeSet<(String, String)>) {
        let is_first = met.insert((line.id.clone(), line.source.clone()));
        let net = self.by_id.entry(line.id).or_default();
        net.existed |= is_first && line.delta.change != Change::Added;
        (net.cause, net.source, net.version) = (line.delta.cause, line.source, line.version);
    }

    /// An erased document may have had a record at the end of the run: its lines are gone from the changes.
    fn bury(&mut self, erased: &Erased, sources: &[String]) {
        let of = |name: &String| Some(name.strip_prefix("records/")?.strip_suffix(".jsonl")?.to_owned());
        let source = erased.files.keys().find_map(of).unwrap_or_default();
        if sources.is_empty() || source.is_empty() || sources.contains(&source) {
            let net = Net { existed: true, cause: "erased".to_owned(), source, version: String::new() };
            self.by_id.insert(erased.id.clone(), net);
        }
    }
}

enum Step {
    Run(String),
    Erased(Box<Erased>),
}

/// Index of the event after a run's last. The run's report says so; where it is gone, the log does.
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
