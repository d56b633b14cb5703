//! Collects the results of one source until its last capture: which records are new, changed or the same, and which
//! earlier ones no capture gives any more.

use super::background_writer::BackgroundWriter;
use super::differences::Differences;
use super::previous_records::{Brief, Previous, Records};
use super::records_file::NewRecords;
use super::relate::Related;
use crate::emit::Record;
use crate::emit::record::record_digest;
use crate::emit::record::{Cause, Change, Delta, Prov, SCHEMA};
use crate::error::Error;
use crate::error::not_json;
use crate::layout;
use crate::log::Event;
use crate::log::event::Ended;
use crate::relations::Relations;
use crate::run::commit::staging::Staging;
use crate::run::judge::pass::Pass;
use crate::run::judge::previous_outcomes::{CachedOutcome, OutcomeCache};
use crate::run::options::engine;
use crate::storage::record_file::RecordFileWriter;
use sanad_document::digest;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What a source's outcomes are compared with, and where changes are recorded.
pub(super) struct Books<'w> {
    pub(super) related: &'w Related,
    pub(super) differences: &'w mut Differences,
    /// The run's changes; none for a source that is held back.
    pub(super) delta: Option<&'w mut BackgroundWriter>,
}

impl Books<'_> {
    fn note(&mut self, line: String) -> Result<(), Error> {
        self.delta.as_mut().map_or(Ok(()), |delta| delta.line(line))
    }
}

/// Record ids kept in memory while all records of a source may stay as they are. A larger source's records are read.
const MOST_UNREAD: u64 = 1 << 16;

/// The results of a source.
pub(super) struct SourceWriter {
    pub(super) id: String,
    pub(super) records: NewRecords,
    pub(super) memory: RecordFileWriter<CachedOutcome>,
    previous: Records,
    /// Number of published records, if known and they needn't be read yet.
    standing: Option<u64>,
    /// Ids of records that stay as they are, as long as none had to be read to tell.
    unread: Vec<String>,
    pub(super) languages: BTreeMap<String, u64>,
    pub(super) changes: BTreeMap<(Change, Cause), u64>,
    pub(super) written: u64,
    pub(super) duplicates: u64,
    pub(super) missing: u64,
    /// Ids whose captures gave no record in this run, with the digests of the captures.
    pub(super) without: BTreeMap<String, BTreeSet<String>>,
    /// Ids of pages that visits no longer find.
    pub(super) gone: BTreeSet<String>,
    /// Earlier records that no record of this run replaced.
    buried: Vec<Buried>,
    /// Ids of records that disappeared although nothing says that their page is gone.
    pub(super) lost: Vec<String>,
}

