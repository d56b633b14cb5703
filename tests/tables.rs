//! Tables of repeated blocks: one for each source, stored when it changes, and what names them.

use crate::common::pages::{PARAGRAPHS, capture, page};
use crate::common::{Place, expect_exit, json_lines};
use serde_json::Value;
use std::collections::BTreeMap;

/// Writes a page: a text of its own, and a paragraph and 40 lines that all pages of the site show.
fn put(place: &Place, site: &str, number: usize) {
    let name = format!("{site}{number}");
    // No four words in a row are those of another page.
    let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
    let own = |text| words(text).chunks(3).map(|three| three.join(" ")).collect::<Vec<_>>().join(&format!(" {name} "));
    let chrome: String =
        (0..40).map(|n| format!("<p>Office {site}{n} keeps the register of the valley.</p>")).collect();
    let body = page(&format!("Decision {name}"), &[&own(PARAGRAPHS[number % 4]), &own(PARAGRAPHS[(number + 1) % 4])])
        .replace("</body>", &format!("<div class=word><p>{}</p></div><footer>{chrome}</footer></body>", PARAGRAPHS[3]));
    capture(place, &name, &format!("https://{site}.example/{number}"), &body);
}

/// Runs at noon of a day of the year, from 1.
fn run_on(place: &Place, day: usize, more: &[&str]) {
    let now = format!("2026-{:02}-{:02}T12:00:00Z", (day - 1) / 28 + 1, (day - 1) % 28 + 1);
    expect_exit(&place.sanad(&[&["run", "--offline", "--now", &now], more].concat()), 0);
}

/// The newest run's events about tables, by source.
fn tables(place: &Place) -> BTreeMap<String, Value> {
    let frozen = place.of_run("events").into_iter().filter(|event| event["event"] == "repeats.frozen");
    frozen.map(|event| (event["source"].as_str().unwrap().to_owned(), event)).collect()
}

fn object(event: &Value) -> String {
    format!("normalized/objects/{}", event["object"].as_str().unwrap().trim_start_matches("sha256:"))
}

/// Lines without what depends on the run alone: its id and the places of events in the log.
fn beside_the_run(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        line.remove("capture");
        if let Some(prov) = line.get_mut("prov").and_then(Value::as_object_mut) {
            prov.remove("run");
            prov.remove("log_index");
        }
    }
    lines
}

/// The digests of records, by id, as the newest run's events name them.
fn digests(place: &Place) -> BTreeMap<String, Value> {
    let emitted = place.of_run("events").into_iter().filter(|event| event["event"] == "document.emitted");
    emitted.map(|event| (event["id"].as_str().unwrap().to_owned(), event["record_digest"].clone())).collect()
}

#[test]
fn two_shards_by_source_give_the_same_records_and_ledgers_as_the_whole() {
    let make = |sites: &[&str]| {
        let place = Place::empty();
        for site in sites {
            (0..8).for_each(|number| put(&place, site, number));
        }
        place.write("config/sources/a.toml", "hosts = [\"a.example\"]\nname = \"The office\"\n");
        place.write("config/sites/b.example.toml", "drop = [\"h1\"]\n");
        run_on(&place, 1, &[]);
        place
    };
    let (whole, shards) = (make(&["a", "b"]), [make(&["a"]), make(&["b"])]);
    let together = |of: &dyn Fn(&Place) -> Vec<Value>| beside_the_run(shards.iter().flat_map(of).collect());
    let records = |place: &Place| place.lines("normalized/records");
    let ledger = |place: &Place| place.of_run("removed");
    assert_eq!(beside_the_run(records(&whole)), together(&records));
    assert_eq!(beside_the_run(ledger(&whole)), together(&ledger));
    assert!(ledger(&whole).iter().any(|line| line["rule"] == "repeat.template"), "no table decides here");
    assert_eq!(records(&whole).len(), 16);
    let mut shard_digests = digests(&shards[0]);
    shard_digests.extend(digests(&shards[1]));
    assert_eq!(digests(&whole), shard_digests);
    let repeats = |place: &Place, site: &str| {
        let found = records(place).into_iter().find(|r| r["id"].as_str().unwrap().starts_with(site)).unwrap();
        found["prov"]["repeats"].as_str().unwrap().to_owned()
    };
    assert_eq!(repeats(&whole, "a.example"), tables(&whole)["a"]["digest"].as_str().unwrap());
    assert_ne!(repeats(&whole, "a.example"), repeats(&whole, "b.example"));
}

