//! Capture files of which nothing, or only a part, is needed any more: the first go, the others are compacted.

use super::current_records::CurrentRecords;
use super::limit::age;
use super::needs::{Measure, Visit, needed};
use super::pruning::{Freed, Held, Pruning};
use super::story::Story;
use crate::captures::{HALF_MADE, absolute, files, sidecars};
use crate::error::Error;
use crate::log::event::{Compacted, Input, Pruned};
use crate::log::places::{FilePlaces, MovedCapture, Places};
use crate::run::commit::staging::Staging;
use crate::run::scan::capture_entry::CaptureEntry;
use crate::run::scan::captures::Captures;
use sanad_document::digest::{self, file_digest};
use sanad_warc::{Compaction, Refusal};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A file is only written again if at least so many bytes of it would go, or the part below.
const LEAST_BYTES: u64 = 64 << 10;
/// A tenth: a smaller part isn't worth writing the rest again.
const LEAST_PART: u64 = 10;

/// A capture file with its captures.
struct CaptureFile {
    name: String,
    bytes: u64,
    /// Numbers of its captures.
    captures: Range<usize>,
    /// Whether the log knows everything in it: a run of a few sources reads only their captures. Revisits that found
    /// nothing new are counted there, not named.
    is_known: bool,
    /// Date of its newest capture.
    newest: String,
}

/// All captures, in the order of reading.
#[derive(Default)]
struct AllCaptures {
    files: Vec<CaptureFile>,
    /// Offset in bytes where it was first read, and record id.
    spots: Vec<(u64, String)>,
    visits: Vec<Visit>,
}

/// Files that can be compacted, each with its event as far as that is known before.
pub(super) struct CompactionPlan {
    file: PathBuf,
    compaction: Compaction,
    event: Compacted,
    places: FilePlaces,
}

/// Selects capture files in which no capture is needed, and plans the compaction of others.
///
/// # Errors
/// When files can't be read.
pub(super) fn select(
    (story, current): (&Story, &CurrentRecords),
    what: &Pruning<'_>,
    freed: &mut Freed,
) -> Result<Vec<CompactionPlan>, Error> {
    let mut plans = Vec::new();
    if !what.captures.is_set() {
        return Ok(plans);
    }
    let places = Places::read(what.out)?;
    let all = AllCaptures::read((story, current), what, &places)?;
    let measure = Measure { captures: what.captures.keep.unwrap_or(1), misses: what.gone_after as usize };
    let needed = needed(&all.visits, measure);
    for file in &all.files {
        let needed = needed.get(file.captures.clone()).unwrap_or_default();
        let free = needed.iter().filter(|needed| !**needed).count() as u64;
        let is_old = what.captures.days.is_none_or(|days| age(&file.newest, what.now).is_some_and(|age| age > days));
        if free == 0 || !is_old {
            continue;
        }
        let mut hold = |reason: &str| {
            let (file, captures, reason) = (file.name.clone(), needed.len() as u64, reason.to_owned());
            freed.held.push(Held { file, unneeded: free, captures, reason });
        };
        if !file.is_known {
            hold("no run has read all of its captures");
        } else if !story.is_input(&file.name, &digest_of(&what.raw.join(&file.name))?) {
            hold("the log doesn't know it as it is");
        } else if free == needed.len() as u64 {
            freed.pruned.push(whole(what, &file.name, free)?);
        } else {
            let spots = all.spots.get(file.captures.clone()).unwrap_or_default().iter().zip(needed);
            let spots: HashSet<(u64, &str)> =
                spots.filter(|(_, needed)| **needed).map(|((offset, id), _)| (*offset, id.as_str())).collect();
            match plan(what, file, places.file(&file.name), &spots)? {
                Ok(Some(plan)) => plans.push(plan),
                Ok(None) => {}
                Err(refusal) => hold(refusal.as_str()),
            }
        }
    }
    freed.compacted = plans.iter().map(|plan| plan.event.clone()).collect();
    Ok(plans)
}

fn reason(what: &Pruning<'_>) -> String {
    format!("superseded, {}", what.captures.reason())
}

/// A whole file that goes, with its sidecars.
fn whole(what: &Pruning<'_>, file: &str, captures: u64) -> Result<Pruned, Error> {
    let path = what.raw.join(file);
    let relative = |p: &PathBuf| p.strip_prefix(what.raw).unwrap_or(p).to_string_lossy().replace('\\', "/");
    let beside = sidecars(&path).into_iter().filter(|p| p.is_file()).map(|p| relative(&p));
    let names = [file.to_owned()].into_iter().chain(beside).collect();
    let (inputs, bytes) = digests(what.raw, names)?;
    Ok(Pruned { at: what.now.to_owned(), reason: reason(what), bytes, inputs, captures, ..Pruned::default() })
}

