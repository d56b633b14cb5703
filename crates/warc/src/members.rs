//! WARC files as bytes: gzip members and records as they stand, for taking some out or handing some on.

use crate::{Error, Fault};
use flate2::bufread::GzDecoder;
use flate2::{Compression, Crc, write::DeflateEncoder};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The record at a place as a gzip member of its own: the member itself where it holds nothing else.
///
/// # Errors
/// When the file can't be read or has no such record there.
pub fn copy(path: &Path, (offset, record_id): (u64, &str)) -> Result<Vec<u8>, Error> {
    let fault = |e: std::io::Error| Error::io(path, "read", &e);
    let mut file = BufReader::new(File::open(path).map_err(fault)?);
    let zipped = file.fill_buf().map_err(fault)?.starts_with(&[0x1f, 0x8b]);
    file.seek(SeekFrom::Start(offset)).map_err(fault)?;
    let (bytes, content) = if zipped {
        member(&mut file).map_err(fault)?
    } else {
        let mut head = Vec::new();
        // A plain record ends where its length says; its header is read first.
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
            let alone = zipped && record.len() + after.len() + 4 >= content.len() && after.is_empty();
            return Ok(if alone { bytes } else { packed(&[record, b"\r\n\r\n"].concat()) });
        }
        rest = after;
    }
    let problem = Fault::Malformed { cause: format!("the record {record_id} is not there") };
    Err(Error::Record { file: path.display().to_string(), offset, problem })
}

/// One gzip member as it stands, and its content.
pub(super) fn member(input: &mut impl BufRead) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let mut taken = Taking { input, bytes: Vec::new() };
    let mut content = Vec::new();
    GzDecoder::new(&mut taken).read_to_end(&mut content)?;
    Ok((taken.bytes, content))
}

/// Keeps what is read.
struct Taking<'a, R> {
    input: &'a mut R,
    bytes: Vec<u8>,
}

impl<R: BufRead> Read for Taking<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Taking<'_, R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // Nothing can fail: these bytes were filled before.
        let filled = self.input.fill_buf().unwrap_or_default();
        self.bytes.extend_from_slice(filled.get(..count).unwrap_or_default());
        self.input.consume(count);
    }
}

/// Bytes of the record that begins here, its block included but not the blank lines after it.
pub(super) fn record_length(bytes: &[u8]) -> Option<usize> {
    let head = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    let length: usize = field(bytes.get(..head)?, "Content-Length").parse().ok()?;
    head.checked_add(length).filter(|_| bytes.starts_with(b"WARC/"))
}

/// A field of a record's header; empty when it has none.
pub(super) fn field(record: &[u8], name: &str) -> String {
    let end = memchr::memmem::find(record, b"\r\n\r\n").unwrap_or(record.len());
    let head = String::from_utf8_lossy(record.get(..end).unwrap_or_default()).into_owned();
    let found = head.lines().filter_map(|l| l.split_once(':')).find(|(n, _)| n.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

pub(super) fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    drop(encoder.write_all(content));
    encoder.finish().unwrap_or_default()
}

pub(super) fn gzip(body: &[u8], content: &[u8], comment: Option<usize>) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(content);
    let flags = if comment.is_some() { 0x10 } else { 0 };
    let mut out = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255];
    if let Some(length) = comment {
        out.extend(std::iter::repeat_n(b' ', length));
        out.push(0);
    }
    out.extend_from_slice(body);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}

pub(super) fn packed(content: &[u8]) -> Vec<u8> {
    gzip(&deflated(content), content, None)
}
