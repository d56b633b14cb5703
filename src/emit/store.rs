//! Finds a current record on disk by its id.

use super::record::Record;
use crate::error::Error;
use memchr::{memchr2, memmem};
use sanad_tlog::files_under;
use serde::Deserialize;
use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

/// Reads the id from the beginning of a record's line without parsing it: records begin with their schema and their id.
/// Returns none if the id isn't there or holds an escape; the caller then parses the line.
pub(crate) fn id_of(line: &[u8]) -> Option<&str> {
    const BEFORE: usize = 64;
    const NAME: &[u8] = b"\"id\":\"";
    let begin = memmem::find(line.get(..BEFORE)?, NAME)? + NAME.len();
    let rest = line.get(begin..)?;
    let (id, end) = rest.split_at_checked(memchr2(b'"', b'\\', rest)?)?;
    if end.starts_with(b"\"") { std::str::from_utf8(id).ok() } else { None }
}

/// The paths of all files of records under the results folder, sorted. What else somebody has put into their folder is
/// left out; `sanad verify` reports it.
///
/// # Errors
/// When the folder can't be read.
pub(crate) fn record_files(out: &Path) -> Result<Vec<String>, Error> {
    let is_records = |name: &String| {
        name.matches('/').count() == 1 && Path::new(name).extension().is_some_and(|ending| ending == "jsonl")
    };
    Ok(files_under(out, "records")?.into_iter().filter(is_records).collect())
}

/// Returns the current record of this id and the file that holds it. Files are sorted by id, so few lines are read.
///
/// # Errors
/// [`Error::NoResults`] before the first run, [`Error::NotFound`] if there is no such record; other errors if files can't be read.
pub(crate) fn find_record(out: &Path, id: &str) -> Result<(String, Record), Error> {
    for name in record_files(out)? {
        if let Some(record) = search(&out.join(&name), id)? {
            return Ok((name, record));
        }
    }
    if !out.join("records").is_dir() {
        return Err(Error::NoResults { path: out.display().to_string() });
    }
    Err(Error::NotFound { id: id.to_owned(), path: out.join("records").display().to_string() })
}

/// Returns the line of the record of this id from a file that must hold it.
///
/// # Errors
/// If it isn't there or can't be read.
pub(crate) fn line_in(path: &Path, id: &str) -> Result<String, Error> {
    let missing = || Error::NotFound { id: id.to_owned(), path: path.display().to_string() };
    find_line(path, id).map_err(|e| Error::io(path, "read", &e))?.ok_or_else(missing)
}

fn search(path: &Path, id: &str) -> Result<Option<Record>, Error> {
    let line = find_line(path, id).map_err(|e| Error::io(path, "read", &e))?;
    let record = line.map(|line| serde_json::from_str(&line));
    record.transpose().map_err(|e| Error::io(path, "understand", &e.into()))
}

/// The id of a record's line; the other fields are skipped.
#[derive(Deserialize)]
pub(crate) struct Id {
    pub(crate) id: String,
}

/// Finds the line of this id in a file sorted by id, by binary search over its bytes.
fn find_line(path: &Path, id: &str) -> std::io::Result<Option<String>> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut low, mut high) = (0, file.get_ref().metadata()?.len());
    // Invariant: if the wanted line exists, it begins in `low..high`, and a line begins at `low`.
    while low < high {
        let middle = low + (high - low) / 2;
        let start = next_line(&mut file, middle, low)?;
        let mut line = String::new();
        if start < high {
            file.read_line(&mut line)?;
        }
        let found: Option<Id> = serde_json::from_str(&line).ok();
        match found.map(|found| found.id.as_str().cmp(id)) {
            Some(Ordering::Equal) => return Ok(Some(line)),
            Some(Ordering::Less) => low = start + line.len() as u64,
            Some(Ordering::Greater) | None => high = middle,
        }
    }
    Ok(None)
}

/// Seeks to the first line that begins at or after `at` and returns its offset in bytes. A line begins at `low`.
fn next_line(file: &mut BufReader<File>, at: u64, low: u64) -> std::io::Result<u64> {
    if at == low {
        file.seek(SeekFrom::Start(low))?;
        return Ok(low);
    }
    file.seek(SeekFrom::Start(at - 1))?;
    let mut rest = Vec::new();
    let skipped = file.read_until(b'\n', &mut rest)?;
    Ok(at - 1 + skipped as u64)
}
