//! Retention: what no current record needs any more goes, by age and by number, and the log says what went and why.
//!
//! The newest run, every capture that a current record came from, and what proofs, explanations and the log itself stand on
//! are never touched. Captures go a whole file at a time: the log names their places, so nothing in a file can move.

use crate::captures::sidecars;
use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::{CaptureRead, Ended, Event, Input, PruneCompleted, Pruned};
use crate::log::reader::Log;
use crate::run::commit::event_log::open_log;
use crate::run::commit::lock;
use crate::run::commit::staging::{Place, Staging};
use crate::run::publish::previous_records::current_runs;
use crate::run::scan::capture_entry::CaptureEntry;
use crate::run::scan::captures::Captures;
use sanad_document::digest;
use sanad_document::digest::file_digest;
use sanad_document::url_key;
use sanad_tlog::files_under;
use sanad_tlog::key::Keys;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Pruning<'a> {
    /// Folder of the captures.
    pub raw: &'a Path,
    /// Folder of the results.
    pub out: &'a Path,
    /// Where the signing key is.
    pub keys: &'a Keys,
    /// When (RFC 3339).
    pub now: &'a str,
    /// Which runs' files go; none when nothing is said.
    pub runs: Limit,
    /// Which captures go beside those that current records came from; none when nothing is said.
    pub captures: Limit,
    /// Whether the cache goes.
    pub cache: bool,
    /// Only say what would go.
    pub dry_run: bool,
}

/// What goes: what is beyond this number, counted from the newest, and older than so many days. Where one of the two is not
/// given the other decides alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// So many stay.
    pub keep: Option<usize>,
    /// What is no older stays.
    pub days: Option<u64>,
}

impl Limit {
    fn is_set(self) -> bool {
        self.keep.is_some() || self.days.is_some()
    }

    /// Whether what is `place`th from the newest (from 0), and of this time, goes. The newest never does.
    fn drops(self, place: usize, (time, now): (&str, &str)) -> bool {
        let is_old = |days: u64| age(time, now).is_some_and(|age| age > days);
        self.is_set() && place >= self.keep.unwrap_or(1).max(1) && self.days.is_none_or(is_old)
    }

