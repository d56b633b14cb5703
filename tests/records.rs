//! What records mean over runs: near-duplicates, versions in other languages, what went and why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    unreachable_pub,
    missing_docs,
    reason = "a test panics when it fails"
)]

mod common;

use common::{Place, expect_exit, json_lines, project};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PARAGRAPHS: [&str; 4] = [
    "The government decided today that the water of the two rivers will be shared by all the districts of the valley, \
     as the commission had proposed in its report of the spring.",
    "For each hectare the users of the canals shall pay a fee of 120 somoni a year, of which one half goes to the upkeep \
     of the sluices and the other to the villages along the upper course.",
    "Minister Rahimov thanked the elders for their patience and promised that the work at the weir would begin before \
     the first snow, so that the fields below could be watered in time.",
    "The ministry will see to it that the decision is carried out before the end of the year, and will report on it to \
     the assembly when the members meet again after the winter.",
];

fn page(title: &str, paragraphs: &[&str]) -> String {
    let text: String = paragraphs.iter().map(|p| format!("<p>{p}</p>")).collect::<Vec<_>>().concat();
    format!("<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>")
}

/// A capture as a plain file with its address.
fn capture(place: &Place, name: &str, url: &str, body: &str) {
    place.write(&format!("raw/{name}.html"), body);
    let sidecar = json!({"url": url, "status": 200, "headers": {"Content-Type": "text/html; charset=utf-8"},
                         "fetched_at": "2026-01-02T03:04:05Z"});
    place.write(&format!("raw/{name}.html.json"), sidecar.to_string());
}

/// Current records by their canonical address.
fn records(place: &Place) -> BTreeMap<String, Value> {
    let records = place.lines("normalized/records").into_iter();
    records.map(|r| (r["url"]["canonical"].as_str().unwrap().to_owned(), r)).collect()
}

fn changes(place: &Place) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    place.of_run("records").iter().map(|r| (text(&r["delta"]["change"]), text(&r["delta"]["cause"]))).collect()
}

#[test]
fn the_print_version_among_the_demonstration_captures_points_to_its_page() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    let records = records(&place);
    let truth = json_lines(&std::fs::read_to_string(project().join("tests/truth/captures.jsonl")).unwrap());
    let url_of = |id: &Value| truth.iter().find(|r| r["id"] == *id).unwrap()["url"].as_str().unwrap().to_owned();
    let stated: Vec<&Value> = truth.iter().filter(|r| r["duplicate_of"].is_string()).collect();
    assert_eq!(stated.len(), 1);
    for row in stated {
        let original = &records[&url_of(&row["duplicate_of"])];
        let print = &records[row["url"].as_str().unwrap()];
        assert_eq!(print["duplicate_of"], original["id"]);
        assert!(print["text"].as_str().unwrap().len() > 1000, "a duplicate is a complete record");
        assert_eq!(original.get("duplicate_of"), None);
    }
    let titles: BTreeMap<&str, &Value> = records.values().map(|r| (r["id"].as_str().unwrap(), &r["title"])).collect();
    for record in records.values().filter(|r| r["duplicate_of"].is_string()) {
        assert_eq!(record["title"], *titles[record["duplicate_of"].as_str().unwrap()], "{}", record["url"]);
    }
}

#[test]
fn a_repost_points_to_the_record_of_an_earlier_run_and_to_another_when_that_goes() {
    let place = Place::empty();
    let body = page("A decision", &PARAGRAPHS);
    for host in ["a", "b", "c"] {
        place.write(&format!("config/sources/{host}.toml"), format!("hosts = [\"{host}.example\"]\n"));
    }
    capture(&place, "a", "https://a.example/1", &body);
    expect_exit(&place.run(&["--source", "a"]), 0);
    capture(&place, "b", "https://b.example/1", &body);
    capture(&place, "c", "https://c.example/1", &body);
    for source in ["b", "c"] {
        expect_exit(&place.run(&["--source", source]), 0);
        assert_eq!(place.report()["outcomes"]["duplicate"], 1);
    }
    let [a, b, c] = ["a", "b", "c"].map(|host| format!("https://{host}.example/1"));
    let now = records(&place);
    assert_eq!(now[&a].get("duplicate_of"), None);
    assert_eq!([&now[&b]["duplicate_of"], &now[&c]["duplicate_of"]], [&now[&a]["id"]; 2]);
    let versions = [now[&b]["version"].clone(), now[&c]["version"].clone()];

    // The same from nothing, in one run.
    let other = Place::empty();
    common::copy(&place.path("config"), &other.path("config"));
    common::copy(&place.path("raw"), &other.path("raw"));
    expect_exit(&other.run(&[]), 0);
    for (url, record) in records(&other) {
        assert_eq!(record.get("duplicate_of"), now[&url].get("duplicate_of"), "{url}");
    }

    // The original becomes another text: in a run that reads its source alone the other two change their pointers.
    capture(&place, "a", "https://a.example/1", &page("Another", &[PARAGRAPHS[1], PARAGRAPHS[1], PARAGRAPHS[2]]));
    expect_exit(&place.run(&["--source", "a"]), 0);
    let now = records(&place);
    assert_eq!(now[&b].get("duplicate_of"), None);
    assert_eq!(now[&c]["duplicate_of"], now[&b]["id"]);
    assert_eq!([now[&b]["version"].clone(), now[&c]["version"].clone()], versions);
    let mut changed = changes(&place);
    changed.sort();
    let related = ("changed".to_owned(), "related".to_owned());
    assert_eq!(changed, [("changed".to_owned(), "content".to_owned()), related.clone(), related]);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay"]), 0);
    for record in [&now[&b], &now[&c]] {
        expect_exit(&place.sanad(&["prove", record["id"].as_str().unwrap(), "-o", "proof"]), 0);
    }
}

