//! A document that was taken down doesn't come back by itself.

use super::server::*;
use crate::common::{Place, expect_exit};
use std::io::Write as _;

const TEXT: &str = "<title>A page that somebody wants gone</title><h1>A page that somebody wants gone</h1>\
    <p>It says of a person what a court has found to be nobody's business but that person's own.</p>";

#[test]
fn a_document_that_was_taken_down_does_not_come_back_by_itself() {
    let server = Server::start(|path, head, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        _ if head.to_lowercase().contains("if-none-match") => {
            s.write_all(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n")
        }
        "/gone" => page(s, "200 OK", "ETag: \"1\"\r\n", TEXT),
        _ => page(s, "200 OK", "ETag: \"1\"\r\n", &TEXT.replace("gone", "kept").replace("nobody", "everybody")),
    });
    let home = Place::empty();
    home.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\n");
    let (gone, kept) = (server.url("/gone"), server.url("/kept"));
    let source = format!("hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\nstart = [{gone:?}, {kept:?}]\n");
    home.write("config/sources/a.toml", &source);
    expect_exit(&home.sanad(&["run", "--now", "2026-11-01T00:00:00Z"]), 0);
    let records = home.lines("normalized/records");
    let id =
        records.iter().find(|r| r["url"]["requested"] == gone.as_str()).unwrap()["id"].as_str().unwrap().to_owned();
    // Another crawler's copy.
    let capture = std::fs::read_dir(home.path("raw")).unwrap().flatten().find(|e| e.path().is_file()).unwrap().path();
    let copy = home.path("elsewhere.warc.gz");
    std::fs::copy(&capture, &copy).unwrap();
    expect_exit(&home.sanad(&["erase", &id, "--reason", "a court's order", "--now", "2026-11-02T00:00:00Z"]), 0);
    server.seen.lock().unwrap().clear();

    let said = home.sanad(&["run", "--dry-run"]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("was taken down"));
    expect_exit(&home.sanad(&["run", "--now", "2026-11-03T00:00:00Z"]), 0);
    assert_eq!(server.paths(), ["/kept"]);
    assert_eq!(home.report()["fetches"]["fetch.taken_down"].as_u64(), Some(1));
    expect_exit(&home.sanad(&["import", copy.to_str().unwrap(), "--now", "2026-11-04T00:00:00Z"]), 0);
    expect_exit(&home.sanad(&["run", "--offline", "--now", "2026-11-05T00:00:00Z"]), 0);
    assert!(home.report()["skipped"]["taken_down"].as_u64().unwrap() >= 1);
    let ids = |home: &Place| -> Vec<String> {
        home.lines("normalized/records").iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(!ids(&home).contains(&id) && ids(&home).len() == 1);
    expect_exit(&home.sanad(&["verify"]), 0);
    expect_exit(&home.sanad(&["replay"]), 0);

    // It comes back if the source asks for it, fetched whole: the erased capture can't be reused.
    home.write("config/sources/a.toml", format!("{source}bring_back = [{gone:?}]\n"));
    expect_exit(&home.sanad(&["run", "--now", "2026-11-06T00:00:00Z"]), 0);
    assert!(ids(&home).contains(&id));
    expect_exit(&home.sanad(&["verify"]), 0);
}

#[test]
fn a_page_whose_capture_was_put_away_is_fetched_whole() {
    let server = Server::start(|path, head, _, s| match path {
        "/robots.txt" => page(s, "404 Not Found", "", ""),
        _ if head.to_lowercase().contains("if-none-match") => s.write_all(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        _ => page(s, "200 OK", "ETag: \"1\"\r\n", "same"),
    });
    let place = super::server::Place::new();
    let plan = plan(&[server.url("/a")]);
    let first = place.run("r1", &plan);
    std::fs::remove_file(place.raw.path().join(&first.files[0])).unwrap();
    assert_eq!(kind(&place.run("r2", &plan), "/a"), sanad_fetch::FetchedKind::New);
}
