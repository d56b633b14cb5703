//! Caches each document's outcome with the hash of its inputs. If the inputs are the same in the next run, nothing is
//! marked, made or compared again.
//!
//! This is a cache, never evidence: it can be deleted.

use super::outcome::{OutcomeKind, RecordTally};
use crate::error::Error;
use crate::layout::records_file;
use crate::log::event::Ended;
use crate::relations::Card;
use crate::run::commit::staging::Staging;
use crate::run::judge::outcome::InputsHash;
use crate::run::options::BUILD;
use crate::run::scan::catalogue::{Catalogue, CatalogueEntry};
use crate::storage::checksum::{read_sealed, tell};
use crate::storage::record_file::{Each, RecordFile, RecordFileWriter};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The outcome of a document in the last run.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct CachedOutcome {
    pub(crate) id: String,
    /// Truncated hash of the document's inputs: [`CatalogueEntry::key`].
    pub(crate) key: u64,
    pub(crate) basis: InputsHash,
    /// The run that judged it.
    pub(crate) run: String,
    pub(crate) ended: Ended,
    pub(crate) outcome: OutcomeKind,
    pub(crate) card: Option<Card>,
    pub(crate) tallied: Option<RecordTally>,
}

/// A capture with its cached outcome.
pub(super) type WithCached = (CatalogueEntry, Option<Box<CachedOutcome>>);

/// The cached outcomes of each source, and the stamp of the records file that they belong to.
pub(crate) struct OutcomeCache {
    folder: PathBuf,
    out: PathBuf,
    sources: BTreeMap<String, Left>,
}

/// A records file as the last run left it.
#[derive(BorshSerialize, BorshDeserialize)]
struct Left {
    stamp: Stamp,
    records: u64,
}

/// Length and modification time of a records file; none if there is no file.
type Stamp = Option<(u64, u64, u32)>;

#[derive(BorshSerialize, BorshDeserialize)]
struct Index {
    engine: String,
    sources: BTreeMap<String, Left>,
}

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), modified.as_secs(), modified.subsec_nanos()))
}

impl OutcomeCache {
    /// Folder of the cache under the results folder.
    pub(crate) const FOLDER: &'static str = ".state/outcomes";

    /// Opens the cache. It is empty if it can't be read or another build wrote it.
    pub(crate) fn open(out: &Path) -> Self {
        let folder = out.join(Self::FOLDER);
        let index = read_sealed(&folder.join("index")).and_then(|bytes| Index::try_from_slice(&bytes).ok());
        let sources = index.filter(|index| index.engine == BUILD).map(|index| index.sources).unwrap_or_default();
        Self { folder, out: out.to_owned(), sources }
    }

    /// Reads a source's cached outcomes, if its records file is as the last run left it.
    fn recall(&self, source: &str) -> Recall {
        let frames = RecordFile::at(self.folder.join(file_name(source)));
        let each = self.records(source).and_then(|_| frames.each().ok());
        Recall { path: frames.path().to_owned(), each: each.map(Each::peekable), group: Vec::new() }
    }

    /// The cards of a source's records.
    pub(crate) fn cards(&self, source: &str) -> Option<Vec<Card>> {
        let Recall { path, each, .. } = self.recall(source);
        let cards = each?.map(|remembered| remembered.map(|(_, remembered)| remembered.card));
        let cards = cards.filter_map(Result::transpose).collect::<Result<_, _>>();
        cards.inspect_err(|_| tell(&path)).ok()
    }

    /// Pairs each capture with its cached outcome.
    pub(super) fn beside(
        &self,
        catalogue: &Catalogue,
    ) -> Result<impl Iterator<Item = Result<WithCached, Error>> + Send, Error> {
        let mut source = String::new();
        let mut recall = Recall { path: PathBuf::new(), each: None, group: Vec::new() };
        let entries = catalogue.entries()?;
        Ok(entries.map(move |entry| {
            let entry = entry?;
            if source != entry.source {
                source.clone_from(&entry.source);
                recall = self.recall(&source);
            }
            let remembered = if entry.key == 0 { None } else { recall.of(&entry.id, entry.key) };
            Ok((entry, remembered))
        }))
    }

    /// Begins a new cache file for a source.
    pub(crate) fn begin(staging: &Staging, source: &str) -> Result<RecordFileWriter<CachedOutcome>, Error> {
        RecordFileWriter::begin(staging.folder(), &format!("outcomes-{}", file_name(source)))
    }

    /// Ends a source's cache file. `path` is its records file, which is put in place together with it.
    pub(crate) fn keep(
        &mut self,
        source: &str,
        records: u64,
        outcomes: RecordFileWriter<CachedOutcome>,
        path: &Path,
        staging: &mut Staging,
    ) -> Result<(), Error> {
        let stored = outcomes.finish()?;
        staging.move_elsewhere(stored.path(), &self.folder.join(file_name(source)));
        self.restamp(source, records, path);
        Ok(())
    }

    /// Stamps a source's records file anew: it moved or its relations changed, but the cached outcomes still hold.
    pub(crate) fn restamp(&mut self, source: &str, records: u64, path: &Path) {
        self.sources.insert(source.to_owned(), Left { stamp: stamp(path), records });
    }

    /// Number of published records of a source, if its records file is as the last run left it.
    pub(crate) fn records(&self, source: &str) -> Option<u64> {
        let left = self.sources.get(source)?;
        (left.stamp == stamp(&self.out.join(records_file(source)))).then_some(left.records)
    }

    /// Writes the index of records files and their stamps.
    pub(crate) fn finish(self, staging: &mut Staging) -> Result<(), Error> {
        std::fs::create_dir_all(&self.folder).map_err(|e| Error::io(&self.folder, "create", &e))?;
        let name = format!("{}/index", Self::FOLDER);
        staging.keep_state(&name, &Index { engine: BUILD.to_owned(), sources: self.sources })
    }
}

fn file_name(source: &str) -> String {
    format!("{}.pack", records_file(source).trim_start_matches("records/").trim_end_matches(".jsonl"))
}

/// Reads a source's cached outcomes alongside its captures, in the order of their ids.
struct Recall {
    path: PathBuf,
    each: Option<Peekable<Each<CachedOutcome>>>,
    /// The cached outcomes of the id that was asked for last.
    group: Vec<CachedOutcome>,
}

impl Recall {
    fn of(&mut self, id: &str, key: u64) -> Option<Box<CachedOutcome>> {
        if self.group.first().is_none_or(|first| first.id != id) {
            self.group.clear();
            self.advance(id);
        }
        let at = self.group.iter().position(|remembered| remembered.key == key)?;
        Some(Box::new(self.group.swap_remove(at)))
    }

    fn advance(&mut self, id: &str) {
        // An unreadable frame ends the reading: what isn't cached is judged again.
        let up_to = |next: &Result<(_, CachedOutcome), Error>| next.as_ref().is_ok_and(|(_, r)| r.id.as_str() <= id);
        while let Some(Ok((_, remembered))) = self.each.as_mut().and_then(|each| each.next_if(up_to)) {
            if remembered.id == id {
                self.group.push(remembered);
            }
        }
        if self.each.as_mut().is_some_and(|each| matches!(each.peek(), Some(Err(_)))) {
            tell(&self.path);
        }
    }
}
