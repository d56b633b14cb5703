//! The published schemas (JSON Schema, draft 2020-12), one for each kind of line, and the lines that are no records.

use crate::emit::Record;
use crate::emit::record::{Delta, Urls};
use crate::log::Event;
use crate::report::Report;
use sanad_document::{Kind, Origin};
use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The names of the schemas.
pub const NAMES: [&str; 6] = ["record", "tombstone", "removed", "quarantine", "event", "report"];

/// A line about a removed record, among a run's changes and in exported changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    /// Name and version of the record's schema.
    pub schema: String,
    /// Record id.
    pub id: String,
    /// Source id; absent if no longer known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Addresses of the removed record; absent if no longer known, and if the document was taken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Urls>,
    /// Title of the removed record; absent as `url` is, and if it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The version that was removed; absent if no longer known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// How and why it was removed.
    pub delta: Delta,
}

/// A line of `removed.jsonl`: a block that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemovedLine<'a> {
    /// Record id.
    pub id: Cow<'a, str>,
    /// Source id.
    pub source: Cow<'a, str>,
    /// Index of the capture's event in the log.
    pub capture: u64,
    /// Number of the block in the document, from 0.
    pub block: usize,
    /// What it is.
    pub kind: Kind,
    /// The stage that dropped it.
    pub stage: Cow<'a, str>,
    /// The rule that dropped it: what decided.
    pub rule: Cow<'a, str>,
    /// The evidence for dropping it, as text.
    pub support: Cow<'a, str>,
    /// The kind of chrome that it looks like: `menu`, `footer`, …. It describes, and never decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks_like: Option<Cow<'a, str>>,
    /// Its text.
    pub text: Cow<'a, str>,
    /// Where it was in the capture.
    pub origin: Cow<'a, [Origin]>,
}

/// A line of `quarantine.jsonl`: a capture that yielded no record.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, borsh::BorshSerialize, borsh::BorshDeserialize,
)]
#[serde(deny_unknown_fields)]
pub struct QuarantineLine {
    /// Index of the capture's event in the log.
    pub capture: u64,
    /// Address; empty if the capture itself can't be read.
    pub url: String,
    /// The record id it would have; empty if it has no address.
    pub id: String,
    /// Source id.
    pub source: String,
    /// File under the raw folder.
    pub file: String,
    /// Offset in bytes.
    pub offset: u64,
    /// `sha256:` of the body; empty if it can't be read.
    pub digest: String,
    /// The stage that rejected it.
    pub stage: String,
    /// The code of the reason.
    pub code: String,
    /// The reason as text.
    pub message: String,
}

/// Returns the schema of this name as text; none for a name not in [`NAMES`].
#[must_use]
pub fn text(name: &str) -> Option<String> {
    let mut schema: Schema = match name {
        "record" => schema_for!(Record),
        "tombstone" => schema_for!(Tombstone),
        "removed" => schema_for!(RemovedLine<'static>),
        "quarantine" => schema_for!(QuarantineLine),
        "event" => schema_for!(Event),
        "report" => schema_for!(Report),
        _ => return None,
    };
    schema.insert("$id".to_owned(), format!("urn:sanad:schema:{name}:1.1").into());
    serde_json::to_string_pretty(&schema).ok()
}
