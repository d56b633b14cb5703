//! The scan: turns every capture into a labelled document in the document cache, knowing one page at a time.
pub(crate) mod capture_age;
pub(crate) mod capture_entry;
pub(crate) mod capture_index;
pub(crate) mod captures;
pub(crate) mod catalogue;
pub(crate) mod document_cache;
mod identity;
pub(crate) mod outcome;
pub(crate) mod revisits;
pub(crate) mod select;
mod several_pages;

use super::options::ScanPlan;
use crate::error::{Error, WorkerFault};
use crate::log::concluded::Concluded;
use crate::log::emitted;
use crate::ordered_map::par_map_ordered_weighted;
use crate::run::scan::outcome::{ScanOutcome, ScannedCapture, SkipReason};
use crate::storage::byte_range::ByteRange;
use crate::worker::payload::{self, PageFacts, Parsed, Summary};
use crate::worker::{Request, Worker};
use capture_entry::CaptureEntry;
use catalogue::{Catalogue, CatalogueBuilder};
use document_cache::{Cache, CacheReader, Key, key};
use sanad_document::secrets::masked;
use sanad_document::{Capture, PageKind, Warning, url_key};
use sanad_extract::boilerplate::template;
use sanad_extract::metadata::Canonical;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Declared media types that are never pages. A crawler's WARC files are full of them.
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
    "application/rss+xml",
    "application/atom+xml",
];

/// Declared media types that say nothing.
const UNSAID: &[&str] = &[
    "",
    "application/octet-stream",
    "application/download",
    "application/force-download",
    "application/unknown",
    "application/x-download",
    "binary/octet-stream",
    "unknown/unknown",
];

/// File extensions of what can be read.
const READ_EXTENSIONS: &[&str] = &["htm", "html", "pdf", "shtml", "xhtml"];

/// Schemes under which no page can be found.
const NO_ADDRESS: &[&str] =
    &["about", "blob", "chrome", "chrome-extension", "data", "dns", "javascript", "mailto", "metadata", "urn", "whois"];

/// What remains to be done for a capture.
enum ScanTask {
    Parse(Capture, Box<Request>, Key),
    /// An earlier run has parsed its body.
    Known(Capture, Key, ByteRange),
    /// This run has seen the same body before.
    Repeated(Capture, Key),
    Settled(Capture, ScanOutcome),
}

/// A capture whose task is done.
struct ParsedCapture {
    capture: Capture,
    key: u64,
    result: ParseResult,
}

enum ParseResult {
    /// Parsed in this run, in packed form.
    New(Key, Vec<u8>, Summary),
    Known(ByteRange, Summary),
    Repeated(Key),
    Settled(ScanOutcome),
    /// Its entry of the cache can't be read.
    Damaged(Error),
}

/// Results of the bodies seen in this run, so that a repeated body isn't parsed again.
type BodiesSeen = Mutex<HashMap<Key, BodyResult>>;

enum BodyResult {
    /// It is being parsed.
    Nothing,
    /// Its document is in the cache.
    Kept(ByteRange),
    /// It isn't kept for later runs. With what the document states of its own address.
    Lost(Box<(ScanOutcome, Canonical)>),
}

/// Where the scan stores its results.
pub(crate) struct Workspace<'a> {
    /// The document cache.
    pub(crate) cache: &'a mut Cache,
    /// A scratch folder that lasts until the run ends.
    pub(crate) folder: &'a Path,
}

/// How the log names a capture, and what it concluded of it before.
#[derive(Default)]
pub(crate) struct Noted {
    /// Index of its `capture.read` event; 0 for a revisit record without one.
    pub(crate) index: u64,
    pub(crate) concluded: Option<Concluded>,
}

