//! Lists of addresses with any header: robots.txt, sitemaps, feeds, lines of text. What they name are web addresses,
//! each once, and no more than a list may name.
//!
//! The first two bytes choose the header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanad_document::Page;
use sanad_fetch::{Robots, lists};
use std::collections::BTreeSet;

const TYPES: &[Option<&str>] = &[
    None,
    Some("application/xml"),
    Some("text/xml; charset=windows-1251"),
    Some("text/plain; charset=utf-16"),
    Some("application/feed+json"),
    Some("text/html; charset=utf-8"),
];
const CODINGS: &[Option<&str>] = &[None, Some("gzip"), Some("br"), Some("zstd"), Some("deflate"), Some("br, gzip")];

fuzz_target!(|input: &[u8]| {
    let [kind, coding, bytes @ ..] = input else { return };
    let page = Page {
        url: Some("https://example.tj/lists/1"),
        content_type: TYPES[usize::from(*kind) % TYPES.len()],
        content_coding: CODINGS[usize::from(*coding) % CODINGS.len()],
        ..Page::default()
    };
    let named = lists::addresses(bytes, &page);
    assert!(named.len() <= 50_000, "more than a list may name");
    assert!(named.iter().all(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none()));
    // An address may be named as a page, as a version of one, and as a sitemap.
    let distinct: BTreeSet<&str> = named.iter().map(|url| url.as_str()).collect();
    assert!(named.len() <= 3 * distinct.len(), "an address is named again and again");
    let robots = Robots::parse(bytes, "sanad");
    let path = String::from_utf8_lossy(bytes.get(..bytes.len().min(200)).unwrap_or_default());
    std::hint::black_box((robots.allows(&path), robots.delay(), robots.sitemaps().len()));
});
