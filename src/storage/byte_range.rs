//! Reads ranges of a file.

use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::length_prefixed;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

/// A range of bytes in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ByteRange {
    /// Offset of the first byte.
    pub(crate) at: u64,
    /// Length in bytes.
    pub(crate) length: u32,
}

/// Buffer capacity that a reader keeps. Nearly all ranges are shorter; the excess of a longer one is freed with the
/// next.
pub(super) const ROOM: usize = 1 << 20;

/// Clears a buffer and frees its excess capacity.
fn empty(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.shrink_to(ROOM);
}

/// Bytes of a long range read at a time.
const STREAMED: usize = 1 << 16;

/// The content of a range: its bytes, or a stream if it is too long to be in memory as a whole.
pub(crate) enum Piece<'a> {
    Short(&'a [u8]),
    Long(BufReader<Take<&'a mut File>>),
}

/// Opens the file if needed and seeks to an offset.
fn file_at<'f>(file: &'f mut Option<File>, path: &Path, at: u64) -> io::Result<&'f mut File> {
    let file = match file {
        Some(file) => file,
        None => file.insert(File::open(path)?),
    };
    file.seek(SeekFrom::Start(at))?;
    Ok(file)
}

/// Reads ranges of one file; each thread has its own reader.
#[derive(Debug)]
pub(crate) struct RangeReader {
    path: PathBuf,
    /// Opened on first use.
    file: Option<File>,
    bytes: Vec<u8>,
}

impl Clone for RangeReader {
    fn clone(&self) -> Self {
        // An open file has one position, so the copy opens its own.
        Self::of(self.path.clone())
    }
}

impl RangeReader {
    /// A reader of the file at this path, which need not exist until something is read.
    pub(crate) fn of(path: PathBuf) -> Self {
        Self { path, file: None, bytes: Vec::new() }
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a range.
    ///
    /// # Errors
    /// When the file can't be read or ends before the range does.
    pub(crate) fn read(&mut self, span: ByteRange) -> io::Result<&[u8]> {
        empty(&mut self.bytes);
        length_prefixed::append(file_at(&mut self.file, &self.path, span.at)?, span.length.into(), &mut self.bytes)?;
        Ok(&self.bytes)
    }

    /// Reads a range, streaming it if it is long.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn piece(&mut self, span: ByteRange) -> io::Result<Piece<'_>> {
        if span.length as usize <= ROOM {
            return self.read(span).map(Piece::Short);
        }
        let file = file_at(&mut self.file, &self.path, span.at)?;
        Ok(Piece::Long(BufReader::with_capacity(STREAMED, file.take(span.length.into()))))
    }

    /// Frees the buffer.
    pub(crate) fn forget(&mut self) {
        empty(&mut self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_in_any_order_and_none_beyond_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut reader = RangeReader::of(path.clone()).clone();
        std::fs::write(&path, [vec![b'a'; 2 * ROOM], b"bc".to_vec()].concat()).unwrap();
        let end = 2 * ROOM as u64;
        let first = ByteRange { at: 0, length: u32::try_from(2 * ROOM).unwrap() };
        assert_eq!(reader.read(first).unwrap(), vec![b'a'; 2 * ROOM]);
        assert_eq!(reader.read(ByteRange { at: end, length: 2 }).unwrap(), b"bc");
        assert!(reader.bytes.capacity() <= ROOM);
        let read = |piece: Piece<'_>| match piece {
            Piece::Short(bytes) => bytes.to_vec(),
            Piece::Long(file) => file.bytes().map(Result::unwrap).collect(),
        };
        let all = ByteRange { at: 0, length: u32::try_from(2 * ROOM + 2).unwrap() };
        assert_eq!(read(reader.piece(all).unwrap()), std::fs::read(reader.path()).unwrap());
        assert_eq!(read(reader.piece(ByteRange { at: end, length: 1 }).unwrap()), b"b");
        assert_eq!(reader.read(ByteRange { at: end - 1, length: 2 }).unwrap(), b"ab");
        assert!(reader.read(ByteRange { at: end + 1, length: 2 }).is_err());
    }
}
