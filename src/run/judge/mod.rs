//! Judges every capture: marks its document with the frozen tables, makes the record, and spools the outcome.
pub(crate) mod expectations;
mod joined_pages;
pub(crate) mod outcome;
pub(crate) mod pass;
pub(crate) mod previous_outcomes;
pub(crate) mod provenance;
pub(crate) mod repeat_tables;
pub(crate) mod source_tally;
pub(crate) mod spool;
mod table_cache;
pub(crate) mod table_file;
mod table_writer;

use super::commit::staging::Staging;
use super::options::engine;
use super::scan::catalogue::{CatalogueEntry, Revisit};
use super::scan::outcome::{ScanOutcome, ScannedCapture, SkipReason};
use crate::config::Source;
use crate::emit::record::{CaptureRef, Prov, Urls, record_digest};
use crate::emit::{self, Record};
use crate::error::{Error, not_json};
use crate::log::concluded::Concluded;
use crate::log::event::Ended;
use crate::ordered_map::par_map_ordered_weighted;
use crate::relations::Card;
use crate::run::judge::pass::{JudgedCapture, Judgement, Pass, Readers};
use crate::schema::QuarantineLine;
use outcome::{CaptureOutcome, InputsHash, NewOutcome, OutcomeKind, RecordTally};
use previous_outcomes::{CachedOutcome, OutcomeCache, WithCached};
use provenance::{ledger, stages};
use sanad_document::{Block, Document, Fate, PageKind, digest};
use sanad_extract::metadata::Metadata;
use sanad_extract::{Visit, boilerplate, judge};
use source_tally::SourceTally;
use spool::{OutcomeSpool, SpooledOutcomes};
use std::collections::BTreeMap;
use std::iter;

/// Judges all captures in parallel and spools their outcomes, which wait there until the relations between records are
/// known.
pub(crate) fn judge_all(
    pass: &Pass<'_>,
    previous: &OutcomeCache,
    staging: &Staging,
) -> Result<(SpooledOutcomes, BTreeMap<String, SourceTally>), Error> {
    pass.progress.begin("mark", Some(pass.catalogue.len()));
    let mut spool = OutcomeSpool::begin(staging)?;
    let work = |readers: &mut Readers<'_>, item: Result<WithCached, Error>| {
        let (entry, remembered) = item?;
        let entry = &entry;
        let seen = readers.seen.read(entry.place)?;
        let before = remembered.as_ref().map(|remembered| &remembered.basis);
        let basis = InputsHash::of(pass, readers, entry, &seen, before)?;
        // The hash says nothing of later pages.
        let is_single = entry.later_pages.is_empty();
        match remembered.filter(|remembered| is_single && remembered.basis.decides_as(&basis)) {
            Some(remembered) => Ok(as_before(*remembered, entry, &seen, basis)),
            None => fresh(pass, entry, (basis, seen.concluded), take(pass, readers, entry, &seen)?),
        }
    };
    let items = previous.beside(pass.catalogue)?.map(|item| match &item {
        Ok((entry, None)) => (u64::from(entry.bytes), item),
        _ => (0, item),
    });
    par_map_ordered_weighted(pass.options.jobs, items, (|| pass.readers(), work), |fresh: Result<_, Error>| {
        pass.progress.step();
        spool.add(pass, &fresh?)
    })?;
    pass.progress.end();
    spool.finish()
}

/// Carries over the outcome of a document whose inputs are the same as in the last run.
fn as_before(
    remembered: CachedOutcome,
    entry: &CatalogueEntry,
    seen: &ScannedCapture,
    basis: InputsHash,
) -> NewOutcome {
    let CachedOutcome { run, mut ended, mut outcome, card, tallied, .. } = remembered;
    ended.capture = seen.index;
    ended.code.clear();
    if let Some(stages) = &mut ended.stages {
        stages.since = Some(run.clone());
    }
    if let OutcomeKind::Quarantined { line, .. } = &mut outcome {
        ended.code.clone_from(&line.code);
        line.capture = seen.index;
        seen.capture.place.file.clone_into(&mut line.file);
        line.offset = seen.capture.place.offset;
    }
    NewOutcome {
        capture_outcome: CaptureOutcome {
            missed: missed(entry),
            key: entry.key,
            basis,
            run,
            ended,
            outcome,
            tallied,
            concluded: seen.concluded,
        },
        card,
    }
}

