//! Days played through with `--now`: captures, journal and records state the rehearsed time, and say that it is one.

use super::server::{Server, page};
use crate::common::kill::killed_when;
use crate::common::{Place, expect_exit};
use sanad_warc::{Entry, Reader};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

const TEXT: &str = "<p>It says what it has to say in a whole sentence, so that it is a page of its own for everybody.";

/// `/list` names `/page/new` from the third visit on; `/page/same` is never modified; `/page/late` fails at first.
fn site(path: &str, head: &str, nth: usize, s: &mut std::net::TcpStream) -> std::io::Result<()> {
    let body = format!("<title>Page {path}</title><h1>Page {path}</h1>{TEXT} Its path is {path}.");
    match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        "/list" if nth < 3 => page(s, "200 OK", "", "<a href=/page/same>A page</a><a href=/page/late>Another</a>"),
        "/list" => {
            page(s, "200 OK", "", "<a href=/page/same>A page</a><a href=/page/late>Another</a><a href=/page/new>")
        }
        "/page/same" if head.to_lowercase().contains("if-none-match") => {
            s.write_all(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n")
        }
        "/page/late" if nth < 2 => page(s, "503 Busy", "", ""),
        _ => page(s, "200 OK", "ETag: \"1\"\r\n", &body),
    }
}

fn place(server: &Server) -> Place {
    let place = Place::empty();
    place.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\nretries = 0\n");
    let list = server.url("/list");
    let source =
        format!("hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\n[discover]\nlistings = [{list:?}]\n");
    place.write("config/sources/a.toml", source + "follow = [\"/page/\"]\n");
    place
}

/// The captures of each WARC file, in the order of the files' names: path and date, and for a revisit that of the capture
/// it names.
fn captured(place: &Place) -> Vec<(String, String, String)> {
    let mut files: Vec<_> =
        std::fs::read_dir(place.path("raw")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let mut reader = Reader::open(&file, "x", 1 << 20).unwrap();
        while let Some(entry) = reader.next_entry() {
            let (Entry::Capture(c) | Entry::Revisit(c)) = entry else { panic!("{entry:?}") };
            let path = c.url.split_once("/page/").map_or("", |(_, path)| path).to_owned();
            found.push((path, c.fetched_at, c.refers_to.map(|r| r.date).unwrap_or_default()));
        }
    }
    found
}

fn started(place: &Place) -> Value {
    place.of_run("events").into_iter().find(|e| e["event"] == "run.started").unwrap()
}

#[test]
fn days_are_played_through_on_one() {
    let server = Server::start(site);
    let place = place(&server);
    let days = ["2031-03-01T06:00:00Z", "2031-03-02T06:00:00Z", "2031-03-09T06:00:00Z"];
    let begun = Instant::now();
    for (day, exit) in days.iter().zip([1, 0, 0]) {
        expect_exit(&place.sanad(&["run", "--now", day]), exit);
        assert_eq!((&started(&place)["rehearsal"], &started(&place)["at"]), (&Value::Bool(true), &Value::from(*day)));
    }
    assert!(begun.elapsed() < Duration::from_mins(1), "eight days are not waited for");
    let of = |path: &str, date: &str, of: &str| (path.to_owned(), date.to_owned(), of.to_owned());
    let mut captured = captured(&place);
    captured.sort();
    let [first, second, third] = days;
    let expected = [
        of("late", first, ""),
        of("late", second, ""),
        of("late", third, second),
        of("new", third, ""),
        of("same", first, ""),
        of("same", second, first),
        of("same", third, first),
    ];
    assert_eq!(captured, expected);
    for record in place.lines("normalized/records") {
        let codes: Vec<&Value> = record["warnings"].as_array().unwrap().iter().map(|w| &w["code"]).collect();
        assert_eq!(codes, ["capture.rehearsal"]);
    }
    assert_eq!(place.lines("normalized/records").len(), 3);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay"]), 0);

    // What is read offline at a given time isn't a rehearsal of its own, but its captures stay what they are.
    expect_exit(&place.sanad(&["run", "--offline", "--now", "2031-03-10T06:00:00Z"]), 0);
    assert_eq!(started(&place)["rehearsal"], Value::Null);
    assert_eq!(place.lines("normalized/records")[0]["warnings"][0]["code"], "capture.rehearsal");
}

#[test]
fn the_files_of_a_rehearsal_say_so_and_an_import_keeps_it() {
    let server = Server::start(site);
    let place = place(&server);
    expect_exit(&place.sanad(&["run", "--now", "2031-03-01T06:00:00Z"]), 1);
    let file = std::fs::read_dir(place.path("raw")).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_file()).unwrap();
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(&file).unwrap()).read_to_end(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.split("WARC-Type: request").next().unwrap().contains("\r\nrehearsal: true\r\n"), "{text}");

    let other = Place::empty();
    expect_exit(&other.sanad(&["import", file.to_str().unwrap()]), 0);
    expect_exit(&other.run(&[]), 0);
    let records = other.lines("normalized/records");
    let codes: Vec<&Value> = records[0]["warnings"].as_array().unwrap().iter().map(|w| &w["code"]).collect();
    assert!(codes.contains(&&Value::from("capture.rehearsal")), "{codes:?}");
}

#[test]
fn the_time_of_the_environment_is_no_rehearsal() {
    let server = Server::start(site);
    let place = place(&server);
    let run = place.command(&["run"]).env("SOURCE_DATE_EPOCH", "1000000000").output().unwrap();
    expect_exit(&run, 1);
    let started = started(&place);
    assert_eq!((&started["at"], &started["rehearsal"]), (&Value::from("2001-09-09T01:46:40Z"), &Value::Null));
    let this_year = jiff::Zoned::now().year().to_string();
    for (path, date, _) in captured(&place) {
        assert!(date.starts_with(&this_year), "{path} {date}");
    }
    let warnings: Vec<Value> =
        place.lines("normalized/records").iter().flat_map(|r| r["warnings"].as_array().unwrap().clone()).collect();
    assert!(!warnings.iter().any(|w| w["code"] == "capture.rehearsal"), "{warnings:?}");
}

#[test]
fn a_rehearsal_that_was_killed_goes_on_as_one_at_its_own_time() {
    let server = Server::start(|path, head, nth, s| {
        std::thread::sleep(Duration::from_millis(if path.starts_with("/page/") && nth == 1 { 1_500 } else { 0 }));
        site(path, head, nth + 1, s)
    });
    let place = place(&server);
    let mut child = place.command(&["run", "--now", "2031-03-01T06:00:00Z"]).spawn().unwrap();
    let asked = || server.paths().iter().any(|path| path.starts_with("/page/"));
    assert!(killed_when(&mut child, |_| asked()).is_none(), "it was killed while it fetched");
    expect_exit(&place.sanad(&["run"]), 0);
    let started = started(&place);
    assert_eq!((&started["at"], &started["rehearsal"]), (&Value::from("2031-03-01T06:00:00Z"), &Value::Bool(true)));
    assert!(captured(&place).iter().all(|(_, date, _)| date == "2031-03-01T06:00:00Z"), "{:?}", captured(&place));
}
