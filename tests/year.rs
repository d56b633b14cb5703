//! A year of nights over a site of 300 pages of which three change each night: what a night costs stays the same.
//!
//! `cargo test --release -p sanad --test main -- --ignored --nocapture year` plays the whole year; `SANAD_NIGHTS` another
//! number of nights.

use crate::common::crowd::{Chance, WORDS};
use crate::common::{Place, expect_exit};
use crate::fetch::server::{Server, page};
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Pages of the site on the first night.
const PAGES: u64 = 300;
/// Pages that change each night.
const CHANGES: u64 = 3;
/// A page that is gone for the second month.
const LEAVES: u64 = 17;
/// The page that is taken down in the middle.
const ERASED: u64 = 40;

/// The number of the night, from 1.
static NIGHT: AtomicU64 = AtomicU64::new(1);

/// How often a page has changed by a night: each night from the second on the next few pages do.
fn version(number: u64, night: u64) -> u64 {
    let (period, turn) = (PAGES / CHANGES, number / CHANGES);
    (2..=night).filter(|night| night % period == turn).count() as u64
}

fn article(number: u64, version: u64) -> String {
    let words: Vec<&str> = WORDS[(number % 3) as usize].split_whitespace().collect();
    let mut chance = Chance((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(version * 7_919));
    for _ in 0..9 {
        chance.next();
    }
    let mut sentence = |length: u64| {
        let words: Vec<&str> = (0..length).map(|_| words[chance.below(words.len() as u64) as usize]).collect();
        words.join(" ")
    };
    let title = sentence(5);
    let text: String = (0..4).map(|part| format!("<p>{}, {number}.{version}.</p>", sentence(30 + 9 * part))).collect();
    format!(
        "<html><head><title>{title}</title></head><body><header><nav><a href=/>The ministry of the valley</a> \
         <a href=/news>News of the ministry</a></nav></header><main><h1>{title}</h1>{text}</main>\
         <footer><p>All rights are reserved by the ministry, which may be asked at any time.</p></footer></body></html>"
    )
}

fn site(path: &str, head: &str, _: usize, stream: &mut TcpStream) -> std::io::Result<()> {
    let night = NIGHT.load(Ordering::Relaxed);
    if path == "/sitemap.xml" {
        let host = head.lines().find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned));
        let host = host.unwrap_or_default();
        let pages = (0..PAGES).map(|number| format!("<url><loc>http://{host}/news/{number}</loc></url>"));
        let dead = format!("<url><loc>http://{host}/dead</loc></url>");
        return page(stream, "200 OK", "", &format!("<urlset>{}{dead}</urlset>", pages.collect::<String>()));
    }
    let number = path.strip_prefix("/news/").and_then(|number| number.parse::<u64>().ok());
    let is_gone = number == Some(LEAVES) && (31..61).contains(&night);
    let Some(number) = number.filter(|_| !is_gone) else {
        return page(stream, "404 Not Found", "", "<h1>Not found</h1>");
    };
    if number == 90 && night % 30 == 20 {
        return stream.shutdown(std::net::Shutdown::Both);
    }
    let tag = format!("\"{number}-{}\"", version(number, night));
    if head.contains(&tag) {
        return write!(stream, "HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n");
    }
    page(stream, "200 OK", &format!("ETag: {tag}\r\n"), &article(number, version(number, night)))
}

/// What a night cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    exit: i32,
    took: Duration,
    events: usize,
    /// Bytes of the log, the run's files, objects and captures that it added.
    bytes: isize,
}

fn bytes(place: &Place, folder: &str) -> usize {
    let files = place.files(folder).into_iter().filter(|(name, _)| !name.starts_with(".fetch"));
    files.map(|(_, content)| content.len()).sum()
}

/// Bytes of captures and results, without what is noted for the next run.
fn all_bytes(place: &Place) -> usize {
    ["raw", "normalized/log", "normalized/runs", "normalized/objects", "normalized/records"]
        .iter()
        .map(|folder| if place.path(folder).exists() { bytes(place, folder) } else { 0 })
        .sum()
}

fn time(night: u64) -> String {
    let start: jiff::Timestamp = "2026-01-01T03:00:00Z".parse().unwrap();
    (start + jiff::SignedDuration::from_hours(24 * (night.cast_signed() - 1))).to_string()
}

fn night(place: &Place, night: u64) -> Cost {
    NIGHT.store(night, Ordering::Relaxed);
    let before = all_bytes(place);
    let begun = Instant::now();
    let output = place.sanad(&["run", "--now", &time(night)]);
    let took = begun.elapsed();
    let exit = output.status.code().unwrap();
    assert!(exit < 2, "night {night}: {}", String::from_utf8_lossy(&output.stderr));
    Cost {
        exit,
        took,
        events: place.of_run("events").len(),
        bytes: all_bytes(place).cast_signed() - before.cast_signed(),
    }
}

