//! Where records go: given their relations, compared with those of earlier runs, held back when the source's expectations
//! are broken, and the run's changes and quarantine beside them.

use super::Log;
use super::engine;
use super::expect::Broken;
use super::preview::Differences;
use super::previous::{self, Previous, Records};
use super::relating::Kept;
use super::second::{Pass, Verdict, not_json, record_digest};
use super::spool::Turned;
use super::staging::{StagedFile, Staging};
use crate::digest;
use crate::emit::Record;
use crate::emit::record::{Change, Delta, Prov, SCHEMA};
use crate::error::Error;
use crate::log::Event;
use crate::log::event::Ended;
use crate::relations::Relations;
use crate::report::{Report, add};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The files of the run, and the source that is being written.
pub(super) struct Writer<'a, 'p> {
    pass: &'a Pass<'p>,
    relations: &'a Relations,
    broken: &'a Broken,
    staging: &'a mut Staging,
    log: &'a mut Log,
    report: Report,
    differences: Differences,
    delta: StagedFile,
    quarantine: StagedFile,
    open: Option<OpenSource>,
}

/// A source's results until its last capture has come.
struct OpenSource {
    id: String,
    records: StagedFile,
    delta: StagedFile,
    previous: Records,
    events: Vec<Event>,
    languages: Vec<String>,
    changes: BTreeMap<(Change, String), u64>,
    written: u64,
    duplicates: u64,
    missing: u64,
    /// Ids whose captures gave no record in this run, with the captures' digests.
    without: BTreeMap<String, BTreeSet<String>>,
    /// Ids of pages that visits no longer found.
    gone: BTreeSet<String>,
    /// Earlier records that none of this run's took the place of.
    buried: Vec<Buried>,
    /// Those that went although nobody said that their page is gone.
    lost: Vec<String>,
}

impl<'a, 'p> Writer<'a, 'p> {
    pub(super) fn begin(
        (pass, relations, broken): (&'a Pass<'p>, &'a Relations, &'a Broken),
        staging: &'a mut Staging,
        log: &'a mut Log,
    ) -> Result<Self, Error> {
        let file = |name: &str| staging.create(&format!("runs/{}/{name}.jsonl", pass.run));
        let (delta, quarantine) = (file("records")?, file("quarantine")?);
        let (report, differences) = (Report::default(), Differences::new(pass.samples));
        Ok(Self { pass, relations, broken, staging, log, report, differences, delta, quarantine, open: None })
    }

