//! What the log has concluded so far: of each capture the event that says what became of it, and the files that runs read. A
//! run starts from this and logs only what it concludes anew; an audit follows it from event to event.

use super::concluded::Concluded;
use super::event::{CaptureFailed, CaptureRead, Counted, Ended, Event, RunCompleted};
use crate::schema::QuarantineLine;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{Capture, digest, url_key};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the log says, as far as it was followed.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(crate) struct Conclusions {
    /// Number of events that were followed.
    pub(crate) size: u64,
    /// Captures by the index of their `capture.read` event, ascending.
    captures: Vec<Conclusion>,
    /// The number in `captures` of the capture that was last read at a place.
    #[borsh(skip)]
    places: HashMap<Place, u32>,
    names: Names,
    /// Files under the raw folder that runs read.
    files: BTreeMap<String, FileState>,
    /// Runs with the index of their first event.
    runs: Vec<(u64, String)>,
    /// Addresses whose last fetch failed, by source and address.
    failing: BTreeMap<(String, String), Failing>,
    /// Addresses whose newest capture was quarantined, by their fingerprint.
    quarantined: BTreeMap<u64, Failing>,
    /// Sources with the files whose visits are counted.
    visits: BTreeSet<(u32, u32)>,
    /// Digest of the newest table of relations.
    pub(crate) relations: String,
}

/// Identifies the place where a capture was first read: file, offset and record id.
type Place = [u8; 16];

/// What is concluded of a capture.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
struct Conclusion {
    place: Place,
    /// SHA-256 of the body; none for what can't be read.
    digest: Option<[u8; 32]>,
    /// Index of its `capture.read` event.
    read: u64,
    /// Its newest terminal event; none before there is one.
    concluded: Option<Concluded>,
    file: u32,
    source: u32,
    /// Fingerprint of its address.
    address: u64,
    /// When it was captured, in seconds since 1970; 0 if that isn't known.
    time: i64,
    /// Another capture stands at its place now, or none.
    is_replaced: bool,
    /// The current run has read it.
    is_met: bool,
}

#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
struct FileState {
    /// Size in bytes, where it is known.
    bytes: Option<u64>,
    digest: String,
    /// The last run read it.
    is_read: bool,
}

#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
struct Failing {
    code: String,
    /// Index of the event that said so first.
    since: u64,
    /// When the capture was made that failed last, in seconds since 1970.
    time: i64,
}

/// Strings by number.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
struct Names {
    all: Vec<String>,
    #[borsh(skip)]
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn of(&self, number: u32) -> &str {
        self.all.get(number as usize).map_or("", String::as_str)
    }
}

/// A capture as the log knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// Index of its `capture.read` event.
    pub(crate) read: u64,
    /// Its newest terminal event; none before there is one.
    pub(crate) concluded: Option<Concluded>,
}

/// Notes a failure, unless the last one was the same.
fn note_failing<K: Ord>(entry: Entry<'_, K, Failing>, code: &str, (index, time): (u64, i64)) {
    let known = entry.or_insert_with(|| Failing { code: code.to_owned(), since: index, time });
    if known.code != code {
        *known = Failing { code: code.to_owned(), since: index, time };
    }
    known.time = known.time.max(time);
}

/// Fingerprint of a capture's address. What has none, such as a break in an archive, is known by its place.
fn address_of(url: &str, file: &str, offset: u64) -> u64 {
    if url.is_empty() { url_key::fingerprint(&format!("{file}#{offset}")) } else { url_key::fingerprint(url) }
}

fn place_of(file: &str, offset: u64, record_id: &str) -> Place {
    let mut hash = blake3::Hasher::new();
    hash.update(file.as_bytes()).update(&[0]).update(&offset.to_le_bytes()).update(record_id.as_bytes());
    hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}

impl Conclusions {
    /// Makes the lookup tables of what was stored.
    pub(crate) fn index(&mut self) {
        let is_there = |(_, capture): &(u32, &Conclusion)| !capture.is_replaced;
        self.places = (0..).zip(&self.captures).filter(is_there).map(|(n, capture)| (capture.place, n)).collect();
        self.names.numbers = self.names.all.iter().cloned().zip(0..).collect();
    }

