//! Records over several runs: what changes and why, what is removed, what is held back.

use crate::common::pages::{PARAGRAPHS, capture, changes, page, page_with, records, remove_capture, visit_at};
use crate::common::{Place, expect_exit};
use serde_json::{Value, json};

#[test]
fn expectations_of_age_and_number_hold_a_source_back() {
    let place = Place::empty();
    for (n, text) in PARAGRAPHS.iter().enumerate() {
        let body = page(&format!("Decision of the {n}. council"), &[text]);
        capture(&place, &n.to_string(), &format!("https://a.example/{n}"), &body);
    }
    let expect =
        |text: &str| place.write("config/sources/a.toml", format!("hosts = [\"a.example\"]\n[expect]\n{text}"));
    expect("max_fall = 0.3\n");
    expect_exit(&place.run(&[]), 0);
    for n in 0..2 {
        std::fs::remove_file(place.path(&format!("raw/{n}.html"))).unwrap();
        std::fs::remove_file(place.path(&format!("raw/{n}.html.json"))).unwrap();
    }
    expect_exit(&place.run(&[]), 1);
    let report = place.report();
    let said = report["sources"]["a"]["broken"].to_string();
    assert!(said.contains("2 records after 4 in the last run, a fall by 0.50, at most 0.3 expected"), "{said}");
    assert_eq!(report["sources"]["a"]["records"], 4);
    assert_eq!(place.lines("normalized/records").len(), 4);
    expect("max_fall = 0.5\nmax_age_days = 30\n");
    expect_exit(&place.run(&[]), 1);
    assert!(place.report()["sources"]["a"]["broken"].to_string().contains("no record has a date"));
    let dated = page("Old", &PARAGRAPHS)
        .replace("<title>", "<meta property=\"article:published_time\" content=\"2025-12-30\"><title>");
    capture(&place, "old", "https://a.example/old", &dated);
    expect_exit(&place.run(&[]), 1);
    let said = place.report()["sources"]["a"]["broken"].to_string();
    assert!(said.contains("the newest record is of 2025-12-30, 326 days old, at most 30 expected"), "{said}");
    expect("max_age_days = 326\n");
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.lines("normalized/records").len(), 3);
}

/// Writes captures of `https://<host>/<n>` with texts of their own.
fn captures_of(place: &Place, host: &str, numbers: std::ops::Range<usize>) {
    for n in numbers {
        let text =
            format!("In the {n}. district the water of {n} of the canals is shared, as the {n}. commission proposed.");
        capture(
            place,
            &format!("{host}-{n}"),
            &format!("https://{host}/{n}"),
            &page(&format!("Decision {n}"), &[&text]),
        );
    }
}

#[test]
fn a_source_that_would_lose_most_of_its_records_holds_them_back_without_being_asked_to() {
    let place = Place::empty();
    captures_of(&place, "a.example", 0..6);
    captures_of(&place, "b.example", 0..3);
    place.write("config/sources/a.toml", "hosts = [\"a.example\"]\n");
    expect_exit(&place.run(&[]), 0);
    // Half of six and two of three may go, four of six may not.
    (0..3).for_each(|n| remove_capture(&place, &format!("a.example-{n}")));
    (0..2).for_each(|n| remove_capture(&place, &format!("b.example-{n}")));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.lines("normalized/records").len(), 4);
    captures_of(&place, "a.example", 0..6);
    expect_exit(&place.run(&[]), 0);
    (0..4).for_each(|n| remove_capture(&place, &format!("a.example-{n}")));
    for _ in 0..2 {
        expect_exit(&place.run(&[]), 1);
        assert_eq!(place.lines("normalized/records/a.jsonl").len(), 6);
        let said = place.report()["failures"].to_string();
        let wanted = "a: held back: 2 records after 6 in the last run, a fall by 0.67, at most 0.5 expected";
        assert!(
            said.contains(wanted) && said.contains("set `max_fall = 1` under `[expect]` in `config/sources/a.toml`"),
            "{said}"
        );
    }
    expect_exit(&place.sanad(&["verify"]), 3); // captures are missing, and nothing is wrong
    place.write("config/sources/a.toml", "hosts = [\"a.example\"]\n[expect]\nmax_fall = 1\n");
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.lines("normalized/records/a.jsonl").len(), 2);
}