    fn reason(self) -> String {
        let keep = self.keep.map(|n| format!("beyond the newest {n}"));
        let days = self.days.map(|n| format!("older than {n} days"));
        [keep, days].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Whole days between two times.
fn age(time: &str, now: &str) -> Option<u64> {
    let parsed = |text: &str| text.parse::<jiff::Timestamp>().ok();
    u64::try_from(parsed(now)?.duration_since(parsed(time)?).as_hours() / 24).ok()
}

/// What went, or would go.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
    /// The events.
    pub pruned: Vec<Pruned>,
    /// Bytes of the cache.
    pub cache: u64,
    /// Capture files that nothing but a few captures keeps: path, captures that are no longer needed, captures in all.
    pub held: Vec<(String, u64, u64)>,
}

/// Prunes. A command that is stopped on the way has done nothing, or is finished by the next that writes.
///
/// # Errors
/// When there is no log, or files can't be read or deleted.
pub fn prune(what: &Pruning<'_>) -> Result<Freed, Error> {
    let log = Log::open(what.out)?;
    let state = what.out.join(".state");
    let lock = lock::Lock::take(&state)?;
    let story = Story::read(&log, what.out)?;
    let mut freed = Freed::default();
    story.runs(what, &mut freed)?;
    story.captures(what, &mut freed)?;
    let cache = state.join("documents.pack");
    if what.cache {
        freed.cache = std::fs::metadata(&cache).map_or(0, |m| m.len());
    }
    if !what.dry_run {
        if freed.cache > 0 || !freed.pruned.is_empty() {
            let (mut staging, mut tree) = open_log(what.out, what.keys)?;
            carry_out(what, &freed, &mut staging, &tree)?;
            staging.commit(&mut tree)?;
        }
        if freed.cache > 0 {
            std::fs::remove_file(&cache).map_err(|e| Error::io(&cache, "delete", &e))?;
        }
    }
    lock.release();
    Ok(freed)
}

/// Plans the deletions and the events that tell of them.
fn carry_out(what: &Pruning<'_>, freed: &Freed, staging: &mut Staging, tree: &sanad_tlog::Writer) -> Result<(), Error> {
    let name = ".state/pruned.jsonl";
    let mut file = staging.create(name)?;
    let objects = staging.place();
    let mut detached = Vec::new();
    for pruned in &freed.pruned {
        for name in pruned.files.keys() {
            staging.delete(name);
        }
        for name in pruned.inputs.keys() {
            let path = what.raw.join(name);
            let path = std::fs::canonicalize(&path).map_err(|e| Error::io(&path, "find", &e))?;
            staging.delete_elsewhere(&path);
        }
        let (entry, more) = entry_of(&Event::Pruned(pruned.clone()), &objects)?;
        detached.extend(more);
        file.line(&digest::escaped(entry))?;
    }
    let completed = PruneCompleted {
        at: what.now.to_owned(),
        pruned: freed.pruned.len() as u64,
        bytes: freed.pruned.iter().map(|p| p.bytes).sum(),
        cache: freed.cache,
    };
    file.line(&digest::escaped(entry_of(&Event::PruneCompleted(completed), &objects)?.0))?;
    for object in detached {
        staging.take(object)?;
    }
    file.keep()?;
    staging.append(name, tree.size());
    Ok(())
}

/// The entry of an event, and the file it stands in where it is too long for one.
fn entry_of(
    event: &Event,
    objects: &Place,
) -> Result<(String, Option<crate::run::commit::staging::StagedFile>), Error> {
    let fault = |e: serde_json::Error| Error::io(Path::new("log"), "write", &e.into());
    let entry = event.entry().map_err(fault)?;
    if entry.len() <= sanad_tlog::MOST_ENTRY_BYTES {
        return Ok((entry, None));
    }
    let (detached, file) = objects.detach(&entry)?;
    Ok((Event::Detached(detached).entry().map_err(fault)?, Some(file)))
}

/// What the log says as far as retention goes.
#[derive(Default)]
struct Story {
    /// Runs, oldest first: name, time, tables.
    runs: Vec<RunSummary>,
    /// By file: its captures with their newest outcome.
    files: BTreeMap<String, HashMap<(u64, String), Capture>>,
    /// Place that events stand in.
    detached: BTreeSet<String>,
}

#[derive(Default)]
struct RunSummary {
    run: String,
    at: String,
    tables: BTreeSet<String>,
}

/// A capture and what came of it at last.
struct Capture {
    id: String,
    /// The id that its address has by itself.
    address: String,
    date: String,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It gave the current record.
    Current,
    /// It gave a document that a newer capture took the place of, or whose page is gone.
    Older,
    /// It says whether the page is there: 404, 410, or unchanged.
    Visit,
    /// It gave no document.
    Other,
    /// It can't be read, or has no address.
    Nameless,
}

impl Fate {
    fn of(name: &str, ended: &Ended, read: &CaptureRead) -> Self {
        match (name, ended.code.as_str(), read.status) {
            _ if read.url.is_empty() || ended.id.is_empty() => Self::Nameless,
            ("document.skipped", "superseded" | "gone", _) => Self::Older,
            (_, "revisit", _) | (_, _, Some(404 | 410)) => Self::Visit,
            ("document.quarantined" | "document.skipped", ..) => Self::Other,
            _ => Self::Current,
        }
    }
}

impl Story {
    fn read(log: &Log, out: &Path) -> Result<Self, Error> {
        let mut story = Self::default();
        let mut open: HashMap<u64, CaptureRead> = HashMap::new();
        log.each_with_file(out, |index, event, file| {
            story.detached.extend(file.map(object_file));
            let name = event.name();
            match event {
                Event::RunStarted(started) => {
                    story.runs.push(RunSummary { run: started.run, at: started.at, tables: BTreeSet::new() });
                }
                Event::RepeatsFrozen(table) => story.table(&table.digest),
                Event::RelationsFrozen(table) => story.table(&table.digest),
                Event::CaptureRead(read) => drop(open.insert(index, read)),
                Event::RunCompleted(_) => open.clear(),
                Event::Pruned(pruned) => {
                    pruned.inputs.keys().for_each(|file| drop(story.files.remove(file)));
                }
                event => {
                    if let Some((ended, read)) = event.ended().and_then(|e| Some((e, open.remove(&e.capture)?))) {
                        story.capture(Fate::of(name, ended, &read), ended, read);
                    }
                }
            }
        })?;
        Ok(story)
    }

