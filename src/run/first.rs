//! The first pass: every capture to a labelled document in the cache, with no knowledge of any other page.

use super::Plan;
use super::cache::{Cache, CacheReader, Entry, Key, Span, key};
use super::inputs::Taken;
use crate::boilerplate::repeats::Sketch;
use crate::error::{Error, WorkerFault};
use crate::identity;
use crate::metadata;
use crate::ordered::map_in_order;
use crate::record::{Capture, PageKind, Tongue, Warning};
use crate::worker::{Request, Worker};
use std::collections::HashMap;

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

/// A capture after the first pass: light enough to hold all of them.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Index of its event in the log.
    pub(crate) index: u64,
    /// The capture without its body.
    pub(crate) capture: Capture,
    /// Source it belongs to.
    pub(crate) source: String,
    /// Canonical address.
    pub(crate) canonical: String,
    /// Record id.
    pub(crate) id: String,
    /// What came of it.
    pub(crate) found: Found,
}

/// What came of a capture.
#[derive(Debug)]
pub(crate) enum Found {
    /// A document, in the cache.
    Document { span: Span, kind: PageKind, language: String },
    /// Nothing, for this reason.
    Failed(Error),
    /// Not a document by its status.
    Kind(PageKind, String),
    /// Not a page.
    Skipped(&'static str, String),
}

/// What the feeder hands to a thread.
enum Task {
    Parse(Capture, Box<Request>, Key),
    Known(Capture, Span),
    Settled(Capture, Found),
}

/// What a thread hands to the sink.
struct Step {
    capture: Capture,
    canonical: Option<String>,
    result: Stepped,
}

enum Stepped {
    New { key: Key, bytes: Vec<u8>, kind: PageKind, language: String },
    NewFailure { key: Key, bytes: Option<Vec<u8>>, error: Error },
    Found(Found),
}

/// Reads, parses and labels every capture; gives them in the order of reading. `note` logs each and gives its event's index.
///
/// # Errors
/// When the cache can't be written.
pub(crate) fn pass(
    plan: &Plan<'_>,
    cache: &mut Cache,
    captures: impl Iterator<Item = Taken> + Send,
    mut note: impl FnMut(&Capture) -> Result<u64, Error>,
) -> Result<Vec<Seen>, Error> {
    let known = cache.known().clone();
    let readers = cache.reader();
    let tasks = captures.map(|read| task(read, plan, &known)).filter(|task| plan.wants(task.capture()));
    let tool = || (Worker::new(plan.limits.clone()), readers.clone());
    let work = |(worker, reader): &mut (Worker, CacheReader), task| step(task, worker, reader);
    let mut seen = Vec::new();
    map_in_order(plan.jobs, tasks, (tool, work), |step| {
        let index = note(&step.capture)?;
        let found = match step.result {
            Stepped::Found(found) => found,
            Stepped::New { key, bytes, kind, language } => {
                Found::Document { span: cache.add(key, &bytes)?, kind, language }
            }
            Stepped::NewFailure { key, bytes, error } => {
                if let Some(bytes) = bytes {
                    cache.add(key, &bytes)?;
                }
                Found::Failed(error)
            }
        };
        let address = step.canonical.as_deref().unwrap_or(&step.capture.url);
        let canonical = identity::canonical_url(address);
        let source = plan.source_id(&step.capture);
        let id = identity::record_id(&canonical);
        let found = if plan.taken_down.contains(&id) { taken_down() } else { found };
        seen.push(Seen { index, capture: step.capture, source, canonical, id, found });
        Ok(())
    })?;
    cache.flush()?;
    Ok(seen)
}

fn id_of(url: &str) -> String {
    identity::record_id(&identity::canonical_url(url))
}

fn taken_down() -> Found {
    let message = "its document was taken down; the address under `bring_back` of its source would publish it again";
    Found::Skipped("taken_down", message.to_owned())
}

impl Task {
    fn capture(&self) -> &Capture {
        match self {
            Self::Parse(capture, ..) | Self::Known(capture, _) | Self::Settled(capture, _) => capture,
        }
    }
}

/// What there is to do for a capture, as far as its header tells.
fn task(read: Taken, plan: &Plan<'_>, known: &HashMap<Key, Span>) -> Task {
    let config = plan.config;
    let mut capture = match read {
        Taken::Faulty(capture, error) => return Task::Settled(capture, Found::Failed(error)),
        Taken::Revisit(capture) => {
            let message = "the server gave what an earlier capture holds";
            return Task::Settled(capture, Found::Skipped("revisit", message.to_owned()));
        }
        Taken::Capture(capture) => capture,
    };
    let media_type = capture.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    let settled = match capture.status {
        _ if plan.taken_down.contains(&id_of(&capture.url)) => Some(taken_down()),
        Some(status @ 300..=399) => Some(Found::Skipped("redirect", format!("HTTP status {status}"))),
        _ if NOT_PAGES.iter().any(|t| media_type.starts_with(t)) => {
            Some(Found::Skipped("media_type", format!("served as {media_type}")))
        }
        _ => None,
    };
    if let Some(found) = settled {
        capture.body = Vec::new();
        return Task::Settled(capture, found);
    }
    let request = Request {
        body: std::mem::take(&mut capture.body),
        url: Some(capture.url.clone()),
        content_type: capture.header("Content-Type").map(str::to_owned),
        content_coding: capture.header("Content-Encoding").map(str::to_owned),
        site: config.site_of(&identity::site_of(&capture.url)).cloned(),
        lines: plan.lines,
    };
    let key = key(&capture, &request);
    match known.get(&key) {
        Some(span) => Task::Known(capture, *span),
        None => Task::Parse(capture, Box::new(request), key),
    }
}

fn step(task: Task, worker: &mut Worker, reader: &mut CacheReader) -> Step {
    match task {
        Task::Settled(capture, found) => Step { capture, canonical: None, result: Stepped::Found(found) },
        Task::Known(capture, span) => match reader.read(span) {
            Ok(entry) => {
                let found = match entry.outcome {
                    Ok(document) => {
                        Found::Document { span, kind: document.page_kind, language: code(document.language.as_ref()) }
                    }
                    Err(error) => Found::Failed(error),
                };
                Step { capture, canonical: entry.canonical, result: Stepped::Found(found) }
            }
            Err(error) => Step { capture, canonical: None, result: Stepped::Found(Found::Failed(error)) },
        },
        Task::Parse(capture, request, key) => parsed(capture, &request, key, worker),
    }
}

fn parsed(capture: Capture, request: &Request, key: Key, worker: &mut Worker) -> Step {
    let is_error = capture.status.is_some_and(|s| s >= 400);
    let parsed = worker.parse(request);
    if is_error && parsed.is_err() {
        // Whatever the server said instead of the page, it isn't the page.
        let found = Found::Kind(PageKind::ErrorPage, "no page".to_owned());
        return Step { capture, canonical: None, result: Stepped::Found(found) };
    }
    let outcome = parsed.map(|mut document| {
        if is_error && document.page_kind != PageKind::Interstitial {
            document.page_kind = PageKind::ErrorPage;
        }
        if capture.reconstructed {
            let message = "the WARC file calls itself a reconstruction: this was not downloaded from the named address";
            document.warnings.push(Warning::new("capture.reconstructed", message));
        }
        if let Some(certificate) = &capture.pinned {
            let message = format!(
                "the server's certificate could not be verified; it was taken since the source names it: {certificate}"
            );
            document.warnings.push(Warning::new("capture.pinned_certificate", message));
        }
        document
    });
    let mut entry = Entry { outcome, sketch: Sketch::default(), canonical: None };
    let (kind, language) = match &entry.outcome {
        Ok(document) => {
            entry.sketch = Sketch::of(document);
            entry.canonical = metadata::canonical(document, Some(&capture.url));
            (document.page_kind, code(document.language.as_ref()))
        }
        Err(_) => (PageKind::Empty, String::new()),
    };
    let bytes = serde_json::to_vec(&entry).ok();
    let result = match (entry.outcome, bytes) {
        (Ok(_), Some(bytes)) => Stepped::New { key, bytes, kind, language },
        (Ok(_), None) => Stepped::Found(Found::Failed(
            WorkerFault::Died { cause: "its document can't be written as JSON".to_owned() }.into(),
        )),
        (Err(error), bytes) => {
            // What hung or died may have been the machine's fault: the next run tries again.
            let passing = matches!(&error, Error::Worker(WorkerFault::Timeout { .. } | WorkerFault::Died { .. }));
            Stepped::NewFailure { key, bytes: bytes.filter(|_| !passing && !error.is_fatal()), error }
        }
    };
    Step { capture, canonical: entry.canonical, result }
}

fn code(language: Option<&Tongue>) -> String {
    language.map_or_else(|| "und".to_owned(), |l| l.code.clone())
}
