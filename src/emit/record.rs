//! The published record. Its JSON Schema is generated from these types; consumers rely on it for years.
//!
//! An unknown value is left out, never `null`. `id`, `text`, `source`, `added`, `created` and `version` are strings, so
//! that common corpus readers load the records without an adapter.

use crate::error::{Error, not_json};
use sanad_document::{Encoding, Kind, Origin, Warning, digest};
use sanad_extract::metadata::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Name and version of the schema. An additive change bumps the minor version, any other change the major version.
pub const SCHEMA: &str = "sanad/record/1.1";

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Schema name and version.
    pub schema: String,
    /// Identifies the document: host without `www.`, a slash, and 128 bits of the canonical URL's digest. For single
    /// files, the file name.
    pub id: String,
    /// Identifies the content: `sha256:` over title, text, language, issuer, dates, id, the translations that the page
    /// states (language and id), and block structure.
    pub version: String,
    /// The source it belongs to.
    pub source: String,
    /// When a run first emitted it (RFC 3339).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub added: String,
    /// Date of publication, else the document's own date (ISO 8601).
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
    /// Its authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// The dates the document states, each with its role and evidence.
    pub dates: Vec<Dated>,
    /// Its addresses; absent for single files without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Urls>,
    /// The record this one is a near-duplicate of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// The same document in other languages.
    pub translations: Vec<Translation>,
    /// The blocks of `text`, in order. Only the blank lines between them belong to no block.
    pub blocks: Vec<PublishedBlock>,
    /// The blocks that were left out.
    pub removed: Removed,
    /// `ok`, or `partial` when a part of the document is known to be missing.
    pub status: String,
    /// Problems that the document was read in spite of.
    pub warnings: Vec<Warning>,
    /// Measures of the text's quality.
    pub quality: Quality,
    /// Where it came from; absent for single files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prov: Option<Prov>,
    /// How a run changed it: only in a run's list of changes, never in the current records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Delta>,
    /// Further metadata: `page_kind`, `path`, `document_number`, `place`, `repairs`.
    pub metadata: BTreeMap<String, Value>,
}

/// How a run changed a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delta {
    /// What happened to the record.
    pub change: Change,
    /// Why: `content`, `rules`, `repeats`, `engine`, or `related` if only its relations to other records changed. A
    /// removed record may also have `gone` if visits no longer found its page, `no_capture` if its captures no longer
    /// exist, and in exports `erased`.
    #[schemars(with = "String")]
    pub cause: Cause,
}

/// Why a run changed a record. In JSON it has the name that [`Cause::as_str`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The captured page changed, or the record is new.
    Content,
    /// The configuration's rules changed.
    Rules,
    /// The table of repeated blocks changed.
    Repeats,
    /// The program changed.
    Engine,
    /// Only its relations to other records changed.
    Related,
    /// Visits no longer found its page.
    Gone,
    /// Its captures no longer exist.
    NoCapture,
    /// It was erased on request. Only in exports.
    Erased,
}

impl Cause {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Rules => "rules",
            Self::Repeats => "repeats",
            Self::Engine => "engine",
            Self::Related => "related",
            Self::Gone => "gone",
            Self::NoCapture => "no_capture",
            Self::Erased => "erased",
        }
    }
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It has a new version.
    Changed,
    /// It was removed; the line holds no text.
    Removed,
}

impl Change {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
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
    /// ISO 8601, with a UTC offset only if the page states one.
    pub value: String,
    /// The page's own wording.
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
    /// The address that was requested.
    pub requested: String,
    /// The address that answered.
    #[serde(rename = "final")]
    pub final_url: String,
    /// The address that the record id is derived from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// Another address that the page names as its canonical one, though it is no variant of its own and wasn't captured
    /// with the same text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Other addresses under which it was captured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// The same document in another language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Translation {
    /// ISO 639-3, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The id its record has or would have.
    pub id: String,
    /// Its address.
    pub url: String,
    /// `hreflang` or `switcher` if the page names it, else `backlink` (the other page names this one), `url_pattern` or
    /// `structure`.
    pub evidence: String,
    /// Confidence in the link, 0 to 1, if it was found by comparing records; absent if the page states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

impl Translation {
    /// Returns true if it was inferred from other records rather than stated by the page.
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
    /// Index in `text` of its first code point.
    pub start: usize,
    /// Index in `text` after its last code point.
    pub end: usize,
    /// ISO 639-3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Calibrated probability, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_confidence: Option<f64>,
    /// Where it was in the capture: several places if it spans pages or columns.
    pub origin: Vec<Origin>,
    /// Its text before letters were repaired; absent if none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl Record {
    /// Estimates the length of its JSON in bytes, so that a buffer for a record of megabytes is allocated at once.
    pub(crate) fn json_room(&self) -> usize {
        const HEAD: usize = 2_000;
        const BLOCK: usize = 120;
        let places = |block: &PublishedBlock| block.origin.iter().map(Origin::json_room).sum::<usize>();
        let original = |block: &PublishedBlock| block.original.as_ref().map_or(0, String::len);
        HEAD + self.text.len() + self.blocks.iter().map(|b| BLOCK + places(b) + original(b)).sum::<usize>()
    }
}

/// The blocks that were left out of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// Number of blocks.
    pub blocks: u64,
    /// Their code points.
    pub chars: u64,
    /// Blocks by rule.
    pub by_rule: BTreeMap<String, u64>,
}

/// Measures of a text's quality.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// Number of U+FFFD in the text.
    pub replacement_chars: u64,
    /// Kept code points as a share of all code points of the page.
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
    /// The captures of the later pages, if its text was joined from several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later_pages: Vec<CaptureRef>,
    /// How the bytes were decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Digest of the configuration that reaches the document.
    pub rules: String,
    /// Digest of its source's table of repeated blocks.
    pub repeats: String,
    /// Program and version.
    pub engine: String,
    /// Index of the capture's event in the log.
    pub log_index: u64,
}

/// A reference to a capture: its place and digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureRef {
    /// File under the raw folder.
    pub file: String,
    /// Offset in bytes of its gzip member or record.
    pub offset: u64,
    /// Record id in a WARC file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record_id: String,
    /// `sha256:` of the body as received.
    pub digest: String,
    /// When it was captured (RFC 3339).
    pub fetched_at: String,
}

/// Computes `sha256:` over what a record says about its document. Its relations to other records, the time it was added
/// and the run that wrote it don't count.
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

/// A confidence in three decimals: more would be noise that looks like a change.
pub(super) fn rounded_confidence(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn a_cause_has_one_name() {
        use Cause::{Content, Engine, Erased, Gone, NoCapture, Related, Repeats, Rules};
        for cause in [Content, Rules, Repeats, Engine, Related, Gone, NoCapture, Erased] {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
        }
    }
}
