//! The stream of current records that all formats are written from, and the check that no run replaced them meanwhile.

use super::changes_since::{Changes, NetChange};
use crate::emit::record::{Change, Delta, Record, SCHEMA};
use crate::emit::store::{Id, record_files};
use crate::error::Error;
use crate::layout::records_file;
use crate::log::event::Event;
use crate::log::read_event;
use crate::log::reader::Log as PastLog;
use crate::report::Report;
use crate::schema::Tombstone;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which records to export.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these sources; all if empty.
    pub sources: Vec<String>,
    /// Only the records with these ids; all if empty.
    pub ids: Vec<String>,
    /// Only what was added, changed or removed after this run.
    pub since: Option<String>,
}

/// An item of the stream.
#[derive(Debug)]
pub(crate) enum Row {
    /// A current record.
    Current(CurrentRecord),
    /// A record that was removed.
    Removed(Tombstone),
}

/// A current record of which only the id is parsed.
#[derive(Debug)]
pub(crate) struct CurrentRecord {
    /// Record id.
    pub(crate) id: String,
    /// Its line as stored.
    pub(crate) line: String,
    /// How it changed, if only changes are exported.
    pub(crate) delta: Option<Delta>,
    /// The file that holds it.
    file: PathBuf,
}

impl CurrentRecord {
    /// Parses the record and adds its change.
    ///
    /// # Errors
    /// If the line isn't a record.
    pub(crate) fn record(&self) -> Result<Record, Error> {
        let mut record: Record =
            serde_json::from_str(&self.line).map_err(|e| Error::io(&self.file, "understand", &e.into()))?;
        record.delta.clone_from(&self.delta);
        Ok(record)
    }
}

/// The stream as formats take it.
pub(crate) type Rows<'a> = &'a mut dyn Iterator<Item = Result<Row, Error>>;

/// Number and length of the waits for a run that is replacing the results: 5 seconds in all.
const WAITS: u32 = 20;
const WAIT: Duration = Duration::from_millis(250);

/// The current records at one point of the log.
pub(crate) struct Snapshot {
    out: PathBuf,
    checkpoint: String,
    /// Number of entries in the log.
    pub(crate) size: u64,
    /// Name of the log.
    pub(crate) origin: String,
    /// The newest run in the log.
    pub(crate) run: String,
    selection: Selection,
    changes: Option<Changes>,
    /// Number of records and tombstones read so far.
    pub(crate) rows_read: Cell<u64>,
}

impl Snapshot {
    /// Notes the current state of the results and, if `since` is set, what changed. Waits a few seconds for a run that
    /// is replacing the results.
    ///
    /// # Errors
    /// If there are no results or they can't be read, and if `since` isn't a run whose later changes are all
    /// still there.
    pub(crate) fn take(out: &Path, selection: &Selection) -> Result<Self, Error> {
        let journal = journal(out);
        for _ in 0..WAITS {
            if !journal.exists() {
                break;
            }
            std::thread::sleep(WAIT);
        }
        if journal.exists() {
            return Err(moved(&journal));
        }
        let log = PastLog::open(out)?;
        let checkpoint = log.reader.text("checkpoint")?;
        let changes = match &selection.since {
            Some(run) => Some(Changes::since(out, &log, run, &selection.sources)?),
            None => None,
        };
        let snapshot = Self {
            out: out.to_owned(),
            checkpoint,
            size: log.size,
            origin: log.reader.text("origin")?.trim_end().to_owned(),
            run: newest_run(out, &log)?,
            selection: selection.clone(),
            changes,
            rows_read: Cell::new(0),
        };
        snapshot.check_sources()?;
        Ok(snapshot)
    }

    /// The index in the log after the run that changes are exported since; none if everything is exported.
    #[cfg(feature = "postgres")]
    pub(crate) fn base(&self) -> Option<u64> {
        self.changes.as_ref().map(|c| c.base)
    }

    /// The sources it is limited to; empty for all.
    pub(crate) fn sources(&self) -> &[String] {
        &self.selection.sources
    }

    /// The ids it is limited to; empty for all.
    pub(crate) fn ids(&self) -> &[String] {
        &self.selection.ids
    }

    /// The run that changes are exported since.
    pub(crate) fn since(&self) -> Option<&str> {
        self.selection.since.as_deref()
    }

