//! Where records go: given their relations, compared with those of earlier runs, held back when the source's expectations
//! are broken, and the run's changes and quarantine beside them.

use super::Log;
use super::engine;
use super::expect::Broken;
use super::frames::Frames;
use super::memory::{Memory, Remembered};
use super::new_records::NewRecords;
use super::preview::Differences;
use super::previous::{self, Brief, Previous, Records};
use super::relating::Kept;
use super::second::{Pass, not_json, record_digest};
use super::spool::{Outcome, Turned};
use super::staging::{StagedFile, Staging};
use crate::digest;
use crate::emit::Record;
use crate::emit::record::{Change, Delta, Prov, SCHEMA};
use crate::error::Error;
use crate::log::Event;
use crate::log::event::Ended;
use crate::relations::{Card, Relations};
use crate::report::{Report, add};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The files of the run, and the source that is being written.
pub(super) struct Writer<'a, 'p> {
    pass: &'a Pass<'p>,
    relations: &'a Relations,
    broken: &'a Broken,
    memory: Memory,
    staging: &'a mut Staging,
    log: &'a mut Log,
    report: Report,
    differences: Differences,
    delta: StagedFile,
    quarantine: StagedFile,
    open: Option<OpenSource>,
}

/// What a source's outcomes are held against, and where they are noted.
struct Books<'w> {
    relations: &'w Relations,
    differences: &'w mut Differences,
    /// The run's changes; none for a source that is held back.
    delta: Option<&'w mut StagedFile>,
}

impl Books<'_> {
    fn note(&mut self, line: &str) -> Result<(), Error> {
        self.delta.as_mut().map_or(Ok(()), |delta| delta.line(line))
    }
}

