//! Writes WARC 1.1 files, one gzip member per record.

use crate::Error;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use sanad_document::digest;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A record to write. Record id, digests and lengths are added by the writer.
#[derive(Debug, Clone, Default)]
pub struct RecordToWrite {
    /// `WARC-Type`: `response`, `request`, `revisit`, `resource`, ….
    pub kind: String,
    /// `WARC-Target-URI`; empty if the record has none.
    pub url: String,
    /// `WARC-Date`, RFC 3339 in UTC.
    pub date: String,
    /// `Content-Type` of the record.
    pub content_type: String,
    /// Further header fields, in this order.
    pub fields: Vec<(String, String)>,
    /// The record's block. For a response: HTTP header, empty line and body, all as received.
    pub block: Vec<u8>,
    /// Offset in bytes of the payload (the HTTP body) in `block`; none if the record has no payload of its own.
    pub payload_at: Option<usize>,
}

/// A new WARC file, open for appending.
pub struct Writer {
    path: PathBuf,
    file: File,
    /// Length of the file in bytes.
    length: u64,
    compressor: Compressor,
}

/// Makes gzip members. The state of the deflate library takes about 300 KB, so it is made once per file, not once per
/// record.
struct Compressor(Compress);

impl Compressor {
    /// A member with these pieces, one after another (RFC 1952, without name, time and system).
    fn member(&mut self, pieces: &[&[u8]]) -> io::Result<Vec<u8>> {
        let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        let mut sum = Crc::new();
        self.0.reset();
        for piece in pieces {
            sum.update(piece);
            self.feed(piece, &mut out, FlushCompress::None)?;
        }
        self.feed(&[], &mut out, FlushCompress::Finish)?;
        out.extend_from_slice(&sum.sum().to_le_bytes());
        out.extend_from_slice(&sum.amount().to_le_bytes());
        Ok(out)
    }

    /// Compresses a piece and appends the output.
    fn feed(&mut self, mut piece: &[u8], out: &mut Vec<u8>, flush: FlushCompress) -> io::Result<()> {
        let is_last = matches!(flush, FlushCompress::Finish);
        while is_last || !piece.is_empty() {
            // Room for progress in each turn, in steps that are small compared with a page.
            out.reserve(16 << 10);
            let before = self.0.total_in();
            let status = self.0.compress_vec(piece, out, flush)?;
            let taken = usize::try_from(self.0.total_in() - before).unwrap_or(usize::MAX);
            piece = piece.get(taken..).unwrap_or_default();
            if status == Status::StreamEnd {
                break;
            }
        }
        Ok(())
    }
}

impl Writer {
    /// Creates a file with a warcinfo record that has this date and description. Never overwrites a file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file exists or can't be written.
    pub fn create(path: &Path, date: &str, description: &str) -> Result<Self, Error> {
        Self::create_with(path, date, description, &[])
    }

    /// As [`Self::create`], with further fields of the warcinfo record.
    ///
    /// # Errors
    /// [`Error::Io`] if the file exists or can't be written.
    pub fn create_with(path: &Path, date: &str, description: &str, fields: &[(&str, &str)]) -> Result<Self, Error> {
        let file =
            File::options().write(true).create_new(true).open(path).map_err(|e| Error::io(path, "create", &e))?;
        let compressor = Compressor(Compress::new(Compression::default(), false));
        let mut writer = Self { path: path.to_owned(), file, length: 0, compressor };
        let mut info = format!(
            "software: sanad/{}\r\nformat: WARC File Format 1.1\r\ndescription: {description}\r\n",
            env!("CARGO_PKG_VERSION")
        );
        info.extend(fields.iter().flat_map(|(name, value)| [*name, ": ", *value, "\r\n"]));
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        writer.append(&RecordToWrite {
            kind: "warcinfo".to_owned(),
            date: date.to_owned(),
            content_type: "application/warc-fields".to_owned(),
            fields: vec![("WARC-Filename".to_owned(), name)],
            block: info.into_bytes(),
            ..RecordToWrite::default()
        })?;
        Ok(writer)
    }

    /// Appends a record. Returns the offset in bytes of its gzip member, and its record id without brackets.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be written.
    pub fn append(&mut self, record: &RecordToWrite) -> Result<(u64, String), Error> {
        let offset = self.length;
        let id = record_id(record, offset);
        let mut head = format!("WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: <{id}>\r\n", record.kind);
        let mut field = |name: &str, value: &str| {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        };
        field("WARC-Date", &record.date);
        if !record.url.is_empty() {
            field("WARC-Target-URI", &record.url);
        }
        for (name, value) in &record.fields {
            field(name, value);
        }
        field("WARC-Block-Digest", &digest::sha256(&record.block));
        if let Some(payload) = record.payload_at.and_then(|at| record.block.get(at..)) {
            field("WARC-Payload-Digest", &digest::sha256(payload));
        }
        field("Content-Type", &record.content_type);
        field("Content-Length", &record.block.len().to_string());
        head.push_str("\r\n");

        let fault = |e: io::Error| Error::io(&self.path, "write", &e);
        let bytes = self.compressor.member(&[head.as_bytes(), &record.block, b"\r\n\r\n"]).map_err(fault)?;
        self.file.write_all(&bytes).map_err(fault)?;
        self.length += bytes.len() as u64;
        Ok((offset, id))
    }

    /// Length of the file in bytes.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.length
    }

    /// Appends a ready gzip member, unchanged. Returns its offset in bytes.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be written.
    pub fn append_member(&mut self, member: &[u8]) -> Result<u64, Error> {
        let offset = self.length;
        self.file.write_all(member).map_err(|e| Error::io(&self.path, "write", &e))?;
        self.length += member.len() as u64;
        Ok(offset)
    }

    /// Syncs the file to the disk.
    ///
    /// # Errors
    /// [`Error::Io`] if the system can't sync.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(|e| Error::io(&self.path, "write", &e))
    }
}

/// A record id derived from the record and its offset, so that the same captures at the same times make the same file.
fn record_id(record: &RecordToWrite, offset: u64) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [&record.kind, &record.url, &record.date] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.update(&offset.to_le_bytes());
    hash.update(&record.block);
    uuid(&hash)
}

/// A hash as a UUID of version 8, the one for custom derivations (RFC 9562, section 5.8).
pub(super) fn uuid(hash: &blake3::Hasher) -> String {
    let hex: String = hash.finalize().to_hex().chars().take(32).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
