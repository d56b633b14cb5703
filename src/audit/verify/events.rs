//! Follows the events in order: which files, records and captures must be on disk, and whether each run's counts
//! balance.

use super::compactions::remaining;
use super::verdict::{Finding, Verdict, short};
use crate::error::Error;
use crate::layout::object_file;
use crate::log::conclusions::Conclusions;
use crate::log::event::{CaptureRead, Compacted, Ended, Erased, Event, Pruned, RunCompleted};
use crate::log::frozen_tables::FrozenTables;
use crate::log::places::FilePlaces;
use sanad_document::digest::{self, parsed};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// What must be on disk according to the log.
#[derive(Debug, Default)]
pub(super) struct Stated {
    /// Digest of each file under the results folder, from the newest event that wrote it.
    pub(super) files: BTreeMap<String, String>,
    /// Digest of each capture file.
    pub(super) inputs: BTreeMap<String, String>,
    /// Captures by file, at the places where they were first read.
    pub(super) captures: BTreeMap<String, HashMap<Spot, Body>>,
    /// Where the captures of compacted files are now.
    pub(super) moved: BTreeMap<String, FilePlaces>,
    /// Digest of each record.
    pub(super) records: HashMap<[u8; 16], Option<[u8; 32]>>,
    /// Digest of the newest table of relations; none in logs that never had one.
    pub(super) relations: Option<String>,
    /// The tables of repeated blocks.
    pub(super) frozen: FrozenTables,
    /// Visits that found a page unchanged, by file: the most that a source has there.
    pub(super) visits: BTreeMap<String, u64>,
}

/// Offset and record id of a capture, where it was first read.
pub(super) type Spot = (u64, [u8; 16]);

/// What must be at a capture's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// A body of this digest.
    Digest([u8; 32]),
    /// Nothing: it was taken down.
    Erased,
}

/// A capture whose terminal event hasn't come yet.
struct Open {
    file: u32,
    spot: Spot,
    digest: Option<[u8; 32]>,
}

/// The current run.
struct Run {
    name: String,
    lines: Option<BufReader<File>>,
    /// Index of its first event.
    start: u64,
    open: HashMap<u64, Open>,
    /// Captures of earlier runs that it concluded anew.
    anew: HashSet<u64>,
    ended: u64,
    differs: bool,
}

/// The events so far.
pub(super) struct Story<'a> {
    out: &'a Path,
    stated: Stated,
    run: Option<Run>,
    /// Names of capture files, by number.
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    runs: HashSet<String>,
    /// What the log concluded so far.
    conclusions: Conclusions,
}

impl<'a> Story<'a> {
    pub(super) fn new(out: &'a Path) -> Self {
        Self {
            out,
            stated: Stated::default(),
            run: None,
            names: Vec::new(),
            numbers: HashMap::new(),
            runs: HashSet::new(),
            conclusions: Conclusions::default(),
        }
    }

