//! The bytes of an archive, plain or decompressed member by member, counted and hashed as they are read.
//!
//! A member is a gzip member or a zstd frame: what can be decompressed by itself.

use crate::Fault;
use crate::zstd::{Dictionary, Frame};
use flate2::bufread::GzDecoder;
use sanad_document::digest;
use sanad_document::digest::Sha256;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The first two bytes of a gzip member.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How an archive is compressed.
#[derive(Debug, Clone)]
pub(super) enum Codec {
    Plain,
    Gzip,
    Zstd(Dictionary),
}

impl Codec {
    /// Whether a member of this compression may begin with these bytes.
    pub(super) fn may_begin(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Plain => false,
            // The method is deflate, the three highest flags are reserved; then a time, how hard the writer tried, and
            // its system.
            Self::Gzip => matches!(bytes, [0x1f, 0x8b, 8, 0..=0x1f, _, _, _, _, 0 | 2 | 4, 0..=13 | 255, ..]),
            Self::Zstd(_) => bytes.starts_with(&crate::zstd::MAGIC),
        }
    }
}

/// An archive as a stream of bytes that ends at the end of each member.
pub(super) enum Input {
    Plain(Box<SourceFile>),
    Gzip(Box<BufReader<GzDecoder<SourceFile>>>),
    Zstd(Box<BufReader<Frame<SourceFile>>>),
    /// The decoder is being replaced, or nothing is left.
    Done,
}

impl Input {
    /// Begins with the member, or the plain byte, at which the file stands.
    pub(super) fn new(file: SourceFile, codec: &Codec) -> Self {
        match codec {
            Codec::Plain => Self::Plain(Box::new(file)),
            Codec::Gzip => Self::Gzip(Box::new(BufReader::new(GzDecoder::new(file)))),
            Codec::Zstd(dictionary) => Self::Zstd(Box::new(BufReader::new(Frame::new(file, dictionary)))),
        }
    }

    /// The bytes of the whole file, or of the current member.
    pub(super) fn stream(&mut self) -> io::Result<&mut dyn BufRead> {
        match self {
            Self::Plain(file) => Ok(file.as_mut()),
            Self::Gzip(reader) => Ok(reader.as_mut()),
            Self::Zstd(reader) => Ok(reader.as_mut()),
            Self::Done => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    pub(super) fn is_compressed(&self) -> bool {
        matches!(self, Self::Gzip(_) | Self::Zstd(_))
    }

    /// Bytes that are left of a plain file.
    pub(super) fn plain_left(&self) -> Option<u64> {
        match self {
            Self::Plain(file) => Some(file.left()),
            Self::Gzip(_) | Self::Zstd(_) | Self::Done => None,
        }
    }

    /// Offset in bytes of the next byte of a plain file. Compressed files have no offsets inside a member.
    pub(super) fn plain_offset(&self) -> Option<u64> {
        match self {
            Self::Plain(file) => Some(file.offset()),
            Self::Gzip(_) | Self::Zstd(_) | Self::Done => None,
        }
    }

    /// Continues with the next member and returns its offset in bytes. Returns none at the end of the file.
    pub(super) fn next_member(&mut self, codec: &Codec) -> io::Result<Option<u64>> {
        if !self.is_compressed() {
            return Ok(None);
        }
        let Some(mut file) = self.take_file() else { return Ok(None) };
        file.skip_padding()?;
        if matches!(codec, Codec::Zstd(_)) {
            crate::zstd::skip_skippable(&mut file)?;
        }
        if file.fill_buf()?.is_empty() {
            *self = Self::Plain(Box::new(file));
            return Ok(None);
        }
        let offset = file.offset();
        *self = Self::new(file, codec);
        Ok(Some(offset))
    }

    /// Gives up the stream for the file below it, which stands somewhere in or behind the current member.
    pub(super) fn take_file(&mut self) -> Option<SourceFile> {
        match std::mem::replace(self, Self::Done) {
            Self::Plain(file) => Some(*file),
            Self::Gzip(reader) => Some(reader.into_inner().into_inner()),
            Self::Zstd(reader) => Some(reader.into_inner().into_inner()),
            Self::Done => None,
        }
    }
}

/// A file, or a part of one, that counts the bytes taken from it and hashes each of them once.
pub(super) struct SourceFile {
    inner: BufReader<File>,
    /// Bytes from the start of the file.
    taken: u64,
    /// Where the part ends.
    end: u64,
    /// Added to offsets: where the file stands in a package that it was taken from.
    base: u64,
    hashed: u64,
    digest: Sha256,
}

impl SourceFile {
    /// Opens the part of a file between two offsets in bytes.
    pub(super) fn open(path: &Path, (start, end): (u64, u64), base: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let end = end.min(file.metadata()?.len());
        if start > 0 {
            file.seek(SeekFrom::Start(start))?;
        }
        let inner = BufReader::with_capacity(1 << 16, file);
        Ok(Self { inner, taken: start, end, base, hashed: start, digest: Sha256::new() })
    }

    /// Offset in bytes, in the file or in the package that it was taken from.
    pub(super) fn offset(&self) -> u64 {
        self.taken + self.base
    }

    /// Bytes that are left of it.
    pub(super) fn left(&self) -> u64 {
        self.end.saturating_sub(self.taken)
    }

    /// Goes back to an offset that was reached before.
    pub(super) fn go_back(&mut self, offset: u64) -> io::Result<()> {
        self.taken = offset - self.base;
        self.inner.seek(SeekFrom::Start(self.taken)).map(drop)
    }

    /// Skips zero bytes: some writers fill their last block with them.
    fn skip_padding(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.fill_buf()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return Ok(());
            }
            self.consume(zeros);
        }
    }

    /// Reads the file to its end and returns the `sha256:` digest of all of it.
    pub(super) fn whole_digest(mut self) -> io::Result<String> {
        loop {
            let count = self.fill_buf()?.len();
            if count == 0 {
                return Ok(digest::named(&self.digest.finalize()));
            }
            self.consume(count);
        }
    }
}

impl Read for SourceFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for SourceFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = usize::try_from(self.end.saturating_sub(self.taken)).unwrap_or(usize::MAX);
        let bytes = self.inner.fill_buf()?;
        Ok(bytes.get(..left).unwrap_or(bytes))
    }

    fn consume(&mut self, count: usize) {
        // After going back, the bytes up to where the file had been are hashed already.
        let known = usize::try_from(self.hashed.saturating_sub(self.taken)).unwrap_or(usize::MAX);
        if let Some(new) = self.inner.buffer().get(known.min(count)..count) {
            self.digest.update(new);
        }
        self.taken += count as u64;
        self.hashed = self.hashed.max(self.taken);
        self.inner.consume(count);
    }
}

/// The fault behind a failed read: the decoder reports a file that ends too early and broken data alike as I/O errors.
pub(super) fn read_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Truncated,
        _ => Fault::Compression { cause: error.to_string() },
    }
}
