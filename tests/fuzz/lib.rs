//! Shared by the fuzz targets: a folder in memory, and the properties that every document must have.

use sanad_document::{Document, Page};
use sanad_extract::{Visit, judge};
use sanad::emit;
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
