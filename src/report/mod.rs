//! The run for people and for machines: what came of each capture, in numbers that must balance.

pub mod lineage;
mod metrics;
mod table;

pub use metrics::{Went, metrics};
pub use table::table;

use crate::log::Event;
use sanad_fetch::TAKEN_DOWN;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `report.json`. No clock beside the run's own time: the same run writes the same report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Run id.
    pub run: String,
    /// Captures read; the sum of the outcomes.
    pub captures: u64,
    /// Captures by outcome: `emitted`, `unchanged`, `duplicate`, `held`, `quarantined`, `skipped`.
    pub outcomes: BTreeMap<String, u64>,
    /// Whether the numbers balance.
    pub balanced: bool,
    /// Records added and changed, and records that went.
    pub delta: BTreeMap<String, u64>,
    /// The same by what they follow from: `changed: content`, `changed: engine`, `removed: gone`, ….
    #[serde(default)]
    pub causes: BTreeMap<String, u64>,
    /// By source.
    pub sources: BTreeMap<String, SourceReport>,
    /// Records by language.
    pub languages: BTreeMap<String, u64>,
    /// Blocks left out, by rule.
    pub removed: BTreeMap<String, u64>,
    /// Captures that gave no record, by code.
    pub quarantined: BTreeMap<String, u64>,
    /// Captures passed over, by code.
    pub skipped: BTreeMap<String, u64>,
    /// Bytes on disk: `captures` that were read, current `records`, files of `runs` (without this one's events and reports),
    /// `objects`, and the `log` before this run.
    #[serde(default)]
    pub disk: BTreeMap<String, u64>,
    /// Fetches, by `fetched`, `unchanged` or the error's code.
    pub fetches: BTreeMap<String, u64>,
    /// What makes the run end with exit code 1, for people.
    pub failures: Vec<String>,
    /// The run's place in the log.
    pub log: LogSpan,
}

/// The numbers of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceReport {
    /// Captures by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Current records after the run.
    pub records: u64,
    /// Those of them that are near-duplicates of another record.
    #[serde(default)]
    pub duplicates: u64,
    /// Those whose page the newest visits did not find, though not yet often enough to call it gone.
    #[serde(default)]
    pub missing: u64,
    /// Expectations that are broken.
    pub broken: Vec<String>,
}

/// A run's events in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogSpan {
    /// Index of the first event.
    pub start: u64,
    /// Index after the last.
    pub end: u64,
}

/// More failures than this are counted, not listed.
const LISTED_FAILURES: usize = 50;

impl Report {
    /// Counts one capture's outcome.
    pub fn count(&mut self, source: &str, outcome: &str) {
        self.captures += 1;
        add(&mut self.outcomes, outcome);
        add(&mut self.sources.entry(source.to_owned()).or_default().outcomes, outcome);
    }

    /// Counts records that changed in one way for one cause.
    pub fn change(&mut self, change: &str, cause: &str, count: u64) {
        *self.delta.entry(change.to_owned()).or_default() += count;
        *self.causes.entry(format!("{change}: {cause}")).or_default() += count;
    }

    /// Notes what makes the run end with exit code 1.
    pub fn fail(&mut self, message: String) {
        if self.failures.len() < LISTED_FAILURES {
            self.failures.push(message);
        } else if self.failures.len() == LISTED_FAILURES {
            self.failures.push("… and more, see quarantine.jsonl".to_owned());
        }
    }

    /// Counts what fetching said.
    pub fn add_fetches(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::CaptureFetched(_) => add(&mut self.fetches, "fetched"),
                Event::CaptureUnchanged(_) => add(&mut self.fetches, "unchanged"),
                Event::CaptureFailed(failed) => {
                    add(&mut self.fetches, &failed.code);
                    if failed.code == TAKEN_DOWN {
                        continue;
                    }
                    self.fail(format!("{}: {} ({})", failed.url, failed.message, failed.code));
                }
                _ => {}
            }
        }
    }

    /// Closes the counts.
    pub fn finish(&mut self, run: &str, start: u64, end: u64) {
        run.clone_into(&mut self.run);
        self.log = LogSpan { start, end };
        self.balanced = self.outcomes.values().sum::<u64>() == self.captures;
        if !self.balanced {
            self.fail("the counts don't balance".to_owned());
        }
    }

    /// Whether every capture ended as it should.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Adds one to a count.
pub(crate) fn add(counts: &mut BTreeMap<String, u64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => drop(counts.insert(key.to_owned(), 1)),
    }
}
