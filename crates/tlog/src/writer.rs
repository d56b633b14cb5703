//! Appends to the log. What counts is what a signed checkpoint covers; everything after it is cut off when the log is
//! opened again, so the writer may be killed at any instruction.
//!
//! Tiles are written in place and handed to the disk all at once, before the checkpoint over them is signed. A tile
//! under a checkpoint is never written again.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::merkle::Tiles;
use crate::merkle::{self, Edge, TILE};
use crate::note::{Note, Signer};
use crate::reader::{At, Reader};
use crate::tile::{self, Kind};
use crate::{CHECKPOINT_EVERY, MOST_ENTRY_BYTES};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of files begin that are on their way.
const HALF_MADE: &str = ".new-";

/// A log that grows.
pub struct Writer {
    reader: Reader,
    signer: Signer,
    /// Keys that sign beside it: the one before, over a change of keys.
    beside: Vec<Signer>,
    edge: Edge,
    bundle: Vec<u8>,
    /// Size under the newest checkpoint.
    signed: u64,
    /// Files written since, for systems that can't sync all at once.
    written: Vec<PathBuf>,
}

impl Writer {
    /// Opens the log in `folder`, or begins it, with its origin and public key; cuts off what no checkpoint covers.
    ///
    /// # Errors
    /// When the log is another key's, or damaged under its checkpoint, or can't be written.
    pub fn open(folder: &Path, signer: Signer) -> Result<Self, Error> {
        let reader = Reader::new(folder);
        let mut writer = Self {
            reader,
            signer,
            beside: Vec::new(),
            edge: Edge::default(),
            bundle: Vec::new(),
            signed: 0,
            written: Vec::new(),
        };
        writer.tidy()?;
        match writer.reader.checkpoint()? {
            None => writer.begin()?,
            Some((checkpoint, note, _)) => {
                if !note.is_signed_by(&writer.signer.verifier()) {
                    let problem = format!("is not signed by the key given, {}", writer.signer.verifier());
                    return Err(writer.reader.damaged("checkpoint", &problem));
                }
                writer.load(&checkpoint)?;
            }
        }
        writer.cut()?;
        Ok(writer)
    }

    /// Takes away files that a killed writer left half made, and takes up a checkpoint that it had stored but not yet
    /// named as the newest: what was signed once must never be gone back on.
    fn tidy(&self) -> Result<(), Error> {
        let folder = self.reader.folder();
        let mut newest = None;
        for name in files_beside(folder)?.into_iter().chain(files_under(folder, "checkpoints")?) {
            let last = name.rsplit('/').next().unwrap_or_default();
            if last.starts_with(HALF_MADE) {
                let path = folder.join(&name);
                fs::remove_file(&path).map_err(|e| Error::io(&path, "delete", &e))?;
            }
            newest = newest.max(last.parse::<u64>().ok());
        }
        let Some(size) = newest.filter(|size| self.reader.size().is_ok_and(|signed| *size > signed)) else {
            return Ok(());
        };
        let text = self.reader.text(&format!("checkpoints/{size}"))?;
        let own = |(_, note): &(Checkpoint, Note)| note.is_signed_by(&self.signer.verifier());
        match Checkpoint::of_note(&text).filter(own) {
            Some(_) => replace(folder, "checkpoint", text),
            None => Err(self.reader.damaged(&format!("checkpoints/{size}"), "is not signed by the log's key")),
        }
    }

