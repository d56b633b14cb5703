//! Turns a marked document into a record: joins the kept blocks to one text, numbers its code points, and computes the
//! version from the content.

pub mod record;
pub(crate) mod store;
mod text;

pub use record::Record;
pub(crate) use text::sources;

use record::{Dated, Issuer, PublishedBlock, Quality, Removed, SCHEMA, Translation, Urls, rounded_confidence};
use sanad_document::secrets::masked;
use sanad_document::{Document, Fate, Kind, Warning, digest, url_key};
use sanad_extract::metadata::{Metadata, Usage};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The fields of a record that don't come from the document itself.
#[derive(Debug, Clone, Default)]
pub struct RecordIdentity {
    /// Record id.
    pub id: String,
    /// Source id; empty for single files.
    pub source: String,
    /// When a run first emitted the record (RFC 3339); empty for single files.
    pub added: String,
    /// The document's addresses.
    pub url: Option<Urls>,
}

/// Builds the record of a marked document.
#[must_use]
pub fn record(document: &Document, metadata: &Metadata, identity: &RecordIdentity) -> Record {
    let joined = text::join(&document.blocks);
    let language = document.language.unwrap_or_default();
    let mut record = Record {
        schema: SCHEMA.to_owned(),
        id: identity.id.clone(),
        version: String::new(),
        source: identity.source.clone(),
        added: identity.added.clone(),
        created: created(metadata),
        title: metadata.title.clone(),
        text: joined.text,
        language: (!language.code.is_empty()).then(|| language.code.to_string()),
        language_confidence: (!language.code.is_empty()).then(|| rounded_confidence(language.confidence)),
        script: language.script.map(|script| script.to_string()),
        issuer: metadata.issuer.clone().map(|name| Issuer { name, country: metadata.country.clone() }),
        authors: metadata.authors.clone(),
        dates: metadata.dates.iter().map(Dated::from).collect(),
        url: identity.url.clone(),
        duplicate_of: None,
        translations: translations(metadata),
        blocks: joined.blocks,
        removed: removed(document),
        status: status(document).to_owned(),
        warnings: document.warnings.iter().cloned().chain(shared_canonical(identity)).collect(),
        quality: quality(document),
        prov: None,
        delta: None,
        metadata: extra(document, metadata),
    };
    record.version = version(&record);
    record
}

/// A warning of a canonical address that the page names and that isn't its own.
fn shared_canonical(identity: &RecordIdentity) -> Option<Warning> {
    let declared = identity.url.as_ref()?.declared.as_ref()?;
    let message = format!(
        "the page names {declared} as its canonical address, which is no variant of its own and wasn't captured with the \
         same text: it keeps its own address"
    );
    Some(Warning::new("identity.canonical_shared", message))
}

/// What the version is computed over: only what a reader would call content. Unknown values are `null` here.
#[derive(Serialize)]
struct VersionedContent<'a> {
    blocks: Vec<VersionedBlock>,
    dates: &'a [Dated],
    id: &'a str,
    issuer: Option<&'a Issuer>,
    language: Option<&'a str>,
    text: &'a str,
    title: Option<&'a str>,
    translations: Vec<VersionedTranslation<'a>>,
}

#[derive(Serialize)]
struct VersionedBlock {
    end: usize,
    kind: Kind,
    level: Option<u8>,
    start: usize,
}

/// Without the address: a page that links its versions by http today and by https tomorrow hasn't changed.
#[derive(Serialize)]
struct VersionedTranslation<'a> {
    id: &'a str,
    language: Option<&'a str>,
}

impl<'a> From<&'a Translation> for VersionedTranslation<'a> {
    fn from(translation: &'a Translation) -> Self {
        Self { id: &translation.id, language: translation.language.as_deref() }
    }
}

