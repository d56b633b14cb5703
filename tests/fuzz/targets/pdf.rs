//! A PDF becomes a record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanad_document::Page;

fuzz_target!(|bytes: &[u8]| {
    let page =
        Page { url: Some("https://example.tj/papers/1.pdf"), content_type: Some("application/pdf"), ..Page::default() };
    sanad_fuzz::through(bytes, &page);
});