#[test]
fn a_source_whose_captures_all_vanished_has_fallen_even_if_it_is_not_configured() {
    let place = Place::empty();
    captures_of(&place, "a.example", 0..4);
    captures_of(&place, "b.example", 0..1);
    expect_exit(&place.run(&[]), 0);
    (0..4).for_each(|n| remove_capture(&place, &format!("a.example-{n}")));
    expect_exit(&place.run(&[]), 1);
    assert_eq!(place.lines("normalized/records/a.example.jsonl").len(), 4);
    place.write("config/sources/a.example.toml", "hosts = [\"a.example\"]\n[expect]\nmax_fall = 1\n");
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.lines("normalized/records").len(), 1);
}

#[test]
fn records_that_move_or_whose_pages_are_gone_are_no_fall() {
    let place = Place::empty();
    captures_of(&place, "a.example", 0..5);
    captures_of(&place, "b.example", 0..5);
    let source =
        |name: &str, hosts: &str| place.write(&format!("config/sources/{name}.toml"), format!("hosts = [{hosts}]\n"));
    source("both", "\"a.example\", \"b.example\"");
    expect_exit(&place.run(&[]), 0);
    // A host gets a source of its own, and then a source of another name.
    for name in ["b", "c"] {
        source("both", "\"a.example\"");
        source(name, "\"b.example\"");
        expect_exit(&place.run(&[]), 0);
        assert_eq!(place.lines(&format!("normalized/records/{name}.jsonl")).len(), 5);
        std::fs::remove_file(place.path(&format!("config/sources/{name}.toml"))).unwrap();
    }
    // The source is taken away: its records go to its host.
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.lines("normalized/records/b.example.jsonl").len(), 5);
    for day in ["02-01", "02-02", "02-03"] {
        for n in 0..4 {
            visit(&place, (&format!("https://a.example/{n}"), &format!("2026-{day}T03:04:05Z")), 404, "gone");
        }
    }
    let output = place.run(&[]);
    let said = place.report()["failures"].to_string();
    assert!(!said.contains("held back"), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(place.report()["causes"]["removed: gone"], 4);
    assert_eq!(place.lines("normalized/records/both.jsonl").len(), 1);
}

