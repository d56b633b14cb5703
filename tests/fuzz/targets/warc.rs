//! A WARC file is read, copied from, erased from and imported. All must find the same records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanad_warc::{Entry, Reader, Target, copy, erase, import};
use std::cell::OnceCell;

/// The largest body that is read, in bytes.
const MOST_BODY: u64 = 1 << 20;

thread_local! {
    static FOLDER: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with(|folder| run(bytes, folder.get_or_init(sanad_fuzz::folder).path()));
});

fn run(bytes: &[u8], folder: &std::path::Path) {
    let path = sanad_fuzz::put(folder, "some.warc.gz", bytes);
    let mut reader = Reader::open(&path, "some.warc.gz", MOST_BODY).expect("the file is there");
    let mut places: Vec<Target> = Vec::new();
    let mut entries = 0;
    while let Some(entry) = reader.next_entry() {
        entries += 1;
        assert!(entries <= bytes.len() * 1_100 + 1, "more records than a deflated file of {} bytes holds", bytes.len());
        match entry {
            Entry::Capture(c) | Entry::Faulty(c, _) | Entry::Revisit(c) => {
                assert!(c.body.len() as u64 <= MOST_BODY);
                if places.len() < 8 {
                    places.push((c.place.offset, c.place.record_id));
                }
            }
            Entry::Broken(_) => {}
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
