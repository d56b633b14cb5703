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
#[derive(Debug, Default)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::table_changes::{TableText, changes};

    /// Stores a table of the source `s`, counted on a number of pages: as changes to another one, or as a whole.
    fn frozen(out: &Path, of: u32, base: Option<u32>) -> RepeatsFrozen {
        let text =
            |of: u32| format!("{{\"blocks\":{{\"0a\":{of}}},\"of\":{of},\"source\":\"s\",\"template\":\"eng\"}}\n");
        let digest = |of: u32| digest::sha256(text(of).as_bytes());
        let stored = base.map_or(text(of), |base| {
            let (old, new) = ((digest(base), text(base)), (digest(of), text(of)));
            let old = TableText { digest: &old.0, text: &old.1 };
            changes(old, TableText { digest: &new.0, text: &new.1 }).unwrap()
        });
        let object = digest::sha256(stored.as_bytes());
        let path = out.join(object_file(&object));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, stored).unwrap();
        let (source, base) = ("s".to_owned(), base.map(digest));
        RepeatsFrozen { source, digest: digest(of), object, base, pages: of.into(), lines: 1, blocks: 1 }
    }

    fn problem(out: &Path, tables: &FrozenTables, end: u64) -> String {
        tables.chain("s", end).text(out).unwrap_err().to_string()
    }

    #[test]
    fn a_table_is_read_as_it_was_before_an_event() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let mut tables = FrozenTables::default();
        for (index, of, base) in [(3, 4, None), (10, 5, Some(4)), (20, 6, Some(5)), (30, 4, None), (40, 5, Some(4))] {
            tables.add(index, frozen(out, of, base));
        }
        let read = |end: u64| tables.chain("s", end).text(out).unwrap();
        for (end, of) in [(4, 4), (11, 5), (20, 5), (21, 6), (31, 4), (u64::MAX, 5)] {
            assert!(read(end).contains(&format!("\"of\":{of}")), "{end}: {}", read(end));
        }
        assert_eq!((read(3).as_str(), digest::sha256(b"").as_str()), ("", EMPTY));
        assert_eq!(tables.chain("other", 40).text(out).unwrap(), "");
        let links = |end: u64| tables.chain("s", end).objects().count();
        assert_eq!([0, 4, 21, 31, 41].map(links), [0, 1, 3, 1, 2]);
    }

    #[test]
    fn an_object_that_does_not_give_the_named_table_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let mut tables = FrozenTables::default();
        tables.add(0, frozen(out, 4, None));
        let (good, other) = (frozen(out, 5, Some(4)), frozen(out, 7, Some(6)));
        tables.add(1, RepeatsFrozen { digest: other.digest, ..good.clone() });
        let found = problem(out, &tables, 2);
        let name = object_file(&good.object);
        assert!(found.contains(&name) && found.contains("doesn't lead to the table"), "{found}");
        let wrong =
            FrozenTables([("s".to_owned(), vec![(0, frozen(out, 4, None)), (1, frozen(out, 7, Some(6)))])].into());
        assert!(problem(out, &wrong, 2).contains("another table of repeated blocks than the one before it"));
        let no_changes = RepeatsFrozen { object: frozen(out, 9, None).object, ..good };
        let wrong = FrozenTables([("s".to_owned(), vec![(0, frozen(out, 4, None)), (1, no_changes)])].into());
        assert!(problem(out, &wrong, 2).contains("has no changes"));
    }
}