#[test]
fn a_source_that_gave_nothing_at_all_breaks_its_expectations_and_check_warns_of_one_without_any() {
    let place = Place::empty();
    capture(&place, "a", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    place.write("config/sources/b.toml", "hosts = [\"b.example\"]\n[expect]\nmin_records = 1\n");
    place.write("config/sources/c.toml", "hosts = [\"c.example\"]\n[expect]\n");
    expect_exit(&place.run(&[]), 1);
    let report = place.report();
    assert!(report["failures"].to_string().contains("b: no capture was read"), "{report}");
    assert_eq!(report["sources"]["a.example"]["records"], 1);
    expect_exit(&place.run(&["--source", "a.example"]), 0);
    let said = String::from_utf8(place.sanad(&["check"]).stdout).unwrap();
    assert!(said.contains("sources/c.toml:1: no [expect]") && !said.contains("sources/b.toml"), "{said}");
}

/// Writes the capture of a visit: address and time, status, body.
fn visit(place: &Place, (url, at): (&str, &str), status: u16, body: &str) {
    let name = format!("{}-{}", url.replace(['/', ':', '?'], "_"), at.replace(':', ""));
    place.write(&format!("raw/{name}.html"), body);
    let sidecar = json!({"url": url, "status": status, "headers": {"Content-Type": "text/html; charset=utf-8"}, "fetched_at": at});
    place.write(&format!("raw/{name}.html.json"), sidecar.to_string());
}

const NOT_FOUND: &str =
    "<html><head><title>Not found</title></head><body><h1>404</h1><p>There is no such page.</p></body></html>";

#[test]
fn a_record_goes_when_visits_in_a_row_did_not_find_its_page_and_not_before() {
    let place = Place::empty();
    let url = "https://a.example/1";
    let day = |day: u32| format!("2026-01-{day:02}T03:00:00Z");
    visit(&place, (url, &day(1)), 200, &page("A decision", &PARAGRAPHS));
    visit(&place, ("https://a.example/2", &day(1)), 200, &page("Another", &[PARAGRAPHS[1], PARAGRAPHS[2]]));
    expect_exit(&place.run(&[]), 0);
    visit(&place, (url, &day(2)), 404, NOT_FOUND);
    // A server error doesn't count as a visit that missed the page, and neither does a second try a minute later.
    visit(&place, (url, &day(3)), 503, NOT_FOUND);
    visit(&place, (url, "2026-01-04T03:00:00Z"), 410, NOT_FOUND);
    visit(&place, (url, "2026-01-04T03:01:00Z"), 404, NOT_FOUND);
    expect_exit(&place.run(&[]), 1);
    assert_eq!(records(&place).len(), 2);
    assert_eq!(place.report()["sources"]["a.example"]["missing"], 1);
    assert_eq!(changes(&place), []);
    visit(&place, (url, &day(5)), 404, NOT_FOUND);
    expect_exit(&place.run(&[]), 0);
    assert_eq!(changes(&place), [("removed".to_owned(), "gone".to_owned())]);
    assert_eq!(place.report()["causes"]["removed: gone"], 1);
    assert_eq!(place.report()["skipped"]["gone"], 1);
    assert!(!records(&place).contains_key(url));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(changes(&place), []);
    // The page comes back.
    visit(&place, (url, &day(6)), 200, &page("A decision", &PARAGRAPHS));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(changes(&place), [("added".to_owned(), "content".to_owned())]);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay", "--run", "all"]), 0);
}

#[test]
fn how_many_visits_is_the_settings_or_the_source_s_word() {
    let place = Place::empty();
    place.write("config/sanad.toml", "[run]\ngone_after = 1\n");
    place.write("config/sources/b.toml", "hosts = [\"b.example\"]\ngone_after = 2\n");
    for host in ["a", "b"] {
        let url = format!("https://{host}.example/1");
        visit(&place, (&url, "2026-01-01T03:00:00Z"), 200, &page("A decision", &PARAGRAPHS));
        visit(&place, (&url, "2026-01-02T03:00:00Z"), 404, NOT_FOUND);
    }
    expect_exit(&place.run(&[]), 1);
    assert_eq!(records(&place).into_keys().collect::<Vec<_>>(), ["https://b.example/1"]);
}

#[test]
fn a_visit_that_found_the_page_unchanged_begins_the_count_anew() {
    let place = Place::empty();
    place.write("config/sanad.toml", "[run]\ngone_after = 2\n");
    let url = "https://a.example/1";
    let record = |kind: &str, day: u32, status: &str, body: &str| {
        let block = format!("HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}");
        format!(
            "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{day}>\r\nWARC-Date: 2026-01-{day:02}T03:00:00Z\r\n\
             WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        )
    };
    let visits = [
        record("response", 1, "200 OK", &page("A decision", &PARAGRAPHS)),
        record("response", 2, "404 Not Found", NOT_FOUND),
        record("revisit", 3, "304 Not Modified", ""),
        record("revisit", 4, "404 Not Found", ""),
    ];
    place.write("raw/a.warc", visits.concat());
    expect_exit(&place.run(&[]), 1);
    assert_eq!(records(&place).len(), 1);
    place.write("raw/b.warc", record("revisit", 5, "404 Not Found", ""));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(records(&place).len(), 0);
}

#[test]
fn a_preview_says_what_a_run_will_change_and_why_and_changes_nothing() {
    let place = Place::empty();
    for (n, title) in [(1, "One"), (2, "Two"), (3, "Three")] {
        let advert = format!("<p class=\"advert\">{}</p>", PARAGRAPHS[3]);
        let body = page(title, &[PARAGRAPHS[0], PARAGRAPHS[n % 2 + 1]]).replace("</body>", &format!("{advert}</body>"));
        capture(&place, &n.to_string(), &format!("https://a.example/{n}"), &body);
    }
    expect_exit(&place.run(&[]), 0);
    let before = place.files("normalized");
    place.write("config/sites/a.example.toml", "drop = [\"p.advert\"]\n");
    capture(&place, "4", "https://a.example/4", &page("Four", &PARAGRAPHS[1..3]));
    remove_capture(&place, "3");
    let output = place.run(&["--preview", "--json"]);
    expect_exit(&output, 0);
    assert!(place.files("normalized") == before, "a preview wrote");
    let preview: Value = serde_json::from_slice(&output.stdout).unwrap();
    let causes = json!({"added: content": 1, "changed: rules": 2, "removed: no_capture": 1});
    assert_eq!(preview["report"]["causes"], causes);
    let samples = preview["samples"].as_array().unwrap();
    let changed = samples.iter().find(|s| s["change"] == "changed").unwrap();
    assert!(changed["without"][0].as_str().unwrap().starts_with("The ministry will see"), "{changed}");
    assert!(changed["fields"].as_array().unwrap().contains(&json!("text")));
    assert_eq!(samples.len(), 4);
    let shown = String::from_utf8(place.run(&["--preview", "--samples", "1"]).stdout).unwrap();
    assert!(shown.contains("changed (rules) a.example/") && shown.contains("  - The ministry will see"), "{shown}");
    assert_eq!(shown.matches("\nchanged (rules)").count(), 1, "{shown}");
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.report()["causes"], causes);
}

#[test]
fn a_change_names_program_repeats_or_content_as_its_cause() {
    let place = Place::empty();
    let titles = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];
    let put = |n: usize, text: &str| {
        let own: Vec<String> = text.split(' ').map(|word| format!("{} {word}", titles[n])).collect();
        let body = page_with(titles[n], &[&own.join(" ")], &format!("<div class=word><p>{}</p></div>", PARAGRAPHS[3]));
        capture(&place, &n.to_string(), &format!("https://a.example/{n}"), &body);
    };
    put(0, PARAGRAPHS[0]);
    expect_exit(&place.run(&[]), 0);
    put(0, PARAGRAPHS[1]);
    expect_exit(&place.run(&[]), 0);
    assert_eq!(changes(&place), [("changed".to_owned(), "content".to_owned())]);

    // As if an earlier version of the program had written it.
    let file = "normalized/records/a.example.jsonl";
    let record = place.read(file).replace(&format!("sanad/{}", env!("CARGO_PKG_VERSION")), "sanad/0.0.1");
    place.write(file, record.replacen("\"version\":\"sha256:", "\"version\":\"sha256:0", 1));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(changes(&place), [("changed".to_owned(), "engine".to_owned())]);

    // Seven more pages with the same word of the ministry make it the site's.
    for n in 1..8 {
        put(n, PARAGRAPHS[n % 3]);
    }
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.report()["causes"], json!({"added: content": 7, "changed: repeats": 1}));
}

