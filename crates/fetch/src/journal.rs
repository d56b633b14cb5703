//! The journal: one line of JSON per capture, written once the capture is synced.
//!
//! It answers three questions: what this run has done before it was stopped, how long each WARC file was when it was
//! last whole, and what the server said of a page at the last visit.

use crate::Error;
use crate::ExchangeFacts;
use sanad_document::secrets::masked;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct JournalEntry {
    /// The run that wrote it.
    pub(super) run: String,
    /// Id of the source.
    pub(super) source: String,
    /// The address; empty in lines about a file alone.
    pub(super) url: String,
    /// Name of the WARC file in the raw folder.
    pub(super) file: String,
    /// Length of that file in bytes after this capture; 0 if the file is about to be created.
    pub(super) end: u64,
    /// What the next visit needs.
    #[serde(rename = "known")]
    pub(super) visit: LastVisit,
    /// What the capture leads to, for a resumed run, and for a later visit that finds the page unchanged.
    #[serde(flatten)]
    pub(super) outlinks: Outlinks,
    /// A walk through a listing. Such a line is about no capture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) walk: Option<ListingWalk>,
}

/// What a capture leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Outlinks {
    /// Addresses of pages.
    #[serde(rename = "found", skip_serializing_if = "Vec::is_empty")]
    pub(super) pages: Vec<String>,
    /// Addresses of its versions in other languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) versions: Vec<String>,
    /// Target of a redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) redirect: Option<String>,
    /// It leads on with cookies, or to addresses with secrets. Neither are kept, so a resumed run requests the address
    /// again.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) has_cookies: bool,
}

impl Outlinks {
    /// Leaves out addresses with secrets, which must not be stored.
    pub(super) fn without_secrets(mut self) -> Self {
        let is_plain = |url: &String| matches!(masked(url), Cow::Borrowed(_));
        let count = |this: &Self| this.pages.len() + this.versions.len() + usize::from(this.redirect.is_some());
        let before = count(&self);
        self.pages.retain(is_plain);
        self.versions.retain(is_plain);
        self.redirect = self.redirect.filter(is_plain);
        self.has_cookies |= count(&self) < before;
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A walk through a listing, up to a page that led to nothing new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ListingWalk {
    /// Address of the listing, as the plan has it.
    pub(super) listing: String,
    /// Runs since the listing was walked to its end.
    pub(super) since_full: u32,
}

/// Place of a line in the journal, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LineSpan {
    at: u64,
    length: usize,
}

/// What is known of an address from its last visit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LastVisit {
    /// HTTP status.
    pub(super) status: u16,
    /// `ETag`.
    pub(super) etag: Option<String>,
    /// `Last-Modified`.
    pub(super) modified: Option<String>,
    /// `sha256:` digest of the body without chunk framing.
    pub(super) digest: String,
    /// `WARC-Payload-Digest` of the record that holds the body.
    pub(super) payload_digest: String,
    /// `WARC-Date` and `WARC-Record-ID` of that record.
    pub(super) held_by: (String, String),
    /// Name in the raw folder of the WARC file that holds the body.
    pub(super) held_in: String,
    /// Name of the file, and offset in bytes, of the newest record.
    pub(super) place: (String, u64),
    /// Visits since the body was fetched unconditionally.
    pub(super) since_full: u32,
    /// What the last visit reported.
    pub(super) facts: ExchangeFacts,
}

impl LastVisit {
    /// Returns true if the next request is conditional: the server said how, and no unconditional fetch is due.
    pub(super) fn is_conditional(&self, full_every: u32) -> bool {
        self.status == 200 && self.since_full + 1 < full_every && (self.etag.is_some() || self.modified.is_some())
    }

    /// What the next visit will be, for people.
    pub(super) fn describe_next(&self, full_every: u32) -> String {
        if self.is_conditional(full_every) {
            "visited before: conditional request".to_owned()
        } else {
            format!("visited before (status {}): fetched in full", self.status)
        }
    }
}