    pub(super) fn take(&mut self, index: u64, event: Event, entry: &[u8], told: &mut Verdict) -> Result<(), Error> {
        told.count("events");
        let event = match event {
            Event::Detached(detached) => match self.attached(&detached.digest, told)? {
                Some(event) => event,
                None => return Ok(()),
            },
            event => event,
        };
        if let Event::RunStarted(started) = &event {
            self.begin(&started.run, (index, index == started.index), told);
        }
        self.compare_line(entry, told)?;
        self.conclusions.follow(index, &event);
        match event {
            Event::CaptureRead(read) => self.opened(index, &read),
            Event::Emitted(e) | Event::Unchanged(e) | Event::Duplicate(e) => {
                self.stated.records.insert(short(&e.id), parsed(&e.record_digest));
                self.closed(index, &e, told);
            }
            Event::Held(e) | Event::Quarantined(e) | Event::Skipped(e) => self.closed(index, &e, told),
            Event::RunCompleted(run) => self.completed(run, told),
            Event::Erased(erased) => self.erased(&erased, told),
            Event::Pruned(pruned) => self.pruned(&pruned, told),
            Event::Compacted(compacted) => self.compacted(compacted, told)?,
            Event::RepeatsFrozen(frozen) => self.stated.frozen.add(index, frozen),
            Event::VisitUnchanged(visits) => {
                // A source of another name counts the same visits again.
                for (file, counted) in visits.files {
                    let most = self.stated.visits.entry(file).or_default();
                    *most = counted.count.max(*most);
                }
            }
            Event::RelationsFrozen(frozen) => self.stated.relations = Some(frozen.digest),
            Event::RunStarted(_)
            | Event::KeyChanged(_)
            | Event::CaptureFetched(_)
            | Event::CaptureUnchanged(_)
            | Event::CaptureFailed(_)
            | Event::PruneCompleted(_)
            | Event::Detached(_) => {}
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Stated {
        self.stated
    }

    /// Reads an event that is stored in a file of its own.
    fn attached(&mut self, digest: &str, told: &mut Verdict) -> Result<Option<Event>, Error> {
        let file = object_file(digest);
        self.stated.files.insert(file.clone(), digest.to_owned());
        let path = self.out.join(&file);
        if !path.is_file() {
            told.missing(&file);
            return Ok(None);
        }
        let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?;
        match Event::parse(&bytes) {
            Ok(event) if digest::sha256(&bytes) == digest => Ok(Some(event)),
            _ => {
                told.mismatch(&file, "is not the event that the log names");
                Ok(None)
            }
        }
    }

    fn begin(&mut self, run: &str, (start, right_index): (u64, bool), told: &mut Verdict) {
        let name = format!("runs/{run}/events.jsonl");
        if self.run.take().is_some() {
            told.mismatch(&name, "begins before the run before it ended");
        }
        if !right_index || !self.runs.insert(run.to_owned()) {
            told.mismatch(&name, "doesn't begin where it says, or begins twice");
        }
        told.count("runs");
        let lines = File::open(self.out.join(&name)).ok().map(BufReader::new);
        if lines.is_none() {
            told.missing(&name);
        }
        self.run =
            Some(Run { name, lines, start, open: HashMap::new(), anew: HashSet::new(), ended: 0, differs: false });
    }

    /// Checks that the run's `events.jsonl` has the same entry on its next line.
    fn compare_line(&mut self, entry: &[u8], told: &mut Verdict) -> Result<(), Error> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let Some(lines) = run.lines.as_mut().filter(|_| !run.differs) else { return Ok(()) };
        let mut line = Vec::with_capacity(entry.len() + 1);
        lines.read_until(b'\n', &mut line).map_err(|e| Error::io(&self.out.join(&run.name), "read", &e))?;
        // Only characters outside ASCII may be escaped differently.
        let shown = match std::str::from_utf8(entry) {
            Ok(text) if !text.is_ascii() => Cow::Owned(digest::escaped(text.to_owned()).into_bytes()),
            _ => Cow::Borrowed(entry),
        };
        if line.strip_suffix(b"\n") != Some(shown.as_ref()) {
            run.differs = true;
            told.mismatch(&run.name, "is not what the log's entries say");
        }
        Ok(())
    }

    fn opened(&mut self, index: u64, read: &CaptureRead) {
        let number = if let Some(number) = self.numbers.get(&read.file) {
            *number
        } else {
            let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            self.names.push(read.file.clone());
            self.numbers.insert(read.file.clone(), number);
            number
        };
        let spot = (read.offset, short(&read.record_id));
        if let Some(run) = &mut self.run {
            run.open.insert(index, Open { file: number, spot, digest: parsed(&read.digest) });
        }
    }

    fn closed(&mut self, index: u64, ended: &Ended, told: &mut Verdict) {
        let Some(run) = &mut self.run else {
            return told.mismatch("log/tile/entries", format!("event {index}: an outcome outside a run"));
        };
        run.ended += 1;
        let Some(open) = run.open.remove(&ended.capture) else {
            // What an earlier run read may be concluded anew, once.
            let is_known = ended.capture < run.start && self.conclusions.is_capture(ended.capture, &ended.digest);
            if !is_known || !run.anew.insert(ended.capture) {
                told.mismatch(&run.name, format!("capture {} has no reading, or two outcomes", ended.capture));
            }
            return;
        };
        if open.digest != parsed(&ended.digest) {
            told.mismatch(&run.name, format!("capture {}: read and outcome name different digests", ended.capture));
        }
        let file = self.names.get(open.file as usize);
        if let (Some(digest), Some(file)) = (open.digest, file) {
            let captures = self.stated.captures.entry(file.clone()).or_default();
            captures.insert(open.spot, Body::Digest(digest));
        }
    }

    fn completed(&mut self, completed: RunCompleted, told: &mut Verdict) {
        let Some(mut run) = self.run.take() else {
            return told.mismatch("log/tile/entries", format!("run {} ends and never began", completed.run));
        };
        for index in run.open.keys() {
            told.mismatch(&run.name, format!("capture {index} has no outcome"));
        }
        let sum: u64 = completed.outcomes.values().sum();
        let carried = completed.carried.as_ref().map_or(0, |carried| carried.count);
        if completed.captures != sum + carried || sum != run.ended {
            let (captures, ended) = (completed.captures, run.ended);
            let message = format!(
                "counts don't balance: {captures} captures, outcomes add to {sum}, {ended} events, {carried} carried over"
            );
            told.mismatch(&run.name, message);
        }
        if completed.carried.is_some_and(|carried| carried != self.conclusions.carried_over(run.start)) {
            told.mismatch(&run.name, "carries over other captures than the log's events say");
        }
        if completed.unchanged.is_some_and(|unchanged| unchanged != self.conclusions.unchanged(&completed.inputs)) {
            told.mismatch(&run.name, "read other files than the log's events say");
        }
        let more = run.lines.as_mut().is_some_and(|lines| lines.fill_buf().is_ok_and(|rest| !rest.is_empty()));
        if more && !run.differs {
            told.mismatch(&run.name, "goes on after the end of the run");
        }
        for file in &completed.deleted {
            self.stated.files.remove(file);
        }
        self.stated.files.extend(completed.written);
        self.stated.inputs.extend(completed.inputs);
        // Its own events file can't be in the list that one of the events holds; it was compared line by line.
        self.stated.files.insert(run.name, String::new());
    }

    /// What retention deleted is missing for a good reason: removes it from what must be on disk.
    fn pruned(&mut self, pruned: &Pruned, told: &mut Verdict) {
        let day = pruned.at.get(..10).unwrap_or(&pruned.at);
        let names: Vec<&str> = pruned.inputs.keys().map(String::as_str).collect();
        let what = pruned.run.as_ref().map_or_else(|| names.join(", "), |run| format!("files of run {run}"));
        told.notes.push(format!("{what}: pruned on {day} ({})", pruned.reason));
        told.count("prunings");
        for (map, files) in [(&mut self.stated.files, &pruned.files), (&mut self.stated.inputs, &pruned.inputs)] {
            for (file, digest) in files {
                let known = map.remove(file);
                // A run's events file has no digest in the log: it is compared with the entries.
                if known.is_none_or(|known| !known.is_empty() && known != *digest) {
                    told.mismatch(file, "retention took away another file than the log knew");
                }
                self.stated.moved.remove(file);
                told.findings.retain(|finding| finding.file() != file || matches!(finding, Finding::Mismatch { .. }));
            }
        }
    }

    /// What went needn't be there any more, and what stays is at its new place.
    fn compacted(&mut self, event: Compacted, told: &mut Verdict) -> Result<(), Error> {
        let (remaining, stated) = (remaining(self.out, &event, told)?, &mut self.stated);
        let Compacted { file, before, after, moved, .. } = event;
        if stated.inputs.insert(file.clone(), after).is_none_or(|known| known != before) {
            told.mismatch(&file, "its compaction changed another file than the log knew");
        }
        stated.files.insert(object_file(&moved), moved);
        if let Some(remaining) = remaining {
            // What was taken down must not come back.
            let stays = |spot: &Spot, body: &mut Body| *body == Body::Erased || remaining.spots.contains(spot);
            stated.captures.entry(file.clone()).or_default().retain(stays);
            stated.moved.insert(file, remaining.places);
        } else {
            // Without the list nobody can say where they are.
            stated.captures.remove(&file);
        }
        Ok(())
    }

    fn erased(&mut self, erased: &Erased, told: &mut Verdict) {
        let day: Cow<'_, str> = erased.at.get(..10).unwrap_or(&erased.at).into();
        told.notes.push(format!("{}: erased on {day} ({})", erased.id, erased.reason));
        told.count("erasures");
        let stated = &mut self.stated;
        for (map, changes) in [(&mut stated.files, &erased.files), (&mut stated.inputs, &erased.inputs)] {
            for (file, change) in changes {
                if map.get(file).is_none_or(|before| *before != change.before) {
                    told.mismatch(file, format!("the erasure of {} changed another file than the log knew", erased.id));
                }
                if change.after.is_empty() {
                    map.remove(file);
                } else {
                    map.insert(file.clone(), change.after.clone());
                }
            }
        }
        for capture in &erased.captures {
            let spot = (capture.offset, short(&capture.record_id));
            stated.captures.entry(capture.file.clone()).or_default().insert(spot, Body::Erased);
        }
        stated.records.remove(&short(&erased.id));
    }
}