fn missed(entry: &CatalogueEntry) -> u32 {
    if entry.standing.counts { entry.standing.missed } else { 0 }
}

/// Prepares the outcome of a newly judged capture for the spool.
fn fresh(
    pass: &Pass<'_>,
    entry: &CatalogueEntry,
    (basis, concluded): (InputsHash, Option<Concluded>),
    judged: JudgedCapture,
) -> Result<NewOutcome, Error> {
    let JudgedCapture { mut ended, outcome } = judged;
    let (mut card, mut tallied) = (None, None);
    let outcome = match outcome {
        Judgement::Record { record, ledger, repeated_chars } => {
            ended.version.clone_from(&record.version);
            ended.record_digest = record_digest(&record)?;
            card = Some(Card::of(&record));
            let expect = pass.config.sources.get(&ended.source).and_then(|s| s.expect.as_ref());
            tallied = expect.map(|expect| RecordTally::of(&record, repeated_chars, expect));
            OutcomeKind::Record {
                language: record.language.clone().unwrap_or_else(|| "und".to_owned()),
                line: digest::json_lines(iter::once(&record), record.json_room()).map_err(|e| not_json(&e))?,
                ledger,
            }
        }
        Judgement::Quarantined { alarming, line } => OutcomeKind::Quarantined { alarming, line: *line },
        Judgement::Skipped(reason) => OutcomeKind::Skipped(reason),
    };
    let run = pass.run.to_owned();
    let (missed, key) = (missed(entry), entry.key);
    let capture_outcome = CaptureOutcome { missed, key, basis, run, ended, outcome, tallied, concluded };
    Ok(NewOutcome { capture_outcome, card })
}

/// Judges a capture.
///
/// # Errors
/// When its document can't be read from the cache.
pub(crate) fn take(
    pass: &Pass<'_>,
    readers: &mut Readers<'_>,
    entry: &CatalogueEntry,
    seen: &ScannedCapture,
) -> Result<JudgedCapture, Error> {
    let standing = entry.standing;
    let mut ended = Ended {
        capture: pass.revisits.get(&seen.number).copied().unwrap_or(seen.index),
        digest: seen.capture.digest.clone(),
        source: seen.source.clone(),
        id: if seen.capture.url.is_empty() { String::new() } else { seen.id.clone() },
        ..Ended::default()
    };
    if entry.is_publishable && !standing.counts {
        return Ok(if standing.is_gone {
            let visits = pass.config.gone_after(&seen.source);
            skipped(ended, SkipReason::Gone, &format!("the page is gone: {visits} visits in a row didn't find it"))
        } else if entry.is_joined {
            skipped(ended, SkipReason::Joined, "its text is in the record of the first page")
        } else {
            skipped(ended, SkipReason::Superseded, "a newer capture of this address counts")
        });
    }
    match &seen.found {
        ScanOutcome::Skipped(SkipReason::Revisit, _) if entry.revisit == Revisit::Alone => {
            let message = "the server gave what an earlier capture holds, but that capture isn't there";
            Ok(skipped(ended, SkipReason::RevisitAlone, message))
        }
        // Its record stays as it was, and somebody must hear of it.
        ScanOutcome::Skipped(SkipReason::MediaType, message) if standing.had_record => {
            "decode".clone_into(&mut ended.stage);
            Ok(quarantined(ended, "decode.unknown_type", message, seen, true))
        }
        ScanOutcome::Skipped(reason, message) => Ok(skipped(ended, *reason, message)),
        ScanOutcome::Failed(error) => {
            error.stage().clone_into(&mut ended.stage);
            Ok(quarantined(ended, error.code(), &error.to_string(), seen, true))
        }
        ScanOutcome::Kind(kind, message) => {
            "fetch".clone_into(&mut ended.stage);
            Ok(quarantined(ended, kind.code(), message, seen, standing.had_record))
        }
        ScanOutcome::Document { .. } => take_document(pass, readers, entry, seen, ended),
    }
}

