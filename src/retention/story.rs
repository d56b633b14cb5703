//! What retention needs to know from the log.

use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::{CaptureRead, Ended, Event};
use crate::log::frozen_tables::FrozenTables;
use crate::log::reader::Log;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// What retention needs to know from the log.
#[derive(Default)]
pub(super) struct Story {
    /// Runs, oldest first.
    pub(super) runs: Vec<PastRun>,
    /// Captures by file and by the place where they were first read.
    files: BTreeMap<String, HashMap<(u64, String), LoggedCapture>>,
    /// `sha256:` of each capture file, by its path under the raw folder.
    inputs: BTreeMap<String, String>,
    /// Paths of files that store events.
    pub(super) detached: BTreeSet<String>,
    /// The tables of repeated blocks of all sources.
    pub(super) frozen: FrozenTables,
    /// Path of the newest table of relations.
    pub(super) relations: String,
    /// The newest reading of each capture, by its index.
    readings: HashMap<u64, CaptureRead>,
}

#[derive(Default)]
pub(super) struct PastRun {
    pub(super) run: String,
    pub(super) at: String,
    /// Index of its last event.
    pub(super) end: u64,
    /// Paths of the tables that it stored.
    pub(super) tables: BTreeSet<String>,
}

/// A capture and its latest outcome, however old that is.
#[derive(Clone)]
pub(super) struct LoggedCapture {
    /// Record id.
    pub(super) id: String,
    pub(super) fate: Fate,
    /// Index of its newest reading.
    reading: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It gave the current record, or a later page of it.
    Current,
    /// It gave a document, but a newer capture replaced it, or its page is gone.
    Older,
    /// It says that the page doesn't exist (404, 410), or that it is unchanged.
    Visit,
    /// It gave no document.
    Other,
    /// It can't be read or has no address.
    Nameless,
}

impl Fate {
    fn of(name: &str, ended: &Ended, read: &CaptureRead) -> Self {
        match (name, ended.code.as_str(), read.status) {
            _ if read.url.is_empty() || ended.id.is_empty() => Self::Nameless,
            ("document.skipped", "superseded" | "gone", _) => Self::Older,
            (_, "revisit", _) | (_, _, Some(404 | 410)) => Self::Visit,
            ("document.skipped", "joined", _) => Self::Current,
            ("document.quarantined" | "document.skipped", ..) => Self::Other,
            _ => Self::Current,
        }
    }
}

impl Story {
    /// # Errors
    /// When the log can't be read.
    pub(super) fn read(log: &Log, out: &Path) -> Result<Self, Error> {
        let mut story = Self::default();
        log.each_with_file(out, |index, event, file| {
            story.detached.extend(file.map(object_file));
            story.take(index, event);
        })?;
        Ok(story)
    }

    fn take(&mut self, index: u64, event: Event) {
        let name = event.name();
        match event {
            Event::RunStarted(started) => {
                self.runs.push(PastRun { run: started.run, at: started.at, ..PastRun::default() });
            }
            Event::RepeatsFrozen(table) => {
                self.table(&table.object);
                self.frozen.add(index, table);
            }
            Event::RelationsFrozen(table) => {
                self.table(&table.digest);
                self.relations = object_file(&table.digest);
            }
            Event::CaptureRead(read) => self.reading(index, read),
            Event::RunCompleted(completed) => {
                self.runs.last_mut().into_iter().for_each(|run| run.end = index);
                self.inputs.extend(completed.inputs);
            }
            Event::Erased(erased) => {
                self.inputs.extend(erased.inputs.into_iter().map(|(file, change)| (file, change.after)));
            }
            Event::Compacted(compacted) => drop(self.inputs.insert(compacted.file, compacted.after)),
            Event::Pruned(pruned) => {
                for file in pruned.inputs.keys() {
                    self.files.remove(file);
                    self.inputs.remove(file);
                }
            }
            event => {
                if let Some(ended) = event.ended() {
                    self.ended(name, ended);
                }
            }
        }
    }

    fn table(&mut self, digest: &str) {
        if let Some(run) = self.runs.last_mut() {
            run.tables.insert(object_file(digest));
        }
    }

    fn reading(&mut self, index: u64, read: CaptureRead) {
        let captures = self.files.entry(read.file.clone()).or_default();
        let known = captures.entry((read.offset, read.record_id.clone()));
        // Without an outcome nothing is known of it.
        let unknown = || LoggedCapture { id: String::new(), fate: Fate::Nameless, reading: index };
        let capture = known.or_insert_with(unknown);
        self.readings.remove(&std::mem::replace(&mut capture.reading, index));
        self.readings.insert(index, read);
    }

    fn ended(&mut self, name: &str, ended: &Ended) {
        let Some(read) = self.readings.get(&ended.capture) else { return };
        let captures = self.files.get_mut(&read.file);
        if let Some(capture) = captures.and_then(|c| c.get_mut(&(read.offset, read.record_id.clone()))) {
            capture.fate = Fate::of(name, ended, read);
            capture.id.clone_from(&ended.id);
        }
    }

    /// Whether the log knows a capture file of this digest under this path.
    pub(super) fn is_input(&self, file: &str, digest: &str) -> bool {
        self.inputs.get(file).is_some_and(|known| known == digest)
    }

    /// What the log says of a capture.
    pub(super) fn capture(&self, place: &sanad_document::Place) -> Option<&LoggedCapture> {
        self.files.get(&place.file)?.get(&(place.offset, place.record_id.clone()))
    }
}
