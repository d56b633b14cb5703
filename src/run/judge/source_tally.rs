//! Counts what a source's expectations need to know about all its records.

use crate::config::{Config, Expect};
use crate::run::judge::outcome::{CaptureOutcome, OutcomeKind, RecordTally};
use crate::run::scan::outcome::SkipReason;
use std::collections::BTreeSet;

/// What a source's expectations need to know about all its records.
#[derive(Debug, Default)]
pub(crate) struct SourceTally {
    pub(super) records: u64,
    /// Ids of pages that visits no longer find.
    pub(super) gone: BTreeSet<String>,
    languages: BTreeSet<String>,
    kept_chars: u64,
    dropped_chars: u64,
    repeated_chars: u64,
    missing: Vec<String>,
    /// Day of the newest record.
    newest: Option<String>,
}

#[allow(clippy::cast_precision_loss, reason = "counts of characters and records are far below 2^52")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl SourceTally {
    /// Begins the tally of a source.
    pub(crate) fn of(config: &Config, source: &str) -> Self {
        let expect = config.sources.get(source).and_then(|s| s.expect.as_ref());
        Self { missing: expect.map(|e| e.must_contain.clone()).unwrap_or_default(), ..Self::default() }
    }

    /// Takes over the outcome of a capture.
    pub(super) fn take(&mut self, outcome: &CaptureOutcome) {
        self.records += u64::from(outcome.outcome.is_record());
        if matches!(outcome.outcome, OutcomeKind::Skipped(SkipReason::Gone)) {
            self.gone.insert(outcome.ended.id.clone());
        }
        if let Some(tallied) = &outcome.tallied {
            self.add(tallied);
        }
    }

    fn add(&mut self, record: &RecordTally) {
        self.languages.insert(record.language.clone());
        self.kept_chars += record.kept_chars;
        self.dropped_chars += record.dropped_chars;
        self.repeated_chars += record.repeated_chars;
        if record.day > self.newest {
            self.newest.clone_from(&record.day);
        }
        self.missing.retain(|wanted| !record.contains.contains(wanted));
    }

    /// Describes what is broken, for people. Empty if everything is as expected.
    pub(super) fn broken(&self, expect: &Expect, now: &str) -> Vec<String> {
        let mut broken: Vec<String> = self.stale(expect, now).into_iter().collect();
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
        let dropped = share(self.dropped_chars, self.kept_chars + self.dropped_chars);
        if let Some(max) = expect.max_dropped.filter(|max| dropped > *max) {
            broken.push(format!("{dropped:.2} of the text was left out, at most {max} expected"));
        }
        let repeated = share(self.repeated_chars, self.kept_chars + self.repeated_chars);
        if let Some(max) = expect.max_repeated.filter(|max| repeated > *max) {
            broken.push(format!("repetition took {repeated:.2} of the text, at most {max} expected"));
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
}
