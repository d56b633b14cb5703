//! What came of a capture.

use crate::config::Expect;
use crate::emit::Record;
use crate::error::Error;
use crate::log::event::Ended;
use crate::relations::Card;
use crate::run::judge::pass::Pass;
use crate::run::judge::pass::Readers;
use crate::run::scan::catalogue::CatalogueEntry;
use crate::run::scan::outcome::ScanOutcome;
use crate::run::scan::outcome::ScannedCapture;
use crate::run::scan::outcome::SkipReason;
use crate::schema::QuarantineLine;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::block_codec;
use sanad_extract::boilerplate;
use std::io::{self, Read};

/// A capture's outcome.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct CaptureOutcome {
    /// Visits since then that didn't find the page.
    pub(crate) missed: u32,
    /// Of what its document follows from; zero where there is none.
    pub(crate) key: u64,
    pub(crate) basis: InputsHash,
    /// The run that judged it.
    pub(crate) run: String,
    pub(crate) ended: Ended,
    pub(crate) outcome: OutcomeKind,
    /// What its source's expectations ask of its record.
    pub(crate) tallied: Option<RecordTally>,
}

/// What a capture gave.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) enum OutcomeKind {
    /// A record, as its line says it before anything is known of others.
    Record {
        language: String,
        #[borsh(deserialize_with = "read_line")]
        line: String,
    },
    /// The record that stands there already.
    Same {
        language: String,
    },
    /// `alarming` when it makes the run end with exit code 1.
    Quarantined {
        alarming: bool,
        line: QuarantineLine,
    },
    Skipped(SkipReason),
}

/// Reads the line of a record; there is room in it for what a run did to the record.
fn read_line(input: &mut impl Read) -> io::Result<String> {
    const DELTA: usize = 80;
    block_codec::read_string(input, DELTA)
}

impl CaptureOutcome {
    /// Bytes of its record.
    pub(crate) fn bytes(&self) -> u64 {
        if let OutcomeKind::Record { line, .. } = &self.outcome { line.len() as u64 } else { 0 }
    }
}

impl OutcomeKind {
    pub(crate) fn is_record(&self) -> bool {
        matches!(self, Self::Record { .. } | Self::Same { .. })
    }
}

/// A capture's outcome, and what is read from it before it is set aside.
pub(super) struct NewOutcome {
    pub(super) turned: CaptureOutcome,
    pub(super) card: Option<Card>,
    /// JSON lines of what was left out.
    pub(super) ledger: String,
}

/// What an outcome follows from, beside the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct InputsHash {
    /// Of rules, visit, addresses.
    context: [u8; 32],
    /// Of the table of repeated blocks.
    table: u64,
    /// Of what the table says of the page's blocks, as far as it decides.
    weights: [u8; 32],
}

impl InputsHash {
    /// Whether the same follows from both.
    pub(super) fn decides_as(&self, other: &Self) -> bool {
        self.context == other.context && self.weights == other.weights
    }

    /// What the outcome of a capture's document follows from; `before` is what it followed from in the last run.
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
        let context = context(pass, entry, seen);
        let ScanOutcome::Document { span, language, .. } = &seen.found else {
            return Ok(Self { context, table: 0, weights: [0; 32] });
        };
        let table = pass.tables.mark(&seen.source, language);
        if let Some(before) = before.filter(|before| before.table == table) {
            return Ok(Self { context, ..*before });
        }
        let sketch = readers.cache.sketch(*span)?;
        let support = readers.tables.table(&seen.source, language)?.map(|table| table.support(&sketch));
        let weights: Vec<u8> = support.unwrap_or_default().into_iter().map(boilerplate::weight).collect();
        Ok(Self { context, table, weights: *blake3::hash(&weights).as_bytes() })
    }
}

fn context(pass: &Pass<'_>, entry: &CatalogueEntry, seen: &ScannedCapture) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    let standing = entry.standing;
    let aliases = entry.aliases.join("\n");
    for part in [&pass.config.digest, &seen.canonical, &seen.capture.fetched_at, &aliases] {
        hash.update(part.as_bytes()).update(&[0]);
    }
    hash.update(&[pass.options.text as u8, u8::from(standing.counts), u8::from(standing.had_record)]);
    *hash.finalize().as_bytes()
}

/// A record as far as its source's expectations ask.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RecordTally {
    pub(crate) language: String,
    pub(crate) kept_chars: u64,
    pub(crate) dropped_chars: u64,
    pub(crate) day: Option<String>,
    /// Those of the wanted strings that it contains.
    pub(crate) contains: Vec<String>,
}

impl RecordTally {
    pub(crate) fn of(record: &Record, expect: &Expect) -> Self {
        let title = record.title.as_deref().unwrap_or_default();
        let is_there = |wanted: &&String| record.text.contains(*wanted) || title.contains(*wanted);
        Self {
            language: record.language.clone().unwrap_or_else(|| "und".to_owned()),
            kept_chars: record.text.chars().count() as u64,
            dropped_chars: record.removed.chars,
            day: record.created.as_ref().and_then(|created| created.get(..10)).map(str::to_owned),
            contains: expect.must_contain.iter().filter(is_there).cloned().collect(),
        }
    }
}
