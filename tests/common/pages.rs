//! Pages written for tests: makes captures of them, and reads the records.

use crate::common::Place;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const PARAGRAPHS: [&str; 4] = [
    "The government decided today that the water of the two rivers will be shared by all the districts of the valley, \
     as the commission had proposed in its report of the spring.",
    "For each hectare the users of the canals shall pay a fee of 120 somoni a year, of which one half goes to the upkeep \
     of the sluices and the other to the villages along the upper course.",
    "Minister Rahimov thanked the elders for their patience and promised that the work at the weir would begin before \
     the first snow, so that the fields below could be watered in time.",
    "The ministry will see to it that the decision is carried out before the end of the year, and will report on it to \
     the assembly when the members meet again after the winter.",
];

pub fn page(title: &str, paragraphs: &[&str]) -> String {
    page_with(title, paragraphs, "")
}

/// A page with further markup below its text.
pub fn page_with(title: &str, paragraphs: &[&str], below: &str) -> String {
    let text: String = paragraphs.iter().map(|p| format!("<p>{p}</p>")).collect();
    format!("<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}{below}</body></html>")
}

/// Writes a capture as a plain file with a sidecar that holds its address.
pub fn capture(place: &Place, name: &str, url: &str, body: &str) {
    visit_at(place, name, (url, "2026-01-02T03:04:05Z"), body);
}

/// Removes a capture and its sidecar.
pub fn remove_capture(place: &Place, name: &str) {
    for ending in ["html", "html.json"] {
        std::fs::remove_file(place.path(&format!("raw/{name}.{ending}"))).unwrap();
    }
}

/// The current records, by canonical address.
pub fn records(place: &Place) -> BTreeMap<String, Value> {
    let records = place.lines("normalized/records").into_iter();
    records.map(|r| (r["url"]["canonical"].as_str().unwrap().to_owned(), r)).collect()
}

pub fn changes(place: &Place) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    place.of_run("records").iter().map(|r| (text(&r["delta"]["change"]), text(&r["delta"]["cause"]))).collect()
}

pub fn visit_at(place: &Place, name: &str, (url, at): (&str, &str), body: &str) {
    place.write(&format!("raw/{name}.html"), body);
    let sidecar =
        json!({"url": url, "status": 200, "headers": {"Content-Type": "text/html; charset=utf-8"}, "fetched_at": at});
    place.write(&format!("raw/{name}.html.json"), sidecar.to_string());
}
