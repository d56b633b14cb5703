//! Ctrl-C and SIGTERM: the program says what was done, and what is on disk stays usable.

use crate::common::{Place, expect_exit};
use crate::fetch::server::{Server, page};
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const TEXT: &str = "<p>It says what it has to say in a whole sentence, so that it is a page of its own for everybody.";

/// Serves 30 pages, of which a few take long.
fn site(path: &str, _: &str, _: usize, s: &mut std::net::TcpStream) -> std::io::Result<()> {
    match path.strip_prefix("/page/").and_then(|number| number.parse::<u64>().ok()) {
        Some(number) => {
            std::thread::sleep(Duration::from_millis(if (10..15).contains(&number) { 700 } else { 0 }));
            page(s, "200 OK", "", &format!("<h1>Page {number}</h1>{TEXT} It is page {number} of the thirty."))
        }
        None if path == "/list" => {
            let links: String = (0..30).map(|n| format!("<a href=/page/{n}>Page {n}</a> ")).collect();
            page(s, "200 OK", "", &links)
        }
        None => page(s, "404 Not Found", "", ""),
    }
}

/// Starts a run that fetches 30 pages, and waits until it is among those that take long.
fn fetching() -> (Server, Place, Child) {
    let server = Server::start(site);
    let place = Place::empty();
    place.write("config/sanad.toml", "[fetch]\ndelay_seconds = 0\nconnections = 1\n");
    let list = server.url("/list");
    let source = "hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\n";
    place.write("config/sources/a.toml", format!("{source}[discover]\nlistings = [{list:?}]\nfollow = [\"/page/\"]\n"));
    let child = place.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while server.paths().len() < 13 {
        assert!(begun.elapsed() < Duration::from_mins(1), "it doesn't fetch");
        std::thread::sleep(Duration::from_millis(10));
    }
    (server, place, child)
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_run_that_is_stopped_says_what_was_done_and_the_same_command_goes_on() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let (server, place, mut child) = fetching();
        let begun = Instant::now();
        signal(&child, name);
        let status = child.wait().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "{name}: it stops soon");
        assert_eq!(status.code(), Some(code), "{name}");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let count = said.strip_prefix("sanad: stopped while fetching: ").unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(count.contains(" of 30 pages are on disk; nothing was published; the same command goes on"), "{said}");
        let on_disk: usize = count.split(' ').next().unwrap().parse().unwrap();
        assert!((10..=12).contains(&on_disk), "{said}");

        server.seen.lock().unwrap().clear();
        expect_exit(&place.sanad(&["run"]), 0);
        let again = server.paths().iter().filter(|path| path.starts_with("/page/")).count();
        assert!(again <= 30 - on_disk, "{name}: what is on disk isn't fetched again, but {again} pages were");
        assert_eq!(place.lines("normalized/records").len(), 30);
        expect_exit(&place.sanad(&["verify"]), 0);
    }
}

#[test]
fn other_commands_stop_at_a_signal_too() {
    let place = Place::empty();
    // It waits for lines that never come.
    let mut command = place.command(&["language"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    std::thread::sleep(Duration::from_secs(1));
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "sanad: stopped before the end; nothing was changed\n");
    drop(stdin);
}
