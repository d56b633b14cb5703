//! Appends to a log. The writer may be killed at any instruction.
//!
//! Only what a signed checkpoint covers counts: opening a log deletes everything after it. Tiles are written in place
//! and synced all at once, before the checkpoint over them is signed. A tile under a checkpoint is never written again.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::durable::{self, files_in, files_under, replace};
use crate::merkle::{self, Edge, TILE, Tiles};
use crate::note::{Note, Signer};
use crate::reader::{Reader, SizedTiles};
use crate::tile::{self, Kind, MOST_ENTRY_BYTES};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The limit on entries between two checkpoints: what a killed writer can lose.
pub const CHECKPOINT_EVERY: u64 = 10_000;

/// A log on disk, open for appending.
pub struct Writer {
    reader: Reader,
    signer: Signer,
    /// Further keys that sign the next checkpoint: after a change of keys the previous one.
    co_signers: Vec<Signer>,
    edge: Edge,
    /// The unfinished bundle of entries, as it is stored.
    bundle: Vec<u8>,
    /// Size that the newest checkpoint covers.
    signed: u64,
    /// Files written since, for systems that can't sync a whole file system.
    written: Vec<PathBuf>,
}

impl Writer {
    /// Opens the log in `folder`, or creates it under the signer's name. Deletes whatever no checkpoint covers.
    ///
    /// The caller makes sure that a log has one writer at a time.
    ///
    /// # Errors
    /// [`Error::Log`] if the checkpoint is signed by another key, or what it covers is damaged; [`Error::Io`] if files
    /// can't be read or written.
    pub fn open(folder: &Path, signer: Signer) -> Result<Self, Error> {
        let reader = Reader::new(folder);
        let mut writer = Self {
            reader,
            signer,
            co_signers: Vec::new(),
            edge: Edge::default(),
            bundle: Vec::new(),
            signed: 0,
            written: Vec::new(),
        };
        writer.recover()?;
        match writer.reader.checkpoint()? {
            None => writer.create()?,
            Some((checkpoint, note, _)) => {
                if !note.is_signed_by(&writer.signer.verifier()) {
                    let problem = format!("is not signed by the given key, {}", writer.signer.verifier());
                    return Err(writer.reader.damaged("checkpoint", &problem));
                }
                writer.load_edge(&checkpoint)?;
            }
        }
        writer.delete_uncovered()?;
        Ok(writer)
    }

    /// Deletes the unfinished files of a killed writer. Makes a checkpoint that it had stored under `checkpoints/` but
    /// not yet under `checkpoint` the newest: a signed tree head must never be taken back.
    fn recover(&self) -> Result<(), Error> {
        let folder = self.reader.folder();
        let mut newest = None;
        for name in files_in(folder)?.into_iter().chain(files_under(folder, "checkpoints")?) {
            let last = name.rsplit('/').next().unwrap_or_default();
            if last.starts_with(durable::UNFINISHED) {
                let path = folder.join(&name);
                fs::remove_file(&path).map_err(|e| Error::io(&path, "delete", &e))?;
            }
            newest = newest.max(last.parse::<u64>().ok());
        }
        let Some(size) = newest.filter(|size| self.reader.size().is_ok_and(|signed| *size > signed)) else {
            return Ok(());
        };
        let text = self.reader.text(&format!("checkpoints/{size}"))?;
        let is_own = |(_, note): &(Checkpoint, Note)| note.is_signed_by(&self.signer.verifier());
        match Checkpoint::of_note(&text).filter(is_own) {
            Some(_) => replace(folder, "checkpoint", text),
            None => Err(self.reader.damaged(&format!("checkpoints/{size}"), "is not signed by the log's key")),
        }
    }

