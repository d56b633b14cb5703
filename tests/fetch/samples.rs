//! Captures made by other programs: wget, warcio, a crawler in a browser. `tests/samples/` holds a file of each, of pages
//! written for it.

use super::common::{Place, expect_exit, project};
use std::collections::BTreeSet;

/// File, its captures, and the addresses that become records or duplicates of one.
const SAMPLES: [(&str, u64, &[&str]); 5] = [
    (
        "wget.warc.gz",
        4,
        &["http://127.0.0.1:8391/gzip", "http://127.0.0.1:8391/other.html", "http://127.0.0.1:8391/page.html"],
    ),
    ("wget-plain.warc", 3, &["http://127.0.0.1:8391/chunked", "http://127.0.0.1:8391/page.html"]),
    (
        "warcio.warc.gz",
        3,
        &["http://127.0.0.1:8391/chunked", "http://127.0.0.1:8391/gzip", "http://127.0.0.1:8391/page.html"],
    ),
    // The same as one gzip stream, which has no places inside.
    (
        "whole.warc.gz",
        3,
        &["http://127.0.0.1:8391/chunked", "http://127.0.0.1:8391/gzip", "http://127.0.0.1:8391/page.html"],
    ),
    ("browsertrix.wacz", 3, &["https://sample.example/page"]),
];

#[test]
fn what_other_programs_captured_is_taken_over_whole_and_read() {
    for (name, captures, wanted) in SAMPLES {
        let place = Place::empty();
        let sample = project().join("tests/samples").join(name);
        let imported = place.sanad(&["import", sample.to_str().unwrap()]);
        expect_exit(&imported, 0);
        let said = String::from_utf8_lossy(&imported.stdout).into_owned();
        assert!(said.contains(&format!("{captures} captures among them")), "{said}");
        // The same again is known, and nothing is written twice.
        let again = place.sanad(&["import", sample.to_str().unwrap()]);
        assert!(String::from_utf8_lossy(&again.stdout).contains("was imported before"));
        expect_exit(&place.run(&[]), 0);
        let records = place.lines("normalized/records");
        let urls: BTreeSet<&str> = records.iter().map(|r| r["url"]["requested"].as_str().unwrap()).collect();
        assert_eq!(urls, wanted.iter().copied().collect(), "{name}");
        for record in &records {
            let text = record["text"].as_str().unwrap();
            assert!(text.contains("read.") && text.contains("something to say"), "{name}: {text}");
        }
        let report = place.report();
        assert_eq!(report["captures"].as_u64(), Some(captures), "{name}: each capture has an outcome");
        super::server::keep_captures(&place.path("raw"));
        expect_exit(&place.sanad(&["verify"]), 0);
    }
}
