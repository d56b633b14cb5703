//! Runs the cases. Each folder under `tests/cases` holds an input and a `case.toml` with what its record must and must
//! not contain.
//!
//! `tests/cases/known.txt` lists the cases that fail today. It may only shrink. To run one case and print its record:
//!
//! ```sh
//! SANAD_CASE=html/amp cargo test --test main cases -- --nocapture
//! ```

use crate::common::project;
use crate::common::record::{STACK, record_of};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use unicode_normalization::UnicodeNormalization;

/// The environment variable that names the only case to run.
const ONE: &str = "SANAD_CASE";

/// How far the second text of a pair may be from the end of the first, in code points.
const NEAR: usize = 160;

/// What a `case.toml` says. Texts are compared folded: see [`Case::fold`].
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expected {
    /// Why the case exists.
    why: String,
    /// The report or the program that the case was made after.
    after: String,
    /// Texts that the record holds.
    must: Vec<String>,
    /// Lists of texts; the record holds one of each.
    must_any: Vec<Vec<String>>,
    /// Texts that the record doesn't hold.
    must_not: Vec<String>,
    /// No private-use character (U+E000 to U+F8FF) is in the text.
    no_private_use: bool,
    /// Texts that the record holds exactly once.
    once: Vec<String>,
    /// Texts that the record holds a number of times or more.
    min_count: Vec<Count>,
    /// Lists of texts that the record holds in this order.
    order: Vec<Vec<String>>,
    /// Pairs of texts of which the second follows the first within [`NEAR`] code points.
    near: Vec<[String; 2]>,
    title: Option<String>,
    language: Option<String>,
    authors: Option<Vec<String>>,
    status: Option<String>,
    page_kind: Option<String>,
    /// Days, ISO 8601.
    published: Option<String>,
    modified: Option<String>,
    /// Code of a warning that the record has.
    warning: Option<String>,
    /// Code of the error that comes instead of a record.
    error: Option<String>,
    /// Codes of errors that may come instead of a record.
    error_allowed: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    text: String,
    times: usize,
}

/// The folder of a case, and how its input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Pdf,
}

struct Case {
    /// `html/NAME` or `pdf/NAME`.
    name: String,
    format: Format,
    folder: PathBuf,
}

