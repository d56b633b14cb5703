//! The command line as a scheduler uses it: exit codes, files, messages.

use crate::common::pages::{PARAGRAPHS, page_with};
use crate::common::{NOW, Place, expect_exit, json_lines};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const PAGE: &str = "<html><head><title>A decision</title></head><body><h1>A decision</h1>\
    <p>The government decided today that the water of the two rivers will be shared by all the districts of the valley, \
    as the commission had proposed in its report of the spring.</p>\
    <p>The ministry will see to it that the decision is carried out before the end of the year, and will report on it.</p>\
    </body></html>";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn warc_record(url: &str, body: &[u8]) -> Vec<u8> {
    let mut block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n".to_vec();
    block.extend_from_slice(body);
    let mut record = format!(
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:test:{url}>\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n\
         WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
        block.len()
    )
    .into_bytes();
    record.extend(block);
    record.extend(b"\r\n\r\n");
    record
}

/// Writes a PDF of these objects. The first is the catalogue.
fn pdf(objects: &[&str]) -> String {
    let mut out = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", out.len());
        out += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    format!("{out}{table}trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF", objects.len() + 1)
}

fn codes(place: &Place) -> Vec<(String, String)> {
    let line = |q: &Value| (q["file"].as_str().unwrap().to_owned(), q["code"].as_str().unwrap().to_owned());
    let mut codes: Vec<_> = place.of_run("quarantine").iter().map(line).collect();
    codes.sort();
    codes
}

#[test]
fn two_runs_from_nothing_write_the_same_bytes_whatever_the_number_of_jobs() {
    let (one, other) = (Place::demo(), Place::demo());
    expect_exit(&one.run(&["--jobs", "1"]), 0);
    expect_exit(&other.run(&["--jobs", "2"]), 0);
    let (one, other) = (one.files("normalized"), other.files("normalized"));
    assert!(one.len() > 8, "{}", one.len());
    for ((name, bytes), (other_name, other_bytes)) in one.iter().zip(&other) {
        assert_eq!(name, other_name);
        assert!(bytes == other_bytes, "{name} differs");
    }
    assert_eq!(one.len(), other.len());
}

#[test]
fn a_second_run_reports_everything_unchanged_and_touches_no_record() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    let records = place.files("normalized/records");
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.runs().len(), 2);
    let report = place.report();
    assert_eq!(report["outcomes"]["unchanged"], 68, "{report}");
    assert_eq!(report["outcomes"].get("emitted"), None);
    assert_eq!(place.of_run("records"), Vec::<Value>::new());
    assert_eq!(place.files("normalized/records"), records);
}

#[test]
fn a_changed_page_is_one_change_and_a_vanished_one_a_tombstone() {
    let place = Place::empty();
    place.write("raw/a.html", PAGE);
    place.write("raw/b.html", PAGE.replace("two rivers", "three lakes"));
    expect_exit(&place.run(&[]), 0);
    let before = place.lines("normalized/records");
    place.write("raw/a.html", PAGE.replace("two rivers", "four canals"));
    std::fs::remove_file(place.path("raw/b.html")).unwrap();
    expect_exit(&place.run(&[]), 0);
    let mut changes: Vec<String> =
        place.of_run("records").iter().map(|r| r["delta"]["change"].as_str().unwrap().to_owned()).collect();
    changes.sort();
    assert_eq!(changes, ["changed", "removed"]);
    assert_eq!(place.lines("normalized/records").len(), 1);
    let stone = place.of_run("records").into_iter().find(|r| r["delta"]["change"] == "removed").unwrap();
    let removed = before.iter().find(|record| record["id"] == stone["id"]).unwrap();
    for field in ["url", "title", "version", "source"] {
        assert!(!removed[field].is_null() && stone[field] == removed[field], "{field}: {stone}");
    }
    // An export of the changes since then says the same.
    let first = place.runs()[0].clone();
    expect_exit(&place.sanad(&["export", "--format", "jsonl", "--since", &first, "--output", "changes.jsonl"]), 0);
    let exported = place.lines("changes.jsonl");
    assert!(exported.contains(&stone), "{exported:?}");
}