    /// Follows the next event of the log.
    pub(crate) fn follow(&mut self, index: u64, event: &Event) {
        self.size = index + 1;
        match event {
            Event::RunStarted(started) => {
                self.runs.push((index, started.run.clone()));
                for input in &started.inputs {
                    let state = self.files.entry(input.file.clone()).or_default();
                    // A file that somebody else has changed may hold more visits.
                    if state.bytes.replace(input.bytes).is_some_and(|before| before != input.bytes) {
                        let file = self.names.number(&input.file);
                        self.visits.retain(|(_, counted)| *counted != file);
                    }
                }
            }
            Event::CaptureRead(read) => self.read(index, read),
            Event::CaptureFetched(fetched) | Event::CaptureUnchanged(fetched) => {
                for url in [&fetched.url, &fetched.final_url] {
                    self.failing.remove(&(fetched.source.clone(), url.clone()));
                    if matches!(event, Event::CaptureUnchanged(_)) {
                        self.quarantined.remove(&address_of(url, "", 0));
                    }
                }
            }
            Event::CaptureFailed(failed) => self.failed(index, failed),
            Event::VisitUnchanged(visits) => {
                let source = self.names.number(&visits.source);
                for file in visits.files.keys() {
                    let file = self.names.number(file);
                    self.visits.insert((source, file));
                }
            }
            Event::RelationsFrozen(frozen) => self.relations.clone_from(&frozen.digest),
            Event::RunCompleted(completed) => self.completed(completed),
            Event::Erased(erased) => {
                for (file, change) in &erased.inputs {
                    self.rewritten(file, &change.after);
                }
            }
            // The next run says which captures it doesn't find any more.
            Event::Compacted(compacted) => self.rewritten(&compacted.file, &compacted.after),
            Event::Pruned(pruned) => pruned.inputs.keys().for_each(|file| self.rewritten(file, "")),
            event => {
                if let Some(ended) = event.ended() {
                    self.ended(index, event, ended);
                }
            }
        }
    }