    fn begin(&mut self) -> Result<(), Error> {
        let folder = self.reader.folder().to_owned();
        fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, "create", &e))?;
        replace(&folder, "origin", format!("{}\n", self.signer.name()))?;
        replace(&folder, "key.pub", format!("{}\n", self.signer.verifier()))
    }

    /// The right edge at a checkpoint, and whether it has the root that was signed.
    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let size = checkpoint.size;
        let at = At { reader: &self.reader, size };
        let mut levels = Vec::new();
        for level in 0..8 {
            let kind = Kind::Hashes(level);
            let (index, width) = kind.edge(size);
            if size >> kind.shift() == 0 {
                break;
            }
            let mut hashes = if width == 0 { Vec::new() } else { at.tile(level, index, width)? };
            hashes.truncate(width);
            levels.push(hashes);
        }
        self.edge = Edge::of(size, levels);
        if self.edge.root() != checkpoint.root {
            return Err(self
                .reader
                .damaged("tile", "the tiles don't have the root that the checkpoint signs; see `sanad verify`"));
        }
        let (index, width) = Kind::Entries.edge(size);
        let entries = if width == 0 { Vec::new() } else { self.reader.bundle(index, size)? };
        for (entry, hash) in entries.iter().zip(self.edge.unfinished(0)) {
            if merkle::leaf(entry) != *hash {
                return Err(self.reader.damaged(
                    &tile::partial(Kind::Entries, index, width),
                    "is not what was signed; see `sanad verify`",
                ));
            }
            tile::add_entry(&mut self.bundle, entry);
        }
        self.signed = size;
        Ok(())
    }

    /// Takes away every tile that no checkpoint covers.
    fn cut(&self) -> Result<(), Error> {
        for name in files_under(self.reader.folder(), "tile")? {
            let known = tile::parse(&name).is_some_and(|(kind, index, width)| {
                let (edge, taken) = kind.edge(self.signed);
                index < edge || (index == edge && width.is_some_and(|w| w <= taken))
            });
            if !known {
                let path = self.reader.folder().join(&name);
                fs::remove_file(&path).map_err(|e| Error::io(&path, "delete", &e))?;
                // The folder of partial tiles goes with its last one.
                if let Some(parent) = path.parent().filter(|p| p.extension().is_some_and(|e| e == "p")) {
                    drop(fs::remove_dir(parent));
                }
            }
        }
        Ok(())
    }

    /// Number of entries, those that no checkpoint covers yet included.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Adds an entry and gives its index; signs a checkpoint when [`CHECKPOINT_EVERY`] have come since the last.
    ///
    /// # Errors
    /// When the entry is too long, or files can't be written.
    pub fn append(&mut self, entry: &[u8]) -> Result<u64, Error> {
        if entry.len() > MOST_ENTRY_BYTES {
            let problem = format!("an entry of {} bytes, more than the {MOST_ENTRY_BYTES} that fit", entry.len());
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

    /// From now on this key signs; the checkpoint that covers the change carries both keys' signatures.
    pub fn change_key(&mut self, signer: Signer) {
        self.beside = vec![std::mem::replace(&mut self.signer, signer)];
    }

    /// Brings everything to the disk and signs a checkpoint over it.
    ///
    /// # Errors
    /// When files can't be written.
    pub fn sign(&mut self) -> Result<Checkpoint, Error> {
        let checkpoint =
            Checkpoint { origin: self.signer.name().to_owned(), size: self.edge.size(), root: self.edge.root() };
        self.write_unfinished()?;
        self.sync()?;
        let signers: Vec<&Signer> = std::iter::once(&self.signer).chain(&self.beside).collect();
        let note = checkpoint.sign(&signers);
        let folder = self.reader.folder();
        let stored = format!("checkpoints/{}", checkpoint.size);
        match self.reader.file(&stored)? {
            // A run that goes on signs again what it signed before it was stopped: the same.
            Some(before) if before == note.as_bytes() => {}
            Some(_) if checkpoint.size == self.signed && self.beside.is_empty() => {}
            Some(_) => return Err(self.reader.damaged(&stored, "was signed before, and says something else")),
            None => replace(folder, &stored, &note)?,
        }
        replace(folder, "checkpoint", &note)?;
        self.drop_outgrown(self.signed, checkpoint.size);
        self.signed = checkpoint.size;
        self.beside.clear();
        Ok(checkpoint)
    }

    /// The tiles at the right edge, as wide as they are now; not those that the checkpoint before needs as they are.
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

    /// Partial tiles go when the full one is under a checkpoint. A leftover would be harmless.
    fn drop_outgrown(&self, before: u64, now: u64) {
        let kinds = (0..self.edge.levels()).map(Kind::Hashes).chain([Kind::Entries]);
        for kind in kinds {
            let (index, width) = kind.edge(before);
            if width > 0 && index < kind.edge(now).0 {
                drop(fs::remove_dir_all(self.reader.folder().join(format!("{}.p", tile::full(kind, index)))));
            }
        }
    }

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

    /// Hands all files written since the last checkpoint to the disk: one call for the file system where there is one.
    fn sync(&mut self) -> Result<(), Error> {
        let written = std::mem::take(&mut self.written);
        sync(self.reader.folder(), &written)
    }
}

/// Hands files under a folder to the disk: with one call for the whole file system where there is one.
pub fn sync(folder: &Path, files: &[PathBuf]) -> Result<(), Error> {
    if files.is_empty() {
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    {
        let fault = |e: io::Error| Error::io(folder, "sync", &e);
        let handle = File::open(folder).map_err(fault)?;
        rustix::fs::syncfs(&handle).map_err(|e| fault(e.into()))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let sync =
            |path: &PathBuf| File::open(path).and_then(|f| f.sync_all()).map_err(|e| Error::io(path, "sync", &e));
        files.iter().try_for_each(sync)
    }
}

/// Puts a small file in place so that nobody sees half of it, and on the disk.
pub fn replace(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<(), Error> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    let put = || -> io::Result<()> {
        fs::create_dir_all(parent)?;
        let mut file = tempfile::Builder::new().prefix(HALF_MADE).tempfile_in(parent)?;
        file.write_all(content.as_ref())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // It is for everyone to read, unlike other temporary files.
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|e| e.error)?;
        File::open(parent)?.sync_all()
    };
    put().map_err(|e| Error::io(&path, "write", &e))
}

/// Names of the files right in a folder.
fn files_beside(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(folder, "read", &e)),
    };
    let files = entries.filter_map(Result::ok).filter(|e| e.file_type().is_ok_and(|t| t.is_file()));
    Ok(files.map(|e| e.file_name().to_string_lossy().into_owned()).collect())
}

/// Every file under `folder/name`, as paths from `folder`, sorted.
pub fn files_under(folder: &Path, name: &str) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        let path = folder.join(&name);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(Error::io(&path, "read", &e)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| Error::io(&path, "read", &e))?;
            let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
            let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
            if is_folder { open.push(inner) } else { names.push(inner) }
        }
    }
    names.sort();
    Ok(names)
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
