//! The second pass: documents marked with the frozen table, records made, compared with earlier ones, and written.

use super::cache::{Cache, CacheReader, Entry};
use super::expect::{Tally, broken};
use super::first::{Found, Seen};
use super::preview::Differences;
use super::relating;
use super::source::{age, current, is_publishable};
use super::spool::{Aside, Spool, Turned};
use super::staging::Staging;
use super::write::Writer;
use super::{Log, Options, Progress, engine};
use crate::boilerplate::repeats::Repeats;
use crate::config::{Config, Source};
use crate::digest;
use crate::emit::record::{CaptureRef, Prov, Urls};
use crate::emit::{self, Record};
use crate::error::Error;
use crate::log::event::{Ended, Event, Stages};
use crate::metadata::Metadata;
use crate::ordered::map_in_order;
use crate::record::{Document, Fate, PageKind};
use crate::relations::Card;
use crate::report::{Report, add};
use crate::schema::{QuarantineLine, RemovedLine};
use crate::{Visit, judge};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the second pass works by.
pub(crate) struct Pass<'a> {
    pub(crate) options: &'a Options,
    pub(crate) config: &'a Config,
    pub(crate) repeats: &'a Repeats,
    /// Digest of the table.
    pub(crate) table: &'a str,
    pub(crate) run: &'a str,
    pub(crate) cache: &'a Cache,
    pub(crate) progress: &'a dyn Progress,
    /// Records of each source and cause whose changes are shown.
    pub(crate) samples: usize,
}

/// A capture with its place in the second pass.
pub(super) struct Turn<'a> {
    pub(super) seen: &'a Seen,
    /// Other addresses it was captured under; none when it is not the one that counts.
    aliases: Option<Vec<String>>,
    /// Whether a newer capture of its address counts.
    superseded: bool,
    /// Whether its address has a record that an older capture gave.
    had_record: bool,
    /// Visits that didn't find the document, when these are so many that it is gone.
    gone: Option<u32>,
    /// Visits that didn't find the document whose capture this is, where it is the one that counts.
    missed: u32,
}

/// What came of a turn.
#[derive(Serialize, Deserialize)]
pub(super) struct Judged {
    pub(super) ended: Ended,
    pub(super) outcome: Verdict,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Verdict {
    Record {
        record: Box<Record>,
        /// JSON lines of what was left out; written before anything else.
        #[serde(skip)]
        ledger: Vec<String>,
    },
    /// `alarming` when it makes the run end with exit code 1.
    Quarantined {
        alarming: bool,
        line: Box<QuarantineLine>,
    },
    Skipped,
}

/// Marks, makes records, tells how they stand to each other, writes; gives the report.
///
/// # Errors
/// When the cache can't be read or the results can't be written.
pub(super) fn pass(
    pass: &Pass<'_>,
    seen: &[Seen],
    staging: &mut Staging,
    log: &mut Log,
) -> Result<(Report, Differences), Error> {
    let (mut aside, tallies) = judge_all(pass, seen, staging)?;
    pass.progress.begin("relate and write", None);
    let broken = broken(pass, &tallies)?;
    let held: BTreeSet<&String> = broken.iter().filter(|(_, why)| !why.is_empty()).map(|(source, _)| source).collect();
    let written = broken.keys().filter(|source| !held.contains(source)).cloned().collect();
    let kept = relating::kept(pass, &written)?;
    let relations = relating::relate(pass, (&mut aside, &held), &kept)?;
    log.add(&Event::RelationsFrozen(relating::store(&relations, staging)?))?;
    let mut writer = Writer::begin((pass, &relations, &broken), staging, log)?;
    aside.each(|turned| writer.write(turned))?;
    let report = writer.finish(&kept)?;
    pass.progress.end();
    Ok(report)
}

/// Every capture judged, and set aside until its record's relations are known.
fn judge_all(pass: &Pass<'_>, seen: &[Seen], staging: &mut Staging) -> Result<(Aside, BTreeMap<String, Tally>), Error> {
    let turns = turns(seen, pass.config);
    pass.progress.begin("mark", Some(turns.len() as u64));
    let readers = pass.cache.reader();
    let work = |reader: &mut CacheReader, turn: Turn<'_>| {
        let judged = take(pass, reader, &turn)?;
        let card = match &judged.outcome {
            Verdict::Record { record, .. } => Some(Card::of(record)),
            _ => None,
        };
        Ok::<_, Error>((Turned { source: turn.seen.source.clone(), missed: turn.missed, judged }, card))
    };
    let mut spool = Spool::begin(pass, staging)?;
    map_in_order(pass.options.jobs, turns.into_iter(), (|| readers.clone(), work), |turned| {
        pass.progress.step();
        let (turned, card) = turned?;
        spool.add(pass, &turned, card)
    })?;
    pass.progress.end();
    spool.finish(staging)
}

