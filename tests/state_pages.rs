//! Real pages of state bodies in `../shared`: pages with a truth written by hand, forty pages of one template, one page
//! over months.

use crate::common::{Place, expect_exit, json_lines, project, shared};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// From this length on a text is a paragraph and not a label, in code points.
const PARAGRAPH: usize = 100;

/// Sites with forty pages of one template.
const GROUPS: [&str; 4] = ["kenesh.kg", "house.gov.by", "old.duma.gov.ru", "parlam.kz"];

/// Labels and facts in the forms of one site's deputies, found by reading them: each is on ten or more pages, among that
/// page's own text, and belongs to it.
const OWN_LABELS: [&str; 8] = [
    "Дата начала полномочий: 18 сентября 2016 года (седьмой созыв)",
    "Связь с избирателями в регионах РФ",
    "Сведения о доходах, имуществе и обязательствах имущественного характера депутата и членов его семьи за период с 01.01.2017 по 31.12.2017",
    "• Объекты недвижимого имущества",
    "• Общая сумма декларированного годового дохода",
    "• Транспортные средства, принадлежащие на праве собственности (вид и марка)",
    "• Член фракции «ЕДИНАЯ РОССИЯ»",
    "• принадлежащие на праве собственности",
];

fn is_of_group(file: &str) -> bool {
    GROUPS.iter().any(|site| file.trim_start_matches("www.").starts_with(site))
}

fn floors() -> toml::Table {
    std::fs::read_to_string(project().join("tests/floors.toml")).unwrap().parse().unwrap()
}

fn floor(section: &str, name: &str) -> f64 {
    floors()[section][name].as_float().unwrap()
}