impl Case {
    fn expected(&self) -> Expected {
        let text = std::fs::read_to_string(self.folder.join("case.toml")).unwrap();
        toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    fn record(&self) -> Value {
        let id = self.name.rsplit('/').next().unwrap();
        let read = |name: &str| std::fs::read(self.folder.join(name)).unwrap();
        match self.format {
            Format::Html => record_of(id, &read("input.html"), Some(&format!("https://mwa.example.org/x/{id}"))),
            Format::Pdf => record_of(id, &read("input.pdf"), None),
        }
    }

    /// Folds runs of white space to one space. For PDFs it also composes letters and removes soft hyphens: how these
    /// are written depends on the program that made the file.
    fn fold(&self, text: &str) -> String {
        match self.format {
            Format::Html => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Format::Pdf => {
                let mut folded = String::new();
                for c in text.nfc().filter(|c| *c != '\u{AD}') {
                    match c {
                        '\t' | '\n' | ' ' | '\u{A0}' if folded.ends_with(' ') => {}
                        '\t' | '\n' | '\u{A0}' => folded.push(' '),
                        c => folded.push(c),
                    }
                }
                folded
            }
        }
    }

    /// Returns what is wrong with a record, one line each.
    fn faults(&self, expected: &Expected, record: &Value) -> Vec<String> {
        if let Some(code) = record["error"]["code"].as_str() {
            let is_expected = expected.error.iter().chain(&expected.error_allowed).any(|c| c == code);
            let message = record["error"]["message"].as_str().unwrap_or_default();
            return if is_expected { Vec::new() } else { vec![format!("error {code}: {message}")] };
        }
        if let Some(code) = &expected.error {
            return vec![format!("a record instead of {code}")];
        }
        let mut found = self.text_faults(expected, record["text"].as_str().unwrap());
        found.extend(self.field_faults(expected, record));
        found
    }

    fn text_faults(&self, expected: &Expected, raw: &str) -> Vec<String> {
        let text = self.fold(raw);
        let has = |piece: &String| text.contains(&self.fold(piece));
        let count = |piece: &str| text.matches(&self.fold(piece)).count();
        let mut found = Vec::new();
        found.extend(expected.must.iter().filter(|m| !has(m)).map(|m| format!("missing: {m}")));
        found
            .extend(expected.must_any.iter().filter(|any| !any.iter().any(has)).map(|any| format!("none of: {any:?}")));
        found.extend(expected.must_not.iter().filter(|m| has(m)).map(|m| format!("left in: {m}")));
        if expected.no_private_use && raw.contains(|c| matches!(c, '\u{E000}'..='\u{F8FF}')) {
            found.push("left in: a private-use character".to_owned());
        }
        for piece in &expected.once {
            let times = count(piece);
            if times != 1 {
                found.push(format!("{times} times instead of once: {piece}"));
            }
        }
        for Count { text: piece, times: least } in &expected.min_count {
            let times = count(piece);
            if times < *least {
                found.push(format!("{times} times instead of {least} or more: {piece}"));
            }
        }
        found.extend(expected.order.iter().filter_map(|pieces| self.out_of_order(&text, pieces)));
        for [first, second] in &expected.near {
            if !is_near(&text, &self.fold(first), &self.fold(second)) {
                found.push(format!("not near: {first} … {second}"));
            }
        }
        found
    }

    /// The first piece that doesn't begin after the beginning of the one before it.
    fn out_of_order(&self, text: &str, pieces: &[String]) -> Option<String> {
        let mut from = 0;
        for piece in pieces {
            let Some(at) = text[from..].find(&self.fold(piece)) else {
                return Some(format!("out of order: {piece}"));
            };
            let at = from + at;
            from = at + text[at..].chars().next().map_or(0, char::len_utf8);
        }
        None
    }

    fn field_faults(&self, expected: &Expected, record: &Value) -> Vec<String> {
        let field = |value: &Value| value.as_str().map(str::to_owned);
        let day = |role: &str| {
            let dates = record["dates"].as_array().into_iter().flatten();
            dates.filter(|d| d["role"] == role).find_map(|d| Some(d["value"].as_str()?.get(..10)?.to_owned()))
        };
        let mut found = Vec::new();
        for (name, wanted, is) in [
            ("title", expected.title.as_ref().map(|t| self.fold(t)), field(&record["title"]).map(|t| self.fold(&t))),
            ("language", expected.language.clone(), field(&record["language"])),
            ("status", expected.status.clone(), field(&record["status"])),
            ("page_kind", expected.page_kind.clone(), field(&record["metadata"]["page_kind"])),
            ("published", expected.published.clone(), day("published")),
            ("modified", expected.modified.clone(), day("modified")),
        ] {
            if wanted.is_some() && wanted != is {
                found.push(format!("{name}: {is:?} instead of {wanted:?}"));
            }
        }
        if let Some(authors) = &expected.authors
            && record["authors"] != serde_json::json!(authors)
        {
            found.push(format!("authors: {} instead of {authors:?}", record["authors"]));
        }
        if let Some(code) = &expected.warning
            && !record["warnings"].as_array().into_iter().flatten().any(|w| w["code"] == *code)
        {
            found.push(format!("no warning {code}"));
        }
        found
    }
}

fn is_near(text: &str, first: &str, second: &str) -> bool {
    let Some(at) = text.find(first) else { return false };
    let between = text[at..].find(second).map(|to| text[at..at + to].chars().count());
    between.is_some_and(|chars| chars <= first.chars().count() + NEAR)
}

/// All cases, sorted by name.
fn cases() -> Vec<Case> {
    let root = project().join("tests/cases");
    let mut cases = Vec::new();
    for (name, format) in [("html", Format::Html), ("pdf", Format::Pdf)] {
        for folder in std::fs::read_dir(root.join(name)).unwrap().map(|e| e.unwrap().path()) {
            let of = folder.file_name().unwrap().to_str().unwrap().to_owned();
            cases.push(Case { name: format!("{name}/{of}"), format, folder });
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// The lines of `known.txt`, which are sorted and name each case once.
fn known(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines.is_sorted_by(|a, b| a < b), "known.txt isn't sorted, or names a case twice");
    lines.into_iter().collect()
}

/// Runs the cases on all cores; returns what is wrong with each, in the cases' order.
fn run(cases: &[Case], is_shown: bool) -> Vec<Vec<String>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(vec![Vec::new(); cases.len()]);
    let work = || {
        while let Some((number, case)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, cases.get(n)?)))
        {
            let (expected, record) = (case.expected(), case.record());
            assert!(!expected.why.is_empty(), "{}: case.toml doesn't say why the case exists", case.name);
            if is_shown {
                println!("{}: {} ({})\n{record:#}", case.name, expected.why, expected.after);
            }
            results.lock().unwrap()[number] = case.faults(&expected, &record);
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let workers =
            (0..threads).map(|_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).unwrap());
        for worker in workers.collect::<Vec<_>>() {
            worker.join().expect("a case can't be run");
        }
    });
    results.into_inner().unwrap()
}