    fn table(&mut self, digest: &str) {
        if let Some(run) = self.runs.last_mut() {
            run.tables.insert(object_file(digest));
        }
    }

    fn capture(&mut self, fate: Fate, ended: &Ended, read: CaptureRead) {
        let address = url_key::record_id(&url_key::canonical_url(&read.url));
        let capture = Capture { id: ended.id.clone(), address, date: read.date, fate };
        self.files.entry(read.file).or_default().insert((read.offset, read.record_id), capture);
    }

    /// Files of old runs. What a current record's proof and explanation stand on stays, and each run's report.
    fn runs(&self, what: &Pruning<'_>, freed: &mut Freed) -> Result<(), Error> {
        let needed = current_runs(what.out)?;
        let (mut gone, mut kept_tables) = (Vec::new(), BTreeSet::new());
        for (place, told) in self.runs.iter().rev().enumerate() {
            let drops = what.runs.drops(place, (&told.at, what.now));
            if !drops || needed.contains(&told.run) {
                kept_tables.extend(told.tables.iter());
            }
            if drops {
                gone.push(told);
            }
        }
        let mut taken = BTreeSet::new();
        for told in gone.into_iter().rev() {
            let is_needed = needed.contains(&told.run);
            let mut names = files_under(what.out, &format!("runs/{}", told.run))?;
            let stays = |n: &String| n.ends_with("/report.json") || is_needed && n.ends_with("/removed.jsonl");
            names.retain(|n| !stays(n));
            let tables = told.tables.difference(&self.detached).filter(|t| !kept_tables.contains(t));
            names.extend(tables.filter(|t| what.out.join(t).is_file() && taken.insert((*t).clone())).cloned());
            if !names.is_empty() {
                let (files, bytes) = digests(what.out, names)?;
                let (at, reason) = (what.now.to_owned(), what.runs.reason());
                let run = Some(told.run.clone());
                freed.pruned.push(Pruned { at, reason, run, bytes, files, inputs: BTreeMap::new(), captures: 0 });
            }
        }
        Ok(())
    }

