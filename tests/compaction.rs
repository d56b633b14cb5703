//! Compaction of capture files: what went, where what stayed is now, and that nothing else shows the difference.
//!
//! The long forms kill a prune 100 times and try many random histories:
//!
//! ```sh
//! cargo test --release --test main compaction -- --ignored --nocapture --test-threads 1
//! ```

use crate::common::crowd::Chance;
use crate::common::kill::killed_when;
use crate::common::{Place, copy, expect_exit};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

/// A visit to a page: what the server answers.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// This version of the page.
    Page(u32),
    /// Not modified, since the capture of that day.
    NotModified(u32),
    /// The same payload as the capture of that day and hour.
    Same(u32, u32),
    Gone,
    Fault,
}

/// A visit: its page, hour and answer.
type Visit = (u32, u32, Answer);

fn body(page: u32, version: u32) -> String {
    let paragraph = |n: u32| {
        let district = page * 100 + version * 10 + n;
        format!(
            "<p>District {district} of the valley gets its water from the river of that name, as the commission proposed in its \
             report number {district}, and each of its {n} villages pays the fee of the year before.</p>"
        )
    };
    let text: String = (1..12).map(paragraph).collect();
    format!("<html><head><title>Decision {page}</title></head><body><h1>Decision {page}</h1>{text}</body></html>")
}

fn name(day: u32, (page, hour, _): Visit) -> String {
    format!("urn:test:{day}:{hour}:{page}")
}

fn date(day: u32, hour: u32) -> String {
    format!("2026-01-{day:02}T{hour:02}:00:00Z")
}

fn record(fields: &str, block: &str) -> Vec<u8> {
    format!("WARC/1.1\r\n{fields}Content-Length: {}\r\n\r\n{block}\r\n\r\n", block.len()).into_bytes()
}