#[test]
fn the_same_captures_in_another_order_and_with_other_jobs_give_the_same_records() {
    let page_of = |n: usize| {
        page(&format!("Decision {n}"), &[PARAGRAPHS[n % 4], PARAGRAPHS[(n + 1) % 4], PARAGRAPHS[(n + 2) % 4]])
    };
    let visits: Vec<(String, String, String)> = (0..24)
        .map(|n| {
            let url = format!("https://{}.example/{}", ["a", "b", "c"][n % 3], n / 6);
            (url, format!("2026-01-{:02}T03:00:00Z", n % 5 + 1), page_of(n / 3))
        })
        .collect();
    // The same bodies and times: only the files' names and the number of workers differ.
    let make = |order: &dyn Fn(usize) -> usize, jobs: &str| {
        let place = Place::empty();
        for half in [0..12, 12..24] {
            for n in half.clone() {
                let (url, at, body) = &visits[n];
                visit_at(&place, &format!("{:02}", order(n)), (url, at), body);
            }
            expect_exit(&place.run(&["--jobs", jobs]), 0);
        }
        place
    };
    let forwards = make(&|n| n, "1");
    let again = make(&|n| n, "4");
    assert!(forwards.files("normalized") == again.files("normalized"), "the number of jobs has a say");
    let backwards = make(&|n| if n < 12 { 11 - n } else { 35 - n }, "3");
    let content = |place: &Place| -> Vec<Value> {
        let mut all = place.lines("normalized/records");
        all.extend(place.of_run("records"));
        for record in &mut all {
            // File names and log indexes depend on the order.
            record.as_object_mut().unwrap().remove("prov");
        }
        all
    };
    assert_eq!(content(&forwards), content(&backwards));
    assert!(content(&forwards).iter().any(|r| r["duplicate_of"].is_string()));
}

