//! Writes the tables of repeated blocks of a run, and stores those that changed.

use super::table_cache::{LoggedTable, LoggedTables, TableCache};
use super::table_file::{Line, TableFileWriter, Tables};
use crate::error::Error;
use crate::log::event::RepeatsFrozen;
use crate::log::frozen_tables::FrozenTables;
use crate::log::reader::Log;
use crate::log::table_changes::{TableText, changes, key_of};
use crate::run::commit::staging::Staging;
use crate::storage::byte_range::RangeReader;
use sanad_document::digest;
use sanad_extract::boilerplate::document_frequency::{Repeats, SourceAndTemplate};
use std::path::Path;

/// The most objects that a table is read from. Each has to be read and checked: 32 bound the time for that, and what a
/// whole table costs in every 32nd run is little.
const MOST_LINKS: u32 = 32;

/// Changes are stored instead of a whole table if they take at most one part in this many. Larger ones aren't worth a
/// longer chain.
const LEAST_SAVING: usize = 2;

/// A line of a table as it was counted: the group's key, the text, and the position.
pub(super) type Counted = (SourceAndTemplate, String, Line);

/// Writes tables source by source.
pub(super) struct TableWriter<'a> {
    out: &'a Path,
    staging: &'a mut Staging,
    cache: &'a TableCache,
    cached: RangeReader,
    logged: LoggedTables,
    /// All tables that the log names, once one of them had to be read from there.
    history: Option<FrozenTables>,
    file: TableFileWriter,
    /// The current source and its lines, each with its sort key.
    source: Option<String>,
    lines: Vec<(String, Counted)>,
    frozen: Vec<RepeatsFrozen>,
}

impl<'a> TableWriter<'a> {
    /// Begins the tables of a run whose first event has the index `log_size`.
    ///
    /// # Errors
    /// When the log can't be read or the file can't be created.
    pub(super) fn begin(
        out: &'a Path,
        log_size: u64,
        cache: &'a TableCache,
        staging: &'a mut Staging,
    ) -> Result<Self, Error> {
        Ok(Self {
            out,
            cache,
            cached: TableCache::reader(out),
            logged: cache.logged(out, log_size)?,
            history: None,
            file: TableFileWriter::begin(TableCache::staged(staging))?,
            staging,
            source: None,
            lines: Vec::new(),
            frozen: Vec::new(),
        })
    }

    /// Adds a line to the table of a source; none for a source without any.
    ///
    /// # Errors
    /// When the table before can't be written.
    pub(super) fn add(&mut self, source: String, line: Option<Counted>) -> Result<(), Error> {
        if self.source.as_ref() != Some(&source) {
            self.close()?;
            self.source = Some(source);
        }
        if let Some(line) = line {
            let ((source, template), ..) = &line;
            let key = key_of(&Repeats::default().to_line(source, template)).unwrap_or_default();
            self.lines.push((key, line));
        }
        Ok(())
    }

    /// Completes the tables. Returns them, and the events of those that changed.
    ///
    /// # Errors
    /// When they can't be written.
    pub(super) fn finish(mut self) -> Result<(Tables, Vec<RepeatsFrozen>), Error> {
        self.close()?;
        let tables = self.file.finish()?;
        TableCache::keep(&tables, self.logged, self.out, self.staging)?;
        Ok((tables, self.frozen))
    }

    /// Completes the table of the current source, and stores it if it isn't the newest one in the log.
    fn close(&mut self) -> Result<(), Error> {
        let Some(source) = self.source.take() else { return Ok(()) };
        let mut lines = std::mem::take(&mut self.lines);
        lines.sort_by(|(one, _), (other, _)| one.cmp(other));
        let text: String = lines.iter().flat_map(|(_, (_, text, _))| [text.as_str(), "\n"]).collect();
        let digest = digest::sha256(text.as_bytes());
        if digest != self.logged.digest(&source) {
            let sum = |of: fn(&Line) -> u64| lines.iter().map(|(_, (_, _, line))| of(line)).sum();
            let (pages, blocks) = (sum(|line| line.pages), sum(|line| line.blocks));
            let (object, base) = self.store(&source, TableText { digest: &digest, text: &text })?;
            let lines = lines.len() as u64;
            self.frozen.push(RepeatsFrozen { source: source.clone(), digest, object, base, pages, lines, blocks });
        }
        self.file.add(&source, &text, lines.into_iter().map(|(_, (key, _, line))| (key, line)))
    }

    /// Stores a table: as changes to the newest one in the log if that saves enough, otherwise as a whole. Returns the
    /// digest of the object, and that of the table that the changes apply to.
    fn store(&mut self, source: &str, table: TableText<'_>) -> Result<(String, Option<String>), Error> {
        let newest = self.logged.table(source).filter(|newest| newest.links < MOST_LINKS).cloned();
        let changes = newest.and_then(|newest| self.changes(source, newest, table));
        let (text, base) = match &changes {
            Some((changes, base)) => (changes.as_str(), Some(base.clone())),
            None => (table.text, None),
        };
        let (object, file) = self.staging.place().store(text.as_bytes())?;
        self.staging.take(file)?;
        Ok((object, base))
    }

    /// The changes from the newest table in the log, with its digest; none if it can't be read or they are too long.
    fn changes(&mut self, source: &str, newest: LoggedTable, table: TableText<'_>) -> Option<(String, String)> {
        let text = self.cache.text(&mut self.cached, source, &newest.digest);
        let text = text.or_else(|| self.read(source))?;
        let changes = changes(TableText { digest: &newest.digest, text: &text }, table)?;
        (changes.len() * LEAST_SAVING < table.text.len()).then_some((changes, newest.digest))
    }

    /// Reads the newest table of a source from the objects that the log names; none if they can't be read.
    fn read(&mut self, source: &str) -> Option<String> {
        if self.history.is_none() {
            self.history = FrozenTables::read(&Log::open(self.out).ok()?, self.out).ok();
        }
        self.history.as_ref()?.chain(source, u64::MAX).text(self.out).ok()
    }
}
