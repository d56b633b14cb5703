//! Writes captures to WARC files and to the journal.
//!
//! A visit becomes a request record and a response record, or a revisit record if nothing changed. The records are
//! synced before the journal knows of them, so that the journal never names a record that isn't there.

use crate::client::Response;
use crate::clock::{Clock, warc_date};
use crate::journal::{Journal, JournalEntry, LastVisit, ListingWalk, Outlinks};
use crate::{Error, ExchangeFacts, Fetched, FetchedKind, Setup};
use sanad_document::secrets::masked;
use sanad_document::{Place, Voucher, digest};
use sanad_warc::{PINNED, REHEARSAL, RecordToWrite, Writer};
use std::fs;
use std::path::{Path, PathBuf};

/// Profile of a revisit record whose body was sent again (WARC 1.1, section 6.7).
const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

/// Profile of a revisit record for a 304 response (WARC 1.1, section 6.7).
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// The limit on WARC files of one run, and on names tried for the next one.
const MOST_SEGMENTS: u32 = 100_000;

/// The WARC files and the journal of a run.
pub(super) struct WarcStore {
    raw: PathBuf,
    run: String,
    /// Size in bytes at which a file is closed.
    segment_size: u64,
    clock: Clock,
    segment: Option<Segment>,
    pub(super) journal: Journal,
    /// Names of the files written.
    pub(super) files: Vec<String>,
}

/// A WARC file, open for appending.
struct Segment {
    writer: Writer,
    /// Name in the raw folder.
    name: String,
    path: PathBuf,
}

impl Segment {
    /// Length of the file on the disk, in bytes.
    fn length(&self) -> Result<u64, Error> {
        fs::metadata(&self.path).map(|m| m.len()).map_err(|e| Error::io(&self.path, "read", &e))
    }
}

/// A response to capture.
pub(super) struct Visit<'a> {
    /// Id of the source.
    pub(super) source: &'a str,
    pub(super) url: &'a str,
    /// The address that redirected to this one.
    pub(super) via: Option<&'a str>,
    pub(super) response: &'a Response,
    /// What the response leads to.
    pub(super) outlinks: Outlinks,
    /// Earlier captures don't count: their document was taken down.
    pub(super) ignores_earlier: bool,
}

/// A local file to capture.
pub(super) struct LocalFile {
    pub(super) content_type: &'static str,
    /// When it was last modified (RFC 3339).
    pub(super) date: String,
    pub(super) body: Vec<u8>,
}

/// The record that a capture was written to.
struct Written {
    /// `WARC-Date`.
    date: String,
    /// `WARC-Record-ID`.
    id: String,
    file: String,
    /// Offset in bytes.
    offset: u64,
    /// `sha256:` digest of the body without chunk framing.
    body_digest: String,
}

impl WarcStore {
    /// Opens the journal for a run and cuts off what a stopped run left incomplete in its WARC files.
    pub(super) fn open(setup: &Setup, raw: &Path, run: &str) -> Result<Self, Error> {
        fs::create_dir_all(raw).map_err(|e| Error::io(raw, "create", &e))?;
        let mut journal = Journal::open(&setup.state, run)?;
        for (name, end) in &journal.ends {
            let path = raw.join(name);
            if *end == 0 && path.is_file() {
                // The run was stopped while it created the file, which holds no capture.
                fs::remove_file(&path).map_err(|e| Error::io(&path, "remove", &e))?;
                continue;
            }
            let is_longer = fs::metadata(&path).is_ok_and(|m| m.len() > *end);
            if is_longer {
                let file = fs::File::options().write(true).open(&path).map_err(|e| Error::io(&path, "write", &e))?;
                file.set_len(*end).map_err(|e| Error::io(&path, "write", &e))?;
            }
        }
        journal.compact()?;
        Ok(Self {
            raw: raw.to_owned(),
            run: run.to_owned(),
            segment_size: setup.limits.segment,
            clock: setup.clock,
            segment: None,
            journal,
            files: Vec::new(),
        })
    }