#[test]
fn of_several_captures_of_a_page_the_newest_counts() {
    let place = Place::empty();
    let mut warc = warc_record("https://a.example/x", PAGE.as_bytes());
    let newer = PAGE.replace("two rivers", "four canals");
    let record = warc_record("http://www.a.example/x/?utm_source=mail", newer.as_bytes());
    warc.extend(String::from_utf8(record).unwrap().replace("2026-01-02", "2026-02-02").into_bytes());
    place.write("raw/x.warc", warc);
    expect_exit(&place.run(&[]), 0);
    let records = place.lines("normalized/records");
    assert_eq!(records.len(), 1);
    assert!(records[0]["text"].as_str().unwrap().contains("four canals"));
    assert_eq!(records[0]["url"]["aliases"][0], "https://a.example/x");
    assert_eq!(place.report()["skipped"]["superseded"], 1);
}

#[test]
fn what_a_batch_holds_several_times_is_parsed_once() {
    let visits = |bodies: &[&str], months: &[&str]| {
        let mut warc = Vec::new();
        for month in months {
            for (number, body) in bodies.iter().enumerate() {
                let record = warc_record(&format!("https://a.example/{number}"), body.as_bytes());
                warc.extend(String::from_utf8(record).unwrap().replace("2026-01", month).into_bytes());
            }
        }
        let place = Place::empty();
        place.write("raw/x.warc", warc);
        expect_exit(&place.run(&["--jobs", "2"]), 1); // the empty body
        let cache = std::fs::metadata(place.path("normalized/.state/documents.pack")).unwrap().len();
        let ends: Vec<Value> = place.lines("normalized/records").iter().map(|r| r["text"].clone()).collect();
        (ends, cache, codes(&place), place.report()["skipped"].clone())
    };
    let bodies = [PAGE, "", &PAGE.replace("two rivers", "three lakes")];
    let (once, again) = (visits(&bodies, &["2026-01"]), visits(&bodies, &["2026-01", "2026-02", "2026-03"]));
    assert_eq!(once.0.len(), 2);
    assert_eq!(again.0, once.0);
    assert_eq!(again.1, once.1, "bytes in the cache");
    assert!(again.2.contains(once.2.first().unwrap()), "{:?}", again.2);
    assert_eq!(again.3["superseded"], 4, "{:?}", again.3);
}

#[test]
fn every_bad_input_is_named_and_none_harms_another() {
    let place = Place::empty();
    place.write("config/sanad.toml", "[limits]\nbody_mb = 2\n");
    place.write("raw/empty.html", "");
    place.write("raw/empty.warc.gz", "");
    place.write("raw/good.html", PAGE);
    place.write("raw/large.html", format!("<p>{}</p>", "word ".repeat(600_000)));
    place.write("raw/office.docx", b"PK\x03\x04 word/document.xml and so on".as_slice());
    place.write("raw/broken.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 99\ngarbage".as_slice());
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>";
    let form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>/Length 11>>stream\n/F Do /F Do\nendstream";
    let draw = "<</Length 5>>stream\n/F Do\nendstream";
    let tree = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>"];
    place.write("raw/loop-of-pages.pdf", pdf(&tree));
    place.write("raw/loop-of-forms.pdf", pdf(&[tree[0], "<</Type/Pages/Kids[3 0 R]/Count 1>>", page, draw, form]));
    let warc = gzip(&warc_record("https://a.example/cut", PAGE.as_bytes()));
    let whole = gzip(&warc_record("https://a.example/whole", PAGE.replace("rivers", "seas").as_bytes()));
    place.write("raw/gzip-cut.warc.gz", [whole.as_slice(), warc.split_at(warc.len() / 2).0].concat());
    let plain = warc_record("https://b.example/cut", PAGE.as_bytes());
    place.write("raw/plain-cut.warc", plain.split_at(plain.len() - 200).0);
    place.write("raw/not-a.warc", "this is a diary\n");
    place.write("raw/deep.html", format!("{}<p>deep text</p>{}", "<div>".repeat(100_000), PAGE));

    let output = place.run(&[]);
    expect_exit(&output, 1);
    let found = codes(&place);
    assert!(found.iter().any(|(f, _)| f == "loop-of-pages.pdf"), "{found:?}");
    assert!(found.iter().any(|(f, c)| f == "loop-of-forms.pdf" && c == "kind.empty"), "{found:?}");
    for (file, code) in [
        ("broken.pdf", "pdf."),
        ("empty.html", "decode.empty"),
        ("empty.warc.gz", "warc.empty"),
        ("gzip-cut.warc.gz", "warc.truncated"),
        ("large.html", "warc.too_large"),
        ("not-a.warc", "warc.malformed"),
        ("plain-cut.warc", "warc.truncated"),
    ] {
        assert!(found.iter().any(|(f, c)| f == file && c.starts_with(code)), "{file} {code}: {found:?}");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.contains(file), "{file} isn't named:\n{shown}");
    }
    let files: Vec<String> = place
        .lines("normalized/records")
        .iter()
        .map(|r| r["prov"]["capture"]["file"].as_str().unwrap().to_owned())
        .collect();
    for file in ["good.html", "gzip-cut.warc.gz", "deep.html"] {
        assert!(files.iter().any(|f| f == file), "{file}: {files:?}");
    }
    assert_eq!(place.report()["skipped"], json!({"media_type": 1}), "office.docx");
    assert!(place.report()["balanced"].as_bool().unwrap());
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn a_capture_that_takes_too_long_or_too_much_memory_costs_only_itself() {
    let place = Place::empty();
    place.write("config/sanad.toml", "[limits]\nseconds = 1\nmemory_mb = 256\nbody_mb = 60\n");
    place.write("raw/good.html", PAGE);
    place.write("raw/huge.html", "<p>word<b>".repeat(5_000_000));
    let output = place.run(&["--jobs", "1"]);
    expect_exit(&output, 1);
    let found = codes(&place);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(["worker.timeout", "worker.memory", "html.too_many_nodes"].contains(&found[0].1.as_str()), "{found:?}");
    assert_eq!(place.lines("normalized/records").len(), 1);
}