/// A source's results until its last capture has come.
struct OpenSource {
    id: String,
    records: NewRecords,
    memory: Frames<Remembered>,
    previous: Records,
    languages: BTreeMap<String, u64>,
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
        memory: Memory,
        staging: &'a mut Staging,
        log: &'a mut Log,
    ) -> Result<Self, Error> {
        let file = |name: &str| staging.create(&format!("runs/{}/{name}.jsonl", pass.run));
        let (delta, quarantine) = (file("records")?, file("quarantine")?);
        let (report, differences) = (Report::default(), Differences::new(pass.samples));
        Ok(Self { pass, relations, broken, memory, staging, log, report, differences, delta, quarantine, open: None })
    }

    /// Writes what came of a capture; the card is that of its record.
    pub(super) fn write(&mut self, turned: Turned, card: Option<Card>) -> Result<(), Error> {
        let Turned { missed, key, basis, run, ended, outcome, tallied } = turned;
        if self.open.as_ref().is_none_or(|open| open.id != ended.source) {
            self.close()?;
            self.open = Some(OpenSource::begin(&ended.source, self.pass, self.staging)?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        open.missing += u64::from(missed > 0);
        let is_held = self.broken.get(&open.id).is_some_and(|why| !why.is_empty());
        let mut books = Books {
            relations: self.relations,
            differences: &mut self.differences,
            delta: (!is_held).then_some(&mut self.delta),
        };
        let (event, remembered) = match outcome {
            Outcome::Record { language, line } => {
                add_removed(&mut self.report, &ended);
                open.count((&language, &ended.id), self.relations);
                let event = open.take(line, ended, &mut books)?;
                (event, Some(Outcome::Same { language }))
            }
            Outcome::Same { language } => {
                add_removed(&mut self.report, &ended);
                open.count((&language, &ended.id), self.relations);
                let event = open.leave_as_it_is(ended, &mut books)?;
                (event, Some(Outcome::Same { language }))
            }
            Outcome::Skipped => {
                add(&mut self.report.skipped, &ended.code);
                if ended.code == "gone" {
                    open.gone.insert(ended.id.clone());
                } else if ended.code != "superseded" {
                    open.leave(&ended);
                }
                (Event::Skipped(ended), None)
            }
            Outcome::Quarantined { alarming, line } => {
                add(&mut self.report.quarantined, &ended.code);
                tracing::info!(line.code, line.message, line.url, line.file, line.offset, line.source, "quarantined");
                self.quarantine.line(&digest::json_line(&line).map_err(|e| not_json(&e))?)?;
                if alarming {
                    let place = if line.url.is_empty() { String::new() } else { format!(" ({})", line.url) };
                    let at = format!("{} at byte {}{place}", line.file, line.offset);
                    self.report.fail(format!("{at}: {} ({})", line.message, line.code));
                }
                open.leave(&ended);
                (Event::Quarantined(ended), Some(Outcome::Quarantined { alarming, line }))
            }
        };
        if let (Some(outcome), Some(ended), true) = (remembered, event.ended().cloned(), key != 0) {
            open.memory.add(&Remembered { id: ended.id.clone(), key, basis, run, ended, outcome, card, tallied })?;
        }
        self.note(event)
    }

    /// Logs how a capture of the open source ended.
    fn note(&mut self, event: Event) -> Result<(), Error> {
        let Some(open) = &self.open else { return Ok(()) };
        let is_held = self.broken.get(&open.id).is_some_and(|why| !why.is_empty());
        let event = if is_held { held(event) } else { event };
        self.report.count(&open.id, outcome(&event));
        self.log.add(&event)
    }

    /// Ends the open source: its expectations decide whether its records appear.
    fn close(&mut self) -> Result<(), Error> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let broken = self.broken.get(&open.id).map(Vec::as_slice).unwrap_or_default();
        let delta = broken.is_empty().then_some(&mut self.delta);
        let mut books = Books { relations: self.relations, differences: &mut self.differences, delta };
        open.end(self.pass, &mut books)?;
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
        if !broken.is_empty() {
            return open.records.discard();
        }
        for (language, count) in open.languages {
            *self.report.languages.entry(language).or_default() += count;
        }
        for ((change, cause), count) in open.changes {
            self.report.change(change.name(), &cause, count);
        }
        let path = open.records.finish(open.written, self.staging)?;
        self.memory.keep((&open.id, &path), open.memory, self.staging)
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
            if let Some(path) = &renewed.written {
                self.memory.restamp(&file.source, path);
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
        self.memory.finish(self.staging)?;
        Ok((self.report, self.differences))
    }
}

impl OpenSource {
    fn begin(id: &str, pass: &Pass<'_>, staging: &Staging) -> Result<Self, Error> {
        let file = previous::records_file(id);
        Ok(Self {
            id: id.to_owned(),
            records: NewRecords::over(&file, pass.options.out.join(&file), staging.place()),
            memory: Memory::begin(staging, id)?,
            previous: Records::open(&pass.options.out, &file)?,
            languages: BTreeMap::new(),
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

    fn count(&mut self, (language, id): (&str, &str), relations: &Relations) {
        *self.languages.entry(language.to_owned()).or_default() += 1;
        self.written += 1;
        self.duplicates += u64::from(relations.of.get(id).is_some_and(|r| r.duplicate_of.is_some()));
    }

    fn bury_all(&mut self, gone: &[Previous]) -> Result<(), Error> {
        for previous in gone {
            self.buried.push(Buried::of(previous)?);
        }
        Ok(())
    }

    /// The record of this id that stands there; those before it are left behind.
    fn before(&mut self, id: &str) -> Result<Option<Previous>, Error> {
        let (gone, before) = self.previous.up_to(Some(id))?;
        self.bury_all(&gone)?;
        Ok(before)
    }

    /// A record of this run: new, changed, or what stands there already.
    fn take(&mut self, line: String, mut ended: Ended, books: &mut Books<'_>) -> Result<Event, Error> {
        let relations = books.relations;
        ended.written = previous::records_file(&self.id);
        let before = self.before(&ended.id)?;
        let is_same = |before: &&Previous| {
            before.brief().is_ok_and(|brief| brief.version == ended.version) && before.has_relations_of(relations)
        };
        if let Some(before) = before.as_ref().filter(is_same) {
            ended.record_digest = record_digest(&record_of(&before.line)?)?;
            self.records.keep(before)?;
            return Ok(Event::Unchanged(ended));
        }
        let relation = relations.of.get(&ended.id);
        if before.is_none() && relation.is_none() && !books.differences.are_wanted() {
            // Most records are new and stand alone: their line is ready.
            return self.put((line, ended), (Change::Added, "content"), books);
        }
        let mut record = record_of(&line)?;
        relations.apply(&mut record);
        let before = before.map(|before| record_of(&before.line)).transpose()?;
        let (change, cause) = match &before {
            None => (Change::Added, "content"),
            Some(before) => (Change::Changed, cause(before, &record)),
        };
        books.differences.add((before.as_ref(), &record), (change, cause));
        if let Some(before) = before {
            record.added = before.added;
        }
        let event = self.put((line_of(&record)?, ended), (change, cause), books)?;
        let is_duplicate = relation.is_some_and(|r| r.duplicate_of.is_some());
        Ok(match event {
            Event::Emitted(ended) if is_duplicate => Event::Duplicate(ended),
            event => event,
        })
    }

    /// The record that stands there, for which nothing has changed, but for what it may say of others.
    fn leave_as_it_is(&mut self, ended: Ended, books: &mut Books<'_>) -> Result<Event, Error> {
        let relations = books.relations;
        let Some(before) = self.before(&ended.id)? else {
            let message = format!("{}: its record isn't there; delete {} and run again", ended.id, Memory::FOLDER);
            return Err(Error::Usage { message });
        };
        if before.has_relations_of(relations) {
            self.records.keep(&before)?;
            return Ok(Event::Unchanged(ended));
        }
        let old = record_of(&before.line)?;
        let mut record = old.clone();
        relations.apply(&mut record);
        books.differences.add((Some(&old), &record), (Change::Changed, "related"));
        let event = self.put((line_of(&record)?, ended), (Change::Changed, "related"), books)?;
        Ok(match event {
            Event::Emitted(ended) if record.duplicate_of.is_some() => Event::Duplicate(ended),
            event => event,
        })
    }

    /// Writes a record that is new or changed.
    fn put(
        &mut self,
        (mut line, mut ended): (String, Ended),
        (change, cause): (Change, &str),
        books: &mut Books<'_>,
    ) -> Result<Event, Error> {
        cause.clone_into(&mut ended.code);
        self.change(change, cause);
        self.records.add(&line)?;
        add_delta(&mut line, &Delta { change, cause: cause.to_owned() })?;
        books.note(&line)?;
        Ok(Event::Emitted(ended))
    }

    /// A capture that gave no record.
    fn leave(&mut self, ended: &Ended) {
        self.without.entry(ended.id.clone()).or_default().insert(ended.digest.clone());
    }

    /// Buries the earlier records that are left when all captures have come.
    fn end(&mut self, pass: &Pass<'_>, books: &mut Books<'_>) -> Result<(), Error> {
        let (gone, _) = self.previous.up_to(None)?;
        self.bury_all(&gone)?;
        for buried in std::mem::take(&mut self.buried) {
            let cause = self.bury(&buried, pass, books)?;
            books.differences.remove((&self.id, &buried.id, &buried.url), cause);
        }
        Ok(())
    }

    /// A tombstone for a record that no capture of this run gives any more.
    fn bury(&mut self, buried: &Buried, pass: &Pass<'_>, books: &mut Books<'_>) -> Result<&'static str, Error> {
        let cause = self.cause_of_end(buried, pass);
        if self.without.contains_key(&buried.id) && cause != "gone" {
            self.lost.push(buried.id.clone());
        }
        let stone = json!({"schema": SCHEMA, "id": buried.id, "source": self.id, "version": buried.version,
            "delta": {"change": Change::Removed, "cause": cause}});
        books.note(&stone.to_string())?;
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

fn add_removed(report: &mut Report, ended: &Ended) {
    for (rule, count) in ended.stages.iter().flat_map(|stages| &stages.removed) {
        *report.removed.entry(rule.clone()).or_default() += count;
    }
}

/// What is needed of a record that may have gone.
struct Buried {
    id: String,
    url: String,
    version: String,
    prov: Option<Prov>,
}

impl Buried {
    fn of(previous: &Previous) -> Result<Self, Error> {
        let Brief { version, prov, url, .. } = previous.brief().map_err(|e| not_json(&e))?;
        let url = url.map(|u| u.requested).unwrap_or_default();
        Ok(Self { id: previous.id.clone(), url, version, prov })
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

fn record_of(line: &str) -> Result<Record, Error> {
    serde_json::from_str(line).map_err(|e| not_json(&e))
}

/// Puts what a run did to a record before the last of its fields, which is always there.
fn add_delta(line: &mut String, delta: &Delta) -> Result<(), Error> {
    const LAST: &str = ",\"metadata\":";
    let delta = digest::json_line(delta).map_err(|e| not_json(&e))?;
    // Inside a string its quotes would be escaped, and no other object of a record has a field of this name.
    if let Some(at) = line.rfind(LAST) {
        line.insert_str(at, &format!(",\"delta\":{delta}"));
    }
    Ok(())
}

fn line_of(record: &Record) -> Result<String, Error> {
    digest::json_line(record).map_err(|e| not_json(&e))
}
