//! The events of a run, one canonical JSON line each.
//!
//! Wall-clock time stands only in `run.*` and `capture.fetched|unchanged|failed`; every other event is a pure function of
//! captures, rules, repeats and program version. Each capture gets one `capture.read` and exactly one terminal event.

use crate::record::{Encoding, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event")]
pub enum Event {
    /// A run begins.
    #[serde(rename = "run.started")]
    RunStarted(RunStarted),
    /// A capture was taken from a WARC file or a plain file.
    #[serde(rename = "capture.read")]
    CaptureRead(CaptureRead),
    /// A capture was fetched and stored.
    #[serde(rename = "capture.fetched")]
    CaptureFetched(CaptureFetched),
    /// A fetch gave what was stored before.
    #[serde(rename = "capture.unchanged")]
    CaptureUnchanged(CaptureFetched),
    /// A fetch failed.
    #[serde(rename = "capture.failed")]
    CaptureFailed(CaptureFailed),
    /// The table of repeated blocks is final.
    #[serde(rename = "repeats.frozen")]
    RepeatsFrozen(RepeatsFrozen),
    /// The capture became a record that is new or changed.
    #[serde(rename = "document.emitted")]
    Emitted(Ended),
    /// The capture says what its record says already.
    #[serde(rename = "document.unchanged")]
    Unchanged(Ended),
    /// The capture became a record that points to another as its original.
    #[serde(rename = "document.duplicate")]
    Duplicate(Ended),
    /// The record is held back since its source's expectations are broken.
    #[serde(rename = "document.held")]
    Held(Ended),
    /// The capture gave no record, for the stated reason.
    #[serde(rename = "document.quarantined")]
    Quarantined(Ended),
    /// The capture isn't a page, or a newer one of its URL counts.
    #[serde(rename = "document.skipped")]
    Skipped(Ended),
    /// A run ends.
    #[serde(rename = "run.completed")]
    RunCompleted(RunCompleted),
}

/// What a run begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunStarted {
    /// Run id.
    pub run: String,
    /// Index of this event in the log.
    pub index: u64,
    /// When (RFC 3339).
    pub at: String,
    /// Program and version.
    pub engine: String,
    /// `sha256:` over the configuration.
    pub config: String,
    /// Captures are read from all files, none fetched.
    pub offline: bool,
    /// Whether texts are `complete` or the `body` alone.
    pub text: String,
    /// Sources the run is limited to; empty for all.
    pub sources: Vec<String>,
    /// Files that captures are read from, with their sizes in bytes.
    pub inputs: Vec<Input>,
}

/// A file that captures are read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Path under the raw folder.
    pub file: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A capture as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureRead {
    /// Address.
    pub url: String,
    /// File under the raw folder.
    pub file: String,
    /// Offset in bytes.
    pub offset: u64,
    /// Record id in the WARC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record_id: String,
    /// `sha256:` of the body as received.
    pub digest: String,
    /// When it was captured, as the file says.
    pub date: String,
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// A capture as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureFetched {
    /// Time of the run (RFC 3339); the capture's own stands in its `capture.read`.
    pub at: String,
    /// Source that wanted it.
    pub source: String,
    /// The address asked for.
    pub url: String,
    /// The address that answered.
    pub final_url: String,
    /// HTTP status.
    pub status: u16,
    /// File under the raw folder.
    pub file: String,
    /// Offset in bytes.
    pub offset: u64,
    /// Record id in the WARC; `capture.read` of this record names the digest of its body.
    pub record_id: String,
}

/// A fetch that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureFailed {
    /// When (RFC 3339).
    pub at: String,
    /// The address asked for.
    pub url: String,
    /// Its source.
    pub source: String,
    /// Code of the error.
    pub code: String,
    /// For people.
    pub message: String,
    /// Number of tries.
    pub attempts: u32,
}

/// The frozen table of repeated blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RepeatsFrozen {
    /// `sha256:` of the table, which stands under `objects/`.
    pub digest: String,
    /// Pages that it was counted on.
    pub pages: u64,
    /// Pairs of site and language.
    pub sites: u64,
    /// Repeated blocks.
    pub blocks: u64,
}

/// How a capture ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Index of its `capture.read` event in the log.
    pub capture: u64,
    /// `sha256:` of the body as received.
    pub digest: String,
    /// Source id.
    pub source: String,
    /// Record id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What the stages say of themselves; none for a capture that never became a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Stages>,
    /// Version of the record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// `sha256:` of the record's canonical JSON without `added`, `delta`, `prov.run` and `prov.log_index`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record_digest: String,
    /// File that holds the record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub written: String,
    /// Why it gave no record, or why its record changed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Stage that said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stage: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// What the stages say of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stages {
    /// How bytes became text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Program and version.
    pub engine: String,
    /// Blocks extracted.
    pub blocks: u64,
    /// Blocks kept.
    pub kept: u64,
    /// Blocks left out, by rule.
    pub removed: BTreeMap<String, u64>,
    /// `sha256:` of the document's lines in the ledger of what was left out.
    pub ledger: String,
    /// Language of the document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Code points of kept text by language.
    pub languages: BTreeMap<String, u64>,
    /// What went wrong without ending it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// What a run ends with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCompleted {
    /// Run id.
    pub run: String,
    /// When (RFC 3339); with `--now` the time given.
    pub at: String,
    /// Captures read; the sum of the outcomes.
    pub captures: u64,
    /// Captures by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// `sha256:` of every file written under the results folder, but the log's own.
    pub written: BTreeMap<String, String>,
    /// Files taken away, for their records moved or went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<String>,
    /// `sha256:` of every capture file read or written.
    pub inputs: BTreeMap<String, String>,
}