/// Judges a capture that has a document.
fn take_document(
    pass: &Pass<'_>,
    readers: &mut Readers<'_>,
    entry: &CatalogueEntry,
    seen: &ScannedCapture,
    mut ended: Ended,
) -> Result<JudgedCapture, Error> {
    let standing = entry.standing;
    let (document, mut metadata) = match judged(pass, readers, entry, seen)? {
        Ok(judged) => judged,
        Err(error) => return Ok(quarantined(ended, error.code(), &error.to_string(), seen, true)),
    };
    let source = pass.config.sources.get(&seen.source);
    if metadata.usage.is_noindex() && source.is_some_and(|source| source.respect_noindex) {
        return Ok(skipped(ended, SkipReason::Noindex, "the page asks not to be indexed"));
    }
    let ledger = ledger(&document, seen)?;
    let later_pages = later_captures(readers, entry)?;
    let rules = readers.rules(pass, seen);
    ended.stages = Some(stages(&document, &ledger, rules));
    "mark".clone_into(&mut ended.stage);
    if !standing.counts {
        let kind = document.page_kind;
        return Ok(quarantined(ended, kind.code(), kind_message(kind), seen, standing.had_record));
    }
    if let Some(source) = source {
        name_issuer(&mut metadata, source);
    }
    let mut record = record(pass, entry, seen, &document, &metadata);
    record.prov = Some(prov(pass, seen, &document, rules, later_pages));
    if record.text.is_empty() {
        let why = "nothing is left when the site's own text is taken away";
        return Ok(quarantined(ended, PageKind::Empty.code(), why, seen, standing.had_record));
    }
    ended.stage.clear();
    let repeated_chars = repeated_chars(&document);
    let outcome = Judgement::Record { record: Box::new(record), ledger, repeated_chars };
    Ok(JudgedCapture { ended, outcome })
}

/// Code points of a document that repetition took.
fn repeated_chars(document: &Document) -> u64 {
    let is_taken = |block: &&Block| matches!(&block.fate, Fate::Drop { rule, .. } if *rule == boilerplate::Rule::RepeatTemplate.as_str());
    document.blocks.iter().filter(is_taken).map(|block| block.text.chars().count() as u64).sum()
}

/// Returns a capture's document with its final marks, or none if it has no document.
///
/// # Errors
/// When it can't be read from the cache.
pub(crate) fn document(
    pass: &Pass<'_>,
    readers: &mut Readers<'_>,
    entry: &CatalogueEntry,
) -> Result<Option<Document>, Error> {
    let seen = readers.seen.read(entry.place)?;
    match seen.found {
        ScanOutcome::Document { .. } => Ok(judged(pass, readers, entry, &seen)?.ok().map(|(document, _)| document)),
        _ => Ok(None),
    }
}

