//! The new file of a source's records. Nothing is written as long as it equals the old one: most runs change few
//! records, and many change none.

use super::previous_records::Previous;
use crate::error::Error;
use crate::run::commit::staged_file::{Place, StagedFile};
use crate::run::commit::staging::Staging;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

/// Records in the order of their ids.
pub(super) struct NewRecords {
    name: String,
    /// The old file, and how many of its first bytes the new one shares.
    path: PathBuf,
    same: u64,
    place: Place,
    /// The new file, from the first difference on.
    file: Option<StagedFile>,
}

impl NewRecords {
    /// Begins the file `name`, which replaces the one at `path`.
    pub(super) fn over(name: &str, path: PathBuf, place: Place) -> Self {
        Self { name: name.to_owned(), path, place, same: 0, file: None }
    }

    /// Adds an unchanged record.
    ///
    /// # Errors
    /// When files can't be read or written.
    pub(super) fn keep(&mut self, before: &Previous) -> Result<(), Error> {
        if self.file.is_none() && before.at == self.same {
            self.same += before.line.len() as u64 + 1;
            return Ok(());
        }
        self.add(&before.line)
    }

    /// Keeps all records without reading them.
    ///
    /// # Errors
    /// When their file doesn't exist.
    pub(super) fn keep_all(&mut self) -> Result<(), Error> {
        let metadata = std::fs::metadata(&self.path).map_err(|e| Error::io(&self.path, "read", &e))?;
        self.same = metadata.len();
        Ok(())
    }

    /// Adds a new or changed record.
    ///
    /// # Errors
    /// When files can't be read or written.
    pub(super) fn add(&mut self, line: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), Error> {
        self.begun()?.line(line)
    }

    /// Returns the new file, beginning with what it shares with the old one.
    fn begun(&mut self) -> Result<&mut StagedFile, Error> {
        let file = if let Some(file) = self.file.take() {
            file
        } else {
            let mut file = self.place.create(&self.name)?;
            if self.same > 0 {
                let fault = |e: io::Error| Error::io(&self.path, "read", &e);
                let before = File::open(&self.path).map_err(fault)?;
                io::copy(&mut before.take(self.same), &mut file).map_err(fault)?;
            }
            file
        };
        Ok(self.file.insert(file))
    }

    /// Ends the file, which holds `count` records, and returns where it is stored until the run is committed.
    ///
    /// # Errors
    /// When files can't be read or written.
    pub(super) fn finish(mut self, count: u64, staging: &mut Staging) -> Result<PathBuf, Error> {
        let before = std::fs::metadata(&self.path).map(|m| m.len()).ok();
        if count == 0 {
            if before.is_some() {
                staging.delete(&self.name);
            }
            let to = staging.folder().join(&self.name);
            return self.discard().map(|()| to);
        }
        if self.file.is_none() && before == Some(self.same) {
            return Ok(self.path);
        }
        self.begun()?;
        if let Some(file) = self.file {
            staging.take(file)?;
        }
        Ok(staging.folder().join(&self.name))
    }

    /// Keeps the old file as it is.
    ///
    /// # Errors
    /// When what was written can't be deleted.
    pub(super) fn discard(self) -> Result<(), Error> {
        self.file.map_or(Ok(()), StagedFile::discard)
    }
}
