//! A run that continues from earlier runs ends with the same records as a fresh run over the same captures and
//! configuration.
//!
//! Histories are random: captures are added, changed and removed, pages are missing or unchanged at later visits, rules
//! are edited, sources added, listings turned on, texts limited to the body. After each history the current records are
//! compared with those of one fresh run. Without a seed the histories are always the same. To run others, or more:
//!
//! ```sh
//! SANAD_HISTORIES=500 SANAD_SEED=7 cargo test --test main incremental -- --nocapture
//! ```

use crate::common::pages::{PARAGRAPHS, capture, page, remove_capture, visit_at};
use crate::common::{Place, copy};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Number of histories by default: about 20 s in a development build on a quiet machine.
const HISTORIES: u32 = 18;

/// Number of capture files. A capture written to a used slot replaces the one there.
const SLOTS: u8 = 16;

/// Addresses of captures on four sites. One site has pages in two languages.
const ADDRESSES: [&str; 14] = [
    "https://a.example/1",
    "https://a.example/2",
    "https://a.example/3",
    "https://a.example/4",
    "https://a.example/5",
    "https://a.example/?p=1",
    "https://b.example/en/1",
    "https://b.example/ru/1",
    "https://b.example/en/2",
    "https://b.example/ru/2",
    "https://c.example/1",
    "https://c.example/2",
    "https://d.example/1",
    "https://d.example/2",
];

/// The sites. Without a source's file each is a source of its own.
const SITES: [&str; 4] = ["a", "b", "c", "d"];

const RUSSIAN: [&str; 3] = [
    "Правительство решило сегодня, что вода двух рек будет разделена между всеми районами долины, как предложила комиссия в \
     своём докладе весной.",
    "За каждый гектар пользователи каналов платят в год 120 сомони, половина которых идёт на содержание шлюзов, а другая \
     половина деревням вдоль верхнего течения.",
    "Министр Рахимов поблагодарил старейшин за терпение и обещал, что работы на плотине начнутся до первого снега, чтобы поля \
     внизу можно было вовремя полить.",
];

/// What a capture holds.
#[derive(Debug, Clone, Copy)]
enum Body {
    /// A text of two paragraphs, and the footer of the site. The numbers choose the text and its version.
    Article { text: u8, version: u8, is_russian: bool },
    /// An article with another canonical address.
    Canonical { text: u8, address: u8 },
    /// An article that links another address as its Russian version.
    Linked { text: u8, address: u8 },
    /// A list of links.
    Listing { version: u8 },
    /// A "not found" page with status 200.
    SoftError,
    /// An empty body.
    Empty,
}

/// What happens between two runs.
#[derive(Debug, Clone)]
enum Step {
    Capture {
        slot: u8,
        address: u8,
        day: u8,
        body: Body,
    },
    /// A visit that didn't find the page.
    Missing {
        slot: u8,
        address: u8,
        day: u8,
    },
    /// A visit that found the page unchanged.
    Unchanged {
        slot: u8,
        address: u8,
        day: u8,
    },
    Remove {
        slot: u8,
    },
    /// Rules of a site: none, or one of those in [`RULES`].
    Rules {
        site: u8,
        rules: u8,
    },
    /// A source's file: one of those in [`SOURCES`].
    Source {
        site: u8,
        source: u8,
    },
}

const RULES: [&str; 4] = ["", "drop = [\"p.note\"]\n", "keep = [\"p.note\", \"footer\"]\n", "content = [\"main\"]\n"];

/// A source's file. Without one, or with one of another id, a site's records belong elsewhere.
const SOURCES: [&str; 5] = [
    "",
    "hosts = [\"{}.example\"]\n",
    "hosts = [\"{}.example\"]\nlistings = true\n",
    "hosts = [\"{}.example\"]\ngone_after = 1\nname = \"The office\"\ncountry = \"TJ\"\n",
    "hosts = [\"elsewhere-{}.example\"]\n",
];

/// The steps before a run, and whether its texts are limited to the body.
#[derive(Debug, Clone)]
struct Run {
    steps: Vec<Step>,
    body_alone: bool,
}

