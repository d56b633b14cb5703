//! Erases records from a WARC file without moving any other record.
//!
//! A tombstone of the same length, a metadata record, replaces each erased record: offsets that a log names stay valid.

use crate::format::{Format, sniff};
use crate::input::{Codec, GZIP_MAGIC};
use crate::members::{deflate, field, gzip, member_of, read_member, record_length};
use crate::{Error, Fault};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

/// A record to erase: its offset in bytes as the reader reports it, and its `WARC-Record-ID` without brackets.
pub type Target = (u64, String);

/// The limit on the comment of a gzip header, which serves as filler, in bytes. Decoders keep at most 64 KB of it.
const MOST_COMMENT: usize = 60_000;

/// Copies the file `path` to `out` with tombstones in place of the targets. Returns the number of targets that were
/// found.
///
/// # Errors
/// [`Error::Io`] if the file can't be read or the copy can't be written, [`Error::Record`] if a record is too short for
/// a tombstone.
pub fn erase(path: &Path, targets: &[Target], out: &mut impl Write) -> Result<usize, Error> {
    let fault = |e: std::io::Error| Error::io(path, "read", &e);
    let mut input = BufReader::new(std::fs::File::open(path).map_err(fault)?);
    let is_gzip = input.fill_buf().map_err(fault)?.starts_with(&GZIP_MAGIC);
    let file = path.display().to_string();
    let sniffed = sniff(path).map_err(fault)?;
    if sniffed.format != Format::Warc || matches!(sniffed.codec, Codec::Zstd(_)) {
        return Err(Error::Record { file, offset: 0, passed: 0, problem: Fault::ReadOnly });
    }
    let mut eraser = Eraser { file, targets, found: 0, changed: false };
    if !is_gzip {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(fault)?;
        let bytes = eraser.erased(&bytes, OffsetsOf::Records)?;
        out.write_all(&bytes).map_err(|e| Error::io(path, "write", &e))?;
        return Ok(eraser.found);
    }
    let mut at = 0;
    while !input.fill_buf().map_err(fault)?.is_empty() {
        let (member, content) = read_member(&mut input).map_err(fault)?;
        eraser.changed = false;
        let new = eraser.erased(&content, OffsetsOf::Member(at))?;
        if eraser.changed {
            let is_last = input.fill_buf().map_err(fault)?.is_empty();
            // A file's only member may change its length: nothing comes after it.
            let new = if is_last && at == 0 { gzip(&new) } else { eraser.member_of_length(&new, member.len(), at)? };
            out.write_all(&new).map_err(|e| Error::io(path, "write", &e))?;
        } else {
            out.write_all(&member).map_err(|e| Error::io(path, "write", &e))?;
        }
        at += member.len() as u64;
    }
    Ok(eraser.found)
}

/// What the offsets of records mean.
#[derive(Clone, Copy)]
enum OffsetsOf {
    /// Each record of a plain file has its own.
    Records,
    /// All records of a gzip member have the member's, which is this one.
    Member(u64),
}

/// Erases the targets from pieces of one file.
struct Eraser<'a> {
    file: String,
    targets: &'a [Target],
    found: usize,
    /// Whether anything was erased from the current piece.
    changed: bool,
}

impl Eraser<'_> {
    fn error(&self, offset: u64, cause: &str) -> Error {
        let problem = Fault::Malformed { cause: cause.to_owned() };
        Error::Record { file: self.file.clone(), offset, passed: 0, problem }
    }

    /// The records of `bytes`, with tombstones in place of the targets.
    fn erased(&mut self, bytes: &[u8], offsets: OffsetsOf) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = bytes.len() - rest.len();
            let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            if blank > 0 {
                let (line_ends, after) = rest.split_at(blank);
                out.extend_from_slice(line_ends);
                rest = after;
                continue;
            }
            let Some(length) = record_length(rest) else {
                // Unreadable data stays as it is. A target in it isn't counted as found, which is the caller's to
                // notice.
                out.extend_from_slice(rest);
                break;
            };
            let (record, after) = rest.split_at(length.min(rest.len()));
            let (offset, length) = match offsets {
                OffsetsOf::Records => (at as u64, Some(record.len())),
                OffsetsOf::Member(offset) => (offset, None),
            };
            let named = |name: &str| field(record, name).trim_matches(['<', '>']).to_owned();
            let (id, origin) = (named("WARC-Record-ID"), named("WARC-Segment-Origin-ID"));
            let is_target = self.targets.iter().any(|(wanted, name)| *wanted == offset && *name == id);
            // Further segments of a target go with it, wherever they stand.
            if is_target || (!origin.is_empty() && self.targets.iter().any(|(_, name)| *name == origin)) {
                self.found += usize::from(is_target);
                self.changed = true;
                let tombstone = tombstone(record, length);
                out.extend(tombstone.ok_or_else(|| self.error(offset, "the record is too short for a tombstone"))?);
            } else {
                out.extend_from_slice(record);
            }
            rest = after;
        }
        Ok(out)
    }

    /// Gzip members of exactly this length in total with this content, or with none if it doesn't fit.
    fn member_of_length(&self, content: &[u8], length: usize, at: u64) -> Result<Vec<u8>, Error> {
        [content, b""]
            .iter()
            .find_map(|content| filled(&deflate(content), content, length))
            .ok_or_else(|| self.error(at, "the record's gzip member is too short for a tombstone"))
    }
}

