//! A zstd archive is read, copied from, erased from and imported. All must find the same records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cell::OnceCell;

thread_local! {
    static FOLDER: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with(|folder| sanad_fuzz::archive("some.warc.zst", bytes, folder.get_or_init(sanad_fuzz::folder).path()));
});
