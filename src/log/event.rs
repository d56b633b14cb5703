//! The events of a run, one canonical JSON line each.
//!
//! Wall-clock time stands only in `run.*` and `capture.fetched|unchanged|failed`; every other event is a pure function of
//! captures, rules, repeats and program version. A capture gets one `capture.read`, in the run that reads it first, and a
//! terminal event in each run that concludes something new of it. What a run concludes as an earlier one did has no event:
//! `run.completed` counts it. A revisit whose original is known has no event of its own either: `visit.unchanged` counts it.

use sanad_document::digest::{self, Sha256};
use sanad_document::{Encoding, Voucher, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;

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
    /// Visits that found what an earlier capture holds, all of a source.
    #[serde(rename = "visit.unchanged")]
    VisitUnchanged(VisitUnchanged),
    /// The table of repeated blocks of a source changed, and is final for this run and later ones.
    #[serde(rename = "repeats.frozen")]
    RepeatsFrozen(RepeatsFrozen),
    /// The table of relations between records changed, and is final for this run and later ones.
    #[serde(rename = "relations.frozen")]
    RelationsFrozen(RelationsFrozen),
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
    /// A document was taken down.
    #[serde(rename = "document.erased")]
    Erased(Erased),
    /// Files that no current record needs were taken away.
    #[serde(rename = "files.pruned")]
    Pruned(Pruned),
    /// A capture file was written again without captures that nothing needs any more.
    #[serde(rename = "captures.compacted")]
    Compacted(Compacted),
    /// A pruning ends.
    #[serde(rename = "prune.completed")]
    PruneCompleted(PruneCompleted),
    /// Another key signs from here on; the checkpoint over this event is signed by both.
    #[serde(rename = "key.changed")]
    KeyChanged(KeyChanged),
    /// An event too long for an entry; it stands under `objects/`.
    #[serde(rename = "event.detached")]
    Detached(Detached),
}

/// A document that was taken down: its captures' bodies, its records, its lines in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erased {
    /// When (RFC 3339).
    pub at: String,
    /// Record id.
    pub id: String,
    /// Why, as given.
    pub reason: String,
    /// Its captures: file, offset and record id.
    pub captures: Vec<ErasedCapture>,
    /// Record ids of the addresses that it was captured from, where they aren't its own: none of them is fetched again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Files under the results folder that were written again: `sha256:` before and after.
    pub files: BTreeMap<String, Rewritten>,
    /// Files under the raw folder that were written again.
    pub inputs: BTreeMap<String, Rewritten>,
}

/// A capture whose body was taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ErasedCapture {
    /// File under the raw folder.
    pub file: String,
    /// Offset in bytes.
    pub offset: u64,
    /// Record id in a WARC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record_id: String,
    /// `sha256:` of the body that stood there.
    pub digest: String,
}

/// A file before and after an erasure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rewritten {
    /// `sha256:` before.
    pub before: String,
    /// `sha256:` after; empty when the file is gone.
    pub after: String,
}

/// Files that were taken away: those of an old run, or a capture file in which nothing is needed any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pruned {
    /// When (RFC 3339).
    pub at: String,
    /// By which rule of retention.
    pub reason: String,
    /// The run whose files they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Their bytes together.
    pub bytes: u64,
    /// `sha256:` of each file under the results folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// `sha256:` of each file under the raw folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Captures in them.
    #[serde(default, skip_serializing_if = "is_none")]
    pub captures: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// A capture file that was written again without captures that nothing needs any more. A capture keeps the place where it
/// was first read, which is its name in the log and in records; the newest of these events leads from there to where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Compacted {
    /// When (RFC 3339).
    pub at: String,
    /// By which rule of retention.
    pub reason: String,
    /// File under the raw folder; it keeps its name.
    pub file: String,
    /// `sha256:` of the file before.
    pub before: String,
    /// `sha256:` of the file after.
    pub after: String,
    /// `sha256:` of the file under `objects/` that lists the captures that stay, one canonical JSON line each, sorted by
    /// `from`: the offset in bytes where the capture was first read, its `record_id`, and its offset `to` in the new file.
    pub moved: String,
    /// Captures that stay.
    pub kept: u64,
    /// Captures that went.
    pub removed: u64,
    /// Bytes that went.
    pub bytes: u64,
}

/// What a pruning amounts to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PruneCompleted {
    /// When (RFC 3339).
    pub at: String,
    /// Events of this pruning, one a run or capture file.
    pub pruned: u64,
    /// Bytes that went.
    pub bytes: u64,
    /// Bytes of the cache that went, which is no evidence.
    pub cache: u64,
}

/// A change of the signing key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyChanged {
    /// When (RFC 3339).
    pub at: String,
    /// The key that signed so far.
    pub old: String,
    /// The key that signs from here on.
    pub new: String,
}

/// An event that stands in a file of its own, as canonical JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Detached {
    /// Its name: `run.completed`, ….
    pub name: String,
    /// `sha256:` of it; the file is named after it.
    pub digest: String,
    /// Its length in bytes.
    pub bytes: u64,
}