#[test]
fn a_sidecar_gives_a_plain_file_its_address_and_time() {
    let place = Place::empty();
    place.write("raw/page.html", PAGE);
    place.write("raw/page.html.json", r#"{"url": "https://www.a.example/page", "fetched_at": "2026-01-02T03:04:05Z"}"#);
    expect_exit(&place.run(&[]), 0);
    let record = &place.lines("normalized/records/a.example.jsonl")[0];
    assert_eq!(record["source"], "a.example");
    assert!(record["id"].as_str().unwrap().starts_with("a.example/"));
    assert_eq!(record["prov"]["capture"]["fetched_at"], "2026-01-02T03:04:05Z");
}

#[test]
fn without_offline_reconstructions_are_not_read() {
    let place = Place::demo();
    std::fs::remove_dir_all(place.path("config/sources")).unwrap();
    expect_exit(&place.sanad(&["run", "--now", NOW]), 0);
    assert_eq!(place.report()["captures"], 0);
}

#[test]
fn a_dry_run_says_what_would_be_fetched_and_why_and_groups_choose_sources() {
    let place = Place::empty();
    place.write(
        "config/sources/a.toml",
        "hosts = [\"a.example\"]\nstart = [\"https://a.example/\"]\ngroup = \"daily\"\n",
    );
    let more = "hosts = [\"b.example\"]\ngroup = \"weekly\"\n[discover]\nfeeds = [\"https://b.example/feed\"]\n";
    place.write("config/sources/b.toml", more);
    let dry = |arguments: &[&str]| {
        let out = place.sanad(&[&["run", "--dry-run"], arguments].concat());
        expect_exit(&out, 0);
        String::from_utf8(out.stdout).unwrap()
    };
    let all =
        "a\thttps://a.example/\tstart address, not visited yet\nb\thttps://b.example/feed\tfeed; its pages follow\n";
    assert_eq!(dry(&[]), all);
    assert_eq!(dry(&["--group", "daily"]).lines().count(), 1);
    let wrong = place.sanad(&["run", "--group", "hourly"]);
    expect_exit(&wrong, 2);
    let message = String::from_utf8(wrong.stderr).unwrap();
    assert!(message.contains("hourly") && message.contains("daily, weekly"), "{message}");
    assert!(!place.path("raw/.fetch").exists());
}

#[test]
fn a_run_that_was_stopped_while_fetching_goes_on_under_its_name_once() {
    let place = Place::empty();
    let begun = r#"{"run": "20260102T030405Z-0badcafe", "now": "2026-01-02T03:04:05Z", "sources": []}"#;
    place.write("raw/.fetch/unfinished.json", begun);
    expect_exit(&place.sanad(&["run", "--now", NOW]), 0);
    assert!(place.path("normalized/runs/20260102T030405Z-0badcafe/report.json").exists());
    assert!(!place.path("raw/.fetch/unfinished.json").exists());
    place.write("raw/.fetch/unfinished.json", begun);
    expect_exit(&place.sanad(&["run", "--now", NOW]), 0);
    assert_eq!(std::fs::read_dir(place.path("normalized/runs")).unwrap().count(), 2);
}

#[test]
fn other_crawlers_captures_are_imported_once_with_their_ids_and_then_ingested() {
    let place = Place::empty();
    let records = |from: usize| -> Vec<Vec<u8>> {
        (from..from + 2).map(|n| warc_record(&format!("https://a.example/{n}"), PAGE.as_bytes())).collect()
    };
    let mut package = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    package.start_file("archive/data.warc.gz", stored).unwrap();
    package.write_all(&records(4).iter().flat_map(|r| gzip(r)).collect::<Vec<u8>>()).unwrap();
    package.start_file("indexes/index.cdx", stored).unwrap();
    place.write("theirs/plain.warc", records(0).concat());
    place.write("theirs/whole.warc.gz", gzip(&records(2).concat()));
    place.write("theirs/package.wacz", package.finish().unwrap().into_inner());
    let files = ["theirs/plain.warc", "theirs/whole.warc.gz", "theirs/package.wacz"];
    let import = || place.sanad(&[&["import", "--now", NOW], &files[..]].concat());
    let out = import();
    expect_exit(&out, 0);
    let said = String::from_utf8(out.stdout).unwrap();
    assert_eq!(said.lines().filter(|l| l.contains("2 records (2 captures)")).count(), 3, "{said}");
    assert!(String::from_utf8(import().stdout).unwrap().lines().all(|l| l.contains("already imported")));
    // a run that fetches reads them too, as it does what it fetched itself
    expect_exit(&place.sanad(&["run", "--now", NOW]), 0);
    let records = place.read("normalized/records/a.example.jsonl");
    assert_eq!(records.lines().count(), 6);
    assert!(records.contains("urn:test:https://a.example/5"));
    expect_exit(&place.sanad(&["verify"]), 0);
    let mut torn = records_torn();
    torn.truncate(torn.len() - 30);
    place.write("theirs/torn.warc", torn);
    place.write("theirs/none.warc", "nothing of the kind");
    let out = place.sanad(&["import", "theirs/torn.warc", "theirs/none.warc", "theirs/missing.warc"]);
    expect_exit(&out, 1);
    assert!(String::from_utf8(out.stdout).unwrap().contains("torn.warc: 1 record ("));
    let errors = String::from_utf8(out.stderr).unwrap();
    for said in ["torn.warc", "in the middle of a record", "none.warc", "not a record of an archive", "missing.warc"] {
        assert!(errors.contains(said), "{said}: {errors}");
    }
}

fn records_torn() -> Vec<u8> {
    [warc_record("https://a.example/8", PAGE.as_bytes()), warc_record("https://a.example/9", PAGE.as_bytes())].concat()
}

#[test]
fn a_mistake_in_the_configuration_ends_with_2_and_names_file_and_line() {
    let place = Place::demo();
    place.write("config/sources/new.toml", "hosts = [\"new.example\"]\nstrat = []\n");
    for command in ["check", "run", "verify"] {
        let output = place.sanad(&[command]);
        expect_exit(&output, 2);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("config/sources/new.toml:2: unknown key `strat`"), "{said}");
    }
}