#[test]
fn a_pointer_that_was_changed_by_hand_is_found() {
    let place = Place::empty();
    capture(&place, "a", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    capture(&place, "b", "https://b.example/1", &page("A decision", &PARAGRAPHS));
    expect_exit(&place.run(&[]), 0);
    let file = "normalized/records/b.example.jsonl";
    let line = place.read(file);
    let mut record: Value = serde_json::from_str(&line).unwrap();
    record.as_object_mut().unwrap().remove("duplicate_of").unwrap();
    place.write(file, format!("{record}\n"));
    let output = place.sanad(&["verify"]);
    expect_exit(&output, 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("points to other records"));
}

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

/// A visit of a page: the answer's status, and when.
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
    // Trouble of the server, and a second try a minute later, are no visits that didn't find it.
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
    // It comes back.
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
    for name in ["raw/3.html", "raw/3.html.json"] {
        std::fs::remove_file(place.path(name)).unwrap();
    }
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
    const FOOTER: &str =
        "The portal of the three valleys is kept by the office of the assembly for all who live and work here.";
    let place = Place::empty();
    let titles = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];
    let put = |n: usize, text: &str| {
        let own: Vec<String> = text.split(' ').map(|word| format!("{} {word}", titles[n])).collect();
        let body = page(titles[n], &[&own.join(" "), FOOTER]);
        capture(&place, &n.to_string(), &format!("https://a.example/{n}"), &body);
    };
    put(0, PARAGRAPHS[0]);
    expect_exit(&place.run(&[]), 0);
    put(0, PARAGRAPHS[1]);
    expect_exit(&place.run(&[]), 0);
    assert_eq!(changes(&place), [("changed".to_owned(), "content".to_owned())]);

    // As an earlier version of the program would have left it.
    let file = "normalized/records/a.example.jsonl";
    let record = place.read(file).replace(&format!("sanad/{}", env!("CARGO_PKG_VERSION")), "sanad/0.0.1");
    place.write(file, record.replacen("\"version\":\"sha256:", "\"version\":\"sha256:0", 1));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(changes(&place), [("changed".to_owned(), "engine".to_owned())]);

    // Seven more pages with its footer tell that the footer is the site's.
    for n in 1..8 {
        put(n, PARAGRAPHS[n % 4]);
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
    // The same bodies under the same times: only where the captures stand differs, and who reads them.
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
            // Names of files and places in the log are those of the order.
            record.as_object_mut().unwrap().remove("prov");
        }
        all
    };
    assert_eq!(content(&forwards), content(&backwards));
    assert!(content(&forwards).iter().any(|r| r["duplicate_of"].is_string()));
}

