//! Files on their way into the results: written beside their destination and hashed while they are written.

use super::background_sync::BackgroundSync;
use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::{Detached, Event};
use sanad_document::digest;
use sanad_document::digest::Sha256;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where files are staged.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(super) folder: PathBuf,
}

impl Place {
    /// Creates a staged file. `name` is its path under the results folder.
    ///
    /// # Errors
    /// When it can't be created.
    pub(crate) fn create(&self, name: &str) -> Result<StagedFile, Error> {
        create(&self.folder, name)
    }

    /// Stores bytes under their digest and returns the digest. The same bytes are stored once.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn store(&self, bytes: &[u8]) -> Result<(String, StagedFile), Error> {
        let digest = digest::sha256(bytes);
        let mut file = create(&self.folder, &object_file(&digest))?;
        file.write_all(bytes).map_err(|e| Error::io(&file.path, "write", &e))?;
        Ok((digest, file))
    }

    /// Returns the entry of an event, and the file that stores it if it is too long for an entry.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn entry(&self, event: &Event) -> Result<(String, Option<StagedFile>), Error> {
        let fault = |e: serde_json::Error| Error::io(Path::new("events.jsonl"), "write", &e.into());
        let entry = event.entry().map_err(fault)?;
        if entry.len() <= sanad_tlog::MOST_ENTRY_BYTES {
            return Ok((entry, None));
        }
        let (detached, file) = self.detach(&entry)?;
        Ok((Event::Detached(detached).entry().map_err(fault)?, Some(file)))
    }

    fn detach(&self, entry: &str) -> Result<(Detached, StagedFile), Error> {
        let (digest, file) = self.store(entry.as_bytes())?;
        let value: serde_json::Value =
            serde_json::from_str(entry).map_err(|e| Error::io(&file.path, "understand", &e.into()))?;
        let name = value.get("event").and_then(|n| n.as_str()).unwrap_or_default().to_owned();
        Ok((Detached { name, digest, bytes: entry.len() as u64 }, file))
    }
}

pub(super) fn create(folder: &Path, name: &str) -> Result<StagedFile, Error> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|e| Error::io(parent, "create", &e))?;
    }
    let file = File::create(&path).map_err(|e| Error::io(&path, "create", &e))?;
    let out = BufWriter::new(file);
    Ok(StagedFile { path, name: name.to_owned(), out, digest: Sha256::new(), sync: BackgroundSync::default() })
}

/// A staged file. It is hashed while it is written.
pub(crate) struct StagedFile {
    path: PathBuf,
    name: String,
    out: BufWriter<File>,
    digest: Sha256,
    sync: BackgroundSync,
}

/// A staged file that is complete.
pub(super) struct Finished {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) sync: BackgroundSync,
}

impl StagedFile {
    /// Syncs the file, which stays beside what is published.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn keep(self) -> Result<(), Error> {
        let Finished { path, sync, .. } = self.finish()?;
        let sync = || sync.wait().and_then(|()| File::open(&path)?.sync_all());
        sync().map_err(|e| Error::io(&path, "sync", &e))
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn line(&mut self, line: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), Error> {
        self.write_all(line.as_ref())
            .and_then(|()| self.write_all(b"\n"))
            .map_err(|e| Error::io(&self.path, "write", &e))
    }

    /// Drops the file.
    ///
    /// # Errors
    /// When it can't be deleted.
    pub(crate) fn discard(self) -> Result<(), Error> {
        std::fs::remove_file(&self.path).map_err(|e| Error::io(&self.path, "delete", &e))
    }

    /// Flushes the file.
    pub(super) fn finish(self) -> Result<Finished, Error> {
        let Self { path, name, out, digest, mut sync } = self;
        sync.complete(out.into_inner().map_err(|e| Error::io(&path, "write", e.error()))?);
        Ok(Finished { path, name, digest: digest::named(&digest.finalize()), sync })
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.digest.update(bytes.get(..count).unwrap_or_default());
        self.sync.wrote(count, self.out.get_ref())?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