#[test]
fn a_page_and_its_canonical_address_on_the_same_site_are_one_document() {
    let place = Place::empty();
    let body = |canonical: &str| {
        page("A decision", &PARAGRAPHS)
            .replace("<title>", &format!("<link rel=\"canonical\" href=\"{canonical}\"><title>"))
    };
    visit_at(&place, "1", ("https://a.example/?p=5", "2026-01-01T03:00:00Z"), &body("https://www.a.example/decision/"));
    visit_at(&place, "2", ("https://a.example/decision", "2026-01-02T03:00:00Z"), &page("A decision", &PARAGRAPHS));
    visit_at(&place, "3", ("https://b.example/decision", "2026-01-02T03:00:00Z"), &body("https://a.example/decision"));
    expect_exit(&place.run(&[]), 0);
    let all = records(&place);
    assert_eq!(all.len(), 2, "{:?}", all.keys());
    let record = &all["https://a.example/decision"];
    assert_eq!(record["url"]["aliases"], json!(["https://a.example/?p=5"]));
    assert!(all["https://b.example/decision"]["id"].as_str().unwrap().starts_with("b.example/"));
}

#[test]
fn what_is_served_as_plain_text_is_a_page_if_it_begins_as_one() {
    let place = Place::empty();
    let bodies = [
        ("page", format!("<!DOCTYPE html>{}", page("A decision", &PARAGRAPHS))),
        ("robots", "User-agent: *\nDisallow: /admin\n".to_owned()),
        ("about", "Write <b>bold</b> for bold letters, and so on, in every text of this program.".to_owned()),
    ];
    for (name, body) in bodies {
        place.write(&format!("raw/{name}.html"), body);
        let sidecar = json!({"url": format!("https://a.example/{name}"), "status": 200, "fetched_at": "2026-01-02T03:04:05Z",
                             "headers": {"Content-Type": "text/plain; charset=utf-8"}});
        place.write(&format!("raw/{name}.html.json"), sidecar.to_string());
    }
    for _ in 0..2 {
        expect_exit(&place.run(&[]), 0);
        assert_eq!(records(&place).keys().collect::<Vec<_>>(), ["https://a.example/page"]);
        assert_eq!(place.report()["skipped"]["media_type"], 2);
    }
}

/// Writes a capture of `https://a.example/<name>` under a media type; none if it is empty.
fn served(place: &Place, name: &str, (media_type, at): (&str, &str), body: &[u8]) {
    let headers = if media_type.is_empty() { json!({}) } else { json!({"Content-Type": media_type}) };
    let file = format!("{}-{at}", name.replace('.', "-"));
    place.write(&format!("raw/{file}.html"), body);
    let fetched_at = format!("{at}T03:04:05Z");
    let sidecar = json!({"url": format!("https://a.example/{name}"), "status": 200, "fetched_at": fetched_at, "headers": headers});
    place.write(&format!("raw/{file}.html.json"), sidecar.to_string());
}

