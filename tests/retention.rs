//! Retention: what it removes, what it keeps, and that the log stays valid.

use crate::common::{Place, expect_exit};
use serde_json::Value;
use std::process::Output;

const TEXT: &str = "The government decided today that the water of the two rivers will be shared by all the districts of the \
    valley, as the commission had proposed in its report of the spring, and that the fees stay as they are.";

/// Writes a WARC file of one day with these pages.
fn warc(place: &Place, day: u32, pages: &[(u32, &str)]) {
    let record = |(number, word): &(u32, &str)| {
        let body = format!(
            "<html><head><title>Decision {word}</title></head><body><h1>Decision {word}</h1><p>{}</p></body></html>",
            TEXT.replace("two", word)
        );
        let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}");
        format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:test:{day}:{number}>\r\n\
             WARC-Date: 2026-01-{day:02}T03:00:00Z\r\nWARC-Target-URI: https://a.example/{number}\r\n\
             Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        )
    };
    place.write(&format!("raw/day{day}.warc"), pages.iter().map(record).collect::<Vec<_>>().concat());
}

/// Three runs: the first page changes twice, the second stays.
fn three_days() -> Place {
    let place = Place::empty();
    for (day, pages) in [(1, &[(1, "two"), (2, "nine")][..]), (2, &[(1, "three")]), (3, &[(1, "four")])] {
        warc(&place, day, pages);
        let now = format!("2026-01-{day:02}T12:00:00Z");
        expect_exit(&place.sanad(&["run", "--offline", "--now", &now]), 0);
    }
    place
}

fn prune(place: &Place, more: &[&str]) -> Output {
    place.sanad(&[&["prune", "--now", "2026-02-01T00:00:00Z"], more].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn first_of(place: &Place, url: &str) -> String {
    let records = place.lines("normalized/records");
    let record = records.iter().find(|r| r["url"]["requested"] == url).unwrap();
    record["id"].as_str().unwrap().to_owned()
}

#[test]
fn superseded_captures_go_and_verify_says_why_they_are_missing() {
    let place = three_days();
    let (raw, results) = (place.files("raw"), place.files("normalized"));
    let dry = prune(&place, &["--keep-captures", "1", "--dry-run"]);
    expect_exit(&dry, 0);
    assert!(
        said(&dry).contains("would delete day2.warc")
            && said(&dry).contains("would compact day1.warc: 572 bytes, 1 of 2 captures"),
        "{}",
        said(&dry)
    );
    assert!(place.files("raw") == raw && place.files("normalized") == results, "a dry run wrote");

    expect_exit(&prune(&place, &["--keep-captures", "3"]), 0);
    expect_exit(&prune(&place, &["--keep-captures", "1", "--captures-older", "60"]), 0);
    assert!(place.files("raw") == raw);
    let records = place.files("normalized/records");
    expect_exit(&prune(&place, &["--keep-captures", "1", "--captures-older", "20"]), 0);
    let left: Vec<String> = place.files("raw").into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["day1.warc", "day3.warc"]);
    let verified = place.sanad(&["verify"]);
    expect_exit(&verified, 0);
    assert!(
        said(&verified)
            .contains("day2.warc: pruned on 2026-02-01 (superseded, beyond the newest 1, older than 20 days)")
    );
    let replayed = place.sanad(&["replay", "--run", "all"]);
    expect_exit(&replayed, 0);
    assert_eq!(said(&replayed).matches(": pruned (").count(), 4, "{}", said(&replayed));

    // The next run changes nothing, and `verify` still finds a file that is missing without a reason.
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.of_run("records"), Vec::<Value>::new());
    assert_eq!(place.files("normalized/records"), records);
    expect_exit(&place.sanad(&["verify"]), 0);
    std::fs::remove_file(place.path("raw/day1.warc")).unwrap();
    expect_exit(&place.sanad(&["verify"]), 3);
}

#[test]
fn files_of_old_runs_go_and_what_current_records_stand_on_stays() {
    let place = three_days();
    let runs = place.runs();
    let size = |place: &Place| -> usize { place.files("normalized").iter().map(|(_, bytes)| bytes.len()).sum() };
    let before = size(&place);
    expect_exit(&prune(&place, &["--keep-runs", "1", "--runs-older", "10", "--cache"]), 0);
    assert!(size(&place) < before);
    assert!(!place.path("normalized/.state/documents.pack").exists());
    let names = |run: &str| -> Vec<String> {
        place.files(&format!("normalized/runs/{run}")).into_iter().map(|(name, _)| name).collect()
    };
    // The second page's record is from the first run; no record is from the second.
    assert_eq!(names(&runs[0]), ["removed.jsonl", "report.json"]);
    assert_eq!(names(&runs[1]), ["report.json"]);
    assert_eq!(names(&runs[2]).len(), 6);
    let verified = place.sanad(&["verify"]);
    expect_exit(&verified, 0);
    assert!(
        said(&verified).contains(&format!("files of run {}: pruned on 2026-02-01", runs[1])),
        "{}",
        said(&verified)
    );
    for url in ["https://a.example/1", "https://a.example/2"] {
        let id = first_of(&place, url);
        expect_exit(&place.sanad(&["prove", &id, "-o", "proof"]), 0);
        expect_exit(&place.sanad(&["explain", &id, "--removed"]), 0);
        expect_exit(&place.sanad(&["replay", &id]), 0);
    }
    expect_exit(&place.sanad(&["replay", "--run", "all"]), 0);
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.report()["outcomes"]["unchanged"], 2);
    expect_exit(&place.sanad(&["verify"]), 0);
    // Nothing more to do.
    assert!(said(&prune(&place, &["--keep-runs", "2"])).starts_with("deleted 0 bytes"));
}

