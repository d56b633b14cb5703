//! Which capture of an address counts, and what a source's records must look like.

use super::first::{Found, Seen};
use crate::config::{Config, Expect};
use crate::emit::Record;
use crate::record::PageKind;
use std::collections::{BTreeMap, BTreeSet};

/// The capture that counts for each source and record id: the newest (date, file, offset) that gave a document.
///
/// A later error page doesn't take a record's place: it is quarantined, and the run says so.
pub(crate) fn current<'a>(seen: &'a [Seen], config: &Config) -> BTreeMap<(&'a str, &'a str), &'a Seen> {
    let mut current: BTreeMap<(&str, &str), &Seen> = BTreeMap::new();
    for capture in seen.iter().filter(|s| is_publishable(s, config)) {
        let best = current.entry((&capture.source, &capture.id)).or_insert(capture);
        if age(capture) > age(best) {
            *best = capture;
        }
    }
    current
}

/// What orders the captures of one address.
pub(crate) fn age(seen: &Seen) -> (&str, &str, u64, u64) {
    (&seen.capture.fetched_at, &seen.capture.place.file, seen.capture.place.offset, seen.index)
}

/// Whether a capture's document becomes a record.
pub(crate) fn is_publishable(seen: &Seen, config: &Config) -> bool {
    match &seen.found {
        Found::Document { kind: PageKind::Document, .. } => true,
        Found::Document { kind: PageKind::Listing, .. } => {
            config.sources.get(&seen.source).is_some_and(|source| source.listings)
        }
        _ => false,
    }
}

/// A source's records as far as its expectations ask.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    records: u64,
    languages: BTreeSet<String>,
    kept_chars: u64,
    dropped_chars: u64,
    missing: Vec<String>,
    /// Day of the newest record.
    newest: Option<String>,
}

/// What a source's records are compared with beside themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before<'a> {
    /// Time of the run.
    pub(crate) now: &'a str,
    /// Records that the last run left; none before the first.
    pub(crate) records: u64,
}

impl Tally {
    pub(crate) fn new(expect: Option<&Expect>) -> Self {
        Self { missing: expect.map(|e| e.must_contain.clone()).unwrap_or_default(), ..Self::default() }
    }

    pub(crate) fn add(&mut self, record: &Record) {
        self.records += 1;
        self.languages.insert(record.language.clone().unwrap_or_else(|| "und".to_owned()));
        self.kept_chars += record.text.chars().count() as u64;
        self.dropped_chars += record.removed.chars;
        let title = record.title.as_deref().unwrap_or_default();
        let day = record.created.as_ref().and_then(|created| created.get(..10));
        if let Some(day) = day.filter(|day| self.newest.as_deref().is_none_or(|newest| newest < *day)) {
            self.newest = Some(day.to_owned());
        }
        self.missing.retain(|wanted| !record.text.contains(wanted) && !title.contains(wanted));
    }

    /// What is broken, for people; empty when all is as expected.
    pub(crate) fn broken(&self, expect: &Expect, before: Before<'_>) -> Vec<String> {
        let mut broken: Vec<String> =
            [self.stale(expect, before.now), self.fallen(expect, before.records)].into_iter().flatten().collect();
        if let Some(min) = expect.min_records.filter(|min| self.records < *min) {
            broken.push(format!("{} records, at least {min} expected", self.records));
        }
        if let Some(max) = expect.max_records.filter(|max| self.records > *max) {
            broken.push(format!("{} records, at most {max} expected", self.records));
        }
        if !expect.languages.is_empty() {
            for language in self.languages.iter().filter(|l| !expect.languages.contains(l)) {
                broken.push(format!("a record in {language}, expected are {}", expect.languages.join(", ")));
            }
        }
        for wanted in &self.missing {
            broken.push(format!("no record contains {wanted:?}"));
        }
        if let Some(max) = expect.max_dropped {
            let all = self.kept_chars + self.dropped_chars;
            #[allow(clippy::cast_precision_loss, reason = "character counts are far below 2^52")]
            let share = if all == 0 { 0.0 } else { self.dropped_chars as f64 / all as f64 };
            if share > max {
                broken.push(format!("{share:.2} of the text was left out, at most {max} expected"));
            }
        }
        broken
    }

    fn stale(&self, expect: &Expect, now: &str) -> Option<String> {
        let most = expect.max_age_days?;
        let Some(newest) = &self.newest else {
            return Some(format!("no record has a date, one of the last {most} days is expected"));
        };
        let day = |text: &str| text.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
        let age = (day(now)? - day(newest)?).get_days();
        let is_old = u64::try_from(age).is_ok_and(|age| age > most);
        is_old.then(|| format!("the newest record is of {newest}, {age} days old, at most {most} expected"))
    }

    fn fallen(&self, expect: &Expect, before: u64) -> Option<String> {
        let most = expect.max_fall?;
        #[allow(clippy::cast_precision_loss, reason = "numbers of records are far below 2^52")]
        let fall = before.saturating_sub(self.records) as f64 / before.max(1) as f64;
        (fall > most).then(|| {
            let now = self.records;
            format!("{now} records after {before} in the last run, a fall by {fall:.2}, at most {most} expected")
        })
    }
}