    /// The header fields that make a request conditional; none if an unconditional fetch is due.
    pub(super) fn conditional_headers(&self, url: &str, full_every: u32) -> Vec<(String, String)> {
        let visit = self.last_visit(url).filter(|visit| visit.is_conditional(full_every));
        let etag = visit.and_then(|v| v.etag.clone()).map(|tag| ("if-none-match".to_owned(), tag));
        let modified = visit.and_then(|v| v.modified.clone()).map(|date| ("if-modified-since".to_owned(), date));
        etag.into_iter().chain(modified).collect()
    }

    /// The last visit to an address, if its body is still there: somebody may have moved the file.
    fn last_visit(&self, url: &str) -> Option<&LastVisit> {
        let visit = self.journal.visits.get(&*masked(url)).map(|(visit, _)| visit);
        visit.filter(|visit| !visit.held_in.is_empty() && self.raw.join(&visit.held_in).is_file())
    }

    /// Writes a response and its request, and records them in the journal.
    pub(super) fn capture(&mut self, visit: Visit<'_>) -> Result<Fetched, Error> {
        let (url, via) = (masked(visit.url), visit.via.map(masked));
        let visit = Visit { url: &url, via: via.as_deref(), outlinks: visit.outlinks.without_secrets(), ..visit };
        let response = visit.response;
        let date = warc_date(self.clock.now());
        let before = self.last_visit(visit.url).filter(|_| !visit.ignores_earlier).cloned();
        let body_digest = digest::sha256(&response.body);
        let kind = match (&before, response.status) {
            (Some(_), 304) => FetchedKind::NotModified,
            _ if response.is_redirect() => FetchedKind::Redirect,
            (Some(k), status) if k.digest == body_digest && k.status == status => FetchedKind::Unchanged,
            _ => FetchedKind::New,
        };
        let record = response_record(&visit, &date, kind, before.as_ref());
        let segment = self.segment(&date)?;
        let (offset, id) = segment.writer.append(&record)?;
        segment.writer.append(&request_record(&visit, &date, &id))?;
        segment.writer.sync()?;
        let (end, file) = (segment.length()?, segment.name.clone());
        let before = before.filter(|_| matches!(kind, FetchedKind::Unchanged | FetchedKind::NotModified));
        let written = Written { date, id: id.clone(), file: file.clone(), offset, body_digest };
        let facts = facts(response, before.as_ref(), &written);
        let last_visit = LastVisit { facts: facts.clone(), ..last_visit(response, kind, before, written) };
        self.journal.add(JournalEntry {
            source: visit.source.to_owned(),
            url: visit.url.to_owned(),
            file: file.clone(),
            end,
            visit: last_visit,
            outlinks: visit.outlinks,
            ..JournalEntry::default()
        })?;
        Ok(Fetched { kind, status: response.status, place: Place { file, offset, record_id: id }, facts })
    }

    /// Captures a local file under an address, unless the last capture of the address has the same content.
    pub(super) fn capture_file(&mut self, source: &str, url: &str, local: LocalFile) -> Result<(), Error> {
        let (digest, url) = (digest::sha256(&local.body), &*masked(url));
        if self.last_visit(url).is_some_and(|visit| visit.digest == digest) {
            return Ok(());
        }
        let segment = self.segment(&local.date)?;
        let (offset, id) = segment.writer.append(&RecordToWrite {
            kind: "resource".to_owned(),
            url: url.to_owned(),
            date: local.date.clone(),
            content_type: local.content_type.to_owned(),
            fields: Vec::new(),
            block: local.body,
            payload_at: Some(0),
        })?;
        segment.writer.sync()?;
        let (end, file) = (segment.length()?, segment.name.clone());
        let visit = LastVisit {
            payload_digest: digest.clone(),
            digest,
            held_by: (local.date, id),
            held_in: file.clone(),
            place: (file.clone(), offset),
            ..LastVisit::default()
        };
        let (source, url) = (source.to_owned(), url.to_owned());
        self.journal.add(JournalEntry { source, url, file, end, visit, ..JournalEntry::default() })
    }