#[test]
fn what_is_of_a_type_that_is_not_read_is_skipped_and_what_claims_to_be_a_page_is_not() {
    let place = Place::empty();
    let office = b"PK\x03\x04 word/document.xml and so on".as_slice();
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let skipped: [(&str, &str, &[u8], &str); 8] = [
        ("law.docx", word, office, "a Word document (OOXML), served as application/vnd.open"),
        ("law.xlsx", "application/octet-stream", b"PK\x03\x04 xl/workbook.xml", "an Excel workbook (OOXML), served as"),
        ("download", "", b"PK\x03\x04 some/file", "a ZIP archive; only HTML and PDF are read"),
        ("old.doc", "application/msword", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a Word document (OLE)"),
        ("photo.JPG", "image/jpeg", b"\xFF\xD8\xFF\xE0 and so on", "served as image/jpeg; only HTML and PDF are read"),
        ("table.csv", "text/csv; charset=utf-8", b"year,wheat\n2025,17\n", "plain text, served as text/csv"),
        ("rss", "application/xml", b"<?xml version='1.0'?><rss><channel/></rss>", "an RSS feed"),
        ("key.bin", "binary/octet-stream", b"\0\x01\x02\x03\x04\x05\x06\x07\x08", "binary data"),
    ];
    for (name, media_type, body, _) in &skipped {
        served(&place, name, (media_type, "2026-01-02"), body);
    }
    expect_exit(&place.run(&[]), 0);
    let events = place.of_run("events");
    expect_exit(&place.run(&[]), 0);
    assert_eq!(place.report()["skipped"], json!({"media_type": skipped.len()}));
    let messages: Vec<String> = events
        .iter()
        .filter(|e| e["event"] == "document.skipped")
        .map(|e| e["message"].as_str().unwrap().to_owned())
        .collect();
    for (name, _, _, begins) in &skipped {
        assert!(messages.iter().any(|message| message.starts_with(begins)), "{name}: {messages:#?}");
    }
    for pattern in ["\"*.docx\" in `deny` under `[discover]`", "\"*.jpg\" in `deny`"] {
        assert!(messages.iter().any(|message| message.contains(pattern)), "{pattern}: {messages:#?}");
    }

    served(&place, "law", ("text/html", "2026-01-02"), office);
    served(&place, "act", ("application/pdf", "2026-01-02"), office);
    served(&place, "act.pdf", ("application/octet-stream", "2026-01-02"), office);
    expect_exit(&place.run(&[]), 1);
    assert_eq!(place.report()["quarantined"], json!({"decode.unknown_type": 3}));
}

#[test]
fn a_record_whose_page_became_a_file_that_is_not_read_stays_and_the_run_says_so() {
    let place = Place::empty();
    served(&place, "law", ("text/html", "2026-01-02"), page("A decision", &PARAGRAPHS).as_bytes());
    served(&place, "law", ("application/msword", "2026-01-03"), b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    expect_exit(&place.run(&[]), 1);
    assert_eq!(records(&place)["https://a.example/law"]["title"], "A decision");
    assert_eq!(place.of_run("quarantine")[0]["code"], "decode.unknown_type");
}

#[test]
fn a_form_to_log_in_is_no_document_and_replaces_none() {
    let place = Place::empty();
    let form =
        "<title>Вход</title><h1>Вход</h1><form><input name=user><input type=password><button>Войти</button></form>";
    visit_at(&place, "1", ("https://a.example/1", "2026-01-01T03:00:00Z"), &page("A decision", &PARAGRAPHS));
    visit_at(&place, "2", ("https://a.example/1", "2026-01-02T03:00:00Z"), form);
    expect_exit(&place.run(&[]), 1);
    assert_eq!(records(&place)["https://a.example/1"]["title"], "A decision");
    assert_eq!(place.of_run("quarantine")[0]["code"], "kind.login");
}

#[test]
fn what_a_page_states_of_its_use_is_a_fact_and_noindex_is_respected_where_a_source_says_so() {
    let place = Place::empty();
    let headers = json!({"Content-Type": "text/html", "X-Robots-Tag": "noindex, otherbot: nofollow", "TDM-Reservation": "1",
                         "Content-Signal": "search=yes, ai-train=no"});
    for host in ["a", "b"] {
        let sidecar = json!({"url": format!("https://{host}.example/1"), "status": 200, "headers": headers,
                             "fetched_at": "2026-01-02T03:04:05Z"});
        place.write(&format!("raw/{host}.html"), page("A decision", &PARAGRAPHS));
        place.write(&format!("raw/{host}.html.json"), sidecar.to_string());
    }
    place.write("config/sources/b.toml", "hosts = [\"b.example\"]\nrespect_noindex = true\n");
    for _ in 0..2 {
        expect_exit(&place.run(&[]), 0);
        let all = records(&place);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["https://a.example/1"]);
        let usage = &all["https://a.example/1"]["metadata"]["usage"];
        assert_eq!(
            usage,
            &json!({"robots": ["noindex"], "bots": {"otherbot": ["nofollow"]}, "tdm_reservation": true,
                    "content_signal": {"search": "yes", "ai-train": "no"}})
        );
        assert_eq!(place.report()["skipped"]["noindex"], 1);
    }
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay"]), 0);
}