#[test]
fn an_unrelated_source_or_a_comment_changes_no_record_and_judges_nothing_anew() {
    let place = Place::empty();
    (0..8).for_each(|number| put(&place, "a", number));
    place.write("config/sources/a.toml", "hosts = [\"a.example\"]\n[expect]\nmin_records = 1\n");
    run_on(&place, 1, &[]);
    let before = place.read("normalized/records/a.jsonl");
    let expect_same = || {
        assert_eq!(place.read("normalized/records/a.jsonl"), before);
        let is_ours = |line: &Value| line["source"] == "a";
        assert!(!place.of_run("removed").iter().any(is_ours) && !place.of_run("records").iter().any(is_ours));
        assert!(!tables(&place).contains_key("a"));
        let events = place.of_run("events");
        assert!(!events.iter().any(is_ours), "nothing is said of it anew");
        assert!(events.last().unwrap()["carried"]["count"].as_u64().unwrap() >= 8);
        expect_exit(&place.sanad(&["replay", "--run", "all"]), 0);
    };
    (0..4).for_each(|number| put(&place, "b", number));
    place.write("config/sources/b.toml", "hosts = [\"b.example\"]\nlistings = true\n");
    place.write("config/sites/b.example.toml", "drop = [\"h1\"]\n");
    run_on(&place, 2, &[]);
    assert_eq!(tables(&place).keys().collect::<Vec<_>>(), ["b"]);
    expect_same();
    place.write("config/sources/a.toml", "# The office.\nhosts = [\"a.example\"]\n[expect]\nmin_records = 2\n");
    place.write("config/sanad.toml", "[fetch]\ndelay_seconds = 5.0 # be gentle\n");
    run_on(&place, 3, &[]);
    expect_same();
    let replayed = place.sanad(&["replay"]);
    assert!(!String::from_utf8_lossy(&replayed.stdout).contains("configuration"), "no rule changed");
    // What does reach the documents.
    place.write("config/sites/a.example.toml", "drop = [\"h1\"]\n");
    run_on(&place, 4, &[]);
    assert_eq!(place.report()["causes"]["changed: rules"], 8);
}

#[test]
fn a_table_that_changes_by_a_page_is_stored_as_changes_and_replays() {
    let place = Place::empty();
    (0..8).for_each(|number| put(&place, "a", number));
    run_on(&place, 1, &[]);
    let whole = tables(&place).remove("a.example").unwrap();
    assert_eq!((&whole["base"], &whole["digest"]), (&Value::Null, &whole["object"]));
    assert_eq!((&whole["pages"], &whole["lines"]), (&8.into(), &1.into()));
    put(&place, "a", 8);
    run_on(&place, 2, &[]);
    let changed = tables(&place).remove("a.example").unwrap();
    assert_eq!((&changed["base"], &changed["pages"]), (&whole["digest"], &9.into()));
    let (text, stored) = (place.read(&object(&whole)), place.read(&object(&changed)));
    assert!(stored.len() * 2 < text.len(), "{stored}");
    let lines = json_lines(&stored);
    assert_eq!((&lines[0]["base"], &lines[0]["digest"]), (&whole["digest"], &changed["digest"]));
    assert_eq!((&lines[1]["of"], &lines[1]["key"]["source"]), (&9.into(), &"a.example".into()), "{stored}");
    for arguments in [&["replay", "--run", "all"][..], &["verify"]] {
        expect_exit(&place.sanad(arguments), 0);
    }
    let id = place.lines("normalized/records")[0]["id"].as_str().unwrap().to_owned();
    expect_exit(&place.sanad(&["explain", &id, "--removed"]), 0);
    // The same pages again have the same table.
    run_on(&place, 3, &[]);
    assert!(tables(&place).is_empty());
    // Fewer pages have the table that they had before.
    std::fs::remove_file(place.path("raw/a8.html")).unwrap();
    std::fs::remove_file(place.path("raw/a8.html.json")).unwrap();
    run_on(&place, 4, &[]);
    assert_eq!(tables(&place)["a.example"]["digest"], whole["digest"]);
    expect_exit(&place.sanad(&["replay"]), 0);
}

