//! Reads the events of a log.

use crate::error::Error;
use crate::log::event::{CaptureRead, Ended, Event, RunStarted};
use crate::log::{LOG, read_event};
use sanad_tlog::Reader;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// What the log says of a run.
#[derive(Default, Clone)]
pub(crate) struct RunSummary {
    pub(crate) started: Option<RunStarted>,
    /// Index of its last event.
    pub(crate) end: u64,
    /// Captures by the index of their event.
    pub(crate) captures: BTreeMap<u64, CaptureRead>,
    /// Outcomes with their events' index and name, by the index of their capture.
    pub(crate) ended: BTreeMap<u64, (u64, &'static str, Ended)>,
}

impl RunSummary {
    /// The same run without the captures of these sources.
    pub(crate) fn without(&self, sources: &BTreeSet<String>) -> Self {
        let mut rest = self.clone();
        rest.ended.retain(|_, (_, _, ended)| !sources.contains(&ended.source));
        rest.captures.retain(|capture, _| rest.ended.contains_key(capture));
        rest
    }
}

/// The log as far as commands read it.
pub(crate) struct Log {
    pub(crate) reader: Reader,
    pub(crate) size: u64,
}

impl Log {
    /// Opens the log of a results folder.
    ///
    /// # Errors
    /// When there is none, or its checkpoint can't be read.
    pub(crate) fn open(out: &Path) -> Result<Self, Error> {
        let reader = Reader::new(&out.join(LOG));
        let size = reader.size()?;
        if size == 0 {
            return Err(Error::NoResults { path: out.display().to_string() });
        }
        Ok(Self { reader, size })
    }

    /// Calls for each event from `start` on until it is told to stop.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn each(&self, out: &Path, start: u64, mut take: impl FnMut(u64, Event) -> bool) -> Result<(), Error> {
        let mut index = start;
        while index < self.size {
            let from = usize::try_from(index % 256).unwrap_or(0);
            for entry in self.reader.bundle(index / 256, self.size)?.into_iter().skip(from) {
                if !take(index, read_event(out, &entry)?) {
                    return Ok(());
                }
                index += 1;
            }
        }
        Ok(())
    }

    /// The events of a name in a range of the log, with their indexes; the others aren't read.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn named(&self, out: &Path, name: &str, range: Range<u64>) -> Result<Vec<(u64, Event)>, Error> {
        let mut found = Vec::new();
        self.each_named(out, name, range, |index, event| found.push((index, event)))?;
        Ok(found)
    }

    /// Calls for each event of a name in a range of the log; the others aren't read.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn each_named(
        &self,
        out: &Path,
        name: &str,
        range: Range<u64>,
        mut take: impl FnMut(u64, Event),
    ) -> Result<(), Error> {
        let Range { start, end } = range;
        // A long event stands elsewhere, and its entry names it all the same.
        let finder = memchr::memmem::Finder::new(name);
        for bundle in start / 256..end.min(self.size).div_ceil(256) {
            for (entry, index) in self.reader.bundle(bundle, self.size)?.iter().zip(bundle * 256..end) {
                if index >= start && finder.find(entry).is_some() {
                    let event = read_event(out, entry)?;
                    if event.name() == name {
                        take(index, event);
                    }
                }
            }
        }
        Ok(())
    }

    /// Calls for each event of the whole log; with it the digest of the file it stands in, where it has one of its own.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn each_with_file(
        &self,
        out: &Path,
        mut take: impl FnMut(u64, Event, Option<&str>),
    ) -> Result<(), Error> {
        for bundle in 0..self.size.div_ceil(256) {
            for (index, entry) in (bundle * 256..).zip(self.reader.bundle(bundle, self.size)?) {
                let detached = match Event::parse(&entry) {
                    Ok(Event::Detached(detached)) => Some(detached.digest),
                    _ => None,
                };
                take(index, read_event(out, &entry)?, detached.as_deref());
            }
        }
        Ok(())
    }

    /// The runs, with the index of their first event, oldest first.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn runs(&self, out: &Path) -> Result<Vec<(String, u64)>, Error> {
        let mut runs = Vec::new();
        self.each(out, 0, |index, event| {
            if let Event::RunStarted(started) = event {
                runs.push((started.run, index));
            }
            true
        })?;
        Ok(runs)
    }

    /// What is told of the run that begins at `start`; of one document only, when `id` is given.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn run(&self, out: &Path, start: u64, id: Option<&str>) -> Result<RunSummary, Error> {
        let mut told = RunSummary::default();
        self.each(out, start, |index, event| {
            let name = event.name();
            told.end = index;
            match event {
                Event::RunStarted(started) => told.started = Some(started),
                Event::CaptureRead(read) => drop(told.captures.insert(index, read)),
                Event::Emitted(e)
                | Event::Unchanged(e)
                | Event::Duplicate(e)
                | Event::Held(e)
                | Event::Quarantined(e)
                | Event::Skipped(e)
                    if id.is_none_or(|id| e.id == id) =>
                {
                    told.ended.insert(e.capture, (index, name, e));
                }
                Event::RunCompleted(_) => return false,
                _ => {}
            }
            true
        })?;
        if id.is_some() {
            let wanted: BTreeSet<u64> = told.ended.keys().copied().collect();
            told.captures.retain(|index, _| wanted.contains(index));
        }
        Ok(told)
    }
}