    /// Checks that the results are the same as when the snapshot was taken. To be called before what was read is
    /// published.
    ///
    /// # Errors
    /// [`Error::Moved`] if a run has replaced them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let log = PastLog::open(&self.out)?;
        if journal(&self.out).exists() || log.reader.text("checkpoint")? != self.checkpoint {
            return Err(moved(&self.out));
        }
        Ok(())
    }

    /// Returns the records, sorted by source and id, and then the tombstones, sorted by id.
    ///
    /// # Errors
    /// If the folder of the records can't be read.
    pub(crate) fn rows(&self) -> Result<Stream<'_>, Error> {
        let wanted: BTreeSet<String> = self.selection.sources.iter().map(|s| records_file(s)).collect();
        let mut files = record_files(&self.out)?;
        files.retain(|name| wanted.is_empty() || wanted.contains(name));
        Ok(Stream {
            snapshot: self,
            files: files.into_iter(),
            open: None,
            ids: self.selection.ids.iter().cloned().collect(),
            changes: self.changes.as_ref().map(|c| c.by_id.clone()),
        })
    }

    /// Checks that the selected sources exist: a mistyped one would look like a source without records.
    fn check_sources(&self) -> Result<(), Error> {
        let path = self.out.join(format!("runs/{}/report.json", self.run));
        let report: Option<Report> = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut known: BTreeSet<String> = report.into_iter().flat_map(|r| r.sources.into_keys()).collect();
        let stem = |name: &String| Some(name.strip_prefix("records/")?.strip_suffix(".jsonl")?.to_owned());
        known.extend(record_files(&self.out)?.iter().filter_map(stem));
        let changed = |source: &String| self.changes.as_ref().is_some_and(|c| c.is_of(source));
        match self.selection.sources.iter().find(|s| !known.contains(*s) && !changed(s)) {
            Some(source) => {
                let known: Vec<String> = known.into_iter().collect();
                let message = format!("--source {source}: no such source here; there are: {}", known.join(", "));
                Err(Error::Usage { message })
            }
            None => Ok(()),
        }
    }
}

/// The journal that exists while a run replaces the results.
fn journal(out: &Path) -> PathBuf {
    out.join(".state/journal.json")
}

fn moved(path: &Path) -> Error {
    Error::Moved { path: path.display().to_string() }
}

/// Finds the newest run of the log, searching from its end.
fn newest_run(out: &Path, log: &PastLog) -> Result<String, Error> {
    for bundle in (0..log.size.div_ceil(256)).rev() {
        for entry in log.reader.bundle(bundle, log.size)?.iter().rev() {
            // Long events are stored outside the log, and those of runs may be long.
            if let Event::RunCompleted(completed) = read_event(out, entry)? {
                return Ok(completed.run);
            }
        }
    }
    Err(Error::NoResults { path: out.display().to_string() })
}

/// The iterator over a snapshot.
pub(crate) struct Stream<'a> {
    snapshot: &'a Snapshot,
    files: std::vec::IntoIter<String>,
    open: Option<(PathBuf, Lines<BufReader<File>>)>,
    /// Selected ids that weren't read yet.
    ids: BTreeSet<String>,
    /// Changes whose record wasn't read yet.
    changes: Option<BTreeMap<String, NetChange>>,
}

impl Stream<'_> {
    /// Reads the next record of all.
    fn line(&mut self) -> Result<Option<CurrentRecord>, Error> {
        loop {
            if let Some((path, lines)) = &mut self.open
                && let Some(line) = lines.next()
            {
                let line = line.map_err(|e| Error::io(path, "read", &e))?;
                let Id { id } = serde_json::from_str(&line).map_err(|e| Error::io(path, "understand", &e.into()))?;
                return Ok(Some(CurrentRecord { id, line, delta: None, file: path.clone() }));
            }
            let Some(name) = self.files.next() else { return Ok(None) };
            let path = self.snapshot.out.join(name);
            match File::open(&path) {
                Ok(file) => self.open = Some((path, BufReader::new(file).lines())),
                // A run removed its last record while the others were read.
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(moved(&path)),
                Err(e) => return Err(Error::io(&path, "read", &e)),
            }
        }
    }

    /// Reads the next selected record or tombstone.
    fn row(&mut self) -> Result<Option<Row>, Error> {
        while let Some(mut current) = self.line()? {
            if !self.snapshot.selection.ids.is_empty() && !self.ids.remove(&current.id) {
                continue;
            }
            if let Some(changes) = &mut self.changes {
                let Some(net) = changes.remove(&current.id) else { continue };
                let change = if net.existed { Change::Changed } else { Change::Added };
                current.delta = Some(Delta { change, cause: net.cause });
            }
            return Ok(Some(Row::Current(current)));
        }
        if let Some(id) = self.ids.pop_first() {
            return Err(Error::NotFound { id, path: self.snapshot.out.display().to_string() });
        }
        while let Some((id, net)) = self.changes.as_mut().and_then(BTreeMap::pop_first) {
            if net.existed {
                let delta = Delta { change: Change::Removed, cause: net.cause };
                let NetChange { source, version, url, title, .. } = net;
                let schema = SCHEMA.to_owned();
                return Ok(Some(Row::Removed(Tombstone { schema, id, source, url, title, version, delta })));
            }
        }
        Ok(None)
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.row().transpose();
        if matches!(row, Some(Ok(_))) {
            self.snapshot.rows_read.set(self.snapshot.rows_read.get() + 1);
        }
        row
    }
}
