//! `report.json`: what became of each capture of a run, in counts that must balance.

use super::outcome::ReportedOutcome;
use crate::config::Config;
use crate::emit::record::{Cause, Change};
use crate::log::Event;
use sanad_fetch::TAKEN_DOWN;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `report.json`. It holds no time except the run's own, so the same run writes the same report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Run id.
    pub run: String,
    /// Number of captures read: the sum of the outcomes.
    pub captures: u64,
    /// Captures by outcome: `emitted`, `unchanged`, `duplicate`, `held`, `quarantined`, `skipped`.
    pub outcomes: BTreeMap<String, u64>,
    /// Whether the outcomes add up to the captures.
    pub balanced: bool,
    /// Records `added`, `changed` and `removed`.
    pub delta: BTreeMap<String, u64>,
    /// The same by cause: `changed: content`, `changed: engine`, `removed: gone`, ….
    #[serde(default)]
    pub causes: BTreeMap<String, u64>,
    /// By source.
    pub sources: BTreeMap<String, SourceReport>,
    /// Records by language.
    pub languages: BTreeMap<String, u64>,
    /// Blocks left out, by rule.
    pub removed: BTreeMap<String, u64>,
    /// Records with a warning, by its code.
    #[serde(default)]
    pub warnings: BTreeMap<String, u64>,
    /// Captures that yielded no record, by code.
    pub quarantined: BTreeMap<String, u64>,
    /// Captures that were skipped, by code.
    pub skipped: BTreeMap<String, u64>,
    /// Bytes on disk: `captures` that were read, current `records`, files of `runs` (without this one's events and
    /// reports), `objects`, and the `log` before this run.
    #[serde(default)]
    pub disk: BTreeMap<String, u64>,
    /// Fetches by outcome: `fetched`, `unchanged` or the error's code.
    pub fetches: BTreeMap<String, u64>,
    /// Messages about what makes the run end with exit code 1: what failed anew, and expectations that are broken now.
    pub failures: Vec<String>,
    /// What failed in an earlier run in the same way and still does.
    #[serde(default)]
    pub known: Vec<KnownFailure>,
    /// Captures that the run concluded anew, by outcome: its events in the log. All others are what an earlier run concluded.
    #[serde(default)]
    pub concluded: BTreeMap<String, u64>,
    /// The run's events in the log.
    pub log: LogSpan,
}

/// A failure that an earlier run has reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownFailure {
    /// For people.
    pub message: String,
    /// The run that reported it first.
    pub since: String,
}

/// The counts of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceReport {
    /// Captures by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Current records after the run.
    pub records: u64,
    /// Current records that are near-duplicates of another record.
    #[serde(default)]
    pub duplicates: u64,
    /// Current records whose page the newest visits did not find, though not yet often enough to count as gone.
    #[serde(default)]
    pub missing: u64,
    /// Broken expectations.
    pub broken: Vec<String>,
}

/// The range of a run's events in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogSpan {
    /// Index of the first event.
    pub start: u64,
    /// Index after the last event.
    pub end: u64,
}

/// Maximum number of failures, and of known ones, that are listed. If there are more, a last line says so.
const LISTED_FAILURES: usize = 50;

impl Report {
    /// Counts the outcome of one capture.
    pub fn count(&mut self, source: &str, outcome: ReportedOutcome) {
        self.captures += 1;
        add(&mut self.outcomes, outcome.as_str());
        add(&mut self.sources.entry(source.to_owned()).or_default().outcomes, outcome.as_str());
    }

    /// Counts `count` records that changed in the same way for the same cause.
    pub fn change(&mut self, change: Change, cause: Cause, count: u64) {
        let (change, cause) = (change.as_str(), cause.as_str());
        *self.delta.entry(change.to_owned()).or_default() += count;
        *self.causes.entry(format!("{change}: {cause}")).or_default() += count;
    }

    /// Adds a failure, which makes the run end with exit code 1.
    pub fn fail(&mut self, message: String) {
        if self.failures.len() < LISTED_FAILURES {
            self.failures.push(message);
        } else if self.failures.len() == LISTED_FAILURES {
            self.failures.push("… and more, see quarantine.jsonl".to_owned());
        }
    }

    /// Adds a failure that an earlier run has reported. It doesn't change the exit code.
    pub fn know(&mut self, message: String, since: &str) {
        let message = match self.known.len() {
            ..LISTED_FAILURES => message,
            LISTED_FAILURES => "… and more".to_owned(),
            _ => return,
        };
        self.known.push(KnownFailure { message, since: since.to_owned() });
    }

    /// Counts fetches by outcome. A fetch that failed is a failure of the run, unless the page is refused because it
    /// was taken down, or the address failed so before: `known` has the first run, by the position of the event.
    pub fn add_fetches(&mut self, events: &[Event], known: &BTreeMap<usize, String>) {
        for (position, event) in events.iter().enumerate() {
            match event {
                Event::CaptureFetched(_) => add(&mut self.fetches, "fetched"),
                Event::CaptureUnchanged(_) => add(&mut self.fetches, "unchanged"),
                Event::CaptureFailed(failed) => {
                    add(&mut self.fetches, &failed.code);
                    match known.get(&position) {
                        _ if failed.code == TAKEN_DOWN => {}
                        Some(since) => self.know(failed.line(), since),
                        None => self.fail(failed.line()),
                    }
                }
                _ => {}
            }
        }
    }

    /// Fails for each of the wanted sources that neither the configuration nor any capture knows.
    pub(crate) fn check_sources(&mut self, wanted: &[String], config: &Config) {
        for source in wanted {
            if !self.sources.contains_key(source) && !config.sources.contains_key(source) {
                let message = "no capture belongs to it, and the configuration has no such source";
                self.fail(format!("--source {source}: {message}"));
            }
        }
    }

    /// Sets the run and its range in the log, and checks that the counts balance.
    pub fn finish(&mut self, run: &str, start: u64, end: u64) {
        run.clone_into(&mut self.run);
        self.log = LogSpan { start, end };
        self.balanced = self.outcomes.values().sum::<u64>() == self.captures;
        if !self.balanced {
            self.fail("the counts don't balance".to_owned());
        }
    }

    /// Returns true if there are no failures.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Adds one to the count of `key`.
pub(crate) fn add(counts: &mut BTreeMap<String, u64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => drop(counts.insert(key.to_owned(), 1)),
    }
}
