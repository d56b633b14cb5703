//! Publishes records: sets their relations, compares them with the last run's, holds them back where the source's
//! expectations are broken, and writes the run's changes and quarantine.
pub(crate) mod background_writer;
pub(crate) mod differences;
pub(crate) mod ended_sources;
pub(crate) mod previous_records;
pub(crate) mod records_file;
pub(crate) mod relate;
pub(crate) mod source_writer;

use super::Log;
use super::commit::staged_file::StagedFile;
use super::commit::staging::Staging;
use super::judge::expectations::Broken;
use super::judge::outcome::{CaptureOutcome, OutcomeKind};
use super::judge::pass::Pass;
use super::judge::previous_outcomes::{CachedOutcome, OutcomeCache};
use crate::emit::record::{Cause, Change, Delta, SCHEMA};
use crate::error::{Error, not_json};
use crate::log::concluded::Concluded;
use crate::log::event::{Ended, Stages};
use crate::log::reader::Log as LogReader;
use crate::log::{Event, read_event};
use crate::relations::Card;
use crate::report::{Report, ReportedOutcome, add};
use crate::run::judge::spool::SpooledOutcomes;
use crate::schema::{QuarantineLine, Tombstone};
use background_writer::BackgroundWriter;
use differences::Differences;
use relate::{Kept, Related};
use sanad_document::digest;
use source_writer::{ChangeSink, RemovedRecord, SourceWriter};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Writes the results of a run, one source after another.
pub(super) struct Writer<'a, 'p> {
    pass: &'a Pass<'p>,
    related: &'a Related,
    broken: &'a Broken,
    previous_outcomes: OutcomeCache,
    staging: &'a mut Staging,
    log: &'a mut Log,
    report: Report,
    differences: Differences,
    delta: BackgroundWriter,
    quarantine: StagedFile,
    /// The ledger of what the documents of the run's events left out.
    removed: StagedFile,
    open: Option<SourceWriter>,
    /// Earlier records that their source no longer has, with the source and the cause.
    removals: Vec<(String, RemovedRecord, Cause)>,
}

impl<'a, 'p> Writer<'a, 'p> {
    pub(super) fn begin(
        pass: &'a Pass<'p>,
        related: &'a Related,
        broken: &'a Broken,
        previous_outcomes: OutcomeCache,
        staging: &'a mut Staging,
        log: &'a mut Log,
    ) -> Result<Self, Error> {
        let file = |name: &str| staging.create(&format!("runs/{}/{name}.jsonl", pass.run));
        let (delta, quarantine, removed) =
            (BackgroundWriter::begin(file("records")?), file("quarantine")?, file("removed")?);
        let (report, differences) = (Report::default(), Differences::new(pass.samples));
        Ok(Self {
            pass,
            related,
            broken,
            previous_outcomes,
            staging,
            log,
            report,
            differences,
            delta,
            quarantine,
            removed,
            open: None,
            removals: Vec::new(),
        })
    }