/// Scans all captures in the order of reading. `note` logs each one, and says how the log names it; it is told whether the
/// capture is a revisit record.
///
/// # Errors
/// When the cache can't be written.
pub(crate) fn scan(
    plan: &ScanPlan<'_>,
    workspace: Workspace<'_>,
    captures: impl Iterator<Item = CaptureEntry> + Send,
    mut note: impl FnMut(&Capture, bool) -> Result<Noted, Error> + Send,
) -> Result<Catalogue, Error> {
    let Workspace { cache, folder } = workspace;
    let (known, met) = (cache.known(), BodiesSeen::default());
    let readers = cache.reader();
    let tasks = captures.map(|read| task(read, plan, &known, &met)).filter(|task| plan.wants(task.capture()));
    let tasks = tasks.map(|task| (task.bytes(), task));
    let tool = || (Worker::new(plan.limits.clone()), readers.clone());
    let work = |(worker, reader): &mut (Worker, CacheReader), task| step(task, worker, reader);
    let mut catalogue = CatalogueBuilder::begin(folder)?;
    let (mut reader, mut numbers) = (readers.clone(), 0..);
    par_map_ordered_weighted(plan.jobs, tasks, (tool, work), |ParsedCapture { mut capture, key, result }| {
        let (found, canonical) = settle(result, &capture, cache, &mut reader, &met)?;
        capture.headers = Vec::new();
        let masked = |url: Option<String>| url.map(|url| masked(&url).into_owned());
        let (address, declared) = (masked(canonical.address), masked(canonical.declared));
        let canonical = url_key::canonical_url(address.as_deref().unwrap_or(&capture.url));
        let source = plan.source_id(&capture);
        let id = url_key::record_id(&canonical);
        let is_taken_down = |id: &str| plan.taken_down.contains(id);
        // A revisit record has no text that could come back.
        let is_revisit = matches!(found, ScanOutcome::Skipped(SkipReason::Revisit, _));
        let is_erased = is_taken_down(&id) || declared.as_deref().is_some_and(|url| is_taken_down(&id_of(url)));
        let found = if is_erased && !is_revisit { taken_down() } else { found };
        let is_timely = capture_age::is_timely(&capture, plan.now);
        let Noted { index, concluded } = note(&capture, is_revisit)?;
        let number = numbers.next().unwrap_or(u64::MAX);
        let seen = ScannedCapture {
            number,
            index,
            concluded,
            capture,
            source,
            canonical,
            id,
            declared,
            found,
            key,
            is_timely,
        };
        catalogue.add(plan.config, &seen)
    })?;
    cache.flush()?;
    let mut catalogue = catalogue.finish()?;
    let logged = |ids: &BTreeSet<String>| emitted::before(plan.out, ids, plan.log_size);
    identity::fold(&mut catalogue, &mut reader, logged)?;
    several_pages::join(&mut catalogue, logged)?;
    Ok(catalogue)
}

/// Returns the outcome of a capture and what its document states of its own address. Appends what was parsed to the
/// cache.
fn settle(
    result: ParseResult,
    capture: &Capture,
    cache: &mut Cache,
    reader: &mut CacheReader,
    met: &BodiesSeen,
) -> Result<(ScanOutcome, Canonical), Error> {
    let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(match result {
        ParseResult::Settled(found) => (found, Canonical::default()),
        ParseResult::Damaged(error) => return Err(error),
        ParseResult::Known(span, summary) => found(capture, summary, span),
        ParseResult::New(key, bytes, summary) if is_lasting(capture, &summary) => {
            let span = cache.add(key, &bytes)?;
            met.insert(key, BodyResult::Kept(span));
            found(capture, summary, span)
        }
        ParseResult::New(key, _, summary) => {
            let gave = found(capture, summary, ByteRange::default());
            met.insert(key, BodyResult::Lost(Box::new(gave.clone())));
            gave
        }
        ParseResult::Repeated(key) => match met.get(&key) {
            Some(BodyResult::Kept(span)) => {
                cache.flush()?;
                found(capture, reader.summary(*span)?, *span)
            }
            Some(BodyResult::Lost(gave)) => (**gave).clone(),
            Some(BodyResult::Nothing) | None => {
                return Err(Error::Internal { what: "a capture came before the one it repeats".to_owned() });
            }
        },
    })
}

/// Returns true if the result of a body is kept for later runs.
fn is_lasting(capture: &Capture, summary: &Summary) -> bool {
    match &summary.outcome {
        // A timeout or a crash may have been the machine's fault: the next run tries again.
        Err(Error::Worker(WorkerFault::Timeout { .. } | WorkerFault::Died { .. })) => false,
        Err(error) => !error.is_fatal() && (!is_error(capture) || is_plain_text(capture, error)),
        Ok(_) => true,
    }
}

fn found(capture: &Capture, summary: Summary, span: ByteRange) -> (ScanOutcome, Canonical) {
    let found = match summary.outcome {
        Ok(PageFacts { kind, language, markup, neighbours }) => {
            let url = summary.canonical.address.as_deref().unwrap_or(&capture.url);
            let template = markup.map(|markup| template::key(&language, url, markup));
            ScanOutcome::Document { span, kind, template, neighbours }
        }
        Err(error) if is_plain_text(capture, &error) => skipped_type(capture, None),
        // Whatever the server sent with an error status, it isn't the page.
        Err(_) if is_error(capture) => ScanOutcome::Kind(PageKind::ErrorPage, "no page".to_owned()),
        Err(Error::Extract(sanad_extract::Error::Decode(sanad_decode::Error::UnknownType { found })))
            if !claims_to_be_read(capture) =>
        {
            skipped_type(capture, Some(&found))
        }
        Err(error) => ScanOutcome::Failed(error),
    };
    (found, summary.canonical)
}

