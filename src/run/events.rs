//! The events that a run logs about itself, and its id.

use super::options::{Options, engine};
use crate::config::Config;
use crate::log::event::{CaptureRead, Event, Input, RunCompleted, RunStarted};
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
pub(super) fn run_started(options: &Options, config: &Config, run: &str, index: u64, inputs: &[Input]) -> Event {
    Event::RunStarted(RunStarted {
        run: run.to_owned(),
        index,
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
        inputs: inputs.to_vec(),
    })
}

/// `capture.read`: one for each capture, in the order of reading.
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

/// `run.completed`: the last event of a run, with its counts and the digests of what it read (`inputs`) and wrote.
pub(super) fn run_completed(
    options: &Options,
    report: &Report,
    inputs: BTreeMap<String, String>,
    staging: &Staging,
) -> Event {
    Event::RunCompleted(RunCompleted {
        run: report.run.clone(),
        at: options.now.clone(),
        captures: report.captures,
        outcomes: report.outcomes.clone(),
        written: staging.digests().clone(),
        deleted: staging.deleted().to_vec(),
        inputs,
    })
}
