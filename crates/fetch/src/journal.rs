//! What was captured, a line each, written after the capture is safe on the disk.
//!
//! It answers three questions: what this run has done already, how long each WARC file was when it was last whole, and
//! what the server said of a page at the last visit.

use crate::Error;
use crate::Facts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    /// The run that wrote it.
    pub(super) run: String,
    /// The source's id.
    pub(super) source: String,
    /// The address; empty for a file's first line.
    pub(super) url: String,
    /// WARC file, under the raw folder.
    pub(super) file: String,
    /// Its length in bytes after this capture.
    pub(super) end: u64,
    /// What a later visit needs.
    pub(super) known: Known,
    /// What it led to, for a run that goes on and for a later visit that finds it unchanged.
    #[serde(flatten)]
    pub(super) found: Found,
    /// A listing that was walked to where it named nothing new; such a line is about no capture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) walk: Option<Walk>,
}

/// What a capture led to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    /// Addresses of pages.
    #[serde(rename = "found", skip_serializing_if = "Vec::is_empty")]
    pub(super) pages: Vec<String>,
    /// Addresses of its versions in other languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) versions: Vec<String>,
    /// Where it redirects to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) redirect: Option<String>,
}

/// How a listing was walked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    /// Its address, as the source's file has it.
    pub(super) listing: String,
    /// Runs since it was walked to its end.
    pub(super) since_full: u32,
}

/// Where a line of the journal stands, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Line {
    at: u64,
    length: usize,
}

/// What is known of an address from its last visit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// HTTP status.
    pub(super) status: u16,
    /// `ETag`.
    pub(super) etag: Option<String>,
    /// `Last-Modified`.
    pub(super) modified: Option<String>,
    /// Digest of the body without chunk marks.
    pub(super) digest: String,
    /// `WARC-Payload-Digest` of the record that holds the body.
    pub(super) payload_digest: String,
    /// `WARC-Date` and `WARC-Record-ID` of that record.
    pub(super) held_by: (String, String),
    /// WARC file that holds the body, under the raw folder.
    pub(super) held_in: String,
    /// File and offset in bytes of the newest record.
    pub(super) place: (String, u64),
    /// Visits since the body was fetched whole.
    pub(super) since_full: u32,
    /// What the log says of the last visit.
    pub(super) facts: Facts,
}

impl Known {
    /// Whether the server is asked only for what changed: never when the page is due to be fetched whole.
    pub(super) fn is_conditional(&self, full_every: u32) -> bool {
        self.status == 200 && self.since_full + 1 < full_every && (self.etag.is_some() || self.modified.is_some())
    }

    /// What the next visit will be, for people.
    pub(super) fn plan(&self, full_every: u32) -> String {
        if self.is_conditional(full_every) {
            "visited before: asked whether it changed".to_owned()
        } else {
            format!("visited before (status {}): fetched whole", self.status)
        }
    }
}

/// What the journal in a folder knows of each address, without opening it for writing.
pub(super) fn known(folder: &Path) -> Result<BTreeMap<String, Known>, Error> {
    let path = folder.join("journal.jsonl");
    let bytes = read(&path)?;
    let entries = bytes.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
    Ok(entries.filter(|entry| !entry.url.is_empty()).map(|entry| (entry.url, entry.known)).collect())
}

/// The journal's bytes; none before the first visit.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(Error::io(path, "read", &e)),
    }
}

/// The journal, open for further lines.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    run: String,
    length: u64,
    /// By address: what the last visit gave, and the line that says so.
    pub(super) known: BTreeMap<String, (Known, Line)>,
    /// By source and address: what this run has done.
    pub(super) done: BTreeMap<(String, String), Line>,
    /// By source and listing: runs since it was walked to its end.
    pub(super) walks: BTreeMap<(String, String), u32>,
    /// By file: its length when it was last whole; 0 for one that is about to be made.
    pub(super) ends: BTreeMap<String, u64>,
}

impl Journal {
    /// Opens the journal in `folder`; a last line that isn't whole is cut off.
    pub(super) fn open(folder: &Path, run: &str) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        let path = folder.join("journal.jsonl");
        let fault = |e: std::io::Error| Error::io(&path, "write", &e);
        let file = File::options().create(true).read(true).append(true).open(&path).map_err(fault)?;
        let mut reader = BufReader::new(file.try_clone().map_err(fault)?);
        let mut journal = Self {
            path: path.clone(),
            file,
            run: run.to_owned(),
            length: 0,
            known: BTreeMap::new(),
            done: BTreeMap::new(),
            walks: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).map_err(fault)? > 0 && bytes.ends_with(b"\n") {
            let line = Line { at: journal.length, length: bytes.len() };
            journal.length += bytes.len() as u64;
            if let Ok(entry) = serde_json::from_slice(&bytes) {
                journal.learn(entry, line);
            }
            bytes.clear();
        }
        journal.file.set_len(journal.length).map_err(fault)?;
        Ok(journal)
    }

    fn learn(&mut self, entry: Entry, line: Line) {
        if let Some(walk) = entry.walk {
            self.walks.insert((entry.source, walk.listing), walk.since_full);
            return;
        }
        self.ends.insert(entry.file, entry.end);
        if entry.url.is_empty() {
            return;
        }
        self.known.insert(entry.url.clone(), (entry.known, line));
        if entry.run == self.run {
            self.done.insert((entry.source, entry.url), line);
        }
    }

    /// Adds a line and hands it to the disk.
    pub(super) fn add(&mut self, mut entry: Entry) -> Result<(), Error> {
        entry.run.clone_from(&self.run);
        let mut bytes = serde_json::to_vec(&entry).unwrap_or_default();
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|e| Error::io(&self.path, "write", &e))?;
        let line = Line { at: self.length, length: bytes.len() };
        self.length += bytes.len() as u64;
        self.learn(entry, line);
        Ok(())
    }

    /// A line that was read before.
    pub(super) fn entry(&self, line: Line) -> Result<Entry, Error> {
        let fault = |e: std::io::Error| Error::io(&self.path, "read", &e);
        let mut bytes = vec![0; line.length];
        self.file.read_exact_at(&mut bytes, line.at).map_err(fault)?;
        serde_json::from_slice(&bytes).map_err(|e| fault(e.into()))
    }

    /// What the last visit to an address found there.
    pub(super) fn found(&self, url: &str) -> Result<Found, Error> {
        match self.known.get(url) {
            Some((_, line)) => self.entry(*line).map(|entry| entry.found),
            None => Ok(Found::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_is_forgotten_and_the_next_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |url: &str| Entry { url: url.to_owned(), file: "a.warc.gz".to_owned(), end: 7, ..Entry::default() };
        let mut journal = Journal::open(folder.path(), "r1").unwrap();
        journal.add(entry("http://a/")).unwrap();
        drop(journal);
        let path = folder.path().join("journal.jsonl");
        let mut torn = fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"run\":\"r1\",\"url\":\"http://b/");
        fs::write(&path, torn).unwrap();
        let mut journal = Journal::open(folder.path(), "r1").unwrap();
        assert_eq!(journal.done.len(), 1);
        let found = Found { pages: vec!["http://d/".to_owned()], ..Found::default() };
        journal.add(Entry { found: found.clone(), ..entry("http://c/") }).unwrap();
        assert_eq!(journal.found("http://c/"), Ok(found));
        let journal = Journal::open(folder.path(), "r2").unwrap();
        assert_eq!((journal.known.len(), journal.done.len()), (2, 0));
        assert_eq!(journal.ends.get("a.warc.gz"), Some(&7));
    }
}