fn visit_at(place: &Place, name: &str, (url, at): (&str, &str), body: &str) {
    place.write(&format!("raw/{name}.html"), body);
    let sidecar =
        json!({"url": url, "status": 200, "headers": {"Content-Type": "text/html; charset=utf-8"}, "fetched_at": at});
    place.write(&format!("raw/{name}.html.json"), sidecar.to_string());
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

const RUSSIAN: [&str; 3] = [
    "5 марта 2026 года министр Рахимов принял в Душанбе посла Хансена и обсудил с ним 14 проектов на 270 миллионов сомони.",
    "До 2029 года в Хатлоне будут построены 36 школ и 118 километров дорог, сообщил министр Рахимов; посол Хансен \
     поблагодарил за работу 45 специалистов.",
    "Соглашение № 512 вступит в силу 17 апреля, после того как его одобрит парламент.",
];
const ENGLISH: [&str; 3] = [
    "On 5 March 2026 Minister Rahimov received Ambassador Hansen in Dushanbe and discussed with him 14 projects worth 270 \
     million somoni.",
    "By 2029 a total of 36 schools and 118 kilometres of roads will be built in Khatlon, said Minister Rahimov; Ambassador \
     Hansen gave thanks for the work of 45 experts.",
    "Agreement No. 512 enters into force on 17 April, after it has been approved by the parliament.",
];

#[test]
fn versions_in_other_languages_that_no_page_names_are_found_by_numbers_names_and_structure() {
    let place = Place::empty();
    let put = |name: &str, path: &str, title: &str, text: &[&str]| {
        visit_at(&place, name, (&format!("https://a.example/{path}"), "2026-04-01T03:00:00Z"), &page(title, text));
    };
    put("1", "vstrecha-ministra", "Встреча министра с послом", &RUSSIAN);
    put("2", "minister-meets", "The minister meets the ambassador", &ENGLISH);
    // The same visit a year later, with other numbers: no version of either.
    let other: Vec<String> = ENGLISH
        .iter()
        .map(|p| {
            p.replace("2026", "2025").replace("14", "9").replace("270", "160").replace("36", "22").replace("118", "75")
        })
        .collect();
    put("3", "minister-met", "The minister met the ambassador", &other.iter().map(String::as_str).collect::<Vec<_>>());
    put("4", "fees", "The fees of the canals", &PARAGRAPHS);
    expect_exit(&place.run(&[]), 0);
    let all = records(&place);
    let (russian, english) = (&all["https://a.example/vstrecha-ministra"], &all["https://a.example/minister-meets"]);
    for (one, other, language) in [(russian, english, "eng"), (english, russian, "rus")] {
        let links = one["translations"].as_array().unwrap();
        assert_eq!(links.len(), 1, "{links:?}");
        assert_eq!((&links[0]["id"], &links[0]["language"]), (&other["id"], &json!(language)));
        assert_eq!(links[0]["evidence"], "structure");
        assert!(links[0]["confidence"].as_f64().unwrap() >= 0.8);
    }
    for path in ["minister-met", "fees"] {
        assert_eq!(all[&format!("https://a.example/{path}")]["translations"], json!([]));
    }
    expect_exit(&place.sanad(&["verify"]), 0);
    // The Russian page goes: the link goes with it, and the version stays.
    let version = english["version"].clone();
    for name in ["raw/1.html", "raw/1.html.json"] {
        std::fs::remove_file(place.path(name)).unwrap();
    }
    expect_exit(&place.run(&[]), 0);
    let english = &records(&place)["https://a.example/minister-meets"];
    assert_eq!((&english["translations"], &english["version"]), (&json!([]), &version));
    assert!(changes(&place).contains(&("changed".to_owned(), "related".to_owned())));
}

#[test]
fn a_version_is_found_by_its_address_or_by_its_own_word() {
    let place = Place::empty();
    let put = |name: &str, path: &str, body: &str| {
        visit_at(&place, name, (&format!("https://a.example/{path}"), "2026-04-01T03:00:00Z"), body);
    };
    put("1", "ru/news/5", &page("Встреча министра с послом", &RUSSIAN));
    put("2", "en/news/5", &page("The minister meets the ambassador", &ENGLISH));
    // Another document under the same number: sites count the pages of each language by themselves.
    put(
        "3",
        "ru/news/6",
        &page("О погоде", &["Завтра в горах ожидается снег, а в долинах дождь и сильный ветер с запада."; 3]),
    );
    put("4", "en/news/6", &page("The fees of the canals", &PARAGRAPHS));
    let named = page("Встреча", &[RUSSIAN[1], RUSSIAN[2], RUSSIAN[0]]);
    let link = "<link rel=\"alternate\" hreflang=\"en\" href=\"https://a.example/report\"><title>";
    put("5", "otchet", &named.replace("<title>", link));
    put("6", "report", &page("A report", &PARAGRAPHS[1..3]));
    expect_exit(&place.run(&[]), 0);
    let all = records(&place);
    let links = |path: &str| all[&format!("https://a.example/{path}")]["translations"].as_array().unwrap().clone();
    let evidence =
        |path: &str| links(path).iter().map(|l| (l["evidence"].clone(), l["url"].clone())).collect::<Vec<_>>();
    assert_eq!(evidence("ru/news/5"), [(json!("url_pattern"), json!("https://a.example/en/news/5"))]);
    assert_eq!(evidence("en/news/5"), [(json!("url_pattern"), json!("https://a.example/ru/news/5"))]);
    assert_eq!((evidence("ru/news/6"), evidence("en/news/6")), (vec![], vec![]));
    assert_eq!(evidence("otchet"), [(json!("hreflang"), json!("https://a.example/report"))]);
    assert_eq!(evidence("report"), [(json!("backlink"), json!("https://a.example/otchet"))]);
}

#[test]
fn the_demonstration_captures_are_linked_to_their_versions_and_to_nothing_else() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    let records = records(&place);
    let truth = json_lines(&std::fs::read_to_string(project().join("tests/truth/captures.jsonl")).unwrap());
    let mut wanted = 0;
    for row in truth.iter().filter(|r| r["kind"] == "document") {
        let Some(record) = records.get(row["url"].as_str().unwrap()) else { continue };
        let stated: Vec<&str> = row["alternates"].as_object().unwrap().values().filter_map(Value::as_str).collect();
        let found: Vec<&str> =
            record["translations"].as_array().unwrap().iter().filter_map(|t| t["url"].as_str()).collect();
        for url in stated.iter().filter(|url| **url != row["url"].as_str().unwrap()) {
            wanted += 1;
            assert!(found.contains(url), "{}: no {url} in {found:?}", row["url"]);
        }
        for url in &found {
            assert!(stated.contains(url), "{}: {url} is no version of it", row["url"]);
        }
    }
    assert!(wanted > 50, "{wanted}");
}