#[test]
fn visits_that_did_not_find_a_page_stay_as_long_as_they_count() {
    let place = Place::empty();
    warc(&place, 1, &[(1, "two")]);
    for day in 2..5 {
        let block = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>There is no such page.</p>";
        let record = format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:test:{day}>\r\nWARC-Date: 2026-01-{day:02}T03:00:00Z\r\n\
             WARC-Target-URI: https://a.example/1\r\nContent-Type: application/http; msgtype=response\r\n\
             Content-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        );
        place.write(&format!("raw/day{day}.warc"), record);
    }
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.report()["skipped"]["gone"], 1);
    expect_exit(&prune(&place, &["--keep-captures", "1", "--captures-older", "1"]), 0);
    expect_exit(&place.run(&[]), 0);
    assert!(!place.path("normalized/records").exists(), "a page that is gone came back");
}

#[test]
fn a_prune_that_isn_t_told_what_may_go_says_what_it_can_be_told() {
    let output = prune(&three_days(), &[]);
    expect_exit(&output, 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--keep-runs"));
}

#[test]
fn the_report_says_what_lies_on_the_disk() {
    let place = three_days();
    let report = place.report();
    let size = |name: &str| place.files(name).iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
    assert_eq!(report["disk"]["captures"], size("raw"));
    assert_eq!(report["disk"]["records"], size("normalized/records"));
    assert!(report["disk"]["log"].as_u64().unwrap() > 1000);
}

#[test]
fn an_erased_document_has_no_twins_in_empty_bodies_and_what_still_names_it_is_said() {
    let place = Place::empty();
    let pages = [(1, "two"), (2, "nine")];
    warc(&place, 1, &pages);
    // Both addresses were visited again, and answered without a body.
    let empty = |(number, _): &(u32, &str)| {
        let block = "HTTP/1.1 304 Not Modified\r\n\r\n";
        format!(
            "WARC/1.1\r\nWARC-Type: revisit\r\nWARC-Record-ID: <urn:test:2:{number}>\r\nWARC-Date: 2026-01-02T03:00:00Z\r\n\
             WARC-Target-URI: https://a.example/{number}\r\nContent-Type: application/http; msgtype=response\r\n\
             Content-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        )
    };
    place.write("raw/day2.warc", pages.iter().map(empty).collect::<String>());
    // A third document names the first by title and address.
    let body = format!(
        "<title>Letter</title><h1>Letter</h1><p>See the page Decision two million at https://a.example/1. {TEXT}</p>\
         <link rel=alternate hreflang=ru href=https://a.example/1>"
    );
    let first = place.read("raw/day1.warc").replace("Decision two", "Decision two million");
    // The length of the first record grows with its title, which stands in it twice.
    let length =
        first.find("Content-Length: ").map(|at| first[at + 16..].split('\r').next().unwrap().to_owned()).unwrap();
    let longer = (length.parse::<usize>().unwrap() + 16).to_string();
    place.write("raw/day1.warc", first.replacen(&length, &longer, 1));
    place.write("raw/3.html", body);
    place.write(
        "raw/3.html.json",
        r#"{"url": "https://b.example/3", "status": 200, "fetched_at": "2026-01-03T03:00:00Z", "headers": {"Content-Type": "text/html; charset=utf-8"}}"#,
    );
    expect_exit(&place.sanad(&["run", "--offline", "--now", "2026-01-04T12:00:00Z"]), 0);
    let id = first_of(&place, "https://a.example/1");
    let other = first_of(&place, "https://b.example/3");
    let erase = place.sanad(&["erase", &id, "--reason", "a test", "--now", "2026-01-05T12:00:00Z", "--json"]);
    expect_exit(&erase, 0);
    let result: Value = serde_json::from_slice(&erase.stdout).unwrap();
    assert_eq!(result["twins"], serde_json::json!([]));
    let mentions = result["mentions"].as_array().unwrap();
    for what in ["address", "title"] {
        let found = mentions.iter().find(|m| m["place"] == "records" && m["what"] == what);
        assert_eq!(found.unwrap_or_else(|| panic!("{what}: {result}"))["ids"], serde_json::json!([other]), "{result}");
    }
    let again = place.sanad(&["erase", &first_of(&place, "https://a.example/2"), "--reason", "a test"]);
    expect_exit(&again, 0);
    assert!(!said(&again).contains("same body"), "{}", said(&again));
}

#[test]
fn what_still_names_an_erased_document_is_printed_with_what_to_do() {
    let place = Place::empty();
    warc(&place, 1, &[(1, "two")]);
    place.write(
        "raw/3.html",
        format!("<title>Letter</title><h1>Letter</h1><p>See https://a.example/1, it says: {TEXT}</p>"),
    );
    place.write(
        "raw/3.html.json",
        r#"{"url": "https://b.example/3", "status": 200, "fetched_at": "2026-01-03T03:00:00Z"}"#,
    );
    expect_exit(&place.sanad(&["run", "--offline", "--now", "2026-01-04T12:00:00Z"]), 0);
    let id = first_of(&place, "https://a.example/1");
    let erase = place.sanad(&["erase", &id, "--reason", "a test", "--now", "2026-01-05T12:00:00Z"]);
    expect_exit(&erase, 0);
    let other = first_of(&place, "https://b.example/3");
    assert!(
        said(&erase)
            .contains(&format!("note: its address is still in the records of 1 other document: {other}; `sanad run`")),
        "{}",
        said(&erase)
    );
}
