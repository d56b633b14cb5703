//! The events that a run logs about itself, and its id.

use super::options::{Options, engine};
use crate::config::Config;
use crate::log::conclusions::{Conclusions, Inputs};
use crate::log::event::{CaptureRead, Counted, Event, Input, RunCompleted, RunStarted};
use crate::report::Report;
use crate::run::commit::staging::Staging;
use sanad_document::{Capture, TextMode, digest};
use serde_json::json;
use std::collections::BTreeMap;

/// The id of a run: its time, and a digest of time, options, configuration, inputs and the size of the log before it. The same run
/// gets the same id; a later one gets another.
///
/// Files that the run itself fetched before it was stopped don't count, so that it can be resumed under its id.
pub(crate) fn run_id(options: &Options, config: &Config, inputs: &[Input], log_size: u64) -> String {
    let time: String = options.now.chars().filter(char::is_ascii_alphanumeric).collect();
    let inputs: Vec<&Input> = inputs.iter().filter(|i| !i.file.starts_with(&time)).collect();
    let identity = json!({"now": options.now, "config": config.digest, "inputs": inputs, "log": log_size,
        "offline": options.offline, "text": options.text, "sources": options.sources});
    let hash = blake3::hash(digest::canonical_json(&identity).as_bytes()).to_hex();
    format!("{time}-{hash:.8}")
}

/// `run.started`: the first event of a run, with everything its results depend on.
pub(super) fn run_started(
    options: &Options,
    config: &Config,
    run: &str,
    inputs: &[Input],
    conclusions: &Conclusions,
) -> Event {
    let (same, new): (Vec<_>, Vec<_>) = inputs.iter().partition(|i| conclusions.knows_size(&i.file, i.bytes));
    let same = same.into_iter().map(|input| digest::canonical_json(&json!(input)));
    Event::RunStarted(RunStarted {
        run: run.to_owned(),
        index: conclusions.size,
        at: options.now.clone(),
        engine: engine(),
        config: config.digest.clone(),
        offline: options.offline,
        rehearsal: options.rehearsal,
        text: match options.text {
            TextMode::Complete => "complete".to_owned(),
            TextMode::Body => "body".to_owned(),
        },
        sources: options.sources.clone(),
        inputs: new.into_iter().cloned().collect(),
        unchanged: Some(Counted::of(same)),
    })
}

/// Whether the log needs the event of a fetch. A visit that found a page unchanged is counted where its record is read; only
/// where the visit before failed it is an event of its own.
pub(super) fn says_something_new(event: &Event, conclusions: &Conclusions) -> bool {
    match event {
        Event::CaptureUnchanged(visit) => {
            [&visit.url, &visit.final_url].into_iter().any(|url| conclusions.is_failing(&visit.source, url))
        }
        _ => true,
    }
}

/// `capture.read`: one for each capture that the log doesn't know, in the order of reading.
pub(super) fn capture_read(capture: &Capture) -> Event {
    Event::CaptureRead(CaptureRead {
        url: capture.url.clone(),
        file: capture.place.file.clone(),
        offset: capture.place.offset,
        record_id: capture.place.record_id.clone(),
        digest: capture.digest.clone(),
        date: capture.fetched_at.clone(),
        status: capture.status,
    })
}

/// `run.completed`: the last event of a run, with its counts and the digests of what it read (`inputs`, `compared` with what the
/// log knows) and wrote. `conclusions` is what the log says with all other events of the run.
pub(super) fn run_completed(
    options: &Options,
    report: &Report,
    (inputs, compared): (&BTreeMap<String, String>, Inputs),
    staging: &Staging,
    conclusions: &Conclusions,
) -> Event {
    let is_wanted = |source: &str| options.sources.is_empty() || options.sources.iter().any(|wanted| wanted == source);
    let missing = conclusions.missing(inputs, is_wanted);
    let carried = conclusions.carried(|file| inputs.contains_key(file), report.log.start, &missing);
    let Inputs { new, unchanged, again, gone } = compared;
    let outcomes = report.concluded.clone();
    Event::RunCompleted(RunCompleted {
        run: report.run.clone(),
        at: options.now.clone(),
        captures: outcomes.values().sum::<u64>() + carried.count,
        outcomes,
        carried: Some(carried),
        missing,
        written: staging.digests().clone(),
        deleted: staging.deleted().to_vec(),
        inputs: new,
        unchanged: Some(unchanged),
        again,
        gone,
    })
}