    /// Creates the folder of a new log, its origin and its public key.
    fn create(&self) -> Result<(), Error> {
        let folder = self.reader.folder().to_owned();
        fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, "create", &e))?;
        replace(&folder, "origin", format!("{}\n", self.signer.name()))?;
        replace(&folder, "key.pub", format!("{}\n", self.signer.verifier()))
    }

    /// Loads the right edge at a checkpoint and checks it: hashes against the signed root, entries against their
    /// hashes.
    fn load_edge(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let size = checkpoint.size;
        let tiles = SizedTiles { reader: &self.reader, size };
        let mut levels = Vec::new();
        for level in 0..tile::LEVELS {
            let kind = Kind::Hashes(level);
            let (index, width) = kind.edge(size);
            if size >> kind.shift() == 0 {
                break;
            }
            let mut hashes = if width == 0 { Vec::new() } else { tiles.tile(level, index, width)? };
            hashes.truncate(width);
            levels.push(hashes);
        }
        self.edge = Edge::of(size, levels);
        if self.edge.root() != checkpoint.root {
            let problem = "the tiles don't have the root that the checkpoint signs; `sanad verify` shows more";
            return Err(self.reader.damaged("tile", problem));
        }
        let (index, width) = Kind::Entries.edge(size);
        let entries = if width == 0 { Vec::new() } else { self.reader.bundle(index, size)? };
        for (entry, hash) in entries.iter().zip(self.edge.unfinished(0)) {
            if merkle::leaf(entry) != *hash {
                let name = tile::partial(Kind::Entries, index, width);
                return Err(self.reader.damaged(&name, "is not what was signed; `sanad verify` shows more"));
            }
            tile::add_entry(&mut self.bundle, entry);
        }
        self.signed = size;
        Ok(())
    }

    /// Deletes every tile that the newest checkpoint doesn't cover.
    fn delete_uncovered(&self) -> Result<(), Error> {
        for name in files_under(self.reader.folder(), "tile")? {
            let is_covered = tile::parse(&name).is_some_and(|(kind, index, width)| {
                let (edge, taken) = kind.edge(self.signed);
                index < edge || (index == edge && width.is_some_and(|w| w <= taken))
            });
            if !is_covered {
                let path = self.reader.folder().join(&name);
                fs::remove_file(&path).map_err(|e| Error::io(&path, "delete", &e))?;
                // The folder of partial tiles is deleted with its last one; earlier this fails, as it should.
                if let Some(parent) = path.parent().filter(|p| p.extension().is_some_and(|e| e == "p")) {
                    drop(fs::remove_dir(parent));
                }
            }
        }
        Ok(())
    }

    /// Number of entries, including those that no checkpoint covers yet.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Appends an entry and returns its index. Signs a checkpoint when there are [`CHECKPOINT_EVERY`] entries since the
    /// last one.
    ///
    /// # Errors
    /// [`Error::Log`] if the entry is longer than [`MOST_ENTRY_BYTES`], [`Error::Io`] if files can't be written.
    pub fn append(&mut self, entry: &[u8]) -> Result<u64, Error> {
        if entry.len() > MOST_ENTRY_BYTES {
            let problem = format!("an entry has {} bytes; the limit is {MOST_ENTRY_BYTES}", entry.len());
            return Err(self.reader.damaged("tile/entries", &problem));
        }
        let index = self.edge.size();
        tile::add_entry(&mut self.bundle, entry);
        let full = self.edge.push(merkle::leaf(entry));
        if !full.is_empty() {
            let bundle = std::mem::take(&mut self.bundle);
            self.write(&tile::full(Kind::Entries, index / TILE as u64), &bundle)?;
        }
        for (level, number, hashes) in full {
            self.write(&tile::full(Kind::Hashes(level), number), &tile::bytes(&hashes))?;
        }
        if self.edge.size() - self.signed >= CHECKPOINT_EVERY {
            self.sign()?;
        }
        Ok(index)
    }

    /// Signs with this key from now on. The next checkpoint carries the signatures of both the old and the new key.
    pub fn change_key(&mut self, signer: Signer) {
        self.co_signers = vec![std::mem::replace(&mut self.signer, signer)];
    }

    /// Syncs all entries to the disk and signs a checkpoint over them.
    ///
    /// # Errors
    /// [`Error::Log`] if another checkpoint of the same size was signed before, [`Error::Io`] if files can't be
    /// written.
    pub fn sign(&mut self) -> Result<Checkpoint, Error> {
        let checkpoint =
            Checkpoint { origin: self.signer.name().to_owned(), size: self.edge.size(), root: self.edge.root() };
        self.write_unfinished()?;
        self.sync()?;
        let signers: Vec<&Signer> = std::iter::once(&self.signer).chain(&self.co_signers).collect();
        let note = checkpoint.sign(&signers);
        let folder = self.reader.folder();
        let stored = format!("checkpoints/{}", checkpoint.size);
        match self.reader.file(&stored)? {
            // A resumed run signs again what it signed before it was stopped.
            Some(before) if before == note.as_bytes() => {}
            Some(_) if checkpoint.size == self.signed && self.co_signers.is_empty() => {}
            Some(_) => return Err(self.reader.damaged(&stored, "was signed before with a different content")),
            None => replace(folder, &stored, &note)?,
        }
        replace(folder, "checkpoint", &note)?;
        self.delete_outgrown(self.signed, checkpoint.size);
        self.signed = checkpoint.size;
        self.co_signers.clear();
        Ok(checkpoint)
    }

    /// Writes the partial tiles at the right edge, except those that are unchanged since the last checkpoint.
    fn write_unfinished(&mut self) -> Result<(), Error> {
        let (size, signed) = (self.edge.size(), self.signed);
        let (index, width) = Kind::Entries.edge(size);
        if width > 0 && size > signed {
            let bundle = std::mem::take(&mut self.bundle);
            self.write(&tile::partial(Kind::Entries, index, width), &bundle)?;
            self.bundle = bundle;
        }
        for level in 0..self.edge.levels() {
            let kind = Kind::Hashes(level);
            let (index, width) = kind.edge(size);
            if width > 0 && (index, width) != kind.edge(signed) {
                let bytes = tile::bytes(self.edge.unfinished(level));
                self.write(&tile::partial(Kind::Hashes(level), index, width), &bytes)?;
            }
        }
        Ok(())
    }

    /// Deletes partial tiles that the newest checkpoint doesn't need: a larger one holds what is in them. If each checkpoint
    /// kept its own, a log that grows by a few entries a day would store them a hundred times. One that can't be deleted
    /// does no harm.
    fn delete_outgrown(&self, before: u64, now: u64) {
        let kinds = (0..self.edge.levels()).map(Kind::Hashes).chain([Kind::Entries]);
        for kind in kinds {
            let ((index, width), (edge, newest)) = (kind.edge(before), kind.edge(now));
            let partials = |index| self.reader.folder().join(format!("{}.p", tile::full(kind, index)));
            if width > 0 && index < edge {
                drop(fs::remove_dir_all(partials(index)));
            }
            for tile in fs::read_dir(partials(edge)).into_iter().flatten().flatten() {
                if tile.file_name() != newest.to_string().as_str() {
                    drop(fs::remove_file(tile.path()));
                }
            }
        }
    }

    /// Writes a file in place, without a sync. Creates its folder only if it is missing: most tiles find it there.
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.reader.folder().join(name);
        let mut result = fs::write(&path, bytes);
        if result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::NotFound)
            && let Some(parent) = path.parent()
        {
            result = fs::create_dir_all(parent).and_then(|()| fs::write(&path, bytes));
        }
        result.map_err(|e| Error::io(&path, "write", &e))?;
        self.written.push(path);
        Ok(())
    }

    /// Syncs all files written since the last checkpoint.
    fn sync(&mut self) -> Result<(), Error> {
        let written = std::mem::take(&mut self.written);
        durable::sync(self.reader.folder(), &written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::of("log.example", &[1; 32])
    }

    fn entry(n: u64) -> Vec<u8> {
        format!("{{\"event\":\"test\",\"n\":{n}}}").into_bytes()
    }

    #[test]
    fn a_log_written_in_pieces_is_the_log_written_at_once() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut at_once = Writer::open(one.path(), signer()).unwrap();
        for n in 0..700 {
            assert_eq!(at_once.append(&entry(n)).unwrap(), n);
        }
        let whole = at_once.sign().unwrap();
        let mut last = None;
        for piece in [0..1, 1..255, 255..256, 256..600, 600..700] {
            let mut writer = Writer::open(other.path(), signer()).unwrap();
            for n in piece {
                writer.append(&entry(n)).unwrap();
            }
            last = Some(writer.sign().unwrap());
        }
        assert_eq!(last, Some(whole));
        let reader = Reader::new(other.path());
        for index in [0, 255, 256, 599, 699] {
            let proof = reader.prove(index).unwrap();
            assert_eq!(proof.entry, entry(index));
            assert!(proof.check(&signer().verifier()).is_some());
            assert_eq!(crate::proof::Proof::parse(&proof.text()), Some(proof));
        }
        for size in [1, 255, 256, 600] {
            let note = reader.text(&format!("checkpoints/{size}")).unwrap();
            let (checkpoint, _) = Checkpoint::of_note(&note).unwrap();
            assert_eq!(reader.root(size, 700).unwrap(), checkpoint.root);
        }
        assert!(!other.path().join("tile/0/000.p").exists());
    }

    #[test]
    fn what_no_checkpoint_covers_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(folder.path(), signer()).unwrap();
        for n in 0..300 {
            writer.append(&entry(n)).unwrap();
        }
        writer.sign().unwrap();
        let before = files_under(folder.path(), "tile").unwrap();
        for n in 300..900 {
            writer.append(&entry(1_000 + n)).unwrap();
        }
        writer.write_unfinished().unwrap();
        drop(writer);
        assert!(files_under(folder.path(), "tile").unwrap().len() > before.len());
        let writer = Writer::open(folder.path(), signer()).unwrap();
        assert_eq!(writer.size(), 300);
        assert_eq!(files_under(folder.path(), "tile").unwrap(), before);
    }

    #[test]
    fn another_key_and_a_damaged_tile_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(folder.path(), signer()).unwrap();
        for n in 0..300 {
            writer.append(&entry(n)).unwrap();
        }
        writer.sign().unwrap();
        assert!(Writer::open(folder.path(), Signer::of("log.example", &[2; 32])).is_err());
        let path = folder.path().join("tile/0/001.p/44");
        let mut bytes = fs::read(&path).unwrap();
        bytes[40] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(Writer::open(folder.path(), signer()).is_err());
    }
}