    pub(super) fn write(&mut self, turned: Turned) -> Result<(), Error> {
        let source = &turned.source;
        if self.open.as_ref().is_none_or(|open| open.id != *source) {
            self.close()?;
            self.open = Some(OpenSource::begin(source, self.pass, self.staging)?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        open.missing += u64::from(turned.missed > 0);
        let ended = turned.judged.ended;
        match turned.judged.outcome {
            Verdict::Record { record, .. } => {
                if let Some(stages) = &ended.stages {
                    for (rule, count) in &stages.removed {
                        *self.report.removed.entry(rule.clone()).or_default() += count;
                    }
                }
                open.take(*record, ended, (self.relations, &mut self.differences))
            }
            Verdict::Skipped => {
                add(&mut self.report.skipped, &ended.code);
                if ended.code == "gone" {
                    open.gone.insert(ended.id.clone());
                } else if ended.code != "superseded" {
                    open.leave(&ended);
                }
                open.events.push(Event::Skipped(ended));
                Ok(())
            }
            Verdict::Quarantined { alarming, line } => {
                add(&mut self.report.quarantined, &ended.code);
                tracing::info!(line.code, line.message, line.url, line.file, line.offset, line.source, "quarantined");
                self.quarantine.line(&digest::json_line(&line).map_err(|e| not_json(&e))?)?;
                if alarming {
                    let place = if line.url.is_empty() { String::new() } else { format!(" ({})", line.url) };
                    let at = format!("{} at byte {}{place}", line.file, line.offset);
                    self.report.fail(format!("{at}: {} ({})", line.message, line.code));
                }
                open.leave(&ended);
                open.events.push(Event::Quarantined(ended));
                Ok(())
            }
        }
    }

    /// Ends the open source: its expectations decide whether its records appear.
    fn close(&mut self) -> Result<(), Error> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.end((self.pass, &mut self.differences))?;
        let broken = self.broken.get(&open.id).map(Vec::as_slice).unwrap_or_default();
        let report = self.report.sources.entry(open.id.clone()).or_default();
        report.broken = broken.to_vec();
        if broken.is_empty() {
            (report.records, report.duplicates, report.missing) = (open.written, open.duplicates, open.missing);
        }
        for message in broken {
            self.report.fail(format!("{}: held back: {message}", open.id));
        }
        for id in &open.lost {
            self.report.fail(format!("{id}: had a record, and its newest capture gives none"));
        }
        let file = previous::records_file(&open.id);
        for event in open.events {
            let event = if broken.is_empty() { event } else { held(event) };
            self.report.count(&open.id, outcome(&event));
            self.log.add(&event)?;
        }
        if !broken.is_empty() {
            open.delta.discard()?;
            return open.records.discard();
        }
        for language in &open.languages {
            add(&mut self.report.languages, language);
        }
        for ((change, cause), count) in open.changes {
            self.report.change(change.name(), &cause, count);
        }
        self.delta.append(open.delta)?;
        if open.written > 0 {
            return self.staging.take(open.records);
        }
        if open.previous.path().is_file() {
            self.staging.delete(&file);
        }
        open.records.discard()
    }

    /// Ends the last source, gives the records that the run leaves as they are their relations, and gives the report.
    pub(super) fn finish(mut self, kept: &[Kept]) -> Result<(Report, Differences), Error> {
        self.close()?;
        for file in kept {
            let renewed = file.renew((self.pass, self.relations), self.staging, &mut self.delta)?;
            let is_held = self.broken.contains_key(&file.source);
            if renewed.changed > 0 || is_held {
                let report = self.report.sources.entry(file.source.clone()).or_default();
                (report.records, report.duplicates) = (renewed.records, renewed.duplicates);
            }
            if renewed.changed > 0 {
                self.report.change(Change::Changed.name(), "related", renewed.changed);
            }
        }
        for (source, why) in self.broken.iter().filter(|(_, why)| !why.is_empty()) {
            let report = self.report.sources.entry(source.clone()).or_default();
            if report.broken.is_empty() {
                report.broken.clone_from(why);
                for message in why {
                    self.report.fail(format!("{source}: {message}"));
                }
            }
        }
        for file in [self.delta, self.quarantine] {
            self.staging.take(file)?;
        }
        Ok((self.report, self.differences))
    }
}

impl OpenSource {
    fn begin(id: &str, pass: &Pass<'_>, staging: &Staging) -> Result<Self, Error> {
        let file = previous::records_file(id);
        Ok(Self {
            id: id.to_owned(),
            records: staging.create(&file)?,
            delta: staging.create(&format!("{file}.delta"))?,
            previous: Records::open(&pass.options.out, &file)?,
            events: Vec::new(),
            languages: Vec::new(),
            changes: BTreeMap::new(),
            written: 0,
            duplicates: 0,
            missing: 0,
            without: BTreeMap::new(),
            gone: BTreeSet::new(),
            buried: Vec::new(),
            lost: Vec::new(),
        })
    }

    /// A record of this run: new, changed, or what stands there already.
    fn take(
        &mut self,
        mut record: Record,
        mut ended: Ended,
        (relations, differences): (&Relations, &mut Differences),
    ) -> Result<(), Error> {
        let (gone, before) = self.previous.up_to(Some(&record.id))?;
        self.buried.extend(gone.into_iter().map(Buried::from));
        relations.apply(&mut record);
        self.languages.push(record.language.clone().unwrap_or_else(|| "und".to_owned()));
        self.written += 1;
        self.duplicates += u64::from(record.duplicate_of.is_some());
        ended.written = previous::records_file(&self.id);
        let is_same = |b: &&Previous| b.record.version == record.version && relations.are_those_of(&b.record);
        if let Some(Previous { line, record: same }) = before.as_ref().filter(is_same) {
            ended.version.clone_from(&same.version);
            ended.record_digest = record_digest(same)?;
            self.events.push(Event::Unchanged(ended));
            return self.records.line(line);
        }
        let (change, cause) = match &before {
            None => (Change::Added, "content"),
            Some(before) => (Change::Changed, cause(&before.record, &record)),
        };
        differences.add((before.as_ref().map(|b| &b.record), &record), (change, cause));
        if let Some(before) = before {
            record.added = before.record.added;
        }
        ended.version.clone_from(&record.version);
        ended.record_digest = record_digest(&record)?;
        cause.clone_into(&mut ended.code);
        self.records.line(&line_of(&record)?)?;
        self.change(change, cause);
        record.delta = Some(Delta { change, cause: cause.to_owned() });
        self.delta.line(&line_of(&record)?)?;
        self.events.push(if record.duplicate_of.is_some() { Event::Duplicate(ended) } else { Event::Emitted(ended) });
        Ok(())
    }