    /// Writes the outcome of a capture. `card` is its record's.
    pub(super) fn write(&mut self, capture_outcome: CaptureOutcome, card: Option<Card>) -> Result<(), Error> {
        let CaptureOutcome { missed, key, basis, run, ended, outcome, tallied, concluded } = capture_outcome;
        if self.open.as_ref().is_none_or(|open| open.id != ended.source) {
            self.close()?;
            self.open = Some(SourceWriter::begin(&ended.source, self.pass, &self.previous_outcomes, self.staging)?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        open.missing += u64::from(missed > 0);
        let is_held = self.broken.get(&ended.source).is_some_and(|why| !why.is_empty());
        let mut sink = ChangeSink {
            related: self.related,
            differences: &mut self.differences,
            delta: (!is_held).then_some(&mut self.delta),
        };
        let mut left_out = String::new();
        let (event, remembered) = match outcome {
            OutcomeKind::Record { language, line, ledger } => {
                add_stages(&mut self.report, &ended);
                open.count(&language, &ended.id, &self.related.relations);
                left_out = ledger;
                (open.take(line, ended, &mut sink)?, Some(OutcomeKind::Same { language }))
            }
            OutcomeKind::Same { language } => {
                add_stages(&mut self.report, &ended);
                open.count(&language, &ended.id, &self.related.relations);
                (open.leave_as_it_is(ended, &mut sink)?, Some(OutcomeKind::Same { language }))
            }
            OutcomeKind::Skipped(reason) => {
                add(&mut self.report.skipped, reason.as_str());
                open.skip(reason, &ended);
                (Event::Skipped(ended), None)
            }
            OutcomeKind::Quarantined { alarming, line } => {
                open.leave(&ended);
                (Event::Quarantined(ended), Some(OutcomeKind::Quarantined { alarming, line }))
            }
        };
        let said = self.note(&event, concluded, &left_out)?;
        if let Some(OutcomeKind::Quarantined { alarming, line }) = &remembered {
            self.quarantined(line, *alarming, concluded.filter(|_| !said))?;
        }
        if let (Some(outcome), Some(ended), true, Some(open)) =
            (remembered, event.ended().cloned(), key != 0, &mut self.open)
        {
            let id = ended.id.clone();
            let remembered = CachedOutcome { id, key, basis, run, ended, outcome, card, tallied };
            open.previous_outcomes.add(&remembered)?;
        }
        Ok(())
    }

    /// Whether a source's records are held back.
    fn is_held(&self, source: &str) -> bool {
        self.broken.get(source).is_some_and(|why| !why.is_empty())
    }

    /// Counts what became of a capture. Logs its terminal event, and what its document left out, unless it says what the log
    /// `concluded` before. Returns true if it was logged.
    fn note(&mut self, event: &Event, concluded: Option<Concluded>, left_out: &str) -> Result<bool, Error> {
        let Some(open) = &self.open else { return Ok(false) };
        let mut event = if self.is_held(&open.id) { Cow::Owned(held(event.clone())) } else { Cow::Borrowed(event) };
        if let Some(outcome) = ReportedOutcome::of(&event) {
            self.report.count(&open.id, outcome);
        }
        let is_anonymous = event.ended().is_none_or(|ended| ended.capture == 0);
        let is_rewritten = matches!(*event, Event::Emitted(_) | Event::Duplicate(_));
        if is_anonymous || (!is_rewritten && concluded.is_some_and(|concluded| concluded.says_the_same(&event))) {
            return Ok(false);
        }
        let is_remade = is_rewritten && event.ended().is_some_and(|ended| ended.code != Cause::Related.as_str());
        if let Some((concluded, ended)) = concluded.zip(event.ended()).filter(|_| !is_remade)
            && concluded.has_stages_of(ended)
            && let Some(ended) = event.to_mut().ended_mut()
        {
            ended.stages = self.stages_of(concluded)?;
        }
        let is_here = |stages: &Stages| stages.since.is_none();
        if !left_out.is_empty() && event.ended().and_then(|ended| ended.stages.as_ref()).is_some_and(is_here) {
            self.removed.line(left_out)?;
        }
        if let Some(outcome) = ReportedOutcome::of(&event) {
            add(&mut self.report.concluded, outcome.as_str());
        }
        self.log.add(&event).map(|()| true)
    }

    /// What the stages of a capture say in the event that concluded it, with the run in whose ledger stands what was left out.
    fn stages_of(&self, concluded: Concluded) -> Result<Option<Stages>, Error> {
        let out = &self.pass.options.out;
        let log = LogReader::open(out)?;
        let event = read_event(out, &log.reader.entry(concluded.event, log.size)?)?;
        let stages = event.ended().and_then(|ended| ended.stages.clone());
        let run = self.log.conclusions.run_of(concluded.event);
        Ok(stages.map(|stages| Stages { since: stages.since.or_else(|| Some(run.to_owned())), ..stages }))
    }

    /// Counts a capture without a record. One that is `alarming` fails the run, unless its address failed so in an earlier one.
    /// `before` is what the log concluded of it, if that is the same.
    fn quarantined(&mut self, line: &QuarantineLine, alarming: bool, before: Option<Concluded>) -> Result<(), Error> {
        add(&mut self.report.quarantined, &line.code);
        if before.is_none() {
            tracing::info!(line.code, line.message, line.url, line.file, line.offset, line.source, "quarantined");
            self.quarantine.line(&digest::json_line(line).map_err(|e| not_json(&e))?)?;
        }
        if !alarming {
            return Ok(());
        }
        let place = if line.url.is_empty() { String::new() } else { format!(" ({})", line.url) };
        let message = format!("{} at byte {}{place}: {} ({})", line.file, line.offset, line.message, line.code);
        match self.log.conclusions.quarantined_since(line) {
            Some(since) if since != self.pass.run => self.report.know(message, since),
            // A later capture of its address was right.
            None if before.is_some() => {}
            _ => self.report.fail(message),
        }
        Ok(())
    }

    /// Ends the current source. Its expectations decide whether its records appear.
    fn close(&mut self) -> Result<(), Error> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let broken = self.broken.get(&open.id).map(Vec::as_slice).unwrap_or_default();
        let removals = open.end(self.pass)?;
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
        self.removals.extend(removals.into_iter().map(|(removed, cause)| (open.id.clone(), removed, cause)));
        for ((change, cause), count) in open.changes {
            self.report.change(change, cause, count);
        }
        let path = open.records.finish(open.written, self.staging)?;
        self.previous_outcomes.keep(&open.id, open.written, open.previous_outcomes, &path, self.staging)
    }

    /// Writes a tombstone for each removed record, unless another source has the document now.
    fn write_tombstones(&mut self, outcomes: &SpooledOutcomes) -> Result<(), Error> {
        if self.removals.is_empty() {
            return Ok(());
        }
        let mut moved: BTreeSet<String> = self.removals.iter().map(|(_, removed, _)| removed.id.clone()).collect();
        let mut current = BTreeSet::new();
        for card in outcomes.cards()? {
            let (_, card) = card?;
            if !self.is_held(card.source())
                && let Some(id) = moved.take(card.id())
            {
                current.insert(id);
            }
        }
        for (source, removed, cause) in &self.removals {
            if current.contains(&removed.id) {
                continue;
            }
            let delta = Delta { change: Change::Removed, cause: *cause };
            let (id, version) = (removed.id.clone(), removed.version.clone());
            let (url, title) = (removed.urls.clone(), removed.title.clone());
            let stone = Tombstone { schema: SCHEMA.to_owned(), id, source: source.clone(), url, title, version, delta };
            self.delta.line(digest::json_line(&stone).map_err(|e| not_json(&e))?)?;
            self.report.change(Change::Removed, *cause, 1);
            self.differences.remove(source, &removed.id, removed.url(), *cause);
        }
        Ok(())
    }

    /// Ends the last source and those that have `ended`, updates the relations of records that the run leaves as they
    /// are, and returns the report.
    pub(super) fn finish(
        mut self,
        kept: &[Kept],
        ended: &[String],
        outcomes: &SpooledOutcomes,
    ) -> Result<(Report, Differences), Error> {
        self.close()?;
        for source in ended.iter().filter(|source| self.broken.get(*source).is_some_and(Vec::is_empty)) {
            self.open = Some(SourceWriter::begin(source, self.pass, &self.previous_outcomes, self.staging)?);
            self.close()?;
        }
        self.write_tombstones(outcomes)?;
        for file in kept {
            let renewed = file.renew(self.pass, &self.related.relations, self.staging, &mut self.delta)?;
            let is_held = self.broken.contains_key(&file.source);
            if renewed.changed > 0 || is_held {
                let report = self.report.sources.entry(file.source.clone()).or_default();
                (report.records, report.duplicates) = (renewed.records, renewed.duplicates);
            }
            if let Some(path) = &renewed.written {
                self.previous_outcomes.restamp(&file.source, renewed.records, path);
                self.report.change(Change::Changed, Cause::Related, renewed.changed);
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
        for file in [self.delta.finish()?, self.quarantine, self.removed] {
            self.staging.take(file)?;
        }
        self.previous_outcomes.finish(self.staging)?;
        Ok((self.report, self.differences))
    }
}

/// Counts what was left out of a record's document, and its warnings.
fn add_stages(report: &mut Report, ended: &Ended) {
    let warnings = ended.stages.iter().flat_map(|stages| &stages.warnings);
    for code in warnings.map(|warning| warning.code.as_str()).collect::<BTreeSet<_>>() {
        add(&mut report.warnings, code);
    }
    for (rule, count) in ended.stages.iter().flat_map(|stages| &stages.removed) {
        *report.removed.entry(rule.clone()).or_default() += count;
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