impl SourceWriter {
    pub(super) fn begin(id: &str, pass: &Pass<'_>, memory: &OutcomeCache, staging: &Staging) -> Result<Self, Error> {
        let file = layout::records_file(id);
        Ok(Self {
            id: id.to_owned(),
            records: NewRecords::over(&file, pass.options.out.join(&file), staging.place()),
            memory: OutcomeCache::begin(staging, id)?,
            previous: Records::open(&pass.options.out, &file)?,
            standing: memory.records(id).filter(|records| *records <= MOST_UNREAD),
            unread: Vec::new(),
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

    pub(super) fn count(&mut self, language: &str, id: &str, relations: &Relations) {
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

    /// Returns the published record of this id; skipped ones are tombstone candidates.
    fn before(&mut self, id: &str) -> Result<Option<Previous>, Error> {
        self.read_unread()?;
        self.read_before(id)
    }

    /// Reads the records after all, because not every one stays as it is.
    fn read_unread(&mut self) -> Result<(), Error> {
        self.standing = None;
        for id in std::mem::take(&mut self.unread) {
            let before = self.read_before(&id)?.ok_or_else(|| lacks_record(&id))?;
            self.records.keep(&before)?;
        }
        Ok(())
    }

    fn read_before(&mut self, id: &str) -> Result<Option<Previous>, Error> {
        let (gone, before) = self.previous.up_to(Some(id))?;
        self.bury_all(&gone)?;
        Ok(before)
    }

    /// Adds a record of this run: new, changed, or the same as the published one.
    pub(super) fn take(&mut self, line: String, mut ended: Ended, books: &mut Books<'_>) -> Result<Event, Error> {
        let relations = &books.related.relations;
        ended.written = layout::records_file(&self.id);
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
            // Most records are new and have no relations: their line is ready.
            return self.put(line, ended, Change::Added, Cause::Content, books);
        }
        let mut record = record_of(&line)?;
        relations.apply(&mut record);
        let before = before.map(|before| record_of(&before.line)).transpose()?;
        let (change, cause) = match &before {
            None => (Change::Added, Cause::Content),
            Some(before) => (Change::Changed, cause(before, &record)),
        };
        books.differences.add(before.as_ref(), &record, change, cause);
        if let Some(before) = before {
            record.added = before.added;
        }
        let event = self.put(line_of(&record)?, ended, change, cause, books)?;
        let is_duplicate = relation.is_some_and(|r| r.duplicate_of.is_some());
        Ok(match event {
            Event::Emitted(ended) if is_duplicate => Event::Duplicate(ended),
            event => event,
        })
    }

    /// Keeps a record whose inputs are unchanged. Only its relations may differ.
    pub(super) fn leave_as_it_is(&mut self, ended: Ended, books: &mut Books<'_>) -> Result<Event, Error> {
        if self.standing.is_some() && books.related.is_as_before(&ended.id) {
            self.unread.push(ended.id.clone());
            return Ok(Event::Unchanged(ended));
        }
        let relations = &books.related.relations;
        let before = self.before(&ended.id)?.ok_or_else(|| lacks_record(&ended.id))?;
        if before.has_relations_of(relations) {
            self.records.keep(&before)?;
            return Ok(Event::Unchanged(ended));
        }
        let old = record_of(&before.line)?;
        let mut record = old.clone();
        relations.apply(&mut record);
        books.differences.add(Some(&old), &record, Change::Changed, Cause::Related);
        let event = self.put(line_of(&record)?, ended, Change::Changed, Cause::Related, books)?;
        Ok(match event {
            Event::Emitted(ended) if record.duplicate_of.is_some() => Event::Duplicate(ended),
            event => event,
        })
    }

    /// Writes a new or changed record.
    fn put(
        &mut self,
        mut line: String,
        mut ended: Ended,
        change: Change,
        cause: Cause,
        books: &mut Books<'_>,
    ) -> Result<Event, Error> {
        cause.as_str().clone_into(&mut ended.code);
        self.change(change, cause);
        self.records.add(&line)?;
        add_delta(&mut line, &Delta { change, cause })?;
        books.note(line)?;
        Ok(Event::Emitted(ended))
    }

    /// Notes a capture that gave no record.
    pub(super) fn leave(&mut self, ended: &Ended) {
        self.without.entry(ended.id.clone()).or_default().insert(ended.digest.clone());
    }

    /// Writes tombstones for the records that are left when all captures have come.
    pub(super) fn end(&mut self, pass: &Pass<'_>, books: &mut Books<'_>) -> Result<(), Error> {
        if !self.unread.is_empty() && self.standing == Some(self.unread.len() as u64) {
            return self.records.keep_all();
        }
        self.read_unread()?;
        let (gone, _) = self.previous.up_to(None)?;
        self.bury_all(&gone)?;
        for buried in std::mem::take(&mut self.buried) {
            let cause = self.bury(&buried, pass, books)?;
            books.differences.remove(&self.id, &buried.id, &buried.url, cause);
        }
        Ok(())
    }

    /// Writes a tombstone for a record that no capture of this run gives, and returns the cause.
    fn bury(&mut self, buried: &Buried, pass: &Pass<'_>, books: &mut Books<'_>) -> Result<Cause, Error> {
        let cause = self.cause_of_end(buried, pass);
        if self.without.contains_key(&buried.id) && cause != Cause::Gone {
            self.lost.push(buried.id.clone());
        }
        let stone = json!({"schema": SCHEMA, "id": buried.id, "source": self.id, "version": buried.version,
            "delta": {"change": Change::Removed, "cause": cause}});
        books.note(stone.to_string())?;
        self.change(Change::Removed, cause);
        Ok(cause)
    }

    /// Why a record was removed: its page is gone, its captures are, or they no longer give a record.
    fn cause_of_end(&self, buried: &Buried, pass: &Pass<'_>) -> Cause {
        if self.gone.contains(&buried.id) {
            return Cause::Gone;
        }
        let Some(captures) = self.without.get(&buried.id) else { return Cause::NoCapture };
        let Some(prov) = buried.prov.as_ref().filter(|p| captures.contains(&p.capture.digest)) else {
            return Cause::Content;
        };
        if prov.engine != engine() {
            Cause::Engine
        } else if prov.rules != pass.config.digest {
            Cause::Rules
        } else if prov.repeats != pass.table {
            Cause::Repeats
        } else {
            Cause::Content
        }
    }

    fn change(&mut self, change: Change, cause: Cause) {
        *self.changes.entry((change, cause)).or_default() += 1;
    }
}

/// What is needed of a record that may have to be removed.
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

/// Why a record changed: the most direct cause that applies.
fn cause(before: &Record, after: &Record) -> Cause {
    if before.version == after.version {
        return Cause::Related;
    }
    let (Some(before), Some(after)) = (&before.prov, &after.prov) else { return Cause::Content };
    if before.capture.digest != after.capture.digest {
        Cause::Content
    } else if before.engine != after.engine {
        Cause::Engine
    } else if before.rules != after.rules {
        Cause::Rules
    } else if before.repeats != after.repeats {
        Cause::Repeats
    } else {
        Cause::Content
    }
}

fn lacks_record(id: &str) -> Error {
    Error::MissingRecord { id: id.to_owned(), cache: OutcomeCache::FOLDER.to_owned() }
}

fn record_of(line: &(impl AsRef<[u8]> + ?Sized)) -> Result<Record, Error> {
    serde_json::from_slice(line.as_ref()).map_err(|e| not_json(&e))
}

/// Inserts the `delta` before the record's last field, which is always present.
fn add_delta(line: &mut String, delta: &Delta) -> Result<(), Error> {
    const LAST: &str = ",\"metadata\":";
    let delta = digest::json_line(delta).map_err(|e| not_json(&e))?;
    // Within a string the quotes would be escaped, and no other object of a record has a field of this name.
    if let Some(at) = line.rfind(LAST) {
        line.insert_str(at, &format!(",\"delta\":{delta}"));
    }
    Ok(())
}

fn line_of(record: &Record) -> Result<String, Error> {
    digest::json_line(record).map_err(|e| not_json(&e))
}
