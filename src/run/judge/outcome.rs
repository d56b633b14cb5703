//! The outcome of a capture, as it is spooled and cached.

use crate::config::Expect;
use crate::emit::Record;
use crate::error::Error;
use crate::log::concluded::Concluded;
use crate::log::event::Ended;
use crate::relations::Card;
use crate::run::judge::pass::{Pass, Readers};
use crate::run::scan::catalogue::CatalogueEntry;
use crate::run::scan::outcome::{ScanOutcome, ScannedCapture, SkipReason};
use crate::schema::QuarantineLine;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::block_codec;
use sanad_extract::boilerplate;
use std::io::{self, Read};

/// The outcome of a capture.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct CaptureOutcome {
    /// Consecutive visits since then that didn't find the page.
    pub(crate) missed: u32,
    /// Truncated hash of every input the document depends on; zero if there is no document.
    pub(crate) key: u64,
    pub(crate) basis: InputsHash,
    /// The run that judged it.
    pub(crate) run: String,
    pub(crate) ended: Ended,
    pub(crate) outcome: OutcomeKind,
    /// What its source's expectations need to know about the record.
    pub(crate) tallied: Option<RecordTally>,
    /// What the log concluded of the capture before the run.
    pub(crate) concluded: Option<Concluded>,
}

/// What a capture became.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) enum OutcomeKind {
    /// A record, as its JSON line reads before its relations are known.
    Record {
        language: String,
        #[borsh(deserialize_with = "read_line")]
        line: String,
        /// Its lines of the ledger.
        ledger: String,
    },
    /// The record that is published already.
    Same {
        language: String,
    },
    /// `alarming` if it makes the run exit with 1.
    Quarantined {
        alarming: bool,
        line: QuarantineLine,
    },
    Skipped(SkipReason),
}

/// Reads a record's line, with room for the `delta` that a run adds to it.
fn read_line(input: &mut impl Read) -> io::Result<String> {
    const DELTA: usize = 80;
    block_codec::read_string(input, DELTA)
}

impl CaptureOutcome {
    /// Size of its record and ledger in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        if let OutcomeKind::Record { line, ledger, .. } = &self.outcome {
            (line.len() + ledger.len()) as u64
        } else {
            0
        }
    }
}

impl OutcomeKind {
    pub(crate) fn is_record(&self) -> bool {
        matches!(self, Self::Record { .. } | Self::Same { .. })
    }
}

/// A capture's outcome, with what is spooled in a file of its own.
pub(super) struct NewOutcome {
    pub(super) capture_outcome: CaptureOutcome,
    pub(super) card: Option<Card>,
}

/// Hash of everything an outcome depends on besides the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct InputsHash {
    /// Hash of rules, visit and addresses.
    context: [u8; 32],
    /// Identifies the table of repeated blocks.
    table: u64,
    /// Hash of the weights that the table gives the page's blocks: the only way in which it decides.
    weights: [u8; 32],
}

impl InputsHash {
    /// Returns true if both lead to the same outcome.
    pub(super) fn decides_as(&self, other: &Self) -> bool {
        self.context == other.context && self.weights == other.weights
    }

    /// Computes the hash for a capture's document. `before` is its hash in the last run; if the table is the same, what it
    /// says of the page is too.
    ///
    /// # Errors
    /// When the page's sketch or its table can't be read.
    pub(super) fn of(
        pass: &Pass<'_>,
        readers: &mut Readers<'_>,
        entry: &CatalogueEntry,
        seen: &ScannedCapture,
        before: Option<&Self>,
    ) -> Result<Self, Error> {
        let context = context(pass, entry, seen, readers.rules(pass, seen));
        let ScanOutcome::Document { span, template: Some(template), .. } = &seen.found else {
            return Ok(Self { context, table: 0, weights: [0; 32] });
        };
        let table = pass.tables.mark(&seen.source, template);
        if let Some(before) = before.filter(|before| before.table == table) {
            return Ok(Self { context, ..*before });
        }
        let sketch = readers.cache.sketch(*span)?;
        let support = readers.tables.table(&seen.source, template)?.map(|table| table.support(&sketch));
        let weights: Vec<u8> = support.unwrap_or_default().into_iter().map(boilerplate::weight).collect();
        Ok(Self { context, table, weights: *blake3::hash(&weights).as_bytes() })
    }
}

fn context(pass: &Pass<'_>, entry: &CatalogueEntry, seen: &ScannedCapture, rules: &str) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    let standing = entry.standing;
    let aliases = entry.aliases.join("\n");
    let declared = seen.declared.as_deref().unwrap_or_default();
    for part in [rules, &seen.canonical, declared, &seen.capture.fetched_at, &aliases] {
        hash.update(part.as_bytes()).update(&[0]);
    }
    // What the tally of a record is asked is no rule for the record.
    let expect = pass.config.sources.get(&seen.source).and_then(|source| source.expect.as_ref());
    for wanted in expect.into_iter().flat_map(|expect| &expect.must_contain) {
        hash.update(wanted.as_bytes()).update(&[0]);
    }
    hash.update(&[u8::from(expect.is_some()), u8::from(standing.counts), u8::from(standing.had_record)]);
    *hash.finalize().as_bytes()
}

/// What a source's expectations need to know about a record.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RecordTally {
    pub(crate) language: String,
    pub(crate) kept_chars: u64,
    pub(crate) dropped_chars: u64,
    /// Those of them that repetition took.
    pub(crate) repeated_chars: u64,
    pub(crate) day: Option<String>,
    /// The wanted strings that it contains.
    pub(crate) contains: Vec<String>,
}

impl RecordTally {
    pub(crate) fn of(record: &Record, repeated_chars: u64, expect: &Expect) -> Self {
        let title = record.title.as_deref().unwrap_or_default();
        let is_there = |wanted: &&String| record.text.contains(*wanted) || title.contains(*wanted);
        Self {
            language: record.language.clone().unwrap_or_else(|| "und".to_owned()),
            kept_chars: record.text.chars().count() as u64,
            dropped_chars: record.removed.chars,
            repeated_chars,
            day: record.created.as_ref().and_then(|created| created.get(..10)).map(str::to_owned),
            contains: expect.must_contain.iter().filter(is_there).cloned().collect(),
        }
    }
}