/// The metadata record that replaces a record, of exactly `length` bytes if given. Returns none if it doesn't fit.
fn tombstone(record: &[u8], length: Option<usize>) -> Option<Vec<u8>> {
    let line = |name: &str| {
        let value = field(record, name);
        if value.is_empty() { String::new() } else { format!("{name}: {value}\r\n") }
    };
    let full = ["WARC-Date", "WARC-Target-URI"].map(line).concat();
    let block = "the record that stood here was erased; the log says when and why\r\n";
    // With a fixed length, the shorter form may be all that fits.
    [full.as_str(), ""].iter().find_map(|more| {
        let head = format!(
            "WARC/1.1\r\nWARC-Type: metadata\r\n{}{more}Content-Type: text/plain\r\nContent-Length: ",
            line("WARC-Record-ID")
        );
        let with = |count: usize| {
            let text: String = block.chars().chain(std::iter::repeat(' ')).take(count).collect();
            format!("{head}{count}\r\n\r\n{text}").into_bytes()
        };
        let Some(length) = length else { return Some(with(block.len())) };
        // The digits of `Content-Length` count too. Some lengths are impossible with a plain number (a block of 99
        // bytes has two digits, one of 100 has three); a number with leading zeros meets them.
        let room = length.checked_sub(head.len() + 4)?;
        (1..=8).filter_map(|digits| room.checked_sub(digits)).map(with).find(|made| made.len() == length).or_else(
            || {
                let wide = room.checked_sub(9)?;
                let text: String = block.chars().chain(std::iter::repeat(' ')).take(wide).collect();
                Some(format!("{head}{wide:09}\r\n\r\n{text}").into_bytes())
            },
        )
    })
}

/// Gzip members of exactly this length in total with this content. Returns none if they would be longer.
fn filled(stream: &[u8], content: &[u8], length: usize) -> Option<Vec<u8>> {
    let plain = member_of(stream, content, None);
    if plain.len() == length {
        return Some(plain);
    }
    // A comment ends with a zero byte.
    let mut missing = length.checked_sub(plain.len() + 1)?;
    let empty = deflate(b"");
    let smallest = member_of(&empty, b"", Some(0)).len();
    let mut fillers = Vec::new();
    while missing > MOST_COMMENT {
        // Empty members take what one comment can't; the rest goes into the comment of the member with the content.
        let comment = MOST_COMMENT.min(missing.saturating_sub(smallest));
        fillers.extend(member_of(&empty, b"", Some(comment)));
        missing = missing.checked_sub(smallest + comment)?;
    }
    let mut out = member_of(stream, content, Some(missing));
    out.extend(fillers);
    (out.len() == length).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Reader, RecordToWrite, Writer};

    fn response(n: usize, size: usize) -> RecordToWrite {
        let mut block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec();
        let payload_at = Some(block.len());
        // Text that doesn't compress well.
        let words = (0..size).map(|i| blake3::hash(&(n * 1_000_003 + i).to_le_bytes()).to_hex().to_string());
        block.extend(words.collect::<Vec<_>>().join(" ").into_bytes());
        RecordToWrite {
            kind: "response".to_owned(),
            url: format!("https://a.example/{n}"),
            date: "2026-01-01T00:00:00Z".to_owned(),
            content_type: "application/http;msgtype=response".to_owned(),
            block,
            payload_at,
            ..RecordToWrite::default()
        }
    }

    fn captures(path: &Path) -> Vec<(u64, String, String)> {
        let mut reader = Reader::open(path, "x", u64::MAX).unwrap();
        let mut found = Vec::new();
        while let Some(entry) = reader.next_entry() {
            let Entry::Capture(c) = entry else { panic!("{entry:?}") };
            found.push((c.place.offset, c.place.record_id, c.digest));
        }
        found
    }

    #[test]
    fn what_is_left_stays_where_it_was_in_every_kind_of_file() {
        let folder = tempfile::tempdir().unwrap();
        let many = folder.path().join("many.warc.gz");
        let mut writer = Writer::create(&many, "2026-01-01T00:00:00Z", "test").unwrap();
        for (n, size) in [4, 40, 8_000, 4].into_iter().enumerate() {
            writer.append(&response(n, size)).unwrap();
        }
        let mut content = Vec::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(&many).unwrap()).read_to_end(&mut content).unwrap();
        let plain = folder.path().join("plain.warc");
        std::fs::write(&plain, &content).unwrap();
        let single = folder.path().join("single.warc.gz");
        std::fs::write(&single, gzip(&content)).unwrap();
        for path in [many, plain, single] {
            let before = captures(&path);
            assert_eq!(before.len(), 4);
            for gone in 0..4 {
                let target = (before[gone].0, before[gone].1.clone());
                let mut out = Vec::new();
                assert_eq!(erase(&path, &[target], &mut out).unwrap(), 1);
                let after = path.with_extension("new");
                std::fs::write(&after, &out).unwrap();
                let mut wanted = before.clone();
                wanted.remove(gone);
                assert_eq!(captures(&after), wanted, "{} {gone}", path.display());
            }
        }
    }
}
