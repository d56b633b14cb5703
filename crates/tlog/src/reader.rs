//! Reads a log's files. What it gives is what stands there; whether that is sound, [`sanad::log::verify`] says.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::merkle::{self, Hash, TILE, Tiles};
use crate::note::{Note, Verifier};
use crate::proof::Proof;
use crate::tile::{self, Kind};
use std::path::{Path, PathBuf};

/// A log on disk.
#[derive(Debug, Clone)]
pub struct Reader {
    folder: PathBuf,
}

impl Reader {
    /// The log in `folder`.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file's content; none when it isn't there.
    ///
    /// # Errors
    /// When it is there but can't be read.
    pub fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound || e.kind() == std::io::ErrorKind::NotADirectory => {
                Ok(None)
            }
            Err(e) => Err(Error::io(&path, "read", &e)),
        }
    }

    /// A file's content as text; an error names what is missing.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn text(&self, name: &str) -> Result<String, Error> {
        let bytes = self.file(name)?.ok_or_else(|| self.damaged(name, "is missing"))?;
        String::from_utf8(bytes).map_err(|_| self.damaged(name, "is not text"))
    }

    /// The newest checkpoint with its note; none when there is no log.
    ///
    /// # Errors
    /// When the file is there but isn't a checkpoint.
    pub fn checkpoint(&self) -> Result<Option<(Checkpoint, Note, String)>, Error> {
        let Some(bytes) = self.file("checkpoint")? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| self.damaged("checkpoint", "is not a signed checkpoint"))?;
        let (checkpoint, note) =
            Checkpoint::of_note(&text).ok_or_else(|| self.damaged("checkpoint", "is not a signed checkpoint"))?;
        Ok(Some((checkpoint, note, text)))
    }

    /// The public keys, the newest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn keys(&self) -> Result<Vec<Verifier>, Error> {
        let text = self.text("key.pub")?;
        let keys: Option<Vec<Verifier>> = text.lines().map(Verifier::parse).collect();
        keys.filter(|k| !k.is_empty() && text.ends_with('\n'))
            .ok_or_else(|| self.damaged("key.pub", "holds what isn't a key"))
    }

    /// Number of entries under the newest checkpoint; 0 when there is no log.
    ///
    /// # Errors
    /// When the checkpoint can't be read.
    pub fn size(&self) -> Result<u64, Error> {
        Ok(self.checkpoint()?.map_or(0, |(checkpoint, ..)| checkpoint.size))
    }

    /// Bytes of a tile of at least `width` places: the full one, or the partial one of exactly this width.
    fn tile_bytes(&self, kind: Kind, index: u64, width: usize) -> Result<Vec<u8>, Error> {
        if width < TILE
            && let Some(bytes) = self.file(&tile::partial(kind, index, width))?
        {
            return Ok(bytes);
        }
        let name = tile::full(kind, index);
        self.file(&name)?.ok_or_else(|| self.damaged(&name, "is missing"))
    }

    /// The entries of a bundle in a log of `size` entries.
    ///
    /// # Errors
    /// When it is missing or broken.
    pub fn bundle(&self, index: u64, size: u64) -> Result<Vec<Vec<u8>>, Error> {
        let (edge, width) = Kind::Entries.edge(size);
        let width = if index < edge { TILE } else { width };
        let bytes = self.tile_bytes(Kind::Entries, index, width)?;
        let entries = tile::entries(&bytes).filter(|e| e.len() >= width);
        let entries =
            entries.ok_or_else(|| self.damaged(&tile::full(Kind::Entries, index), "is not a bundle of entries"))?;
        Ok(entries.into_iter().take(width).map(<[u8]>::to_vec).collect())
    }

    /// One entry of a log of `size` entries.
    ///
    /// # Errors
    /// When its bundle is missing or broken.
    pub fn entry(&self, index: u64, size: u64) -> Result<Vec<u8>, Error> {
        let missing = || self.damaged("checkpoint", &format!("there is no entry {index}, the log has {size}"));
        if index >= size {
            return Err(missing());
        }
        let mut bundle = self.bundle(index / TILE as u64, size)?;
        let at = usize::try_from(index % TILE as u64).unwrap_or(0);
        if at < bundle.len() { Ok(bundle.swap_remove(at)) } else { Err(missing()) }
    }

    /// The proof that an entry stands under the newest checkpoint.
    ///
    /// # Errors
    /// When there is no log, or its tiles are missing or don't lead to the checkpoint's root.
    pub fn prove(&self, index: u64) -> Result<Proof, Error> {
        let (head, _, note) = self.checkpoint()?.ok_or_else(|| self.damaged("checkpoint", "is missing"))?;
        let entry = self.entry(index, head.size)?;
        let path = merkle::inclusion(&At { reader: self, size: head.size }, index, head.size)?;
        if merkle::root_of(merkle::leaf(&entry), index, head.size, &path) != Some(head.root) {
            return Err(self.damaged("tile", &format!("entry {index} doesn't lead to the checkpoint's root")));
        }
        Ok(Proof { entry, index, path, checkpoint: note })
    }

    /// Root of the tree of the first `size` entries, from the hash tiles.
    ///
    /// # Errors
    /// When tiles can't be read.
    pub fn root(&self, size: u64, of: u64) -> Result<Hash, Error> {
        merkle::root(&At { reader: self, size: of }, size)
    }

    /// An error about a file of the log.
    #[must_use]
    pub fn damaged(&self, name: &str, problem: &str) -> Error {
        Error::Log { path: self.folder.join(name).display().to_string(), problem: problem.to_owned() }
    }
}

/// The tiles of a log as they are at a size.
pub(super) struct At<'a> {
    pub(super) reader: &'a Reader,
    pub(super) size: u64,
}

impl Tiles for At<'_> {
    fn tile(&self, level: usize, index: u64, needed: usize) -> Result<Vec<Hash>, Error> {
        let kind = Kind::Hashes(level);
        let (edge, width) = kind.edge(self.size);
        let width = if index < edge { TILE } else { width };
        let bytes = self.reader.tile_bytes(kind, index, width)?;
        let hashes = tile::hashes(&bytes).filter(|h| h.len() >= needed.max(width));
        hashes.ok_or_else(|| self.reader.damaged(&tile::full(kind, index), "is not a tile of hashes"))
    }
}
