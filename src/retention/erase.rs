//! Takes a document down: removes the bodies of its captures, its records and its ledger lines. Their hashes stay in
//! the log, and an event records the takedown.

use super::mentions::{Mention, Names};
use crate::captures::{HALF_MADE, absolute, remove_half_made, sidecars};
use crate::emit::store::{find_record, record_files};
use crate::error::Error;
use crate::log::event::{Erased, ErasedCapture, Event, Rewritten};
use crate::log::places::Places;
use crate::log::reader::Log;
use crate::run::commit::event_log::open_log;
use crate::run::commit::lock;
use crate::run::commit::staging::Staging;
use crate::run::judge::previous_outcomes::OutcomeCache;
use sanad_document::digest::file_digest;
use sanad_document::{Place, digest, url_key};
use sanad_tlog::files_under;
use sanad_tlog::key::Keys;
use sanad_warc::format_of;

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

/// What to take down, and why.
#[derive(Debug, Clone)]
pub struct Erasure<'a> {
    /// Folder of the captures.
    pub raw: &'a Path,
    /// Folder of the results.
    pub out: &'a Path,
    /// Where the signing key is.
    pub keys: &'a Keys,
    /// Record id.
    pub id: &'a str,
    /// Why.
    pub reason: &'a str,
    /// When (RFC 3339).
    pub now: &'a str,
}

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The event.
    pub event: Erased,
    /// Ids of other documents with a capture of the same body.
    pub twins: Vec<String>,
    /// What else still names the document.
    pub mentions: Vec<Mention>,
}

/// Takes a document down. If the command is stopped on the way, either nothing has happened or the next command that
/// writes finishes it.
///
/// # Errors
/// When the log knows no such document, or files can't be read or written.
pub fn erase(what: &Erasure<'_>) -> Result<Gone, Error> {
    let state = what.out.join(".state");
    fs::create_dir_all(&state).map_err(|e| Error::io(&state, "create", &e))?;
    let lock = lock::Lock::take(&state)?;
    Log::open(what.out)?;
    // What a stopped command left may add to the log.
    let (mut staging, mut tree) = open_log(what.out, what.keys)?;
    let log = Log::open(what.out)?;
    let Captures { places, twins, also, urls } = captures(&log, what)?;
    let record = find_record(what.out, what.id).ok().map(|(_, record)| record);
    let mut names = Names::of(what.id, urls, record.as_ref());
    let mut event = Erased {
        also: also.into_iter().collect(),
        at: what.now.to_owned(),
        id: what.id.to_owned(),
        reason: what.reason.to_owned(),
        captures: places.into_iter().collect(),
        ..Erased::default()
    };
    rewrite_lines(what, &mut names, &mut staging, &mut event)?;
    rewrite_captures(what, &mut staging, &mut event)?;
    // The caches contain the document's text and id. Both are rebuilt from the remaining captures.
    staging.delete(".state/documents.pack");
    for name in files_under(what.out, OutcomeCache::FOLDER)? {
        staging.delete(&name);
    }
    enter(&event, &mut staging, &tree)?;
    staging.commit(&mut tree)?;
    lock.release();
    Ok(Gone { event, twins: twins.into_iter().collect(), mentions: names.mentions() })
}

/// What the log says of a document's captures.
#[derive(Default)]
struct Captures {
    /// Those that are still there.
    places: BTreeSet<ErasedCapture>,
    /// Ids of other documents with the same bodies.
    twins: BTreeSet<String>,
    /// Record ids of the addresses that it was captured from, where they aren't its own.
    also: BTreeSet<String>,
    /// These addresses.
    urls: BTreeSet<String>,
}

/// Finds all captures that were judged under the id, and other documents with the same bodies.
fn captures(log: &Log, what: &Erasure<'_>) -> Result<Captures, Error> {
    let (mut own, mut bodies, mut is_known, mut gone) = (BTreeSet::new(), BTreeSet::new(), false, BTreeSet::new());
    log.each(what.out, 0, |_, event| {
        if let Event::Erased(erased) = &event {
            gone.extend(erased.captures.iter().cloned());
        }
        if let Some(ended) = event.ended().filter(|e| e.id == what.id) {
            is_known = true;
            own.insert(ended.capture);
            bodies.insert(ended.digest.clone());
        }
        true
    })?;
    if !is_known {
        return Err(Error::NotFound { id: what.id.to_owned(), path: what.out.display().to_string() });
    }
    // Without a body there is nothing to share: a server that answers 304 sends none.
    for nothing in [String::new(), digest::sha256(b"")] {
        bodies.remove(&nothing);
    }
    let moved = Places::read(what.out)?;
    let Captures { mut places, mut twins, mut also, mut urls } = Captures::default();
    log.each(what.out, 0, |index, event| {
        if let Some(ended) = event.ended().filter(|e| e.id != what.id && bodies.contains(&e.digest)) {
            twins.insert(ended.id.clone());
        }
        if let Event::CaptureRead(read) = event
            && own.contains(&index)
            && what.raw.join(&read.file).is_file()
        {
            also.insert(url_key::record_id(&url_key::canonical_url(&read.url)));
            urls.insert(read.url);
            let (file, offset, record_id, digest) = (read.file, read.offset, read.record_id, read.digest);
            let capture = ErasedCapture { file, offset, record_id, digest };
            // One that was compacted away is gone already.
            if !gone.contains(&capture) && moved.current(&place(&capture)).is_some() {
                places.insert(capture);
            }
        }
        true
    })?;
    if places.is_empty() && find_record(what.out, what.id).is_err() {
        return Err(Error::Refused { message: format!("{}: already erased", what.id) });
    }
    twins.remove("");
    also.remove(what.id);
    Ok(Captures { places, twins, also, urls })
}

