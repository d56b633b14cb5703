//! Publishes results all at once or not at all. They are staged beside their destination, named in a write-ahead
//! journal, then moved.
//!
//! A run that is killed before the journal is written leaves nothing visible. If it is killed later, the next run
//! finishes the move. Moving twice has the effect of moving once, and an event that a checkpoint covers isn't appended
//! again.

use super::background_sync::BackgroundSync;
use super::staged_file::{Finished, Place, StagedFile, create};
use crate::error::Error;
use crate::log::LOG;
use crate::log::event::entry_of_line;
use crate::storage::checksum::sealed;
use borsh::BorshSerialize;
use sanad_tlog::note::Signer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// Staged results.
pub(crate) struct Staging {
    out: PathBuf,
    folder: PathBuf,
    journal: PathBuf,
    plan: Plan,
    /// Complete files that are still being synced.
    sync: Vec<(PathBuf, BackgroundSync)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Plan {
    /// Digest by path under the results folder.
    moves: BTreeMap<String, String>,
    /// Paths to delete.
    deletes: Vec<String>,
    /// Files outside the results folder: from, to.
    #[serde(default)]
    elsewhere: Vec<(PathBuf, PathBuf)>,
    /// Files outside the results folder to delete.
    #[serde(default)]
    deletes_elsewhere: Vec<PathBuf>,
    /// What is appended to the log.
    #[serde(default)]
    log: Option<Appendix>,
}

/// Events to append to the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Appendix {
    /// The file with their lines, under the results folder.
    file: String,
    /// Log index of the first one.
    start: u64,
}

impl Staging {
    /// Finishes what an earlier run left, then starts empty.
    ///
    /// # Errors
    /// When files can't be moved or created.
    pub(crate) fn open(out: &Path, signer: &Signer) -> Result<Self, Error> {
        let staging = Self::at(out, "staging");
        if let Ok(text) = std::fs::read_to_string(&staging.journal)
            && let Ok(plan) = serde_json::from_str::<Plan>(&text)
        {
            staging.carry_out(&plan, &mut sanad_tlog::Writer::open(&out.join(LOG), signer.clone())?)?;
        }
        staging.clear()?;
        Ok(staging)
    }

    /// Creates a staging area whose results will never be published.
    ///
    /// # Errors
    /// When a stopped run has to be finished first or the area can't be created.
    pub(crate) fn aside(out: &Path) -> Result<Self, Error> {
        let staging = Self::at(out, "preview");
        if staging.journal.exists() {
            return Err(Error::Unfinished { path: out.display().to_string() });
        }
        staging.clear()?;
        Ok(staging)
    }

    fn at(out: &Path, folder: &str) -> Self {
        let state = out.join(".state");
        let journal = state.join("journal.json");
        Self { out: out.to_owned(), folder: state.join(folder), journal, plan: Plan::default(), sync: Vec::new() }
    }

