//! Quality floors on the demonstration captures. `floors.toml` pins them with the digest of the truth.

use crate::common::Place;
use crate::common::score::{Scores, Share};
use serde_json::Value;
use std::collections::BTreeMap;

fn floors() -> toml::Table {
    std::fs::read_to_string(crate::common::project().join("tests/floors.toml")).unwrap().parse().unwrap()
}

fn truth() -> Vec<Value> {
    let text = std::fs::read_to_string(crate::common::project().join("tests/truth/captures.jsonl")).unwrap();
    let wanted = floors()["truth"].as_str().unwrap().to_owned();
    assert_eq!(
        sanad_document::digest::sha256(text.as_bytes()),
        wanted,
        "the truth is not the one the floors were measured on"
    );
    crate::common::json_lines(&text)
}

/// Maps each address of a record to the record.
fn by_address(records: Vec<Value>) -> BTreeMap<String, Value> {
    let mut by = BTreeMap::new();
    for record in records {
        for name in ["requested", "final", "canonical"] {
            if let Some(url) = record["url"][name].as_str() {
                by.insert(url.to_owned(), record.clone());
            }
        }
    }
    by
}

#[test]
fn the_demonstration_captures_score_above_the_floors() {
    let place = Place::demo();
    crate::common::expect_exit(&place.run(&[]), 0);
    let records = by_address(place.lines("normalized/records"));
    let mut groups: BTreeMap<&str, Scores> = BTreeMap::new();
    for row in truth().iter().filter(|r| r["kind"] == "document") {
        let group = match (row["media_type"].as_str(), row["variant"].as_str()) {
            (Some("application/pdf"), _) => "pdf",
            (_, Some("plain")) => "html_plain",
            _ => "html_variants",
        };
        groups.entry(group).or_default().add(row, records.get(row["url"].as_str().unwrap()));
    }
    let mut short = Vec::new();
    for (group, scores) in &groups {
        check(group, scores, &mut short);
    }
    assert!(short.is_empty(), "below the floors:\n{}", short.join("\n"));
}

fn check(group: &str, scores: &Scores, short: &mut Vec<String>) {
    let floors = floors();
    let limits = floors[group].as_table().unwrap();
    let named: [(&str, Share); 7] = [
        ("kept", scores.kept),
        ("exact", scores.exact),
        ("title", scores.title),
        ("language", scores.language),
        ("published", scores.published),
        ("undated", scores.undated),
        ("document_date", scores.document_date),
    ];
    for (name, share) in named {
        eprintln!("{group} {name}: {:?}", share.percent());
        if let Some(floor) = limits.get(name).and_then(toml::Value::as_float) {
            let reached = share.percent().expect("a floor for what the truth doesn't hold");
            if reached < floor {
                short.push(format!("{group}: {name} {reached:.1}, floor {floor}"));
            }
        }
    }
    let noise = scores.noise.percent().unwrap_or(0.0);
    eprintln!("{group} noise: {noise:.2}");
    if limits.get("noise_max").and_then(toml::Value::as_float).is_some_and(|most| noise > most) {
        short.push(format!("{group}: noise {noise:.1}"));
    }
    for (category, most) in limits.get("leaks").and_then(toml::Value::as_table).into_iter().flatten() {
        let leaked =
            scores.leaks.get(category).and_then(|s| s.percent()).expect("a ceiling for what the truth doesn't hold");
        eprintln!("{group} leak {category}: {leaked:.1}");
        if leaked > most.as_float().unwrap() {
            short.push(format!("{group}: {category} leaks {leaked:.1}, ceiling {most}"));
        }
    }
}

#[test]
fn each_document_is_a_record_and_each_other_page_is_quarantined_with_its_reason() {
    let place = Place::demo();
    crate::common::expect_exit(&place.run(&[]), 0);
    let records = by_address(place.lines("normalized/records"));
    let quarantined: BTreeMap<String, String> = place
        .of_run("quarantine")
        .iter()
        .map(|q| (q["url"].as_str().unwrap().to_owned(), q["code"].as_str().unwrap().to_owned()))
        .collect();
    let mut documents = 0;
    for row in truth() {
        let url = row["url"].as_str().unwrap();
        match row["kind"].as_str().unwrap() {
            "document" => {
                documents += 1;
                assert!(records.contains_key(url), "no record of {url}; quarantined: {:?}", quarantined.get(url));
            }
            kind => assert_eq!(quarantined.get(url), Some(&format!("kind.{kind}")), "{url}"),
        }
    }
    assert_eq!((documents, quarantined.len()), (68, 4));
}
