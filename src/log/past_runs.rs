//! Past runs as they were: the captures that a run worked with, and what it concluded of them.

use super::conclusions::Conclusions;
use super::event::{CaptureRead, Ended, Event, RunStarted};
use super::reader::Log;
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the log says of a run.
#[derive(Default, Clone)]
pub(crate) struct RunSummary {
    pub(crate) started: Option<RunStarted>,
    /// Index of its last event.
    pub(crate) end: u64,
    /// Captures in the files that it read, by the index of their `capture.read` event.
    pub(crate) captures: BTreeMap<u64, CaptureRead>,
    /// The record id that each capture had last.
    pub(crate) ids: BTreeMap<u64, String>,
    /// The files that it read.
    pub(crate) files: BTreeSet<String>,
    /// What it concluded anew: its terminal events with their index and name, by the index of their capture.
    pub(crate) ended: BTreeMap<u64, (u64, &'static str, Ended)>,
}

impl RunSummary {
    /// The same run without what it concluded of the captures of these sources.
    pub(crate) fn without(&self, sources: &BTreeSet<String>) -> Self {
        let mut rest = self.clone();
        rest.ended.retain(|_, (_, _, ended)| !sources.contains(&ended.source));
        rest
    }
}

/// Follows the events of a log.
#[derive(Default)]
struct History {
    conclusions: Conclusions,
    reads: BTreeMap<u64, CaptureRead>,
    ids: BTreeMap<u64, String>,
    run: RunSummary,
}

impl History {
    /// Takes the next event and returns true if it ends a run.
    fn follow(&mut self, index: u64, event: Event) -> bool {
        self.conclusions.follow(index, &event);
        let name = event.name();
        if let Some(ended) = event.ended() {
            self.ids.insert(ended.capture, ended.id.clone());
            self.run.ended.insert(ended.capture, (index, name, ended.clone()));
        }
        match event {
            Event::RunStarted(started) => {
                self.run = RunSummary { started: Some(started), ..RunSummary::default() };
            }
            Event::CaptureRead(read) => drop(self.reads.insert(index, read)),
            Event::RunCompleted(_) => {
                self.run.end = index;
                return true;
            }
            _ => {}
        }
        false
    }

    /// The run that has just ended, with its captures.
    fn summary(&mut self) -> RunSummary {
        let mut run = std::mem::take(&mut self.run);
        run.files = self.conclusions.read_files().map(|(file, _)| file.to_owned()).collect();
        let current = self.conclusions.current().map(|known| known.read);
        for read in current.chain(run.ended.keys().copied()) {
            run.captures.extend(self.reads.get(&read).map(|capture| (read, capture.clone())));
            run.ids.extend(self.ids.get(&read).map(|id| (read, id.clone())));
        }
        run
    }
}

/// Calls for each run, oldest first, that `is_wanted`.
///
/// # Errors
/// When the log can't be read, or `take` fails.
pub(crate) fn each(
    log: &Log,
    out: &Path,
    is_wanted: impl Fn(&str) -> bool,
    mut take: impl FnMut(RunSummary) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut history, mut result) = (History::default(), Ok(()));
    log.each(out, 0, |index, event| {
        let has_ended = history.follow(index, event);
        if has_ended && history.run.started.as_ref().is_some_and(|started| is_wanted(&started.run)) {
            result = take(history.summary());
        }
        result.is_ok()
    })?;
    result
}

/// The indexes of the events that concluded the captures which the newest run read.
///
/// # Errors
/// When the log can't be read.
pub(crate) fn newest_conclusions(log: &Log, out: &Path) -> Result<BTreeSet<u64>, Error> {
    let mut conclusions = Conclusions::default();
    log.each(out, 0, |index, event| {
        conclusions.follow(index, &event);
        true
    })?;
    Ok(conclusions.current().filter_map(|known| known.concluded).map(|concluded| concluded.event).collect())
}
