//! Writes answers to WARC: the request, then the response or, where nothing changed, a revisit record; synced before the
//! journal knows of it.

use crate::Error;
use crate::client::Answer;
use crate::files::LocalFile;
use crate::journal::{Entry, Found, Journal, Known, Walk};
use crate::{Facts, Fetched, FetchedKind, Setup};
use sanad_document::Place;
use sanad_document::Voucher;
use sanad_document::digest;
use sanad_warc::{PINNED, RecordToWrite, Writer};
use std::fs;
use std::path::{Path, PathBuf};

/// Profiles of revisit records (WARC 1.1, 6.7).
const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
/// See [`SAME_PAYLOAD`].
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// WARC files of one run tried for a free number: one would need that many stops and starts.
const MOST_SEGMENTS: u32 = 100_000;

/// The captures of a run.
pub(super) struct Store {
    raw: PathBuf,
    run: String,
    segment: u64,
    writer: Option<(Writer, String, PathBuf)>,
    pub(super) journal: Journal,
    pub(super) files: Vec<String>,
}

/// An answer with what belongs to it.
pub(super) struct Visit<'a> {
    pub(super) source: &'a str,
    pub(super) url: &'a str,
    pub(super) via: Option<&'a str>,
    pub(super) answer: &'a Answer,
    pub(super) found: Found,
    /// What was captured before doesn't count: it was taken down.
    pub(super) is_afresh: bool,
}

impl Store {
    /// Opens the journal and cuts off what a stopped run left half written.
    pub(super) fn open(setup: &Setup, raw: &Path, run: &str) -> Result<Self, Error> {
        fs::create_dir_all(raw).map_err(|e| Error::io(raw, "create", &e))?;
        let journal = Journal::open(&setup.state, run)?;
        for (name, end) in &journal.ends {
            let path = raw.join(name);
            if *end == 0 && path.is_file() {
                // It was being made when the run was stopped, and holds nothing.
                fs::remove_file(&path).map_err(|e| Error::io(&path, "remove", &e))?;
                continue;
            }
            let longer = fs::metadata(&path).is_ok_and(|m| m.len() > *end);
            if longer {
                let file = fs::File::options().write(true).open(&path).map_err(|e| Error::io(&path, "write", &e))?;
                file.set_len(*end).map_err(|e| Error::io(&path, "write", &e))?;
            }
        }
        Ok(Self {
            raw: raw.to_owned(),
            run: run.to_owned(),
            segment: setup.limits.segment,
            writer: None,
            journal,
            files: Vec::new(),
        })
    }

    /// Header fields of a conditional request: none when the page is due to be fetched whole.
    pub(super) fn conditions(&self, url: &str, full_every: u32) -> Vec<(String, String)> {
        let known = self.held(url).filter(|k| k.is_conditional(full_every));
        let etag = known.and_then(|k| k.etag.clone()).map(|tag| ("if-none-match".to_owned(), tag));
        let modified = known.and_then(|k| k.modified.clone()).map(|date| ("if-modified-since".to_owned(), date));
        etag.into_iter().chain(modified).collect()
    }

    /// What is known of an address whose body is still there: a file of captures may have been put away since.
    fn held(&self, url: &str) -> Option<&Known> {
        let known = self.journal.known.get(url).map(|(known, _)| known);
        known.filter(|known| !known.held_in.is_empty() && self.raw.join(&known.held_in).is_file())
    }

    /// Writes an answer and enters it in the journal.
    pub(super) fn keep(&mut self, visit: Visit<'_>) -> Result<Fetched, Error> {
        let answer = visit.answer;
        let date = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let before = self.held(visit.url).filter(|_| !visit.is_afresh).cloned();
        let body_digest = digest::sha256(&answer.body);
        let kind = match (&before, answer.status) {
            (Some(_), 304) => FetchedKind::NotModified,
            (_, 301 | 302 | 303 | 307 | 308) => FetchedKind::Redirect,
            (Some(k), status) if k.digest == body_digest && k.status == status => FetchedKind::Unchanged,
            _ => FetchedKind::New,
        };
        let response = response(&visit, &date, kind, before.as_ref());
        let (writer, file, path) = self.writer(&date)?;
        let (offset, id) = writer.append(&response)?;
        writer.append(&request(&visit, &date, &id))?;
        writer.sync()?;
        let end = fs::metadata(&*path).map_err(|e| Error::io(path, "read", &e))?.len();
        let file = file.clone();
        let held = before.filter(|_| matches!(kind, FetchedKind::Unchanged | FetchedKind::NotModified));
        let facts = facts(answer, held.as_ref(), (&body_digest, &id));
        let known = known(answer, kind, held, (body_digest, date, id.clone(), file.clone(), offset));
        let known = Known { facts: facts.clone(), ..known };
        let (source, url) = (visit.source.to_owned(), visit.url.to_owned());
        self.journal.add(Entry {
            source,
            url,
            file: file.clone(),
            end,
            known,
            found: visit.found,
            ..Entry::default()
        })?;
        Ok(Fetched { kind, status: answer.status, place: Place { file, offset, record_id: id }, facts })
    }

