//! What earlier runs left: the records of a source.

use crate::emit::record::{Prov, Translation, Urls};
use crate::emit::store::Id;
use crate::emit::store::id_of;
use crate::error::Error;
use crate::relations::Relations;
use memchr::memmem;
use sanad_tlog::files_under;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// A record of an earlier run, as its line, and what has to be read of it.
#[derive(Debug, Clone)]
pub(crate) struct Previous {
    pub(crate) line: Vec<u8>,
    /// Offset of the line in its file.
    pub(crate) at: u64,
    pub(crate) id: String,
}

/// What tells whether a record stays as it is.
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

    /// What tells whether it stays as it is.
    ///
    /// # Errors
    /// When it isn't a record.
    pub(crate) fn brief(&self) -> Result<Brief, serde_json::Error> {
        serde_json::from_slice(&self.line)
    }

    /// Whether the record has the relations that it should have.
    pub(crate) fn has_relations_of(&self, relations: &Relations) -> bool {
        // Most stand alone, which can be told without reading them; what can't be read is another.
        let lacks = |field: &str| memmem::find(&self.line, field.as_bytes()).is_none();
        let stands_alone = || ["\"duplicate_of\":", "\"confidence\":"].into_iter().all(lacks);
        if !relations.of.contains_key(&self.id) && stands_alone() {
            return true;
        }
        self.brief().is_ok_and(|brief| relations.are(&self.id, brief.duplicate_of.as_ref(), &brief.translations))
    }
}

/// The runs that current records were last changed in.
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
    for name in files_under(out, "records")? {
        let path = out.join(&name);
        for line in BufReader::new(File::open(&path).map_err(|e| Error::io(&path, "read", &e))?).split(b'\n') {
            let line = line.map_err(|e| Error::io(&path, "read", &e))?;
            let line: Line = serde_json::from_slice(&line).map_err(|e| Error::io(&path, "understand", &e.into()))?;
            runs.extend(line.prov.map(|prov| prov.run));
        }
    }
    Ok(runs)
}

/// Bytes of a source's records that are read at once: a record has some thousand.
const READ: usize = 1 << 17;

/// The records of one source, in the order of their ids.
pub(crate) struct Records {
    lines: Option<Peekable<Lines>>,
}

/// A file's records, one after another.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    at: u64,
    /// Bytes that room is made for: as many as the line before had.
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
    /// Opens a source's records; none are there before its first run.
    ///
    /// # Errors
    /// When the file is there but can't be read.
    pub(crate) fn open(out: &Path, file: &str) -> Result<Self, Error> {
        let path = out.join(file);
        if !path.is_file() {
            return Ok(Self { lines: None });
        }
        let file = BufReader::with_capacity(READ, File::open(&path).map_err(|e| Error::io(&path, "read", &e))?);
        Ok(Self { lines: Some(Lines { path, file, at: 0, room: READ / 8 }.peekable()) })
    }

    /// The record of this id, and those before it that were passed over. Ids must be asked for in rising order.
    ///
    /// # Errors
    /// When the file holds what isn't a record.
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