#[test]
fn a_source_whose_pages_are_all_gone_has_an_empty_table() {
    let place = Place::empty();
    place.write("config/sanad.toml", "[run]\ngone_after = 1\n");
    (0..3).for_each(|number| put(&place, "a", number));
    run_on(&place, 1, &[]);
    for number in 0..3 {
        let sidecar = format!(
            "{{\"url\": \"https://a.example/{number}\", \"status\": 404, \"fetched_at\": \"2026-02-02T00:00:00Z\"}}"
        );
        place.write(&format!("raw/gone{number}.html"), "<h1>Not found</h1>");
        place.write(&format!("raw/gone{number}.html.json"), sidecar);
    }
    run_on(&place, 40, &[]);
    assert_eq!(place.report()["causes"]["removed: gone"], 3);
    let empty = tables(&place).remove("a.example").unwrap();
    assert_eq!((&empty["pages"], &empty["lines"], place.read(&object(&empty)).as_str()), (&0.into(), &0.into(), ""));
    run_on(&place, 41, &[]);
    assert!(tables(&place).is_empty());
    put(&place, "a", 3);
    run_on(&place, 42, &[]);
    assert_eq!(tables(&place)["a.example"]["pages"], 1);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay", "--run", "all"]), 0);
}

#[test]
fn a_chain_of_forty_runs_replays_and_prunes() {
    let place = Place::empty();
    (0..6).for_each(|number| put(&place, "a", number));
    let mut bases = Vec::new();
    for day in 1..=40 {
        put(&place, "a", day + 5);
        run_on(&place, day, &[]);
        bases.push(tables(&place)["a.example"]["base"].is_string());
    }
    // A whole table, 31 times changes, a whole one, and changes again.
    let whole: Vec<usize> = (0..40).filter(|at| !bases[*at]).collect();
    assert_eq!(whole, [0, 32]);
    let runs = place.runs();
    for run in [&runs[0], &runs[20], &runs[31], &runs[32], &runs[39]] {
        expect_exit(&place.sanad(&["replay", "--run", run]), 0);
    }
    // A run's records name that run, so nothing that they need goes.
    let objects = place.files("normalized/objects").len();
    let prune = ["prune", "--keep-runs", "1", "--now", "2027-01-01T00:00:00Z"];
    expect_exit(&place.sanad(&prune), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
    for record in place.lines("normalized/records").iter().step_by(9) {
        expect_exit(&place.sanad(&["replay", record["id"].as_str().unwrap()]), 0);
    }
    // Once all records are of the newest run, only what its table is read from is left.
    place.write("config/sites/a.example.toml", "drop = [\"h1\"]\n");
    run_on(&place, 41, &[]);
    expect_exit(&place.sanad(&prune), 0);
    assert!(place.files("normalized/objects").len() + 31 < objects, "{objects}");
    for arguments in [&["verify"][..], &["replay"]] {
        expect_exit(&place.sanad(arguments), 0);
    }
    let pruned = place.sanad(&["replay", "--run", &runs[20]]);
    expect_exit(&pruned, 0);
    assert!(String::from_utf8_lossy(&pruned.stdout).contains(": pruned"));
    put(&place, "a", 50);
    run_on(&place, 42, &[]);
    assert_eq!(place.report()["causes"], serde_json::json!({"added: content": 1}));
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn a_deleted_cache_changes_neither_tables_nor_events() {
    let make = |is_deleted: bool| {
        let place = Place::empty();
        (0..6).for_each(|number| put(&place, "a", number));
        for day in 1..6 {
            put(&place, if day == 3 { "b" } else { "a" }, 10 + day);
            run_on(&place, day, &[]);
            if is_deleted {
                std::fs::remove_dir_all(place.path("normalized/.state")).unwrap();
            }
        }
        place
    };
    let (kept, deleted) = (make(false), make(true));
    let frozen = |place: &Place| -> Vec<Value> {
        let of = |run: String| place.lines(&format!("normalized/runs/{run}/events.jsonl"));
        let all = place.runs().into_iter().flat_map(of);
        all.filter(|event| event["event"] == "repeats.frozen").collect()
    };
    assert_eq!(frozen(&kept), frozen(&deleted));
    assert_eq!(frozen(&kept).len(), 5, "four of one source, and one of the other");
    assert_eq!(frozen(&kept).iter().filter(|event| event["base"].is_string()).count(), 3);
    expect_exit(&deleted.sanad(&["verify"]), 0);
    expect_exit(&deleted.sanad(&["replay", "--run", "all"]), 0);
}

#[test]
fn a_cache_of_another_log_or_with_a_changed_byte_is_not_believed() {
    let place = Place::empty();
    (0..6).for_each(|number| put(&place, "a", number));
    run_on(&place, 1, &[]);
    run_on(&place, 2, &[]);
    let cache = std::fs::read(place.path("normalized/.state/tables")).unwrap();
    let other = Place::empty();
    (0..6).for_each(|number| put(&other, "a", number));
    other.write("normalized/.state/tables", &cache);
    other.write("normalized/.state/tables.jsonl", std::fs::read(place.path("normalized/.state/tables.jsonl")).unwrap());
    run_on(&other, 1, &[]);
    assert_eq!(tables(&other).len(), 1);
    expect_exit(&other.sanad(&["replay"]), 0);
    for at in (0..cache.len()).step_by(cache.len() / 7) {
        let mut changed = cache.clone();
        changed[at] ^= 1;
        place.write("normalized/.state/tables", changed);
        run_on(&place, 3 + at % 20, &[]);
        assert!(tables(&place).is_empty(), "byte {at}");
    }
    let text = place.read("normalized/.state/tables.jsonl");
    place.write("normalized/.state/tables.jsonl", text.replace("\":6", "\":7"));
    put(&place, "a", 6);
    run_on(&place, 28, &[]);
    expect_exit(&place.sanad(&["replay"]), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
}

#[test]
fn a_damaged_object_is_named_and_the_next_table_stored_as_a_whole() {
    let place = Place::empty();
    (0..6).for_each(|number| put(&place, "a", number));
    run_on(&place, 1, &[]);
    let whole = object(&tables(&place)["a.example"]);
    put(&place, "a", 6);
    run_on(&place, 2, &[]);
    assert!(tables(&place)["a.example"]["base"].is_string());
    let text = place.read(&whole);
    place.write(&whole, text.replacen("\"of\":6", "\"of\":5", 1));
    let (name, id) = (&whole["normalized/".len()..], place.lines("normalized/records")[0]["id"].clone());
    for arguments in [&["replay"][..], &["explain", id.as_str().unwrap()]] {
        let output = place.sanad(arguments);
        expect_exit(&output, 2);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(name) && said.contains("is not the table of repeated blocks"), "{said}");
    }
    let verified = place.sanad(&["verify"]);
    expect_exit(&verified, 1);
    assert!(String::from_utf8_lossy(&verified.stdout).contains(name));
    std::fs::remove_dir_all(place.path("normalized/.state")).unwrap();
    put(&place, "a", 7);
    run_on(&place, 3, &[]);
    assert!(tables(&place)["a.example"]["base"].is_null());
    expect_exit(&place.sanad(&["replay", "--run", &place.runs().pop().unwrap()]), 0);
    place.write(&whole, text);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay", "--run", "all"]), 0);
}
