//! A run: from capture files to published results, all or nothing.
//!
//! ```text
//! fetch    what is due, into the raw folder                               network
//! scan     every capture to a labelled document in the document cache     knows one page
//! repeats  count on how many pages of its source each block is            knows all pages
//! judge    mark boilerplate, make records, spool the outcomes             knows one page and the counts
//! publish  relate records to each other, compare with the last run, write knows all records
//! commit   log the events, sign, move everything into place
//! ```
//!
//! A bad capture never ends a run, and each capture ends in exactly one outcome. Nothing depends on the number of threads.

pub(crate) mod commit;
pub(crate) mod events;
mod fetch;
pub(crate) mod judge;
pub(crate) mod options;
pub(crate) mod publish;
pub(crate) mod scan;
mod visits;

pub use commit::event_log::change_key;
pub use fetch::due;
pub use options::{Options, Progress};
pub use publish::differences::Difference;

use crate::captures::{files, remove_half_made};
use crate::config::Config;
use crate::error::Error;
use crate::log::conclusions::Known;
use crate::log::event::{Event, Input};
use crate::log::places::Places;
use crate::log::{LOG, takedowns, timestamp};
use crate::ordered_map::par_map_ordered_weighted;
use crate::report::Report;
use crate::report::lineage::Lineage;
use commit::conclusions_cache;
use commit::event_log::{Log, open_log};
use commit::lock::Lock;
use commit::staging::Staging;
use fetch::Unfinished;
use judge::expectations::broken;
use judge::judge_all;
use judge::pass::Pass;
use judge::previous_outcomes::OutcomeCache;
use judge::repeat_tables::{self, Pages};
use judge::source_tally::SourceTally;
use options::{InputOffsets, ScanPlan, limits_of};
use publish::differences::Differences;
use publish::ended_sources::ended_sources;
use publish::{Writer, relate};
use sanad_document::{Capture, digest};
use scan::Noted;
use scan::captures::Captures;
use scan::document_cache::{Cache, mend};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Runs all stages, publishes the results, and returns the report.
///
/// # Errors
/// When the run couldn't be made: folders, lock, configuration of the log, or a full disk. A capture that fails doesn't end it.
pub fn run(options: &Options, config: &Config, progress: &dyn Progress) -> Result<Report, Error> {
    let state = options.out.join(".state");
    std::fs::create_dir_all(&state).map_err(|e| Error::io(&state, "create", &e))?;
    let lock = Lock::take(&state)?;
    let (staging, mut tree) = open_log(&options.out, &options.keys)?;
    let log_size = tree.size();
    remove_half_made(&options.raw)?;

    // A run that was stopped while it fetched goes on under its own id and time.
    let unfinished = if options.offline { None } else { Unfinished::find(options) };
    let resumed = unfinished.as_ref().map(|run| run.options(options));
    let options = resumed.as_ref().unwrap_or(options);
    let run = match unfinished {
        Some(unfinished) => unfinished.run,
        None => events::run_id(options, config, &files(&options.raw, !options.offline)?, log_size),
    };

    let taken_down = takedowns::before(&options.out, config, log_size)?;
    let fetched =
        if options.offline { Vec::new() } else { fetch::fetch(options, config, &run, &taken_down, progress)? };
    let inputs = files(&options.raw, !options.offline)?;
    let lineage = Lineage::begin(&config.settings.lineage, &run, &options.now);
    let batch = Batch { options, config, progress, run: &run, log_size, lineage: &lineage, taken_down, samples: 0 };
    let report = batch.run(staging, &mut tree, &fetched, inputs).inspect_err(|error| lineage.failed(error))?;
    if !options.offline {
        Unfinished::end(options)?;
    }
    lock.release();

    if let Some(authority) = &config.settings.log.timestamp
        && let Err(error) = timestamp::stamp(&options.out.join(LOG), tree.size(), authority)
    {
        tracing::warn!(%error, "the checkpoint has no timestamp");
    }
    let outcomes = serde_json::to_string(&report.outcomes).unwrap_or_default();
    tracing::info!(report.run, report.captures, outcomes, failures = report.failures.len(), "run completed");
    Ok(report)
}

/// The stages after fetching, under one run id.
pub(crate) struct Batch<'a> {
    pub(crate) options: &'a Options,
    pub(crate) config: &'a Config,
    pub(crate) progress: &'a dyn Progress,
    /// The run's id.
    pub(crate) run: &'a str,
    /// Entries of the log before the run.
    pub(crate) log_size: u64,
    pub(crate) lineage: &'a Lineage,
    /// Record ids of documents that were taken down before the run.
    pub(crate) taken_down: BTreeSet<String>,
    /// How many changed records are shown as samples for each source and cause.
    pub(crate) samples: usize,
}