fn rows(path: &Path) -> Vec<Value> {
    json_lines(&std::fs::read_to_string(path).unwrap())
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Runs `extract` on these files. Returns the records by file name.
fn extracted(folder: &Path, files: &[&str]) -> BTreeMap<String, Value> {
    let place = Place::empty();
    let paths: Vec<String> = files.iter().map(|f| folder.join(f).display().to_string()).collect();
    let mut arguments = vec!["extract"];
    arguments.extend(paths.iter().map(String::as_str));
    let output = place.sanad(&arguments);
    let records = json_lines(&String::from_utf8(output.stdout).unwrap());
    let name = |r: &Value| Path::new(r["metadata"]["path"].as_str().unwrap()).file_name().unwrap().to_owned();
    records.into_iter().map(|r| (name(&r).into_string().unwrap(), r)).collect()
}

#[test]
fn pages_of_state_bodies_keep_their_text_and_lose_their_chrome() {
    let Some(folder) = shared("captures/real") else { return };
    let truth = rows(&folder.join("truth.jsonl"));
    let files: Vec<&str> = truth.iter().map(|r| r["file"].as_str().unwrap()).collect();
    let records = extracted(&folder, &files);
    let (mut kept, mut wanted, mut leaked, mut unwanted, mut dated) = (0, 0, 0, 0, 0);
    for row in &truth {
        let file = row["file"].as_str().unwrap();
        let record = records.get(file.split('/').next_back().unwrap());
        let text = record.map(|r| folded(r["text"].as_str().unwrap())).unwrap_or_default();
        let strings = |key: &str| -> Vec<String> {
            row[key].as_array().unwrap().iter().map(|s| folded(s.as_str().unwrap())).collect()
        };
        for string in strings("with") {
            wanted += 1;
            kept += usize::from(text.contains(&string));
        }
        for string in strings("without") {
            unwanted += 1;
            leaked += usize::from(text.contains(&string));
        }
        let found = record.and_then(|r| r["dates"].as_array()).cloned().unwrap_or_default();
        let is_stated = |d: &Value| matches!(d["role"].as_str(), Some("published" | "document"));
        dated += usize::from(row["published"].is_null() && found.iter().any(is_stated));
    }
    let (kept, leaked) = (percent(kept, wanted), percent(leaked, unwanted));
    eprintln!("kept {kept:.1} leaked {leaked:.1}, dates where none is stated: {dated}");
    assert!(kept >= floor("state_pages", "kept"), "kept {kept:.1}");
    assert!(leaked <= floor("state_pages", "leaked_max"), "leaked {leaked:.1}");
    assert_eq!(dated, 0);
}

/// Makes a run over the wanted pages, each with the address that it was captured from.
fn run_over(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Place {
    let place = Place::empty();
    for row in rows(&folder.join("MANIFEST.jsonl")) {
        let file = row["file"].as_str().unwrap();
        let status = row["http_status"].as_u64().unwrap_or(200);
        let (true, Some(url), 200) = (is_wanted(file), row["source_url"].as_str(), status) else { continue };
        let name = file.replace('/', "_");
        place.write(&format!("raw/{name}"), std::fs::read(folder.join(file)).unwrap());
        let sidecar = serde_json::json!({"url": url, "status": 200, "headers": {"Content-Type": "text/html"},
                                         "fetched_at": "2026-11-01T00:00:00Z"});
        place.write(&format!("raw/{}.json", name.trim_end_matches(".html")), sidecar.to_string());
    }
    place.write("config/sanad.toml", "");
    expect_exit(&place.run(&[]), 0);
    place
}

/// The blocks of a run's records, and those of its ledger: site, record id, text.
fn paragraphs(place: &Place) -> (Vec<[String; 3]>, Vec<[String; 3]>) {
    let of = |row: &Value, text: String| {
        let id = row["id"].as_str().unwrap().to_owned();
        [id.split('/').next().unwrap_or("").to_owned(), id, text]
    };
    let mut kept = Vec::new();
    for record in place.lines("normalized/records") {
        let text = record["text"].as_str().unwrap();
        kept.extend(text.split("\n\n").map(|block| of(&record, folded(block))));
    }
    let removed = place.of_run("removed");
    (kept, removed.iter().map(|row| of(row, folded(row["text"].as_str().unwrap()))).collect())
}

#[test]
fn over_forty_pages_of_one_template_the_chrome_goes_and_each_page_s_own_text_stays() {
    let Some(folder) = shared("captures/real") else { return };
    let place = run_over(&folder, is_of_group);
    let (kept, removed) = paragraphs(&place);
    let mut pages: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for [site, url, text] in kept.iter().chain(&removed) {
        pages.entry((site, text)).or_default().insert(url);
    }
    let mut short = Vec::new();
    for site in GROUPS {
        let on = |text: &str| pages.get(&(site, text)).map_or(0, BTreeSet::len);
        let chars = |rows: &[[String; 3]], wanted: &dyn Fn(&str) -> bool| -> usize {
            let of_site = rows.iter().filter(|[s, _, text]| s == site && wanted(text));
            of_site.map(|[_, _, text]| text.chars().count()).sum()
        };
        let own = |text: &str| on(text) == 1 && text.chars().count() >= PARAGRAPH;
        let own_kept = percent(chars(&kept, &own), chars(&kept, &own) + chars(&removed, &own));
        let is_repeated = |text: &str| on(text) >= 10 && !OWN_LABELS.contains(&text);
        let repeated = percent(chars(&kept, &is_repeated), chars(&kept, &|_| true));
        eprintln!("{site}: own text kept {own_kept:.1}, repeated text among what is kept {repeated:.1}");
        let least = floors()["state_pages"]["own_kept"][site].as_float().unwrap();
        if own_kept < least || repeated > floor("state_pages", "repeated_max") {
            short.push(format!("{site}: own text kept {own_kept:.1} of {least}, repeated {repeated:.1}"));
        }
    }
    for label in OWN_LABELS {
        let pages = kept.iter().filter(|[_, _, text]| text == label).count();
        assert!(pages >= 10, "{label}: kept on {pages} pages");
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

#[test]
fn one_page_over_months_has_as_many_texts_as_it_was_changed() {
    let Some(folder) = shared("captures/real") else { return };
    let manifest = rows(&folder.join("MANIFEST.jsonl"));
    let mut pages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in manifest.iter().filter(|r| r["media_type"] == "text/html" && r["captured_at"].is_string()) {
        let file = row["file"].as_str().unwrap();
        if let Some(url) = row["source_url"].as_str().filter(|_| !is_of_group(file)) {
            pages.entry(url).or_default().push(file);
        }
    }
    pages.retain(|_, files| files.len() > 2);
    let floors = floors();
    let most = floors["state_pages"]["texts_max"].as_table().unwrap();
    for (url, files) in &pages {
        let records = extracted(&folder, files);
        let texts: BTreeSet<String> = records.values().map(|r| folded(r["text"].as_str().unwrap())).collect();
        let site = files[0].split('/').next().unwrap();
        eprintln!("{site}: {} captures of {url}, {} texts", files.len(), texts.len());
        assert!(!texts.iter().any(String::is_empty), "{site}: an empty text");
        let Some(most) = most.get(site) else { panic!("{site} has no ceiling") };
        let most = usize::try_from(most.as_integer().unwrap()).unwrap();
        assert!(texts.len() <= most, "{site}: {} texts", texts.len());
    }
}