    /// Captures a local file, unless its content is captured under this address already.
    pub(super) fn keep_file(&mut self, source: &str, url: &str, local: LocalFile) -> Result<(), Error> {
        let digest = digest::sha256(&local.body);
        if self.held(url).is_some_and(|known| known.digest == digest) {
            return Ok(());
        }
        let (writer, file, path) = self.writer(&local.date)?;
        let (offset, id) = writer.append(&RecordToWrite {
            kind: "resource".to_owned(),
            url: url.to_owned(),
            date: local.date.clone(),
            content_type: local.content_type.to_owned(),
            fields: Vec::new(),
            block: local.body,
            payload_at: Some(0),
        })?;
        writer.sync()?;
        let end = fs::metadata(&*path).map_err(|e| Error::io(path, "read", &e))?.len();
        let file = file.clone();
        let known = Known {
            payload_digest: digest.clone(),
            digest,
            held_by: (local.date, id),
            held_in: file.clone(),
            place: (file.clone(), offset),
            ..Known::default()
        };
        let (source, url) = (source.to_owned(), url.to_owned());
        self.journal.add(Entry { source, url, file, end, known, ..Entry::default() })
    }

    /// Notes how far a listing was walked.
    pub(super) fn walked(&mut self, source: &str, listing: &str, since_full: u32) -> Result<(), Error> {
        let walk = Some(Walk { listing: listing.to_owned(), since_full });
        self.journal.add(Entry { source: source.to_owned(), walk, ..Entry::default() })
    }

    /// The file that grows, a new one when the last is full.
    fn writer(&mut self, date: &str) -> Result<&mut (Writer, String, PathBuf), Error> {
        let full = |path: &Path| fs::metadata(path).is_ok_and(|m| m.len() >= self.segment);
        if self.writer.as_ref().is_some_and(|(_, _, path)| full(path)) {
            self.writer = None;
        }
        if self.writer.is_none() {
            let opened = self.next_file(date)?;
            self.writer = Some(opened);
        }
        self.writer.as_mut().ok_or_else(|| Error::Internal { what: "no WARC file is open" })
    }

    fn next_file(&mut self, date: &str) -> Result<(Writer, String, PathBuf), Error> {
        let names = (1..MOST_SEGMENTS).map(|n| format!("{}-{n:04}.warc.gz", self.run));
        let free = names.into_iter().find(|name| !self.raw.join(name).exists());
        let name = free.ok_or_else(|| Error::TooManyFiles { run: self.run.clone() })?;
        let path = self.raw.join(&name);
        // Named before it is there, so that whatever a stop leaves of it is known for what it is.
        self.journal.add(Entry { file: name.clone(), ..Entry::default() })?;
        let writer = Writer::create(&path, date, &format!("captures of run {}", self.run))?;
        writer.sync()?;
        let synced = fs::File::open(&self.raw).and_then(|folder| folder.sync_all());
        synced.map_err(|e| Error::io(&self.raw, "write", &e))?;
        let end = fs::metadata(&path).map_err(|e| Error::io(&path, "read", &e))?.len();
        self.journal.add(Entry { file: name.clone(), end, ..Entry::default() })?;
        self.files.push(name.clone());
        Ok((writer, name, path))
    }
}

