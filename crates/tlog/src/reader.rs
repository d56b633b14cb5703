//! Reads the files of a log as they are on disk.
//!
//! Only [`Reader::prove`] checks what it returns. Checking a whole log is left to the caller: [`crate::merkle`] has the
//! parts.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::merkle::{self, Hash, TILE, Tiles};
use crate::note::{Note, Verifier};
use crate::proof::Proof;
use crate::tile::{self, Kind};
use std::path::{Path, PathBuf};

/// A log on disk, open for reading. It keeps nothing in memory: each call reads the files it needs.
#[derive(Debug, Clone)]
pub struct Reader {
    folder: PathBuf,
}

impl Reader {
    /// The log in `folder`. Reads nothing yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The log's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Content of a file of the log. Returns none if the file doesn't exist.
    ///
    /// # Errors
    /// [`Error::Io`] if it exists but can't be read.
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

    /// Content of a text file of the log.
    ///
    /// # Errors
    /// [`Error::Log`] if the file doesn't exist or isn't UTF-8, [`Error::Io`] if it can't be read.
    pub fn text(&self, name: &str) -> Result<String, Error> {
        let bytes = self.file(name)?.ok_or_else(|| self.damaged(name, "is missing"))?;
        String::from_utf8(bytes).map_err(|_| self.damaged(name, "is not text"))
    }

    /// The newest checkpoint, its parsed note and the note's text. Returns none if there is no log. The signatures are
    /// unchecked.
    ///
    /// # Errors
    /// [`Error::Log`] if the file isn't a checkpoint.
    pub fn checkpoint(&self) -> Result<Option<(Checkpoint, Note, String)>, Error> {
        let Some(bytes) = self.file("checkpoint")? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| self.damaged("checkpoint", "is not a signed checkpoint"))?;
        let (checkpoint, note) =
            Checkpoint::of_note(&text).ok_or_else(|| self.damaged("checkpoint", "is not a signed checkpoint"))?;
        Ok(Some((checkpoint, note, text)))
    }

    /// The log's public keys, newest first.
    ///
    /// # Errors
    /// [`Error::Log`] if `key.pub` is missing or holds anything else.
    pub fn keys(&self) -> Result<Vec<Verifier>, Error> {
        let text = self.text("key.pub")?;
        let keys: Option<Vec<Verifier>> = text.lines().map(Verifier::parse).collect();
        keys.filter(|k| !k.is_empty() && text.ends_with('\n'))
            .ok_or_else(|| self.damaged("key.pub", "holds a line that is not a public key"))
    }

    /// Number of entries that the newest checkpoint covers; 0 if there is no log.
    ///
    /// # Errors
    /// As [`Reader::checkpoint`].
    pub fn size(&self) -> Result<u64, Error> {
        Ok(self.checkpoint()?.map_or(0, |(checkpoint, ..)| checkpoint.size))
    }

    /// Bytes of the partial tile of this width if it exists, else of the full tile.
    fn tile_bytes(&self, kind: Kind, index: u64, width: usize) -> Result<Vec<u8>, Error> {
        if width < TILE
            && let Some(bytes) = self.file(&tile::partial(kind, index, width))?
        {
            return Ok(bytes);
        }
        let name = tile::full(kind, index);
        self.file(&name)?.ok_or_else(|| self.damaged(&name, "is missing"))
    }

    /// The entries of a bundle, as far as they belong to the first `size` entries of the log.
    ///
    /// # Errors
    /// [`Error::Log`] if the bundle is missing or damaged.
    pub fn bundle(&self, index: u64, size: u64) -> Result<Vec<Vec<u8>>, Error> {
        let (edge, width) = Kind::Entries.edge(size);
        let width = if index < edge { TILE } else { width };
        let bytes = self.tile_bytes(Kind::Entries, index, width)?;
        let entries = tile::entries(&bytes).filter(|e| e.len() >= width);
        let entries =
            entries.ok_or_else(|| self.damaged(&tile::full(Kind::Entries, index), "is not a bundle of entries"))?;
        Ok(entries.into_iter().take(width).map(<[u8]>::to_vec).collect())
    }

    /// One of the first `size` entries of the log.
    ///
    /// # Errors
    /// [`Error::Log`] if `index` isn't below `size`, or the entry's bundle is missing or damaged.
    pub fn entry(&self, index: u64, size: u64) -> Result<Vec<u8>, Error> {
        let missing = || self.damaged("checkpoint", &format!("there is no entry {index}: the log has {size}"));
        if index >= size {
            return Err(missing());
        }
        let mut bundle = self.bundle(index / TILE as u64, size)?;
        let at = usize::try_from(index % TILE as u64).unwrap_or(0);
        if at < bundle.len() { Ok(bundle.swap_remove(at)) } else { Err(missing()) }
    }

    /// The proof that the newest checkpoint covers an entry. Checks that the proof leads to the checkpoint's root, but
    /// not the checkpoint's signatures.
    ///
    /// # Errors
    /// [`Error::Log`] if there is no log or no such entry, or its tiles are missing or don't lead to the root.
    pub fn prove(&self, index: u64) -> Result<Proof, Error> {
        let (head, _, note) = self.checkpoint()?.ok_or_else(|| self.damaged("checkpoint", "is missing"))?;
        let entry = self.entry(index, head.size)?;
        let path = merkle::inclusion(&SizedTiles { reader: self, size: head.size }, index, head.size)?;
        if merkle::root_of(merkle::leaf(&entry), index, head.size, &path) != Some(head.root) {
            return Err(self.damaged("tile", &format!("entry {index} doesn't lead to the checkpoint's root")));
        }
        Ok(Proof { entry, index, path, checkpoint: note })
    }

    /// Root of the tree over the first `size` entries, computed from the hash tiles of a log of `log_size` entries.
    ///
    /// # Errors
    /// [`Error::Log`] if a tile is missing or damaged.
    pub fn root(&self, size: u64, log_size: u64) -> Result<Hash, Error> {
        merkle::root(&SizedTiles { reader: self, size: log_size }, size)
    }

    /// An error about a file of the log.
    pub(crate) fn damaged(&self, name: &str, problem: &str) -> Error {
        Error::Log { path: self.folder.join(name).display().to_string(), problem: problem.to_owned() }
    }
}

/// The hash tiles of a log of a given size: the size decides which tiles are partial.
pub(super) struct SizedTiles<'a> {
    pub(super) reader: &'a Reader,
    pub(super) size: u64,
}

impl Tiles for SizedTiles<'_> {
    fn tile(&self, level: usize, index: u64, needed: usize) -> Result<Vec<Hash>, Error> {
        let kind = Kind::Hashes(level);
        let (edge, width) = kind.edge(self.size);
        let width = if index < edge { TILE } else { width };
        let bytes = self.reader.tile_bytes(kind, index, width)?;
        let hashes = tile::hashes(&bytes).filter(|h| h.len() >= needed.max(width));
        hashes.ok_or_else(|| self.reader.damaged(&tile::full(kind, index), "is not a tile of hashes"))
    }
}
