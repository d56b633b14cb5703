//! Provokes the events of runs, the errors that end a run or cost a capture, the reasons for skipping captures, and the
//! causes of changes.

use super::{Group, expect_all};
use crate::common::pages::{PARAGRAPHS, capture, page, page_with, remove_capture};
use crate::common::{NOW, Place, expect_exit};
use crate::fetch::server::{self, Server};
use sanad::config::Config;
use sanad::error::Error;
use sanad::export::Output;
use sanad::run::{Options, Progress};
use sanad::worker::{Limits, Request, Worker};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) const GROUPS: &[Group] = &[
    Group {
        of: "events",
        names: &[
            "capture.failed",
            "capture.fetched",
            "capture.read",
            "capture.unchanged",
            "captures.compacted",
            "document.duplicate",
            "document.emitted",
            "document.erased",
            "document.held",
            "document.quarantined",
            "document.skipped",
            "document.unchanged",
            "files.pruned",
            "key.changed",
            "prune.completed",
            "relations.frozen",
            "repeats.frozen",
            "run.completed",
            "run.started",
            "visit.unchanged",
        ],
    },
    Group {
        of: "errors of capture files",
        names: &["warc.empty", "warc.gzip", "warc.malformed", "warc.read_only", "warc.too_large", "warc.truncated"],
    },
    Group { of: "errors of files that are no pages", names: &["extract.archive"] },
    Group { of: "errors of workers", names: &["worker.died", "worker.memory", "worker.timeout"] },
    Group { of: "errors of runs", names: &["config", "io", "locked", "log", "moved", "usage"] },
    #[cfg(feature = "postgres")]
    Group { of: "errors of databases", names: &["store"] },
    Group {
        of: "warnings of captures",
        names: &[
            "capture.digest",
            "capture.pinned_certificate",
            "capture.reconstructed",
            "capture.record_length",
            "capture.rehearsal",
            "capture.segments",
            "capture.time",
            "capture.truncated",
            "capture.unverified",
        ],
    },
    Group {
        of: "skipped captures",
        names: &[
            "gone",
            "joined",
            "media_type",
            "no_address",
            "no_captures",
            "noindex",
            "redirect",
            "revisit",
            "revisit_without_original",
            "superseded",
            "taken_down",
        ],
    },
    Group { of: "warnings of addresses", names: &["identity.canonical_shared"] },
    Group { of: "rules of joined pages", names: &["pages.repeated"] },
    Group { of: "held records", names: &["expect.broken"] },
    Group { of: "changes", names: &["added", "changed", "removed"] },
    Group {
        of: "causes of changes",
        names: &["content", "engine", "erased", "gone", "no_capture", "related", "repeats", "rules"],
    },
];

/// A WARC record: type, address, day of January, further header fields, HTTP header, body.
fn record(kind: &str, (url, day): (&str, u32), fields: &str, (head, body): (&str, &str)) -> String {
    let block = format!("HTTP/1.1 {head}\r\n\r\n{body}");
    format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{url}:{day}>\r\nWARC-Date: 2026-01-{day:02}T03:00:00Z\r\n\
         WARC-Target-URI: {url}\r\n{fields}Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
}

const HTML: &str = "200 OK\r\nContent-Type: text/html; charset=utf-8";