/// The records of a visit: the answer, and the request that led to it.
fn records(day: u32, visit: Visit) -> [Vec<u8>; 2] {
    let (page, hour, answer) = visit;
    let (id, url) = (name(day, visit), format!("https://a.example/{page}"));
    let fields = |kind: &str, more: &str| {
        let date = date(day, hour);
        format!("WARC-Type: {kind}\r\nWARC-Record-ID: <{id}>\r\nWARC-Date: {date}\r\nWARC-Target-URI: {url}\r\n{more}")
    };
    let http =
        |status: &str, body: &str| format!("HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}");
    let revisit = |day: u32, hour: u32, profile: &str| {
        let name = name(day, (page, hour, answer));
        let profile = format!("http://netpreserve.org/warc/1.1/revisit/{profile}");
        fields(
            "revisit",
            &format!(
                "WARC-Profile: {profile}\r\nWARC-Refers-To: <{name}>\r\nWARC-Refers-To-Target-URI: {url}\r\nWARC-Refers-To-Date: {}\r\n",
                date(day, hour)
            ),
        )
    };
    let answer = match answer {
        Answer::Page(version) => record(&fields("response", ""), &http("200 OK", &body(page, version))),
        Answer::NotModified(day) => record(&revisit(day, 3, "server-not-modified"), &http("304 Not Modified", "")),
        Answer::Same(day, hour) => record(&revisit(day, hour, "identical-payload-digest"), &http("200 OK", "")),
        Answer::Gone => record(&fields("response", ""), &http("404 Not Found", "<p>There is no such page.</p>")),
        Answer::Fault => record(&fields("response", ""), &http("503 Busy", "<p>Come back later.</p>")),
    };
    let of_request = format!(
        "WARC-Type: request\r\nWARC-Record-ID: <{id}:request>\r\nWARC-Date: {}\r\nWARC-Concurrent-To: <{id}>\r\n",
        date(day, hour)
    );
    [record(&of_request, &format!("GET /{page} HTTP/1.1\r\n\r\n")), answer]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Writes the file of a day and makes its run; plain on odd days, else a gzip member for each record.
fn crawl(place: &Place, day: u32, visits: &[Visit]) {
    let info = record(&format!("WARC-Type: warcinfo\r\nWARC-Record-ID: <urn:info:{day}>\r\n"), "software: test\r\n");
    let all = std::iter::once(info).chain(visits.iter().flat_map(|visit| records(day, *visit)));
    let (ending, bytes): (&str, Vec<u8>) =
        if day % 2 == 1 { ("", all.flatten().collect()) } else { (".gz", all.flat_map(|r| gzip(&r)).collect()) };
    place.write(&format!("raw/day{day:02}.warc{ending}"), bytes);
    run(place, day);
}

fn run(place: &Place, day: u32) {
    let output = place.sanad(&["run", "--offline", "--now", &date(day, 12)]);
    assert!(output.status.code().unwrap() < 2, "{}", String::from_utf8_lossy(&output.stderr));
}

/// The days of a site: page 1 changes on every third day, 2 never, 3 changes and goes back, 4 is gone for good, 5 for some
/// visits, 6 changes once.
fn days() -> Vec<Vec<Visit>> {
    let day = |day: u32| {
        let mut visits = vec![
            if day % 3 == 1 { (1, 3, Answer::Page(day)) } else { (1, 3, Answer::NotModified(day - (day + 2) % 3)) },
            (2, 3, if day == 1 { Answer::Page(1) } else { Answer::NotModified(1) }),
            (
                3,
                3,
                match day {
                    1 => Answer::Page(1),
                    2 => Answer::Page(2),
                    _ => Answer::Same(1, 3),
                },
            ),
            (6, 3, Answer::Page(day.min(2))),
        ];
        visits.extend([3, 6, 9].map(|hour| (4, hour, if day == 1 { Answer::Page(1) } else { Answer::Gone })));
        visits.push((5, 3, if day == 3 || day == 4 { Answer::Gone } else { Answer::Page(day) }));
        visits.push((7, 3, Answer::Fault));
        visits
    };
    (1..9).map(day).collect()
}

fn site() -> Place {
    let place = Place::empty();
    for (day, visits) in (1..).zip(days()) {
        crawl(&place, day, &visits);
    }
    place
}

const PRUNE: [&str; 5] = ["prune", "--keep-captures", "1", "--now", "2026-02-01T00:00:00Z"];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Address, version and capture of each record.
fn records_of(place: &Place) -> Vec<[String; 3]> {
    let path = place.path("normalized/records");
    let records = if path.exists() { place.lines("normalized/records") } else { Vec::new() };
    let of =
        |r: &Value| [&r["url"]["requested"], &r["version"], &r["prov"]["capture"]["record_id"]].map(Value::to_string);
    records.iter().map(of).collect()
}

fn ids(place: &Place) -> BTreeMap<String, String> {
    let of = |r: &Value| (r["url"]["requested"].as_str().unwrap().to_owned(), r["id"].as_str().unwrap().to_owned());
    place.lines("normalized/records").iter().map(of).collect()
}

/// Ids of the records in the capture files.
fn left(place: &Place) -> BTreeSet<String> {
    let mut left = BTreeSet::new();
    for (_, bytes) in place.files("raw") {
        let mut text = Vec::new();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&*bytes), &mut text).unwrap();
        } else {
            text = bytes;
        }
        let text = String::from_utf8(text).unwrap();
        let ids = text.lines().filter_map(|line| line.strip_prefix("WARC-Record-ID: <"));
        left.extend(ids.map(|id| id.trim_end_matches('>').to_owned()));
    }
    left
}

