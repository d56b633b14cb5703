//! The published record. Its JSON Schema is generated from these types; readers rely on it for years.
//!
//! A value that isn't known is left out, never `null`. `id`, `text`, `source`, `added`, `created` and `version` are
//! strings, so that common corpus readers take the records without an adapter.

use crate::error::Error;
use crate::error::not_json;
use sanad_document::digest;
use sanad_document::{Encoding, Kind, Origin, Warning};
use sanad_extract::metadata::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Name and version of the schema; an additive change bumps the minor version, any other the major one.
pub const SCHEMA: &str = "sanad/record/1.0";

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Schema name and version.
    pub schema: String,
    /// Which document: host without `www.`, a slash, 128 bits of the canonical URL's digest. The file name for single files.
    pub id: String,
    /// Which content: `sha256:` over title, text, language, issuer, dates, id, the
    /// translations that its page states (language and id), and block structure.
    pub version: String,
    /// The source it belongs to.
    pub source: String,
    /// When a run first emitted it (RFC 3339).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub added: String,
    /// When it was published, else its own date (ISO 8601).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Title without the site's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text: NFC, LF, blocks joined by a blank line.
    pub text: String,
    /// ISO 639-3, macro-language where one exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Calibrated probability, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_confidence: Option<f64>,
    /// ISO 15924.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The issuing body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Issuer>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// The dates it states, each with its role and evidence.
    pub dates: Vec<Dated>,
    /// Its addresses; none for single files without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Urls>,
    /// The record this one is a near-duplicate of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// The same document in other languages.
    pub translations: Vec<Translation>,
    /// The blocks of `text`, in order, without gaps but the blank lines between them.
    pub blocks: Vec<PublishedBlock>,
    /// What was left out.
    pub removed: Removed,
    /// `ok`, or `partial` when a part of the document is known to be missing.
    pub status: String,
    /// What went wrong without ending it.
    pub warnings: Vec<Warning>,
    /// Signs of trouble.
    pub quality: Quality,
    /// Where it came from; none for single files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prov: Option<Prov>,
    /// Why it stands in a run's changes; never in the current records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Delta>,
    /// Further findings: `page_kind`, `path`, `document_number`, `place`, `repairs`.
    pub metadata: BTreeMap<String, Value>,
}

/// A change that a run made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delta {
    /// What happened to the record.
    pub change: Change,
    /// Why: `content`, `rules`, `repeats`, `engine`, or `related` when only what it says of other records changed; of a
    /// record that went also `gone`, when visits no longer found its page, and `no_capture`, when its captures are no longer
    /// there.
    pub cause: String,
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It has another version.
    Changed,
    /// It is gone; the line holds no text.
    Removed,
}

impl Change {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// The issuing body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Issuer {
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A date the document states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dated {
    /// `published`, `document`, `modified` or `visit`.
    pub role: String,
    /// ISO 8601; an offset only where the page states one.
    pub value: String,
    /// As it stands in the page.
    pub raw: String,
    /// `text`, `meta`, `jsonld`, `url`, `http` or `pdf`.
    pub from: String,
    /// `year`, `month`, `day`, `minute` or `second`.
    pub precision: String,
}

impl From<&Date> for Dated {
    fn from(date: &Date) -> Self {
        Self {
            role: date.role.clone(),
            value: date.value.clone(),
            raw: date.raw.clone(),
            from: date.from.clone(),
            precision: date.precision.clone(),
        }
    }
}

/// The addresses of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Urls {
    /// The one that was asked for.
    pub requested: String,
    /// The one that answered.
    #[serde(rename = "final")]
    pub final_url: String,
    /// The one its id follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// Others under which it was captured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A version in another language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Translation {
    /// ISO 639-3, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The id its record has or would have.
    pub id: String,
    /// Its address.
    pub url: String,
    /// `hreflang` or `switcher`, where its page names it; else `backlink` (the other page does), `url_pattern` or `structure`.
    pub evidence: String,
    /// How sure the link is, 0 to 1, where no page states it: it was found by comparing records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

impl Translation {
    /// Whether it follows from other records, not from the page's own words.
    #[must_use]
    pub fn is_inferred(&self) -> bool {
        self.confidence.is_some()
    }
}

/// A block of the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedBlock {
    /// What it is.
    pub kind: Kind,
    /// Heading level (1 to 6) or depth of a list item (from 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// First code point in `text`.
    pub start: usize,
    /// Code point after the last.
    pub end: usize,
    /// ISO 639-3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Calibrated probability, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_confidence: Option<f64>,
    /// Where it stood; several places when it spans pages or columns.
    pub origin: Vec<Origin>,
    /// Its text before letters were repaired, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl Record {
    /// About how many bytes its JSON has: a record may have megabytes, which are set aside at once.
    pub(crate) fn json_room(&self) -> usize {
        const HEAD: usize = 2_000;
        const BLOCK: usize = 120;
        let places = |block: &PublishedBlock| block.origin.iter().map(Origin::json_room).sum::<usize>();
        let original = |block: &PublishedBlock| block.original.as_ref().map_or(0, String::len);
        HEAD + self.text.len() + self.blocks.iter().map(|b| BLOCK + places(b) + original(b)).sum::<usize>()
    }
}

/// What was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// Number of blocks.
    pub blocks: u64,
    /// Their code points.
    pub chars: u64,
    /// Blocks by rule.
    pub by_rule: BTreeMap<String, u64>,
}

/// Signs of trouble.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// U+FFFD in the text.
    pub replacement_chars: u64,
    /// Code points kept, as a share of all code points of the page.
    pub kept_ratio: f64,
    /// Whether the text was read from an image.
    pub ocr: bool,
}

/// Where a record came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Prov {
    /// The run that last changed it.
    pub run: String,
    /// The capture.
    pub capture: CaptureRef,
    /// How bytes became text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Digest of the rules.
    pub rules: String,
    /// Digest of the table of repeated blocks.
    pub repeats: String,
    /// Program and version.
    pub engine: String,
    /// Index of the capture's event in the log.
    pub log_index: u64,
}

/// A capture, by place and digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureRef {
    /// File under the raw folder.
    pub file: String,
    /// Offset in bytes of its gzip member or record.
    pub offset: u64,
    /// Record id in a WARC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record_id: String,
    /// `sha256:` of the body as received.
    pub digest: String,
    /// When it was captured (RFC 3339).
    pub fetched_at: String,
}

/// `sha256:` of what a record says of its document; not of other records, nor of when and in which run it was written.
pub(crate) fn record_digest(record: &Record) -> Result<String, Error> {
    let stated: Vec<&Translation> = record.translations.iter().filter(|t| !t.is_inferred()).collect();
    let written = digest::canonical(&stated).and_then(|stated| {
        let edits = [
            ("added", None),
            ("delta", None),
            ("duplicate_of", None),
            ("translations", Some(stated.as_str())),
            ("prov.run", None),
            ("prov.log_index", None),
        ];
        digest::sha256_of_object(record, &edits, record.json_room())
    });
    written.map_err(|e| not_json(&e))
}
