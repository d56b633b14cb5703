//! The second pass: documents marked with the frozen table, records made, compared with earlier ones, and written.
pub(crate) mod expectations;
pub(crate) mod outcome;
pub(crate) mod pass;
pub(crate) mod previous_outcomes;
pub(crate) mod provenance;
pub(crate) mod repeat_tables;
pub(crate) mod spool;

use super::commit::staging::Staging;
use super::options::engine;
use super::scan::catalogue::Entry;
use super::scan::outcome::{Found, Seen};
use crate::config::Source;
use crate::emit::record::record_digest;
use crate::emit::record::{CaptureRef, Prov, Urls};
use crate::emit::{self, Record};
use crate::error::Error;
use crate::error::not_json;
use crate::log::event::Ended;
use crate::ordered_map::map_weighed_in_order;
use crate::relations::Card;
use crate::run::judge::pass::Judged;
use crate::run::judge::pass::Pass;
use crate::run::judge::pass::Readers;
use crate::run::judge::pass::Verdict;
use crate::schema::QuarantineLine;
use expectations::Tally;
use outcome::Basis;
use outcome::Tallied;
use outcome::{Fresh, Outcome, Turned};
use previous_outcomes::{Memory, Remembered, WithMemory};
use provenance::{ledger, stages};
use sanad_document::digest;
use sanad_document::{Document, PageKind};
use sanad_extract::metadata::Metadata;
use sanad_extract::{Visit, judge};
use spool::{Aside, Spool};
use std::collections::BTreeMap;
use std::iter;

/// Every capture judged, and set aside until its record's relations are known.
pub(crate) fn judge_all(
    pass: &Pass<'_>,
    memory: &Memory,
    staging: &mut Staging,
) -> Result<(Aside, BTreeMap<String, Tally>), Error> {
    pass.progress.begin("mark", Some(pass.catalogue.len()));
    let mut spool = Spool::begin(pass, staging)?;
    let work = |readers: &mut Readers<'_>, item: Result<WithMemory, Error>| {
        let (entry, remembered) = item?;
        let entry = &entry;
        let seen = readers.seen.read(entry.place)?;
        let before = remembered.as_ref().map(|remembered| &remembered.basis);
        let basis = Basis::of(pass, readers, (entry, &seen), before)?;
        match remembered.filter(|remembered| remembered.basis.decides_as(&basis)) {
            Some(remembered) => Ok(as_before(*remembered, (entry, &seen), basis)),
            None => fresh(pass, (entry, basis), take(pass, readers, (entry, &seen))?),
        }
    };
    let items = memory.beside(pass.catalogue)?.map(|item| match &item {
        Ok((entry, None)) => (u64::from(entry.bytes), item),
        _ => (0, item),
    });
    map_weighed_in_order(pass.options.jobs, items, (|| pass.readers(), work), |fresh: Result<_, Error>| {
        pass.progress.step();
        spool.add(pass, &fresh?)
    })?;
    pass.progress.end();
    spool.finish(staging)
}

/// What is set aside of a document for which nothing has changed since the last run.
fn as_before(remembered: Remembered, (entry, seen): (&Entry, &Seen), basis: Basis) -> Fresh {
    let Remembered { run, mut ended, mut outcome, card, tallied, .. } = remembered;
    ended.capture = seen.index;
    ended.code.clear();
    if let Some(stages) = &mut ended.stages {
        stages.since = Some(run.clone());
    }
    if let Outcome::Quarantined { line, .. } = &mut outcome {
        ended.code.clone_from(&line.code);
        line.capture = seen.index;
        seen.capture.place.file.clone_into(&mut line.file);
        line.offset = seen.capture.place.offset;
    }
    Fresh {
        turned: Turned { missed: missed(entry), key: entry.key, basis, run, ended, outcome, tallied },
        card,
        ledger: String::new(),
    }
}

fn missed(entry: &Entry) -> u32 {
    if entry.standing.counts { entry.standing.missed } else { 0 }
}

/// What is set aside of a judged capture.
fn fresh(pass: &Pass<'_>, (entry, basis): (&Entry, Basis), judged: Judged) -> Result<Fresh, Error> {
    let Judged { mut ended, outcome } = judged;
    let (mut card, mut left_out, mut tallied) = (None, String::new(), None);
    let outcome = match outcome {
        Verdict::Record { record, ledger } => {
            ended.version.clone_from(&record.version);
            ended.record_digest = record_digest(&record)?;
            card = Some(Card::of(&record));
            left_out = ledger;
            let expect = pass.config.sources.get(&ended.source).and_then(|s| s.expect.as_ref());
            tallied = expect.map(|expect| Tallied::of(&record, expect));
            Outcome::Record {
                language: record.language.clone().unwrap_or_else(|| "und".to_owned()),
                line: digest::json_lines(iter::once(&record), record.json_room()).map_err(|e| not_json(&e))?,
            }
        }
        Verdict::Quarantined { alarming, line } => Outcome::Quarantined { alarming, line: *line },
        Verdict::Skipped => Outcome::Skipped,
    };
    let run = pass.run.to_owned();
    let turned = Turned { missed: missed(entry), key: entry.key, basis, run, ended, outcome, tallied };
    Ok(Fresh { turned, card, ledger: left_out })
}

