//! Texts on several pages: joined to one record where all pages were captured, else partial.

use crate::common::pages::{PARAGRAPHS, page_with, records, visit_at};
use crate::common::{Place, expect_exit};
use serde_json::{Value, json};

/// A page of a text of three, which repeats its title.
fn page(number: usize) -> String {
    let link = |rel: &str, to: usize| format!("<a rel={rel} href=\"/report?page={to}\">{rel}</a>");
    let previous = if number > 1 { link("prev", number - 1) } else { String::new() };
    let next = if number < 3 { link("next", number + 1) } else { String::new() };
    let pager = format!("<div class=pager>{previous} Page {number} of 3 {next}</div>");
    page_with("The report of the year", &[PARAGRAPHS[number - 1]], &pager)
}

fn capture(place: &Place, number: usize, day: u32) {
    let url = format!("https://a.example/report?page={number}");
    let at = format!("2026-01-{day:02}T03:00:00Z");
    visit_at(place, &format!("{number}-{day}"), (&url, &at), &page(number));
}

fn run(place: &Place) {
    expect_exit(&place.run(&[]), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay", "--run", "all"]), 0);
}

fn has_code(record: &Value) -> bool {
    record["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "document.one_of_several")
}

#[test]
fn a_text_of_which_all_pages_were_captured_is_one_record_of_the_first() {
    let place = Place::empty();
    for number in [3, 1, 2] {
        capture(&place, number, 1);
    }
    for _ in 0..2 {
        run(&place);
        let all = records(&place);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["https://a.example/report?page=1"]);
        let record = all.values().next().unwrap();
        let text = record["text"].as_str().unwrap();
        let places: Vec<usize> = PARAGRAPHS[..3].iter().map(|part| text.find(part).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
        assert_eq!(text.matches("The report of the year").count(), 1, "its title stands once: {text}");
        assert_eq!(record["status"], "ok");
        assert!(!has_code(record));
        let others = json!(["https://a.example/report?page=2", "https://a.example/report?page=3"]);
        assert_eq!(record["url"]["aliases"], others);
        assert_eq!(record["prov"]["later_pages"].as_array().unwrap().len(), 2);
        let last = record["blocks"].as_array().unwrap().last().unwrap();
        let origin = last["origin"][0]["html"].as_str().unwrap();
        assert!(origin.starts_with("https://a.example/report?page=3#/html[1]"), "{origin}");
        assert_eq!(place.report()["skipped"]["joined"], 2);
        expect_exit(&place.sanad(&["explain", record["id"].as_str().unwrap()]), 0);
    }
    capture(&place, 2, 2); // the newest of each page counts
    run(&place);
    assert_eq!(records(&place).len(), 1);
}

#[test]
fn pages_of_which_one_is_missing_are_partial_and_keep_their_records_when_it_comes() {
    let place = Place::empty();
    capture(&place, 1, 1);
    capture(&place, 2, 1);
    run(&place);
    let before = records(&place);
    assert_eq!(before.len(), 2);
    assert!(before.values().all(|record| record["status"] == "partial" && has_code(record)));
    capture(&place, 3, 2);
    run(&place);
    let after = records(&place);
    assert_eq!(after.len(), 3, "an id once logged stays");
    assert!(after.values().all(|record| record["status"] == "partial"));
}
