//! A cache of extracted documents, keyed by their inputs, so that a later run parses only what is new.
//!
//! One append-only file: a header that names the code that decides documents, then frames of key, length, their
//! checksum, and content, which has checksums of its own. A torn tail, left by a killed run, is cut. A file written by
//! other code is started anew. A damaged entry is an error when it is read; [`mend`] then drops all damaged entries, and
//! the run does its work again. This is a cache, never evidence: it can be deleted.

use crate::error::Error;
use crate::run::commit::background_sync::BackgroundSync;
use crate::run::options::DOCUMENT_BUILD;
use crate::storage::byte_range::{ByteRange, Piece, RangeReader};
use crate::storage::checksum::{Checksum, checksum, tell};
use crate::worker::Request;
use crate::worker::payload::{self, Summary};
use sanad_document::{Capture, Document};
use sanad_extract::boilerplate::fingerprint::Sketch;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Key of an entry: a hash of its inputs.
pub(crate) type Key = [u8; 16];

/// Bytes before an entry's content: key, length, and the checksum of both.
const HEAD: u64 = 28;

/// File name of the cache in the state folder.
const FILE: &str = "documents.pack";

/// The cache, open for reading and appending.
pub(crate) struct Cache {
    path: PathBuf,
    out: BufWriter<File>,
    sync: BackgroundSync,
    end: u64,
    /// The entries found when it was opened.
    index: Arc<HashMap<Key, ByteRange>>,
}

/// Returns the cache key of a capture: a hash of everything its document depends on, except the code.
pub(crate) fn key(capture: &Capture, request: &Request) -> Key {
    let mut hash = blake3::Hasher::new();
    let site = serde_json::to_string(&request.site).unwrap_or_default();
    let coding = request.content_coding.as_deref();
    let warnings = serde_json::to_string(&request.warnings).unwrap_or_default();
    hash.update(&capture.status.unwrap_or_default().to_le_bytes());
    let headers = serde_json::to_string(&request.headers).unwrap_or_default();
    for part in [
        Some(capture.digest.as_str()),
        Some(&capture.url),
        request.content_type.as_deref(),
        coding,
        Some(&headers),
        Some(&site),
        Some(&warnings),
    ] {
        hash.update(part.unwrap_or_default().as_bytes());
        hash.update(&[0]);
    }
    hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}

impl Cache {
    /// Opens the cache in `folder`, or creates it.
    ///
    /// # Errors
    /// When the file can't be read or created.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let (index, end) = scan(&path).unwrap_or_default();
        let fault = |e: io::Error| Error::io(&path, "write", &e);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(fault)?;
        if file.metadata().map_err(fault)?.len() != end {
            file.set_len(end).map_err(fault)?; // some systems sync a truncated file when it is closed
        }
        let mut out = BufWriter::new(file);
        out.seek(SeekFrom::Start(end)).map_err(fault)?;
        let mut cache = Self { path: path.clone(), out, sync: BackgroundSync::default(), end, index: Arc::new(index) };
        if end == 0 {
            let header = header();
            cache.out.write_all(&header).map_err(fault)?;
            cache.end = header.len() as u64;
        }
        Ok(cache)
    }

    /// The entries that earlier runs left.
    pub(crate) fn known(&self) -> Arc<HashMap<Key, ByteRange>> {
        Arc::clone(&self.index)
    }

    /// Appends an entry and returns its position.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn add(&mut self, key: Key, entry: &[u8]) -> Result<ByteRange, Error> {
        let fault = |e: io::Error| Error::io(&self.path, "write", &e);
        let length = u32::try_from(entry.len()).map_err(|_| fault(io::Error::other("an entry over 4 GB")))?;
        self.out.write_all(&head(key, length)).map_err(fault)?;
        self.out.write_all(entry).map_err(fault)?;
        self.sync.wrote(entry.len(), self.out.get_ref()).map_err(fault)?;
        let span = ByteRange { at: self.end + HEAD, length };
        self.end += HEAD + u64::from(length);
        Ok(span)
    }

    /// Flushes what was appended, so that readers see it.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(|e| Error::io(&self.path, "write", &e))
    }

    /// Ends appending. Returns the file's path and its sync, which may still be running.
    ///
    /// # Errors
    /// When another file handle can't be opened.
    pub(crate) fn complete(&mut self) -> Result<(PathBuf, BackgroundSync), Error> {
        let file = self.out.get_ref().try_clone().map_err(|e| Error::io(&self.path, "read", &e))?;
        self.sync.complete(file);
        Ok((self.path.clone(), std::mem::take(&mut self.sync)))
    }

    /// Returns a reader for one thread.
    pub(crate) fn reader(&self) -> CacheReader {
        CacheReader(RangeReader::of(self.path.clone()))
    }
}

/// Reads entries; each thread has its own.
#[derive(Clone)]
pub(crate) struct CacheReader(RangeReader);

impl CacheReader {
    /// Reads an entry's summary: what is known without its document.
    ///
    /// # Errors
    /// When the file can't be read or the entry is damaged.
    pub(crate) fn summary(&mut self, span: ByteRange) -> Result<Summary, Error> {
        let read = self.head(span).and_then(payload::summary);
        read.map_err(|e| self.fault(&e))
    }

    /// Reads an entry's sketch: what it contributes to the table of repeated blocks.
    ///
    /// # Errors
    /// When the file can't be read or the entry is damaged.
    pub(crate) fn sketch(&mut self, span: ByteRange) -> Result<Sketch, Error> {
        let read = self.head(span).and_then(payload::sketch);
        read.map_err(|e| self.fault(&e))
    }