    /// Records a walk through a listing in the journal.
    pub(super) fn record_walk(&mut self, source: &str, listing: &str, since_full: u32) -> Result<(), Error> {
        let walk = Some(ListingWalk { listing: masked(listing).into_owned(), since_full });
        self.journal.add(JournalEntry { source: source.to_owned(), walk, ..JournalEntry::default() })
    }

    /// The WARC file to append to: the open one, or a new one if that is full.
    fn segment(&mut self, date: &str) -> Result<&mut Segment, Error> {
        let limit = self.segment_size;
        let is_full = |segment: &Segment| segment.length().is_ok_and(|length| length >= limit);
        if self.segment.as_ref().is_none_or(is_full) {
            self.segment = None;
            self.segment = Some(self.new_segment(date)?);
        }
        self.segment.as_mut().ok_or(Error::Internal { what: "no WARC file is open" })
    }

    fn new_segment(&mut self, date: &str) -> Result<Segment, Error> {
        let names = (1..MOST_SEGMENTS).map(|n| format!("{}-{n:04}.warc.gz", self.run));
        let free = names.into_iter().find(|name| !self.raw.join(name).exists());
        let name = free.ok_or_else(|| Error::TooManyFiles { run: self.run.clone() })?;
        let path = self.raw.join(&name);
        // The journal names the file before it exists: if the run is stopped now, the next one deletes what there is of
        // it.
        self.journal.add(JournalEntry { file: name.clone(), ..JournalEntry::default() })?;
        let description = format!("captures of run {}", self.run);
        let rehearsal = self.clock.is_rehearsal().then_some((REHEARSAL, "true"));
        let writer = Writer::create_with(&path, date, &description, rehearsal.as_slice())?;
        writer.sync()?;
        let synced = fs::File::open(&self.raw).and_then(|folder| folder.sync_all());
        synced.map_err(|e| Error::io(&self.raw, "write", &e))?;
        let segment = Segment { writer, name: name.clone(), path };
        self.journal.add(JournalEntry { file: name.clone(), end: segment.length()?, ..JournalEntry::default() })?;
        self.files.push(name);
        Ok(segment)
    }
}

/// The response record; or the revisit record in its place, with the header alone and where the body is.
fn response_record(visit: &Visit<'_>, date: &str, kind: FetchedKind, before: Option<&LastVisit>) -> RecordToWrite {
    let response = visit.response;
    let mut fields = Vec::new();
    let mut field = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    if let Some(address) = response.address {
        field("WARC-IP-Address", &address.to_string());
    }
    field("WARC-Protocol", "http/1.1");
    if let Some(tls) = &response.tls {
        field("WARC-Protocol", &tls.protocol);
        field("WARC-Cipher-Suite", &tls.cipher);
        if tls.voucher == Some(Voucher::Pin) {
            field(PINNED, &tls.certificate);
        }
    }
    let profile = match kind {
        FetchedKind::Unchanged => Some(SAME_PAYLOAD),
        FetchedKind::NotModified => Some(NOT_MODIFIED),
        FetchedKind::New | FetchedKind::Redirect | FetchedKind::Already => None,
    };
    let revisit = profile.zip(before);
    if let Some((profile, before)) = revisit {
        field("WARC-Profile", profile);
        field("WARC-Refers-To", &format!("<{}>", before.held_by.1));
        field("WARC-Refers-To-Target-URI", visit.url);
        field("WARC-Refers-To-Date", &before.held_by.0);
        if kind == FetchedKind::Unchanged {
            field("WARC-Payload-Digest", &before.payload_digest);
        }
    }
    if let Some(via) = visit.via {
        field("WARC-Source-URI", via);
    }
    let is_revisit = revisit.is_some();
    let length = if is_revisit { response.payload_at } else { response.block.len() };
    RecordToWrite {
        kind: if is_revisit { "revisit" } else { "response" }.to_owned(),
        url: visit.url.to_owned(),
        date: date.to_owned(),
        content_type: "application/http;msgtype=response".to_owned(),
        fields,
        block: response.block.get(..length).unwrap_or_default().to_vec(),
        payload_at: (!is_revisit).then_some(response.payload_at),
    }
}