fn median<T: Copy + Ord>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

fn play(nights: u64) {
    let server = Server::start(site);
    let place = Place::empty();
    place.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\nretries = 0\nconnections = 4\n");
    place.write(
        "config/sources/valley.toml",
        format!(
            "hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\n[discover]\nsitemaps = [{:?}]\n",
            server.url("/sitemap.xml")
        ),
    );
    let mut costs = Vec::new();
    for number in 1..=nights {
        let cost = night(&place, number);
        if number % 30 == 1 {
            eprintln!("night {number}: {cost:?}, {} bytes in all", all_bytes(&place));
        }
        // Only what is new makes a night fail: the dead link on the first, a page that doesn't answer, a page that leaves.
        let is_new = number == 1 || number == 31 || number % 30 == 20;
        assert_eq!(cost.exit, i32::from(is_new), "night {number}: {:?}", place.report()["failures"]);
        costs.push(cost);
        if number == 1 {
            std::fs::copy(place.path("normalized/log/checkpoint"), place.path("kept")).unwrap();
        }
        if number == nights / 2 {
            let url = server.url(&format!("/news/{ERASED}"));
            let records = place.lines("normalized/records");
            let id = records.iter().find(|r| r["url"]["requested"] == url.as_str()).unwrap()["id"].clone();
            let now = time(number).replace("T03", "T12");
            expect_exit(&place.sanad(&["erase", id.as_str().unwrap(), "--reason", "asked for", "--now", &now]), 0);
        }
        if number % 30.min(nights / 2) == 0 {
            let now = time(number).replace("T03", "T13");
            let prune = ["prune", "--keep-captures", "1", "--keep-runs", "30", "--now", &now];
            expect_exit(&place.sanad(&prune), 0);
        }
    }
    finish(&place, &costs);
}

/// Checks what the nights cost, and that the log holds.
fn finish(place: &Place, costs: &[Cost]) {
    expect_exit(&place.sanad(&["verify", "--against", "kept"]), 0);
    let replayed = place.sanad(&["replay"]);
    eprintln!("{}", String::from_utf8_lossy(&replayed.stdout));
    expect_exit(&replayed, 0);
    // For the checks by other programs.
    if let Some(folder) = std::env::var_os("SANAD_TEST_NIGHTS") {
        for name in ["raw", "normalized"] {
            crate::common::copy(&place.path(name), &Path::new(&folder).join(name));
        }
    }
    let month = |from: usize| costs.get(from..).unwrap_or_default().iter().take(30).filter(|cost| cost.exit == 0);
    let last = costs.len().saturating_sub(31);
    let (first, then) = (month(1), month(last));
    let events = (median(first.clone().map(|c| c.events)), median(then.clone().map(|c| c.events)));
    let bytes = (median(first.clone().map(|c| c.bytes)), median(then.clone().map(|c| c.bytes)));
    let took = (median(month(costs.len().min(50).saturating_sub(30)).map(|c| c.took)), median(then.map(|c| c.took)));
    eprintln!("events a night {events:?}, bytes a night {bytes:?}, time around night 30 and at the end {took:?}");
    let is_near = |one: f64, other: f64| (other / one - 1.0).abs() <= 0.1;
    assert!(is_near(events.0 as f64, events.1 as f64), "events: {events:?}");
    assert!(is_near(bytes.0 as f64, bytes.1 as f64), "bytes: {bytes:?}");
    let of = |folder: &str| self::bytes(place, folder);
    let evidence = of("raw") + of("normalized/records");
    let ledgers: usize = place
        .files("normalized/runs")
        .iter()
        .filter(|(name, _)| name.ends_with("removed.jsonl") || name.ends_with("records.jsonl"))
        .map(|(_, content)| content.len())
        .sum();
    // The log is the ledger of all that ever changed; nothing of it goes.
    let entries = of("normalized/log/tile/entries");
    let all = all_bytes(place);
    for folder in ["raw", "normalized/records", "normalized/runs", "normalized/log", "normalized/objects"] {
        eprintln!("{folder}: {} bytes", of(folder));
    }
    let ratio = all as f64 / (evidence + ledgers + entries) as f64;
    eprintln!("{all} bytes in all, {ratio:.2} times captures, current records, ledgers and log");
    assert!(ratio <= 1.3, "{ratio}");
}

#[test]
fn a_fortnight_costs_what_changes() {
    play(14);
}

#[test]
#[ignore = "takes many minutes: the command stands at the head of the file"]
fn a_year_costs_what_changes() {
    play(std::env::var("SANAD_NIGHTS").map_or(365, |nights| nights.parse().unwrap()));
}
