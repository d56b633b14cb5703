//! Makes archives for tests and reads them.

use sanad_document::Capture;
use sanad_warc::{Entry, Reader};
use std::io::Write;
use std::path::{Path, PathBuf};

/// An archive in a folder that goes away with it.
pub(crate) struct Archive {
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

pub(crate) fn archive(name: &str, bytes: &[u8]) -> Archive {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Archive { path, _folder: folder }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A record with these header lines and this block.
pub(crate) fn record(fields: &str, block: &str) -> Vec<u8> {
    let date = "WARC-Date: 2026-01-02T03:04:05Z";
    format!("WARC/1.0\r\n{fields}{date}\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n", block.len()).into_bytes()
}

/// A response record of a page, with further header lines.
pub(crate) fn response(url: &str, fields: &str, body: &str) -> Vec<u8> {
    let fields = format!(
        "WARC-Type: response\r\nWARC-Record-ID: <urn:{url}>\r\nWARC-Target-URI: {url}\r\n{fields}Content-Type: application/http\r\n"
    );
    record(&fields, &format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}"))
}

/// A record of an ARC file.
pub(crate) fn arc(url: &str, body: &str) -> Vec<u8> {
    let block = format!("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{body}");
    format!("{url} 10.0.0.1 20260102030405 text/html {}\n{block}\n", block.len()).into_bytes()
}

pub(crate) fn read(archive: &Archive) -> Vec<Entry> {
    read_path(&archive.path)
}

/// Reads an archive to its end; what can't be opened is one broken place.
pub(crate) fn read_path(path: &Path) -> Vec<Entry> {
    let mut reader = match Reader::open(path, "archive", 64 << 20) {
        Ok(reader) => reader,
        Err(error) => return vec![Entry::Broken(error)],
    };
    let entries: Vec<Entry> = std::iter::from_fn(|| reader.next_entry()).take(1000).collect();
    let (_, digest) = reader.finish().unwrap();
    assert_eq!(digest, sanad_document::digest::file_digest(path).unwrap());
    entries
}

pub(crate) fn captures(entries: &[Entry]) -> Vec<Capture> {
    entries.iter().filter_map(|entry| if let Entry::Capture(c) = entry { Some(c.clone()) } else { None }).collect()
}

pub(crate) fn urls(captures: &[Capture]) -> Vec<&str> {
    captures.iter().map(|capture| capture.url.as_str()).collect()
}