#[test]
fn each_case_gives_what_it_says_unless_it_is_known_to_fail() {
    let mut cases = cases();
    let known = known(&project().join("tests/cases/known.txt"));
    let names: BTreeSet<String> = cases.iter().map(|c| c.name.clone()).collect();
    let mut wrong: Vec<String> =
        known.difference(&names).map(|name| format!("{name}: no such case; remove it from known.txt")).collect();
    let one = std::env::var(ONE).ok();
    if let Some(one) = &one {
        cases.retain(|c| c.name == *one || c.name.rsplit('/').next() == Some(one));
        assert!(!cases.is_empty(), "{ONE}: no case is named {one}");
    }
    let mut passed = 0;
    for (case, faults) in cases.iter().zip(run(&cases, one.is_some())) {
        passed += usize::from(faults.is_empty());
        match (faults.is_empty(), known.contains(&case.name)) {
            (true, true) => wrong.push(format!("{}: passes now; remove it from known.txt", case.name)),
            (false, false) => wrong.push(format!("{}:\n    {}", case.name, faults.join("\n    "))),
            (false, true) if one.is_some() => {
                eprintln!("{} is known to fail:\n    {}", case.name, faults.join("\n    "));
            }
            _ => {}
        }
    }
    eprintln!("{passed} of {} cases pass", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_case_whose_expectations_fail_says_which() {
    let case = |format| Case { name: "html/none".to_owned(), format, folder: PathBuf::new() };
    let expected: Expected = toml::from_str(
        "why = \"w\"\nmust = [\"a  b\", \"absent\"]\nmust_any = [[\"x\", \"y\"]]\nmust_not = [\"c\"]\nno_private_use = true\n\
         once = [\"d\"]\nmin_count = [{ text = \"e\", times = 2 }]\norder = [[\"c\", \"a\"]]\nnear = [[\"a\", \"z\"]]\ntitle = \"T\"\n\
         published = \"2020-01-02\"\nauthors = [\"N\"]\nwarning = \"w.w\"\n",
    )
    .unwrap();
    let record = serde_json::json!({"text": "a\n\nb c d d e \u{E000}", "title": "U", "dates": [], "warnings": []});
    let faults = case(Format::Html).faults(&expected, &record);
    assert_eq!(
        faults,
        [
            "missing: absent",
            "none of: [\"x\", \"y\"]",
            "left in: c",
            "left in: a private-use character",
            "2 times instead of once: d",
            "1 times instead of 2 or more: e",
            "out of order: a",
            "not near: a … z",
            "title: Some(\"U\") instead of Some(\"T\")",
            "published: None instead of Some(\"2020-01-02\")",
            "authors: null instead of [\"N\"]",
            "no warning w.w",
        ]
    );
    let error = serde_json::json!({"error": {"code": "kind.scan", "message": "m"}});
    assert_eq!(case(Format::Pdf).faults(&expected, &error), ["error kind.scan: m"]);
    let expects_error = |line: &str| toml::from_str::<Expected>(line).unwrap();
    assert!(case(Format::Pdf).faults(&expects_error("error_allowed = [\"kind.scan\"]"), &error).is_empty());
    assert_eq!(
        case(Format::Pdf).faults(&expects_error("error = \"pdf.encrypted\""), &record),
        ["a record instead of pdf.encrypted"]
    );
    assert_eq!(case(Format::Pdf).fold("й\u{AD} \u{A0}\n\tx"), "й x");
}
