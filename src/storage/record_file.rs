//! Files of length-prefixed records (borsh), each with a checksum: what many captures leave for a later stage doesn't
//! have to stay in memory.

use super::byte_range::{ByteRange, Piece, ROOM, RangeReader};
use super::checksum::{CHECKSUM, Checksum, HashingReader, damaged, finished};
use crate::error::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::length_prefixed;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Bytes before a record: its length, and the checksum of length and record.
const LENGTH: usize = 4;
const HEAD: usize = LENGTH + CHECKSUM;

/// Writes a file of records.
pub(crate) struct RecordFileWriter<T> {
    path: PathBuf,
    out: BufWriter<File>,
    end: u64,
    bytes: Vec<u8>,
    of: PhantomData<fn(T)>,
}

/// A complete file of records.
pub(crate) struct RecordFile<T> {
    path: PathBuf,
    of: PhantomData<fn() -> T>,
}

/// Reads single records; each thread has its own reader.
pub(crate) struct RecordReader<T> {
    reader: RangeReader,
    of: PhantomData<fn() -> T>,
}

impl<T: BorshSerialize> RecordFileWriter<T> {
    /// Creates a file in a folder, replacing an existing one.
    ///
    /// # Errors
    /// When it can't be created.
    pub(crate) fn begin(folder: &Path, name: &str) -> Result<Self, Error> {
        let path = folder.join(name);
        let file = File::create(&path).map_err(|e| Error::io(&path, "create", &e))?;
        Ok(Self { path, out: BufWriter::with_capacity(1 << 16, file), end: 0, bytes: Vec::new(), of: PhantomData })
    }

    /// Appends a record and returns its position.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn add(&mut self, thing: &T) -> Result<ByteRange, Error> {
        let write = |frames: &mut Self| {
            frames.bytes.clear();
            frames.bytes.resize(HEAD, 0);
            thing.serialize(&mut frames.bytes)?;
            let length = u32::try_from(frames.bytes.len() - HEAD).map_err(io::Error::other)?;
            let sum = checksum_of(length, frames.bytes.get(HEAD..).unwrap_or_default());
            for (slot, byte) in frames.bytes.iter_mut().zip(length.to_le_bytes().into_iter().chain(sum)) {
                *slot = byte;
            }
            frames.out.write_all(&frames.bytes)?;
            frames.bytes.shrink_to(ROOM);
            Ok(length)
        };
        let length = write(self).map_err(|e: io::Error| Error::io(&self.path, "write", &e))?;
        let span = ByteRange { at: self.end + HEAD as u64, length };
        self.end = span.at + u64::from(length);
        Ok(span)
    }

    /// Flushes the file.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn finish(mut self) -> Result<RecordFile<T>, Error> {
        self.out.flush().map_err(|e| Error::io(&self.path, "write", &e))?;
        Ok(RecordFile { path: self.path, of: PhantomData })
    }
}

impl<T: BorshDeserialize> RecordFile<T> {
    /// The complete file at this path.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path, of: PhantomData }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A reader for one thread.
    pub(crate) fn reader(&self) -> RecordReader<T> {
        RecordReader { reader: RangeReader::of(self.path.clone()), of: PhantomData }
    }

    /// Iterates over all records.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub(crate) fn each(&self) -> Result<Each<T>, Error> {
        self.each_after(ByteRange::default())
    }

    /// Iterates over the records after the one at `place`.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub(crate) fn each_after(&self, place: ByteRange) -> Result<Each<T>, Error> {
        let end = place.at + u64::from(place.length);
        let open = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(end))?;
            Ok(BufReader::with_capacity(1 << 16, file))
        };
        let file = open().map_err(|e| Error::io(&self.path, "read", &e))?;
        Ok(Each { path: self.path.clone(), file, end, bytes: Vec::new(), is_over: false, of: PhantomData })
    }
}

impl<T: BorshDeserialize> RecordReader<T> {
    /// Reads the record at a position.
    ///
    /// # Errors
    /// When the file can't be read, or the record is damaged, or something else is stored there.
    pub(crate) fn read(&mut self, span: ByteRange) -> Result<T, Error> {
        let mut read = || {
            let sum = self.reader.read(sum_before(span).ok_or_else(damaged)?)?;
            let sum: Checksum = sum.try_into().map_err(io::Error::other)?;
            match self.reader.piece(span)? {
                Piece::Short(bytes) => of_slice(span.length, bytes, sum),
                Piece::Long(file) => of_stream(span.length, file, sum),
            }
        };
        read().map_err(|e| Error::io(self.reader.path(), "read", &e))
    }
}

