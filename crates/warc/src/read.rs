//! Reads an archive capture by capture, with at most one record in memory.
//!
//! A damaged place yields one error that names it, and reading goes on behind it. Request, metadata and warcinfo records
//! are read but yield nothing.

use crate::digests::{Verdict, check, check_payload, normalized};
use crate::fields::{PINNED, REHEARSAL, UNVERIFIED};
use crate::http::{self, Dechunked, dechunked};
use crate::records::{Header, MAX_HEADER, Records};
use crate::segments::{Segmented, Segments};
use crate::{Error, Fault};
use sanad_document::digest::Sha256;
use sanad_document::{Capture, Place, RefersTo, Warning, digest};
use std::path::Path;

/// What a record yields.
#[derive(Debug)]
pub enum Entry {
    /// A response or resource with its body. What is known to be wrong with it is among its flaws.
    Capture(Capture),
    /// A capture without its body, and why the body can't be read.
    Faulty(Capture, Error),
    /// A revisit record: the server sent what an earlier capture holds. The capture has no body.
    Revisit(Capture),
    /// A place that can't be read, with the bytes that were passed over.
    Broken(Error),
    /// The archive holds no captures, but what others made of them: a message.
    NoCaptures(&'static str),
}

/// Reads an archive from its start.
pub struct Reader {
    records: Records,
    max_body: u64,
    segments: Segments,
    /// From the warcinfo record: the captures are a reconstruction.
    reconstructed: bool,
    /// From the warcinfo record: the captures state a made-up time.
    rehearsal: bool,
    /// From the warcinfo record: the program that wrote the file.
    software: Option<String>,
    counts: Counts,
    /// Offset in bytes of the damage that was told last.
    broken_at: Option<u64>,
}

/// What an archive without captures holds instead.
#[derive(Default)]
struct Counts {
    entries: u64,
    conversions: u64,
    json_metadata: u64,
}

impl Reader {
    /// Opens an archive: a WARC or ARC file, plain, gzip or zstd, or a WACZ package. `name` is its name in places and
    /// errors; bodies over `max_body` bytes are skipped.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be opened, [`Error::Record`] if it is a package that can't be read.
    pub fn open(path: &Path, name: &str, max_body: u64) -> Result<Self, Error> {
        Ok(Self {
            records: Records::open(path, name)?,
            max_body,
            segments: Segments::default(),
            reconstructed: false,
            rehearsal: false,
            software: None,
            counts: Counts::default(),
            broken_at: None,
        })
    }

    /// The next entry. Returns none at the end of the archive.
    pub fn next_entry(&mut self) -> Option<Entry> {
        let entry = loop {
            match self.records.next_header() {
                None => break self.last_entry(),
                Some(header) => match header.and_then(|header| self.entry(header)) {
                    Ok(None) => {}
                    Ok(Some(entry)) => break Some(entry),
                    // A piece with several damaged places is told once.
                    Err(error) if self.is_told(&error) => {}
                    Err(error) => break Some(Entry::Broken(error)),
                },
            }
        };
        self.counts.entries += u64::from(entry.is_some());
        entry
    }

    /// Whether damage at the same offset was the last that was told.
    fn is_told(&mut self, error: &Error) -> bool {
        let Error::Record { offset, .. } = error else { return false };
        self.broken_at.replace(*offset) == Some(*offset)
    }

    /// What is left when the last record was read.
    fn last_entry(&mut self) -> Option<Entry> {
        if let Some(segmented) = self.segments.next_unfinished() {
            return Some(self.segmented(segmented));
        }
        if self.counts.entries > 0 {
            return None;
        }
        match self.counts {
            Counts { conversions: 1.., .. } => Some(Entry::NoCaptures(
                "it holds texts that were extracted from captures (WET), not the captures; put the WARC files that they were made of into this folder",
            )),
            Counts { json_metadata: 1.., .. } => Some(Entry::NoCaptures(
                "it holds metadata of captures (WAT), not the captures; put the WARC files that it describes into this folder",
            )),
            Counts { .. } => None,
        }
    }

    /// The program that wrote a WARC file, from the `software` field of its warcinfo record. Returns none if the first
    /// record isn't a readable warcinfo record.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be opened.
    pub fn software_of(path: &Path) -> Result<Option<String>, Error> {
        let mut reader = match Self::open(path, "", 0) {
            Err(Error::Record { .. }) => return Ok(None),
            other => other?,
        };
        // A warcinfo record is the first one. Whatever is wrong with the file concerns whoever reads all of it.
        if let Some(Ok(header)) = reader.records.next_header() {
            drop(reader.entry(header));
        }
        Ok(reader.software)
    }

