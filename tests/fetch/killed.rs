//! A fetch that is killed repeatedly loses nothing and stores nothing twice.
//!
//! The long form: `cargo test --release --test main -- --ignored --nocapture killed_fifty_times`.

use super::server::*;
use crate::common::kill::killed_when;
use crate::common::{Place, expect_exit};
use sanad_warc::{Entry, Reader};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Serves a listing with the number of pages in its address, and those pages.
fn site(path: &str, _: &str, _: usize, s: &mut std::net::TcpStream) -> std::io::Result<()> {
    std::thread::sleep(Duration::from_millis(2));
    match path.strip_prefix("/list/").and_then(|n| n.parse::<usize>().ok()) {
        _ if path == "/robots.txt" => page(s, "404 Not Found", "", ""),
        Some(pages) => {
            let links: String =
                (0..pages).map(|n| format!("<li><a href='/page/{n}'>Page {n} of the list</a></li>")).collect();
            page(s, "200 OK", "", &format!("<ul>{links}</ul>"))
        }
        None => {
            let text = format!(
                "<h1>The page at {path}</h1><p>It says that it stands at {path}, and that nobody else does.</p>"
            );
            page(s, "200 OK", "", &text)
        }
    }
}

/// Kills runs over `pages` pages at moments that the seed decides, then lets the last run finish. Returns the number of
/// runs that finished.
fn kill(pages: usize, kills: usize, longest: u64) -> usize {
    let server = Server::start(site);
    let place = Place::empty();
    let list = server.url(&format!("/list/{pages}"));
    place.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\nconnections = 4\nsegment_mb = 1\n");
    place.write(
        "config/sources/site.toml",
        format!(
            "hosts = [\"127.0.0.1\"]\nstart = [{list:?}]\nallow_private = [\"127.0.0.1\"]\n\
             [discover]\nfollow = [\"/page/\"]\ndepth = 1\n"
        ),
    );
    let mut seed: u64 = 0x5eed;
    let (mut killed, mut ended) = (0, 0);
    loop {
        let now = format!("2026-11-{:02}T00:00:00Z", 1 + ended);
        let mut child = place
            .command(&["run", "--now", &now, "--jobs", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // xorshift: each moment of a run is equally likely.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let at = Duration::from_millis(20 + seed % longest);
        match killed_when(&mut child, |elapsed| killed < kills && elapsed >= at) {
            None => killed += 1,
            Some(status) => {
                assert!(status.code().is_some_and(|c| c < 2), "{status}");
                ended += 1;
                if killed == kills {
                    break;
                }
            }
        }
    }
    check(&place, pages);
    ended
}

/// Asserts that each page was captured once a run, each event has its capture, and the log is valid.
fn check(place: &Place, pages: usize) {
    expect_exit(&place.sanad(&["verify"]), 0);
    let mut records: BTreeMap<(String, u64), (String, String)> = BTreeMap::new();
    let mut times: BTreeMap<String, String> = BTreeMap::new();
    for file in std::fs::read_dir(place.path("raw")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let mut reader = Reader::open(&file, &name, 1 << 20).unwrap();
        while let Some(entry) = reader.next_entry() {
            let (Entry::Capture(c) | Entry::Revisit(c)) = entry else { panic!("{entry:?}") };
            times.insert(c.place.record_id.clone(), c.fetched_at);
            records.insert((c.place.file, c.place.offset), (c.place.record_id, c.url));
        }
    }
    let runs = place.runs();
    for run in &runs {
        let events: Vec<Value> = place.lines(&format!("normalized/runs/{run}/events.jsonl"));
        let mut visits: BTreeMap<String, usize> = BTreeMap::new();
        for event in
            events.iter().filter(|e| matches!(e["event"].as_str(), Some("capture.fetched" | "capture.unchanged")))
        {
            let url = event["url"].as_str().unwrap();
            *visits.entry(url.to_owned()).or_default() += 1;
            let place = (event["file"].as_str().unwrap().to_owned(), event["offset"].as_u64().unwrap());
            let (id, there) = records.remove(&place).unwrap_or_else(|| panic!("{run}: no capture at {place:?}"));
            assert_eq!((id.as_str(), there.as_str()), (event["record_id"].as_str().unwrap(), url));
        }
        // Visits that found a page unchanged are counted, with a digest of what their records say.
        for (file, said) in events.iter().filter_map(|e| e["files"].as_object()).flatten() {
            let is_here = |(place, _): &(&(String, u64), &(String, String))| place.0 == *file;
            let here: Vec<_> =
                records.iter().filter(is_here).map(|(place, visit)| (place.clone(), visit.clone())).collect();
            let mut lines: Vec<String> =
                here.iter().map(|(_, (id, url))| format!("{}\n", serde_json::json!([times[id], url, id]))).collect();
            lines.sort();
            assert_eq!(said["count"].as_u64(), Some(lines.len() as u64), "{run}: {file}");
            assert_eq!(said["digest"], sanad_document::digest::sha256(lines.concat().as_bytes()), "{run}: {file}");
            for (place, (_, url)) in here {
                *visits.entry(url).or_default() += 1;
                records.remove(&place);
            }
        }
        assert!(!events.iter().any(|e| e["event"] == "capture.failed"), "{run}");
        assert_eq!(visits.len(), pages + 1, "{run}: each page, and the list");
        assert!(visits.values().all(|n| *n == 1), "{run}: {visits:?}");
    }
    assert!(records.is_empty(), "captures that no event names: {records:?}");
    keep_captures(&place.path("raw"));
}

#[test]
fn a_fetch_that_is_killed_goes_on_where_it_was() {
    kill(40, 6, 400);
}

#[test]
#[ignore = "takes minutes: the command stands at the head of the file"]
fn killed_fifty_times() {
    let begun = Instant::now();
    let runs = kill(500, 50, 1_500);
    println!("500 pages, 50 kills, {runs} runs came to their end, {:.0} s", begun.elapsed().as_secs_f64());
}