/// All captures by source, record id and order of reading.
pub(super) fn turns<'a>(seen: &'a [Seen], config: &Config) -> Vec<Turn<'a>> {
    let current = current(seen, config);
    let mut addresses: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for capture in seen {
        addresses.entry((&capture.source, &capture.id)).or_default().insert(&capture.capture.url);
    }
    let mut order: Vec<&Seen> = seen.iter().collect();
    order.sort_by(|a, b| (&a.source, &a.id, a.index).cmp(&(&b.source, &b.id, b.index)));
    let turn = |seen: &'a Seen| {
        let key = (seen.source.as_str(), seen.id.as_str());
        let best = current.pages.get(&key);
        let counts = best.is_some_and(|b| b.index == seen.index);
        let others = |urls: &BTreeSet<&str>| {
            urls.iter().filter(|u| **u != seen.capture.url).map(|u| (*u).to_owned()).collect::<Vec<_>>()
        };
        Turn {
            seen,
            aliases: counts.then(|| addresses.get(&key).map(others).unwrap_or_default()),
            superseded: !counts && is_publishable(seen, config),
            had_record: best.is_some_and(|b| age(b) < age(seen)),
            gone: current.gone.get(&key).copied(),
            missed: current.missed.get(&key).copied().filter(|_| counts).unwrap_or_default(),
        }
    };
    order.into_iter().map(turn).collect()
}

pub(super) fn take(pass: &Pass<'_>, reader: &mut CacheReader, turn: &Turn<'_>) -> Result<Judged, Error> {
    let seen = turn.seen;
    let mut ended = Ended {
        capture: seen.index,
        digest: seen.capture.digest.clone(),
        source: seen.source.clone(),
        id: if seen.capture.url.is_empty() { String::new() } else { seen.id.clone() },
        ..Ended::default()
    };
    if let Some(missed) = turn.gone.filter(|_| turn.superseded) {
        let message = format!("the page is gone: {missed} visits in a row didn't find it");
        return Ok(skipped(ended, "gone", &message));
    }
    if turn.superseded {
        return Ok(skipped(ended, "superseded", "a newer capture of this address counts"));
    }
    match &seen.found {
        Found::Skipped(code, message) => Ok(skipped(ended, code, message)),
        Found::Failed(error) => {
            error.stage().clone_into(&mut ended.stage);
            Ok(quarantined(ended, (error.code(), &error.to_string()), turn, true))
        }
        Found::Kind(kind, message) => {
            "fetch".clone_into(&mut ended.stage);
            Ok(quarantined(ended, (kind.code(), message), turn, turn.had_record))
        }
        Found::Document { span, language, .. } => {
            let (document, mut metadata) = match judged(pass, (seen, language), reader.read(*span)?) {
                Ok(judged) => judged,
                Err(error) => return Ok(quarantined(ended, (error.code(), &error.to_string()), turn, true)),
            };
            let ledger = lines_of(&ledger(&document, seen))?;
            ended.stages = Some(stages(&document, &ledger));
            "mark".clone_into(&mut ended.stage);
            if turn.aliases.is_none() {
                let kind = document.page_kind;
                return Ok(quarantined(ended, (kind.code(), kind_message(kind)), turn, turn.had_record));
            }
            if let Some(source) = pass.config.sources.get(&seen.source) {
                name_issuer(&mut metadata, source);
            }
            let record = record(pass, turn, &document, &metadata);
            if record.text.is_empty() {
                let why = (PageKind::Empty.code(), "nothing is left when the site's own text is taken away");
                return Ok(quarantined(ended, why, turn, turn.had_record));
            }
            ended.stage.clear();
            Ok(Judged { ended, outcome: Verdict::Record { record: Box::new(record), ledger } })
        }
    }
}