#[derive(Deserialize)]
struct Line {
    id: String,
}

/// Removes the document's lines from records, changes and ledgers.
fn rewrite_lines(
    what: &Erasure<'_>,
    names: &mut Names,
    staging: &mut Staging,
    event: &mut Erased,
) -> Result<(), Error> {
    let mut files = record_files(what.out)?;
    let of_runs = files_under(what.out, "runs")?;
    files.extend(of_runs.into_iter().filter(|n| n.ends_with("/records.jsonl") || n.ends_with("/removed.jsonl")));
    for name in files {
        let path = what.out.join(&name);
        let fault = |e: std::io::Error| Error::io(&path, "read", &e);
        let mut staged = staging.create(&name)?;
        let (mut left, mut gone) = (0, 0);
        for line in BufReader::new(File::open(&path).map_err(fault)?).lines() {
            let line = line.map_err(fault)?;
            if serde_json::from_str::<Line>(&line).is_ok_and(|l| l.id == what.id) {
                gone += 1;
            } else {
                names.note(&name, &line);
                staged.line(&line)?;
                left += 1;
            }
        }
        if gone == 0 {
            staged.discard()?;
            continue;
        }
        let before = file_digest(&path).map_err(fault)?;
        let after = if left == 0 && name.starts_with("records/") {
            staged.discard()?;
            staging.delete(&name);
            String::new()
        } else {
            staging.take(staged)?;
            staging.digests().get(&name).cloned().unwrap_or_default()
        };
        event.files.insert(name, Rewritten { before, after });
    }
    Ok(())
}

/// Removes the bodies from the capture files.
fn rewrite_captures(what: &Erasure<'_>, staging: &mut Staging, event: &mut Erased) -> Result<(), Error> {
    remove_half_made(what.raw)?;
    let places = Places::read(what.out)?;
    let mut by_file: BTreeMap<&str, Vec<sanad_warc::Target>> = BTreeMap::new();
    for capture in &event.captures {
        let offset = places.current(&place(capture)).unwrap_or(capture.offset);
        by_file.entry(&capture.file).or_default().push((offset, capture.record_id.clone()));
    }
    let mut inputs = BTreeMap::new();
    for (name, targets) in by_file {
        let path = what.raw.join(name);
        let fault = |e: std::io::Error| Error::io(&path, "read", &e);
        let before = file_digest(&path).map_err(fault)?;
        if !format_of(&path).map_err(fault)?.is_archive() {
            for gone in [path.clone()].into_iter().chain(sidecars(&path)).filter(|p| p.is_file()) {
                let name = gone.strip_prefix(what.raw).unwrap_or(&gone).to_string_lossy().replace('\\', "/");
                let before = file_digest(&gone).map_err(fault)?;
                inputs.insert(name, Rewritten { before, after: String::new() });
                staging.delete_elsewhere(&absolute(&gone)?);
            }
            continue;
        }
        let folder = path.parent().unwrap_or(what.raw);
        let mut file = tempfile::Builder::new().prefix(HALF_MADE).tempfile_in(folder).map_err(fault)?;
        sanad_warc::erase(&path, &targets, &mut file)?;
        file.flush().and_then(|()| file.as_file().sync_all()).map_err(fault)?;
        file.as_file().set_permissions(fs::metadata(&path).map_err(fault)?.permissions()).map_err(fault)?;
        let (_, new) = file.keep().map_err(|e| fault(e.error))?;
        inputs.insert(name.to_owned(), Rewritten { before, after: file_digest(&new).map_err(fault)? });
        staging.move_elsewhere(&absolute(&new)?, &absolute(&path)?);
    }
    event.inputs = inputs;
    Ok(())
}

fn place(capture: &ErasedCapture) -> Place {
    let ErasedCapture { file, offset, record_id, .. } = capture.clone();
    Place { file, offset, record_id }
}

/// Plans to append the event to the log.
fn enter(event: &Erased, staging: &mut Staging, tree: &sanad_tlog::Writer) -> Result<(), Error> {
    let (entry, detached) = staging.place().entry(&Event::Erased(event.clone()))?;
    if let Some(file) = detached {
        staging.take(file)?;
    }
    let name = ".state/erased.jsonl";
    let mut file = staging.create(name)?;
    file.line(&digest::escaped(entry))?;
    file.keep()?;
    staging.append(name, tree.size());
    Ok(())
}