/// The range of the checksum before a record.
fn sum_before(span: ByteRange) -> Option<ByteRange> {
    Some(ByteRange { at: span.at.checked_sub(CHECKSUM as u64)?, length: u32::try_from(CHECKSUM).ok()? })
}

fn checksum_of(length: u32, bytes: &[u8]) -> Checksum {
    finished(blake3::Hasher::new().update(&length.to_le_bytes()).update(bytes))
}

/// Reads a record from memory.
fn of_slice<T: BorshDeserialize>(length: u32, bytes: &[u8], sum: Checksum) -> io::Result<T> {
    if checksum_of(length, bytes) == sum { T::try_from_slice(bytes) } else { Err(damaged()) }
}

/// Reads a large record from a stream, so that it isn't in memory twice.
fn of_stream<T: BorshDeserialize>(length: u32, input: impl Read, sum: Checksum) -> io::Result<T> {
    let length = length.to_le_bytes();
    let mut input = HashingReader::new(length.chain(input));
    <[u8; LENGTH]>::deserialize_reader(&mut input)?;
    let thing = T::try_from_reader(&mut input)?;
    if input.part() == sum { Ok(thing) } else { Err(damaged()) }
}

/// Iterates over the records of a file with their positions.
pub(crate) struct Each<T> {
    path: PathBuf,
    file: BufReader<File>,
    end: u64,
    bytes: Vec<u8>,
    /// Nothing is read after damage: where the next record begins is no longer known.
    is_over: bool,
    of: PhantomData<fn() -> T>,
}

impl<T: BorshDeserialize> Each<T> {
    fn frame(&mut self) -> io::Result<Option<(ByteRange, T)>> {
        if self.is_over || self.file.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let (mut length, mut sum) = ([0; LENGTH], Checksum::default());
        self.file.read_exact(&mut length)?;
        self.file.read_exact(&mut sum)?;
        let length = u32::from_le_bytes(length);
        let span = ByteRange { at: self.end + HEAD as u64, length };
        self.end = span.at + u64::from(length);
        if length as usize > ROOM {
            return of_stream(length, (&mut self.file).take(length.into()), sum).map(|thing| Some((span, thing)));
        }
        self.bytes.clear();
        length_prefixed::append(&mut self.file, length.into(), &mut self.bytes)?;
        of_slice(length, &self.bytes, sum).map(|thing| Some((span, thing)))
    }
}

impl<T: BorshDeserialize> Iterator for Each<T> {
    type Item = Result<(ByteRange, T), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.frame();
        self.is_over |= frame.is_err();
        frame.map_err(|e| Error::io(&self.path, "read", &e)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_in_order_and_by_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut frames = RecordFileWriter::begin(folder.path(), "words").unwrap();
        let mut words: Vec<String> = (0..100).map(|n| "ӣ".repeat(n)).collect();
        words.insert(50, "ӯ".repeat(ROOM)); // too long to be held twice
        let spans: Vec<ByteRange> = words.iter().map(|word| frames.add(word).unwrap()).collect();
        let stored = frames.finish().unwrap();
        let read: Vec<(ByteRange, String)> = stored.each().unwrap().map(Result::unwrap).collect();
        assert_eq!(read, spans.iter().copied().zip(words.clone()).collect::<Vec<_>>());
        let mut reader = stored.reader();
        assert_eq!(reader.read(spans[70]).unwrap(), words[70]);
        assert_eq!(reader.read(spans[3]).unwrap(), words[3]);
        assert_eq!(reader.read(spans[50]).unwrap(), words[50]);
        assert!(reader.read(ByteRange { length: spans[50].length + 1, ..spans[50] }).is_err());
    }

    #[test]
    fn no_changed_byte_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut frames = RecordFileWriter::begin(folder.path(), "words").unwrap();
        let words = ["a few".to_owned(), "words".to_owned(), "here".to_owned()];
        let spans: Vec<ByteRange> = words.iter().map(|word| frames.add(word).unwrap()).collect();
        let stored = frames.finish().unwrap();
        let whole = std::fs::read(stored.path()).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            std::fs::write(stored.path(), &bytes).unwrap();
            let read: Vec<Result<(ByteRange, String), Error>> = stored.each().unwrap().collect();
            assert!(read.len() <= words.len() && read.last().unwrap().is_err(), "byte {at}");
            assert!(read.iter().flatten().zip(&words).all(|((_, read), word)| read == word), "byte {at}");
            let mut reader = stored.reader();
            for (span, word) in spans.iter().zip(&words) {
                assert!(reader.read(*span).is_ok_and(|read| read == *word) || at as u64 >= span.at - CHECKSUM as u64);
            }
        }
    }
}