#[test]
fn expectations_that_are_broken_hold_the_records_back() {
    let place = Place::demo();
    place.write("config/sources/mfa.tj.toml", "hosts = [\"mfa.tj\"]\n[expect]\nmin_records = 1000\n");
    expect_exit(&place.run(&[]), 1);
    assert!(!place.path("normalized/records/mfa.tj.jsonl").exists());
    assert!(place.path("normalized/records/vkd.tj.jsonl").exists());
    let report = place.report();
    assert!(report["sources"]["mfa.tj"]["outcomes"]["held"].as_u64().unwrap() > 10, "{report}");
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn verify_finds_what_was_changed_added_or_taken_away() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    expect_exit(&place.sanad(&["verify"]), 0);

    let records = "normalized/records/mfa.tj.jsonl";
    let whole = place.read(records);
    place.write(records, whole.replacen("Dushanbe", "Dushenbe", 1));
    let output = place.sanad(&["verify"]);
    expect_exit(&output, 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("records/mfa.tj.jsonl"));
    place.write(records, &whole);

    place.write("normalized/records/slipped-in.jsonl", &whole);
    expect_exit(&place.sanad(&["verify"]), 1);
    std::fs::remove_file(place.path("normalized/records/slipped-in.jsonl")).unwrap();

    let warc = std::fs::read(place.path("raw/demo.warc.gz")).unwrap();
    let mut changed = warc.clone();
    changed[200_000] ^= 1;
    place.write("raw/demo.warc.gz", &changed);
    expect_exit(&place.sanad(&["verify"]), 1);
    std::fs::remove_file(place.path("raw/demo.warc.gz")).unwrap();
    expect_exit(&place.sanad(&["verify"]), 3);
    place.write("raw/demo.warc.gz", &warc);
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn extract_gives_a_line_for_every_input() {
    let place = Place::empty();
    place.write("in/a.html", PAGE);
    place.write("in/b.html.gz", gzip(PAGE.as_bytes()));
    place.write("in/c.pdf", "not a PDF at all");
    place.write("in/notes.txt", "not for us");
    let output = place.sanad(&["extract", "in", "nowhere.html"]);
    expect_exit(&output, 1);
    let lines = json_lines(&String::from_utf8(output.stdout).unwrap());
    let ids: Vec<&str> = lines.iter().map(|l| l["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c", "nowhere"]);
    assert_eq!(lines[0]["text"], lines[1]["text"]);
    assert!(lines[0]["text"].as_str().unwrap().contains("two rivers"));
    assert_eq!(lines[0]["metadata"]["page_kind"], "document");
    assert!(lines[0]["metadata"]["path"].as_str().unwrap().ends_with("in/a.html"));
    assert_eq!(lines[2]["error"]["code"], "decode.unknown_type");
    assert_eq!(lines[3]["error"]["code"], "io");
    assert!(String::from_utf8_lossy(&output.stderr).contains("notes.txt"));
}

#[test]
fn a_closed_pipe_is_a_clean_end() {
    let place = Place::empty();
    for n in 0..200 {
        place.write(&format!("in/{n}.html"), PAGE.replace("valley", &"valley ".repeat(200)));
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_sanad"))
        .current_dir(place.path(""))
        .args(["extract", "in"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    expect_exit(&output, 0);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_run_while_another_is_at_work_says_so() {
    let place = Place::demo();
    place.write("normalized/.state/lock", "");
    let lock = std::fs::File::options().write(true).open(place.path("normalized/.state/lock")).unwrap();
    lock.lock().unwrap();
    let output = place.run(&[]);
    expect_exit(&output, 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("another run is at work"));
}

#[test]
fn every_line_that_is_written_validates_against_its_schema() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    let report = place.report();
    for (name, lines) in [
        ("record", place.lines("normalized/records")),
        ("removed", place.of_run("removed")),
        ("quarantine", place.of_run("quarantine")),
        ("event", place.of_run("events")),
        ("report", vec![report]),
    ] {
        let stored = std::fs::read_to_string(crate::common::project().join(format!("schema/{name}-1.1.json"))).unwrap();
        let printed = String::from_utf8(place.sanad(&["schema", name]).stdout).unwrap();
        assert_eq!(stored, printed, "schema/{name}-1.1.json is not what `sanad schema {name}` prints");
        let schema = serde_json::from_str(&stored).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(!lines.is_empty(), "no {name}");
        for line in lines {
            assert!(validator.is_valid(&line), "{name}: {:?}\n{line}", validator.iter_errors(&line).next());
        }
    }
}

#[test]
fn files_of_one_site_lose_what_repeats_on_them_when_asked() {
    let place = Place::empty();
    let word = format!("<div class=word><p>{}</p></div>", PARAGRAPHS[3]);
    for (number, text) in PARAGRAPHS[..3].iter().enumerate() {
        place.write(&format!("raw/news/{number}.html"), page_with(&format!("Decision {number}"), &[text], &word));
    }
    let texts = |arguments: &[&str]| -> Vec<String> {
        let output = place.sanad(arguments);
        expect_exit(&output, 0);
        let records = json_lines(&String::from_utf8(output.stdout).unwrap());
        records.iter().map(|record| record["text"].as_str().unwrap().to_owned()).collect()
    };
    assert!(texts(&["extract", "raw"]).iter().all(|text| text.contains(PARAGRAPHS[3])));
    let of_site = texts(&["extract", "--site", "raw"]);
    assert!(of_site.iter().all(|text| !text.contains(PARAGRAPHS[3])), "{of_site:?}");
    assert!(of_site.iter().zip(&PARAGRAPHS).all(|(text, own)| text.contains(own)), "{of_site:?}");
    let output = place.sanad(&["extract", "--site", "-"]);
    expect_exit(&output, 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard input"));
}