/// Returns a document with its final marks and its metadata, or the reason why there is none. The later pages of its text
/// are part of it.
fn judged(
    pass: &Pass<'_>,
    readers: &mut Readers<'_>,
    entry: &CatalogueEntry,
    seen: &ScannedCapture,
) -> Result<Result<(Document, Metadata), Error>, Error> {
    let (mut document, metadata) = match judged_page(pass, readers, seen)? {
        Ok(judged) => judged,
        Err(error) => return Ok(Err(error)),
    };
    for place in &entry.later_pages {
        let seen = readers.seen.read(*place)?;
        match judged_page(pass, readers, &seen)? {
            Ok((page, _)) => joined_pages::append(&mut document, page, &seen.capture.url),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok((document, metadata)))
}

/// Returns the document of a single capture with its final marks and its metadata, or the reason why there is none.
fn judged_page(
    pass: &Pass<'_>,
    readers: &mut Readers<'_>,
    seen: &ScannedCapture,
) -> Result<Result<(Document, Metadata), Error>, Error> {
    let ScanOutcome::Document { span, template, .. } = &seen.found else {
        return Ok(Err(Error::Internal { what: "a capture without a document".to_owned() }));
    };
    let (outcome, sketch) = readers.cache.read(*span)?;
    let table = match template {
        Some(template) => readers.tables.table(&seen.source, template)?,
        None => None,
    };
    let support = table.map(|table| table.support(&sketch)).unwrap_or_default();
    drop(sketch);
    let visit = Visit {
        url: Some(&seen.capture.url),
        captured_at: Some(&seen.capture.fetched_at).filter(|t| !t.is_empty()).map(String::as_str),
        mode: pass.options.text,
    };
    Ok(outcome.map(|document| judge(document, &support, &visit)))
}

fn kind_message(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Document => "a document",
        PageKind::Listing => "a list of links to other pages; `listings = true` in its source makes it a record",
        PageKind::ErrorPage => "an error page, whatever its status says",
        PageKind::Interstitial => "a page that stands before the document: a wait, a check, a question of consent",
        PageKind::Login => "a form to log in, shown instead of the document",
        PageKind::ScriptOnly => "a shell that only a script would fill",
        PageKind::Scan => "page images without a text layer",
        PageKind::Empty => "no text",
    }
}

fn skipped(mut ended: Ended, reason: SkipReason, message: &str) -> JudgedCapture {
    reason.as_str().clone_into(&mut ended.code);
    message.clone_into(&mut ended.message);
    JudgedCapture { ended, outcome: Judgement::Skipped(reason) }
}

fn quarantined(mut ended: Ended, code: &str, message: &str, seen: &ScannedCapture, alarming: bool) -> JudgedCapture {
    let capture = &seen.capture;
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
    JudgedCapture { ended, outcome: Judgement::Quarantined { alarming, line: Box::new(line) } }
}

fn record(
    pass: &Pass<'_>,
    entry: &CatalogueEntry,
    seen: &ScannedCapture,
    document: &Document,
    metadata: &Metadata,
) -> Record {
    let place = emit::RecordIdentity {
        id: seen.id.clone(),
        source: seen.source.clone(),
        added: pass.options.now.clone(),
        url: Some(Urls {
            requested: seen.capture.url.clone(),
            final_url: seen.capture.url.clone(),
            canonical: Some(seen.canonical.clone()),
            declared: seen.declared.clone(),
            aliases: entry.aliases.clone(),
        }),
    };
    emit::record(document, metadata, &place)
}

/// Where a record comes from.
fn prov(
    pass: &Pass<'_>,
    seen: &ScannedCapture,
    document: &Document,
    rules: &str,
    later_pages: Vec<CaptureRef>,
) -> Prov {
    Prov {
        run: pass.run.to_owned(),
        capture: capture_ref(seen),
        later_pages,
        encoding: document.encoding.clone(),
        rules: rules.to_owned(),
        repeats: pass.tables.digest(&seen.source).to_owned(),
        engine: engine(),
        log_index: seen.index,
    }
}

fn capture_ref(seen: &ScannedCapture) -> CaptureRef {
    CaptureRef {
        file: seen.capture.place.file.clone(),
        offset: seen.capture.place.offset,
        record_id: seen.capture.place.record_id.clone(),
        digest: seen.capture.digest.clone(),
        fetched_at: seen.capture.fetched_at.clone(),
    }
}

/// The captures of the later pages of a text.
fn later_captures(readers: &mut Readers<'_>, entry: &CatalogueEntry) -> Result<Vec<CaptureRef>, Error> {
    entry.later_pages.iter().map(|place| readers.seen.read(*place).map(|seen| capture_ref(&seen))).collect()
}

/// Uses the source's name and country where the page states no issuer.
fn name_issuer(metadata: &mut Metadata, source: &Source) {
    if metadata.issuer.is_none() {
        metadata.issuer.clone_from(&source.name);
        metadata.country = None;
    }
    if metadata.country.is_none() {
        metadata.country.clone_from(&source.country);
    }
}
