//! Retention: what no current record needs any more goes, by age and by number, and the log says what went and why.
//!
//! The newest run, every capture that a current record came from, and what proofs, explanations and the log itself stand on
//! are never touched. Captures go a whole file at a time: the log names their places, so nothing in a file can move.

use super::limit::{Limit, age};
use crate::captures::sidecars;
use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::{CaptureRead, Ended, Event, Input, PruneCompleted, Pruned};
use crate::log::frozen_tables::FrozenTables;
use crate::log::reader::Log;
use crate::run::commit::event_log::open_log;
use crate::run::commit::lock;
use crate::run::commit::staged_file::{Place, StagedFile};
use crate::run::commit::staging::Staging;
use crate::run::publish::previous_records::current_runs;
use crate::run::scan::captures::Captures;
use sanad_document::digest::file_digest;
use sanad_document::{digest, url_key};
use sanad_tlog::files_under;
use sanad_tlog::key::Keys;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What to prune.
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
    /// Which runs' files to delete; none by default.
    pub runs: Limit,
    /// Which captures to delete, besides those that current records came from; none by default.
    pub captures: Limit,
    /// Whether to delete the cache.
    pub cache: bool,
    /// Only report what would be deleted.
    pub dry_run: bool,
}

/// What was or would be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
    /// The events.
    pub pruned: Vec<Pruned>,
    /// Bytes of the cache.
    pub cache: u64,
    /// Capture files that are kept only because of a few captures: path, captures no longer needed, all captures.
    pub held: Vec<(String, u64, u64)>,
}

/// Deletes what the limits allow. If the command is stopped on the way, either nothing has happened or the next
/// command that writes finishes it.
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

/// Plans the deletions and their events.
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

/// Returns the entry of an event, and the file that stores it if it is too long for an entry.
fn entry_of(event: &Event, objects: &Place) -> Result<(String, Option<StagedFile>), Error> {
    let fault = |e: serde_json::Error| Error::io(Path::new("log"), "write", &e.into());
    let entry = event.entry().map_err(fault)?;
    if entry.len() <= sanad_tlog::MOST_ENTRY_BYTES {
        return Ok((entry, None));
    }
    let (detached, file) = objects.detach(&entry)?;
    Ok((Event::Detached(detached).entry().map_err(fault)?, Some(file)))
}

/// What retention needs to know from the log.
#[derive(Default)]
struct Story {
    /// Runs, oldest first.
    runs: Vec<PastRun>,
    /// Captures with their newest outcome, by file.
    files: BTreeMap<String, HashMap<(u64, String), Capture>>,
    /// Paths of files that store events.
    detached: BTreeSet<String>,
    /// The tables of repeated blocks of all sources.
    frozen: FrozenTables,
}

#[derive(Default)]
struct PastRun {
    run: String,
    at: String,
    /// Index of its last event.
    end: u64,
    /// Paths of the tables that it stored.
    tables: BTreeSet<String>,
}

/// A capture and its latest outcome.
struct Capture {
    id: String,
    /// The record id of its own address.
    address: String,
    date: String,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It gave the current record, or a later page of it.
    Current,
    /// It gave a document, but a newer capture replaced it, or its page is gone.
    Older,
    /// It says whether the page exists: 404, 410, or unchanged.
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
    fn read(log: &Log, out: &Path) -> Result<Self, Error> {
        let mut story = Self::default();
        let mut reads: HashMap<u64, CaptureRead> = HashMap::new();
        log.each_with_file(out, |index, event, file| {
            story.detached.extend(file.map(object_file));
            let name = event.name();
            match event {
                Event::RunStarted(started) => {
                    story.runs.push(PastRun { run: started.run, at: started.at, ..PastRun::default() });
                }
                Event::RepeatsFrozen(table) => {
                    story.table(&table.object);
                    story.frozen.add(index, table);
                }
                Event::RelationsFrozen(table) => story.table(&table.digest),
                Event::CaptureRead(read) => drop(reads.insert(index, read)),
                Event::RunCompleted(_) => {
                    story.runs.last_mut().into_iter().for_each(|run| run.end = index);
                }
                Event::Pruned(pruned) => {
                    pruned.inputs.keys().for_each(|file| drop(story.files.remove(file)));
                }
                event => {
                    if let Some((ended, read)) = event.ended().and_then(|e| Some((e, reads.get(&e.capture)?.clone()))) {
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

    /// Selects the files of old runs. Each run's report stays, and what proofs and explanations of current records
    /// need.
    fn runs(&self, what: &Pruning<'_>, freed: &mut Freed) -> Result<(), Error> {
        let needed = current_runs(what.out)?;
        let (mut gone, mut kept_tables) = (Vec::new(), BTreeSet::<String>::new());
        for (place, told) in self.runs.iter().rev().enumerate() {
            let drops = what.runs.drops(place, &told.at, what.now);
            if !drops || needed.contains(&told.run) {
                // Its sources' tables may be those of earlier runs, and stored as changes to still earlier ones.
                kept_tables.extend(told.tables.iter().cloned());
                kept_tables.extend(self.frozen.chains(told.end).flat_map(|chain| chain.objects().collect::<Vec<_>>()));
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
            let tables = told.tables.difference(&self.detached).filter(|t| !kept_tables.contains(*t));
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

    /// Selects capture files in which no capture is needed.
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
    /// Date of the current capture, by record id and by address.
    current: HashMap<String, String>,
    /// Ids and addresses that ever gave a document.
    documents: BTreeSet<String>,
    /// Date of the newest capture of an address.
    newest: HashMap<String, String>,
    /// Date of the oldest capture of a document that is kept besides the current one.
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
            // A visit is needed as long as it may count whether the page was there.
            Fate::Visit if self.documents.contains(&capture.address) => before(&self.current, &capture.address),
            Fate::Visit | Fate::Other => before(&self.newest, &capture.address),
        }
    }
}

/// Whether the log knows everything in a file: a run of a few sources reads only their captures.
fn is_known(raw: &Path, file: &str, known: &HashMap<(u64, String), Capture>) -> Result<bool, Error> {
    let digests = Mutex::new(BTreeMap::new());
    let path = raw.join(file);
    let bytes = std::fs::metadata(&path).map_err(|e| Error::io(&path, "read", &e))?.len();
    // No body is needed, so every body is too large.
    let mut captures = Captures::new(raw, vec![Input { file: file.to_owned(), bytes }], 0, &digests);
    Ok(captures.all(|taken| {
        let place = &taken.capture().place;
        known.contains_key(&(place.offset, place.record_id.clone()))
    }))
}

/// Digests of files, and their total size in bytes.
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