    /// Reads an entry's document, or the reason why there is none, and its sketch.
    ///
    /// # Errors
    /// When the file can't be read or the entry is damaged.
    pub(crate) fn read(&mut self, span: ByteRange) -> Result<(Result<Document, Error>, Sketch), Error> {
        let read = self.0.piece(span).and_then(|piece| match piece {
            Piece::Short(mut bytes) => payload::whole(&mut bytes),
            Piece::Long(mut file) => payload::whole(&mut file),
        });
        self.0.forget(); // a document takes long to judge: free the buffer meanwhile
        read.map_err(|e| self.fault(&e))
    }

    /// The part of an entry before its document.
    fn head(&mut self, span: ByteRange) -> io::Result<&[u8]> {
        let first =
            |length: usize| ByteRange { length: span.length.min(u32::try_from(length).unwrap_or(u32::MAX)), ..span };
        let length = payload::head(self.0.read(first(payload::LENGTHS))?)?;
        self.0.read(first(length))
    }

    fn fault(&self, error: &io::Error) -> Error {
        Error::DamagedCache { path: self.0.path().display().to_string(), cause: error.to_string() }
    }
}

/// The bytes before an entry's content.
fn head(key: Key, length: u32) -> Vec<u8> {
    let named = [key.as_slice(), &length.to_le_bytes()].concat();
    let sum = checksum(&named);
    [named.as_slice(), &sum].concat()
}

/// Rewrites the cache in `folder` without its damaged entries, and tells of them.
///
/// # Errors
/// When the file can't be read or written.
pub(crate) fn mend(folder: &Path) -> Result<(), Error> {
    let path = folder.join(FILE);
    tell(&path);
    let fault = |e: io::Error| Error::io(&path, "write", &e);
    let (index, _) = scan(&path).unwrap_or_default();
    let mut entries: Vec<(Key, ByteRange)> = index.into_iter().collect();
    entries.sort_by_key(|(_, span)| span.at);
    let mut mended = tempfile::NamedTempFile::new_in(folder).map_err(fault)?;
    let mut out = BufWriter::new(mended.as_file_mut());
    out.write_all(&header()).map_err(fault)?;
    let mut reader = CacheReader(RangeReader::of(path.clone()));
    for (key, span) in entries {
        if reader.read(span).is_ok()
            && let Ok(bytes) = reader.0.read(span)
        {
            out.write_all(&head(key, span.length)).and_then(|()| out.write_all(bytes)).map_err(fault)?;
        }
    }
    out.flush().map_err(fault)?;
    drop(out);
    mended.persist(&path).map(drop).map_err(|e| fault(e.error))
}

fn header() -> Vec<u8> {
    format!("sanad documents {DOCUMENT_BUILD}\n").into_bytes()
}

/// Reads the index: all whole entries, and the offset after the last one.
fn scan(path: &Path) -> io::Result<(HashMap<Key, ByteRange>, u64)> {
    let mut file = BufReader::new(File::open(path)?);
    let size = file.get_ref().metadata()?.len();
    let wanted = header();
    let mut found = vec![0; wanted.len()];
    file.read_exact(&mut found)?;
    if found != wanted {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut index = HashMap::new();
    let mut end = wanted.len() as u64;
    let (mut key, mut length, mut sum) = ([0; 16], [0; 4], Checksum::default());
    let parts = |file: &mut BufReader<File>, key: &mut Key, length: &mut [u8; 4], sum: &mut Checksum| {
        file.read_exact(key).and_then(|()| file.read_exact(length)).and_then(|()| file.read_exact(sum))
    };
    while parts(&mut file, &mut key, &mut length, &mut sum).is_ok() {
        let length = u32::from_le_bytes(length);
        if !head(key, length).ends_with(&sum) {
            tell(path); // where the next entry begins is no longer known
            break;
        }
        let next = end + HEAD + u64::from(length);
        if next > size {
            break;
        }
        index.insert(key, ByteRange { at: end + HEAD, length });
        file.seek_relative(i64::from(length))?;
        end = next;
    }
    Ok((index, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_tail_is_cut_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(folder.path()).unwrap();
        let bytes = payload::pack(&payload::Parsed::alone(Ok(Document::default()))).unwrap();
        cache.add([1; 16], &bytes).unwrap();
        cache.add([2; 16], &bytes).unwrap();
        cache.flush().unwrap();
        let path = folder.path().join("documents.pack");
        let size = std::fs::metadata(&path).unwrap().len();
        File::options().write(true).open(&path).unwrap().set_len(size - 3).unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        assert!(!cache.known().contains_key(&[2; 16]));
        let span = cache.known()[&[1; 16]];
        assert!(cache.reader().read(span).unwrap().0.is_ok());
    }

    #[test]
    fn a_mended_cache_lacks_only_what_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(folder.path()).unwrap();
        let bytes = payload::pack(&payload::Parsed::alone(Ok(Document::default()))).unwrap();
        let spans = [1, 2, 3].map(|n| cache.add([n; 16], &bytes).unwrap());
        cache.flush().unwrap();
        let path = folder.path().join(FILE);
        let mut damaged = std::fs::read(&path).unwrap();
        damaged[usize::try_from(spans[1].at).unwrap() + bytes.len() - 1] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        assert!(matches!(cache.reader().read(cache.known()[&[2; 16]]), Err(Error::DamagedCache { .. })));
        mend(folder.path()).unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let mut known: Vec<Key> = cache.known().keys().copied().collect();
        known.sort_unstable();
        assert_eq!(known, [[1; 16], [3; 16]]);
        assert!(cache.known().values().all(|span| cache.reader().read(*span).is_ok()));
    }
}