fn article(text: u8, version: u8, is_russian: bool, host: &str, head: &str) -> String {
    let texts: &[&str] = if is_russian { &RUSSIAN } else { &PARAGRAPHS };
    let nth = |n: u8| texts[usize::from(n) % texts.len()];
    // Versions of a text differ in the year, and in the second paragraph.
    let year = 2_000 + u32::from(version);
    let title = format!("{} {text}", if is_russian { "Решение" } else { "Decision" });
    let footer =
        format!("The portal of {host} is kept by the office of the assembly for all who live and work in the valley.");
    format!(
        "<html><head><title>{title}</title>{head}</head><body><nav><a href=/>Home</a> <a href=/news>News</a></nav>\
         <main><h1>{title}</h1><p>{} ({year}, {text})</p><p>{}</p></main>\
         <p class=note>Whoever wants to know more may ask at the office of {host} on any working day.</p>\
         <footer><p>{footer}</p></footer></body></html>",
        nth(text),
        nth(text + 1 + version % 2),
    )
}

impl Body {
    fn html(self, host: &str) -> String {
        match self {
            Self::Article { text, version, is_russian } => article(text, version, is_russian, host, ""),
            Self::Canonical { text, address } => {
                let link = format!("<link rel=canonical href=\"{}\">", address_of(address));
                article(text, 0, false, host, &link)
            }
            Self::Linked { text, address } => {
                let link = format!("<link rel=alternate hreflang=ru href=\"{}\">", address_of(address));
                article(text, 0, false, host, &link)
            }
            Self::Listing { version } => {
                let item =
                    |n: u8| format!("<div><a href=/{n}>The council of the valley met for the {n}. time</a></div>");
                let items: String = (version..version + 12).map(item).collect();
                format!("<html><head><title>News</title></head><body><h1>News</h1>{items}</body></html>")
            }
            Self::SoftError => "<title>404</title><h1>Page not found</h1><p>There is no such page.</p>".to_owned(),
            Self::Empty => String::new(),
        }
    }
}

fn address_of(number: u8) -> &'static str {
    ADDRESSES[usize::from(number) % ADDRESSES.len()]
}

fn host_of(address: &str) -> &str {
    address.split('/').nth(2).unwrap()
}

impl Step {
    fn take(&self, place: &Place) {
        match self {
            Self::Capture { slot, address, day, body } => {
                clear(place, *slot);
                visit(place, *slot, (*address, *day), 200, &body.html(host_of(address_of(*address))));
            }
            Self::Missing { slot, address, day } => {
                clear(place, *slot);
                visit(place, *slot, (*address, *day), 404, "<h1>Not found</h1>");
            }
            Self::Unchanged { slot, address, day } => {
                clear(place, *slot);
                let block = "HTTP/1.1 304 Not Modified\r\n\r\n";
                let record = format!(
                    "WARC/1.1\r\nWARC-Type: revisit\r\nWARC-Record-ID: <urn:test:{slot}>\r\nWARC-Date: {}\r\n\
                     WARC-Target-URI: {}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
                    time(*slot, *day),
                    address_of(*address),
                    block.len()
                );
                place.write(&format!("raw/{slot:02}.warc"), record);
            }
            Self::Remove { slot } => clear(place, *slot),
            Self::Rules { site, rules } => {
                configure(
                    place,
                    &format!("config/sites/{}.example.toml", SITES[usize::from(*site)]),
                    RULES[usize::from(*rules)],
                );
            }
            Self::Source { site, source } => {
                let name = SITES[usize::from(*site)];
                configure(
                    place,
                    &format!("config/sources/{name}.toml"),
                    &SOURCES[usize::from(*source)].replace("{}", name),
                );
            }
        }
    }
}

/// Writes a configuration file; removes it if the text is empty.
fn configure(place: &Place, name: &str, text: &str) {
    if text.is_empty() {
        std::fs::remove_file(place.path(name)).ok();
    } else {
        place.write(name, text);
    }
}

/// The time of a visit. No two slots are near enough to count as one visit.
fn time(slot: u8, day: u8) -> String {
    format!("2026-01-{day:02}T{slot:02}:00:00Z")
}

fn clear(place: &Place, slot: u8) {
    for ending in ["html", "html.json", "warc"] {
        std::fs::remove_file(place.path(&format!("raw/{slot:02}.{ending}"))).ok();
    }
}

fn visit(place: &Place, slot: u8, (address, day): (u8, u8), status: u16, body: &str) {
    place.write(&format!("raw/{slot:02}.html"), body);
    let sidecar = json!({"url": address_of(address), "status": status, "fetched_at": time(slot, day),
                         "headers": {"Content-Type": "text/html; charset=utf-8"}});
    place.write(&format!("raw/{slot:02}.html.json"), sidecar.to_string());
}