/// What the stages produced, before anything is put in place.
pub(crate) struct Work {
    pub(crate) report: Report,
    /// `sha256:` digests of the files that were read, by path under the raw folder.
    inputs: BTreeMap<String, String>,
    /// What changed since the last run.
    pub(crate) differences: Differences,
}

impl Batch<'_> {
    /// Does the work and publishes it: report, lineage, the closing event, and the move into place.
    fn run(
        &self,
        mut staging: Staging,
        tree: &mut sanad_tlog::Writer,
        fetched: &[Event],
        inputs: Vec<Input>,
    ) -> Result<Report, Error> {
        let Self { options, run, log_size, .. } = *self;
        let (mut log, work) = self.work_in_spite_of_damage(&mut staging, fetched, inputs)?;
        let Work { mut report, inputs, .. } = work;
        report.finish(run, log_size, log.size() + 1);
        let text = serde_json::to_string_pretty(&report);
        let text = text.map_err(|e| Error::io(&options.out.join(".state"), "write", &e.into()))?;
        let mut file = staging.create(&format!("runs/{run}/report.json"))?;
        file.line(&text)?;
        staging.take(file)?;
        let compared = log.conclusions.inputs(&inputs);
        let completed = self.lineage.complete(&report, (&inputs, &compared.new), staging.digests());
        let mut file = staging.create(&format!("runs/{run}/openlineage.jsonl"))?;
        for event in [self.lineage.started(), &completed] {
            file.line(&digest::escaped(event.to_string()))?;
        }
        staging.take(file)?;
        log.add(&events::run_completed(options, &report, (&inputs, compared), &staging, &log.conclusions))?;
        log.finish(&mut staging)?;
        self.progress.begin("put in place", None);
        staging.commit(tree)?;
        self.progress.end();
        self.lineage.send(&completed);
        Ok(report)
    }

    /// Does the work. If it meets damage in the document cache, the cache is mended and the work begins anew: by then
    /// captures may have been passed over because the cache was to hold their documents.
    pub(crate) fn work_in_spite_of_damage(
        &self,
        staging: &mut Staging,
        fetched: &[Event],
        inputs: Vec<Input>,
    ) -> Result<(Log, Work), Error> {
        let known = || conclusions_cache::open(&self.options.out, self.log_size);
        let mut log = Log::begin(staging, self.run, known()?)?;
        match self.work(staging, &mut log, fetched, inputs.clone()) {
            Err(Error::DamagedCache { .. }) => {
                mend(&self.options.out.join(".state"))?;
                staging.restart()?;
                log = Log::begin(staging, self.run, known()?)?;
                let work = self.work(staging, &mut log, fetched, inputs)?;
                Ok((log, work))
            }
            work => work.map(|work| (log, work)),
        }
    }

    /// All stages from the inputs to staged results: the batch on one screen.
    fn work(&self, staging: &mut Staging, log: &mut Log, fetched: &[Event], inputs: Vec<Input>) -> Result<Work, Error> {
        let Self { options, config, run, progress, .. } = *self;
        log.add(&events::run_started(options, config, run, &inputs, &log.conclusions))?;
        let known_failures = note_fetches(log, fetched)?;
        let bytes = inputs.iter().map(|input| input.bytes).sum();
        let digests = Mutex::new(BTreeMap::new());

        progress.begin("read and extract", None);
        let state = options.out.join(".state");
        let mut cache = Cache::open(&state)?;
        let (plan, known) = (self.plan(), cache.known());
        let offsets = InputOffsets::of(&inputs);
        let files: BTreeSet<String> = inputs.iter().map(|input| input.file.clone()).collect();
        let places = Places::read(&options.out)?;
        let captures = Captures::new(&options.raw, inputs, config.settings.limits.body_mb << 20, &digests)
            .at_first_places(&places)
            .without_those_done(&state, |capture| scan::is_done(capture, &plan, &known));
        let workspace = scan::Workspace { cache: &mut cache, folder: &staging.scratch() };
        let mut catalogue = scan::scan(&plan, workspace, captures, |capture, is_revisit| {
            progress.step();
            offsets.tell(capture, progress);
            note(log, capture, is_revisit)
        })?;
        progress.end();
        let (path, sync) = cache.complete()?;
        staging.await_sync(path, sync);

        progress.begin("repeats", None);
        scan::select::settle(&mut catalogue, config)?;
        let revisits = visits::note(&catalogue, log)?;
        let pages = Pages { catalogue: &catalogue, cache: &cache };
        let (tables, frozen) = repeat_tables::freeze(&pages, self.log_size, staging, options)?;
        progress.end();
        frozen.into_iter().try_for_each(|table| log.add(&Event::RepeatsFrozen(table)))?;

        let pass = Pass {
            options,
            config,
            catalogue: &catalogue,
            tables: &tables,
            run,
            cache: &cache,
            revisits: &revisits,
            progress,
            samples: self.samples,
        };
        let (mut report, differences) = judge_and_publish(&pass, &files, staging, log)?;
        report.add_fetches(fetched, &known_failures);
        report.check_sources(&options.sources, config);
        report.disk.insert("captures".to_owned(), bytes);
        for folder in ["records", "runs", "objects", LOG] {
            report.disk.insert(folder.to_owned(), staging.disk_use(folder)?);
        }
        let inputs = digests.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Work { report, inputs, differences })
    }

    fn plan(&self) -> ScanPlan<'_> {
        ScanPlan {
            config: self.config,
            sources: &self.options.sources,
            limits: limits_of(self.config, &self.options.program),
            jobs: self.options.jobs,
            lines: false,
            taken_down: self.taken_down.clone(),
            now: &self.options.now,
            out: &self.options.out,
            log_size: self.log_size,
        }
    }
}