    /// Reads the block of a record. Returns none if the record yields no entry.
    fn entry(&mut self, header: Header) -> Result<Option<Entry>, Error> {
        let kind = header.field("WARC-Type").to_ascii_lowercase();
        if self.records.is_large(&header, self.max_body.saturating_add(MAX_HEADER as u64)) {
            return self.large(&header, &kind);
        }
        let block = self.records.block(&header)?;
        let (bytes, mut flaws) = (block.bytes, block.flaws);
        flaws.extend(unverified_copy(&header));
        match kind.as_str() {
            "response" | "resource" if header.field("WARC-Segment-Number") == "1" => {
                let displaced = self.segments.begin(header, bytes);
                return Ok(displaced.map(|segmented| self.segmented(segmented)));
            }
            "continuation" => {
                let whole = self.segments.add(&header, bytes);
                return Ok(whole.map(|segmented| self.segmented(segmented)));
            }
            "response" | "resource" => return Ok(Some(self.capture(&header, bytes, flaws))),
            "revisit" => return Ok(Some(Entry::Revisit(self.revisit(&header, &bytes)))),
            "warcinfo" => self.warcinfo(&bytes),
            "conversion" => self.counts.conversions += 1,
            "metadata" if header.field("Content-Type").contains("json") => self.counts.json_metadata += 1,
            _ => {}
        }
        Ok(None)
    }

    /// Passes a record whose body is over the limit. The body is only hashed.
    fn large(&mut self, header: &Header, kind: &str) -> Result<Option<Entry>, Error> {
        let (mut head, mut body, mut size) = (Vec::new(), Sha256::new(), 0_u64);
        let mut head_length = None;
        self.records.pass(header, |piece| {
            if head_length.is_some() {
                body.update(piece);
                size += piece.len() as u64;
                return;
            }
            head.extend_from_slice(piece);
            if head.len() >= MAX_HEADER {
                let length = http::header_length(&head).unwrap_or_default();
                let rest = head.split_off(length);
                body.update(&rest);
                size += rest.len() as u64;
                head_length = Some(length);
            }
        })?;
        if !matches!(kind, "response" | "resource") {
            return Ok(None);
        }
        let mut capture = self.described(header);
        (capture.status, capture.headers) = http_fields(header, &head);
        capture.digest = digest::named(&body.finalize());
        let problem = Fault::TooLarge { size, limit: self.max_body };
        Ok(Some(Entry::Faulty(capture, self.error(header.offset, problem))))
    }

    fn error(&self, offset: u64, problem: Fault) -> Error {
        Error::Record { file: self.records.name.clone(), offset, passed: 0, problem }
    }

    fn segmented(&self, segmented: Segmented) -> Entry {
        let (header, block, missing) = segmented.joined();
        let flaws = missing.map(|message| Warning::new("capture.segments", message));
        self.capture(&header, block, flaws.into_iter().chain(unverified_copy(&header)).collect())
    }

    /// The capture that a record's header describes, without status, headers and body.
    fn described(&self, header: &Header) -> Capture {
        let place =
            Place { file: self.records.name.clone(), offset: header.offset, record_id: header.bare("WARC-Record-ID") };
        let pinned = header.field(PINNED);
        Capture {
            url: header.bare("WARC-Target-URI"),
            fetched_at: header.bare("WARC-Date"),
            place,
            reconstructed: self.reconstructed,
            rehearsal: self.rehearsal,
            pinned: (!pinned.is_empty()).then(|| pinned.to_owned()),
            payload_digest: normalized(header.field("WARC-Payload-Digest")),
            ..Capture::default()
        }
    }

    /// The capture of a response or resource with all of its block.
    fn capture(&self, header: &Header, mut block: Vec<u8>, mut flaws: Vec<Warning>) -> Entry {
        let mut capture = self.described(header);
        // A resource is what it is, even if it begins like a response.
        let is_response = header.field("WARC-Type").eq_ignore_ascii_case("response");
        let head_length = if is_response { http::header_length(&block) } else { None }.unwrap_or_default();
        let (head, body) = block.split_at(head_length.min(block.len()));
        (capture.status, capture.headers) = http_fields(header, head);
        let size = body.len() as u64;
        if size > self.max_body {
            capture.digest = digest::sha256(body);
            let problem = Fault::TooLarge { size, limit: self.max_body };
            return Entry::Faulty(capture, self.error(header.offset, problem));
        }
        flaws.extend(stated_truncation(header));
        let (dechunked, cut) = without_chunks(&capture, body);
        flaws.extend(cut.or_else(|| short_body(&capture, body, dechunked.is_some())));
        flaws.extend(partial_range(&capture));
        let plain = dechunked.as_deref().unwrap_or(body);
        capture.digest = digest::sha256(plain);
        let coding = capture.header("Content-Encoding").unwrap_or_default();
        // This program states the digest that it computes anyway.
        let of_payload = if capture.payload_digest == capture.digest {
            Verdict::Same
        } else {
            check_payload(&capture.payload_digest, body, plain, coding)
        };
        check_digests(header, (head, body), of_payload, &mut flaws);
        capture.body = match dechunked {
            Some(body) => body,
            None => block.split_off(head_length),
        };
        capture.flaws = flaws;
        Entry::Capture(capture)
    }