    fn read(&mut self, index: u64, read: &CaptureRead) {
        let place = place_of(&read.file, read.offset, &read.record_id);
        let number = u32::try_from(self.captures.len()).unwrap_or(u32::MAX);
        if let Some(before) = self.places.insert(place, number)
            && let Some(before) = self.captures.get_mut(before as usize)
        {
            before.is_replaced = true;
        }
        self.captures.push(Conclusion {
            place,
            digest: digest::parsed(&read.digest),
            read: index,
            concluded: None,
            file: self.names.number(&read.file),
            source: 0,
            address: address_of(&read.url, &read.file, read.offset),
            time: read.date.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second),
            is_replaced: false,
            is_met: true,
        });
    }

    fn ended(&mut self, index: u64, event: &Event, ended: &Ended) {
        let source = self.names.number(&ended.source);
        if let Some(capture) = self.number_of(ended.capture).and_then(|number| self.captures.get_mut(number)) {
            (capture.concluded, capture.source) = (Some(Concluded::of(index, event, ended)), source);
            let (address, time) = (capture.address, capture.time);
            match event {
                Event::Quarantined(_) => note_failing(self.quarantined.entry(address), &ended.code, (index, time)),
                // An older capture that gives the record still says nothing of the newest one.
                Event::Emitted(_) | Event::Unchanged(_) | Event::Duplicate(_)
                    if self.quarantined.get(&address).is_some_and(|failing| failing.time <= time) =>
                {
                    self.quarantined.remove(&address);
                }
                _ => {}
            }
        }
    }

    fn failed(&mut self, index: u64, failed: &CaptureFailed) {
        let key = (failed.source.clone(), failed.url.clone());
        note_failing(self.failing.entry(key), &failed.code, (index, 0));
    }

    fn completed(&mut self, completed: &RunCompleted) {
        if completed.unchanged.is_none() {
            self.files.values_mut().for_each(|file| file.is_read = false);
        }
        for (file, digest) in &completed.inputs {
            let state = self.files.entry(file.clone()).or_default();
            digest.clone_into(&mut state.digest);
            state.is_read = true;
        }
        for (files, is_read) in [(&completed.again, true), (&completed.gone, false)] {
            for file in files {
                self.files.entry(file.clone()).or_default().is_read = is_read;
            }
        }
        for read in &completed.missing {
            self.lose(*read);
        }
        self.captures.iter_mut().for_each(|capture| capture.is_met = false);
    }

    /// The number in `captures` of the capture with this `capture.read` event.
    fn number_of(&self, read: u64) -> Option<usize> {
        self.captures.binary_search_by_key(&read, |capture| capture.read).ok()
    }

    /// Forgets a capture that isn't at its place any more.
    fn lose(&mut self, read: u64) {
        if let Some(capture) = self.number_of(read).and_then(|number| self.captures.get_mut(number))
            && !capture.is_replaced
        {
            capture.is_replaced = true;
            self.places.remove(&capture.place);
        }
    }

    /// A file was written anew outside a run, or deleted.
    fn rewritten(&mut self, file: &str, digest: &str) {
        if !digest.is_empty() {
            let state = self.files.entry(file.to_owned()).or_default();
            digest.clone_into(&mut state.digest);
            state.bytes = None;
            return;
        }
        self.files.remove(file);
        let number = self.names.number(file);
        let of_file = |capture: &&Conclusion| capture.file == number && !capture.is_replaced;
        let gone: Vec<u64> = self.captures.iter().filter(of_file).map(|capture| capture.read).collect();
        for read in gone {
            self.lose(read);
        }
    }

    /// Returns what the log knows of a capture that is read again. None if it wasn't read before, or with another body.
    pub(crate) fn meet(&mut self, capture: &Capture) -> Option<Known> {
        let place = place_of(&capture.place.file, capture.place.offset, &capture.place.record_id);
        let number = *self.places.get(&place)?;
        let found = self.captures.get_mut(number as usize)?;
        if found.digest != digest::parsed(&capture.digest) {
            return None;
        }
        found.is_met = true;
        Some(found.known())
    }

    /// Whether an address has failed before with the same code: the run in which it first did.
    pub(crate) fn failing_since(&self, failed: &CaptureFailed) -> Option<&str> {
        let known = self.failing.get(&(failed.source.clone(), failed.url.clone()))?;
        (known.code == failed.code).then(|| self.run_of(known.since))
    }

    /// The run in which a capture of this one's address was quarantined first, of those in a row with its code.
    pub(crate) fn quarantined_since(&self, line: &QuarantineLine) -> Option<&str> {
        let known = self.quarantined.get(&address_of(&line.url, &line.file, line.offset))?;
        (known.code == line.code).then(|| self.run_of(known.since))
    }

    /// Whether the last fetch of an address failed.
    pub(crate) fn is_failing(&self, source: &str, url: &str) -> bool {
        self.failing.contains_key(&(source.to_owned(), url.to_owned()))
    }

    /// Whether a source's visits in a file are counted.
    pub(crate) fn has_visits(&self, source: &str, file: &str) -> bool {
        let number = |name: &str| self.names.numbers.get(name).copied();
        number(source).zip(number(file)).is_some_and(|key| self.visits.contains(&key))
    }

    /// The run to which an event belongs.
    pub(crate) fn run_of(&self, event: u64) -> &str {
        let after = self.runs.partition_point(|(start, _)| *start <= event);
        after.checked_sub(1).and_then(|at| self.runs.get(at)).map_or("", |(_, run)| run)
    }

    /// Whether the log knows a file with this size.
    pub(crate) fn knows_size(&self, file: &str, bytes: u64) -> bool {
        self.files.get(file).is_some_and(|state| state.bytes == Some(bytes) && !state.digest.is_empty())
    }

    /// Says of the files that a run has read, by path with their digests, what the log doesn't know of them.
    pub(crate) fn inputs(&self, read: &BTreeMap<String, String>) -> Inputs {
        let was_read = |file: &String| self.files.get(file).is_some_and(|state| state.is_read);
        let is_known = |file: &String, digest: &String| self.files.get(file).is_some_and(|s| s.digest == *digest);
        let same = || read.iter().filter(|(file, digest)| is_known(file, digest));
        let unchanged = Counted::of_files(same());
        let again = same().map(|(file, _)| file).filter(|file| !was_read(file)).cloned().collect();
        let gone = self.files.iter().filter(|(file, state)| state.is_read && !read.contains_key(*file));
        let gone = gone.map(|(file, _)| file.clone()).collect();
        let new = read.iter().filter(|(file, digest)| !is_known(file, digest));
        let new = new.map(|(file, digest)| (file.clone(), digest.clone())).collect();
        Inputs { new, unchanged, again, gone }
    }

    /// The `capture.read` events of captures that the current run should have met and hasn't: their files were `read`, and
    /// their source was `wanted`.
    pub(crate) fn missing(&self, read: &BTreeMap<String, String>, wanted: impl Fn(&str) -> bool) -> Vec<u64> {
        let is_missing = |capture: &&Conclusion| {
            let is_due = !capture.is_met && !capture.is_replaced;
            is_due && read.contains_key(self.names.of(capture.file)) && wanted(self.names.of(capture.source))
        };
        self.captures.iter().filter(is_missing).map(|capture| capture.read).collect()
    }

    /// The captures in the files that `is_read` names that were concluded before the event `start`, without those that are
    /// `missing`.
    pub(crate) fn carried(&self, is_read: impl Fn(&str) -> bool, start: u64, missing: &[u64]) -> Counted {
        let is_file_read: Vec<bool> = self.names.all.iter().map(|name| is_read(name)).collect();
        let carried = |capture: &Conclusion| {
            let is_there = !capture.is_replaced && missing.binary_search(&capture.read).is_err();
            let is_read = is_there && is_file_read.get(capture.file as usize) == Some(&true);
            let concluded = capture.concluded.filter(|concluded| is_read && concluded.event < start)?;
            Some((capture.digest, concluded.event))
        };
        let mut carried: Vec<_> = self.captures.iter().filter_map(carried).collect();
        carried.sort_unstable();
        let line = |(body, event): (Option<[u8; 32]>, u64)| {
            format!("{} {event}", body.map(|body| digest::named(&body)).unwrap_or_default())
        };
        Counted::of(carried.into_iter().map(line))
    }

    /// The same for the run that has just ended.
    pub(crate) fn carried_over(&self, start: u64) -> Counted {
        self.carried(|file| self.is_read(file), start, &[])
    }

    /// The files that the run which has just ended read, without these.
    pub(crate) fn unchanged(&self, new: &BTreeMap<String, String>) -> Counted {
        Counted::of_files(self.read_files().filter(|(file, _)| !new.contains_key(*file)))
    }

    /// Whether the last run read a file.
    pub(crate) fn is_read(&self, file: &str) -> bool {
        self.files.get(file).is_some_and(|state| state.is_read)
    }

    /// The files that the last run read.
    pub(crate) fn read_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter(|(_, state)| state.is_read).map(|(file, state)| (file.as_str(), state.digest.as_str()))
    }

    /// The captures that are in the files of the last run.
    pub(crate) fn current(&self) -> impl Iterator<Item = Known> {
        let is_current = |capture: &&Conclusion| !capture.is_replaced && self.is_read(self.names.of(capture.file));
        self.captures.iter().filter(is_current).map(Conclusion::known)
    }

    /// Whether this `capture.read` event names a capture of this digest.
    pub(crate) fn is_capture(&self, read: u64, digest: &str) -> bool {
        let capture = self.number_of(read).and_then(|number| self.captures.get(number));
        capture.is_some_and(|capture| capture.digest == digest::parsed(digest))
    }
}

/// What the log doesn't know of the files that a run has read.
pub(crate) struct Inputs {
    /// New and changed files with their digests.
    pub(crate) new: BTreeMap<String, String>,
    pub(crate) unchanged: Counted,
    pub(crate) again: Vec<String>,
    pub(crate) gone: Vec<String>,
}

impl Conclusion {
    fn known(&self) -> Known {
        Known { read: self.read, concluded: self.concluded }
    }
}