/// Judges a capture.
///
/// # Errors
/// When it can't be read again.
pub(crate) fn take(
    pass: &Pass<'_>,
    readers: &mut Readers<'_>,
    (entry, seen): (&Entry, &Seen),
) -> Result<Judged, Error> {
    let standing = entry.standing;
    let mut ended = Ended {
        capture: seen.index,
        digest: seen.capture.digest.clone(),
        source: seen.source.clone(),
        id: if seen.capture.url.is_empty() { String::new() } else { seen.id.clone() },
        ..Ended::default()
    };
    if entry.is_publishable && !standing.counts {
        return Ok(if standing.is_gone {
            let missed = standing.missed;
            skipped(ended, "gone", &format!("the page is gone: {missed} visits in a row didn't find it"))
        } else {
            skipped(ended, "superseded", "a newer capture of this address counts")
        });
    }
    match &seen.found {
        Found::Skipped(code, message) => Ok(skipped(ended, code, message)),
        Found::Failed(error) => {
            error.stage().clone_into(&mut ended.stage);
            Ok(quarantined(ended, (error.code(), &error.to_string()), seen, true))
        }
        Found::Kind(kind, message) => {
            "fetch".clone_into(&mut ended.stage);
            Ok(quarantined(ended, (kind.code(), message), seen, standing.had_record))
        }
        Found::Document { .. } => {
            let (document, mut metadata) = match judged(pass, readers, seen)? {
                Ok(judged) => judged,
                Err(error) => return Ok(quarantined(ended, (error.code(), &error.to_string()), seen, true)),
            };
            let ledger = ledger(&document, seen)?;
            ended.stages = Some(stages(&document, &ledger));
            "mark".clone_into(&mut ended.stage);
            if !standing.counts {
                let kind = document.page_kind;
                return Ok(quarantined(ended, (kind.code(), kind_message(kind)), seen, standing.had_record));
            }
            if let Some(source) = pass.config.sources.get(&seen.source) {
                name_issuer(&mut metadata, source);
            }
            let record = record(pass, (entry, seen), &document, &metadata);
            if record.text.is_empty() {
                let why = (PageKind::Empty.code(), "nothing is left when the site's own text is taken away");
                return Ok(quarantined(ended, why, seen, standing.had_record));
            }
            ended.stage.clear();
            Ok(Judged { ended, outcome: Verdict::Record { record: Box::new(record), ledger } })
        }
    }
}

/// The document of a capture with its final marks; none where there is no document.
///
/// # Errors
/// When it can't be read again.
pub(crate) fn document(pass: &Pass<'_>, readers: &mut Readers<'_>, entry: &Entry) -> Result<Option<Document>, Error> {
    let seen = readers.seen.read(entry.place)?;
    match seen.found {
        Found::Document { .. } => Ok(judged(pass, readers, &seen)?.ok().map(|(document, _)| document)),
        _ => Ok(None),
    }
}

/// A document with its final marks, and its metadata; or why there is none.
fn judged(
    pass: &Pass<'_>,
    readers: &mut Readers<'_>,
    seen: &Seen,
) -> Result<Result<(Document, Metadata), Error>, Error> {
    let Found::Document { span, language, .. } = &seen.found else {
        return Ok(Err(Error::Internal { what: "a capture without a document".to_owned() }));
    };
    let (outcome, sketch) = readers.cache.read(*span)?;
    let table = readers.tables.table(&seen.source, language)?;
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

fn quarantined(mut ended: Ended, (code, message): (&str, &str), seen: &Seen, alarming: bool) -> Judged {
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
    Judged { ended, outcome: Verdict::Quarantined { alarming, line: Box::new(line) } }
}

fn record(pass: &Pass<'_>, (entry, seen): (&Entry, &Seen), document: &Document, metadata: &Metadata) -> Record {
    let place = emit::Place {
        id: seen.id.clone(),
        source: seen.source.clone(),
        added: pass.options.now.clone(),
        url: Some(Urls {
            requested: seen.capture.url.clone(),
            final_url: seen.capture.url.clone(),
            canonical: Some(seen.canonical.clone()),
            aliases: entry.aliases.clone(),
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
