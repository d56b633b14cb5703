//! A configuration file is accepted or refused with its mistakes. The first byte chooses the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanad::Error;
use sanad::config::Config;
use std::cell::OnceCell;

thread_local! {
    static FOLDER: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
}

fuzz_target!(|input: &[u8]| {
    let [which, text @ ..] = input else { return };
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(sanad_fuzz::folder).path();
        let name = ["sanad.toml", "sources/some.toml", "sites/example.tj.toml"][usize::from(*which) % 3];
        let path = sanad_fuzz::put(folder, name, text);
        match Config::load(folder) {
            Ok(config) => {
                std::hint::black_box((
                    config.source_of("example.tj"),
                    config.site_of("example.tj"),
                    config.gone_after("some"),
                ));
            }
            Err(Error::Config { mistakes }) => assert!(!mistakes.is_empty(), "refused without a mistake"),
            Err(other) => assert!(!other.to_string().is_empty()),
        }
        std::fs::remove_file(path).expect("it was written");
    });
});