/// The request record. Values of header fields are left out unless they are known to hold no secret.
fn request_record(visit: &Visit<'_>, date: &str, response_id: &str) -> RecordToWrite {
    RecordToWrite {
        kind: "request".to_owned(),
        url: visit.url.to_owned(),
        date: date.to_owned(),
        content_type: "application/http;msgtype=request".to_owned(),
        fields: vec![("WARC-Concurrent-To".to_owned(), format!("<{response_id}>"))],
        block: without_secrets(&visit.response.request),
        payload_at: None,
    }
}

/// Request header fields whose values are no secrets. Any other may come from the configuration and be one.
const PLAIN: [&str; 10] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "from",
    "host",
    "if-modified-since",
    "if-none-match",
    "user-agent",
];

fn without_secrets(request: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(request.len());
    for (number, line) in request.split_inclusive(|b| *b == b'\n').enumerate() {
        if number == 0 {
            let line = String::from_utf8_lossy(line);
            let words: Vec<_> = line.split(' ').map(masked).collect();
            out.extend_from_slice(words.join(" ").as_bytes());
            continue;
        }
        if line.trim_ascii().is_empty() {
            out.extend_from_slice(line);
            continue;
        }
        let colon = memchr::memchr(b':', line).unwrap_or(0);
        let (name, _) = line.split_at_checked(colon).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if PLAIN.contains(&name.as_str()) {
            out.extend_from_slice(line);
        } else {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": [not recorded]\r\n");
        }
    }
    out
}

/// What the run reports of an exchange. `before` is the visit that a revisit record refers to.
fn facts(response: &Response, before: Option<&LastVisit>, written: &Written) -> ExchangeFacts {
    ExchangeFacts {
        status: response.status,
        unchanged: before.is_some(),
        record_id: written.id.clone(),
        headers: digest::sha256(response.block.get(..response.payload_at).unwrap_or_default()),
        digest: before.map_or(&written.body_digest, |visit| &visit.digest).clone(),
        tls: response.tls.is_some(),
        trust: response.tls.as_ref().and_then(|tls| tls.voucher),
        certificate: response.tls.as_ref().map(|tls| tls.certificate.clone()),
        address: response.address.map(|a| a.to_string()),
    }
}

/// What the next visit needs to know. `before` is the visit that a revisit record refers to: its record still holds the
/// body.
fn last_visit(response: &Response, kind: FetchedKind, before: Option<LastVisit>, written: Written) -> LastVisit {
    let header = |name: &str| response.header(name).map(str::to_owned);
    let Written { date, id, file, offset, body_digest } = written;
    match before {
        Some(before) => LastVisit {
            etag: header("etag").or(before.etag),
            modified: header("last-modified").or(before.modified),
            since_full: if kind == FetchedKind::NotModified { before.since_full + 1 } else { 0 },
            place: (file, offset),
            ..before
        },
        None => LastVisit {
            status: response.status,
            etag: header("etag"),
            modified: header("last-modified"),
            digest: body_digest,
            payload_digest: digest::sha256(response.block.get(response.payload_at..).unwrap_or_default()),
            held_by: (date, id),
            held_in: file.clone(),
            place: (file, offset),
            since_full: 0,
            facts: ExchangeFacts::default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_never_reach_a_record() {
        let request =
            b"GET /?token=abc&x=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\r\nX-Door: 12345\r\nAccept: */*\r\n\r\n";
        let kept = String::from_utf8(without_secrets(request)).unwrap();
        assert!(!kept.contains("c2VjcmV0") && !kept.contains("12345"));
        assert!(
            kept.contains("Accept: */*\r\n\r\n") && kept.starts_with("GET /?token=***&x=1 HTTP/1.1\r\nHost: a\r\n")
        );
    }
}
