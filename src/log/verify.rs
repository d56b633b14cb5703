//! Whether what stands on disk is what the log says: captures, records, files, counts.
//!
//! The events themselves are taken as given here; that nobody changed them is the Merkle log's business.

use super::Event;
use super::event::{CaptureRead, Ended, RunCompleted};
use crate::emit::Record;
use crate::error::Error;
use crate::run::{file_digest, is_warc, record_digest};
use crate::warc::{self, Entry};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Something isn't what the log says.
    Mismatch {
        /// File, from the folder it was looked for in.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// Something that the log names isn't there.
    Missing {
        /// File, from the folder it was looked for in.
        file: String,
    },
}

/// What was checked, and what was found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Runs, events, captures, records and files that were checked.
    pub checked: BTreeMap<&'static str, u64>,
    /// What is wrong, sorted; empty when all is sound.
    pub findings: Vec<Finding>,
}

impl Verdict {
    fn count(&mut self, what: &'static str) {
        *self.checked.entry(what).or_default() += 1;
    }

    fn mismatch(&mut self, file: &str, problem: impl Into<String>) {
        self.findings.push(Finding::Mismatch { file: file.to_owned(), problem: problem.into() });
    }
}

/// What the log says should stand on disk.
#[derive(Debug, Default)]
struct Expected {
    /// Digest of each file under the results folder, by the newest run that wrote it.
    files: BTreeMap<String, String>,
    /// Digest of each capture file.
    inputs: BTreeMap<String, String>,
    /// Captures by file: record id (or offset) and digest.
    captures: BTreeMap<String, BTreeMap<(u64, String), String>>,
    /// Digest of each record.
    records: BTreeMap<String, String>,
}

/// Checks the results under `out` and the captures under `raw` against the events of all runs.
///
/// # Errors
/// When there is no log, or the folders can't be read.
pub fn verify(raw: &Path, out: &Path) -> Result<Verdict, Error> {
    let mut verdict = Verdict::default();
    let runs = runs(out)?;
    if runs.is_empty() {
        let message = format!("{}: no run has been here; `sanad run` makes the first", out.display());
        return Err(Error::Usage { message });
    }
    let mut expected = Expected::default();
    for (_, name) in &runs {
        read_run(out, name, &mut expected, &mut verdict)?;
    }
    check_files(out, &expected, &runs, &mut verdict)?;
    check_records(out, &expected, &mut verdict)?;
    check_captures(raw, &expected, &mut verdict)?;
    verdict.findings.sort();
    verdict.findings.dedup();
    Ok(verdict)
}

/// The runs in the order of the log.
fn runs(out: &Path) -> Result<Vec<(u64, String)>, Error> {
    let folder = out.join("runs");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let fault = |e: std::io::Error| Error::io(&folder, "read", &e);
    let mut runs = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let events = entry.path().join("events.jsonl");
        let first = File::open(&events).ok().and_then(|f| BufReader::new(f).lines().next()?.ok());
        let index = match first.as_deref().map(serde_json::from_str) {
            Some(Ok(Event::RunStarted(started))) => started.index,
            // A folder without a readable beginning is looked at last, and found out there.
            _ => u64::MAX,
        };
        runs.push((index, entry.file_name().to_string_lossy().into_owned()));
    }
    runs.sort();
    Ok(runs)
}

fn read_run(out: &Path, run: &str, expected: &mut Expected, verdict: &mut Verdict) -> Result<(), Error> {
    let name = format!("runs/{run}/events.jsonl");
    let path = out.join(&name);
    if !path.is_file() {
        verdict.findings.push(Finding::Missing { file: name });
        return Ok(());
    }
    verdict.count("runs");
    let mut open: BTreeMap<u64, CaptureRead> = BTreeMap::new();
    let mut index = 0;
    let mut ended = 0;
    let mut completed = None;
    for line in BufReader::new(File::open(&path).map_err(|e| Error::io(&path, "read", &e))?).lines() {
        let line = line.map_err(|e| Error::io(&path, "read", &e))?;
        let event: Event = match serde_json::from_str(&line) {
            Ok(event) => event,
            Err(error) => {
                verdict.mismatch(&name, format!("not an event: {error}"));
                return Ok(());
            }
        };
        verdict.count("events");
        match event {
            Event::RunStarted(started) => index = started.index,
            Event::CaptureRead(read) => {
                open.insert(index, read);
            }
            Event::Emitted(e) | Event::Unchanged(e) | Event::Duplicate(e) => {
                ended += 1;
                expected.records.insert(e.id.clone(), e.record_digest.clone());
                close(&mut open, &e, (expected, verdict), &name);
            }
            Event::Held(e) | Event::Quarantined(e) | Event::Skipped(e) => {
                ended += 1;
                close(&mut open, &e, (expected, verdict), &name);
            }
            Event::RunCompleted(run) => completed = Some(run),
            Event::CaptureFetched(_)
            | Event::CaptureUnchanged(_)
            | Event::CaptureFailed(_)
            | Event::RepeatsFrozen(_) => {}
        }
        index += 1;
    }
    for read in open.values() {
        verdict.mismatch(&name, format!("{} at byte {}: a capture without an outcome", read.file, read.offset));
    }
    complete(completed, ended, (expected, verdict), &name);
    Ok(())
}

