//! The second pass: documents marked with the frozen table, records made, compared with earlier ones, and written.

use super::cache::{Cache, CacheReader};
use super::catalogue::{Catalogue, Entry};
use super::expect::{Tallied, Tally, broken};
use super::first::{Found, Seen};
use super::frames::FrameReader;
use super::memory::{Basis, Memory, Remembered};
use super::preview::Differences;
use super::relating;
use super::spool::{Aside, Fresh, Outcome, Spool, Turned};
use super::staging::Staging;
use super::tables::{TableReader, Tables};
use super::write::Writer;
use super::{Log, Options, Progress, engine};
use crate::config::{Config, Source};
use crate::digest::{self, Sha256};
use crate::emit::record::{CaptureRef, Prov, Translation, Urls};
use crate::emit::{self, Record};
use crate::error::Error;
use crate::log::event::{Ended, Event, Stages};
use crate::metadata::Metadata;
use crate::ordered::map_in_order;
use crate::record::{Document, Fate, PageKind, Tongue};
use crate::relations::Card;
use crate::report::{Report, add};
use crate::schema::{QuarantineLine, RemovedLine};
use crate::{Visit, judge};
use borsh::BorshSerialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the second pass works by.
pub(crate) struct Pass<'a> {
    pub(crate) options: &'a Options,
    pub(crate) config: &'a Config,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) tables: &'a Tables,
    /// Digest of the tables.
    pub(crate) table: &'a str,
    pub(crate) run: &'a str,
    pub(crate) cache: &'a Cache,
    pub(crate) progress: &'a dyn Progress,
    /// Records of each source and cause whose changes are shown.
    pub(crate) samples: usize,
}

/// What a thread reads with.
pub(super) struct Readers<'a> {
    pub(super) seen: FrameReader<Seen>,
    pub(super) cache: CacheReader,
    pub(super) tables: TableReader<'a>,
}

impl Pass<'_> {
    pub(super) fn readers(&self) -> Readers<'_> {
        Readers { seen: self.catalogue.reader(), cache: self.cache.reader(), tables: self.tables.reader() }
    }
}

/// What came of a capture.
pub(super) struct Judged {
    pub(super) ended: Ended,
    pub(super) outcome: Verdict,
}

pub(super) enum Verdict {
    Record {
        record: Box<Record>,
        /// JSON lines of what was left out; written before anything else.
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
pub(super) fn pass(pass: &Pass<'_>, staging: &mut Staging, log: &mut Log) -> Result<(Report, Differences), Error> {
    let memory = Memory::open(&pass.options.out);
    let (mut aside, tallies) = judge_all(pass, &memory, staging)?;
    pass.progress.begin("relate and write", None);
    let broken = broken(pass, &tallies)?;
    let held: BTreeSet<&String> = broken.iter().filter(|(_, why)| !why.is_empty()).map(|(source, _)| source).collect();
    let written = broken.keys().filter(|source| !held.contains(source)).cloned().collect();
    let kept = relating::kept(pass, &written)?;
    let relations = relating::relate(pass, (&mut aside, &held), (&kept, &memory), staging)?;
    log.add(&Event::RelationsFrozen(relating::store(&relations, staging)?))?;
    let mut writer = Writer::begin((pass, &relations.0, &broken), memory, staging, log)?;
    for turned in aside.each()? {
        let (turned, card) = turned?;
        writer.write(turned, card)?;
    }
    let report = writer.finish(&kept)?;
    pass.progress.end();
    Ok(report)
}

/// Every capture judged, and set aside until its record's relations are known.
fn judge_all(
    pass: &Pass<'_>,
    memory: &Memory,
    staging: &mut Staging,
) -> Result<(Aside, BTreeMap<String, Tally>), Error> {
    pass.progress.begin("mark", Some(pass.catalogue.entries().len() as u64));
    let mut spool = Spool::begin(pass, staging)?;
    let work = |readers: &mut Readers<'_>, (entry, remembered): (&Entry, Option<Box<Remembered>>)| {
        let seen = readers.seen.read(entry.place)?;
        let before = remembered.as_ref().map(|remembered| &remembered.basis);
        let basis = Basis::of(pass, readers, (entry, &seen), before)?;
        match remembered.filter(|remembered| remembered.basis.decides_as(&basis)) {
            Some(remembered) => Ok(as_before(*remembered, (entry, &seen), basis)),
            None => fresh(pass, (entry, basis), take(pass, readers, (entry, &seen))?),
        }
    };
    map_in_order(
        pass.options.jobs,
        memory.beside(pass.catalogue),
        (|| pass.readers(), work),
        |fresh: Result<_, Error>| {
            pass.progress.step();
            spool.add(pass, &fresh?)
        },
    )?;
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
        ledger: Vec::new(),
    }
}

