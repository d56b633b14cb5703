//! The first pass: every capture to a labelled document in the cache, with no knowledge of any other page.

use super::Plan;
use super::cache::{Cache, CacheReader, Key, key};
use super::catalogue::{Catalogue, Cataloguer};
use super::inputs::Taken;
use super::spans::Span;
use crate::error::{Error, WorkerFault};
use crate::identity;
use crate::ordered::map_weighed_in_order;
use crate::packed::{self, Parsed, Summary};
use crate::record::{Capture, PageKind, Warning};
use crate::worker::{Request, Worker};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::HashMap;
use std::path::Path;

/// Code of a capture that the server answered with what an earlier one holds.
pub(super) const REVISIT: &str = "revisit";

/// Declared types whose captures are no pages: a crawler's WARC holds them too.
const NOT_PAGES: &[&str] = &[
    "image/",
    "audio/",
    "video/",
    "font/",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/json",
    "application/font",
    "application/x-font",
    "application/vnd.ms-fontobject",
    "application/manifest+json",
    "application/ecmascript",
    "text/ecmascript",
    "application/wasm",
    "text/plain",
    "application/rss+xml",
    "application/atom+xml",
];

/// A capture after the first pass.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct Seen {
    /// Index of its event in the log.
    pub(crate) index: u64,
    /// The capture without header and body.
    pub(crate) capture: Capture,
    /// Source it belongs to.
    pub(crate) source: String,
    /// Canonical address.
    pub(crate) canonical: String,
    /// Record id.
    pub(crate) id: String,
    /// What came of it.
    pub(crate) found: Found,
    /// Of what that follows from.
    pub(crate) key: u64,
}

/// What came of a capture.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) enum Found {
    /// A document, in the cache.
    Document {
        /// Where in the cache.
        span: Span,
        /// What kind of page.
        kind: PageKind,
        /// Code of its language.
        language: String,
    },
    /// Nothing, for this reason.
    Failed(Error),
    /// Not a document by its status.
    Kind(PageKind, String),
    /// Not a page: code and message.
    Skipped(String, String),
}

impl Found {
    fn skipped(code: &str, message: impl Into<String>) -> Self {
        Self::Skipped(code.to_owned(), message.into())
    }
}

/// What the feeder hands to a thread.
enum Task {
    Parse(Capture, Box<Request>, Key),
    Known(Capture, Key, Span),
    Settled(Capture, Found),
}

/// What a thread hands to the sink.
struct Step {
    capture: Capture,
    key: u64,
    canonical: Option<String>,
    result: Stepped,
}

enum Stepped {
    /// Parsed in this run, packed.
    New(Key, Vec<u8>, Summary),
    Found(Found),
}

/// Where the first pass leaves what it made.
pub(crate) struct Workspace<'a> {
    /// Documents by what they follow from.
    pub(crate) cache: &'a mut Cache,
    /// A folder for what is needed until the run has ended.
    pub(crate) folder: &'a Path,
}

/// Reads, parses and labels every capture, in the order of reading. `note` logs each and gives its event's index.
///
/// # Errors
/// When the cache can't be written.
pub(crate) fn pass(
    plan: &Plan<'_>,
    workspace: Workspace<'_>,
    captures: impl Iterator<Item = Taken> + Send,
    mut note: impl FnMut(&Capture) -> Result<u64, Error> + Send,
) -> Result<Catalogue, Error> {
    let Workspace { cache, folder } = workspace;
    let known = cache.known();
    let readers = cache.reader();
    let tasks = captures.map(|read| task(read, plan, &known)).filter(|task| plan.wants(task.capture()));
    let tasks = tasks.map(|task| (task.bytes(), task));
    let tool = || (Worker::new(plan.limits.clone()), readers.clone());
    let work = |(worker, reader): &mut (Worker, CacheReader), task| step(task, worker, reader);
    let mut catalogue = Cataloguer::begin(folder)?;
    map_weighed_in_order(plan.jobs, tasks, (tool, work), |step| {
        let index = note(&step.capture)?;
        let found = match step.result {
            Stepped::Found(found) => found,
            Stepped::New(key, bytes, summary) => {
                let error = summary.outcome.as_ref().err();
                // What hung or died may have been the machine's fault: the next run tries again.
                let passing =
                    matches!(error, Some(Error::Worker(WorkerFault::Timeout { .. } | WorkerFault::Died { .. })));
                let is_kept = !passing && !error.is_some_and(Error::is_fatal);
                let span = if is_kept { cache.add(key, &bytes)? } else { Span::default() };
                found(summary, span)
            }
        };
        let address = step.canonical.as_deref().unwrap_or(&step.capture.url);
        let canonical = identity::canonical_url(address);
        let source = plan.source_id(&step.capture);
        let id = identity::record_id(&canonical);
        let found = if plan.taken_down.contains(&id) { taken_down() } else { found };
        catalogue.add(plan.config, &Seen { index, capture: step.capture, source, canonical, id, found, key: step.key })
    })?;
    cache.flush()?;
    catalogue.finish()
}

fn found(summary: Summary, span: Span) -> Found {
    match summary.outcome {
        Ok((kind, language)) => Found::Document { span, kind, language },
        Err(error) => Found::Failed(error),
    }
}

fn id_of(url: &str) -> String {
    identity::record_id(&identity::canonical_url(url))
}

fn taken_down() -> Found {
    let message = "its document was taken down; the address under `bring_back` of its source would publish it again";
    Found::skipped("taken_down", message)
}

