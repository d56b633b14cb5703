//! Writes WARC 1.1, one gzip member a record.

use crate::Error;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use sanad_document::digest;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A record as it is to stand in the file.
#[derive(Debug, Clone, Default)]
pub struct RecordToWrite {
    /// `WARC-Type`: `response`, `request`, `revisit`, `resource`, ….
    pub kind: String,
    /// `WARC-Target-URI`; empty for none.
    pub url: String,
    /// `WARC-Date`, RFC 3339 in UTC.
    pub date: String,
    /// `Content-Type` of the record.
    pub content_type: String,
    /// Further header fields, in order.
    pub fields: Vec<(String, String)>,
    /// The record's block: for a response the HTTP header as received, an empty line, and the body as received.
    pub block: Vec<u8>,
    /// Offset in bytes of the payload (the HTTP body) in `block`; none where payload and block are not told apart.
    pub payload_at: Option<usize>,
}

/// A WARC file that grows.
pub struct Writer {
    path: PathBuf,
    file: File,
    at: u64,
    packer: Packer,
}

/// Makes gzip members. The compressor's state takes some 300 KB: it is made once a file, not once a record.
struct Packer(Compress);

impl Packer {
    /// A member of these pieces, one after another (RFC 1952: no name, no time, no system).
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

    fn feed(&mut self, mut piece: &[u8], out: &mut Vec<u8>, flush: FlushCompress) -> io::Result<()> {
        let is_last = matches!(flush, FlushCompress::Finish);
        while is_last || !piece.is_empty() {
            // Room for progress each turn, in steps that stay small beside a page.
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
    /// Begins a new file with a warcinfo record; an existing file is never written over.
    ///
    /// # Errors
    /// When the file exists or can't be made.
    pub fn create(path: &Path, date: &str, description: &str) -> Result<Self, Error> {
        let file =
            File::options().write(true).create_new(true).open(path).map_err(|e| Error::io(path, "create", &e))?;
        let packer = Packer(Compress::new(Compression::default(), false));
        let mut writer = Self { path: path.to_owned(), file, at: 0, packer };
        let info = format!(
            "software: sanad/{}\r\nformat: WARC File Format 1.1\r\ndescription: {description}\r\n",
            env!("CARGO_PKG_VERSION")
        );
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

    /// Adds a record and gives the offset in bytes at which its gzip member begins, and its record id.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn append(&mut self, record: &RecordToWrite) -> Result<(u64, String), Error> {
        let offset = self.at;
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
        let bytes = self.packer.member(&[head.as_bytes(), &record.block, b"\r\n\r\n"]).map_err(fault)?;
        self.file.write_all(&bytes).map_err(fault)?;
        self.at += bytes.len() as u64;
        Ok((offset, id))
    }

    /// Length of the file so far, in bytes.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Adds a gzip member as it stands and gives the offset in bytes at which it begins.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn append_member(&mut self, member: &[u8]) -> Result<u64, Error> {
        let offset = self.at;
        self.file.write_all(member).map_err(|e| Error::io(&self.path, "write", &e))?;
        self.at += member.len() as u64;
        Ok(offset)
    }

    /// Hands everything to the disk.
    ///
    /// # Errors
    /// When the system can't.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(|e| Error::io(&self.path, "write", &e))
    }
}

/// A record id that follows from the record and its place, so that a repeated fetch of the same bytes at the same time gives the same file.
fn record_id(record: &RecordToWrite, offset: u64) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [&record.kind, &record.url, &record.date] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.update(&offset.to_le_bytes());
    hash.update(&record.block);
    let hex: String = hash.finalize().to_hex().chars().take(32).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // The version and variant marks of a name-based UUID (RFC 9562, version 8).
    format!("urn:uuid:{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