fn response(url: &str, day: u32, body: &str) -> String {
    record("response", (url, day), "", (HTML, body))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// The different values of a key.
fn each(values: &[Value], key: &str) -> BTreeSet<String> {
    values.iter().filter_map(|value| value[key].as_str()).map(str::to_owned).collect()
}

/// The names of all events in the log.
fn events(place: &Place) -> BTreeSet<String> {
    let reader = sanad_tlog::Reader::new(&place.path("normalized/log"));
    let size = reader.size().unwrap();
    let entries = (0..size.div_ceil(256)).flat_map(|bundle| reader.bundle(bundle, size).unwrap());
    let events: Vec<Value> = entries.map(|entry| serde_json::from_slice(&entry).unwrap()).collect();
    each(&events, "event")
}

#[test]
fn events_of_a_log() {
    /// Whether `/flaky` closes the connection without an answer.
    static CLOSES: AtomicBool = AtomicBool::new(false);
    let server = Server::start(|path, head, _, stream| match path {
        "/flaky" if CLOSES.load(Ordering::Relaxed) => stream.shutdown(std::net::Shutdown::Both),
        "/page" | "/flaky" if head.to_lowercase().contains("if-none-match") => {
            stream.write_all(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n")
        }
        "/page" | "/flaky" => {
            server::page(stream, "200 OK", "ETag: \"1\"\r\n", &page(path, &[PARAGRAPHS[0], path, PARAGRAPHS[1]]))
        }
        _ => server::page(stream, "404 Not Found", "", ""),
    });
    let place = Place::empty();
    let start = [server.url("/page"), server.url("/none"), server.url("/flaky")];
    place.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\nretries = 0\n");
    let source = format!("hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\nstart = {start:?}\n");
    place.write("config/sources/a.toml", source);
    // What fails anew makes a run fail.
    for (day, fails) in [(1, true), (2, false), (3, true), (9, false)] {
        CLOSES.store(day == 3, Ordering::Relaxed);
        let now = format!("2026-01-{day:02}T12:00:00Z");
        expect_exit(&place.sanad(&["run", "--now", &now]), i32::from(fails));
    }
    place.write("config/sources/held.toml", "hosts = [\"held.example\"]\n[expect]\nmin_records = 9\n");
    let body = page("A decision", &PARAGRAPHS);
    let older = page("An older decision", &PARAGRAPHS[..2]);
    let captures = [
        response("https://a.example/1", 1, &older),
        response("https://a.example/1", 2, &body),
        response("https://b.example/1", 2, &body),
        response("https://held.example/1", 2, &body),
        response("https://c.example/1", 2, "no page"),
        response("https://d.example/1", 2, &page("Gone soon", &PARAGRAPHS[1..3])),
    ];
    place.write("raw/old.warc", &captures[0]);
    place.write("raw/more.warc", captures[1..].concat());
    expect_exit(&place.run(&[]), 1);
    let mut held = place.of_run("events");
    held.retain(|event| event["event"] == "document.held");
    expect_all(GROUPS, "held records", each(&held, "code"));
    // Another rule that leaves the record as it is.
    place.write("config/sites/b.example.toml", "drop = [\".advertisement\"]\n");
    expect_exit(&place.run(&[]), 1);
    let id = |url: &str| {
        let records = place.lines("normalized/records");
        records.iter().find(|r| r["url"]["requested"] == url).unwrap()["id"].as_str().unwrap().to_owned()
    };
    expect_exit(&place.sanad(&["erase", &id("https://d.example/1"), "--reason", "asked for", "--now", NOW]), 0);
    expect_exit(&place.sanad(&["prune", "--keep-captures", "1", "--now", NOW]), 0);
    expect_exit(&place.sanad(&["key", "change", "--to", "new.key", "--now", NOW]), 0);
    expect_all(GROUPS, "events", events(&place));
}

#[test]
fn errors_of_capture_files() {
    let place = Place::empty();
    place.write("config/sanad.toml", "[limits]\nbody_mb = 1\n");
    let whole = response("https://a.example/1", 1, &page("A decision", &PARAGRAPHS));
    let packed = gzip(whole.as_bytes());
    let mut broken = packed.clone();
    let middle = broken.len() / 2;
    broken[middle..middle + 40].fill(0xFF);
    place.write("raw/empty.warc", "");
    place.write("raw/gzip.warc.gz", broken);
    place.write("raw/malformed.warc", "this is a diary\n");
    place.write("raw/too_large.warc", response("https://a.example/2", 1, &"word ".repeat(300_000)));
    place.write("raw/truncated.warc.gz", &packed[..packed.len() / 2]);
    expect_exit(&place.run(&[]), 1);
    let lines = place.of_run("quarantine");
    for line in &lines {
        let file = line["file"].as_str().unwrap();
        assert_eq!(line["code"], format!("warc.{}", file.split('.').next().unwrap()));
    }
    let mut found = each(&lines, "code");
    place.write("raw/old.arc", archive_record("https://arc.example/1", &page("An old decision", &PARAGRAPHS)));
    expect_exit(&place.run(&[]), 0);
    let records = place.lines("normalized/records");
    let id = records.iter().find(|r| r["url"]["requested"] == "https://arc.example/1").unwrap()["id"].as_str().unwrap();
    let refused = place.sanad(&["erase", id, "--reason", "asked for", "--now", NOW]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("sanad import"), "{refused:?}");
    found.insert(sanad_warc::Fault::ReadOnly.code().to_owned());
    expect_all(GROUPS, "errors of capture files", found);
}

#[test]
fn errors_of_files_that_are_no_pages() {
    let place = Place::empty();
    place.write("a.warc", response("https://a.example/1", 1, &page("A decision", &PARAGRAPHS)));
    let out = place.sanad(&["extract", "a.warc"]);
    expect_exit(&out, 1);
    let line: Value = serde_json::from_slice(&out.stdout).unwrap();
    expect_all(GROUPS, "errors of files that are no pages", each(&[line["error"].clone()], "code"));
}

#[test]
fn errors_of_workers() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_sanad"));
    let limits = Limits { program, seconds: 20, megabytes: 1024, body_bytes: 64 << 20 };
    let large = "<p>word<b>".repeat(300_000).into_bytes();
    let cases = [
        ("worker.died", Limits { program: PathBuf::from("false"), ..limits.clone() }),
        ("worker.memory", Limits { megabytes: 120, ..limits.clone() }),
        ("worker.timeout", Limits { seconds: 0, ..limits }),
    ];
    for (code, limits) in &cases {
        let request = Request { body: large.clone(), ..Request::default() };
        assert_eq!(Worker::new(limits.clone()).parse(&request).unwrap_err().code(), *code);
    }
    expect_all(GROUPS, "errors of workers", cases.map(|(code, _)| code));
}

struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: Option<u64>) {}
    fn step(&self) {}
    fn end(&self) {}
}

