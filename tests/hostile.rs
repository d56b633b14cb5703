//! What comes from outside stops no run, takes over no terminal, and leaves no secret behind: odd names of hosts, links
//! in the folder of captures, a source that can't be written, mistakes in the configuration, control characters.

use crate::common::pages::{PARAGRAPHS, capture, page};
use crate::common::{NOW, Place, expect_exit};
use crate::fetch::server::Server;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Output;

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn hosts_of_any_name_have_records() {
    let place = Place::empty();
    let long = format!("https://{}.example/1", ["a".repeat(60).as_str(); 5].join("."));
    let odd = [
        "https://[2001:db8::1]/1",
        "https://[::1]:8080/1",
        "https://../1",
        "https://.hidden/1",
        "https://a_b..c/1",
        &long,
    ];
    for (number, url) in odd.iter().enumerate() {
        capture(&place, &number.to_string(), url, &page(&format!("Decision {number}"), &PARAGRAPHS));
    }
    let output = place.run(&[]);
    expect_exit(&output, 0);
    assert_eq!(place.lines("normalized/records").len(), odd.len(), "{}", shown(&output));
    expect_exit(&place.run(&[]), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
    for (name, _) in place.files("normalized") {
        assert!(!name.split('/').any(|part| part == ".." || part.len() > 200), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_the_folder_of_captures_and_nothing_is_read_twice() {
    use std::os::unix::fs::symlink;
    let place = Place::empty();
    capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    place.write("elsewhere/secret.html", page("Elsewhere", &PARAGRAPHS));
    place.write("elsewhere/side.json", r#"{"url": "https://elsewhere.example/"}"#);
    symlink(place.path("elsewhere"), place.path("raw/out")).unwrap();
    symlink(place.path("elsewhere/secret.html"), place.path("raw/secret.html")).unwrap();
    symlink(place.path("raw"), place.path("raw/circle")).unwrap();
    symlink(place.path("raw/1.html"), place.path("raw/again.html")).unwrap();
    place.write("raw/2.html", page("Another", &PARAGRAPHS[1..]));
    symlink(place.path("elsewhere/side.json"), place.path("raw/2.html.json")).unwrap();
    let output = place.run(&[]);
    expect_exit(&output, 0);
    let said = shown(&output);
    assert_eq!(said.matches("leads out of the folder").count(), 3, "{said}");
    assert!(said.contains("raw/out") && !said.contains("raw/circle") && !said.contains("raw/again"), "{said}");
    assert_eq!(place.report()["captures"], 2);
    assert!(place.lines("normalized/records").iter().all(|r| r["title"] != "Elsewhere"));
    let id = place.lines("normalized/records")[0]["id"].as_str().unwrap().to_owned();
    expect_exit(&place.sanad(&["erase", &id, "--reason", "a test", "--now", NOW]), 0);
}

#[test]
fn a_source_whose_records_cannot_be_put_in_place_costs_itself() {
    for inside in [false, true] {
        let place = Place::empty();
        capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
        capture(&place, "2", "https://b.example/1", &page("Another", &PARAGRAPHS[1..]));
        fs::create_dir_all(place.path("normalized/records/a.example.jsonl")).unwrap();
        if inside {
            place.write("normalized/records/a.example.jsonl/note.txt", "mine");
        }
        let output = place.run(&[]);
        expect_exit(&output, 1);
        let said = shown(&output);
        assert!(said.contains("records/a.example.jsonl is not a file; move it away"), "{said}");
        let records = place.read("normalized/records/b.example.jsonl");
        assert!(records.contains("https://b.example/1"), "{records}");
        fs::remove_dir_all(place.path("normalized/records/a.example.jsonl")).unwrap();
        expect_exit(&place.run(&[]), 0);
        assert!(place.read("normalized/records/a.example.jsonl").contains("https://a.example/1"));
        expect_exit(&place.sanad(&["verify"]), 0);
    }
}

/// Asserts that `check` and `run` both report a mistake at a place, and returns what they say.
fn expect_mistake(files: &[(&str, &str)], wanted: &str) -> String {
    let place = Place::empty();
    capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    for (name, text) in files {
        place.write(name, text);
    }
    let (check, run) = (place.sanad(&["check"]), place.run(&[]));
    for output in [&check, &run] {
        expect_exit(output, 2);
        assert!(shown(output).contains(wanted), "{wanted}: {}", shown(output));
    }
    shown(&run)
}

#[test]
fn mistakes_in_the_configuration_are_reported_with_file_and_line_by_check_and_run() {
    expect_mistake(
        &[
            ("config/sources/a.toml", "hosts = [\"a.example\"]\n"),
            ("config/sources/b.toml", "name = \"B\"\nhosts = [\n \"b.example\",\n \"a.example\",\n]\n"),
        ],
        "config/sources/b.toml:4: `hosts`: \"a.example\" belongs to the source \"a\" already",
    );
    expect_mistake(
        &[(
            "config/sources/a.toml",
            "hosts = [\"a.example\"]\nstart = [\"https://a.example/\",\n\"https://b.example/\"]\n",
        )],
        "config/sources/a.toml:3: `start`: \"https://b.example/\" is on none of the source's `hosts`",
    );
    let said = expect_mistake(
        &[("config/sources/a.toml", "hosts = [\"a.example\"]\nstart = [\"https://me:geheim@a.example/\"]\n")],
        "config/sources/a.toml:2: `start`: \"https://a.example/\" has a user name or password in it",
    );
    assert!(!said.contains("geheim") && said.contains("`[headers]`"), "{said}");
    let said = expect_mistake(
        &[("config/sources/a.toml", "hosts = [\"a.example\"]\n[headers]\n\"X Door\" = \"geheim\"\n")],
        "config/sources/a.toml:3: `headers`: \"X Door\" is no name of a header",
    );
    assert!(!said.contains("geheim"), "{said}");
    let said = expect_mistake(
        &[("config/sources/a.toml", "hosts = [\"a.example\"]\n[headers]\nA = \"b\"\nX-Door = \"ge\\nheim\"\n")],
        "config/sources/a.toml:4: `headers`: the value of \"X-Door\" holds a line break",
    );
    assert!(!said.contains("heim"), "{said}");
    for own in ["Host", "content-length", "Transfer-Encoding", "Range", "If-None-Match", "Proxy-Authorization"] {
        expect_mistake(
            &[("config/sources/a.toml", &format!("hosts = [\"a.example\"]\n[headers]\nA = \"b\"\n{own} = \"7\"\n"))],
            &format!("config/sources/a.toml:4: `headers`: \"{own}\" can't be set"),
        );
    }
    expect_mistake(
        &[("config/sources/a.toml", "hosts = [\"a.example\"]\n[files]\n\"../papers\" = \"https://a.example/\"\n")],
        "config/sources/a.toml:3: `files`: \"../papers\" doesn't exist",
    );
    expect_mistake(
        &[
            ("papers/a.doc", "a"),
            (
                "config/sources/a.toml",
                "hosts = [\"a.example\"]\n[files]\n\n\"../papers/a.doc\" = \"https://a.example/a\"\n",
            ),
        ],
        "config/sources/a.toml:4: `files`: \"../papers/a.doc\" is never read",
    );
}

#[test]
fn a_missing_folder_of_configuration_is_reported_with_what_to_do() {
    let place = Place::empty();
    fs::remove_dir(place.path("config")).unwrap();
    for arguments in [&["check"][..], &["run", "--offline"], &["check", "--config", "config"]] {
        let output = place.sanad(arguments);
        expect_exit(&output, 2);
        let said = shown(&output);
        assert!(said.contains("config: no such folder; create it, or name another one with `--config`"), "{said}");
    }
}

#[test]
fn captures_and_results_may_not_be_inside_each_other() {
    let place = Place::empty();
    capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    for (raw, out, wanted) in [
        ("raw", "raw/results", "--out is inside --raw"),
        ("normalized/raw", "normalized", "--raw is inside --out"),
        ("raw", "./config/../raw", "--raw and --out name one folder"),
    ] {
        let output = place.run(&["--raw", raw, "--out", out]);
        expect_exit(&output, 2);
        assert!(shown(&output).contains(wanted), "{}", shown(&output));
    }
    assert!(!place.path("raw/results").exists());
}

/// The secrets that are planted.
const SECRETS: [&str; 6] = ["geheim-1", "geheim-2", "geheim-3", "geheim-4", "geheim-5", "geheim-6"];

/// Asserts that a text holds no secret, and none of the characters that a terminal would obey.
#[track_caller]
fn expect_safe(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {what}: {text}");
    }
    // A digest in binary may contain the single byte.
    for sequence in ["\u{1b}[31m", "\u{1b}[2J", "\u{1b}[1m"] {
        assert!(!text.contains(sequence), "an escape sequence in {what}: {text:?}");
    }
}

/// Asserts that what a command prints is safe, and that it says something.
#[track_caller]
fn expect_prints_safely(place: &Place, arguments: &[&str]) {
    let output = place.sanad(arguments);
    let said = shown(&output);
    assert!(!said.is_empty(), "{arguments:?} says nothing");
    expect_safe(&arguments.join(" "), &output.stdout);
    expect_safe(&arguments.join(" "), &output.stderr);
    let is_bad =
        |c: char| c == '\u{1b}' || ('\u{80}'..='\u{9f}').contains(&c) || "\u{7f}\u{202e}\u{2066}\u{200f}".contains(c);
    assert!(!said.contains(is_bad), "{arguments:?}: {said:?}");
}

/// All files under a folder, with those of the state.
fn all_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all_files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn secrets_and_control_characters_of_captures_reach_neither_results_nor_terminal() {
    let place = Place::empty();
    let title = "A decision &#27;[31m&#x9b;1m &#x202e;of the council";
    let body = page(title, &PARAGRAPHS).replace("council", "council \u{1b}[2J");
    let sidecar = |url: &str| {
        json!({"url": url, "status": 200, "fetched_at": "2026-01-02T03:04:05Z",
               "headers": {"Content-Type": "text/html; charset=utf-8", "X-Note": "\u{1b}[1m"}})
    };
    let pages = [
        ("1", "https://me:geheim-1@a.example/1?x=1"),
        ("2", "https://a.example/2?access_token=geheim-2&x=1"),
        ("3", "https://a.example/3;jsessionid=geheim-3?password=geheim-4"),
        ("\u{1b}[31m4\u{202e}", "https://a.example/4?api_key=geheim-5#token=geheim-6"),
        ("5", "https://a.example/\u{1b}[31m5"),
    ];
    for (number, (name, url)) in pages.iter().enumerate() {
        place.write(&format!("raw/{name}.html"), body.replace("A decision", &format!("Decision {number}")));
        place.write(&format!("raw/{name}.html.json"), sidecar(url).to_string());
    }
    place.write("raw/broken\u{1b}[31m.pdf", "%PDF-1.4 nothing");
    place.write("raw/broken\u{1b}[31m.pdf.json", json!({"url": "https://a.example/b?token=geheim-2"}).to_string());
    for arguments in [
        &["run", "--offline", "--now", NOW][..],
        &["verify"],
        &["run", "--offline", "--now", NOW, "--preview"],
        &["run", "--offline", "--now", NOW, "--preview", "--json"],
        &["replay"],
    ] {
        expect_prints_safely(&place, arguments);
    }
    let records = place.lines("normalized/records");
    assert_eq!(records.len(), pages.len());
    let urls: Vec<&str> = records.iter().map(|r| r["url"]["requested"].as_str().unwrap()).collect();
    assert!(urls.contains(&"https://a.example/2?access_token=***&x=1"), "{urls:?}");
    let id = records[0]["id"].as_str().unwrap();
    expect_prints_safely(&place, &["explain", id]);
    expect_prints_safely(&place, &["explain", id, "--json", "--removed"]);
    let mut files = Vec::new();
    all_files(&place.path("normalized"), &mut files);
    for file in &files {
        // Titles and texts are in caches as the page has them; a terminal never shows those.
        let bytes = fs::read(file).unwrap();
        let is_cache = file.starts_with(place.path("normalized/.state"));
        let bytes = if is_cache { bytes.into_iter().filter(|b| *b != 0x1b).collect() } else { bytes };
        expect_safe(&file.display().to_string(), &bytes);
    }
    // The same address has the same masked form, so nothing changes in the next run.
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.of_run("records").len(), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_prints_safely(&place, &["erase", id, "--reason", "a \u{1b}[31mtest", "--now", NOW]);
}

#[test]
fn secrets_of_the_configuration_reach_neither_captures_nor_results_nor_terminal() {
    let place = Place::empty();
    let server = Server::start(|path, _, _, stream| match path.split('?').next().unwrap_or(path) {
        "/robots.txt" => crate::fetch::server::page(stream, "404 Not Found", "", ""),
        "/fails" => crate::fetch::server::page(stream, "500 \u{1b}[31mno", "X-A: \u{1b}[31m\r\n", "no"),
        "/moved" => crate::fetch::server::page(stream, "302 Found", "Location: /page?x=2&sig=1\r\n", ""),
        _ => crate::fetch::server::page(stream, "200 OK", "", &page("A decision", &PARAGRAPHS)),
    });
    let (page, fails, moved) = (
        server.url("/page?token=geheim-1&x=1"),
        server.url("/fails?api_key=geheim-2"),
        server.url("/moved?password=geheim-3"),
    );
    place.write("config/sanad.toml", "[fetch]\ncontact = \"a@b.example\"\ndelay_seconds = 0\nretries = 0\n");
    place.write(
        "config/sources/a.toml",
        format!(
            "hosts = [\"127.0.0.1\"]\nallow_private = [\"127.0.0.1\"]\nstart = [{page:?}, {fails:?}, {moved:?}]\n\
             [headers]\nAuthorization = \"Bearer geheim-4\"\nX-Door = \"geheim-5\"\nCookie = \"a=geheim-6\"\n"
        ),
    );
    expect_prints_safely(&place, &["check"]);
    expect_prints_safely(&place, &["run", "--dry-run"]);
    expect_prints_safely(&place, &["run", "--now", NOW]);
    expect_prints_safely(&place, &["run", "--dry-run"]);
    expect_prints_safely(&place, &["verify"]);
    // The server got what it needs.
    let seen = server.seen.lock().unwrap().clone();
    assert!(seen.iter().any(|(path, head)| path.contains("geheim-1") && head.contains("geheim-5")), "{seen:?}");
    let mut files = Vec::new();
    all_files(&place.path("normalized"), &mut files);
    all_files(&place.path("raw"), &mut files);
    let mut warcs = 0;
    for file in &files {
        let bytes = fs::read(file).unwrap();
        if file.extension().is_some_and(|extension| extension == "gz") {
            // Response headers are evidence, so escape sequences in them stay.
            let unpacked = unpacked(&bytes).into_iter().filter(|b| *b != 0x1b).collect::<Vec<u8>>();
            assert!(String::from_utf8_lossy(&unpacked).contains("WARC-Target-URI: "));
            expect_safe(&file.display().to_string(), &unpacked);
            warcs += 1;
        }
        expect_safe(&file.display().to_string(), &bytes);
    }
    assert_eq!(warcs, 1);
    assert!(!place.lines("normalized/records").is_empty());
    // A later visit recognises the page by its masked address.
    expect_exit(&place.sanad(&["run", "--now", "2026-11-23T17:00:00Z"]), 0);
    assert!(place.report()["fetches"]["unchanged"].as_u64().unwrap() > 0);
    assert!(!place.of_run("events").iter().any(|e| e["event"] == "capture.fetched" && e["url"] == masked(&page)));
}

fn masked(url: &str) -> String {
    sanad_document::secrets::masked(url).into_owned()
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    flate2::bufread::MultiGzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}
