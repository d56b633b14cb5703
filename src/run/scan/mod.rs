//! The first pass: every capture to a labelled document in the cache, with no knowledge of any other page.
pub(crate) mod capture_index;
pub(crate) mod captures;
pub(crate) mod catalogue;
pub(crate) mod document_cache;
pub(crate) mod outcome;
pub(crate) mod select;
pub(crate) mod taken;

use super::options::Plan;
use crate::error::{Error, WorkerFault};
use crate::ordered_map::map_weighed_in_order;
use crate::run::scan::outcome::Found;
use crate::run::scan::outcome::Seen;
use crate::storage::byte_range::Span;
use crate::worker::payload::{self, Parsed, Summary};
use crate::worker::{Request, Worker};
use catalogue::{Catalogue, Cataloguer};
use document_cache::{Cache, CacheReader, Key, key};
use sanad_document::url_key;
use sanad_document::{Capture, PageKind, Warning};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use taken::Taken;

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

/// What there is to do for a capture.
enum Task {
    Parse(Capture, Box<Request>, Key),
    /// An earlier run parsed its body.
    Known(Capture, Key, Span),
    /// This run has met its body before.
    Again(Capture, Key),
    Settled(Capture, Found),
}

/// A capture after its task.
struct Step {
    capture: Capture,
    key: u64,
    result: Stepped,
}

enum Stepped {
    /// Parsed in this run, packed.
    New(Key, Vec<u8>, Summary),
    Known(Span, Summary),
    Again(Key),
    Settled(Found),
}

/// What came of the bodies that this run has met: what comes again isn't parsed again.
type Met = Mutex<HashMap<Key, Gave>>;

enum Gave {
    /// It is being parsed.
    Nothing,
    /// What is in the cache.
    Kept(Span),
    /// What isn't kept for later runs, and the address it calls its own.
    Lost(Box<(Found, Option<String>)>),
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
    let (known, met) = (cache.known(), Met::default());
    let readers = cache.reader();
    let tasks = captures.map(|read| task(read, plan, (&known, &met))).filter(|task| plan.wants(task.capture()));
    let tasks = tasks.map(|task| (task.bytes(), task));
    let tool = || (Worker::new(plan.limits.clone()), readers.clone());
    let work = |(worker, reader): &mut (Worker, CacheReader), task| step(task, worker, reader);
    let mut catalogue = Cataloguer::begin(folder)?;
    let mut reader = readers.clone();
    map_weighed_in_order(plan.jobs, tasks, (tool, work), |Step { capture, key, result }| {
        let index = note(&capture)?;
        let (found, canonical) = settle(result, &capture, (cache, &mut reader, &met))?;
        let canonical = url_key::canonical_url(canonical.as_deref().unwrap_or(&capture.url));
        let source = plan.source_id(&capture);
        let id = url_key::record_id(&canonical);
        let found = if plan.taken_down.contains(&id) { taken_down() } else { found };
        catalogue.add(plan.config, &Seen { index, capture, source, canonical, id, found, key })
    })?;
    cache.flush()?;
    catalogue.finish()
}

/// What came of a capture, and the address its document calls its own. What was parsed goes into the cache.
fn settle(
    result: Stepped,
    capture: &Capture,
    (cache, reader, met): (&mut Cache, &mut CacheReader, &Met),
) -> Result<(Found, Option<String>), Error> {
    let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(match result {
        Stepped::Settled(found) => (found, None),
        Stepped::Known(span, summary) => found(capture, summary, span),
        Stepped::New(key, bytes, summary) if is_lasting(capture, &summary) => {
            let span = cache.add(key, &bytes)?;
            met.insert(key, Gave::Kept(span));
            found(capture, summary, span)
        }
        Stepped::New(key, _, summary) => {
            let gave = found(capture, summary, Span::default());
            met.insert(key, Gave::Lost(Box::new(gave.clone())));
            gave
        }
        Stepped::Again(key) => match met.get(&key) {
            Some(Gave::Kept(span)) => {
                cache.flush()?;
                reader.summary(*span).map_or_else(|e| (Found::Failed(e), None), |s| found(capture, s, *span))
            }
            Some(Gave::Lost(gave)) => (**gave).clone(),
            Some(Gave::Nothing) | None => {
                return Err(Error::Internal { what: "a capture came before the one it repeats".to_owned() });
            }
        },
    })
}