/// The digest of the record's content.
fn version(record: &Record) -> String {
    let block = |b: &PublishedBlock| VersionedBlock { end: b.end, kind: b.kind, level: b.level, start: b.start };
    let content = VersionedContent {
        blocks: record.blocks.iter().map(block).collect(),
        dates: &record.dates,
        id: &record.id,
        issuer: record.issuer.as_ref(),
        language: record.language.as_deref(),
        text: &record.text,
        title: record.title.as_deref(),
        translations: record.translations.iter().map(VersionedTranslation::from).collect(),
    };
    digest::sha256_of_object(&content, &[], record.json_room()).unwrap_or_default()
}

/// The one date for readers that know only one: the date of publication, else the document's own.
fn created(metadata: &Metadata) -> Option<String> {
    let of = |role: &str| metadata.dates.iter().find(|d| d.role == role).map(|d| d.value.clone());
    of("published").or_else(|| of("document"))
}

fn translations(metadata: &Metadata) -> Vec<Translation> {
    metadata
        .alternates
        .iter()
        .map(|a| (a, masked(&a.url)))
        .map(|(a, url)| Translation {
            language: a.language.clone(),
            id: url_key::record_id(&url_key::canonical_url(&url)),
            url: url.into_owned(),
            evidence: a.evidence.clone(),
            confidence: None,
        })
        .collect()
}

fn removed(document: &Document) -> Removed {
    let mut by_rule: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut blocks, mut chars) = (0, 0);
    for block in &document.blocks {
        if let Fate::Drop { rule, .. } = &block.fate {
            blocks += 1;
            chars += block.text.chars().count() as u64;
            *by_rule.entry(rule).or_default() += 1;
        }
    }
    let by_rule = by_rule.into_iter().map(|(rule, count)| (rule.to_owned(), count)).collect();
    Removed { blocks, chars, by_rule }
}

/// The warnings that say that a part of the document is missing, or that nothing shows that it is as it was.
const PARTIAL: &[&str] = &[
    "capture.record_length",
    "capture.segments",
    "capture.truncated",
    "capture.unverified",
    "decode.coding_truncated",
    "document.in_pdf",
    "document.one_of_several",
    "html.too_deep",
    "pdf.page_failed",
    "pdf.text_untrusted",
];

/// `partial` if a part of the document is known to be missing, else `ok`.
fn status(document: &Document) -> &'static str {
    let partial = document.warnings.iter().any(|w| PARTIAL.contains(&w.code.as_str()));
    if partial { "partial" } else { "ok" }
}

fn quality(document: &Document) -> Quality {
    let count = |kept: bool| -> usize {
        document.blocks.iter().filter(|b| b.fate.is_kept() == kept).map(|b| b.text.chars().count()).sum()
    };
    let (kept, dropped) = (count(true), count(false));
    let replacement_chars =
        document.blocks.iter().filter(|b| b.fate.is_kept()).map(|b| b.text.matches('\u{FFFD}').count()).sum::<usize>();
    let per_mille = (kept * 1000).checked_div(kept + dropped).unwrap_or(0);
    Quality {
        replacement_chars: replacement_chars as u64,
        kept_ratio: f64::from(u32::try_from(per_mille).unwrap_or(0)) / 1000.0,
        ocr: false,
    }
}

fn extra(document: &Document, metadata: &Metadata) -> BTreeMap<String, Value> {
    let mut extra = BTreeMap::from([("page_kind".to_owned(), json!(document.page_kind))]);
    for (name, value) in [("document_number", &metadata.number), ("place", &metadata.place)] {
        if let Some(value) = value {
            extra.insert(name.to_owned(), json!(value));
        }
    }
    if metadata.usage != Usage::default() {
        extra.insert("usage".to_owned(), json!(metadata.usage));
    }
    let mut repairs: BTreeMap<&str, u64> = BTreeMap::new();
    for repair in document.blocks.iter().filter(|b| b.fate.is_kept()).flat_map(|b| &b.repairs) {
        *repairs.entry(&repair.rule).or_default() += u64::from(repair.count);
    }
    if !repairs.is_empty() {
        extra.insert("repairs".to_owned(), json!(repairs));
    }
    extra
}
