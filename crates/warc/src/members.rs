//! WARC files as bytes: gzip members and records, for replacing or copying some without parsing the rest.

use crate::input::GZIP_MAGIC;
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
    let is_gzip = file.fill_buf().map_err(fault)?.starts_with(&GZIP_MAGIC);
    file.seek(SeekFrom::Start(offset)).map_err(fault)?;
    let (bytes, content) = if is_gzip {
        read_member(&mut file).map_err(fault)?
    } else {
        let mut head = Vec::new();
        // The header says where a plain record ends.
        while !head.ends_with(b"\r\n\r\n") && file.read_until(b'\n', &mut head).map_err(fault)? > 0 {}
        let length: u64 = field(&head, "Content-Length").parse().unwrap_or(0);
        file.take(length).read_to_end(&mut head).map_err(fault)?;
        (Vec::new(), head)
    };
    let mut rest = content.as_slice();
    while let Some(length) = record_length(rest) {
        let Some((record, after)) = rest.split_at_checked(length) else { break };
        let after = after.trim_ascii_start();
        if field(record, "WARC-Record-ID").trim_matches(['<', '>']) == record_id {
            let is_alone = is_gzip && record.len() + after.len() + 4 >= content.len() && after.is_empty();
            return Ok(if is_alone { bytes } else { gzip(&[record, b"\r\n\r\n"].concat()) });
        }
        rest = after;
    }
    let problem = Fault::Malformed { cause: format!("there is no record {record_id} here") };
    Err(Error::Record { file: path.display().to_string(), offset, problem })
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
