//! Shared by the fuzz targets: a folder in memory, and the properties that every document and every archive must have.

use sanad_document::{Document, Page};
use sanad_extract::{Visit, judge};
use sanad::emit;
use sanad_warc::{Entry, Reader, Target, copy, erase, import};
use std::path::{Path, PathBuf};

/// A folder in memory that is deleted when the process ends.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder can be made")
}

/// Writes a file of the folder; creates missing parent folders.
pub fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).expect("a folder can be made");
    }
    std::fs::write(&path, bytes).expect("a file can be written");
    path
}

/// Takes a body through all stages to its record. Asserts that the number of blocks stays the same, and that published
/// blocks are at their offsets.
pub fn through(bytes: &[u8], page: &Page<'_>) {
    let Ok(document) = sanad_extract::extract(bytes, page) else { return };
    check(document);
}

fn check(document: Document) {
    let blocks = document.blocks.len();
    let visit =
        Visit { url: Some("https://example.tj/news/1"), captured_at: Some("2026-11-21T17:00:00Z"), ..Visit::default() };
    let (document, metadata) = judge(document, &[], &visit);
    assert_eq!(blocks, document.blocks.len(), "a block came or went");
    let record = emit::record(&document, &metadata, &emit::RecordIdentity::default());
    let length = record.text.chars().count();
    let mut end = 0;
    for block in &record.blocks {
        assert!(block.start <= block.end && block.end <= length, "{}..{} of {length}", block.start, block.end);
        assert!(end <= block.start, "blocks overlap at {end}");
        end = block.end;
    }
    serde_json::to_string(&record).expect("a record is JSON");
}

/// The largest body that is read from an archive, in bytes.
const MOST_BODY: u64 = 1 << 20;
/// Records in a byte, at most: zstd repeats a byte 128 KB times with four.
const MOST_RATIO: usize = 40_000;

/// Reads an archive, copies from it, erases from it and imports it. All must find the same records.
pub fn archive(name: &str, bytes: &[u8], folder: &Path) {
    let path = put(folder, name, bytes);
    // A package that can't be opened is told as one.
    let Ok(mut reader) = Reader::open(&path, name, MOST_BODY) else { return };
    let mut places: Vec<Target> = Vec::new();
    let mut entries = 0;
    while let Some(entry) = reader.next_entry() {
        entries += 1;
        assert!(entries <= bytes.len() * MOST_RATIO + 1, "more records than a packed file of {} bytes holds", bytes.len());
        match entry {
            Entry::Capture(c) | Entry::Faulty(c, _) | Entry::Revisit(c) => {
                assert!(c.body.len() as u64 <= MOST_BODY);
                if places.len() < 8 {
                    places.push((c.place.offset, c.place.record_id));
                }
            }
            Entry::Broken(_) | Entry::NoCaptures(_) => {}
        }
    }
    let (_, digest) = reader.finish().expect("the file is still there");
    assert_eq!(digest, sanad_document::digest::sha256(bytes), "the digest is not that of the file");
    for (offset, id) in &places {
        std::hint::black_box(copy(&path, (*offset, id)).is_ok());
    }
    let mut out = Vec::new();
    if let Ok(found) = erase(&path, &places, &mut out) {
        assert!(found <= places.len());
        if found == 0 {
            assert_eq!(out, bytes, "nothing was taken out, and yet the file is another");
        }
    }
    let raw = folder.join("raw");
    std::fs::create_dir_all(&raw).expect("a folder can be made");
    std::hint::black_box(import(&path, &raw, "2026-11-21T17:00:00Z").is_ok());
    std::fs::remove_dir_all(&raw).expect("it was made");
}
