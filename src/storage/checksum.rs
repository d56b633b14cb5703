//! Checksums of what a later run reads again: no cache is believed without one.
//!
//! Damage is a miss. It is told once per file, and what the cache held is computed again.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes of a checksum. It guards against accidents, not against somebody who may write to the folder.
pub(crate) const CHECKSUM: usize = 8;

/// A truncated BLAKE3 hash.
pub(crate) type Checksum = [u8; CHECKSUM];

/// The checksum of some bytes.
pub(crate) fn checksum(bytes: &[u8]) -> Checksum {
    finished(blake3::Hasher::new().update(bytes))
}

/// The checksum of everything a hasher was given.
pub(crate) fn finished(hash: &blake3::Hasher) -> Checksum {
    hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}

/// The error of bytes that differ from their checksum.
pub(crate) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "damaged: its checksum is another one")
}

/// Bytes with their checksum in front.
pub(crate) fn sealed(bytes: &[u8]) -> Vec<u8> {
    [checksum(bytes).as_slice(), bytes].concat()
}

/// Reads a file of [`sealed`] bytes. Returns none if there is no such file, or if it is damaged, which is told.
pub(crate) fn read_sealed(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = std::fs::read(path).ok()?;
    let is_whole = bytes.split_first_chunk().is_some_and(|(sum, rest)| checksum(rest) == *sum);
    if !is_whole {
        tell(path);
        return None;
    }
    bytes.drain(..CHECKSUM);
    Some(bytes)
}

/// The damaged files that this process has told of.
static TOLD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Tells of a damaged cache, once per file.
pub(crate) fn tell(path: &Path) {
    if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned()) {
        let file = path.display().to_string();
        tracing::warn!(file, "this cache is damaged or of another version; what it held is computed again");
    }
}

/// Hashes what is read.
pub(crate) struct HashingReader<R> {
    input: R,
    hash: blake3::Hasher,
}

impl<R: Read> HashingReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, hash: blake3::Hasher::new() }
    }

    /// Returns the checksum of what was read since the last call.
    pub(crate) fn part(&mut self) -> Checksum {
        let sum = finished(&self.hash);
        self.hash.reset();
        sum
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
