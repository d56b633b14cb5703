//! Bytes with any header become text or an error: content codings, format, encoding, mojibake.
//!
//! The first two bytes choose the header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanad_document::Page;
use sanad_decode::{Content, decode, text_of};

const TYPES: &[Option<&str>] = &[
    None,
    Some("text/html"),
    Some("text/html; charset=utf-8"),
    Some("text/html; charset=windows-1251"),
    Some("text/html; charset=koi8-r"),
    Some("text/html; charset=utf-16"),
    Some("text/html; charset=gb18030"),
    Some("text/html; charset=iso-2022-jp"),
    Some("text/plain; charset=iso-8859-1"),
    Some("application/pdf"),
    Some("application/xhtml+xml; charset=\"x-unknown\""),
    Some("image/png"),
];
const CODINGS: &[Option<&str>] = &[
    None,
    Some("gzip"),
    Some("deflate"),
    Some("br"),
    Some("zstd"),
    Some("gzip, gzip"),
    Some("br, gzip"),
    Some("unknown"),
];

fuzz_target!(|input: &[u8]| {
    let [kind, coding, bytes @ ..] = input else { return };
    let page = Page {
        content_type: TYPES[usize::from(*kind) % TYPES.len()],
        content_coding: CODINGS[usize::from(*coding) % CODINGS.len()],
        ..Page::default()
    };
    if let Ok(body) = decode(bytes, &page)
        && let Content::Html(text) = &body.content
    {
        assert!(body.encoding.is_some(), "text without an encoding");
        // Decoding UTF-8 again changes nothing.
        let (again, _) = text_of(text.as_bytes(), Some("text/html; charset=utf-8"), &mut Vec::new());
        std::hint::black_box(again);
    }
});
