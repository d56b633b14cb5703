//! The batch: passes, workers, order. A bad capture never ends a run, and each capture ends in exactly one outcome.
//!
//! The first pass reads every capture, parses and labels it, and leaves the document in the cache. Then the table of
//! repeated blocks is counted and frozen. The second pass marks with it, makes records, compares them with those of
//! earlier runs, and writes. Everything appears at once at the end ([`staging`]).

pub(crate) mod commit;
mod dry_run;
mod fetch;
pub(crate) mod judge;
pub(crate) mod options;
pub(crate) mod publish;
pub(crate) mod scan;

pub use commit::event_log::change_key;
pub use dry_run::{Preview, preview};
pub use fetch::due;
pub use options::{Options, Progress};
pub use publish::differences::Difference;

use crate::captures::files;
use crate::config::Config;
use crate::error::Error;
use crate::log::event::{CaptureRead, Event, Input, RunCompleted, RunStarted};
use crate::log::{LOG, timestamp};
use crate::ordered_map::par_map_ordered_weighted;
use crate::report::Report;
use crate::report::lineage::Lineage;
use crate::run::judge::expectations::broken;
use crate::run::judge::judge_all;
use crate::run::judge::pass::Pass;
use crate::run::judge::previous_outcomes::Memory;
use crate::run::publish::Writer;
use crate::run::publish::relate;
pub(crate) use commit::event_log::{Log, open_log};
use commit::staging::Staging;
use fetch::Unfinished;
use judge::repeat_tables::Tables;
use options::{Plan, engine, limits_of};
use publish::differences::Differences;
use sanad_document::digest;
use sanad_document::{Capture, TextMode};
pub(crate) use sanad_tlog::key::Keys;
use scan::catalogue::Catalogue;
use scan::document_cache::Cache;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Does the run and says how it went.
///
/// # Errors
/// When the run could not be made: folders, lock, or a full disk. Captures that fail don't end it.
pub fn run(options: &Options, config: &Config, progress: &dyn Progress) -> Result<Report, Error> {
    let state = options.out.join(".state");
    std::fs::create_dir_all(&state).map_err(|e| Error::io(&state, "create", &e))?;
    let lock = commit::lock::Lock::take(&state)?;
    let (staging, mut tree) = open_log(&options.out, &options.keys)?;
    let base = tree.size();
    let begun = if options.offline { None } else { Unfinished::find(options) };
    let options =
        &begun.as_ref().map_or_else(|| options.clone(), |b| Options { now: b.now.clone(), ..options.clone() });
    let run = match begun {
        Some(begun) => begun.run,
        None => run_id(options, config, &files(&options.raw, !options.offline)?, base),
    };
    let taken_down = crate::log::takedowns::before(&options.out, config, base)?;
    let fetched =
        if options.offline { Vec::new() } else { fetch::fetch(options, config, (&run, &taken_down), progress)? };
    let inputs = files(&options.raw, !options.offline)?;
    let lineage = Lineage::begin(&config.settings.lineage, &run, &options.now, &inputs);
    let batch = Batch { options, config, progress, run: &run, base, lineage: &lineage, taken_down, samples: 0 };
    let report = batch.run((staging, &mut tree), (fetched, inputs)).inspect_err(|error| lineage.failed(error))?;
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

/// A run under its id, from what was fetched to what is published.
struct Batch<'a> {
    options: &'a Options,
    config: &'a Config,
    progress: &'a dyn Progress,
    run: &'a str,
    /// Size of the log before it.
    base: u64,
    lineage: &'a Lineage,
    /// Record ids of documents that were taken down before it.
    taken_down: BTreeSet<String>,
    /// Records of each source and cause whose changes are shown.
    samples: usize,
}

