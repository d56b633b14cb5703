//! Samples of what a run changes, for its preview.

use crate::emit::Record;
use crate::emit::record::{Cause, Change};
use std::collections::{BTreeMap, BTreeSet};

/// A record that would change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Record id.
    pub id: String,
    /// Source id.
    pub source: String,
    /// Its address.
    pub url: String,
    /// `added`, `changed` or `removed`.
    pub change: String,
    /// Why, as in a run's changes.
    pub cause: String,
    /// Fields that would differ.
    pub fields: Vec<String>,
    /// Paragraphs that would disappear.
    pub without: Vec<String>,
    /// Paragraphs that would be new.
    pub with: Vec<String>,
}

impl Difference {
    /// Names the fields in which two versions of a record differ.
    fn fields_of(before: &Record, after: &Record) -> Vec<String> {
        const NOT_CONTENT: [&str; 5] = ["added", "version", "prov", "delta", "schema"];
        let (before, after) = (serde_json::to_value(before), serde_json::to_value(after));
        let (Ok(before), Ok(after)) = (before, after) else { return Vec::new() };
        let keys = [&before, &after].into_iter().filter_map(|v| v.as_object()).flat_map(|o| o.keys());
        let keys: BTreeSet<&String> = keys.filter(|k| !NOT_CONTENT.contains(&k.as_str())).collect();
        keys.into_iter().filter(|k| before.get(k) != after.get(k)).cloned().collect()
    }

    /// Paragraphs of one text that are missing from the other.
    fn paragraphs(of: &str, not_in: &str) -> Vec<String> {
        let other: BTreeSet<&str> = not_in.split("\n\n").collect();
        of.split("\n\n").filter(|p| !p.is_empty() && !other.contains(p)).map(str::to_owned).collect()
    }
}

/// Samples of what changed.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    /// The most samples for each source and cause.
    most: usize,
    counts: BTreeMap<(String, Change, Cause), usize>,
    pub(crate) all: Vec<Difference>,
}

impl Differences {
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Returns true if any samples are wanted.
    pub(super) fn are_wanted(&self) -> bool {
        self.most > 0
    }

    /// Returns true if one more sample is wanted, and counts it.
    fn wants(&mut self, source: &str, change: Change, cause: Cause) -> bool {
        if self.most == 0 {
            return false;
        }
        let count = self.counts.entry((source.to_owned(), change, cause)).or_default();
        *count += 1;
        *count <= self.most
    }

    /// Adds a new or changed record.
    pub(super) fn add(&mut self, before: Option<&Record>, after: &Record, change: Change, cause: Cause) {
        if !self.wants(&after.source, change, cause) {
            return;
        }
        let text = before.map(|b| b.text.as_str()).unwrap_or_default();
        self.all.push(Difference {
            id: after.id.clone(),
            source: after.source.clone(),
            url: after.url.as_ref().map(|u| u.requested.clone()).unwrap_or_default(),
            change: change.as_str().to_owned(),
            cause: cause.as_str().to_owned(),
            fields: before.map(|before| Difference::fields_of(before, after)).unwrap_or_default(),
            without: Difference::paragraphs(text, &after.text),
            with: Difference::paragraphs(&after.text, text),
        });
    }

    /// Adds a removed record.
    pub(super) fn remove(&mut self, source: &str, id: &str, url: &str, cause: Cause) {
        if self.wants(source, Change::Removed, cause) {
            self.all.push(Difference {
                id: id.to_owned(),
                source: source.to_owned(),
                url: url.to_owned(),
                change: Change::Removed.as_str().to_owned(),
                cause: cause.as_str().to_owned(),
                fields: Vec::new(),
                without: Vec::new(),
                with: Vec::new(),
            });
        }
    }
}