/// A document with its final marks, and its metadata.
pub(super) fn judged(
    pass: &Pass<'_>,
    (seen, language): (&Seen, &str),
    entry: Entry,
) -> Result<(Document, Metadata), Error> {
    let support = pass.repeats.support(&seen.source, language, &entry.sketch);
    let visit = Visit {
        url: Some(&seen.capture.url),
        captured_at: Some(&seen.capture.fetched_at).filter(|t| !t.is_empty()).map(String::as_str),
        mode: pass.options.text,
    };
    entry.outcome.map(|document| judge(document, &support, &visit))
}

fn kind_message(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Document => "a document",
        PageKind::Listing => "a list of links to other pages; `listings = true` in its source makes it a record",
        PageKind::ErrorPage => "an error page, whatever its status says",
        PageKind::Interstitial => "a page that stands before the document: a wait, a check, a question of consent",
        PageKind::ScriptOnly => "a shell that only a script would fill",
        PageKind::Scan => "page images without a text layer",
        PageKind::Empty => "no text",
    }
}

fn skipped(mut ended: Ended, code: &str, message: &str) -> Judged {
    code.clone_into(&mut ended.code);
    message.clone_into(&mut ended.message);
    Judged { ended, outcome: Verdict::Skipped }
}

fn quarantined(mut ended: Ended, (code, message): (&str, &str), turn: &Turn<'_>, alarming: bool) -> Judged {
    let capture = &turn.seen.capture;
    code.clone_into(&mut ended.code);
    ended.message = match capture.status {
        Some(status @ 400..) => format!("{message} (HTTP status {status})"),
        _ => message.to_owned(),
    };
    let line = QuarantineLine {
        capture: ended.capture,
        url: capture.url.clone(),
        id: ended.id.clone(),
        source: ended.source.clone(),
        file: capture.place.file.clone(),
        offset: capture.place.offset,
        digest: ended.digest.clone(),
        stage: ended.stage.clone(),
        code: ended.code.clone(),
        message: ended.message.clone(),
    };
    Judged { ended, outcome: Verdict::Quarantined { alarming, line: Box::new(line) } }
}

fn record(pass: &Pass<'_>, turn: &Turn<'_>, document: &Document, metadata: &Metadata) -> Record {
    let seen = turn.seen;
    let place = emit::Place {
        id: seen.id.clone(),
        source: seen.source.clone(),
        added: pass.options.now.clone(),
        url: Some(Urls {
            requested: seen.capture.url.clone(),
            final_url: seen.capture.url.clone(),
            canonical: Some(seen.canonical.clone()),
            aliases: turn.aliases.clone().unwrap_or_default(),
        }),
    };
    let mut record = emit::record(document, metadata, &place);
    record.prov = Some(Prov {
        run: pass.run.to_owned(),
        capture: CaptureRef {
            file: seen.capture.place.file.clone(),
            offset: seen.capture.place.offset,
            record_id: seen.capture.place.record_id.clone(),
            digest: seen.capture.digest.clone(),
            fetched_at: seen.capture.fetched_at.clone(),
        },
        encoding: document.encoding.clone(),
        rules: pass.config.digest.clone(),
        repeats: pass.table.to_owned(),
        engine: engine(),
        log_index: seen.index,
    });
    record
}

/// The source's name and country stand in where the page says nothing.
fn name_issuer(metadata: &mut Metadata, source: &Source) {
    if metadata.issuer.is_none() {
        metadata.issuer.clone_from(&source.name);
        metadata.country = None;
    }
    if metadata.country.is_none() {
        metadata.country.clone_from(&source.country);
    }
}

