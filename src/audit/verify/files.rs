//! Compares files, records and captures with what the log says about them.

use super::events::{Body, Stated};
use super::verdict::{Question, Verdict, short};
use crate::captures::files;
use crate::emit::Record;
use crate::emit::record::record_digest;
use crate::error::Error;
use crate::layout::object_file;
use crate::log::LOG;
use crate::relations::Relations;
use sanad_document::digest::{file_digest, parsed};
use sanad_warc::{Entry, format_of};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

pub(super) fn check(question: &Question<'_>, stated: &Stated, verdict: &mut Verdict) -> Result<(), Error> {
    check_files(question.out, stated, verdict)?;
    check_tables(question.out, stated, verdict);
    check_records(question.out, stated, verdict)?;
    check_captures(question.raw, stated, verdict)
}

/// Checks that every file the log names is there unchanged, and no other.
fn check_files(out: &Path, stated: &Stated, verdict: &mut Verdict) -> Result<(), Error> {
    for (name, digest) in &stated.files {
        let path = out.join(name);
        if !path.is_file() {
            verdict.missing(name);
            continue;
        }
        verdict.count("files");
        if !digest.is_empty() && file_digest(&path).map_err(|e| Error::io(&path, "read", &e))? != *digest {
            verdict.mismatch(name, "its digest is not the one in the log");
        }
    }
    let entries = std::fs::read_dir(out).map_err(|e| Error::io(out, "read", &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Error::io(out, "read", &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let names = match name.as_str() {
            ".state" | LOG | "README.md" | ".gitignore" => continue,
            _ if entry.path().is_dir() => sanad_tlog::files_under(out, &name)?,
            _ => vec![name],
        };
        for name in names.iter().filter(|name| !stated.files.contains_key(*name)) {
            verdict.mismatch(name, "the log doesn't know this file");
        }
    }
    Ok(())
}

/// Checks that the newest table of repeated blocks of each source is the one that its event names. An object that isn't
/// there, or isn't the one that the log names, has been reported as a file.
fn check_tables(out: &Path, stated: &Stated, verdict: &mut Verdict) {
    for chain in stated.frozen.chains(u64::MAX) {
        if let Err(Error::Log { path, problem }) = chain.text(out) {
            let name = Path::new(&path).strip_prefix(out).unwrap_or(Path::new(&path)).display().to_string();
            if !verdict.findings.iter().any(|finding| finding.file() == name) {
                verdict.mismatch(&name, problem);
            }
        }
    }
}

/// Checks that each current record is the one that its event names.
fn check_records(out: &Path, stated: &Stated, verdict: &mut Verdict) -> Result<(), Error> {
    let relations = relations(out, stated)?;
    for name in stated.files.keys().filter(|n| n.starts_with("records/")) {
        let path = out.join(name);
        let Ok(file) = File::open(&path) else { continue };
        for (number, line) in (1..).zip(BufReader::new(file).split(b'\n')) {
            let line = line.map_err(|e| Error::io(&path, "read", &e))?;
            let record: Record = match serde_json::from_slice(&line) {
                Ok(record) => record,
                Err(error) => {
                    verdict.mismatch(name, format!("line {number} is not a record: {error}"));
                    continue;
                }
            };
            verdict.count("records");
            match stated.records.get(&short(&record.id)) {
                None => verdict.mismatch(name, format!("line {number}: the log knows no record {}", record.id)),
                Some(digest) if *digest != parsed(&record_digest(&record)?) => {
                    verdict.mismatch(name, format!("line {number}: {} is not what its event says", record.id));
                }
                Some(_) => {}
            }
            if relations.as_ref().is_some_and(|relations| !relations.are_those_of(&record)) {
                let problem = "points to other records than the log's table of relations says";
                verdict.mismatch(name, format!("line {number}: {} {problem}", record.id));
            }
        }
    }
    Ok(())
}

/// Reads the newest table of relations. None if the log has none, or if its file is missing or changed, which is
/// reported for the file itself.
fn relations(out: &Path, stated: &Stated) -> Result<Option<Relations>, Error> {
    let Some(digest) = &stated.relations else { return Ok(None) };
    let path = out.join(object_file(digest));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Relations::of_lines(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(&path, "read", &error)),
    }
}

/// Checks that each capture has the digest that its event names.
fn check_captures(raw: &Path, stated: &Stated, verdict: &mut Verdict) -> Result<(), Error> {
    for (file, digest) in &stated.inputs {
        let path = raw.join(file);
        if !path.is_file() {
            verdict.missing(file);
            continue;
        }
        verdict.count("capture files");
        let named = stated.captures.get(file);
        let format = format_of(&path).map_err(|e| Error::io(&path, "read", &e))?;
        let whole = if format.is_archive() {
            check_warc(&path, file, stated, verdict)?
        } else {
            let whole = file_digest(&path).map_err(|e| Error::io(&path, "read", &e))?;
            verdict.add("captures", named.map_or(0, HashMap::len) as u64);
            let other = |body: &Body| matches!(body, Body::Digest(d) if parsed(&whole) != Some(*d));
            if named.is_some_and(|n| n.values().any(other)) {
                verdict.mismatch(file, "the capture has another digest than its event says");
            }
            whole
        };
        if whole != *digest {
            verdict.mismatch(file, "its digest is not the one in the log");
        }
    }
    let unread = if raw.is_dir() { files(raw, false)? } else { Vec::new() };
    for input in unread.iter().filter(|i| !stated.inputs.contains_key(&i.file)) {
        verdict.notes.push(format!("{}: no run has read it", input.file));
    }
    Ok(())
}

/// Checks the captures in a WARC file, and that it has as many visits as the log counts. Returns the digest of the whole file.
fn check_warc(path: &Path, file: &str, stated: &Stated, verdict: &mut Verdict) -> Result<String, Error> {
    let (named, moved) = (stated.captures.get(file), stated.moved.get(file));
    let mut left: BTreeMap<_, Body> = named.into_iter().flatten().map(|(spot, body)| (*spot, *body)).collect();
    // Before the program could read an archive of this kind, its file was one capture.
    let whole_file = left.remove(&(0, short("")));
    let mut reader = match sanad_warc::Reader::open(path, file, u64::MAX) {
        // A package that can't be opened holds no captures.
        Err(sanad_warc::Error::Record { .. }) if left.is_empty() => {
            return file_digest(path).map_err(|e| Error::io(path, "read", &e));
        }
        other => other?,
    };
    let mut revisits = 0;
    while let Some(entry) = reader.next_entry() {
        revisits += u64::from(matches!(entry, Entry::Revisit(_)));
        let (Entry::Capture(capture) | Entry::Faulty(capture, _)) = entry else { continue };
        let (at, id) = (capture.place.offset, &capture.place.record_id);
        let spot = (moved.map_or(at, |moved| moved.first(at, id)), short(id));
        match left.remove(&spot) {
            None => {}
            Some(Body::Erased) => verdict.mismatch(file, format!("byte {at}: a capture that was erased is there")),
            Some(Body::Digest(digest)) => {
                verdict.count("captures");
                if parsed(&capture.digest) != Some(digest) {
                    verdict.mismatch(file, format!("byte {at}: the capture has another digest than its event says"));
                }
            }
        }
    }
    for ((offset, _), body) in left {
        if body != Body::Erased {
            verdict.mismatch(file, format!("byte {offset}: the capture that the log names isn't there"));
        }
    }
    // Visits may have been compacted away.
    let visits = stated.visits.get(file).filter(|_| moved.is_none()).copied().unwrap_or_default();
    if revisits < visits {
        verdict.mismatch(
            file,
            format!("the log counts {visits} visits that found a page unchanged, and {revisits} are there"),
        );
    }
    let (_, whole) = reader.finish()?;
    if let Some(Body::Digest(digest)) = whole_file {
        verdict.count("captures");
        if parsed(&whole) != Some(digest) {
            verdict.mismatch(file, "the capture has another digest than its event says");
        }
    }
    Ok(whole)
}
