//! Where captures of compacted files are now.
//!
//! Log, records and exports name a capture by the place where it was first read. When its file is compacted, it moves, and
//! the newest event `captures.compacted` of the file leads from the one place to the other. Whoever reads captures calls
//! them by their first place; whoever looks for one goes to its current place.

use super::event::Event;
use super::reader::Log;
use crate::error::Error;
use crate::layout::object_file;
use sanad_document::Place;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A line of the object that lists the captures of a compacted file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovedCapture {
    /// Offset in bytes where it was first read.
    pub(crate) from: u64,
    pub(crate) record_id: String,
    /// Offset in bytes in the newest form of the file.
    pub(crate) to: u64,
}

impl MovedCapture {
    /// Reads the lines of an object. Returns none if one isn't a line of such an object.
    pub(crate) fn of_lines(text: &str) -> Option<Vec<Self>> {
        text.lines().map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// The captures of a compacted file.
#[derive(Debug, Clone, Default)]
pub(crate) struct FilePlaces {
    /// First offset by current one, and the other way round. A truncated hash stands for the record id.
    first: HashMap<(u64, u64), u64>,
    current: HashMap<(u64, u64), u64>,
}

impl FilePlaces {
    pub(crate) fn new(moved: &[MovedCapture]) -> Self {
        let by = |key: fn(&MovedCapture) -> u64, value: fn(&MovedCapture) -> u64| {
            moved.iter().map(|m| ((key(m), short(&m.record_id)), value(m))).collect()
        };
        Self { first: by(|m| m.to, |m| m.from), current: by(|m| m.from, |m| m.to) }
    }

    /// The offset in bytes where a capture at this offset was first read. What the log doesn't know there is where it was.
    pub(crate) fn first(&self, offset: u64, record_id: &str) -> u64 {
        self.first.get(&(offset, short(record_id))).copied().unwrap_or(offset)
    }

    /// The offset in bytes of a capture that was first read at this one. Returns none if it was compacted away.
    pub(crate) fn current(&self, offset: u64, record_id: &str) -> Option<u64> {
        self.current.get(&(offset, short(record_id))).copied()
    }
}

fn short(record_id: &str) -> u64 {
    u64::from_le_bytes(blake3::hash(record_id.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default())
}

/// The captures of all compacted files, by file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    files: BTreeMap<String, FilePlaces>,
}

impl Places {
    /// Reads what the log of a results folder says; nothing if there is no log yet.
    ///
    /// # Errors
    /// When the log, or an object that it names, can't be read.
    pub(crate) fn read(out: &Path) -> Result<Self, Error> {
        match Log::open(out) {
            Ok(log) => Self::of(&log, out),
            Err(Error::NoResults { .. }) => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn of(log: &Log, out: &Path) -> Result<Self, Error> {
        let mut newest: BTreeMap<String, (u64, String)> = BTreeMap::new();
        log.each_named(out, "captures.compacted", 0..log.size, |index, event| {
            if let Event::Compacted(compacted) = event {
                newest.insert(compacted.file, (index, compacted.moved));
            }
        })?;
        if !newest.is_empty() {
            log.each_named(out, "files.pruned", 0..log.size, |index, event| {
                if let Event::Pruned(pruned) = event {
                    newest.retain(|file, (then, _)| index < *then || !pruned.inputs.contains_key(file));
                }
            })?;
        }
        let read = |(file, (_, object)): (String, (u64, String))| {
            let path = out.join(object_file(&object));
            let text = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, "read", &e))?;
            let moved = MovedCapture::of_lines(&text).ok_or_else(|| Error::Log {
                path: path.display().to_string(),
                problem: "is not a list of moved captures; see `sanad verify`".to_owned(),
            })?;
            Ok((file, FilePlaces::new(&moved)))
        };
        Ok(Self { files: newest.into_iter().map(read).collect::<Result<_, Error>>()? })
    }

    /// The captures of a file; none if it was never compacted.
    pub(crate) fn file(&self, file: &str) -> Option<&FilePlaces> {
        self.files.get(file)
    }

    /// The offset in bytes of a capture. Returns none if it was compacted away.
    pub(crate) fn current(&self, first: &Place) -> Option<u64> {
        match self.file(&first.file) {
            Some(file) => file.current(first.offset, &first.record_id),
            None => Some(first.offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_there_and_back() {
        let moved = [(10, "a", 0), (10, "b", 0), (30, "c", 7), (50, "d", 30)];
        let moved = moved.map(|(from, id, to)| MovedCapture { from, record_id: id.to_owned(), to });
        let file = FilePlaces::new(&moved);
        for MovedCapture { from, record_id, to } in &moved {
            assert_eq!((file.first(*to, record_id), file.current(*from, record_id)), (*from, Some(*to)));
        }
        assert_eq!((file.current(30, "d"), file.first(30, "c")), (None, 30));
        let places = Places { files: [("a.warc".to_owned(), file)].into() };
        let place = |file: &str| Place { file: file.to_owned(), offset: 50, record_id: "d".to_owned() };
        assert_eq!(["a.warc", "b.warc"].map(|file| places.current(&place(file))), [Some(30), Some(50)]);
    }
}