impl Event {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "run.started",
            Self::CaptureRead(_) => "capture.read",
            Self::CaptureFetched(_) => "capture.fetched",
            Self::CaptureUnchanged(_) => "capture.unchanged",
            Self::CaptureFailed(_) => "capture.failed",
            Self::VisitUnchanged(_) => "visit.unchanged",
            Self::RepeatsFrozen(_) => "repeats.frozen",
            Self::RelationsFrozen(_) => "relations.frozen",
            Self::Emitted(_) => "document.emitted",
            Self::Unchanged(_) => "document.unchanged",
            Self::Duplicate(_) => "document.duplicate",
            Self::Held(_) => "document.held",
            Self::Quarantined(_) => "document.quarantined",
            Self::Skipped(_) => "document.skipped",
            Self::RunCompleted(_) => "run.completed",
            Self::Erased(_) => "document.erased",
            Self::Pruned(_) => "files.pruned",
            Self::Compacted(_) => "captures.compacted",
            Self::PruneCompleted(_) => "prune.completed",
            Self::KeyChanged(_) => "key.changed",
            Self::Detached(_) => "event.detached",
        }
    }

    /// How a capture ended, when it says so.
    #[must_use]
    pub fn ended(&self) -> Option<&Ended> {
        match self {
            Self::Emitted(e)
            | Self::Unchanged(e)
            | Self::Duplicate(e)
            | Self::Held(e)
            | Self::Quarantined(e)
            | Self::Skipped(e) => Some(e),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn ended_mut(&mut self) -> Option<&mut Ended> {
        match self {
            Self::Emitted(e)
            | Self::Unchanged(e)
            | Self::Duplicate(e)
            | Self::Held(e)
            | Self::Quarantined(e)
            | Self::Skipped(e) => Some(e),
            _ => None,
        }
    }

    /// The entry of the log: canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// When it can't be written as JSON.
    pub fn entry(&self) -> Result<String, serde_json::Error> {
        digest::canonical(self)
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When it isn't an event.
    pub fn parse(entry: &[u8]) -> Result<Self, serde_json::Error> {
        // Much quicker than the derived reader, which keeps the whole object aside until it has found the name.
        fn of<'a, T: Deserialize<'a>>(entry: &'a [u8], wrap: fn(T) -> Event) -> Result<Event, serde_json::Error> {
            serde_json::from_slice(entry).map(wrap)
        }
        match named(entry) {
            "capture.read" => of(entry, Self::CaptureRead),
            "document.emitted" => of(entry, Self::Emitted),
            "document.unchanged" => of(entry, Self::Unchanged),
            "document.duplicate" => of(entry, Self::Duplicate),
            "document.held" => of(entry, Self::Held),
            "document.quarantined" => of(entry, Self::Quarantined),
            "document.skipped" => of(entry, Self::Skipped),
            _ => serde_json::from_slice(entry),
        }
    }
}

/// The name as canonical JSON shows it. Inside a string the quotes would be escaped, so this can only be a key; where it
/// isn't the event's own, the whole reader decides.
fn named(entry: &[u8]) -> &str {
    const KEY: &[u8] = b"\"event\":\"";
    let rest = memchr::memmem::find(entry, KEY).and_then(|at| entry.get(at + KEY.len()..)).unwrap_or_default();
    let end = memchr::memchr(b'"', rest).unwrap_or(0);
    rest.get(..end).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
}

/// A line of `events.jsonl` back to the entry it shows.
///
/// # Errors
/// When it isn't JSON.
pub fn entry_of_line(line: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    // Only these escapes tell a line from its entry.
    if ["\\u0085", "\\u2028", "\\u2029"].iter().all(|escape| !line.contains(escape)) {
        return Ok(Cow::Borrowed(line));
    }
    serde_json::from_str(line).map(|value| Cow::Owned(digest::canonical_json(&value)))
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
    /// It fetched as if it were the time of `at`: captures state that time, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rehearsal: bool,
    /// Whether texts are `complete` or the `body` alone.
    pub text: String,
    /// Sources the run is limited to; empty for all.
    pub sources: Vec<String>,
    /// Files that captures are read from, with their sizes in bytes: those that the log doesn't know, or not with this size.
    /// Where `unchanged` is absent, all of them.
    pub inputs: Vec<Input>,
    /// The other files. Their list has a line for each, sorted: canonical JSON of an [`Input`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<Counted>,
}

/// A list that isn't written out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// Number of its lines.
    pub count: u64,
    /// `sha256:` of its lines, each with a line feed.
    pub digest: String,
}

impl Counted {
    /// Counts and digests lines, which come without line feeds and sorted.
    pub(crate) fn of(lines: impl IntoIterator<Item = String>) -> Self {
        let (mut count, mut hash) = (0, Sha256::new());
        for line in lines {
            hash.update(line.as_bytes());
            hash.update(b"\n");
            count += 1;
        }
        Self { count, digest: digest::named(&hash.finalize()) }
    }

    /// The list of files with their digests, which come sorted by file.
    pub(crate) fn of_files(files: impl IntoIterator<Item = (impl Display, impl Display)>) -> Self {
        Self::of(files.into_iter().map(|(file, digest)| format!("{digest} {file}")))
    }
}

/// Revisit records of a source: visits that found what an earlier capture holds. They are counted once, in the run that reads
/// them first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitUnchanged {
    /// Source id.
    pub source: String,
    /// Number of visits.
    pub visits: u64,
    /// The visits by file under the raw folder. A file's list has a line for each visit, sorted: canonical JSON of its time,
    /// address and record id.
    pub files: BTreeMap<String, Counted>,
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
    /// Record id in the WARC.
    pub record_id: String,
    /// `sha256:` of the response's header as received.
    pub headers: String,
    /// `sha256:` of the body without chunk marks.
    pub digest: String,
    /// It came over TLS.
    pub tls: bool,
    /// What vouched for the server's certificate; where it isn't said, a public authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Voucher>,
    /// `sha256:` of the server's certificate (DER).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The network address that answered, where it is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
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
    /// Who named the address, and where: `configuration`, or `sitemap`, `feed`, `listing`, `page` or `robots.txt` with its
    /// address. For the target of a redirect, who named the first address, and then that address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_by: Option<String>,
}

