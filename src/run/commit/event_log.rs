//! Opens the log for commands that write, finishing what a killed run left. Collects a run's events, first in a file
//! and then in the log.

use super::conclusions_cache;
use super::lock::Lock;
use super::staged_file::{Place, StagedFile};
use super::staging::Staging;
use crate::error::Error;
use crate::log::conclusions::Conclusions;
use crate::log::event::{Event, KeyChanged};
use crate::log::{LOG, read_event};
use sanad_document::digest;
use sanad_tlog::Reader;
use sanad_tlog::key::Keys;
use std::path::Path;

/// Finishes what a killed run left and opens the log.
pub(crate) fn open_log(out: &Path, keys: &Keys) -> Result<(Staging, sanad_tlog::Writer), Error> {
    let folder = out.join(LOG);
    settle_key(out)?;
    let signer = keys.signer(&folder)?;
    let staging = Staging::open(out, &signer)?;
    let tree = sanad_tlog::Writer::open(&folder, signer)?;
    let runs = out.join("runs");
    if tree.size() == 0 && std::fs::read_dir(&runs).is_ok_and(|mut d| d.next().is_some()) {
        let problem =
            format!("there is no log, but {} holds runs; restore the log, or give another --out", runs.display());
        return Err(Error::Log { path: folder.display().to_string(), problem });
    }
    Ok((staging, tree))
}

/// Finishes a change of keys that was stopped after its checkpoint: updates the list of public keys.
fn settle_key(out: &Path) -> Result<(), Error> {
    let reader = Reader::new(&out.join(LOG));
    let Some((head, note, _)) = reader.checkpoint()? else { return Ok(()) };
    if note.signatures() < 2 {
        return Ok(());
    }
    let text = reader.text("key.pub")?;
    if let Event::KeyChanged(change) = read_event(out, &reader.entry(head.size - 1, head.size)?)?
        && text.lines().next() == Some(change.old.as_str())
    {
        sanad_tlog::replace(reader.folder(), "key.pub", format!("{}\n{text}", change.new))?;
    }
    Ok(())
}

/// Replaces the log's signing key and returns the new public key.
///
/// # Errors
/// When the old key isn't available or files can't be written.
pub fn change_key(out: &Path, keys: &Keys, to: Option<&Path>, now: &str) -> Result<String, Error> {
    let state = out.join(".state");
    std::fs::create_dir_all(&state).map_err(|e| Error::io(&state, "create", &e))?;
    let lock = Lock::take(&state)?;
    let size = crate::log::reader::Log::open(out)?.size;
    let (_, mut tree) = open_log(out, keys)?;
    let old = keys.signer(&out.join(LOG))?;
    let new = keys.renewed(old.name(), to)?;
    let public = new.verifier().to_string();
    let change = KeyChanged { at: now.to_owned(), old: old.verifier().to_string(), new: public.clone() };
    let entry = Event::KeyChanged(change).entry().map_err(|e| Error::io(&state, "write", &e.into()))?;
    debug_assert!(tree.size() >= size, "a finished run only adds");
    tree.change_key(new);
    tree.append(entry.as_bytes())?;
    tree.sign()?;
    settle_key(out)?;
    lock.release();
    Ok(public)
}

/// The events of a run on their way to its file and then to the log: one line of canonical JSON each.
pub(crate) struct Log {
    file: StagedFile,
    name: String,
    /// Log index of the run's first event.
    base: u64,
    place: Place,
    detached: Vec<StagedFile>,
    /// What the log says with these events.
    pub(crate) conclusions: Conclusions,
    /// The last entry.
    last: String,
}

impl Log {
    /// Begins the events of a run. `conclusions` is what the log says before it.
    pub(crate) fn begin(staging: &Staging, run: &str, conclusions: Conclusions) -> Result<Self, Error> {
        let name = format!("runs/{run}/events.jsonl");
        let file = staging.create(&name)?;
        let (place, base) = (staging.place(), conclusions.size);
        Ok(Self { file, name, base, place, detached: Vec::new(), conclusions, last: String::new() })
    }

    /// Number of entries in the log, including these events.
    pub(crate) fn size(&self) -> u64 {
        self.conclusions.size
    }

    pub(crate) fn add(&mut self, event: &Event) -> Result<(), Error> {
        let (entry, detached) = self.place.entry(event)?;
        self.detached.extend(detached);
        self.conclusions.follow(self.size(), event);
        self.last.clone_from(&entry);
        self.file.line(&digest::escaped(entry))
    }

    /// Plans to append the events to the log.
    pub(crate) fn finish(self, staging: &mut Staging) -> Result<(), Error> {
        for file in self.detached {
            staging.take(file)?;
        }
        staging.take(self.file)?;
        staging.append(&self.name, self.base);
        conclusions_cache::keep(self.conclusions, &self.last, staging)
    }
}
