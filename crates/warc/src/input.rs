//! The bytes of a WARC file, plain or decompressed member by member, counted and hashed as they are read.

use crate::{Error, Fault};
use flate2::bufread::GzDecoder;
use sanad_document::digest;
use sanad_document::digest::Sha256;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The first two bytes of a gzip member.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A WARC file as a stream of records.
pub(super) enum Input {
    Plain(Box<HashedFile>),
    Gzip(Box<BufReader<GzDecoder<HashedFile>>>),
    /// The decoder is being replaced, or nothing is left.
    Done,
}

impl Input {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let fault = |e: io::Error| Error::io(path, "read", &e);
        let file = File::open(path).map_err(fault)?;
        let mut file = HashedFile { inner: BufReader::with_capacity(1 << 16, file), taken: 0, digest: Sha256::new() };
        let is_gzip = file.fill_buf().map_err(fault)?.starts_with(&GZIP_MAGIC);
        Ok(if is_gzip { Self::member(file) } else { Self::Plain(Box::new(file)) })
    }

    /// The gzip member that begins where the file is now.
    fn member(file: HashedFile) -> Self {
        Self::Gzip(Box::new(BufReader::new(GzDecoder::new(file))))
    }

    /// The records: of the whole file, or of the current gzip member.
    pub(super) fn stream(&mut self) -> Result<&mut dyn BufRead, Fault> {
        match self {
            Self::Plain(file) => Ok(file.as_mut()),
            Self::Gzip(reader) => Ok(reader.as_mut()),
            Self::Done => Err(Fault::Truncated),
        }
    }

    /// Offset in bytes of the next byte of a plain file. Compressed files have no offsets inside a member.
    pub(super) fn plain_offset(&self) -> Option<u64> {
        match self {
            Self::Plain(file) => Some(file.taken),
            Self::Gzip(_) | Self::Done => None,
        }
    }

    /// Continues with the next gzip member and returns its offset in bytes. Returns none at the end of the file.
    pub(super) fn next_member(&mut self) -> Result<Option<u64>, Fault> {
        let Self::Gzip(reader) = self else {
            return Ok(None);
        };
        if reader.get_mut().get_mut().fill_buf().map_err(|e| read_fault(&e))?.is_empty() {
            return Ok(None);
        }
        match std::mem::replace(self, Self::Done) {
            Self::Gzip(reader) => {
                let file = reader.into_inner().into_inner();
                let offset = file.taken;
                *self = Self::member(file);
                Ok(Some(offset))
            }
            Self::Plain(_) | Self::Done => Ok(None),
        }
    }

    /// Reads the file to its end and returns the `sha256:` digest of all of it.
    pub(super) fn digest(self) -> io::Result<String> {
        let mut file = match self {
            Self::Plain(file) => *file,
            Self::Gzip(reader) => reader.into_inner().into_inner(),
            Self::Done => return Ok(digest::sha256(b"")),
        };
        loop {
            let count = file.fill_buf()?.len();
            if count == 0 {
                return Ok(digest::named(&file.digest.finalize()));
            }
            file.consume(count);
        }
    }
}

/// A file that counts and hashes the bytes that are taken from it.
pub(super) struct HashedFile {
    inner: BufReader<File>,
    taken: u64,
    digest: Sha256,
}

impl Read for HashedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = {
            let available = self.inner.fill_buf()?;
            let count = available.len().min(buffer.len());
            for (to, from) in buffer.iter_mut().zip(available) {
                *to = *from;
            }
            count
        };
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for HashedFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.taken += count as u64;
        if let Some(bytes) = self.inner.buffer().get(..count) {
            self.digest.update(bytes);
        }
        self.inner.consume(count);
    }
}

/// The fault behind a failed read: the decoder reports a file that ends too early and broken data alike as I/O errors.
pub(super) fn read_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Truncated,
        _ => Fault::Gzip { cause: error.to_string() },
    }
}
