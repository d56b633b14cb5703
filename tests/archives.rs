//! What a run makes of archives that other crawlers wrote: every format, revisits, times, damage.

use crate::common::pages::{PARAGRAPHS, page};
use crate::common::{Place, expect_exit};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::Write as _;

/// A record of a WARC file: type, address, time, further header lines, block.
fn record(kind: &str, url: &str, date: &str, fields: &str, block: &str) -> String {
    format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:{kind}:{url}:{date}>\r\nWARC-Date: {date}\r\n\
         WARC-Target-URI: {url}\r\n{fields}Content-Type: application/http\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
}

fn response(url: &str, date: &str, title: &str) -> String {
    let own = PARAGRAPHS[0].replace("rivers", title);
    let body = page(title, &[&own, PARAGRAPHS[1]]);
    record(
        "response",
        url,
        date,
        "",
        &format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}"),
    )
}

/// A revisit record that names its original by these fields.
fn revisit(url: &str, date: &str, fields: &[(&str, &str)]) -> String {
    let mut lines = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\n".to_owned();
    for (name, value) in fields {
        write!(lines, "{name}: {value}\r\n").unwrap();
    }
    record("revisit", url, date, &lines, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
}

fn day(day: u32) -> String {
    format!("2026-01-{day:02}T03:04:05Z")
}

fn titles(place: &Place) -> Vec<String> {
    let records = place.lines("normalized/records");
    let mut titles: Vec<String> = records.iter().map(|record| record["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

fn skipped(place: &Place) -> Vec<String> {
    let events = place.of_run("events").into_iter().filter(|event| event["event"] == "document.skipped");
    events.map(|event| event["code"].as_str().unwrap().to_owned()).collect()
}

const ONE: &str = "https://a.example/1";

#[test]
fn a_page_that_is_as_it_was_before_a_change_is_current_again() {
    let by_date: &[(&str, &str)] = &[("WARC-Refers-To-Date", "2026-01-01T03:04:05Z")];
    let id = format!("<urn:response:{ONE}:{}>", day(1));
    let by_id: &[(&str, &str)] = &[("WARC-Refers-To", &id)];
    for fields in [by_date, by_id] {
        let place = Place::empty();
        let captures = [
            response(ONE, &day(1), "Alpha"),
            response(ONE, &day(2), "Beta"),
            revisit(ONE, &day(3), fields),
            // Not a revisit of the first.
            revisit(ONE, "2026-01-02T09:00:00Z", &[("WARC-Refers-To-Date", &day(2))]),
        ];
        place.write("raw/a.warc", captures.concat());
        expect_exit(&place.run(&[]), 0);
        assert_eq!(titles(&place), ["Alpha"]);
        expect_exit(&place.sanad(&["verify"]), 0);
        expect_exit(&place.sanad(&["replay"]), 0);
    }
}

#[test]
fn a_revisit_of_another_address_makes_its_own_one_an_alias() {
    let two = "https://b.example/repost";
    let named: &[(&str, &str)] = &[("WARC-Refers-To-Target-URI", ONE), ("WARC-Refers-To-Date", "2026-01-01T03:04:05Z")];
    let digest: &[(&str, &str)] = &[("WARC-Payload-Digest", "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")];
    for (fields, stated) in [(named, ""), (digest, "WARC-Payload-Digest: sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n")] {
        let place = Place::empty();
        let original = response(ONE, &day(1), "Alpha").replacen("Content-Type", &format!("{stated}Content-Type"), 1);
        // In an earlier file than its original.
        place.write("raw/a.warc", revisit(two, &day(2), fields));
        place.write("raw/b.warc", original);
        expect_exit(&place.run(&[]), 0);
        let records = place.lines("normalized/records");
        assert_eq!(records.len(), 1);
        assert_eq!(records[0]["url"]["aliases"], Value::from(vec![two]));
        let visits = place.of_run("events").into_iter().find(|event| event["event"] == "visit.unchanged").unwrap();
        assert_eq!((&visits["visits"], &visits["files"]["a.warc"]["count"]), (&1.into(), &1.into()));
        // Its crawler appends to the file: the visits in it are counted anew, and then no more.
        place.write("raw/a.warc", revisit(two, &day(2), fields) + &revisit(two, &day(3), fields));
        for counted in [2, 0] {
            expect_exit(&place.run(&[]), 0);
            let visits = place.of_run("events").into_iter().find(|event| event["event"] == "visit.unchanged");
            assert_eq!(visits.map_or(0, |event| event["visits"].as_u64().unwrap()), counted);
        }
        // Its host gets a source of its own.
        place.write("config/sources/reposts.toml", "hosts = [\"b.example\", \"a.example\"]\n");
        expect_exit(&place.run(&[]), 0);
        expect_exit(&place.sanad(&["verify"]), 0);
        expect_exit(&place.sanad(&["replay"]), 0);
    }
}

#[test]
fn a_revisit_whose_original_is_not_there_is_told_and_changes_nothing() {
    let place = Place::empty();
    let unknown: &[(&str, &str)] = &[("WARC-Payload-Digest", "sha1:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB")];
    let captures = [
        response(ONE, &day(1), "Alpha"),
        revisit(ONE, &day(2), unknown),
        revisit("https://a.example/2", &day(2), unknown),
    ];
    place.write("raw/a.warc", captures.concat());
    let out = place.run(&[]);
    expect_exit(&out, 0);
    assert_eq!(titles(&place), ["Alpha"]);
    assert_eq!(skipped(&place), ["revisit_without_original"; 2]);
    assert!(String::from_utf8_lossy(&out.stdout).contains("revisit_without_original 2"));
}

#[test]
fn a_time_that_cannot_be_true_does_not_win() {
    for wrong in ["2099-01-01T00:00:00Z", "tomorrow", ""] {
        let place = Place::empty();
        let captures = [response(ONE, wrong, "Wrong"), response(ONE, &day(2), "Right"), response(ONE, &day(1), "Old")];
        place.write("raw/a.warc", captures.concat());
        expect_exit(&place.run(&[]), 0);
        assert_eq!(titles(&place), ["Right"], "{wrong}");
        place.write("raw/a.warc", response(ONE, wrong, "Wrong"));
        expect_exit(&place.run(&[]), 0);
        let record = &place.lines("normalized/records")[0];
        assert_eq!((&record["title"], &record["warnings"][0]["code"]), (&"Wrong".into(), &"capture.time".into()));
    }
}

#[test]
fn damage_in_an_archive_is_told_with_its_place_and_costs_nothing_else() {
    let place = Place::empty();
    let gzip = |text: String| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap()
    };
    let members: Vec<Vec<u8>> =
        (1..4).map(|n| gzip(response(&format!("https://a.example/{n}"), &day(1), &format!("Number {n}")))).collect();
    let mut bytes = members.concat();
    bytes[members[0].len() + 300] ^= 0xff;
    place.write("raw/a.warc.gz", bytes);
    expect_exit(&place.run(&[]), 1);
    assert_eq!(titles(&place), ["Number 1", "Number 3"]);
    let quarantined = place.of_run("quarantine");
    let message = quarantined[0]["message"].as_str().unwrap();
    let told = format!("{} bytes were passed over", members[1].len());
    assert!(message.contains(&told) && message.contains(&format!("at byte {}", members[0].len())), "{message}");
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn a_name_says_nothing_of_what_an_archive_is() {
    let place = Place::empty();
    let records = [response(ONE, &day(1), "Alpha"), response("https://a.example/2", &day(1), "Beta")].concat();
    place.write("raw/a.warc.gz.open", &records);
    place.write("raw/notes.txt", " CDX N b a\ncom,example)/ 20260101000000 http://example.com/ text/html 200\n");
    expect_exit(&place.run(&[]), 0);
    assert_eq!(titles(&place), ["Alpha", "Beta"]);
    assert_eq!(skipped(&place), ["no_captures"]);
    let out = place.sanad(&["extract", "raw/a.warc.gz.open"]);
    expect_exit(&out, 1);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(said.contains("extract.archive") && said.contains("sanad run --offline"), "{said}");
}