#[test]
fn what_went_is_not_needed_and_what_stays_is_found_where_it_is_now() {
    let place = site();
    let first = std::fs::read_dir(place.path("normalized/log/checkpoints")).unwrap();
    let first = first.map(|e| e.unwrap().file_name().into_string().unwrap().parse::<u64>().unwrap()).min().unwrap();
    place.write("kept", place.read(&format!("normalized/log/checkpoints/{first}")));
    let (raw, results) = (place.files("raw"), place.files("normalized"));
    let before = place.files("normalized/records");
    let dry = place.sanad(&[&PRUNE[..], &["--dry-run"]].concat());
    expect_exit(&dry, 0);
    assert!(said(&dry).contains("would compact day01.warc: "), "{}", said(&dry));
    assert!(place.files("raw") == raw && place.files("normalized") == results, "a dry run wrote");

    let all = left(&place);
    expect_exit(&place.sanad(&PRUNE), 0);
    let left = left(&place);
    let is_there = |day: u32, hour: u32, page: u32| left.contains(&format!("urn:test:{day}:{hour}:{page}"));
    // Page 1: the newest version and its latest revisit. Page 2: the only version and its latest revisit.
    let days_of = |page: u32| (1..9).filter(|day| is_there(*day, 3, page)).collect::<Vec<u32>>();
    assert_eq!(days_of(1), [7, 8]);
    assert_eq!(days_of(2), [1, 8]);
    // Page 3: the version that is current again, the revisit that made it so, and the latest; and the newest capture.
    assert_eq!(days_of(3), [1, 2, 3, 8]);
    // Page 4: what there was, ten visits without a page, and the last of those.
    assert_eq!((1..9).flat_map(|day| [3, 6, 9].map(|hour| is_there(day, hour, 4))).filter(|there| *there).count(), 12);
    assert!(is_there(1, 9, 4) && is_there(8, 9, 4));
    assert_eq!((days_of(5), days_of(7)), (vec![8], vec![8]));
    // Requests go with their answers.
    assert!(all.len() > left.len());
    for id in left.iter().filter_map(|id| id.strip_suffix(":request")) {
        assert!(left.contains(id), "{id}");
    }
    assert_eq!(
        left.iter().filter(|id| id.ends_with(":request")).count() * 2,
        left.iter().filter(|id| !id.contains("info")).count()
    );

    assert!(place.files("normalized/records") == before);
    let verified = place.sanad(&["verify", "--against", "kept"]);
    expect_exit(&verified, 0);
    assert!(
        said(&verified).contains("day02.warc.gz: compacted on 2026-02-01 (superseded, beyond the newest 1)"),
        "{}",
        said(&verified)
    );
    let replayed = place.sanad(&["replay", "--run", "all", "--json"]);
    expect_exit(&replayed, 0);
    let replayed: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert!(replayed["same"].as_u64().unwrap() > 20);
    let others = replayed["others"].as_array().unwrap();
    assert!(!others.is_empty() && others.iter().all(|other| other["verdict"] == "pruned"), "{replayed:#}");

    for (page, id) in ids(&place).values().enumerate() {
        expect_exit(&place.sanad(&["explain", id, "--removed"]), 0);
        expect_exit(&place.sanad(&["prove", id, "-o", "proof"]), 0);
        expect_exit(&place.sanad(&["replay", id]), 0);
        expect_exit(&place.sanad(&["export", "--format", "wacz", id, "-o", &format!("{page}.wacz")]), 0);
    }
    // Nothing changes, and nothing more is to do.
    run(&place, 20);
    assert!(place.files("normalized/records") == before);
    assert!(said(&place.sanad(&PRUNE)).starts_with("deleted 0 bytes"));
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn a_file_is_compacted_again_and_an_erasure_finds_what_stays() {
    let place = site();
    expect_exit(&place.sanad(&PRUNE), 0);
    let id = |page: u32| ids(&place).get(&format!("https://a.example/{page}")).cloned();
    assert!(id(4).is_none(), "a page that is gone is back");
    let third = id(3).unwrap();
    // Pages 1, 2 and 6 change, so that their old captures can go too.
    crawl(
        &place,
        10,
        &[(1, 3, Answer::Page(10)), (2, 3, Answer::Page(2)), (3, 3, Answer::Same(1, 3)), (6, 3, Answer::Page(9))],
    );
    let before = records_of(&place);
    let pruned = place.sanad(&PRUNE);
    expect_exit(&pruned, 0);
    assert!(said(&pruned).contains("compacted day01.warc: "), "{}", said(&pruned));
    expect_exit(&place.sanad(&["verify"]), 0);
    run(&place, 20);
    assert_eq!(records_of(&place), before);
    expect_exit(&place.sanad(&["replay", &third]), 0);
    // Its place is that of the first reading.
    let compactions: Vec<Value> = events(&place).into_iter().filter(|e| e["event"] == "captures.compacted").collect();
    assert_eq!(compactions.iter().filter(|e| e["file"] == "day01.warc").count(), 2);
    let records = place.lines("normalized/records");
    let offset = records.iter().find(|r| r["id"] == third.as_str()).unwrap()["prov"]["capture"]["offset"].as_u64();
    let erased = place.sanad(&["erase", &third, "--reason", "asked for", "--now", "2026-02-02T00:00:00Z"]);
    expect_exit(&erased, 0);
    assert!(said(&erased).contains(&format!("day01.warc at byte {}", offset.unwrap())), "{}", said(&erased));
    assert!(place.files("raw").iter().all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains("District 311 ")));
    expect_exit(&place.sanad(&["verify"]), 0);
    run(&place, 21);
    let mut rest = before.clone();
    rest.retain(|[url, ..]| !url.ends_with("/3\""));
    assert_eq!(records_of(&place), rest);
    // A prune after it.
    crawl(
        &place,
        22,
        &[(1, 3, Answer::Page(22)), (2, 3, Answer::Page(3)), (5, 3, Answer::Page(22)), (6, 3, Answer::Page(1))],
    );
    expect_exit(&place.sanad(&PRUNE), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
    let before = records_of(&place);
    run(&place, 23);
    assert_eq!(records_of(&place), before);
}

/// The entries of the log.
fn events(place: &Place) -> Vec<Value> {
    let mut found = Vec::new();
    for (name, bytes) in place.files("normalized/log/tile/entries") {
        assert!(!name.is_empty());
        let mut rest = &bytes[..];
        while rest.len() >= 2 {
            let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            found.push(serde_json::from_slice::<Value>(&rest[2..2 + length]).unwrap());
            rest = &rest[2 + length..];
        }
    }
    // Partial tiles hold the beginning of later ones.
    let mut seen = BTreeSet::new();
    found.retain(|event| seen.insert(event.to_string()));
    found
}

#[test]
fn verify_finds_what_is_wrong_with_a_compacted_file_or_its_list() {
    let place = site();
    expect_exit(&place.sanad(&PRUNE), 0);
    let event = events(&place).into_iter().find(|e| e["file"] == "day01.warc" && e["moved"].is_string()).unwrap();
    let object = format!("normalized/objects/{}", event["moved"].as_str().unwrap().trim_start_matches("sha256:"));
    let list = place.read(&object);
    assert_eq!(list.lines().count() as u64, event["kept"].as_u64().unwrap());
    let expect_problem = |file: &str, code: i32| {
        let verified = place.sanad(&["verify"]);
        expect_exit(&verified, code);
        assert!(said(&verified).contains(file), "{}", said(&verified));
    };
    place.write(&object, list.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>());
    expect_problem("isn't the list", 1);
    std::fs::remove_file(place.path(&object)).unwrap();
    expect_problem("objects/", 3);
    place.write(&object, &list);
    let bytes = std::fs::read(place.path("raw/day01.warc")).unwrap();
    let changed = String::from_utf8(bytes.clone()).unwrap().replacen("District 2", "District 9", 1);
    place.write("raw/day01.warc", changed);
    expect_problem("another digest than its event says", 1);
    std::fs::remove_file(place.path("raw/day01.warc")).unwrap();
    expect_problem("day01.warc", 3);
    place.write("raw/day01.warc", bytes);
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn a_file_stays_as_it_is_for_a_trifle_or_if_it_can_not_be_copied_in_parts() {
    let place = Place::empty();
    let visits: Vec<Visit> = (1..30).map(|page| (page, 3, Answer::Page(1))).collect();
    crawl(&place, 1, &visits);
    let all: Vec<u8> =
        [(31, 3, Answer::Page(1)), (1, 4, Answer::Page(2))].into_iter().flat_map(|v| records(2, v)).flatten().collect();
    place.write("raw/one-piece.warc.gz", gzip(&all));
    run(&place, 2);
    crawl(&place, 3, &[(31, 3, Answer::Page(2))]);
    let raw = place.files("raw");
    let pruned = place.sanad(&PRUNE);
    expect_exit(&pruned, 0);
    assert_eq!(
        said(&pruned),
        "kept one-piece.warc.gz: 1 of 2 captures are no longer needed, but the file is compressed as one piece\ndeleted 0 bytes in all\n"
    );
    assert!(place.files("raw") == raw);
    // What no run has read stays.
    let unread = |day: u32, visits: &[Visit]| {
        let all: Vec<u8> = visits.iter().flat_map(|visit| records(day, *visit)).flatten().collect();
        place.write(&format!("raw/day{day:02}.warc"), all);
    };
    unread(4, &[(2, 3, Answer::NotModified(1)), (40, 3, Answer::Page(1))]);
    unread(5, &[(2, 3, Answer::NotModified(1))]);
    let pruned = said(&place.sanad(&PRUNE));
    assert!(
        pruned.contains("kept day04.warc: 1 of 2 captures are no longer needed, but no run has read all"),
        "{pruned}"
    );
    // Once it was read, a file that only says that nothing changed goes.
    crawl(&place, 6, &[(2, 3, Answer::NotModified(1))]);
    let pruned = said(&place.sanad(&PRUNE));
    assert!(pruned.contains("deleted day05.warc: ") && pruned.contains("compacted day04.warc: "), "{pruned}");
    expect_exit(&place.sanad(&["verify"]), 0);
}

/// Kills a prune `times` times, at any moment.
fn kill_prunes(times: usize) {
    let undisturbed = site();
    let original = Place::empty();
    for folder in ["raw", "normalized"] {
        copy(&undisturbed.path(folder), &original.path(folder));
    }
    let begun = Instant::now();
    expect_exit(&undisturbed.sanad(&PRUNE), 0);
    let took = begun.elapsed();
    let state = |place: &Place| (place.files("raw"), place.files("normalized"));
    let (old, new) = (state(&original), state(&undisturbed));
    let mut chance = Chance(0xc0de);
    let (mut killed, mut changed) = (0, 0);
    while killed < times {
        let place = Place::empty();
        for folder in ["raw", "normalized"] {
            copy(&original.path(folder), &place.path(folder));
        }
        let mut child = place.command(&PRUNE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Every other time when it begins to write.
        let at = Duration::from_micros(chance.below(took.as_micros() as u64));
        let after = Duration::from_micros(chance.below(8_000));
        let is_writing = || {
            std::fs::read_dir(place.path("raw"))
                .unwrap()
                .any(|e| e.unwrap().file_name().to_string_lossy().starts_with('.'))
        };
        let mut appeared = None;
        let status = killed_when(&mut child, |elapsed| {
            if killed % 2 == 0 {
                return elapsed >= at;
            }
            if appeared.is_none() && is_writing() {
                appeared = Some(elapsed);
            }
            appeared.is_some_and(|then| elapsed >= then + after)
        });
        if status.is_some() {
            assert!(state(&place) == new);
            continue;
        }
        killed += 1;
        // What a reader finds is the old state, or says that the next command finishes it.
        let verified = place.sanad(&["verify"]);
        let is_pending = place.path("normalized/.state/journal.json").exists();
        expect_exit(&verified, if is_pending { 3 } else { 0 });
        changed += usize::from(is_pending);
        if !is_pending {
            let (mut raw, results) = state(&place);
            raw.retain(|(name, _)| !name.starts_with('.'));
            assert!((raw, results) == old || state(&place) == new);
        }
        assert!(place.files("normalized/records") == original.files("normalized/records"));
        expect_exit(&place.sanad(&PRUNE), 0);
        assert!(state(&place) == new, "after a kill the next prune came to something else");
        expect_exit(&place.sanad(&["verify"]), 0);
    }
    eprintln!("{killed} kills, {changed} of them while files were put in place");
}

#[test]
fn a_prune_that_was_killed_is_finished_by_the_next_with_the_same_bytes() {
    kill_prunes(5);
}

#[test]
#[ignore = "takes minutes: the command stands at the head of the file"]
fn a_prune_killed_a_hundred_times() {
    kill_prunes(100);
}

/// A random day: each of some pages may change, stay, go back, be gone or not answer. A crawler refers only to what is there.
fn random_day(chance: &mut Chance, day: u32, captured: &mut BTreeMap<u32, Vec<(u32, u32)>>) -> Vec<Visit> {
    let mut visits = Vec::new();
    for page in 1..6 {
        for hour in [3, 6] {
            let before = captured.entry(page).or_default();
            let earlier = before.get(chance.below(before.len().max(1) as u64) as usize).copied();
            let answer = match (chance.below(12), earlier) {
                (0..3, _) => Answer::Page(chance.below(3) as u32),
                (3..5, Some((day, hour))) => Answer::Same(day, hour),
                (5..7, Some((day, 3))) => Answer::NotModified(day),
                (7..10, _) => Answer::Gone,
                (10, _) => Answer::Fault,
                _ => continue,
            };
            if matches!(answer, Answer::Page(_)) {
                before.push((day, hour));
            }
            visits.push((page, hour, answer));
        }
    }
    visits
}

/// Runs with a prune after each come to the same records as without.
fn random_histories(seeds: std::ops::Range<u64>) {
    let mut compactions = 0;
    for seed in seeds {
        let (pruned, whole) = (Place::empty(), Place::empty());
        let (mut chance, mut captured) =
            (Chance(0x9e37_79b9 + seed * 0x1234_5677), BTreeMap::<u32, Vec<(u32, u32)>>::new());
        for day in 1..9 {
            let there = left(&pruned);
            for (page, captures) in &mut captured {
                captures.retain(|(day, hour)| there.contains(&format!("urn:test:{day}:{hour}:{page}")));
            }
            let visits = random_day(&mut chance, day, &mut captured);
            crawl(&pruned, day, &visits);
            crawl(&whole, day, &visits);
            // Which of several captures of one content counts depends on which are there.
            let texts = |place: &Place| {
                records_of(place).into_iter().map(|[url, version, _]| [url, version]).collect::<Vec<_>>()
            };
            assert_eq!(texts(&pruned), texts(&whole), "seed {seed}, day {day}: {visits:?}");
            let records = records_of(&pruned);
            expect_exit(&pruned.sanad(&PRUNE), 0);
            expect_exit(&pruned.sanad(&["verify"]), 0);
            run(&pruned, 10 + day);
            assert_eq!(records_of(&pruned), records, "seed {seed}, after the prune of day {day}");
        }
        compactions += events(&pruned).iter().filter(|e| e["event"] == "captures.compacted").count();
    }
    assert!(compactions > 0);
    eprintln!("{compactions} compactions");
}

#[test]
fn random_histories_come_to_the_same_records_with_and_without_pruning() {
    random_histories(0..3);
}

#[test]
#[ignore = "takes minutes: the command stands at the head of the file"]
fn many_random_histories_come_to_the_same_records() {
    random_histories(100..200);
}
