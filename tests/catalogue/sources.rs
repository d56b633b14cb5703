//! Scans the program's sources for codes, and compares them with the catalogue.
//!
//! A string literal of two words with a dot between is a code. A name without a dot is recognised by its neighbours: if
//! the arms of a `match` return two names of the catalogue, all names that they return belong to it.

use super::{ELSEWHERE, UNPROVOKED, provoked};
use crate::common::project;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// First words of dotted strings that aren't codes: metadata names, fields of records, database settings, selectors.
const NOT_CODES: &[&str] =
    &["a", "article", "b", "c", "dc", "dcterms", "div", "inner", "p", "prov", "sailthru", "sanad", "span"];

/// Last words of dotted strings that are names of files or hosts.
const NOT_NAMES: &[&str] = &[
    "bin", "example", "gz", "html", "json", "jsonl", "new", "pack", "parquet", "pdf", "php", "pub", "sqlite", "toml",
    "txt", "warc", "wacz", "zip", "zst",
];

/// Other dotted strings that aren't codes.
const EXCEPT: &[&str] = &["input.two"];

/// The program's sources without their tests: path and text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![project().join("src"), project().join("crates")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !["tests", "target", "examples", "benches"].contains(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !["tests.rs", "build.rs"].contains(&name) {
                let text = std::fs::read_to_string(&path).unwrap();
                let end = text.find("#[cfg(test)]\nmod ").or_else(|| text.find("#[cfg(all(test")).unwrap_or(text.len());
                sources.push((path, text[..end].to_owned()));
            }
        }
    }
    sources.sort();
    sources
}

/// The string literals of a source outside comments: offset in bytes of their first character, and their text as
/// written.
fn literals(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = text[at..].find('\n').map_or(bytes.len(), |n| at + n),
            // A character literal, not a lifetime.
            b'\'' if bytes.get(at + 1) == Some(&b'\\') => at += 4,
            b'\'' if bytes.get(at + 2) == Some(&b'\'') => at += 3,
            b'"' => {
                let begin = at + 1;
                at = begin;
                while bytes.get(at).is_some_and(|b| *b != b'"') {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                found.push((begin, &text[begin..at]));
                at += 1;
            }
            _ => at += 1,
        }
    }
    found
}

/// The code in a literal: `family.name`, without the part that a placeholder adds.
fn code(literal: &str) -> Option<&str> {
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let end = literal.find(['{', ':']).map_or(literal.len(), |at| at + usize::from(literal[at..].starts_with(':')));
    let (family, name) = literal[..end].split_once('.')?;
    let is_code = !family.is_empty() && is_word(family) && is_word(name.trim_end_matches(':'));
    let is_cut = end < literal.len() || name.ends_with(':');
    (is_code && (is_cut || !name.is_empty())).then(|| &literal[..end])
}

/// The literals that the arms of each `match` return: `=> "name"`.
fn arms(text: &str) -> Vec<Vec<&str>> {
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut last: Option<usize> = None;
    for (begin, literal) in literals(text) {
        let before = text[..begin - 1].trim_end();
        if before.ends_with("=>") {
            // Two arms belong to one `match` unless a function ends between them.
            let goes_on = last.is_some_and(|last| !text[last..begin].contains("\n    }\n"));
            match groups.last_mut().filter(|_| goes_on) {
                Some(group) => group.push(literal),
                None => groups.push(vec![literal]),
            }
            last = Some(begin);
        }
    }
    groups
}

fn all_names() -> BTreeSet<&'static str> {
    let provoked = provoked().flat_map(|group| group.names.iter().copied());
    provoked.chain(ELSEWHERE.iter().map(|(code, _)| *code)).chain(UNPROVOKED.iter().map(|(code, _)| *code)).collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(project()).unwrap().display().to_string()
}

#[test]
fn every_code_in_the_sources_is_in_the_catalogue() {
    let known = all_names();
    let is_known = |code: &str| match code.strip_suffix(['.', ':']) {
        Some(_) => known.iter().any(|name| name.starts_with(code)),
        None => known.contains(code),
    };
    let mut missing = BTreeMap::new();
    for (path, text) in sources() {
        for code in literals(&text).into_iter().filter_map(|(_, literal)| code(literal)) {
            let (family, name) = code.split_once('.').unwrap();
            let is_other = NOT_CODES.contains(&family) || NOT_NAMES.contains(&name) || EXCEPT.contains(&code);
            if !is_other && !is_known(code) {
                missing.insert(code.to_owned(), shown(&path));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "codes that the catalogue lacks: provoke each in tests/catalogue and add its name there: {missing:#?}"
    );
}

#[test]
fn every_name_beside_two_of_the_catalogue_is_in_it_too() {
    let known = all_names();
    let mut missing = BTreeMap::new();
    for (path, text) in sources() {
        for group in arms(&text) {
            let (ours, others): (Vec<&str>, Vec<&str>) = group.into_iter().partition(|name| known.contains(name));
            let dotless: BTreeSet<&str> = ours.into_iter().filter(|name| !name.contains('.')).collect();
            if dotless.len() >= 2 {
                missing.extend(others.into_iter().map(|name| (name.to_owned(), shown(&path))));
            }
        }
    }
    assert!(missing.is_empty(), "names that the catalogue lacks: provoke each and add it there: {missing:#?}");
}

#[test]
fn every_code_of_the_catalogue_is_in_the_sources() {
    let sources = sources();
    let written: BTreeSet<&str> =
        sources.iter().flat_map(|(_, text)| literals(text)).map(|(_, literal)| literal).collect();
    let has = |name: &str| {
        let beginning = |mark: char| name.split_once(mark).map(|(family, _)| format!("{family}{mark}"));
        let is_begun = |begun: String| written.iter().any(|literal| literal.starts_with(&format!("{begun}{{")));
        written.contains(name) || ['.', ':'].into_iter().filter_map(beginning).any(is_begun)
    };
    let gone: Vec<&str> = all_names().into_iter().filter(|name| !has(name)).collect();
    assert!(gone.is_empty(), "in the catalogue, and nowhere in the sources: {gone:?}");
}

#[test]
fn codes_that_other_tests_provoke_are_asserted_there_by_name() {
    for (code, file) in ELSEWHERE {
        let text = std::fs::read_to_string(project().join("tests").join(file)).unwrap();
        assert!(text.contains(&format!("\"{code}\"")), "{file} doesn't name {code}");
    }
}

#[test]
fn codes_are_found_in_sources_by_their_form() {
    let text = "f(\"chrome.menu\", 'a', '\"', \"x \\\" y\", \"body.{name}\"); // \"not.this\"\n  \"site.drop:{s}\" \"a.b c\" \"A.b\" \".x\" \"x.\"";
    let found: Vec<&str> = literals(text).into_iter().filter_map(|(_, literal)| code(literal)).collect();
    assert_eq!(found, ["chrome.menu", "body.", "site.drop:"]);
    let text = "match x {\n        A => \"a\",\n        B => \"b\",\n    }\n}\nfn f() {\n        C => \"c\",\n";
    assert_eq!(arms(text), [vec!["a", "b"], vec!["c"]]);
}
