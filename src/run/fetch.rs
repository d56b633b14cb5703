//! The network part of a run: fetches what is due into the raw folder, before anything is read.

use super::options::{Options, Progress};
use crate::config::Config;
use crate::error::Error;
use crate::log::event::{CaptureFailed, CaptureFetched};
use crate::log::reader::Log;
use crate::log::{Event, takedowns};
use sanad_fetch::{Clock, Due, FetchOutcome, FetchedKind, Plan, Setup};
use sanad_warc::format_of;

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Fetches the wanted sources and returns an event for each address.
///
/// # Errors
/// When captures can't be written. A failed address is an event.
pub(super) fn fetch(
    options: &Options,
    config: &Config,
    run: &str,
    taken_down: &BTreeSet<String>,
    progress: &dyn Progress,
) -> Result<Vec<Event>, Error> {
    let plans = plans(options, config);
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    progress.begin("fetch", None);
    std::fs::create_dir_all(&options.raw).map_err(|e| Error::io(&options.raw, "create", &e))?;
    Unfinished {
        run: run.to_owned(),
        now: options.now.clone(),
        rehearsal: options.rehearsal,
        sources: options.sources.clone(),
    }
    .begin(&options.raw)?;
    for path in plans.iter().flat_map(|plan| &plan.captures) {
        take_over(path, options)?;
    }
    let setup = Setup { taken_down: taken_down.clone(), ..setup(options, config)? };
    let report = sanad_fetch::run_observed(&plans, &setup, &options.raw, run, &|far| progress.fetched(far))?;
    progress.end();
    Ok(report.outcomes.into_iter().filter_map(|outcome| event(outcome, &options.now)).collect())
}

/// The setup of a fetch. The time is the system's unless the run is a rehearsal.
fn setup(options: &Options, config: &Config) -> Result<Setup, Error> {
    let not_a_time = |_| Error::Internal { what: format!("{:?} is not a time", options.now) };
    let mut clock = Clock::System;
    if options.rehearsal {
        clock = Clock::Rehearsal(options.now.parse().map_err(not_a_time)?);
    }
    Ok(Setup { clock, ..config.settings.fetch_setup(&options.raw) })
}

/// Imports another crawler's file, or all those of a folder. A broken one is reported and doesn't end the run.
fn take_over(path: &Path, options: &Options) -> Result<(), Error> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| Error::io(path, "read", &e))?;
        files = entries.flatten().map(|entry| entry.path()).filter(|p| is_capture_file(p)).collect();
        files.sort();
    }
    for file in files {
        match sanad_warc::import(&file, &options.raw, &options.now) {
            Ok(imported) => imported.broken.iter().for_each(|error| tracing::warn!(%error, "taken over in part")),
            // A broken source file costs that file; a problem with our own folder ends the run.
            Err(error @ sanad_warc::Error::Record { .. }) => tracing::warn!(%error, "could not be taken over"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_capture_file(path: &Path) -> bool {
    path.is_file() && format_of(path).is_ok_and(sanad_warc::Format::is_archive)
}

/// A run that has begun to fetch. If it is stopped before its end, it is resumed under its own id and time, so that
/// nothing is fetched twice or forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unfinished {
    pub(super) run: String,
    pub(super) now: String,
    #[serde(default)]
    rehearsal: bool,
    sources: Vec<String>,
}

impl Unfinished {
    /// The options under which the run goes on: those given, and its own time.
    pub(super) fn options(&self, given: &Options) -> Options {
        Options { now: self.now.clone(), rehearsal: self.rehearsal, ..given.clone() }
    }

    fn path(raw: &Path) -> PathBuf {
        raw.join(".fetch/unfinished.json")
    }

    /// Returns the stopped run that these options resume: one for the same sources.
    pub(super) fn find(options: &Options) -> Option<Self> {
        let bytes = std::fs::read(Self::path(&options.raw)).ok()?;
        let found: Self = serde_json::from_slice(&bytes).ok()?;
        let ended = options.out.join("runs").join(&found.run).exists();
        (found.sources == options.sources && !ended).then_some(found).inspect(|found| {
            tracing::info!(run = found.run, begun = found.now, "goes on with a run that was stopped");
        })
    }

    fn begin(&self, raw: &Path) -> Result<(), Error> {
        let path = Self::path(raw);
        let folder = raw.join(".fetch");
        let write = || {
            std::fs::create_dir_all(&folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            file.write_all(serde_json::to_string(self)?.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map(drop).map_err(|e| e.error)
        };
        write().map_err(|e| Error::io(&path, "write", &e))
    }

    /// Removes the marker: the run has ended.
    pub(super) fn end(options: &Options) -> Result<(), Error> {
        let path = Self::path(&options.raw);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(&path, "remove", &e)),
            _ => Ok(()),
        }
    }
}

/// The plans of the sources that the options name.
fn plans(options: &Options, config: &Config) -> Vec<Plan> {
    let wanted = config.sources.values().filter(|s| options.sources.is_empty() || options.sources.contains(&s.id));
    let mut plans: Vec<Plan> = wanted.map(|s| s.plan(&config.settings)).filter(Plan::has_work).collect();
    for plan in &mut plans {
        plan.limit(options.limit);
    }
    plans
}

/// Lists what a run with these options would fetch, without fetching anything.
///
/// # Errors
/// When the notes of earlier runs can't be read.
pub fn due(options: &Options, config: &Config) -> Result<Vec<Due>, Error> {
    let taken_down = match Log::open(&options.out) {
        Ok(log) => takedowns::before(&options.out, config, log.size)?,
        // There was no run yet.
        Err(Error::NoResults { .. }) => BTreeSet::new(),
        Err(error) => return Err(error),
    };
    let setup = Setup { taken_down, ..setup(options, config)? };
    Ok(sanad_fetch::due(&plans(options, config), &setup)?)
}

/// Returns the event of an outcome. A redirect has none: its target's outcome is reported.
fn event(outcome: FetchOutcome, now: &str) -> Option<Event> {
    let asked = outcome.via.first().unwrap_or(&outcome.url).clone();
    match outcome.result {
        Err(fault) => Some(Event::CaptureFailed(CaptureFailed {
            at: now.to_owned(),
            url: outcome.url,
            source: outcome.source,
            code: fault.code().to_owned(),
            message: fault.to_string(),
            attempts: outcome.tries,
            named_by: Some(if outcome.via.is_empty() {
                outcome.named_by.to_string()
            } else {
                format!("{}; redirected from {asked}", outcome.named_by)
            }),
        })),
        Ok(fetched) if fetched.kind == FetchedKind::Redirect => None,
        Ok(fetched) => {
            let facts = CaptureFetched {
                at: now.to_owned(),
                source: outcome.source,
                url: asked,
                final_url: outcome.url,
                status: fetched.status,
                file: fetched.place.file,
                offset: fetched.place.offset,
                record_id: fetched.place.record_id,
                headers: fetched.facts.headers,
                digest: fetched.facts.digest,
                tls: fetched.facts.tls,
                trust: fetched.facts.trust,
                certificate: fetched.facts.certificate,
                address: fetched.facts.address,
            };
            Some(if fetched.facts.unchanged { Event::CaptureUnchanged(facts) } else { Event::CaptureFetched(facts) })
        }
    }
}
