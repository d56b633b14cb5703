//! WARC files as bytes: gzip members and records, for replacing or copying some without parsing the rest.

use crate::input::GZIP_MAGIC;
use crate::records::Records;
use crate::{Error, Fault};
use flate2::bufread::GzDecoder;
use flate2::{Compression, Crc, write::DeflateEncoder};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Copies one record, given by the offset in bytes and the id that the reader reports, as a gzip member of its own. A
/// member that holds nothing else is copied unchanged.
///
/// # Errors
/// [`Error::Io`] if the file can't be read, [`Error::Record`] if the record isn't there.
pub fn copy(path: &Path, (offset, record_id): (u64, &str)) -> Result<Vec<u8>, Error> {
    let fault = |e: std::io::Error| Error::io(path, "read", &e);
    let mut file = BufReader::new(File::open(path).map_err(fault)?);
    if file.fill_buf().map_err(fault)?.starts_with(&GZIP_MAGIC) {
        file.seek(SeekFrom::Start(offset)).map_err(fault)?;
        if let Ok((bytes, content)) = read_member(&mut file)
            && is_alone(&content, record_id)
        {
            return Ok(bytes);
        }
    }
    let name = path.display().to_string();
    let mut records = Records::open(path, &name)?;
    records.seek(offset).map_err(fault)?;
    while let Some(header) = records.next_header() {
        let Ok(header) = header else { continue };
        if header.offset == offset && header.bare("WARC-Record-ID") == record_id {
            let block = records.block(&header)?;
            return Ok(gzip(&[&header.bytes, &block.bytes, b"\r\n\r\n".as_slice()].concat()));
        }
        // Damage before the record doesn't matter here.
        records.skip(&header).unwrap_or_default();
    }
    let problem = Fault::Malformed { cause: format!("there is no record {record_id} here") };
    Err(Error::Record { file: name, offset, passed: 0, problem })
}

/// Whether a member holds this record and nothing else.
fn is_alone(content: &[u8], record_id: &str) -> bool {
    record_length(content).and_then(|length| content.split_at_checked(length)).is_some_and(|(record, after)| {
        field(record, "WARC-Record-ID").trim_matches(['<', '>']) == record_id
            && after.len() <= 4
            && after.trim_ascii().is_empty()
    })
}

/// Reads a gzip member. Returns its bytes and its decompressed content.
pub(super) fn read_member(input: &mut impl BufRead) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let mut recorder = Recorder { input, bytes: Vec::new() };
    let mut content = Vec::new();
    GzDecoder::new(&mut recorder).read_to_end(&mut content)?;
    Ok((recorder.bytes, content))
}

/// A reader that keeps a copy of the bytes taken from it.
struct Recorder<'a, R> {
    input: &'a mut R,
    bytes: Vec<u8>,
}

impl<R: BufRead> Read for Recorder<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Recorder<'_, R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // This can't fail: the bytes are in the buffer already.
        let filled = self.input.fill_buf().unwrap_or_default();
        self.bytes.extend_from_slice(filled.get(..count).unwrap_or_default());
        self.input.consume(count);
    }
}

/// Length in bytes of the record at the start of `bytes`: header and block, without the blank lines after it. Returns
/// none if there is no record with a valid length.
pub(super) fn record_length(bytes: &[u8]) -> Option<usize> {
    let head = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    let length: usize = field(bytes.get(..head)?, "Content-Length").parse().ok()?;
    head.checked_add(length).filter(|_| bytes.starts_with(b"WARC/"))
}

/// The value of a field of a record's header; empty if there is none.
pub(super) fn field(record: &[u8], name: &str) -> String {
    let end = memchr::memmem::find(record, b"\r\n\r\n").unwrap_or(record.len());
    let head = String::from_utf8_lossy(record.get(..end).unwrap_or_default()).into_owned();
    let found = head.lines().filter_map(|l| l.split_once(':')).find(|(n, _)| n.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// A raw deflate stream.
pub(super) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory can't fail.
    drop(encoder.write_all(content));
    encoder.finish().unwrap_or_default()
}

/// A gzip member.
pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    member_of(&deflate(content), content, None)
}

/// A gzip member with this deflate stream, whose content is `content`, and a comment of `comment` blanks if given.
pub(super) fn member_of(stream: &[u8], content: &[u8], comment: Option<usize>) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(content);
    let flags = if comment.is_some() { 0x10 } else { 0 };
    let mut out = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255];
    if let Some(length) = comment {
        out.extend(std::iter::repeat_n(b' ', length));
        out.push(0);
    }
    out.extend_from_slice(stream);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}