impl CaptureFailed {
    /// The failure as one line for people: address, why, code, and who named it.
    #[must_use]
    pub fn line(&self) -> String {
        let named_by = self.named_by.as_ref().map(|who| format!("; named by: {who}")).unwrap_or_default();
        format!("{}: {} ({}){named_by}", self.url, self.message, self.code)
    }
}

/// The frozen table of repeated blocks of a source. It holds until the next one of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RepeatsFrozen {
    /// Source id.
    #[serde(default)]
    pub source: String,
    /// `sha256:` of the table: of its lines, each with a line feed.
    pub digest: String,
    /// `sha256:` of the file under `objects/` that holds the table or the changes that lead to it.
    #[serde(default)]
    pub object: String,
    /// `sha256:` of the table that the changes apply to: the source's last one. Absent if the file holds the whole table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Pages that it was counted on.
    pub pages: u64,
    /// Lines of the table, one for each template.
    #[serde(default)]
    pub lines: u64,
    /// Repeated blocks.
    pub blocks: u64,
}

/// The table of relations between all records that are current when the run has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RelationsFrozen {
    /// `sha256:` of the table, which stands under `objects/`.
    pub digest: String,
    /// Records that were compared.
    pub records: u64,
    /// Near-duplicates among them.
    pub duplicates: u64,
    /// Links between languages that no page states.
    pub translations: u64,
}

/// How a capture ended.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
)]
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
    /// `sha256:` of the record's canonical JSON without `added`, `delta`, `duplicate_of`, `prov.run`, `prov.log_index`
    /// and those `translations` that have a `confidence`.
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
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
)]
pub struct Stages {
    /// How bytes became text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Program and version.
    pub engine: String,
    /// `sha256:` of the configuration that reaches the document, as in its record's `prov.rules`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rules: String,
    /// Blocks extracted.
    pub blocks: u64,
    /// Blocks kept.
    pub kept: u64,
    /// Blocks left out, by rule.
    pub removed: BTreeMap<String, u64>,
    /// `blake3:` of the document's lines in the ledger of what was left out, line feeds between them.
    pub ledger: String,
    /// `blake3:` of what each stage left: `extract`, `language`, `mark`.
    pub digests: BTreeMap<String, String>,
    /// Language of the document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Code points of kept text by language.
    pub languages: BTreeMap<String, u64>,
    /// What went wrong without ending it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The run that they ran in, whose ledger lists what was left out, where it is an earlier one: the outcome is another, but
    /// what they say is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// What a run ends with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCompleted {
    /// Run id.
    pub run: String,
    /// When (RFC 3339); with `--now` the time given.
    pub at: String,
    /// Captures in the files that were read, without the visits that `visit.unchanged` counts: the sum of the outcomes and of
    /// `carried`.
    pub captures: u64,
    /// Terminal events of the run, by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Captures that are what an earlier run concluded of them. Their list has a line for each, sorted: the capture's digest
    /// and, after a space, the index of the event that concluded it. Absent in logs that have an event for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Counted>,
    /// Indexes of the `capture.read` events of captures that aren't in their file any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<u64>,
    /// `sha256:` of every file written under the results folder, but the log's own.
    pub written: BTreeMap<String, String>,
    /// Files taken away, for their records moved or went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<String>,
    /// `sha256:` of the capture files read or written that the log doesn't know, or not with this digest. Where `unchanged` is
    /// absent, of all.
    pub inputs: BTreeMap<String, String>,
    /// The other files that were read. Their list has a line for each, sorted by file: its digest and, after a space, the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<Counted>,
    /// Those of them that the run before didn't read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<String>,
    /// Files that the run before read and this one didn't.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
}
