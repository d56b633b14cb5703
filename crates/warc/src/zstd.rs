//! Zstandard archives: a frame for each record, with or without a dictionary in front.
//!
//! The dictionary stands in a skippable frame at the start of the file, compressed or not, as the draft of the IIPC
//! ("Zstandard Compression for WARC Files") describes it and the Archive Team's crawlers write it.

use ruzstd::decoding::{BlockDecodingStrategy, Dictionary as Tables, FrameDecoder};
use std::io::{self, BufRead, Read};
use std::sync::Arc;

/// The first bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The first bytes of the skippable frame that holds the dictionary.
const DICTIONARY_MAGIC: [u8; 4] = [0x5D, 0x2A, 0x4D, 0x18];
/// The first bytes of any skippable frame, the lower half of the first aside.
const SKIPPABLE: [u8; 3] = [0x2A, 0x4D, 0x18];
/// The limit on a dictionary, in bytes. Real ones have about 1 MB.
const MAX_DICTIONARY: u64 = 64 << 20;

/// The dictionary of a file; empty if it has none.
pub(super) type Dictionary = Arc<[u8]>;

/// Whether a file that begins so is compressed with Zstandard: with a frame, or with a skippable one.
pub(super) fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&MAGIC) || is_skippable(head)
}

fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [first, rest @ ..] if first & 0xF0 == 0x50 && rest.starts_with(&SKIPPABLE))
}

/// Reads the dictionary at the start of a file.
///
/// # Errors
/// When the input fails, or the dictionary is cut, too large or can't be decompressed.
pub(super) fn dictionary(mut input: impl BufRead) -> io::Result<Dictionary> {
    let mut head = [0; 8];
    while !input.fill_buf()?.starts_with(&DICTIONARY_MAGIC) {
        if !is_skippable(input.fill_buf()?) {
            return Ok(Arc::default());
        }
        skip_one(&mut input)?;
    }
    input.read_exact(&mut head)?;
    let length = length_of(head);
    if length > MAX_DICTIONARY {
        return Err(invalid(format!("a dictionary of {length} bytes")));
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    if bytes.starts_with(&MAGIC) {
        let mut unpacked = Vec::new();
        Frame::new(bytes.as_slice(), &Arc::default()).take(MAX_DICTIONARY).read_to_end(&mut unpacked)?;
        bytes = unpacked;
    }
    Ok(bytes.into())
}

/// Skips the skippable frames at which the input stands.
pub(super) fn skip_skippable(input: &mut impl BufRead) -> io::Result<()> {
    while is_skippable(input.fill_buf()?) {
        skip_one(input)?;
    }
    Ok(())
}

fn skip_one(input: &mut impl BufRead) -> io::Result<()> {
    let mut head = [0; 8];
    input.read_exact(&mut head)?;
    io::copy(&mut input.by_ref().take(length_of(head)), &mut io::sink()).map(drop)
}

fn length_of(head: [u8; 8]) -> u64 {
    let [.., a, b, c, d] = head;
    u32::from_le_bytes([a, b, c, d]).into()
}

fn invalid(cause: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause.into())
}

/// Parses a dictionary. The decoder takes for granted that it is as long as its tables say, so it gets more bytes than
/// there are, and what it took of those is checked.
fn tables(dictionary: &[u8]) -> io::Result<Tables> {
    const PADDING: usize = 1 << 16;
    let mut padded = dictionary.to_vec();
    padded.resize(dictionary.len() + PADDING, 0);
    let mut tables = Tables::decode_dict(&padded).map_err(|e| invalid(e.to_string()))?;
    let length = tables.dict_content.len().checked_sub(PADDING).ok_or_else(|| invalid("a dictionary that is cut"))?;
    tables.dict_content.truncate(length);
    Ok(tables)
}

/// The content of one frame. Reading its end checks its checksum, if it has one.
pub(super) struct Frame<R> {
    input: R,
    decoder: FrameDecoder,
    dictionary: Dictionary,
    has_begun: bool,
}

impl<R: BufRead> Frame<R> {
    pub(super) fn new(input: R, dictionary: &Dictionary) -> Self {
        Self { input, decoder: FrameDecoder::new(), dictionary: Arc::clone(dictionary), has_begun: false }
    }

    pub(super) fn into_inner(self) -> R {
        self.input
    }

    fn begin(&mut self) -> io::Result<()> {
        self.has_begun = true;
        skip_skippable(&mut self.input)?;
        if !self.dictionary.is_empty() {
            let tables = tables(&self.dictionary)?;
            self.decoder.add_dict(tables).map_err(|e| invalid(e.to_string()))?;
        }
        self.decoder.init(&mut self.input).map_err(|e| fault_of(&e))
    }

    fn check(&self) -> io::Result<usize> {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(stated), Some(found)) if stated != found => Err(invalid("its checksum doesn't match")),
            _ => Ok(0),
        }
    }
}

/// The error for a failed decoder: one that met the end of the input keeps that kind.
fn fault_of(error: &(dyn std::error::Error + 'static)) -> io::Error {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if current.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof) {
            return io::ErrorKind::UnexpectedEof.into();
        }
        cause = current.source();
    }
    invalid(error.to_string())
}

impl<R: BufRead> Read for Frame<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.has_begun {
            self.begin()?;
        }
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let some = BlockDecodingStrategy::UptoBytes(buffer.len().max(1));
            self.decoder.decode_blocks(&mut self.input, some).map_err(|e| fault_of(&e))?;
        }
        match self.decoder.read(buffer)? {
            0 if !buffer.is_empty() => self.check(),
            count => Ok(count),
        }
    }
}
