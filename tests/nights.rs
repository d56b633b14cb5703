//! What a run says and logs when little or nothing has changed since the last one.

use crate::common::pages::{PARAGRAPHS, page, records, visit_at};
use crate::common::{Place, expect_exit};
use serde_json::Value;

fn run_on(place: &Place, day: u32, exit: i32) {
    expect_exit(&place.sanad(&["run", "--offline", "--now", &format!("2026-03-{day:02}T12:00:00Z")]), exit);
}

fn at(day: u32) -> String {
    format!("2026-03-{day:02}T03:00:00Z")
}

/// The terminal events of the newest run: name and code, sorted.
fn ended(place: &Place) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let events = place.of_run("events").into_iter().filter(|e| text(&e["event"]).starts_with("document."));
    let mut ended: Vec<_> = events.map(|e| (text(&e["event"]), text(&e["code"]))).collect();
    ended.sort();
    ended
}

fn bytes(place: &Place) -> usize {
    let files = place.files("normalized").into_iter().filter(|(name, _)| !name.starts_with(".state"));
    files.map(|(_, content)| content.len()).sum()
}

#[test]
fn a_night_without_news_costs_two_events_and_a_few_kilobytes() {
    let place = Place::demo();
    expect_exit(&place.run(&[]), 0);
    for day in 22..25 {
        let before = bytes(&place);
        expect_exit(&place.sanad(&["run", "--offline", "--now", &format!("2026-11-{day}T17:00:00Z")]), 0);
        assert_eq!(place.of_run("events").len(), 2);
        let more = bytes(&place).saturating_sub(before);
        assert!(more < 20_000, "{more} bytes");
    }
    expect_exit(&place.sanad(&["verify"]), 0);
    assert_eq!(place.report()["concluded"].as_object().unwrap().len(), 0);
}

#[test]
fn a_capture_that_is_missing_is_missing_and_no_other_differs() {
    let place = Place::empty();
    let url = "https://a.example/1";
    visit_at(&place, "1", (url, &at(1)), &page("A decision", &PARAGRAPHS));
    run_on(&place, 1, 0);
    visit_at(&place, "2", (url, &at(2)), &page("A decision", &PARAGRAPHS[1..]));
    run_on(&place, 2, 0);
    crate::common::pages::remove_capture(&place, "2");
    let replayed = place.sanad(&["replay"]);
    expect_exit(&replayed, 3);
    let said = String::from_utf8_lossy(&replayed.stdout);
    assert!(said.contains(" 0 differ, 2 missing"), "{said}");
}

#[test]
fn a_source_that_does_not_exist_is_named_offline_too() {
    let place = Place::empty();
    visit_at(&place, "1", ("https://a.example/1", &at(1)), &page("A decision", &PARAGRAPHS));
    let output = place.sanad(&["run", "--offline", "--source", "a.exemple"]);
    expect_exit(&output, 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("--source a.exemple: no capture belongs to it"));
}

#[test]
fn each_changed_conclusion_is_logged_once() {
    let place = Place::empty();
    let url = "https://a.example/1";
    let says = |ended: Vec<(String, String)>, expected: &[(&str, &str)]| {
        let ended: Vec<(&str, &str)> = ended.iter().map(|(name, code)| (name.as_str(), code.as_str())).collect();
        assert_eq!(ended, expected);
    };
    let expect = |day: u32, expected: &[(&str, &str)]| {
        run_on(&place, day, 0);
        says(ended(&place), expected);
        // Again, and nothing is new.
        run_on(&place, day, 0);
        says(ended(&place), &[]);
    };
    visit_at(&place, "1", (url, &at(1)), &page("A decision", &PARAGRAPHS));
    expect(1, &[("document.emitted", "content")]);
    visit_at(&place, "2", (url, &at(2)), &page("A decision", &PARAGRAPHS[1..]));
    expect(2, &[("document.emitted", "content"), ("document.skipped", "superseded")]);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay", "--run", "all"]), 0);
    // The newest capture goes: the older one is current again.
    crate::common::pages::remove_capture(&place, "2");
    expect(3, &[("document.emitted", "content")]);
    // Another rule that changes nothing, and one that does.
    place.write("config/sites/a.example.toml", "drop = [\".advertisement\"]\n");
    expect(4, &[("document.unchanged", "")]);
    place.write("config/sites/a.example.toml", "drop = [\"h1\"]\n");
    expect(5, &[("document.emitted", "rules")]);
    // Held back, and released.
    place.write("config/sources/a.toml", "hosts = [\"a.example\"]\n[expect]\nmin_records = 9\n");
    run_on(&place, 6, 1);
    says(ended(&place), &[("document.held", "expect.broken")]);
    run_on(&place, 7, 1);
    says(ended(&place), &[]);
    place.write("config/sources/a.toml", "hosts = [\"a.example\"]\n");
    run_on(&place, 8, 0);
    assert_eq!(ended(&place).len(), 1);
    let verified = String::from_utf8(place.sanad(&["verify"]).stdout).unwrap();
    assert!(verified.contains("missing: 2.html") && !verified.contains("mismatch"), "{verified}");
    expect_exit(&place.sanad(&["replay"]), 0);
}

#[test]
fn what_failed_before_is_known_with_its_first_run_until_it_passes() {
    let place = Place::empty();
    let (url, good) = ("https://a.example/1", page("A decision", &PARAGRAPHS));
    let not_found = "<title>404</title><h1>Page not found</h1>";
    visit_at(&place, "1", (url, &at(1)), &good);
    run_on(&place, 1, 0);
    // An error page where a record was: told once, also when another visit finds it again.
    visit_at(&place, "2", (url, &at(2)), not_found);
    run_on(&place, 2, 1);
    let first = place.runs().pop().unwrap();
    assert_eq!(place.of_run("quarantine").len(), 1);
    for day in 3..5 {
        visit_at(&place, &day.to_string(), (url, &at(day)), not_found);
        run_on(&place, day, 0);
        let known = place.report()["known"].clone();
        assert!(known.as_array().unwrap().iter().all(|known| known["since"] == first.as_str()), "{known}");
        assert_eq!(known.as_array().unwrap().len(), day as usize - 1);
        assert_eq!(place.of_run("quarantine").len(), 1, "only what is new");
    }
    assert_eq!(records(&place).len(), 1);
    // It passes, and comes back.
    visit_at(&place, "5", (url, &at(5)), &page("A decision", &PARAGRAPHS[1..]));
    run_on(&place, 5, 0);
    for day in [5, 6] {
        run_on(&place, day, 0);
        assert_eq!(place.report()["known"].as_array().unwrap().len(), 0, "the page is right again");
    }
    visit_at(&place, "6", (url, &at(6)), not_found);
    run_on(&place, 6, 1);
    // The same failure of another capture is new.
    place.write("raw/a.pdf", "%PDF-1.7 and nothing more");
    run_on(&place, 7, 1);
    place.write("raw/b.pdf", "%PDF-1.7 and nothing else");
    run_on(&place, 8, 1);
    run_on(&place, 9, 0);
}
