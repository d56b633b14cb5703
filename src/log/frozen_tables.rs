//! The tables of repeated blocks that the log names: one for each source, stored as a whole or as changes to the table
//! that the source had before.

use super::event::{Event, RepeatsFrozen};
use super::reader::Log;
use super::table_changes;
use crate::error::Error;
use crate::layout::object_file;
use sanad_document::digest;
use std::collections::BTreeMap;
use std::path::Path;

/// Digest of the table without a line: SHA-256 of nothing. A source has it until a page of it is counted.
pub(crate) const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The tables of all sources, each with the index of its event.
#[derive(Default)]
pub(crate) struct FrozenTables(BTreeMap<String, Vec<(u64, RepeatsFrozen)>>);

/// A table as it is stored: a whole table and the changes that lead from it to this one, oldest first. No links are the
/// empty table.
#[derive(Clone, Copy)]
pub(crate) struct TableChain<'a>(&'a [(u64, RepeatsFrozen)]);

impl FrozenTables {
    /// Reads the tables that the log names.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn read(log: &Log, out: &Path) -> Result<Self, Error> {
        let mut tables = Self::default();
        for (index, event) in log.named(out, "repeats.frozen", 0..log.size)? {
            if let Event::RepeatsFrozen(frozen) = event {
                tables.add(index, frozen);
            }
        }
        Ok(tables)
    }

    /// Adds a table. They come in the order of their events.
    pub(crate) fn add(&mut self, index: u64, frozen: RepeatsFrozen) {
        // Version 0.1.0 had one table for all sources, which is no source's own.
        if !frozen.source.is_empty() {
            self.0.entry(frozen.source.clone()).or_default().push((index, frozen));
        }
    }

    /// The table that a source had before the event of index `end`.
    pub(crate) fn chain(&self, source: &str, end: u64) -> TableChain<'_> {
        TableChain(self.0.get(source).map(|all| chain_before(all, end)).unwrap_or_default())
    }

    /// The tables that all sources had before the event of index `end`.
    pub(crate) fn chains(&self, end: u64) -> impl Iterator<Item = TableChain<'_>> {
        self.0.values().map(move |all| TableChain(chain_before(all, end)))
    }
}

fn chain_before(all: &[(u64, RepeatsFrozen)], end: u64) -> &[(u64, RepeatsFrozen)] {
    let all = all.get(..all.partition_point(|(index, _)| *index < end)).unwrap_or_default();
    let start = all.iter().rposition(|(_, frozen)| frozen.base.is_none()).unwrap_or(0);
    all.get(start..).unwrap_or_default()
}

impl TableChain<'_> {
    /// Paths of the objects that it is read from.
    pub(crate) fn objects(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(_, frozen)| object_file(&frozen.object))
    }

    /// Reads the table's text and checks that it has the digest that the log names.
    ///
    /// # Errors
    /// When an object can't be read, or isn't the one that the log names.
    pub(crate) fn text(&self, out: &Path) -> Result<String, Error> {
        let (mut text, mut digest) = (String::new(), EMPTY);
        for (_, frozen) in self.0 {
            text = follow(out, frozen, (digest, &text))?;
            digest = &frozen.digest;
        }
        Ok(text)
    }
}

/// Reads the table that an event names. `before` is the table before it, with its digest.
fn follow(out: &Path, frozen: &RepeatsFrozen, before: (&str, &str)) -> Result<String, Error> {
    let path = out.join(object_file(&frozen.object));
    let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?;
    let wrong = |problem: &str| Error::Log { path: path.display().to_string(), problem: problem.to_owned() };
    let stored = Some(bytes).filter(|bytes| digest::sha256(bytes) == frozen.object);
    let stored = stored.and_then(|bytes| String::from_utf8(bytes).ok());
    let stored = stored.ok_or_else(|| wrong("is not the table of repeated blocks that the log names"))?;
    let text = match &frozen.base {
        None => stored,
        Some(base) if base == before.0 => {
            let text = table_changes::apply(before.1, &stored);
            text.ok_or_else(|| wrong("has no changes to a table of repeated blocks"))?
        }
        Some(_) => return Err(wrong("changes another table of repeated blocks than the one before it in the log")),
    };
    if digest::sha256(text.as_bytes()) != frozen.digest {
        return Err(wrong("doesn't lead to the table of repeated blocks that the log names"));
    }
    Ok(text)
}
