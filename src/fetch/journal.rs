//! What was captured, a line each, written after the capture is safe on the disk.
//!
//! It answers three questions: what this run has done already, how long each WARC file was when it was last whole, and
//! what the server said of a page at the last visit.

use super::Facts;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
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
    /// Addresses found in it, for a run that goes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) found: Vec<String>,
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
    /// By address: what the last visit gave.
    pub(super) known: BTreeMap<String, Known>,
    /// By source and address: what this run has done, with the addresses found there.
    pub(super) done: BTreeMap<(String, String), (Known, Vec<String>)>,
    /// By file: its length when it was last whole.
    pub(super) ends: BTreeMap<String, u64>,
}

impl Journal {
    /// Opens the journal in `folder`; a last line that isn't whole is cut off.
    pub(super) fn open(folder: &Path, run: &str) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", &e))?;
        let path = folder.join("journal.jsonl");
        let bytes = read(&path)?;
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
        let file = File::options().create(true).append(true).open(&path).map_err(|e| Error::io(&path, "write", &e))?;
        file.set_len(whole as u64).map_err(|e| Error::io(&path, "write", &e))?;
        let mut journal = Self {
            path,
            file,
            run: run.to_owned(),
            known: BTreeMap::new(),
            done: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        let lines = bytes.get(..whole).unwrap_or_default().split(|b| *b == b'\n');
        lines.filter_map(|line| serde_json::from_slice(line).ok()).for_each(|entry| journal.learn(entry));
        Ok(journal)
    }

    fn learn(&mut self, entry: Entry) {
        self.ends.insert(entry.file, entry.end);
        if entry.url.is_empty() {
            return;
        }
        self.known.insert(entry.url.clone(), entry.known.clone());
        if entry.run == self.run {
            self.done.insert((entry.source, entry.url), (entry.known, entry.found));
        }
    }

    /// Adds a line and hands it to the disk.
    pub(super) fn add(&mut self, mut entry: Entry) -> Result<(), Error> {
        entry.run.clone_from(&self.run);
        let mut line = serde_json::to_vec(&entry).unwrap_or_default();
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|e| Error::io(&self.path, "write", &e))?;
        self.learn(entry);
        Ok(())
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
        journal.add(entry("http://c/")).unwrap();
        let journal = Journal::open(folder.path(), "r2").unwrap();
        assert_eq!((journal.known.len(), journal.done.len()), (2, 0));
        assert_eq!(journal.ends.get("a.warc.gz"), Some(&7));
    }
}
