//! What earlier runs left: the records of a source.

use crate::emit::Record;
use crate::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// A record of an earlier run, as its line and as what it says.
#[derive(Debug, Clone)]
pub(crate) struct Previous {
    pub(crate) line: String,
    pub(crate) record: Record,
}

/// Path of a source's records under the results folder.
pub(crate) fn records_file(source: &str) -> String {
    let name: String = source.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    format!("records/{name}.jsonl")
}

/// The records of one source, in the order of their ids.
pub(crate) struct Records {
    path: PathBuf,
    lines: Option<Peekable<Lines>>,
}

type Lines = Box<dyn Iterator<Item = Result<Previous, Error>>>;

impl Records {
    /// Opens a source's records; none are there before its first run.
    ///
    /// # Errors
    /// When the file is there but can't be read.
    pub(crate) fn open(out: &Path, file: &str) -> Result<Self, Error> {
        let path = out.join(file);
        if !path.is_file() {
            return Ok(Self { path, lines: None });
        }
        let reader = BufReader::new(File::open(&path).map_err(|e| Error::io(&path, "read", &e))?);
        let of = path.clone();
        let lines: Lines = Box::new(reader.lines().map(move |line| {
            let line = line.map_err(|e| Error::io(&of, "read", &e))?;
            let record = serde_json::from_str(&line).map_err(|e| Error::io(&of, "understand", &e.into()))?;
            Ok(Previous { line, record })
        }));
        Ok(Self { path, lines: Some(lines.peekable()) })
    }

    /// The record of this id, and those before it that were passed over. Ids must be asked for in rising order.
    ///
    /// # Errors
    /// When the file holds what isn't a record.
    pub(crate) fn up_to(&mut self, id: Option<&str>) -> Result<(Vec<Previous>, Option<Previous>), Error> {
        let mut passed = Vec::new();
        let Some(lines) = &mut self.lines else { return Ok((passed, None)) };
        while let Some(next) = lines.next_if(|next| match (next, id) {
            (Ok(previous), Some(id)) => previous.record.id.as_str() <= id,
            (Ok(_), None) | (Err(_), _) => true,
        }) {
            let previous = next?;
            if Some(previous.record.id.as_str()) == id {
                return Ok((passed, Some(previous)));
            }
            passed.push(previous);
        }
        Ok((passed, None))
    }

    /// Where they stand.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