/// The last visit to each address, read from the journal in `folder` without opening it for writing.
pub(super) fn last_visits(folder: &Path) -> Result<BTreeMap<String, LastVisit>, Error> {
    let path = folder.join("journal.jsonl");
    let bytes = read(&path)?;
    let entries = bytes.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice::<JournalEntry>(line).ok());
    Ok(entries.filter(|entry| !entry.url.is_empty()).map(|entry| (entry.url, entry.visit)).collect())
}

/// The journal's bytes; empty before the first visit.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(Error::io(path, "read", &e)),
    }
}

/// Bytes of a journal that aren't worth writing it anew.
const SPARED: u64 = 64 << 10;

/// The journal, open for appending.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    run: String,
    length: u64,
    /// By address: the last visit, and its line.
    pub(super) visits: BTreeMap<String, (LastVisit, LineSpan)>,
    /// By source and address: the lines of this run.
    pub(super) done: BTreeMap<(String, String), LineSpan>,
    /// By source and listing: runs since the listing was walked to its end.
    pub(super) walks: BTreeMap<(String, String), u32>,
    /// By file: its length in bytes when it was last whole; 0 for one that was about to be created.
    pub(super) ends: BTreeMap<String, u64>,
}

impl Journal {
    /// Opens the journal in `folder` for a run. Cuts off an incomplete last line.
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
            visits: BTreeMap::new(),
            done: BTreeMap::new(),
            walks: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).map_err(fault)? > 0 && bytes.ends_with(b"\n") {
            let line = LineSpan { at: journal.length, length: bytes.len() };
            journal.length += bytes.len() as u64;
            if let Ok(entry) = serde_json::from_slice(&bytes) {
                journal.learn(entry, line);
            }
            bytes.clear();
        }
        journal.file.set_len(journal.length).map_err(fault)?;
        Ok(journal)
    }

    /// Takes over what a line says.
    fn learn(&mut self, entry: JournalEntry, line: LineSpan) {
        if let Some(walk) = entry.walk {
            self.walks.insert((entry.source, walk.listing), walk.since_full);
            return;
        }
        self.ends.insert(entry.file, entry.end);
        if entry.url.is_empty() {
            return;
        }
        self.visits.insert(entry.url.clone(), (entry.visit, line));
        if entry.run == self.run {
            self.done.insert((entry.source, entry.url), line);
        }
    }

    /// Appends a line and syncs it.
    pub(super) fn add(&mut self, mut entry: JournalEntry) -> Result<(), Error> {
        entry.run.clone_from(&self.run);
        let mut bytes = serde_json::to_vec(&entry).unwrap_or_default();
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|e| Error::io(&self.path, "write", &e))?;
        let line = LineSpan { at: self.length, length: bytes.len() };
        self.length += bytes.len() as u64;
        self.learn(entry, line);
        Ok(())
    }

    /// Writes the journal anew with the last visits alone, if most of it is about earlier ones: each visit adds a line, for
    /// years. A run that goes on keeps its lines. The files that the lines name must be whole by now.
    ///
    /// # Errors
    /// When the journal can't be read or written.
    pub(super) fn compact(&mut self) -> Result<(), Error> {
        let lasting: u64 = self.visits.values().map(|(_, line)| line.length as u64).sum();
        if !self.done.is_empty() || self.length < SPARED + 2 * lasting {
            return Ok(());
        }
        let path = self.path.clone();
        let fault = |e: std::io::Error| Error::io(&path, "write", &e);
        // Only one run has the journal, and what a stopped one left half-made is written over.
        let half_made = path.with_extension("new");
        let mut file = std::io::BufWriter::new(File::create(&half_made).map_err(fault)?);
        let mut write = |entry: &JournalEntry| {
            let mut bytes = serde_json::to_vec(entry)?;
            bytes.push(b'\n');
            file.write_all(&bytes)
        };
        for (_, line) in self.visits.values() {
            let mut entry = self.entry(*line)?;
            // The line may not be the last one about its file.
            entry.end = self.ends.get(&entry.file).copied().unwrap_or(entry.end);
            write(&entry).map_err(fault)?;
        }
        for ((source, listing), since_full) in &self.walks {
            let walk = ListingWalk { listing: listing.clone(), since_full: *since_full };
            let entry = JournalEntry { source: source.clone(), walk: Some(walk), ..JournalEntry::default() };
            write(&entry).map_err(fault)?;
        }
        let written = file.into_inner().map_err(|e| fault(e.into_error()))?;
        written.sync_all().and_then(|()| fs::rename(&half_made, &path)).map_err(fault)?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        *self = Self::open(&folder, &self.run.clone())?;
        Ok(())
    }

    /// Reads a line again.
    pub(super) fn entry(&self, line: LineSpan) -> Result<JournalEntry, Error> {
        let fault = |e: std::io::Error| Error::io(&self.path, "read", &e);
        let mut bytes = vec![0; line.length];
        self.file.read_exact_at(&mut bytes, line.at).map_err(fault)?;
        serde_json::from_slice(&bytes).map_err(|e| fault(e.into()))
    }

    /// What the last capture of an address leads to.
    pub(super) fn outlinks(&self, url: &str) -> Result<Outlinks, Error> {
        match self.visits.get(&*masked(url)) {
            Some((_, line)) => self.entry(*line).map(|entry| entry.outlinks),
            None => Ok(Outlinks::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_is_forgotten_and_the_next_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |url: &str| JournalEntry {
            url: url.to_owned(),
            file: "a.warc.gz".to_owned(),
            end: 7,
            ..JournalEntry::default()
        };
        let mut journal = Journal::open(folder.path(), "r1").unwrap();
        journal.add(entry("http://a/")).unwrap();
        drop(journal);
        let path = folder.path().join("journal.jsonl");
        let mut torn = fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"run\":\"r1\",\"url\":\"http://b/");
        fs::write(&path, torn).unwrap();
        let mut journal = Journal::open(folder.path(), "r1").unwrap();
        assert_eq!(journal.done.len(), 1);
        let outlinks = Outlinks { pages: vec!["http://d/".to_owned()], ..Outlinks::default() };
        journal.add(JournalEntry { outlinks: outlinks.clone(), ..entry("http://c/") }).unwrap();
        assert_eq!(journal.outlinks("http://c/"), Ok(outlinks));
        let journal = Journal::open(folder.path(), "r2").unwrap();
        assert_eq!((journal.visits.len(), journal.done.len()), (2, 0));
        assert_eq!(journal.ends.get("a.warc.gz"), Some(&7));
    }

    #[test]
    fn a_compacted_journal_knows_each_last_visit_and_no_file_is_cut_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let visit = |url: &str, run: u64, end: u64| JournalEntry {
            url: url.to_owned(),
            file: format!("{run}.warc.gz"),
            end,
            visit: LastVisit { etag: Some(format!("{run}")), held_in: "x".repeat(900), ..LastVisit::default() },
            ..JournalEntry::default()
        };
        let walk = ListingWalk { listing: "http://a/list".to_owned(), since_full: 3 };
        for run in 0..99 {
            let mut journal = Journal::open(folder.path(), &format!("r{run}")).unwrap();
            journal.compact().unwrap();
            journal.add(visit("http://a/1", run, 100)).unwrap();
            // Of the first page nothing is known from later runs.
            if run == 0 {
                journal.add(visit("http://a/0", run, 200)).unwrap();
                journal.add(JournalEntry { walk: Some(walk.clone()), ..JournalEntry::default() }).unwrap();
            }
            journal.add(visit("http://a/2", run, 300)).unwrap();
        }
        let length = fs::metadata(folder.path().join("journal.jsonl")).unwrap().len();
        assert!(length < SPARED + 10_000, "{length}");
        let journal = Journal::open(folder.path(), "last").unwrap();
        let tag = |url: &str| journal.visits[url].0.etag.clone().unwrap();
        assert_eq!(["http://a/0", "http://a/1", "http://a/2"].map(tag), ["0", "98", "98"]);
        assert_eq!(journal.walks.values().collect::<Vec<_>>(), [&3]);
        assert_eq!((journal.ends["0.warc.gz"], journal.ends["98.warc.gz"]), (300, 300));
        let mut journal = Journal::open(folder.path(), "r98").unwrap();
        journal.compact().unwrap();
        assert_eq!(journal.done.len(), 2, "a run that goes on keeps its lines");
    }
}