fn missed(entry: &Entry) -> u32 {
    if entry.standing.counts { entry.standing.missed } else { 0 }
}

/// What is set aside of a judged capture.
fn fresh(pass: &Pass<'_>, (entry, basis): (&Entry, Basis), judged: Judged) -> Result<Fresh, Error> {
    let Judged { mut ended, outcome } = judged;
    let (mut card, mut left_out, mut tallied) = (None, Vec::new(), None);
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
                line: digest::json_line(&record).map_err(|e| not_json(&e))?,
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
pub(super) fn take(
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
            let ledger = lines_of(&ledger(&document, seen))?;
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
pub(super) fn document(pass: &Pass<'_>, readers: &mut Readers<'_>, entry: &Entry) -> Result<Option<Document>, Error> {
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
        return Ok(Err(Error::Usage { message: "a capture without a document".to_owned() }));
    };
    let (outcome, sketch) = readers.cache.read(*span)?;
    let table = readers.tables.table(&seen.source, language)?;
    let support = table.map(|table| table.support(&sketch)).unwrap_or_default();
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
            aliases: pass.catalogue.aliases(entry).to_vec(),
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
        ledger: digest_of_lines(ledger),
        digests: digests(document),
        language: document.language.as_ref().map(|l| l.code.clone()).unwrap_or_default(),
        languages,
        warnings: document.warnings.clone(),
        since: None,
    }
}

fn digest_of_lines(lines: &[String]) -> String {
    let mut hash = Sha256::new();
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            hash.update("\n");
        }
        hash.update(line);
    }
    digest::named(&hash.finalize())
}

/// `sha256:` of what each stage left, so that a difference found later has a place. Scores stay out: what follows from
/// them is in the marks. So does what speaks for a mark: it is for people, and counts change where the mark stays.
fn digests(document: &Document) -> BTreeMap<String, String> {
    let mut extracted = Vec::new();
    let mut add = |thing: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| thing(&mut extracted).unwrap_or_default();
    let (format, kind, head, warnings) = (document.format, document.page_kind, &document.head, &document.warnings);
    add(&|out| (format, kind, head, warnings).serialize(out));
    for b in &document.blocks {
        add(&|out| (&b.text, b.kind, b.level, &b.origin, b.join, b.role, &b.path, &b.original).serialize(out));
    }
    let mut language = String::new();
    let mut marks = String::new();
    let tongue = |tongue: Option<&Tongue>| {
        tongue.map_or_else(String::new, |l| format!("{} {}", l.code, l.script.as_deref().unwrap_or_default()))
    };
    for block in &document.blocks {
        language.push_str(&tongue(block.language.as_ref()));
        language.push('\n');
        marks.push_str(if let Fate::Drop { rule, .. } = &block.fate { rule } else { "" });
        marks.push('\n');
    }
    marks.push_str(&tongue(document.language.as_ref()));
    [("extract", extracted.as_slice()), ("language", language.as_bytes()), ("mark", marks.as_bytes())]
        .map(|(stage, left)| (stage.to_owned(), digest::sha256(left)))
        .into()
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
        digest::canonical_with(record, &edits)
    });
    written.map(|text| digest::sha256(text.as_bytes())).map_err(|e| not_json(&e))
}

pub(super) fn not_json(error: &serde_json::Error) -> Error {
    Error::io(Path::new("records"), "write", &std::io::Error::other(error.to_string()))
}