    /// Capture files in which nothing is needed any more.
    fn captures(&self, what: &Pruning<'_>, freed: &mut Freed) -> Result<(), Error> {
        if !what.captures.is_set() {
            return Ok(());
        }
        let all: Vec<&Capture> = self.files.values().flat_map(HashMap::values).collect();
        let needs = Needs::of(&all, what.captures);
        for (file, captures) in self.files.iter().filter(|(file, _)| what.raw.join(file).is_file()) {
            let free = captures.values().filter(|c| needs.is_free(c)).count() as u64;
            let newest = captures.values().map(|c| c.date.as_str()).max().unwrap_or_default();
            let is_old = what.captures.days.is_none_or(|days| age(newest, what.now).is_some_and(|age| age > days));
            if free == 0 || !is_old {
                continue;
            }
            if free < captures.len() as u64 || !is_known(what.raw, file, captures)? {
                freed.held.push((file.clone(), free, captures.len() as u64));
                continue;
            }
            let path = what.raw.join(file);
            let relative = |p: &PathBuf| p.strip_prefix(what.raw).unwrap_or(p).to_string_lossy().replace('\\', "/");
            let beside = sidecars(&path).into_iter().filter(|p| p.is_file()).map(|p| relative(&p));
            let names = [file.clone()].into_iter().chain(beside).collect();
            let (inputs, bytes) = digests(what.raw, names)?;
            let (at, reason) = (what.now.to_owned(), format!("superseded, {}", what.captures.reason()));
            freed.pruned.push(Pruned { at, reason, run: None, bytes, files: BTreeMap::new(), inputs, captures: free });
        }
        Ok(())
    }
}

/// Which captures are needed.
struct Needs {
    /// Date of the capture that counts, by record id and by address.
    current: HashMap<String, String>,
    /// Ids and addresses that ever gave a document.
    documents: BTreeSet<String>,
    /// Date of the newest capture of an address.
    newest: HashMap<String, String>,
    /// Date of the oldest older capture of a document that stays.
    oldest: HashMap<String, String>,
}

impl Needs {
    fn of(all: &[&Capture], limit: Limit) -> Self {
        let mut needs = Self {
            current: HashMap::new(),
            documents: BTreeSet::new(),
            newest: HashMap::new(),
            oldest: HashMap::new(),
        };
        let mut dates: HashMap<&str, Vec<&str>> = HashMap::new();
        for capture in all {
            let newest = |map: &mut HashMap<String, String>, key: &str| {
                let date = map.entry(key.to_owned()).or_default();
                if *date < capture.date {
                    date.clone_from(&capture.date);
                }
            };
            newest(&mut needs.newest, &capture.address);
            if matches!(capture.fate, Fate::Current | Fate::Older) {
                needs.documents.extend([capture.id.clone(), capture.address.clone()]);
                dates.entry(&capture.id).or_default().push(&capture.date);
            }
            if capture.fate == Fate::Current {
                newest(&mut needs.current, &capture.id);
                newest(&mut needs.current, &capture.address);
            }
        }
        for (id, mut dates) in dates {
            dates.sort_unstable_by(|a, b| b.cmp(a));
            let stays = limit.keep.unwrap_or(1).max(1);
            let oldest = dates.get(stays - 1).or(dates.last()).copied().unwrap_or_default();
            needs.oldest.insert(id.to_owned(), oldest.to_owned());
        }
        needs
    }

    fn is_free(&self, capture: &Capture) -> bool {
        let before = |map: &HashMap<String, String>, key: &str| map.get(key).is_some_and(|date| capture.date < *date);
        match capture.fate {
            Fate::Current | Fate::Nameless => false,
            Fate::Older => before(&self.oldest, &capture.id),
            // As long as it may count that a page was or wasn't there, it does.
            Fate::Visit if self.documents.contains(&capture.address) => before(&self.current, &capture.address),
            Fate::Visit | Fate::Other => before(&self.newest, &capture.address),
        }
    }
}

/// Whether the log knows everything that a file holds: a run of a few sources reads only theirs.
fn is_known(raw: &Path, file: &str, known: &HashMap<(u64, String), Capture>) -> Result<bool, Error> {
    let digests = Mutex::new(BTreeMap::new());
    let path = raw.join(file);
    let bytes = std::fs::metadata(&path).map_err(|e| Error::io(&path, "read", &e))?.len();
    // No body is wanted, so any is too large.
    let mut captures = Captures::new(raw, vec![Input { file: file.to_owned(), bytes }], 0, &digests);
    Ok(captures.all(|taken| {
        let (CaptureEntry::Capture(c) | CaptureEntry::Faulty(c, _) | CaptureEntry::Revisit(c)) = taken;
        known.contains_key(&(c.place.offset, c.place.record_id))
    }))
}

/// Digests of files, and their bytes together.
fn digests(folder: &Path, names: Vec<String>) -> Result<(BTreeMap<String, String>, u64), Error> {
    let (mut digests, mut bytes) = (BTreeMap::new(), 0);
    for name in names {
        let path = folder.join(&name);
        let fault = |e: std::io::Error| Error::io(&path, "read", &e);
        bytes += std::fs::metadata(&path).map_err(fault)?.len();
        digests.insert(name, file_digest(&path).map_err(fault)?);
    }
    Ok((digests, bytes))
}