fn run(place: &Place, body_alone: bool) {
    let output = place.run(&["--jobs", "1", "--text", if body_alone { "body" } else { "complete" }]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| code < 2), "a run could not be made: {said}");
}

/// The current records without the fields that depend on when, in which run and from which file they were made.
fn records(place: &Place) -> Vec<Value> {
    let mut records = place.lines("normalized/records");
    for record in &mut records {
        let record = record.as_object_mut().unwrap();
        record.remove("added");
        record.remove("delta");
        let prov = record["prov"].as_object_mut().unwrap();
        for name in ["run", "log_index", "rules", "repeats", "engine", "capture"] {
            prov.remove(name);
        }
    }
    records
}

/// Makes a place with a capture that stays: a run without any capture is refused.
fn begin() -> Place {
    let place = Place::empty();
    let sidecar = json!({"url": "https://e.example/first", "status": 200, "fetched_at": "2026-01-01T00:00:00Z"});
    place.write("raw/first.html", article(40, 0, false, "e", ""));
    place.write("raw/first.html.json", sidecar.to_string());
    place
}

/// Compares a place's records with those of a fresh run over its captures and configuration. Returns the differences.
fn differences(place: &Place, body_alone: bool) -> Vec<String> {
    let fresh = Place::empty();
    copy(&place.path("config"), &fresh.path("config"));
    copy(&place.path("raw"), &fresh.path("raw"));
    run(&fresh, body_alone);
    let (ours, wanted) = (records(place), records(&fresh));
    let mut found = Vec::new();
    for (one, other, says) in
        [(&ours, &wanted, "left by the history alone"), (&wanted, &ours, "made from nothing alone")]
    {
        let is_alone = |record: &&Value| !other.iter().any(|o| name(o) == name(record));
        found.extend(one.iter().filter(is_alone).map(|r| format!("{:?} {}: {says}", name(r), r["url"]["requested"])));
    }
    for ours in &ours {
        let Some(wanted) = wanted.iter().find(|wanted| name(wanted) == name(ours)) else { continue };
        let (ours, wanted) = (ours.as_object().unwrap(), wanted.as_object().unwrap());
        let keys: BTreeSet<&String> = ours.keys().chain(wanted.keys()).collect();
        for key in keys.into_iter().filter(|key| ours.get(*key) != wanted.get(*key)) {
            found.push(format!("{} {key}: {:?} instead of {:?}", ours["id"], ours.get(key), wanted.get(key)));
        }
    }
    if found.is_empty() && !ours.iter().map(name).eq(wanted.iter().map(name)) {
        found.push("the same records, in another order".to_owned());
    }
    found
}

/// A record's source and id, which no two records share.
fn name(record: &Value) -> (&str, &str) {
    (record["source"].as_str().unwrap(), record["id"].as_str().unwrap())
}

fn bodies() -> impl Strategy<Value = Body> {
    let article = (0..6u8, 0..3u8, any::<bool>());
    prop_oneof![
        8 => article.prop_map(|(text, version, is_russian)| Body::Article { text, version, is_russian }),
        1 => (0..6u8, 0..14u8).prop_map(|(text, address)| Body::Canonical { text, address }),
        1 => (0..6u8, 0..14u8).prop_map(|(text, address)| Body::Linked { text, address }),
        1 => (0..2u8).prop_map(|version| Body::Listing { version }),
        1 => Just(Body::SoftError),
        1 => Just(Body::Empty),
    ]
}

fn captures() -> impl Strategy<Value = Step> {
    (0..SLOTS, 0..14u8, 1..20u8, bodies()).prop_map(|(slot, address, day, body)| Step::Capture {
        slot,
        address,
        day,
        body,
    })
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => captures(),
        1 => (0..SLOTS, 0..14u8, 10..29u8).prop_map(|(slot, address, day)| Step::Missing { slot, address, day }),
        1 => (0..SLOTS, 0..14u8, 10..29u8).prop_map(|(slot, address, day)| Step::Unchanged { slot, address, day }),
        2 => (0..SLOTS).prop_map(|slot| Step::Remove { slot }),
        1 => (0..4u8, 0..4u8).prop_map(|(site, rules)| Step::Rules { site, rules }),
        1 => (0..4u8, 0..5u8).prop_map(|(site, source)| Step::Source { site, source }),
    ]
}

