//! Caches the tables of the last run, so that only sources with other pages are counted again, and what the log says
//! about them, so that only its newest events are read.
//!
//! This is a cache, never evidence: it can be deleted. What it says about the log is believed only if the log still
//! has the checkpoint that it was read under.

use super::table_file::{Line, TableIndex, Tables, mark};
use crate::error::Error;
use crate::log::event::{Event, RepeatsFrozen};
use crate::log::frozen_tables::EMPTY;
use crate::log::reader::Log;
use crate::run::commit::staging::Staging;
use crate::run::options::BUILD;
use crate::storage::byte_range::{ByteRange, RangeReader};
use crate::storage::checksum::{read_sealed, tell};
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::digest;
use sanad_extract::boilerplate::document_frequency::SourceAndTemplate;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The tables of the last run.
#[derive(Default, BorshSerialize, BorshDeserialize)]
pub(super) struct TableCache {
    engine: String,
    logged: LoggedTables,
    tables: TableIndex,
}

/// The newest table of each source in a log.
#[derive(Default, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct LoggedTables {
    /// Size of the log, and digest of its checkpoint of that size; none if it has none.
    size: u64,
    checkpoint: Option<String>,
    sources: BTreeMap<String, LoggedTable>,
}

/// The newest table of a source in a log.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct LoggedTable {
    pub(super) digest: String,
    /// Number of objects that it is read from.
    pub(super) links: u32,
}

impl TableCache {
    const FILE: &'static str = ".state/tables";
    const LINES: &'static str = ".state/tables.jsonl";

    /// Opens the cache. It is empty if it can't be read or another build wrote it.
    pub(super) fn open(out: &Path) -> Self {
        let opened = || {
            let bytes = read_sealed(&out.join(Self::FILE))?;
            Self::try_from_slice(&bytes).ok().filter(|cache| cache.engine == BUILD)
        };
        opened().unwrap_or_default()
    }

    /// Plans to store the tables of a run as the next cache. `logged` is what the log said before the run.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn keep(tables: &Tables, logged: LoggedTables, out: &Path, staging: &mut Staging) -> Result<(), Error> {
        let cache = Self { engine: BUILD.to_owned(), logged, tables: tables.index.clone() };
        staging.move_elsewhere(tables.path(), &out.join(Self::LINES));
        staging.keep_state(Self::FILE, &cache)
    }

    /// Where the tables of a run are written until it is committed.
    pub(super) fn staged(staging: &Staging) -> PathBuf {
        staging.folder().join("tables.jsonl")
    }

    /// Returns a reader of the cached lines for one thread.
    pub(super) fn reader(out: &Path) -> RangeReader {
        RangeReader::of(out.join(Self::LINES))
    }

    /// Returns the last run's line of a group if it has the same pages.
    pub(super) fn line(
        &self,
        reader: &mut RangeReader,
        key: &SourceAndTemplate,
        members: &[u8; 32],
    ) -> Option<(String, Line)> {
        let line = self.tables.lines.get(key).filter(|line| line.members == *members)?;
        let text = whole(reader, line.span, |text| mark(text) == line.mark)?;
        Some((text, line.clone()))
    }

    /// Returns the table of a source if the cache has the one of this digest.
    pub(super) fn text(&self, reader: &mut RangeReader, source: &str, wanted: &str) -> Option<String> {
        let table = self.tables.sources.get(source).filter(|table| table.digest == wanted)?;
        whole(reader, table.span, |text| digest::sha256(text.as_bytes()) == wanted)
    }

    /// Returns the newest table of each source in the log, of which the run's first event has the index `size`. Reads
    /// only the events that the cache doesn't know.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(super) fn logged(&self, out: &Path, size: u64) -> Result<LoggedTables, Error> {
        if size == 0 {
            return Ok(LoggedTables::default());
        }
        let log = Log::open(out)?;
        let known = &self.logged;
        let is_same = known.checkpoint.is_some() && checkpoint(&log, known.size)? == known.checkpoint;
        let is_known = is_same && known.size <= size;
        let mut logged = if is_known { known.clone() } else { LoggedTables::default() };
        for (_, event) in log.named(out, "repeats.frozen", logged.size..size)? {
            if let Event::RepeatsFrozen(frozen) = event {
                logged.add(frozen);
            }
        }
        (logged.size, logged.checkpoint) = (size, checkpoint(&log, size)?);
        Ok(logged)
    }
}

/// Reads a text of the cached lines. Returns none, and tells, if it isn't what it was.
fn whole(reader: &mut RangeReader, span: ByteRange, is_it: impl Fn(&str) -> bool) -> Option<String> {
    let text = reader.read(span).ok().and_then(|bytes| str::from_utf8(bytes).ok()).filter(|text| is_it(text));
    let text = text.map(str::to_owned);
    if text.is_none() {
        tell(reader.path());
    }
    text
}

/// Digest of the log's checkpoint of a size.
fn checkpoint(log: &Log, size: u64) -> Result<Option<String>, Error> {
    Ok(log.reader.file(&format!("checkpoints/{size}"))?.map(|bytes| digest::sha256(&bytes)))
}

impl LoggedTables {
    fn add(&mut self, frozen: RepeatsFrozen) {
        let before = self.sources.get(&frozen.source).map_or(0, |table| table.links);
        let links = if frozen.base.is_some() { before + 1 } else { 1 };
        self.sources.insert(frozen.source, LoggedTable { digest: frozen.digest, links });
    }

    /// The newest table of a source.
    pub(super) fn table(&self, source: &str) -> Option<&LoggedTable> {
        self.sources.get(source)
    }

    /// Digest of the newest table of a source.
    pub(super) fn digest(&self, source: &str) -> &str {
        self.table(source).map_or(EMPTY, |table| &table.digest)
    }
}