/// Plans the compaction of a file to the captures at these places. Returns none if it isn't worth it.
fn plan(
    what: &Pruning<'_>,
    file: &CaptureFile,
    places: Option<&FilePlaces>,
    needed: &HashSet<(u64, &str)>,
) -> Result<Result<Option<CompactionPlan>, Refusal>, Error> {
    let path = what.raw.join(&file.name);
    let places = places.cloned().unwrap_or_default();
    let compaction = match Compaction::plan(&path, |offset, id| needed.contains(&(places.first(offset, id), id)))? {
        Ok(compaction) => compaction,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let bytes = compaction.removed_bytes();
    if bytes < LEAST_BYTES && bytes.saturating_mul(LEAST_PART) < file.bytes {
        return Ok(Ok(None));
    }
    let event = Compacted {
        at: what.now.to_owned(),
        reason: reason(what),
        file: file.name.clone(),
        before: digest_of(&path)?,
        kept: file.captures.len() as u64 - compaction.removed(),
        removed: compaction.removed(),
        bytes,
        ..Compacted::default()
    };
    Ok(Ok(Some(CompactionPlan { file: path, compaction, event, places })))
}

impl AllCaptures {
    fn read((story, current): (&Story, &CurrentRecords), what: &Pruning<'_>, places: &Places) -> Result<Self, Error> {
        let mut all = Self::default();
        for input in files(what.raw, false)? {
            let (start, digests) = (all.visits.len(), Mutex::new(BTreeMap::new()));
            let Input { file: name, bytes } = input.clone();
            let mut file = CaptureFile { name, bytes, captures: start..start, is_known: true, newest: String::new() };
            // Every body is read, since revisits may name nothing but its digest.
            let captures = Captures::new(what.raw, vec![input], u64::MAX, &digests).at_first_places(places);
            for entry in captures {
                let capture = entry.capture();
                let (logged, is_named) = (story.capture(&capture.place), current.captures.contains(&capture.place));
                file.is_known &= logged.is_some() || matches!(entry, CaptureEntry::Revisit(_));
                if file.newest < capture.fetched_at {
                    file.newest.clone_from(&capture.fetched_at);
                }
                all.spots.push((capture.place.offset, capture.place.record_id.clone()));
                let mut visit = Visit::of(&entry, all.visits.len() as u64, logged, what.now);
                visit.is_named = is_named;
                all.visits.push(visit);
            }
            file.captures.end = all.visits.len();
            all.files.push(file);
        }
        Ok(all)
    }
}

impl CompactionPlan {
    /// Writes the compacted file beside the old one, and plans that it takes its place. Returns the event, or why the file
    /// stays as it is.
    ///
    /// # Errors
    /// When files can't be read or written.
    pub(super) fn stage(mut self, staging: &mut Staging) -> Result<Result<Compacted, Held>, Error> {
        let path = &self.file;
        let fault = |e: std::io::Error| Error::io(path, "compact", &e);
        let folder = path.parent().unwrap_or(path);
        let new = tempfile::Builder::new().prefix(HALF_MADE).tempfile_in(folder).map_err(fault)?;
        let moved = match self.compaction.write(new.path())? {
            Ok(moved) => moved,
            Err(refusal) => {
                let Compacted { file, removed, kept, .. } = self.event;
                let reason = refusal.as_str().to_owned();
                return Ok(Err(Held { file, unneeded: removed, captures: removed + kept, reason }));
            }
        };
        let mut moved: Vec<MovedCapture> = moved
            .into_iter()
            .map(|m| MovedCapture { from: self.places.first(m.from, &m.record_id), record_id: m.record_id, to: m.to })
            .collect();
        moved.sort();
        let mut lines = Vec::new();
        for line in &moved {
            let line = digest::canonical(line).map_err(|e| fault(e.into()))?;
            writeln!(lines, "{line}").map_err(fault)?;
        }
        let (object, file) = staging.place().store(&lines)?;
        staging.take(file)?;
        self.event.moved = object;
        self.event.after = digest_of(new.path())?;
        new.as_file().set_permissions(fs::metadata(path).map_err(fault)?.permissions()).map_err(fault)?;
        let (_, new) = new.keep().map_err(|e| fault(e.error))?;
        staging.move_elsewhere(&absolute(&new)?, &absolute(path)?);
        Ok(Ok(self.event))
    }
}

fn digest_of(path: &Path) -> Result<String, Error> {
    file_digest(path).map_err(|e| Error::io(path, "read", &e))
}

/// Digests of files, and their total size in bytes.
pub(super) fn digests(folder: &Path, names: Vec<String>) -> Result<(BTreeMap<String, String>, u64), Error> {
    let (mut digests, mut bytes) = (BTreeMap::new(), 0);
    for name in names {
        let path = folder.join(&name);
        let fault = |e: std::io::Error| Error::io(&path, "read", &e);
        bytes += fs::metadata(&path).map_err(fault)?.len();
        digests.insert(name, file_digest(&path).map_err(fault)?);
    }
    Ok((digests, bytes))
}