/// Three to six runs: the first over 8 to 15 captures, each later one after one to four steps.
fn histories() -> impl Strategy<Value = Vec<Run>> {
    let later = (prop::collection::vec(steps(), 1..5), prop::bool::weighted(0.2));
    let run = |(steps, body_alone)| Run { steps, body_alone };
    let first = prop::collection::vec(captures(), 8..16).prop_map(|steps| Run { steps, body_alone: false });
    (first, prop::collection::vec(later.prop_map(run), 2..6)).prop_map(|(first, mut runs)| {
        runs.insert(0, first);
        runs
    })
}

#[test]
fn a_history_of_runs_ends_where_one_run_from_nothing_does() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u32>().unwrap());
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("SANAD_SEED").unwrap_or(1).to_le_bytes());
    let cases = number("SANAD_HISTORIES").unwrap_or(HISTORIES);
    let config = Config { cases, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let found = runner.run(&histories(), |history| {
        let place = begin();
        for Run { steps, body_alone } in &history {
            for step in steps {
                step.take(&place);
            }
            run(&place, *body_alone);
        }
        let found = differences(&place, history.last().is_some_and(|last| last.body_alone));
        if found.is_empty() { Ok(()) } else { Err(TestCaseError::fail(found.join("\n"))) }
    });
    if let Err(error) = found {
        panic!("{error}");
    }
}

fn expect_as_from_nothing(place: &Place) {
    let found = differences(place, false);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn records_move_when_their_site_gets_a_source_of_another_name() {
    let place = Place::empty();
    capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    run(&place, false);
    place.write("config/sources/office.toml", "hosts = [\"a.example\"]\n");
    run(&place, false);
    expect_as_from_nothing(&place);
}

#[test]
fn the_last_record_of_a_source_goes_with_its_capture() {
    let place = Place::empty();
    capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    capture(&place, "2", "https://b.example/1", &page("Another", &PARAGRAPHS[..2]));
    run(&place, false);
    remove_capture(&place, "2");
    run(&place, false);
    expect_as_from_nothing(&place);
}

#[test]
fn a_record_names_the_rule_of_today_for_what_it_leaves_out() {
    let place = Place::empty();
    let body = page("A decision", &PARAGRAPHS).replace("</body>", "<footer><p>© The office</p></footer></body>");
    capture(&place, "1", "https://a.example/1", &body);
    run(&place, false);
    place.write("config/sites/a.example.toml", "drop = [\"footer\"]\n");
    run(&place, false);
    expect_as_from_nothing(&place);
}

#[test]
fn a_record_names_the_addresses_that_its_document_is_captured_from_later() {
    let place = Place::empty();
    let body = page("A decision", &PARAGRAPHS);
    let named = body.replace("<title>", "<link rel=canonical href=https://a.example/1><title>");
    visit_at(&place, "1", ("https://a.example/1", "2026-01-02T00:00:00Z"), &body);
    run(&place, false);
    visit_at(&place, "2", ("https://a.example/?p=1", "2026-01-01T00:00:00Z"), &named);
    run(&place, false);
    expect_as_from_nothing(&place);
}

#[test]
fn a_record_that_moves_to_another_source_is_no_removal() {
    let place = Place::empty();
    capture(&place, "1", "https://b.example/1", &page("A decision", &PARAGRAPHS));
    run(&place, false);
    place.write("config/sources/a.toml", "hosts = [\"b.example\"]\n");
    run(&place, false);
    let changes: Vec<String> = place.of_run("records").iter().map(|line| line["delta"]["change"].to_string()).collect();
    assert_eq!(changes, ["\"added\""]);
}

#[test]
fn a_run_without_any_capture_is_refused_instead_of_removing_every_record() {
    let place = Place::empty();
    capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    run(&place, false);
    remove_capture(&place, "1");
    let output = place.run(&[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no captures here") && said.contains("--raw"), "{said}");
    assert_eq!(records(&place).len(), 1);
}

#[test]
fn records_of_captures_that_a_run_does_not_read_stay() {
    let place = Place::empty();
    capture(&place, "1", "https://a.example/1", &page("A decision", &PARAGRAPHS));
    capture(&place, "2", "https://b.example/1", &page("Another", &PARAGRAPHS[..2]));
    run(&place, false);
    remove_capture(&place, "2");
    let output = place.run(&["--source", "a.example"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(records(&place).len(), 2);
}