fn id_of(url: &str) -> String {
    url_key::record_id(&url_key::canonical_url(url))
}

fn taken_down() -> ScanOutcome {
    let message = "its document was taken down; the address under `bring_back` of its source would publish it again";
    ScanOutcome::skipped(SkipReason::TakenDown, message)
}

impl ScanTask {
    fn capture(&self) -> &Capture {
        match self {
            Self::Parse(capture, ..)
            | Self::Known(capture, ..)
            | Self::Repeated(capture, _)
            | Self::Settled(capture, _) => capture,
        }
    }

    /// Bytes of the body it holds.
    fn bytes(&self) -> u64 {
        if let Self::Parse(_, request, _) = self { request.body.len() as u64 } else { 0 }
    }
}

/// Returns true if a capture's body can stay unread: it isn't a page, or its result is cached.
pub(crate) fn is_done(capture: &Capture, plan: &ScanPlan<'_>, known: &HashMap<Key, ByteRange>) -> bool {
    settled(capture, plan).is_some()
        || !plan.wants(capture)
        || known.contains_key(&key(capture, &request(capture, plan)))
}

/// Decides from a capture's header what remains to be done.
fn task(read: CaptureEntry, plan: &ScanPlan<'_>, known: &HashMap<Key, ByteRange>, met: &BodiesSeen) -> ScanTask {
    let mut capture = match read {
        CaptureEntry::Faulty(capture, error) => return ScanTask::Settled(capture, ScanOutcome::Failed(error)),
        CaptureEntry::Revisit(capture) => {
            let message = "the server gave what an earlier capture holds";
            return ScanTask::Settled(capture, ScanOutcome::skipped(SkipReason::Revisit, message));
        }
        CaptureEntry::NoCaptures(capture, message) => {
            return ScanTask::Settled(capture, ScanOutcome::skipped(SkipReason::NoCaptures, message));
        }
        CaptureEntry::Capture(capture) => capture,
    };
    if let Some(found) = settled(&capture, plan) {
        capture.body = Vec::new();
        return ScanTask::Settled(capture, found);
    }
    let mut request = request(&capture, plan);
    request.body = std::mem::take(&mut capture.body);
    let key = key(&capture, &request);
    if let Some(span) = known.get(&key) {
        return ScanTask::Known(capture, key, *span);
    }
    match met.lock().unwrap_or_else(PoisonError::into_inner).entry(key) {
        Entry::Occupied(_) => ScanTask::Repeated(capture, key),
        Entry::Vacant(place) => {
            place.insert(BodyResult::Nothing);
            ScanTask::Parse(capture, Box::new(request), key)
        }
    }
}

/// Returns the outcome of a capture whose body isn't parsed at all.
fn settled(capture: &Capture, plan: &ScanPlan<'_>) -> Option<ScanOutcome> {
    let media_type = capture.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    match capture.status {
        _ if !plan.taken_down.is_empty() && plan.taken_down.contains(&id_of(&capture.url)) => Some(taken_down()),
        _ if !is_address_of_page(capture) => {
            let message = "its address is none under which a page can be found";
            Some(ScanOutcome::skipped(SkipReason::NoAddress, message))
        }
        Some(status @ 300..=399) => Some(ScanOutcome::skipped(SkipReason::Redirect, format!("HTTP status {status}"))),
        _ if NOT_PAGES.iter().any(|t| media_type.starts_with(t)) => Some(skipped_type(capture, None)),
        _ => None,
    }
}

/// Whether a page can be found under a capture's address. Crawlers file their own notes under `urn:` and the like, and
/// browsers show what pages make themselves under `blob:` and `data:`. A file of its own needs no address.
fn is_address_of_page(capture: &Capture) -> bool {
    let scheme = capture.url.trim().split(':').next().unwrap_or_default().to_ascii_lowercase();
    capture.place.record_id.is_empty() || !NO_ADDRESS.contains(&scheme.as_str())
}

/// The outcome of a capture whose type isn't read. `found` describes its body, if that was looked at.
fn skipped_type(capture: &Capture, found: Option<&str>) -> ScanOutcome {
    let served = match capture.header("Content-Type").unwrap_or_default() {
        "" => String::new(),
        media_type => format!("served as {}", media_type.to_ascii_lowercase()),
    };
    let what: Vec<&str> = found.into_iter().chain([served.as_str()]).filter(|part| !part.is_empty()).collect();
    let pattern = extension(capture).map_or("the address".to_owned(), |extension| format!("\"*.{extension}\""));
    let message = format!(
        "{}; only HTML and PDF are read. {pattern} in `deny` under `[discover]` of its source keeps it from being fetched",
        what.join(", ")
    );
    ScanOutcome::skipped(SkipReason::MediaType, message)
}

