//! Reads the records of a source that the last run published.

use crate::emit::record::{Prov, Translation, Urls};
use crate::emit::store::{Id, id_of, record_files};
use crate::error::Error;
use crate::relations::Relations;
use memchr::memmem;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// A record of the last run: its line, and the few fields that are read from it.
#[derive(Debug, Clone)]
pub(crate) struct Previous {
    pub(crate) line: Vec<u8>,
    /// Offset of the line in its file.
    pub(crate) at: u64,
    pub(crate) id: String,
}

/// The fields that decide whether a record stays as it is.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Brief {
    pub(crate) version: String,
    pub(crate) url: Option<Urls>,
    pub(crate) prov: Option<Prov>,
    duplicate_of: Option<String>,
    translations: Vec<Translation>,
}

impl Previous {
    fn of(line: Vec<u8>, at: u64) -> Result<Self, serde_json::Error> {
        let id = match id_of(&line) {
            Some(id) => id.to_owned(),
            None => serde_json::from_slice::<Id>(&line)?.id,
        };
        Ok(Self { line, at, id })
    }

    /// Reads the fields that decide whether the record stays as it is.
    ///
    /// # Errors
    /// When the line isn't a record.
    pub(crate) fn brief(&self) -> Result<Brief, serde_json::Error> {
        serde_json::from_slice(&self.line)
    }

    /// Returns true if the record states the relations that it should.
    pub(crate) fn has_relations_of(&self, relations: &Relations) -> bool {
        // Most records have none, which a search tells without parsing. A line that can't be parsed counts as
        // different.
        let lacks = |field: &str| memmem::find(&self.line, field.as_bytes()).is_none();
        let stands_alone = || ["\"duplicate_of\":", "\"confidence\":"].into_iter().all(lacks);
        if !relations.of.contains_key(&self.id) && stands_alone() {
            return true;
        }
        self.brief().is_ok_and(|brief| relations.are(&self.id, brief.duplicate_of.as_ref(), &brief.translations))
    }
}

/// Returns the runs in which current records last changed.
///
/// # Errors
/// When files can't be read.
pub(crate) fn current_runs(out: &Path) -> Result<BTreeSet<String>, Error> {
    #[derive(Deserialize)]
    struct Line {
        prov: Option<Run>,
    }
    #[derive(Deserialize)]
    struct Run {
        run: String,
    }
    let mut runs = BTreeSet::new();
    for name in record_files(out)? {
        let path = out.join(&name);
        for line in BufReader::new(File::open(&path).map_err(|e| Error::io(&path, "read", &e))?).split(b'\n') {
            let line = line.map_err(|e| Error::io(&path, "read", &e))?;
            let line: Line = serde_json::from_slice(&line).map_err(|e| Error::io(&path, "understand", &e.into()))?;
            runs.extend(line.prov.map(|prov| prov.run));
        }
    }
    Ok(runs)
}

/// Bytes read at a time. A record has a few thousand.
const READ: usize = 1 << 17;

/// The records of a source, sorted by id.
pub(crate) struct Records {
    lines: Option<Peekable<Lines>>,
}

/// The lines of a file, one after another.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    at: u64,
    /// Capacity for the next line: the length of the last one.
    room: usize,
}

impl Iterator for Lines {
    type Item = Result<Previous, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::with_capacity(self.room);
        match self.file.read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(bytes) => (self.room, self.at) = (bytes, self.at + bytes as u64),
            Err(error) => return Some(Err(Error::io(&self.path, "read", &error))),
        }
        let start = self.at - line.len() as u64;
        line.pop_if(|last| *last == b'\n');
        Some(Previous::of(line, start).map_err(|e| Error::io(&self.path, "understand", &e.into())))
    }
}

impl Records {
    /// Opens a source's records. Before its first run there are none.
    ///
    /// # Errors
    /// When the file exists but can't be read.
    pub(crate) fn open(out: &Path, file: &str) -> Result<Self, Error> {
        let path = out.join(file);
        if !path.is_file() {
            return Ok(Self { lines: None });
        }
        let file = BufReader::with_capacity(READ, File::open(&path).map_err(|e| Error::io(&path, "read", &e))?);
        Ok(Self { lines: Some(Lines { path, file, at: 0, room: READ / 8 }.peekable()) })
    }

    /// Advances to an id. Returns the record of that id, and the skipped ones before it. Ids must be asked for in
    /// ascending order.
    ///
    /// # Errors
    /// When a line isn't a record.
    pub(crate) fn up_to(&mut self, id: Option<&str>) -> Result<(Vec<Previous>, Option<Previous>), Error> {
        let mut passed = Vec::new();
        let Some(lines) = &mut self.lines else { return Ok((passed, None)) };
        while let Some(next) = lines.next_if(|next| match (next, id) {
            (Ok(previous), Some(id)) => previous.id.as_str() <= id,
            (Ok(_), None) | (Err(_), _) => true,
        }) {
            let previous = next?;
            if Some(previous.id.as_str()) == id {
                return Ok((passed, Some(previous)));
            }
            passed.push(previous);
        }
        Ok((passed, None))
    }
}
