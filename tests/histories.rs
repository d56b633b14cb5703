//! Real pages of state bodies, captured repeatedly over months: a page gets a new version when its own text changes,
//! and not otherwise. The pages are in `../shared`.

use crate::common::{Place, expect_exit, json_lines, shared};
use serde_json::{Value, json};

/// The days on which a page's own text changed, found by hand: ministers were appointed, left or changed office.
const HISTORIES: [(&str, &[&str]); 6] = [
    ("primeminister.kz", &["2021-09-13", "2022-02-06", "2022-03-20", "2022-05-01", "2022-06-12", "2022-07-25"]),
    ("gov.kg", &["2022-01-29", "2022-02-22", "2022-04-09", "2022-05-02", "2022-05-25", "2022-07-10", "2022-08-02"]),
    ("government.ru", &["2022-05-26", "2022-07-19"]),
    ("government.by", &["2022-04-19", "2022-07-15"]),
    ("kmu.gov.ua", &["2021-09-27", "2021-11-24", "2022-01-23", "2022-03-27", "2022-05-26", "2022-07-23"]),
    // The page also shows the day's news, which differ at every visit.
    ("prezident.tj", &["2022-02-11", "2022-02-25"]),
];

/// Ingests a page's captures one run at a time. Returns the days on which its record changed.
fn days_of_change(site: &str) -> Option<Vec<String>> {
    let folder = shared("captures/real")?;
    let manifest = json_lines(&std::fs::read_to_string(folder.join("MANIFEST.jsonl")).unwrap());
    let is_wanted = |row: &&Value| {
        row["file"].as_str().unwrap().starts_with(&format!("{site}/"))
            && row["captured_at"].is_string()
            && row["media_type"] == "text/html"
    };
    let mut rows: Vec<&Value> = manifest.iter().filter(is_wanted).collect();
    rows.sort_by_key(|row| row["captured_at"].as_str().unwrap());
    let place = Place::empty();
    place.write(&format!("config/sources/{site}.toml"), format!("hosts = [\"{site}\"]\nlistings = true\n"));
    let mut days = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let at = row["captured_at"].as_str().unwrap();
        place.write(&format!("raw/{number}.html"), std::fs::read(folder.join(row["file"].as_str().unwrap())).unwrap());
        let sidecar = json!({"url": row["source_url"], "status": 200, "headers": {"Content-Type": "text/html"}, "fetched_at": at});
        place.write(&format!("raw/{number}.html.json"), sidecar.to_string());
        expect_exit(&place.sanad(&["run", "--offline", "--now", at]), 0);
        for line in place.of_run("records") {
            let (change, cause) = (line["delta"]["change"].as_str().unwrap(), line["delta"]["cause"].as_str().unwrap());
            assert_eq!((change, cause), (if number == 0 { "added" } else { "changed" }, "content"), "{site} {at}");
            days.push(at[..10].to_owned());
        }
    }
    assert_eq!(days.remove(0), rows[0]["captured_at"].as_str().unwrap()[..10]);
    expect_exit(&place.sanad(&["verify"]), 0);
    eprintln!("{site}: {} captures, {} versions", rows.len(), days.len() + 1);
    Some(days)
}

#[test]
fn a_page_has_a_new_version_on_the_days_it_changed_and_on_no_other() {
    for (site, days) in HISTORIES {
        if let Some(found) = days_of_change(site) {
            assert_eq!(found, days, "{site}");
        }
    }
}