/// The response record, or the revisit record in its place: header alone, and where the body is.
fn response(visit: &Visit<'_>, date: &str, kind: FetchedKind, before: Option<&Known>) -> RecordToWrite {
    let answer = visit.answer;
    let mut fields = Vec::new();
    let mut field = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    if let Some(address) = answer.address {
        field("WARC-IP-Address", &address.to_string());
    }
    field("WARC-Protocol", "http/1.1");
    if let Some(tls) = &answer.tls {
        field("WARC-Protocol", &tls.protocol);
        field("WARC-Cipher-Suite", &tls.cipher);
        if tls.voucher == Some(Voucher::Pin) {
            field(PINNED, &tls.certificate);
        }
    }
    let profile = match kind {
        FetchedKind::Unchanged => Some(SAME_PAYLOAD),
        FetchedKind::NotModified => Some(NOT_MODIFIED),
        _ => None,
    };
    let revisit = profile.zip(before);
    if let Some((profile, known)) = revisit {
        field("WARC-Profile", profile);
        field("WARC-Refers-To", &format!("<{}>", known.held_by.1));
        field("WARC-Refers-To-Target-URI", visit.url);
        field("WARC-Refers-To-Date", &known.held_by.0);
        if kind == FetchedKind::Unchanged {
            field("WARC-Payload-Digest", &known.payload_digest);
        }
    }
    if let Some(via) = visit.via {
        field("WARC-Source-URI", via);
    }
    let is_revisit = revisit.is_some();
    let length = if is_revisit { answer.payload_at } else { answer.block.len() };
    RecordToWrite {
        kind: if is_revisit { "revisit" } else { "response" }.to_owned(),
        url: visit.url.to_owned(),
        date: date.to_owned(),
        content_type: "application/http;msgtype=response".to_owned(),
        fields,
        block: answer.block.get(..length).unwrap_or_default().to_vec(),
        payload_at: (!is_revisit).then_some(answer.payload_at),
    }
}

/// The request record; values of header fields that hold secrets are taken out.
fn request(visit: &Visit<'_>, date: &str, response: &str) -> RecordToWrite {
    RecordToWrite {
        kind: "request".to_owned(),
        url: visit.url.to_owned(),
        date: date.to_owned(),
        content_type: "application/http;msgtype=request".to_owned(),
        fields: vec![("WARC-Concurrent-To".to_owned(), format!("<{response}>"))],
        block: without_secrets(&visit.answer.request),
        payload_at: None,
    }
}

/// Names of request header fields whose values are secrets.
const SECRETS: [&str; 6] = ["auth", "cookie", "token", "key", "secret", "password"];

fn without_secrets(request: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(request.len());
    for line in request.split_inclusive(|b| *b == b'\n') {
        let colon = memchr::memchr(b':', line).unwrap_or(0);
        let (name, _) = line.split_at_checked(colon).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if SECRETS.iter().any(|s| name.contains(s)) {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": [not recorded]\r\n");
        } else {
            out.extend_from_slice(line);
        }
    }
    out
}

/// What the log says of the exchange; `of` is the body's digest and the record's id.
fn facts(answer: &Answer, held: Option<&Known>, (body, id): (&str, &str)) -> Facts {
    Facts {
        status: answer.status,
        unchanged: held.is_some(),
        record_id: id.to_owned(),
        headers: digest::sha256(answer.block.get(..answer.payload_at).unwrap_or_default()),
        digest: held.map_or(body, |known| known.digest.as_str()).to_owned(),
        tls: answer.tls.is_some(),
        trust: answer.tls.as_ref().and_then(|tls| tls.voucher),
        certificate: answer.tls.as_ref().map(|tls| tls.certificate.clone()),
        address: answer.address.map(|a| a.to_string()),
    }
}

/// What the next visit needs to know. `written` is the body's digest, then date, id, file and offset of the record.
fn known(
    answer: &Answer,
    kind: FetchedKind,
    held: Option<Known>,
    written: (String, String, String, String, u64),
) -> Known {
    let (digest, date, id, file, offset) = written;
    let header = |name: &str| answer.header(name).map(str::to_owned);
    let place = (file, offset);
    match held {
        Some(held) => Known {
            etag: header("etag").or(held.etag),
            modified: header("last-modified").or(held.modified),
            since_full: if kind == FetchedKind::NotModified { held.since_full + 1 } else { 0 },
            place,
            ..held
        },
        None => Known {
            status: answer.status,
            etag: header("etag"),
            modified: header("last-modified"),
            digest,
            payload_digest: digest::sha256(answer.block.get(answer.payload_at..).unwrap_or_default()),
            held_by: (date, id),
            held_in: place.0.clone(),
            place,
            since_full: 0,
            facts: Facts::default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_never_reach_a_record() {
        let request =
            b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\r\nX-Api-Key: 12345\r\nAccept: */*\r\n\r\n";
        let kept = String::from_utf8(without_secrets(request)).unwrap();
        assert!(!kept.contains("c2VjcmV0") && !kept.contains("12345"));
        assert!(kept.contains("Accept: */*\r\n\r\n") && kept.starts_with("GET / HTTP/1.1\r\nHost: a\r\n"));
    }
}
