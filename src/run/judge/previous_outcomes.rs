//! What each document came to in the last run, and what that followed from: where nothing of it has changed, nothing has to
//! be marked, made or compared again. Never evidence: it can be deleted.

use super::outcome::OutcomeKind;
use super::outcome::RecordTally;
use crate::error::Error;
use crate::layout::records_file;
use crate::log::event::Ended;
use crate::relations::Card;
use crate::run::commit::staging::Staging;
use crate::run::judge::outcome::InputsHash;
use crate::run::options::BUILD;
use crate::run::scan::catalogue::{Catalogue, CatalogueEntry};
use crate::storage::record_file::{Each, RecordFile, RecordFileWriter};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A document of the last run.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct CachedOutcome {
    pub(crate) id: String,
    /// Of what its document follows from: [`CatalogueEntry::key`].
    pub(crate) key: u64,
    pub(crate) basis: InputsHash,
    /// The run that judged it.
    pub(crate) run: String,
    pub(crate) ended: Ended,
    pub(crate) outcome: OutcomeKind,
    pub(crate) card: Option<Card>,
    pub(crate) tallied: Option<RecordTally>,
}

/// A capture with what is remembered of it.
pub(super) type WithCached = (CatalogueEntry, Option<Box<CachedOutcome>>);

/// What was remembered of each source, and of which file of records it speaks.
pub(crate) struct OutcomeCache {
    folder: PathBuf,
    out: PathBuf,
    sources: BTreeMap<String, Left>,
}

/// A file of records as it was left.
#[derive(BorshSerialize, BorshDeserialize)]
struct Left {
    stamp: Stamp,
    records: u64,
}

/// Length and time of a file of records; none where there is no file.
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
    /// Where a results folder has it.
    pub(crate) const FOLDER: &'static str = ".state/outcomes";

    /// Opens what the last run left; nothing where it can't be read or another build wrote it.
    pub(crate) fn open(out: &Path) -> Self {
        let folder = out.join(Self::FOLDER);
        let index = std::fs::read(folder.join("index")).ok().and_then(|bytes| Index::try_from_slice(&bytes).ok());
        let sources = index.filter(|index| index.engine == BUILD).map(|index| index.sources).unwrap_or_default();
        Self { folder, out: out.to_owned(), sources }
    }

    /// What is remembered of a source, if its records stand as they were left.
    fn recall(&self, source: &str) -> Recall {
        let current = stamp(&self.out.join(records_file(source)));
        let frames = RecordFile::at(self.folder.join(file_name(source)));
        let known = self.sources.get(source).is_some_and(|left| left.stamp == current);
        let each = if known { frames.each().ok() } else { None };
        Recall { each: each.map(Each::peekable), group: Vec::new() }
    }

    /// The cards of a source's records, as they are remembered.
    pub(crate) fn cards(&self, source: &str) -> Option<Vec<Card>> {
        let each = self.recall(source).each?;
        let cards = each.map(|remembered| remembered.map(|(_, remembered)| remembered.card));
        cards.filter_map(Result::transpose).collect::<Result<_, _>>().ok()
    }

    /// Each capture with what is remembered of it.
    pub(super) fn beside(
        &self,
        catalogue: &Catalogue,
    ) -> Result<impl Iterator<Item = Result<WithCached, Error>> + Send, Error> {
        let mut source = String::new();
        let mut recall = Recall { each: None, group: Vec::new() };
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

    /// Begins to remember a source anew.
    pub(crate) fn begin(staging: &Staging, source: &str) -> Result<RecordFileWriter<CachedOutcome>, Error> {
        RecordFileWriter::begin(staging.folder(), &format!("outcomes-{}", file_name(source)))
    }

    /// Remembers a source, whose records stand in a file at `path` that is put in its place with it.
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

    /// A source's records stand elsewhere, or with other relations; what is remembered of them holds.
    pub(crate) fn restamp(&mut self, source: &str, records: u64, path: &Path) {
        self.sources.insert(source.to_owned(), Left { stamp: stamp(path), records });
    }

    /// Records that a source had after the last run.
    pub(crate) fn records(&self, source: &str) -> Option<u64> {
        self.sources.get(source).map(|left| left.records)
    }

    /// Writes down of which files all of it speaks.
    pub(crate) fn finish(self, staging: &mut Staging) -> Result<(), Error> {
        std::fs::create_dir_all(&self.folder).map_err(|e| Error::io(&self.folder, "create", &e))?;
        let name = format!("{}/index", Self::FOLDER);
        staging.keep_state(&name, &Index { engine: BUILD.to_owned(), sources: self.sources })
    }
}

fn file_name(source: &str) -> String {
    format!("{}.pack", records_file(source).trim_start_matches("records/").trim_end_matches(".jsonl"))
}

/// Goes along with the captures of a source, in the order of their ids.
struct Recall {
    each: Option<Peekable<Each<CachedOutcome>>>,
    /// What is remembered of the id that was asked for last.
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
        // A frame that can't be read ends it: what isn't remembered is judged again.
        let up_to = |next: &Result<(_, CachedOutcome), Error>| next.as_ref().is_ok_and(|(_, r)| r.id.as_str() <= id);
        while let Some(Ok((_, remembered))) = self.each.as_mut().and_then(|each| each.next_if(up_to)) {
            if remembered.id == id {
                self.group.push(remembered);
            }
        }
    }
}