/// Logs a capture that the log doesn't know, and says how the log names it. A revisit record is noted when it is known whether
/// its original is there.
///
/// # Errors
/// When the event can't be written.
fn note(log: &mut Log, capture: &Capture, is_revisit: bool) -> Result<Noted, Error> {
    if let Some(Known { read, concluded }) = log.conclusions.meet(capture) {
        return Ok(Noted { index: read, concluded });
    }
    if is_revisit {
        return Ok(Noted::default());
    }
    let index = log.size();
    log.add(&events::capture_read(capture)).map(|()| Noted { index, concluded: None })
}

/// Logs what was fetched, as far as that is new. Returns the runs in which fetches that fail again failed first, by the position
/// of their event.
///
/// # Errors
/// When an event can't be written.
fn note_fetches(log: &mut Log, fetched: &[Event]) -> Result<BTreeMap<usize, String>, Error> {
    let mut known = BTreeMap::new();
    for (position, event) in fetched.iter().enumerate() {
        if let Event::CaptureFailed(failed) = event {
            known.extend(log.conclusions.failing_since(failed).map(|since| (position, since.to_owned())));
        }
        if events::says_something_new(event, &log.conclusions) {
            log.add(event)?;
        }
    }
    Ok(known)
}

/// Judges every capture, relates the records to each other, and writes them; returns the report and what changed.
/// `files` are the capture files that the run read.
///
/// # Errors
/// When the cache can't be read or results can't be written.
fn judge_and_publish(
    pass: &Pass<'_>,
    files: &BTreeSet<String>,
    staging: &mut Staging,
    log: &mut Log,
) -> Result<(Report, Differences), Error> {
    let previous = OutcomeCache::open(&pass.options.out);
    let (mut outcomes, mut tallies) = judge_all(pass, &previous, staging)?;
    let ended = ended_sources(pass, files, &tallies)?;
    for source in &ended {
        tallies.insert(source.clone(), SourceTally::of(pass.config, source));
    }

    pass.progress.begin("relate and write", None);
    let broken = broken(pass, &tallies, &outcomes, &previous)?;
    let held: BTreeSet<&String> = broken.iter().filter(|(_, why)| !why.is_empty()).map(|(source, _)| source).collect();
    let written = broken.keys().filter(|source| !held.contains(source)).cloned().collect();
    let kept = relate::kept(pass, &written)?;
    let related = relate::relate(pass, &mut outcomes, &held, &kept, &previous, staging)?;
    if let Some(table) = relate::store(&related, &log.conclusions.relations, staging)? {
        log.add(&Event::RelationsFrozen(table))?;
    }
    let mut writer = Writer::begin(pass, &related, &broken, previous, staging, log)?;
    let each = outcomes.each()?.map(|each| (each.as_ref().map_or(0, |(outcome, _)| outcome.bytes()), each));
    // One thread writes while the other reads ahead.
    par_map_ordered_weighted(2, each, (|| (), |(): &mut (), each| each), |each: Result<_, Error>| {
        let (outcome, card) = each?;
        writer.write(outcome, card)
    })?;
    let report = writer.finish(&kept, &ended, &outcomes)?;
    pass.progress.end();
    Ok(report)
}
