//! Captures made by other programs: wget, warcio, a browser-based crawler. `tests/samples/` holds a file of each, with
//! pages written for it.

use crate::common::{Place, expect_exit, project};
use std::collections::BTreeSet;

/// Each file, its number of captures, and the addresses that become records or duplicates.
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
    // The same as one gzip stream, which has no offsets to read from.
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
        assert!(said.contains(&format!("({captures} captures)")), "{said}");
        // The same again is known, and nothing is written twice.
        let again = place.sanad(&["import", sample.to_str().unwrap()]);
        assert!(String::from_utf8_lossy(&again.stdout).contains("already imported"));
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

#[test]
fn a_source_may_be_files_that_are_there() {
    let home = Place::empty();
    let samples = project().join("tests/samples");
    home.write(
        "config/sources/sample.toml",
        "hosts = [\"sample.example\"]\ncaptures = [\"../dumps\"]\n[files]\n\"../papers\" = \"https://sample.example/papers/\"\n",
    );
    // Both folders must exist; `check` names those that don't.
    let checked = home.sanad(&["check"]);
    expect_exit(&checked, 2);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(said.contains("sample.toml:2: `captures`") && said.contains("`files`"), "{said}");
    std::fs::create_dir(home.path("dumps")).unwrap();
    std::fs::copy(samples.join("browsertrix.wacz"), home.path("dumps/b.wacz")).unwrap();
    let paper = |n: u32| {
        format!(
            "<title>Paper {n}</title><h1>Paper {n}</h1><p>This paper was lying in a folder and has the number {n}, as everybody can see.</p>"
        )
    };
    home.write("papers/one.html", paper(1));
    home.write("papers/two words/2.htm", paper(2));
    home.write("papers/notes.txt", "not taken");
    expect_exit(&home.sanad(&["run", "--now", "2026-11-01T00:00:00Z"]), 0);
    let urls = |home: &Place| -> BTreeSet<String> {
        home.lines("normalized/records/sample.jsonl")
            .iter()
            .map(|r| r["url"]["requested"].as_str().unwrap().to_owned())
            .collect()
    };
    let wanted = [
        "https://sample.example/page",
        "https://sample.example/papers/one.html",
        "https://sample.example/papers/two%20words/2.htm",
    ];
    assert_eq!(urls(&home), wanted.map(str::to_owned).into());
    let files =
        |home: &Place| std::fs::read_dir(home.path("raw")).unwrap().flatten().filter(|e| e.path().is_file()).count();
    let before = files(&home);
    expect_exit(&home.sanad(&["run", "--now", "2026-11-02T00:00:00Z"]), 0);
    assert_eq!(files(&home), before, "nothing is captured twice");
    home.write("papers/one.html", paper(111));
    expect_exit(&home.sanad(&["run", "--now", "2026-11-03T00:00:00Z"]), 0);
    let texts: Vec<String> =
        home.lines("normalized/records").iter().map(|r| r["text"].as_str().unwrap().to_owned()).collect();
    assert!(texts.iter().any(|t| t.contains("number 111")) && texts.len() == 3, "{texts:?}");
    super::server::keep_captures(&home.path("raw"));
    expect_exit(&home.sanad(&["verify"]), 0);
}