fn close(
    open: &mut BTreeMap<u64, CaptureRead>,
    ended: &Ended,
    (expected, verdict): (&mut Expected, &mut Verdict),
    name: &str,
) {
    let Some(read) = open.remove(&ended.capture) else {
        return verdict.mismatch(name, format!("capture {} has no reading, or two outcomes", ended.capture));
    };
    if read.digest != ended.digest {
        verdict.mismatch(name, format!("capture {}: read and outcome name different digests", ended.capture));
    }
    if !read.digest.is_empty() {
        let key = (read.offset, read.record_id);
        expected.captures.entry(read.file).or_default().insert(key, read.digest);
    }
}

fn complete(
    completed: Option<RunCompleted>,
    ended: u64,
    (expected, verdict): (&mut Expected, &mut Verdict),
    name: &str,
) {
    let Some(run) = completed else { return verdict.mismatch(name, "the run has no end") };
    let sum: u64 = run.outcomes.values().sum();
    if run.captures != sum || run.captures != ended {
        let message = format!("counts don't balance: {} captures, outcomes add to {sum}, {ended} events", run.captures);
        verdict.mismatch(name, message);
    }
    for file in &run.deleted {
        expected.files.remove(file);
    }
    expected.files.extend(run.written);
    expected.inputs.extend(run.inputs);
}

/// Every file the log names stands there unchanged, and no other does.
fn check_files(out: &Path, expected: &Expected, runs: &[(u64, String)], verdict: &mut Verdict) -> Result<(), Error> {
    for (name, digest) in &expected.files {
        let path = out.join(name);
        if !path.is_file() {
            verdict.findings.push(Finding::Missing { file: name.clone() });
            continue;
        }
        verdict.count("files");
        if file_digest(&path).map_err(|e| Error::io(&path, "read", &e))? != *digest {
            verdict.mismatch(name, "its digest is not the one in the log");
        }
    }
    let logs: BTreeSet<String> = runs.iter().map(|(_, run)| format!("runs/{run}/events.jsonl")).collect();
    for folder in ["records", "runs", "objects"] {
        for name in files_under(out, &out.join(folder))? {
            if !expected.files.contains_key(&name) && !logs.contains(&name) {
                verdict.mismatch(&name, "the log doesn't know this file");
            }
        }
    }
    Ok(())
}

fn files_under(root: &Path, folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        let fault = |e: std::io::Error| Error::io(&folder, "read", &e);
        for entry in std::fs::read_dir(&folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/"));
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Each current record is the one its event names.
fn check_records(out: &Path, expected: &Expected, verdict: &mut Verdict) -> Result<(), Error> {
    for name in expected.files.keys().filter(|n| n.starts_with("records/")) {
        let path = out.join(name);
        let Ok(file) = File::open(&path) else { continue };
        for (number, line) in (1..).zip(BufReader::new(file).lines()) {
            let line = line.map_err(|e| Error::io(&path, "read", &e))?;
            let record: Record = match serde_json::from_str(&line) {
                Ok(record) => record,
                Err(error) => {
                    verdict.mismatch(name, format!("line {number} is not a record: {error}"));
                    continue;
                }
            };
            verdict.count("records");
            match expected.records.get(&record.id) {
                None => verdict.mismatch(name, format!("line {number}: the log knows no record {}", record.id)),
                Some(digest) if *digest != record_digest(&record)? => {
                    verdict.mismatch(name, format!("line {number}: {} is not what its event says", record.id));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Each capture has the digest its event names.
fn check_captures(raw: &Path, expected: &Expected, verdict: &mut Verdict) -> Result<(), Error> {
    for (file, digest) in &expected.inputs {
        let path = raw.join(file);
        if !path.is_file() {
            verdict.findings.push(Finding::Missing { file: file.clone() });
            continue;
        }
        verdict.count("capture files");
        let whole = file_digest(&path).map_err(|e| Error::io(&path, "read", &e))?;
        if whole != *digest {
            verdict.mismatch(file, "its digest is not the one in the log");
        }
        let named = expected.captures.get(file).cloned().unwrap_or_default();
        if is_warc(file) {
            check_warc(&path, file, named, verdict)?;
        } else {
            for found in named.values() {
                verdict.count("captures");
                if *found != whole {
                    verdict.mismatch(file, "the capture has another digest than its event says");
                }
            }
        }
    }
    Ok(())
}

fn check_warc(
    path: &Path,
    file: &str,
    mut named: BTreeMap<(u64, String), String>,
    verdict: &mut Verdict,
) -> Result<(), Error> {
    let mut reader = warc::Reader::open(path, file, u64::MAX)?;
    while let Some(entry) = reader.next_entry() {
        let (Entry::Capture(capture) | Entry::Faulty(capture, _)) = entry else { continue };
        let Some(digest) = named.remove(&(capture.place.offset, capture.place.record_id.clone())) else { continue };
        verdict.count("captures");
        if digest != capture.digest {
            let message = format!("byte {}: the capture has another digest than its event says", capture.place.offset);
            verdict.mismatch(file, message);
        }
    }
    for (offset, _) in named.into_keys() {
        verdict.mismatch(file, format!("byte {offset}: the capture that the log names isn't there"));
    }
    Ok(())
}