fn options(place: &Place) -> Options {
    Options {
        raw: place.path("raw"),
        out: place.path("normalized"),
        offline: true,
        sources: Vec::new(),
        limit: None,
        jobs: 1,
        now: NOW.to_owned(),
        rehearsal: false,
        text: sanad_document::TextMode::Complete,
        program: PathBuf::from(env!("CARGO_BIN_EXE_sanad")),
        keys: sanad_tlog::key::Keys { given: Some(crate::common::key().secret()), home: None },
    }
}

fn run(options: &Options) -> Result<(), Error> {
    let config = Config::load(&options.raw.with_file_name("config"))?;
    sanad::run::run(options, &config, &Silent).map(|_| ())
}

fn export(place: &Place, format: &str, output: &Output) -> Result<(), Error> {
    use sanad::export::{Format, Selection, export};
    let (raw, out) = (place.path("raw"), place.path("normalized"));
    export(&raw, &out, Format::of(format).unwrap(), &Selection::default(), output).map(|_| ())
}

#[test]
fn errors_of_runs() {
    let place = Place::empty();
    capture(&place, "a", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    let keyless = Options { keys: sanad_tlog::key::Keys::default(), ..options(&place) };
    let usage = run(&keyless).unwrap_err();
    run(&options(&place)).unwrap();
    let io = export(&place, "jsonl", &Output::Path(place.path("no/where/records.jsonl"))).unwrap_err();
    place.write("normalized/.state/journal.json", "{}");
    let moved = export(&place, "jsonl", &Output::Path(place.path("records.jsonl"))).unwrap_err();
    std::fs::remove_file(place.path("normalized/.state/journal.json")).unwrap();
    let held = std::fs::File::options().write(true).open(place.path("normalized/.state/lock")).unwrap();
    held.try_lock().unwrap();
    let locked = run(&options(&place)).unwrap_err();
    drop(held);
    place.write("normalized/log/checkpoint", "nonsense");
    let log = run(&options(&place)).unwrap_err();
    place.write("config/sanad.toml", "[nonsense]\n");
    let config = run(&options(&place)).unwrap_err();
    let found = [config, io, locked, log, moved, usage].map(|error| error.code());
    assert_eq!(found, ["config", "io", "locked", "log", "moved", "usage"]);
    expect_all(GROUPS, "errors of runs", found);
}

#[cfg(feature = "postgres")]
#[test]
fn errors_of_databases() {
    let place = Place::empty();
    capture(&place, "a", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    run(&options(&place)).unwrap();
    // Nothing listens on the port of a listener that is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Output::Server(format!("postgres://127.0.0.1:{port}/none"));
    let found = export(&place, "postgres", &server).unwrap_err().code();
    expect_all(GROUPS, "errors of databases", [found]);
}

#[test]
fn warnings_of_captures() {
    let place = Place::empty();
    let pinned = format!("{}: sha256:{}\r\n", sanad_warc::PINNED, "0".repeat(64));
    let body = page("A decision", &PARAGRAPHS);
    place.write("raw/pinned.warc", record("response", ("https://a.example/1", 1), &pinned, (HTML, &body)));
    let info = "description: reconstructed from a backup\r\n";
    let info = format!("WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: {}\r\n\r\n{info}\r\n\r\n", info.len());
    place.write("raw/made.warc", info + &response("https://b.example/1", 1, &page("Another", &PARAGRAPHS[..2])));
    let info = "WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: 17\r\n\r\nrehearsal: true\r\n\r\n\r\n".to_owned();
    let rehearsed = page("A third one", &[PARAGRAPHS[1], &PARAGRAPHS[0].replace("rivers", "lakes")]);
    place.write("raw/rehearsed.warc", info + &response("https://c.example/1", 1, &rehearsed));
    for (name, record) in flawed_records() {
        place.write(&format!("raw/{name}"), record);
    }
    expect_exit(&place.run(&[]), 1);
    let records = place.lines("normalized/records");
    let warnings: Vec<Value> = records.iter().flat_map(|r| r["warnings"].as_array().unwrap().clone()).collect();
    expect_all(GROUPS, "warnings of captures", each(&warnings, "code"));
}

/// A record of an ARC file.
fn archive_record(url: &str, body: &str) -> String {
    let block = format!("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{body}");
    format!("{url} 10.0.0.1 20060102030405 text/html {}\n{block}\n", block.len())
}

/// Files with a capture each that isn't right, by what is wrong.
fn flawed_records() -> Vec<(&'static str, Vec<u8>)> {
    let address = |name: &str| format!("https://{name}.example/1");
    let body = |name: &str| page(name, &[&PARAGRAPHS[0].replace("rivers", name), PARAGRAPHS[1]]);
    let with = |name: &str, fields: &str| record("response", (&address(name), 1), fields, (HTML, &body(name)));
    let digest = format!("WARC-Payload-Digest: sha256:{}\r\n", "0".repeat(64));
    let short = with("short", "");
    let stated = short.split("Content-Length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap().to_owned();
    let less = stated.parse::<u32>().unwrap() - 6;
    let short = short.replacen(&stated, &less.to_string(), 1);
    let mut single = gzip([with("doubtful", ""), with("lost", "")].concat().as_bytes());
    let checksum = single.len() - 6;
    single[checksum] ^= 1;
    vec![
        ("digest.warc", with("digest", &digest).into_bytes()),
        ("length.warc", (short + &with("next", "")).into_bytes()),
        ("segments.warc", with("segments", "WARC-Segment-Number: 1\r\n").into_bytes()),
        ("time.warc", with("time", "").replace("2026-01-01", "2099-01-01").into_bytes()),
        ("truncated.warc", with("truncated", "WARC-Truncated: time\r\n").into_bytes()),
        ("unverified.warc.gz", single),
    ]
}

#[test]
fn warnings_of_addresses() {
    let place = Place::empty();
    let named = page("A decision", &PARAGRAPHS).replace("<title>", "<link rel=canonical href=/news><title>");
    capture(&place, "1", "https://a.example/news/1", &named);
    expect_exit(&place.run(&[]), 0);
    let warnings = place.lines("normalized/records")[0]["warnings"].as_array().unwrap().clone();
    expect_all(GROUPS, "warnings of addresses", each(&warnings, "code"));
}

#[test]
fn skipped_captures() {
    let place = Place::empty();
    place.write("config/sanad.toml", "[run]\ngone_after = 1\n");
    place.write("config/sources/n.toml", "hosts = [\"n.example\"]\nrespect_noindex = true\n");
    let address = |path: &str| format!("https://a.example/{path}");
    let body = |word: &str| page(word, &[&PARAGRAPHS[0].replace("rivers", word), PARAGRAPHS[1]]);
    let not_found = ("404 Not Found\r\nContent-Type: text/html", "<h1>Not found</h1>");
    let paged = |pager: &str, text: &str| page_with("Lagoons", &[text], &format!("<p>{pager}</p>"));
    let captures = [
        response(&address("gone"), 1, &body("brooks")),
        record("response", (&address("gone"), 2), "", not_found),
        record("response", (&address("style"), 1), "", ("200 OK\r\nContent-Type: text/css", "p {}")),
        record("response", (&address("old"), 1), "", ("301 Moved\r\nLocation: /new", "")),
        response(&address("revisited"), 1, &body("lakes")),
        record("revisit", (&address("revisited"), 2), "", ("304 Not Modified", "")),
        response(&address("twice"), 1, &body("seas")),
        response(&address("twice"), 2, &body("ponds")),
        response(&address("erased"), 1, &body("wells")),
        record("revisit", (&address("never captured"), 2), "", ("304 Not Modified", "")),
        response("urn:pageinfo:https://a.example/", 2, &body("notes")),
        response("https://j.example/text", 1, &paged("<a rel=next href=/text/2>Next</a> Page 1 of 2", PARAGRAPHS[2])),
        response("https://j.example/text/2", 1, &paged("<a rel=prev href=/text>Back</a> Page 2 of 2", PARAGRAPHS[3])),
        response(
            "https://n.example/1",
            1,
            &body("dams").replace("<title>", "<meta name=robots content=noindex><title>"),
        ),
    ];
    place.write("raw/a.warc", captures.concat());
    place.write("raw/index.cdxj", "com,example)/ 20260102030405 {\"url\": \"http://example.com/\"}\n");
    expect_exit(&place.run(&[]), 0);
    let rules = each(&place.of_run("removed"), "rule").into_iter().filter(|rule| rule.starts_with("pages."));
    expect_all(GROUPS, "rules of joined pages", rules);
    let records = place.lines("normalized/records");
    let id = records.iter().find(|r| r["url"]["requested"] == address("erased")).unwrap()["id"].as_str().unwrap();
    expect_exit(&place.sanad(&["erase", id, "--reason", "asked for", "--now", NOW]), 0);
    place.write("raw/b.warc", response(&address("erased"), 3, &body("wells")));
    expect_exit(&place.run(&[]), 0);
    let report = place.report();
    expect_all(GROUPS, "skipped captures", report["skipped"].as_object().unwrap().keys().cloned());
}

#[test]
fn causes_of_changes() {
    const RUSSIAN: &str = "Правительство решило сегодня, что вода двух рек будет разделена между всеми районами долины, как \
        предложила комиссия в своём докладе весной, и что плата за неё останется прежней до конца года.";
    let place = Place::empty();
    place.write("config/sanad.toml", "[run]\ngone_after = 1\n");
    let address = |name: &str| format!("https://a.example/{name}");
    let put = |name: &str, text: &str, more: &str| {
        let own: Vec<String> = text.split(' ').map(|word| format!("{name} {word}")).collect();
        let portal = format!("<div class=word><p>{}</p></div>", PARAGRAPHS[3]);
        let body = page_with(name, &[&own.join(" ")], &portal).replace("<title>", &format!("{more}<title>"));
        capture(&place, name, &address(name), &body);
    };
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut step = |wanted: &[(&str, &str)]| {
        assert!(place.run(&[]).status.code().unwrap() < 2);
        let found: BTreeSet<(String, String)> = crate::common::pages::changes(&place).into_iter().collect();
        let wanted = wanted.iter().map(|(change, cause)| ((*change).to_owned(), (*cause).to_owned()));
        assert_eq!(found, wanted.collect());
        seen.extend(found);
    };
    put("Alpha", PARAGRAPHS[0], "");
    put("Beta", PARAGRAPHS[0], "");
    step(&[("added", "content")]);
    put("Alpha", PARAGRAPHS[1], "");
    step(&[("changed", "content")]);
    // As if an earlier version of the program had written it.
    let file = "normalized/records/a.example.jsonl";
    let earlier = place.read(file).replace(&format!("sanad/{}", env!("CARGO_PKG_VERSION")), "sanad/0.0.1");
    place.write(file, earlier.replace("\"version\":\"sha256:", "\"version\":\"sha256:0"));
    step(&[("changed", "engine")]);
    place.write("config/sites/a.example.toml", "drop = [\"h1\"]\n");
    step(&[("changed", "rules")]);
    for name in ["Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta"] {
        put(name, PARAGRAPHS[2], "");
    }
    step(&[("added", "content"), ("changed", "repeats")]);
    let link = format!("<link rel=alternate hreflang=en href={}>", address("Alpha"));
    put("Iota", RUSSIAN, &link);
    step(&[("added", "content"), ("changed", "related")]);
    remove_capture(&place, "Beta");
    let sidecar =
        format!("{{\"url\": \"{}\", \"status\": 404, \"fetched_at\": \"2026-02-02T00:00:00Z\"}}", address("Gamma"));
    place.write("raw/gone.html", "<h1>Not found</h1>");
    place.write("raw/gone.html.json", sidecar);
    step(&[("removed", "gone"), ("removed", "no_capture")]);
    let since = place.runs().pop().unwrap();
    let records = place.lines("normalized/records");
    let id = records.iter().find(|r| r["url"]["requested"] == address("Delta")).unwrap()["id"].as_str().unwrap();
    expect_exit(&place.sanad(&["erase", id, "--reason", "asked for", "--now", NOW]), 0);
    let exported = place.sanad(&["export", "--format", "jsonl", "--since", &since, "--output", "-"]);
    expect_exit(&exported, 0);
    for line in crate::common::json_lines(&String::from_utf8(exported.stdout).unwrap()) {
        let text = |key: &str| line["delta"][key].as_str().unwrap().to_owned();
        seen.insert((text("change"), text("cause")));
    }
    expect_all(GROUPS, "changes", seen.iter().map(|(change, _)| change.clone()));
    expect_all(GROUPS, "causes of changes", seen.iter().map(|(_, cause)| cause.clone()));
}
