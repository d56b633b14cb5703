//! An HTML page becomes a record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanad_document::Page;
use sanad_extract::extract_with_lines;

fuzz_target!(|bytes: &[u8]| {
    let page = Page {
        url: Some("https://example.tj/tg/news/1?print=1"),
        content_type: Some("text/html; charset=utf-8"),
        ..Page::default()
    };
    sanad_fuzz::through(bytes, &page);
    if bytes.len() < 4_096 {
        std::hint::black_box(extract_with_lines(bytes, &page).is_ok());
    }
});