/// Whether what came of a body is kept for later runs.
fn is_lasting(capture: &Capture, summary: &Summary) -> bool {
    match &summary.outcome {
        // What hung or died may have been the machine's fault: the next run tries again.
        Err(Error::Worker(WorkerFault::Timeout { .. } | WorkerFault::Died { .. })) => false,
        Err(error) => !error.is_fatal() && !is_error(capture),
        Ok(_) => true,
    }
}

fn found(capture: &Capture, summary: Summary, span: Span) -> (Found, Option<String>) {
    let found = match summary.outcome {
        Ok((kind, language)) => Found::Document { span, kind, language },
        // Whatever the server said instead of the page, it isn't the page.
        Err(_) if is_error(capture) => Found::Kind(PageKind::ErrorPage, "no page".to_owned()),
        Err(error) => Found::Failed(error),
    };
    (found, summary.canonical)
}

fn id_of(url: &str) -> String {
    url_key::record_id(&url_key::canonical_url(url))
}

fn taken_down() -> Found {
    let message = "its document was taken down; the address under `bring_back` of its source would publish it again";
    Found::skipped("taken_down", message)
}

impl Task {
    fn capture(&self) -> &Capture {
        match self {
            Self::Parse(capture, ..)
            | Self::Known(capture, ..)
            | Self::Again(capture, _)
            | Self::Settled(capture, _) => capture,
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
fn task(read: Taken, plan: &Plan<'_>, (known, met): (&HashMap<Key, Span>, &Met)) -> Task {
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
    if let Some(span) = known.get(&key) {
        return Task::Known(capture, key, *span);
    }
    match met.lock().unwrap_or_else(PoisonError::into_inner).entry(key) {
        Entry::Occupied(_) => Task::Again(capture, key),
        Entry::Vacant(place) => {
            place.insert(Gave::Nothing);
            Task::Parse(capture, Box::new(request), key)
        }
    }
}

/// What becomes of a capture whose body is nothing to parse.
fn settled(capture: &Capture, plan: &Plan<'_>) -> Option<Found> {
    let media_type = capture.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    match capture.status {
        _ if !plan.taken_down.is_empty() && plan.taken_down.contains(&id_of(&capture.url)) => Some(taken_down()),
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
        site: plan.config.site_of(&url_key::site_of(&capture.url)).cloned(),
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
    let (mut capture, key, result) = match task {
        Task::Settled(capture, found) => return Step { capture, key: 0, result: Stepped::Settled(found) },
        Task::Known(capture, key, span) => match reader.summary(span) {
            Ok(summary) => (capture, key, Stepped::Known(span, summary)),
            Err(error) => return Step { capture, key: 0, result: Stepped::Settled(Found::Failed(error)) },
        },
        Task::Again(capture, key) => (capture, key, Stepped::Again(key)),
        Task::Parse(capture, request, key) => {
            let (bytes, summary) = parsed(&request, worker);
            (capture, key, Stepped::New(key, bytes, summary))
        }
    };
    capture.headers = Vec::new();
    Step { capture, key: mark(&key), result }
}

/// A parsed body, packed; a failure is packed like a document.
fn parsed(request: &Request, worker: &mut Worker) -> (Vec<u8>, Summary) {
    let read = |bytes: Vec<u8>| payload::summary(&bytes).map(|summary| (bytes, summary));
    let unreadable =
        |e: std::io::Error| Error::from(WorkerFault::Died { cause: format!("its answer can't be read: {e}") });
    worker.pack(request).and_then(|bytes| read(bytes).map_err(unreadable)).unwrap_or_else(|error| {
        let bytes = payload::pack(&Parsed::alone(Err(error.clone()))).unwrap_or_default();
        (bytes, Summary { outcome: Err(error), canonical: None })
    })
}