/// Returns true if a capture was served as HTML or PDF, or, where no type was stated, is named so.
fn claims_to_be_read(capture: &Capture) -> bool {
    let stated = capture.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    let media_type = stated.split(';').next().unwrap_or_default().trim();
    if UNSAID.contains(&media_type) {
        return extension(capture).is_some_and(|extension| READ_EXTENSIONS.contains(&extension.as_str()));
    }
    media_type.contains("html") || media_type.contains("pdf")
}

/// The file extension in a capture's address, in lower case.
fn extension(capture: &Capture) -> Option<String> {
    /// Longer ones are no extensions but parts of names.
    const LONGEST: usize = 5;
    let (_, path) = capture.url.split(['?', '#']).next()?.split_once("://")?;
    let (_, name) = path.rsplit_once('/')?;
    let (_, extension) = name.rsplit_once('.')?;
    let is_one = (1..=LONGEST).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    is_one.then(|| extension.to_ascii_lowercase())
}

/// Returns true if a body was served as plain text and isn't anything else: servers also call files so whose type they
/// don't know.
fn is_plain_text(capture: &Capture, error: &Error) -> bool {
    let is_said = || capture.header("Content-Type").unwrap_or_default().to_ascii_lowercase().starts_with("text/plain");
    matches!(error, Error::Extract(sanad_extract::Error::Decode(_))) && is_said()
}

/// The request to the worker, without the body.
fn request(capture: &Capture, plan: &ScanPlan<'_>) -> Request {
    Request {
        body: Vec::new(),
        url: Some(capture.url.clone()),
        content_type: capture.header("Content-Type").map(str::to_owned),
        content_coding: capture.content_coding(),
        headers: capture.document_headers(),
        site: plan.config.site_of(&url_key::site_of(&capture.url)).cloned(),
        lines: plan.lines,
        is_error: is_error(capture),
        warnings: warnings(capture, plan),
    }
}

/// 64 bits of the key: enough to distinguish the captures of one document.
fn mark(key: &Key) -> u64 {
    u64::from_le_bytes(key.first_chunk().copied().unwrap_or_default()).max(1)
}

fn is_error(capture: &Capture) -> bool {
    capture.status.is_some_and(|status| status >= 400)
}

/// Warnings known before the body is parsed.
fn warnings(capture: &Capture, plan: &ScanPlan<'_>) -> Vec<Warning> {
    let mut warnings = capture.flaws.clone();
    if !capture_age::is_timely(capture, plan.now) {
        let message = format!("its record states a time that can't be true: {:?}", capture.fetched_at);
        warnings.push(Warning::new("capture.time", message));
    }
    if capture.reconstructed {
        let message = "the WARC file calls itself a reconstruction: this was not downloaded from the named address";
        warnings.push(Warning::new("capture.reconstructed", message));
    }
    if capture.rehearsal {
        let message = "it was fetched in a rehearsal: its time is the one given with --now, not that of the request";
        warnings.push(Warning::new("capture.rehearsal", message));
    }
    if let Some(certificate) = &capture.pinned {
        let message = format!(
            "the server's certificate could not be verified; it was taken since the source names it: {certificate}"
        );
        warnings.push(Warning::new("capture.pinned_certificate", message));
    }
    warnings
}

fn step(task: ScanTask, worker: &mut Worker, reader: &mut CacheReader) -> ParsedCapture {
    let (capture, key, result) = match task {
        ScanTask::Settled(capture, found) => {
            return ParsedCapture { capture, key: 0, result: ParseResult::Settled(found) };
        }
        ScanTask::Known(capture, key, span) => match reader.summary(span) {
            Ok(summary) => (capture, key, ParseResult::Known(span, summary)),
            Err(error) => (capture, key, ParseResult::Damaged(error)),
        },
        ScanTask::Repeated(capture, key) => (capture, key, ParseResult::Repeated(key)),
        ScanTask::Parse(capture, request, key) => {
            let (bytes, summary) = parsed(&request, worker);
            (capture, key, ParseResult::New(key, bytes, summary))
        }
    };
    ParsedCapture { capture, key: mark(&key), result }
}

/// Parses a body and returns the packed result. A failure is packed like a document.
fn parsed(request: &Request, worker: &mut Worker) -> (Vec<u8>, Summary) {
    let read = |bytes: Vec<u8>| payload::summary(&bytes).map(|summary| (bytes, summary));
    let unreadable =
        |e: std::io::Error| Error::from(WorkerFault::Died { cause: format!("its answer can't be read: {e}") });
    worker.pack(request).and_then(|bytes| read(bytes).map_err(unreadable)).unwrap_or_else(|error| {
        let bytes = payload::pack(&Parsed::alone(Err(error.clone()))).unwrap_or_default();
        (bytes, Summary { outcome: Err(error), canonical: Canonical::default() })
    })
}