impl Batch<'_> {
    fn plan(&self) -> Plan<'_> {
        Plan {
            config: self.config,
            sources: &self.options.sources,
            limits: limits_of(self.config, &self.options.program),
            jobs: self.options.jobs,
            lines: false,
            taken_down: self.taken_down.clone(),
        }
    }

    fn run(
        &self,
        (mut staging, tree): (Staging, &mut sanad_tlog::Writer),
        (fetched, inputs): (Vec<Event>, Vec<Input>),
    ) -> Result<Report, Error> {
        let Self { options, base, .. } = *self;
        let run = self.run.to_owned();
        let state = options.out.join(".state");
        let mut log = Log::begin(&staging, &run, base)?;
        let (mut report, inputs, _) = self.work((&mut staging, &mut log), (fetched, inputs))?;
        report.finish(&run, base, log.size + 1);
        let text = serde_json::to_string_pretty(&report).map_err(|e| Error::io(&state, "write", &e.into()))?;
        let mut file = staging.create(&format!("runs/{run}/report.json"))?;
        file.line(&text)?;
        staging.take(file)?;
        let completed = self.lineage.complete(&report, &inputs, staging.digests());
        let mut file = staging.create(&format!("runs/{run}/openlineage.jsonl"))?;
        for event in [self.lineage.started(), &completed] {
            file.line(&digest::escaped(event.to_string()))?;
        }
        staging.take(file)?;
        log.add(&Event::RunCompleted(RunCompleted {
            run,
            at: options.now.clone(),
            captures: report.captures,
            outcomes: report.outcomes.clone(),
            written: staging.digests().clone(),
            deleted: staging.deleted().to_vec(),
            inputs,
        }))?;
        log.finish(&mut staging)?;
        self.progress.begin("put in place", None);
        staging.commit(tree)?;
        self.progress.end();
        self.lineage.send(&completed);
        Ok(report)
    }

    /// All stages, up to the report; gives also the digests of the files read, and what changed.
    fn work(
        &self,
        (staging, log): (&mut Staging, &mut Log),
        (fetched, inputs): (Vec<Event>, Vec<Input>),
    ) -> Result<(Report, BTreeMap<String, String>, Differences), Error> {
        let Self { options, config, run, progress, base, .. } = *self;
        log.add(&started(options, config, run, (base, &inputs)))?;
        for event in &fetched {
            log.add(event)?;
        }
        let bytes = inputs.iter().map(|input| input.bytes).sum();
        let digests = Mutex::new(BTreeMap::new());
        let mut cache = Cache::open(&options.out.join(".state"))?;
        let plan = self.plan();
        let known = cache.known();
        let captures =
            scan::captures::Captures::new(&options.raw, inputs, config.settings.limits.body_mb << 20, &digests)
                .without_those_done(&options.out.join(".state"), |capture| scan::is_done(capture, &plan, &known));
        let workspace = scan::Workspace { cache: &mut cache, folder: &staging.scratch() };
        let mut catalogue = first_pass(&plan, (workspace, log, progress), captures)?;
        let (path, early) = cache.complete()?;
        staging.await_sync(path, early);
        progress.begin("repeats", None);
        scan::select::settle(&mut catalogue, config)?;
        let (tables, frozen) = Tables::freeze((&catalogue, &cache), (staging, &options.out), options.jobs)?;
        progress.end();
        log.add(&Event::RepeatsFrozen(frozen.clone()))?;
        let pass = Pass {
            options,
            config,
            catalogue: &catalogue,
            tables: &tables,
            table: &frozen.digest,
            run,
            cache: &cache,
            progress,
            samples: self.samples,
        };
        let (mut report, differences) = judge_and_publish(&pass, staging, log)?;
        report.add_fetches(&fetched);
        report.disk.insert("captures".to_owned(), bytes);
        for folder in ["records", "runs", "objects", LOG] {
            report.disk.insert(folder.to_owned(), staging.disk_use(folder)?);
        }
        Ok((report, digests.into_inner().unwrap_or_else(PoisonError::into_inner), differences))
    }
}

/// Time, configuration, inputs and the log before it: the same run gets the same id, a second one another. What a run
/// fetched itself before it was stopped doesn't count, so that it can be resumed under its name.
fn run_id(options: &Options, config: &Config, inputs: &[Input], base: u64) -> String {
    let time: String = options.now.chars().filter(char::is_ascii_alphanumeric).collect();
    let inputs: Vec<&Input> = inputs.iter().filter(|i| !i.file.starts_with(&time)).collect();
    let of = json!({"now": options.now, "config": config.digest, "inputs": inputs, "log": base, "offline": options.offline,
        "text": options.text, "sources": options.sources});
    let hash = blake3::hash(digest::canonical_json(&of).as_bytes()).to_hex();
    format!("{time}-{hash:.8}")
}

fn started(options: &Options, config: &Config, run: &str, (index, inputs): (u64, &[Input])) -> Event {
    Event::RunStarted(RunStarted {
        run: run.to_owned(),
        index,
        at: options.now.clone(),
        engine: engine(),
        config: config.digest.clone(),
        offline: options.offline,
        text: match options.text {
            TextMode::Complete => "complete".to_owned(),
            TextMode::Body => "body".to_owned(),
        },
        sources: options.sources.clone(),
        inputs: inputs.to_vec(),
    })
}

fn first_pass(
    plan: &Plan<'_>,
    (workspace, log, progress): (scan::Workspace<'_>, &mut Log, &dyn Progress),
    captures: scan::captures::Captures<'_>,
) -> Result<Catalogue, Error> {
    progress.begin("read and extract", None);
    let note = |capture: &Capture| {
        progress.step();
        let index = log.size;
        let event = Event::CaptureRead(CaptureRead {
            url: capture.url.clone(),
            file: capture.place.file.clone(),
            offset: capture.place.offset,
            record_id: capture.place.record_id.clone(),
            digest: capture.digest.clone(),
            date: capture.fetched_at.clone(),
            status: capture.status,
        });
        log.add(&event).map(|()| index)
    };
    let catalogue = scan::pass(plan, workspace, captures, note)?;
    progress.end();
    Ok(catalogue)
}

/// Marks, makes records, tells how they stand to each other, writes; gives the report.
///
/// # Errors
/// When the cache can't be read or the results can't be written.
fn judge_and_publish(pass: &Pass<'_>, staging: &mut Staging, log: &mut Log) -> Result<(Report, Differences), Error> {
    let memory = Memory::open(&pass.options.out);
    let (mut aside, tallies) = judge_all(pass, &memory, staging)?;
    pass.progress.begin("relate and write", None);
    let broken = broken(pass, &tallies)?;
    let held: BTreeSet<&String> = broken.iter().filter(|(_, why)| !why.is_empty()).map(|(source, _)| source).collect();
    let written = broken.keys().filter(|source| !held.contains(source)).cloned().collect();
    let kept = relate::kept(pass, &written)?;
    let related = relate::relate(pass, (&mut aside, &held), (&kept, &memory), staging)?;
    log.add(&Event::RelationsFrozen(relate::store(&related, staging)?))?;
    let mut writer = Writer::begin((pass, &related, &broken), memory, staging, log)?;
    let outcomes = aside.each()?.map(|each| (each.as_ref().map_or(0, |(turned, _)| turned.bytes()), each));
    // One thread writes them, while the other reads on.
    par_map_ordered_weighted(2, outcomes, (|| (), |(): &mut (), each| each), |each: Result<_, Error>| {
        let (turned, card) = each?;
        writer.write(turned, card)
    })?;
    let report = writer.finish(&kept)?;
    pass.progress.end();
    Ok(report)
}