    /// A capture that gave no record.
    fn leave(&mut self, ended: &Ended) {
        self.without.entry(ended.id.clone()).or_default().insert(ended.digest.clone());
    }

    /// Buries the earlier records that are left when all captures have come.
    fn end(&mut self, (pass, differences): (&Pass<'_>, &mut Differences)) -> Result<(), Error> {
        let (gone, _) = self.previous.up_to(None)?;
        self.buried.extend(gone.into_iter().map(Buried::from));
        for buried in std::mem::take(&mut self.buried) {
            let cause = self.bury(&buried, pass)?;
            differences.remove((&self.id, &buried.id, &buried.url), cause);
        }
        Ok(())
    }

    /// A tombstone for a record that no capture of this run gives any more.
    fn bury(&mut self, buried: &Buried, pass: &Pass<'_>) -> Result<&'static str, Error> {
        let cause = self.cause_of_end(buried, pass);
        if self.without.contains_key(&buried.id) && cause != "gone" {
            self.lost.push(buried.id.clone());
        }
        let stone = json!({"schema": SCHEMA, "id": buried.id, "source": self.id, "version": buried.version,
            "delta": {"change": Change::Removed, "cause": cause}});
        self.delta.line(&stone.to_string())?;
        self.change(Change::Removed, cause);
        Ok(cause)
    }

    /// Why a record went: its page is gone, its captures are, or they give no record any more.
    fn cause_of_end(&self, buried: &Buried, pass: &Pass<'_>) -> &'static str {
        if self.gone.contains(&buried.id) {
            return "gone";
        }
        let Some(captures) = self.without.get(&buried.id) else { return "no_capture" };
        let Some(prov) = buried.prov.as_ref().filter(|p| captures.contains(&p.capture.digest)) else {
            return "content";
        };
        if prov.engine != engine() {
            "engine"
        } else if prov.rules != pass.config.digest {
            "rules"
        } else if prov.repeats != pass.table {
            "repeats"
        } else {
            "content"
        }
    }

    fn change(&mut self, change: Change, cause: &str) {
        *self.changes.entry((change, cause.to_owned())).or_default() += 1;
    }
}

/// What is needed of a record that may have gone.
struct Buried {
    id: String,
    url: String,
    version: String,
    prov: Option<Prov>,
}

impl From<Previous> for Buried {
    fn from(previous: Previous) -> Self {
        let Record { id, version, prov, url, .. } = previous.record;
        Self { id, url: url.map(|u| u.requested).unwrap_or_default(), version, prov }
    }
}

fn outcome(event: &Event) -> &'static str {
    match event {
        Event::Emitted(_) => "emitted",
        Event::Unchanged(_) => "unchanged",
        Event::Duplicate(_) => "duplicate",
        Event::Held(_) => "held",
        Event::Quarantined(_) => "quarantined",
        _ => "skipped",
    }
}

fn held(event: Event) -> Event {
    match event {
        Event::Emitted(ended) | Event::Unchanged(ended) | Event::Duplicate(ended) => {
            Event::Held(Ended { written: String::new(), code: "expect.broken".to_owned(), ..ended })
        }
        other => other,
    }
}

/// Why a record changed: the nearest cause that is true.
fn cause(before: &Record, after: &Record) -> &'static str {
    if before.version == after.version {
        return "related";
    }
    let (Some(before), Some(after)) = (&before.prov, &after.prov) else { return "content" };
    if before.capture.digest != after.capture.digest {
        "content"
    } else if before.engine != after.engine {
        "engine"
    } else if before.rules != after.rules {
        "rules"
    } else if before.repeats != after.repeats {
        "repeats"
    } else {
        "content"
    }
}

fn line_of(record: &Record) -> Result<String, Error> {
    digest::json_line(record).map_err(|e| not_json(&e))
}