impl Task {
    fn capture(&self) -> &Capture {
        match self {
            Self::Parse(capture, ..) | Self::Known(capture, ..) | Self::Settled(capture, _) => capture,
        }
    }

    /// Bytes that it holds.
    fn bytes(&self) -> u64 {
        if let Self::Parse(_, request, _) = self { request.body.len() as u64 } else { 0 }
    }
}

/// Whether a capture's body needn't be read: it is no page, or what it gave is in the cache.
pub(super) fn is_done(capture: &Capture, plan: &Plan<'_>, known: &HashMap<Key, Span>) -> bool {
    settled(capture, plan).is_some()
        || !plan.wants(capture)
        || known.contains_key(&key(capture, &request(capture, plan)))
}

/// What there is to do for a capture, as far as its header tells.
fn task(read: Taken, plan: &Plan<'_>, known: &HashMap<Key, Span>) -> Task {
    let mut capture = match read {
        Taken::Faulty(capture, error) => return Task::Settled(capture, Found::Failed(error)),
        Taken::Revisit(capture) => {
            let message = "the server gave what an earlier capture holds";
            return Task::Settled(capture, Found::skipped(REVISIT, message));
        }
        Taken::Capture(capture) => capture,
    };
    if let Some(found) = settled(&capture, plan) {
        capture.body = Vec::new();
        return Task::Settled(capture, found);
    }
    let mut request = request(&capture, plan);
    request.body = std::mem::take(&mut capture.body);
    let key = key(&capture, &request);
    match known.get(&key) {
        Some(span) => Task::Known(capture, key, *span),
        None => Task::Parse(capture, Box::new(request), key),
    }
}

/// What becomes of a capture whose body is nothing to parse.
fn settled(capture: &Capture, plan: &Plan<'_>) -> Option<Found> {
    let media_type = capture.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    match capture.status {
        _ if plan.taken_down.contains(&id_of(&capture.url)) => Some(taken_down()),
        Some(status @ 300..=399) => Some(Found::skipped("redirect", format!("HTTP status {status}"))),
        _ if NOT_PAGES.iter().any(|t| media_type.starts_with(t)) => {
            Some(Found::skipped("media_type", format!("served as {media_type}")))
        }
        _ => None,
    }
}

/// What is asked of a worker, but for the body.
fn request(capture: &Capture, plan: &Plan<'_>) -> Request {
    Request {
        body: Vec::new(),
        url: Some(capture.url.clone()),
        content_type: capture.header("Content-Type").map(str::to_owned),
        content_coding: capture.header("Content-Encoding").map(str::to_owned),
        site: plan.config.site_of(&identity::site_of(&capture.url)).cloned(),
        lines: plan.lines,
        is_error: is_error(capture),
        warnings: warnings(capture),
    }
}

/// Enough of a key to tell the captures of one document apart.
fn mark(key: &Key) -> u64 {
    u64::from_le_bytes(key.first_chunk().copied().unwrap_or_default()).max(1)
}

fn is_error(capture: &Capture) -> bool {
    capture.status.is_some_and(|status| status >= 400)
}

/// What there is to warn of before the body is read.
fn warnings(capture: &Capture) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if capture.reconstructed {
        let message = "the WARC file calls itself a reconstruction: this was not downloaded from the named address";
        warnings.push(Warning::new("capture.reconstructed", message));
    }
    if let Some(certificate) = &capture.pinned {
        let message = format!(
            "the server's certificate could not be verified; it was taken since the source names it: {certificate}"
        );
        warnings.push(Warning::new("capture.pinned_certificate", message));
    }
    warnings
}

fn step(task: Task, worker: &mut Worker, reader: &mut CacheReader) -> Step {
    let (mut step, failed) = match task {
        Task::Settled(capture, found) => {
            return Step { capture, key: 0, canonical: None, result: Stepped::Found(found) };
        }
        Task::Known(capture, key, span) => match reader.summary(span) {
            Ok(summary) => {
                let failed = summary.outcome.is_err();
                let canonical = summary.canonical.clone();
                (Step { capture, key: mark(&key), canonical, result: Stepped::Found(found(summary, span)) }, failed)
            }
            Err(error) => {
                return Step { capture, key: 0, canonical: None, result: Stepped::Found(Found::Failed(error)) };
            }
        },
        Task::Parse(capture, request, key) => {
            let (bytes, summary) = parsed(&request, worker);
            let (failed, canonical) = (summary.outcome.is_err(), summary.canonical.clone());
            (Step { capture, key: mark(&key), canonical, result: Stepped::New(key, bytes, summary) }, failed)
        }
    };
    if failed && is_error(&step.capture) {
        // Whatever the server said instead of the page, it isn't the page.
        step.result = Stepped::Found(Found::Kind(PageKind::ErrorPage, "no page".to_owned()));
    }
    step.capture.headers = Vec::new();
    step
}

/// A parsed body, packed; a failure is packed like a document.
fn parsed(request: &Request, worker: &mut Worker) -> (Vec<u8>, Summary) {
    let read = |bytes: Vec<u8>| packed::summary(&bytes).map(|summary| (bytes, summary));
    let unreadable =
        |e: std::io::Error| Error::from(WorkerFault::Died { cause: format!("its answer can't be read: {e}") });
    worker.pack(request).and_then(|bytes| read(bytes).map_err(unreadable)).unwrap_or_else(|error| {
        let bytes = packed::pack(&Parsed::alone(Err(error.clone()))).unwrap_or_default();
        (bytes, Summary { outcome: Err(error), canonical: None })
    })
}
