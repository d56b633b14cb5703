//! Relations between records: near-duplicates, and versions in other languages that no page names.

use crate::common::pages::{PARAGRAPHS, capture, changes, page, records, remove_capture, visit_at};
use crate::common::{Place, expect_exit, json_lines, project};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

    // One run from nothing gives the same.
    let other = Place::empty();
    crate::common::copy(&place.path("config"), &other.path("config"));
    crate::common::copy(&place.path("raw"), &other.path("raw"));
    expect_exit(&other.run(&[]), 0);
    for (url, record) in records(&other) {
        assert_eq!(record.get("duplicate_of"), now[&url].get("duplicate_of"), "{url}");
    }

    // The original changes its text: a run over its source alone updates the pointers of the other two.
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
    // The same kind of visit a year later, with other numbers, is no version of either.
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
    // The Russian page is removed: so is the link to it, and the record's version stays.
    let version = english["version"].clone();
    remove_capture(&place, "1");
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
    // Different documents may have the same number: sites number the pages of each language separately.
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
