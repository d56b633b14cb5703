//! Which document an address is: what a page's word about its canonical address counts, and that an id once logged stays.

use crate::common::pages::{PARAGRAPHS, page, records, visit_at};
use crate::common::{NOW, Place, expect_exit};
use serde_json::{Value, json};

/// A page that names another address as its canonical one.
fn naming(canonical: &str, title: &str, paragraphs: &[&str]) -> String {
    page(title, paragraphs).replace("<title>", &format!("<link rel=canonical href=\"{canonical}\"><title>"))
}

fn day(day: u32) -> String {
    format!("2026-01-{day:02}T03:00:00Z")
}

fn codes(record: &Value) -> Vec<&str> {
    record["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

/// Runs, and asserts that all that recomputes an id agrees with the log.
fn run(place: &Place) {
    expect_exit(&place.run(&[]), 0);
    expect_exit(&place.sanad(&["verify"]), 0);
    expect_exit(&place.sanad(&["replay"]), 0);
}

#[test]
fn a_template_that_names_one_address_on_every_page_leaves_each_page_its_record() {
    for canonical in ["/news", "https://www.a.example/", "/ru/novosti.php?section=5"] {
        let place = Place::empty();
        for (n, text) in PARAGRAPHS.iter().enumerate() {
            let body = naming(canonical, &format!("Decision {n}"), &[*text, PARAGRAPHS[(n + 1) % 4]]);
            visit_at(&place, &n.to_string(), (&format!("https://a.example/news/{n}"), &day(1)), &body);
        }
        run(&place);
        let all = records(&place);
        assert_eq!(all.len(), 4, "{canonical}: {:?}", all.keys());
        for (address, record) in &all {
            assert_eq!(record["url"]["final"], json!(address));
            assert!(record["url"]["declared"].as_str().unwrap().starts_with("https://"), "{}", record["url"]);
            assert_eq!(codes(record), ["identity.canonical_shared"]);
        }
    }
}

#[test]
fn a_known_variant_of_an_address_is_that_address() {
    for variant in ["http://www.a.example/5/?utm_source=x", "https://a.example/5?print=1", "https://a.example/amp/5"] {
        let place = Place::empty();
        visit_at(&place, "1", (variant, &day(2)), &naming("https://a.example/5", "A decision", &PARAGRAPHS));
        visit_at(&place, "2", ("https://a.example/5", &day(1)), &page("A decision", &PARAGRAPHS[..2]));
        run(&place);
        let all = records(&place);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["https://a.example/5"], "{variant}");
        assert_eq!(all["https://a.example/5"]["url"]["requested"], variant);
        assert!(codes(&all["https://a.example/5"]).is_empty());
    }
}

#[test]
fn an_address_named_by_og_url_or_a_link_header_is_no_other_evidence() {
    let place = Place::empty();
    let meta = "<meta property='og:url' content='https://a.example/5'><title>";
    let body = page("A decision", &PARAGRAPHS).replace("<title>", meta);
    visit_at(&place, "1", ("https://a.example/5?print=y", &day(1)), &body);
    let headers = json!({"Content-Type": "text/html", "Link": "</6>; rel=\"canonical\", </style>; rel=preload"});
    for (name, url) in [("2", "https://a.example/6/amp"), ("3", "https://a.example/7")] {
        place.write(&format!("raw/{name}.html"), page("Another", &PARAGRAPHS[1..]));
        let sidecar = json!({"url": url, "status": 200, "headers": headers, "fetched_at": day(1)});
        place.write(&format!("raw/{name}.html.json"), sidecar.to_string());
    }
    for _ in 0..2 {
        run(&place);
        let all = records(&place);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["https://a.example/5", "https://a.example/6"]);
        let urls = &all["https://a.example/6"]["url"];
        assert_eq!(urls["aliases"].as_array().unwrap().len(), 1, "captured with the same text: {urls}");
    }
}

#[test]
fn a_canonical_link_in_the_body_is_no_word_of_the_page() {
    let place = Place::empty();
    let below = "<div class=comment><link rel=canonical href='https://a.example/5'></div>";
    let body = page("A decision", &PARAGRAPHS).replace("</body>", &format!("{below}</body>"));
    visit_at(&place, "1", ("https://a.example/5?print=1", &day(1)), &body);
    run(&place);
    assert_eq!(records(&place).keys().collect::<Vec<_>>(), ["https://a.example/5?print=1"]);
}

#[test]
fn a_page_that_is_captured_later_takes_no_id_away() {
    let (old, new) = ("https://a.example/?p=5", "https://a.example/decision");
    let place = Place::empty();
    visit_at(&place, "1", (old, &day(1)), &naming(new, "A decision", &PARAGRAPHS));
    run(&place);
    let before = records(&place);
    assert_eq!(before.keys().collect::<Vec<_>>(), [old]);
    visit_at(&place, "2", (new, &day(2)), &page("A decision", &PARAGRAPHS));
    for _ in 0..2 {
        run(&place);
        let all = records(&place);
        assert_eq!(all.keys().collect::<Vec<_>>(), [old, new]);
        assert_eq!(all[old]["id"], before[old]["id"]);
        assert_eq!(all[old]["duplicate_of"], all[new]["id"], "the address that it names is the original");
        assert!(all[new].get("duplicate_of").is_none());
    }
}

#[test]
fn two_addresses_of_one_text_stay_one_when_they_change_on_different_days() {
    let (old, new) = ("https://a.example/?p=5", "https://a.example/decision");
    let place = Place::empty();
    visit_at(&place, "1", (old, &day(1)), &naming(new, "A decision", &PARAGRAPHS));
    visit_at(&place, "2", (new, &day(1)), &page("A decision", &PARAGRAPHS));
    run(&place);
    visit_at(&place, "3", (new, &day(3)), &page("A decision", &PARAGRAPHS[..3]));
    run(&place);
    let all = records(&place);
    assert_eq!(all.keys().collect::<Vec<_>>(), [new]);
    assert_eq!(all[new]["url"]["aliases"], json!([old]));
    let id = all[new]["id"].as_str().unwrap();
    expect_exit(&place.sanad(&["explain", id]), 0);
}

#[test]
fn a_copy_of_a_document_that_was_taken_down_stays_away() {
    let (old, new) = ("https://a.example/?p=5", "https://a.example/decision");
    let place = Place::empty();
    visit_at(&place, "1", (new, &day(1)), &page("A decision", &PARAGRAPHS));
    visit_at(&place, "2", ("https://a.example/6", &day(1)), &page("Another", &PARAGRAPHS[2..]));
    run(&place);
    let id = records(&place)[new]["id"].as_str().unwrap().to_owned();
    expect_exit(&place.sanad(&["erase", &id, "--reason", "asked for", "--now", NOW]), 0);
    visit_at(&place, "3", (old, &day(2)), &naming(new, "A decision", &PARAGRAPHS));
    expect_exit(&place.run(&[]), 0);
    assert_eq!(records(&place).keys().collect::<Vec<_>>(), ["https://a.example/6"]);
}