    /// Empties the folder: what an earlier run staged but never journaled is worthless.
    fn clear(&self) -> Result<(), Error> {
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder).map_err(|e| Error::io(&self.folder, "delete", &e))?;
        }
        let scratch = self.scratch();
        std::fs::create_dir_all(&scratch).map_err(|e| Error::io(&scratch, "create", &e))
    }

    /// Forgets everything that was staged.
    ///
    /// # Errors
    /// When it can't be deleted.
    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        self.plan = Plan::default();
        self.sync.clear();
        self.clear()
    }

    /// Deletes everything that was staged.
    ///
    /// # Errors
    /// When it can't be deleted.
    pub(crate) fn discard(self) -> Result<(), Error> {
        std::fs::remove_dir_all(&self.folder).map_err(|e| Error::io(&self.folder, "delete", &e))
    }

    /// Creates a staged file. `name` is its path under the results folder.
    ///
    /// # Errors
    /// When it can't be created.
    pub(crate) fn create(&self, name: &str) -> Result<StagedFile, Error> {
        create(&self.folder, name)
    }

    /// The folder in which files are staged.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A scratch folder that lasts until the run ends.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// The staging place, for code that creates files later.
    pub(crate) fn place(&self) -> Place {
        Place { folder: self.folder.clone() }
    }

    /// Adds a complete file to the plan. It is synced together with all others.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn take(&mut self, file: StagedFile) -> Result<(), Error> {
        let Finished { name, path, digest, sync } = file.finish()?;
        self.plan.moves.insert(name, digest);
        self.await_sync(path, sync);
        Ok(())
    }

    /// Delays publication until this file is synced.
    pub(crate) fn await_sync(&mut self, path: PathBuf, sync: BackgroundSync) {
        self.sync.push((path, sync));
    }

    /// Bytes of the files in a folder under the results folder after the commit.
    ///
    /// # Errors
    /// When files can't be read.
    pub(crate) fn disk_use(&self, folder: &str) -> Result<u64, Error> {
        let length =
            |path: PathBuf| std::fs::metadata(&path).map(|m| m.len()).map_err(|e| Error::io(&path, "read", &e));
        let inside = |name: &&String| name.starts_with(folder) && name.as_bytes().get(folder.len()) == Some(&b'/');
        let mut bytes = 0;
        for name in self.plan.moves.keys().filter(inside) {
            bytes += length(self.folder.join(name))?;
        }
        for name in sanad_tlog::files_under(&self.out, folder)? {
            if !self.plan.moves.contains_key(&name) && !self.plan.deletes.contains(&name) {
                bytes += length(self.out.join(&name))?;
            }
        }
        Ok(bytes)
    }

    /// Plans to delete a file of an earlier run.
    pub(crate) fn delete(&mut self, name: &str) {
        self.plan.deletes.push(name.to_owned());
    }

    /// Plans to replace a file outside the results folder.
    pub(crate) fn move_elsewhere(&mut self, from: &Path, to: &Path) {
        self.plan.elsewhere.push((from.to_owned(), to.to_owned()));
    }

    /// Plans to store state for the next run, with its checksum. `name` is a path under the results folder, in `.state/`.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn keep_state(&mut self, name: &str, thing: &impl BorshSerialize) -> Result<(), Error> {
        let bytes = borsh::to_vec(thing).map_err(|e| Error::io(&self.out.join(name), "write", &e))?;
        let path = self.folder.join(name.rsplit('/').next().unwrap_or(name));
        std::fs::write(&path, sealed(&bytes)).map_err(|e| Error::io(&path, "write", &e))?;
        let to = self.out.join(name);
        self.move_elsewhere(&path, &to);
        Ok(())
    }

    /// Plans to delete a file outside the results folder.
    pub(crate) fn delete_elsewhere(&mut self, path: &Path) {
        self.plan.deletes_elsewhere.push(path.to_owned());
    }

    /// `sha256:` digest of each planned file, by its path under the results folder.
    pub(crate) fn digests(&self) -> &BTreeMap<String, String> {
        &self.plan.moves
    }

    /// Files that the plan deletes.
    pub(crate) fn deleted(&self) -> &[String] {
        &self.plan.deletes
    }

    /// Plans to append the events of a staged file to the log, the first one at index `start`.
    pub(crate) fn append(&mut self, file: &str, start: u64) {
        self.plan.log = Some(Appendix { file: file.to_owned(), start });
    }

    /// Publishes the results.
    ///
    /// # Errors
    /// When files can't be moved; the next run continues.
    pub(crate) fn commit(mut self, log: &mut sanad_tlog::Writer) -> Result<(), Error> {
        let scratch = self.scratch();
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch).map_err(|e| Error::io(&scratch, "delete", &e))?;
        }
        for (path, sync) in self.sync.drain(..) {
            sync.wait().map_err(|e| Error::io(&path, "sync", &e))?;
        }
        // The journal must not name what a power failure could still lose.
        let elsewhere = self.plan.elsewhere.iter().map(|(from, _)| from.clone());
        let files: Vec<PathBuf> = self.plan.moves.keys().map(|name| self.folder.join(name)).chain(elsewhere).collect();
        sanad_tlog::sync(&self.folder, &files)?;
        let fault = |e: io::Error| Error::io(&self.journal, "write", &e);
        let text = serde_json::to_vec(&self.plan).map_err(|e| fault(e.into()))?;
        let mut file = tempfile::NamedTempFile::new_in(self.out.join(".state")).map_err(fault)?;
        file.write_all(&text).map_err(fault)?;
        file.as_file().sync_all().map_err(fault)?;
        file.persist(&self.journal).map_err(|e| fault(e.error))?;
        self.carry_out(&self.plan, log)
    }

    fn carry_out(&self, plan: &Plan, log: &mut sanad_tlog::Writer) -> Result<(), Error> {
        if let Some(appendix) = &plan.log {
            self.append_events(appendix, log)?;
        }
        for name in plan.moves.keys() {
            let (from, to) = (self.folder.join(name), self.out.join(name));
            if std::fs::rename(&from, &to).is_ok() || !from.exists() {
                continue; // a file that is missing was moved before the last run was killed
            }
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent).map_err(|e| Error::io(parent, "create", &e))?;
            }
            std::fs::rename(&from, &to).map_err(|e| Error::io(&to, "write", &e))?;
        }
        for (from, to) in plan.elsewhere.iter().filter(|(from, _)| from.exists()) {
            std::fs::rename(from, to).map_err(|e| Error::io(to, "write", &e))?;
        }
        let inside = plan.deletes.iter().map(|name| self.out.join(name));
        for path in inside.chain(plan.deletes_elsewhere.iter().cloned()) {
            if path.exists() {
                std::fs::remove_file(&path).map_err(|e| Error::io(&path, "delete", &e))?;
            }
        }
        std::fs::remove_file(&self.journal).map_err(|e| Error::io(&self.journal, "delete", &e))
    }
}

impl Staging {
    /// Appends the events that the log doesn't contain yet, and signs a checkpoint.
    fn append_events(&self, appendix: &Appendix, log: &mut sanad_tlog::Writer) -> Result<(), Error> {
        let staged = self.folder.join(&appendix.file);
        let path = if staged.exists() { staged } else { self.out.join(&appendix.file) };
        let fault = |e: io::Error| Error::io(&path, "read", &e);
        for (index, line) in (appendix.start..).zip(BufReader::new(File::open(&path).map_err(fault)?).lines()) {
            let line = line.map_err(fault)?;
            if index >= log.size() {
                let entry = entry_of_line(&line).map_err(|e| fault(e.into()))?;
                log.append(entry.as_bytes())?;
            }
        }
        log.sign()?;
        Ok(())
    }
}
