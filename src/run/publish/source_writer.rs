//! Collects the results of one source until its last capture: which records are new, changed or the same, and which
//! earlier ones no capture gives any more.

use super::background_writer::BackgroundWriter;
use super::differences::Differences;
use super::previous_records::{Brief, Previous, Records};
use super::records_file::NewRecords;
use super::relate::Related;
use crate::emit::Record;
use crate::emit::record::{Cause, Change, Delta, Prov, Urls, record_digest};
use crate::error::{Error, not_json};
use crate::layout;
use crate::log::Event;
use crate::log::event::Ended;
use crate::relations::Relations;
use crate::run::commit::staging::Staging;
use crate::run::judge::pass::Pass;
use crate::run::judge::previous_outcomes::{CachedOutcome, OutcomeCache};
use crate::run::options::engine;
use crate::run::scan::outcome::SkipReason;
use crate::storage::record_file::RecordFileWriter;
use sanad_document::digest;
use std::collections::{BTreeMap, BTreeSet};

/// What a source's outcomes are compared with, and where changes are recorded.
pub(super) struct ChangeSink<'w> {
    pub(super) related: &'w Related,
    pub(super) differences: &'w mut Differences,
    /// The run's changes; none for a source that is held back.
    pub(super) delta: Option<&'w mut BackgroundWriter>,
}

impl ChangeSink<'_> {
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
    pub(super) previous_outcomes: RecordFileWriter<CachedOutcome>,
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
    removals: Vec<RemovedRecord>,
    /// Ids of records that disappeared although nothing says that their page is gone.
    pub(super) lost: Vec<String>,
}

impl SourceWriter {
    pub(super) fn begin(
        id: &str,
        pass: &Pass<'_>,
        previous_outcomes: &OutcomeCache,
        staging: &Staging,
    ) -> Result<Self, Error> {
        let file = layout::records_file(id);
        Ok(Self {
            id: id.to_owned(),
            records: NewRecords::over(&file, pass.options.out.join(&file), staging.place()),
            previous_outcomes: OutcomeCache::begin(staging, id)?,
            previous: Records::open(&pass.options.out, &file)?,
            standing: previous_outcomes.records(id).filter(|records| *records <= MOST_UNREAD),
            unread: Vec::new(),
            languages: BTreeMap::new(),
            changes: BTreeMap::new(),
            written: 0,
            duplicates: 0,
            missing: 0,
            without: BTreeMap::new(),
            gone: BTreeSet::new(),
            removals: Vec::new(),
            lost: Vec::new(),
        })
    }

    pub(super) fn count(&mut self, language: &str, id: &str, relations: &Relations) {
        *self.languages.entry(language.to_owned()).or_default() += 1;
        self.written += 1;
        self.duplicates += u64::from(relations.of.get(id).is_some_and(|r| r.duplicate_of.is_some()));
    }