/// The document's lines in the ledger of what was left out.
fn ledger(document: &Document, seen: &Seen) -> Vec<RemovedLine> {
    let dropped = document.blocks.iter().enumerate().filter_map(|(block, b)| match &b.fate {
        Fate::Keep => None,
        Fate::Drop { rule, support } => Some(RemovedLine {
            id: seen.id.clone(),
            source: seen.source.clone(),
            capture: seen.index,
            block,
            kind: b.kind,
            stage: if rule.starts_with("page.") { "extract" } else { "mark" }.to_owned(),
            rule: rule.clone(),
            support: support.clone(),
            text: b.text.clone(),
            origin: b.origin.clone(),
        }),
    });
    dropped.collect()
}

/// JSON lines of a ledger.
fn lines_of(ledger: &[RemovedLine]) -> Result<Vec<String>, Error> {
    ledger.iter().map(|line| digest::json_line(line).map_err(|e| not_json(&e))).collect()
}

fn stages(document: &Document, ledger: &[String]) -> Stages {
    let mut removed = BTreeMap::new();
    let mut languages: BTreeMap<String, u64> = BTreeMap::new();
    let mut kept = 0;
    for block in &document.blocks {
        match &block.fate {
            Fate::Keep => {
                kept += 1;
                let code = block.language.as_ref().map_or("und", |l| l.code.as_str());
                *languages.entry(code.to_owned()).or_default() += block.text.chars().count() as u64;
            }
            Fate::Drop { rule, .. } => add(&mut removed, rule),
        }
    }
    Stages {
        encoding: document.encoding.clone(),
        engine: engine(),
        blocks: document.blocks.len() as u64,
        kept,
        removed,
        ledger: digest::sha256(ledger.join("\n").as_bytes()),
        digests: digests(document),
        language: document.language.as_ref().map(|l| l.code.clone()).unwrap_or_default(),
        languages,
        warnings: document.warnings.clone(),
    }
}

/// `sha256:` of what each stage left, so that a difference found later has a place. Scores stay out: what follows from
/// them is in the marks.
fn digests(document: &Document) -> BTreeMap<String, String> {
    let of = |value: Result<Vec<u8>, serde_json::Error>| digest::sha256(&value.unwrap_or_default());
    let extracted: Vec<_> = document
        .blocks
        .iter()
        .map(|b| (&b.text, b.kind, b.level, &b.origin, b.join, b.role, &b.path, &b.original))
        .collect();
    let extracted = (document.format, document.page_kind, &document.head, extracted, &document.warnings);
    let languages: Vec<_> = document.blocks.iter().map(|b| b.language.as_ref().map(|l| (&l.code, &l.script))).collect();
    let marks: Vec<_> = document.blocks.iter().map(|b| &b.fate).collect();
    let marked = (marks, document.language.as_ref().map(|l| (&l.code, &l.script)));
    [
        ("extract", of(serde_json::to_vec(&extracted))),
        ("language", of(serde_json::to_vec(&languages))),
        ("mark", of(serde_json::to_vec(&marked))),
    ]
    .map(|(stage, digest)| (stage.to_owned(), digest))
    .into()
}

/// `sha256:` of what a record says of its document; not of other records, nor of when and in which run it was written.
pub(crate) fn record_digest(record: &Record) -> Result<String, Error> {
    let mut value = serde_json::to_value(record).map_err(|e| not_json(&e))?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove("added");
        fields.remove("delta");
        fields.remove("duplicate_of");
        if let Some(links) = fields.get_mut("translations").and_then(Value::as_array_mut) {
            links.retain(|link| link.get("confidence").is_none());
        }
        if let Some(prov) = fields.get_mut("prov").and_then(Value::as_object_mut) {
            prov.remove("run");
            prov.remove("log_index");
        }
    }
    Ok(digest::sha256(digest::canonical_json(&value).as_bytes()))
}

pub(super) fn not_json(error: &serde_json::Error) -> Error {
    Error::io(Path::new("records"), "write", &std::io::Error::other(error.to_string()))
}
