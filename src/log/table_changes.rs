//! Stores a table of repeated blocks as its changes to the table before.
//!
//! The text of a table has one line of canonical JSON for each group of pages that was counted: the fields that name
//! the group, `of` (pages) and `blocks` (pages by fingerprint). The lines are sorted by the canonical JSON of the
//! fields that name the group: the line's key.
//!
//! The first line of a table's changes names the table before and the new one by digest. Each further line has a `key`
//! and, unless the key's line is gone, the new `of`, the counts in `blocks` that aren't the expected ones, and the
//! fingerprints that are `removed`. New pages show the site's own text like the old ones. So a block that was on more
//! than half of the pages is expected to be missing on as many pages as before, and any other block to keep its count.

use sanad_document::digest::canonical;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A line of a table.
#[derive(Serialize, Deserialize)]
struct Line {
    of: u32,
    blocks: BTreeMap<String, u32>,
    #[serde(flatten)]
    key: Map<String, Value>,
}

/// The first line of a table's changes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    base: String,
    digest: String,
}

/// What changed in a line of a table.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    key: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    blocks: BTreeMap<String, u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
}

impl Line {
    /// The counts that are expected when the table is counted on `of` pages.
    fn expected(self, of: u32) -> BTreeMap<String, u32> {
        let before = self.of;
        let count = |count: u32| {
            if count > before / 2 { of.saturating_sub(before.saturating_sub(count)) } else { count }
        };
        self.blocks.into_iter().map(|(print, n)| (print, count(n))).collect()
    }

    /// The change from the line before.
    fn change(self, before: Option<Self>) -> Change {
        let expected = before.map(|before| before.expected(self.of)).unwrap_or_default();
        let removed = expected.keys().filter(|print| !self.blocks.contains_key(*print)).cloned().collect();
        let differs = |(print, n): &(String, u32)| expected.get(print) != Some(n);
        let blocks = self.blocks.into_iter().filter(differs).collect();
        Change { key: self.key, of: Some(self.of), blocks, removed }
    }
}

/// Returns the key of a table's line, or none if the line is no such line.
pub(crate) fn key_of(line: &str) -> Option<String> {
    let line: Line = serde_json::from_str(line).ok()?;
    canonical(&line.key).ok()
}

/// Parses a table: its lines by key.
fn parse(text: &str) -> Option<BTreeMap<String, Line>> {
    let line = |line| {
        let line: Line = serde_json::from_str(line).ok()?;
        Some((canonical(&line.key).ok()?, line))
    };
    text.lines().map(line).collect()
}

/// Writes lines of JSON.
fn lines<T: Serialize>(values: impl Iterator<Item = T>) -> Option<String> {
    let mut text = String::new();
    for value in values {
        text += &canonical(&value).ok()?;
        text.push('\n');
    }
    Some(text)
}

/// A table's text with its digest.
#[derive(Clone, Copy)]
pub(crate) struct TableText<'a> {
    pub(crate) digest: &'a str,
    pub(crate) text: &'a str,
}

/// Returns the changes that lead from one table to another, or none if either is no table.
pub(crate) fn changes(base: TableText<'_>, new: TableText<'_>) -> Option<String> {
    let mut before = parse(base.text)?;
    let mut changed = Vec::new();
    for (key, line) in parse(new.text)? {
        let old = before.remove(&key);
        if old.as_ref().is_none_or(|old| old.of != line.of || old.blocks != line.blocks) {
            changed.push(line.change(old));
        }
    }
    let gone = before.into_values();
    changed.extend(gone.map(|line| Change { key: line.key, of: None, blocks: BTreeMap::new(), removed: Vec::new() }));
    let head = Head { base: base.digest.to_owned(), digest: new.digest.to_owned() };
    Some(canonical(&head).ok()? + "\n" + &lines(changed.into_iter())?)
}

/// Applies changes to the table that they were made from. Returns the new table, or none if these are no changes.
/// Only the digest of the result says that it is the right one.
pub(crate) fn apply(base: &str, changes: &str) -> Option<String> {
    let mut table = parse(base)?;
    let mut each = changes.lines();
    serde_json::from_str::<Head>(each.next()?).ok()?;
    for line in each {
        let Change { key, of, blocks, removed } = serde_json::from_str(line).ok()?;
        let name = canonical(&key).ok()?;
        let before = table.remove(&name);
        let Some(of) = of else { continue };
        let mut counts = before.map(|before| before.expected(of)).unwrap_or_default();
        counts.extend(blocks);
        for print in &removed {
            counts.remove(print);
        }
        table.insert(name, Line { of, blocks: counts, key });
    }
    lines(table.into_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(language: &str, of: u32, blocks: &[(&str, u32)]) -> String {
        let blocks: BTreeMap<_, _> = blocks.iter().copied().collect();
        let line = serde_json::json!({"source": "a.example", "template": language, "of": of, "blocks": blocks});
        canonical(&line).unwrap() + "\n"
    }

    fn through(before: &str, after: &str) -> String {
        let base = TableText { digest: "sha256:1", text: before };
        let changes = changes(base, TableText { digest: "sha256:2", text: after }).unwrap();
        assert_eq!(apply(before, &changes).unwrap(), after, "{changes}");
        changes
    }

    #[test]
    fn a_page_that_shows_the_site_s_own_text_lists_only_what_is_new_on_it() {
        let before = line("eng", 10, &[("menu", 10), ("footer", 9), ("quote", 2), ("other", 3)]);
        let after = line("eng", 12, &[("menu", 12), ("footer", 11), ("quote", 3), ("other", 3)]);
        let changes = through(&before, &after);
        let wanted = "{\"base\":\"sha256:1\",\"digest\":\"sha256:2\"}\n\
                      {\"blocks\":{\"quote\":3},\"key\":{\"source\":\"a.example\",\"template\":\"eng\"},\"of\":12}\n";
        assert_eq!(changes, wanted);
    }

    #[test]
    fn lines_and_blocks_come_and_go() {
        let eng = line("eng", 4, &[("menu", 4), ("quote", 2)]);
        let rus = line("rus", 3, &[("menu", 3)]);
        let fewer = line("eng", 2, &[("menu", 2)]);
        for (before, after) in [
            (String::new(), eng.clone() + &rus),
            (eng.clone() + &rus, eng.clone()),
            (eng.clone(), String::new()),
            (eng.clone() + &rus, fewer.clone() + &rus),
            (fewer, eng + &rus),
        ] {
            through(&before, &after);
        }
    }

    #[test]
    fn a_key_is_the_same_whatever_is_counted() {
        let key = key_of(&line("eng", 4, &[("menu", 4)])).unwrap();
        assert_eq!(key, "{\"source\":\"a.example\",\"template\":\"eng\"}");
        assert_eq!(key_of(&line("eng", 0, &[])).unwrap(), key);
        assert_eq!(key_of("nothing"), None);
    }

    #[test]
    fn what_is_no_change_is_refused() {
        let table = line("eng", 4, &[("menu", 4)]);
        for changes in ["", "{}", &table, "{\"base\":\"a\",\"digest\":\"b\"}\n{\"of\":3}\n"] {
            assert_eq!(apply(&table, changes), None, "{changes}");
        }
    }
}