    fn note_removals(&mut self, gone: &[Previous]) -> Result<(), Error> {
        for previous in gone {
            self.removals.push(RemovedRecord::of(previous)?);
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
        self.note_removals(&gone)?;
        Ok(before)
    }

    /// Adds a record of this run: new, changed, or the same as the published one.
    pub(super) fn take(&mut self, line: String, mut ended: Ended, sink: &mut ChangeSink<'_>) -> Result<Event, Error> {
        let relations = &sink.related.relations;
        ended.written = layout::records_file(&self.id);
        let before = self.before(&ended.id)?;
        let relation = relations.of.get(&ended.id);
        if before.is_none() && relation.is_none() && !sink.differences.are_wanted() {
            // Most records are new and have no relations: their line is ready.
            return self.put(line, ended, Change::Added, Cause::Content, sink);
        }
        let mut record = record_of(&line)?;
        relations.apply(&mut record);
        let old = before.as_ref().map(|before| record_of(&before.line)).transpose()?;
        if let (Some(before), Some(old)) = (&before, &old)
            && says_the_same(old, &record)
        {
            ended.record_digest = record_digest(old)?;
            self.records.keep(before)?;
            return Ok(Event::Unchanged(ended));
        }
        if let Some(old) = &old {
            let mut related = old.clone();
            relations.apply(&mut related);
            if says_the_same(&related, &record) {
                ended.record_digest = record_digest(old)?;
                return self.relate(old, &related, ended, sink);
            }
        }
        let before = old;
        let (change, cause) = match &before {
            None => (Change::Added, Cause::Content),
            Some(before) => (Change::Changed, cause(before, &record)),
        };
        sink.differences.add(before.as_ref(), &record, change, cause);
        if let Some(before) = before {
            record.added = before.added;
        }
        let event = self.put(line_of(&record)?, ended, change, cause, sink)?;
        let is_duplicate = relation.is_some_and(|r| r.duplicate_of.is_some());
        Ok(match event {
            Event::Emitted(ended) if is_duplicate => Event::Duplicate(ended),
            event => event,
        })
    }

    /// Keeps a record whose inputs are unchanged. Only its relations may differ.
    pub(super) fn leave_as_it_is(&mut self, ended: Ended, sink: &mut ChangeSink<'_>) -> Result<Event, Error> {
        if self.standing.is_some() && sink.related.is_as_before(&ended.id) {
            self.unread.push(ended.id.clone());
            return Ok(Event::Unchanged(ended));
        }
        let relations = &sink.related.relations;
        let before = self.before(&ended.id)?.ok_or_else(|| lacks_record(&ended.id))?;
        if before.has_relations_of(relations) {
            self.records.keep(&before)?;
            return Ok(Event::Unchanged(ended));
        }
        let old = record_of(&before.line)?;
        let mut record = old.clone();
        relations.apply(&mut record);
        self.relate(&old, &record, ended, sink)
    }

    /// Writes a published record with its new relations. It keeps the run that made it.
    fn relate(
        &mut self,
        old: &Record,
        related: &Record,
        ended: Ended,
        sink: &mut ChangeSink<'_>,
    ) -> Result<Event, Error> {
        sink.differences.add(Some(old), related, Change::Changed, Cause::Related);
        let event = self.put(line_of(related)?, ended, Change::Changed, Cause::Related, sink)?;
        Ok(match event {
            Event::Emitted(ended) if related.duplicate_of.is_some() => Event::Duplicate(ended),
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
        sink: &mut ChangeSink<'_>,
    ) -> Result<Event, Error> {
        cause.as_str().clone_into(&mut ended.code);
        self.change(change, cause);
        self.records.add(&line)?;
        add_delta(&mut line, &Delta { change, cause })?;
        sink.note(line)?;
        Ok(Event::Emitted(ended))
    }

    /// Notes that a capture was skipped.
    pub(super) fn skip(&mut self, reason: SkipReason, ended: &Ended) {
        match reason {
            SkipReason::Gone => drop(self.gone.insert(ended.id.clone())),
            SkipReason::Superseded | SkipReason::Joined => {}
            SkipReason::Redirect
            | SkipReason::MediaType
            | SkipReason::Revisit
            | SkipReason::RevisitAlone
            | SkipReason::NoAddress
            | SkipReason::NoCaptures
            | SkipReason::TakenDown
            | SkipReason::Noindex => self.leave(ended),
        }
    }

    /// Notes a capture that gave no record.
    pub(super) fn leave(&mut self, ended: &Ended) {
        self.without.entry(ended.id.clone()).or_default().insert(ended.digest.clone());
    }

    /// Returns the earlier records that are left when all captures have come, each with the cause of its end.
    pub(super) fn end(&mut self, pass: &Pass<'_>) -> Result<Vec<(RemovedRecord, Cause)>, Error> {
        if !self.unread.is_empty() && self.standing == Some(self.unread.len() as u64) {
            self.records.keep_all()?;
            return Ok(Vec::new());
        }
        self.read_unread()?;
        let (gone, _) = self.previous.up_to(None)?;
        self.note_removals(&gone)?;
        let mut ended = Vec::new();
        for removed in std::mem::take(&mut self.removals) {
            let cause = self.cause_of_end(&removed, pass);
            if self.without.contains_key(&removed.id) && cause != Cause::Gone {
                self.lost.push(removed.id.clone());
            }
            ended.push((removed, cause));
        }
        Ok(ended)
    }

    /// Why a record was removed: its page is gone, its captures are, or they no longer give a record.
    fn cause_of_end(&self, removed: &RemovedRecord, pass: &Pass<'_>) -> Cause {
        if self.gone.contains(&removed.id) {
            return Cause::Gone;
        }
        let Some(captures) = self.without.get(&removed.id) else { return Cause::NoCapture };
        let Some(prov) = removed.prov.as_ref().filter(|p| captures.contains(&p.capture.digest)) else {
            return Cause::Content;
        };
        let (rules, repeats) = (pass.rules_of(&self.id, removed.url()), pass.tables.digest(&self.id).to_owned());
        cause_of_judgement(prov, &Prov { engine: engine(), rules, repeats, ..Prov::default() })
    }

    fn change(&mut self, change: Change, cause: Cause) {
        *self.changes.entry((change, cause)).or_default() += 1;
    }
}

/// What is needed of a record that may have to be removed.
pub(super) struct RemovedRecord {
    pub(super) id: String,
    pub(super) urls: Option<Urls>,
    pub(super) title: Option<String>,
    pub(super) version: String,
    prov: Option<Prov>,
}

impl RemovedRecord {
    fn of(previous: &Previous) -> Result<Self, Error> {
        let Brief { version, prov, url, title, .. } = previous.brief().map_err(|e| not_json(&e))?;
        Ok(Self { id: previous.id.clone(), urls: url, title, version, prov })
    }

    /// The address that was requested; empty if it had none.
    pub(super) fn url(&self) -> &str {
        self.urls.as_ref().map_or("", |urls| &urls.requested)
    }
}

/// Returns true if a new record says nothing new, so that the published one stays, with the run that made it.
///
/// Another capture of an unchanged document isn't a change, whatever stands around the document in it: the published
/// record still tells the truth about the capture that it names. Its places, what was left out, and what depends on that
/// may then differ.
fn says_the_same(published: &Record, new: &Record) -> bool {
    let mut new = new.clone();
    new.added.clone_from(&published.added);
    if let (Some(before), Some(after)) = (&published.prov, &mut new.prov) {
        let is_same_capture = before.capture.digest == after.capture.digest;
        if !is_same_capture && before.engine == after.engine && before.rules == after.rules {
            new.removed.clone_from(&published.removed);
            new.quality.clone_from(&published.quality);
            for (block, before) in new.blocks.iter_mut().zip(&published.blocks) {
                block.origin.clone_from(&before.origin);
                block.language_confidence = before.language_confidence;
            }
            new.language_confidence = published.language_confidence;
            for (version, before) in new.translations.iter_mut().zip(&published.translations) {
                version.url.clone_from(&before.url);
            }
            after.encoding.clone_from(&before.encoding);
        }
        let encoding = after.encoding.take();
        *after = Prov { encoding, ..before.clone() };
    }
    new == *published
}

/// Why a record changed: the most direct cause that applies.
fn cause(before: &Record, after: &Record) -> Cause {
    let (Some(before), Some(after)) = (&before.prov, &after.prov) else { return Cause::Content };
    if before.capture.digest == after.capture.digest { cause_of_judgement(before, after) } else { Cause::Content }
}

/// Why the same capture was judged otherwise than before.
fn cause_of_judgement(before: &Prov, after: &Prov) -> Cause {
    if before.engine != after.engine {
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