    fn revisit(&self, header: &Header, block: &[u8]) -> Capture {
        let mut capture = self.described(header);
        if let Some(length) = http::header_length(block) {
            (capture.status, capture.headers) = http::parse(block.get(..length).unwrap_or_default());
        }
        capture.refers_to = Some(RefersTo {
            url: header.bare("WARC-Refers-To-Target-URI"),
            date: header.bare("WARC-Refers-To-Date"),
            record_id: header.bare("WARC-Refers-To"),
            is_not_modified: header.field("WARC-Profile").ends_with("server-not-modified"),
        });
        capture
    }

    fn warcinfo(&mut self, block: &[u8]) {
        let text = String::from_utf8_lossy(block.get(..MAX_HEADER).unwrap_or(block));
        self.reconstructed = text.to_lowercase().contains("reconstructed");
        let field = |wanted: &str| {
            let mut fields = text.lines().filter_map(|l| l.split_once(':'));
            let found = fields.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.trim().to_owned())
        };
        self.rehearsal = field(REHEARSAL).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        self.software = field("software");
    }

    /// Reads the archive to its end. Returns the name it was opened under and the `sha256:` digest of all its bytes.
    ///
    /// # Errors
    /// [`Error::Io`] if the archive can't be read to its end.
    pub fn finish(self) -> Result<(String, String), Error> {
        let name = self.records.name.clone();
        match self.records.digest() {
            Ok(digest) => Ok((name, digest)),
            Err(error) => Err(Error::io(Path::new(&name), "read", &error)),
        }
    }
}

/// Status and fields of a response, or the media type of a resource as its only field.
fn http_fields(header: &Header, head: &[u8]) -> (Option<u16>, Vec<(String, String)>) {
    if !head.is_empty() {
        return http::parse(head);
    }
    let media_type = header.field("Content-Type").to_owned();
    (None, vec![("Content-Type".to_owned(), media_type)])
}

/// What an import noted of a record that nothing vouched for.
fn unverified_copy(header: &Header) -> Option<Warning> {
    let cause = header.field(UNVERIFIED);
    (!cause.is_empty()).then(|| Warning::new("capture.unverified", cause))
}

/// What the crawler itself says of a body that it cut.
fn stated_truncation(header: &Header) -> Option<Warning> {
    let reason = header.field("WARC-Truncated");
    let message = || format!("the crawler cut the body off (WARC-Truncated: {reason})");
    (!reason.is_empty()).then(|| Warning::new("capture.truncated", message()))
}

/// The body without the framing of its chunks, if it has any, and what is wrong with them.
fn without_chunks(capture: &Capture, body: &[u8]) -> (Option<Vec<u8>>, Option<Warning>) {
    let codings = capture.header("Transfer-Encoding").map(str::to_ascii_lowercase);
    match (dechunked(body), codings) {
        (Dechunked::Whole(body), _) => (Some(body), None),
        (Dechunked::Cut(body, cause), Some(codings)) if codings.contains("chunked") => {
            let message = format!("the body was sent in chunks, and they break off: {cause}");
            (Some(body), Some(Warning::new("capture.truncated", message)))
        }
        _ => (None, None),
    }
}

/// A body that is shorter than the server said.
fn short_body(capture: &Capture, body: &[u8], is_chunked: bool) -> Option<Warning> {
    let coding = capture.header("Content-Encoding").unwrap_or_default();
    let stated: u64 = capture.header("Content-Length")?.trim().parse().ok()?;
    let found = body.len() as u64;
    let is_short = stated > found && found > 0 && !is_chunked && http::is_as_received(coding, body);
    is_short.then(|| {
        let message = format!("the server announced a body of {stated} bytes, and {found} are there");
        Warning::new("capture.truncated", message)
    })
}

/// An answer that is a part of the whole.
fn partial_range(capture: &Capture) -> Option<Warning> {
    let range = capture.header("Content-Range").unwrap_or_default();
    let is_part = capture.status == Some(206) && !range.is_empty() && !http::is_whole_range(range);
    is_part.then(|| Warning::new("capture.truncated", format!("the server sent a part of it ({range})")))
}

/// Compares the digests that a record states with its block and body. One that matches shows that the record is as it
/// was in spite of a wrong length.
fn check_digests(header: &Header, (head, body): (&[u8], &[u8]), of_payload: Verdict, flaws: &mut Vec<Warning>) {
    let block_digest = header.field("WARC-Block-Digest");
    // The block of an ARC record's copy or of a segment has no digest of its own; then there is nothing to compare.
    let is_segmented = !header.field("WARC-Segment-Number").is_empty();
    let of_block = if is_segmented { Verdict::Unknown } else { check(block_digest, &[head, body]) };
    let payload_digest = header.field("WARC-Payload-Digest");
    if of_block == Verdict::Same || (of_payload == Verdict::Same && of_block == Verdict::Unknown) {
        // The header of the record, with its address, is in no digest: only the checksum of its member vouches for it.
        flaws.retain(|flaw| flaw.code != "capture.record_length");
        return;
    }
    for (name, stated, verdict) in [("block", block_digest, of_block), ("payload", payload_digest, of_payload)] {
        if verdict == Verdict::Other {
            let message = format!("the {name} has another digest than its record states ({stated})");
            flaws.push(Warning::new("capture.digest", message));
        }
    }
}
