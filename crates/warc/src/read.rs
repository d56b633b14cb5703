//! Reads a WARC file record by record, with at most one record in memory.
//!
//! A damaged file yields everything before the damage, then one error that names the place. Request, metadata and
//! warcinfo records are read but yield nothing.

use crate::fields::PINNED;
use crate::http::{dechunked, push_field, status_of};
use crate::input::{Input, read_fault};
use crate::{Error, Fault};
use sanad_document::digest::Sha256;
use sanad_document::{Capture, Place, digest, length_prefixed};
use std::io::{BufRead as _, Read as _};
use std::path::Path;

/// The limit on a record's or response's header, in bytes. Real ones stay under 4 KB.
const MAX_HEADER: usize = 1 << 20;

/// The limit on the lines of a header. Real ones stay under 100.
const MAX_HEADER_LINES: usize = 2_000;

/// What a record yields.
#[derive(Debug)]
pub enum Entry {
    /// A response or resource with its body.
    Capture(Capture),
    /// A capture without its body, and why the body can't be read.
    Faulty(Capture, Error),
    /// A revisit record: the server sent what an earlier capture holds. The capture has no body.
    Revisit(Capture),
    /// The rest of the file can't be read. This entry is the last one.
    Broken(Error),
}

/// Reads a WARC file from its start.
pub struct Reader {
    file: String,
    input: Input,
    /// Offset in bytes of the current gzip member.
    member_at: u64,
    max_body: u64,
    /// From the warcinfo record: the captures are a reconstruction.
    reconstructed: bool,
    /// From the warcinfo record: the program that wrote the file.
    software: Option<String>,
    ended: bool,
    records: u64,
}

impl Reader {
    /// Opens a WARC file, plain or gzip. `name` is the file's name in places and errors; bodies over `max_body` bytes
    /// are skipped.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be opened.
    pub fn open(path: &Path, name: &str, max_body: u64) -> Result<Self, Error> {
        Ok(Self {
            file: name.to_owned(),
            input: Input::open(path)?,
            member_at: 0,
            max_body,
            reconstructed: false,
            software: None,
            ended: false,
            records: 0,
        })
    }

    /// The next entry. Returns none at the end of the file.
    pub fn next_entry(&mut self) -> Option<Entry> {
        while !self.ended {
            let mut offset = self.member_at;
            let record = self.record_start().and_then(|at| {
                offset = at;
                self.next_record(at)
            });
            match record {
                Ok(Some(entry)) => return Some(entry),
                Ok(None) => {}
                Err(problem) => {
                    self.ended = true;
                    return Some(Entry::Broken(Error::Record { file: self.file.clone(), offset, problem }));
                }
            }
        }
        None
    }

    /// The program that wrote a WARC file, from the `software` field of its warcinfo record. Returns none if the first
    /// record isn't a readable warcinfo record.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be opened.
    pub fn software_of(path: &Path) -> Result<Option<String>, Error> {
        let mut reader = Self::open(path, "", 0)?;
        // A warcinfo record is the first one. Whatever is wrong with the file concerns whoever reads all of it.
        drop(reader.next_record(0));
        Ok(reader.software)
    }

    /// Skips the blank lines after a record. Returns the offset in bytes of the next record, or of its gzip member.
    fn record_start(&mut self) -> Result<u64, Fault> {
        loop {
            let stream = self.input.stream()?;
            let bytes = stream.fill_buf().map_err(|e| read_fault(&e))?;
            let blank = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            let at_end = bytes.is_empty();
            if !at_end && blank == 0 {
                break;
            }
            stream.consume(blank);
            if at_end {
                let Some(offset) = self.input.next_member()? else { break };
                self.member_at = offset;
            }
        }
        // Records that share a gzip member share its offset; their ids tell them apart.
        Ok(self.input.plain_offset().unwrap_or(self.member_at))
    }

    /// Reads a record. Returns none if it yields no entry, or at the end of the file.
    fn next_record(&mut self, offset: u64) -> Result<Option<Entry>, Fault> {
        let Some(version) = self.line()? else {
            self.ended = true;
            return if self.records == 0 { Err(Fault::Empty) } else { Ok(None) };
        };
        if !version.starts_with("WARC/") {
            let shown: String = version.chars().take(40).collect();
            return Err(Fault::Malformed { cause: format!("it begins with {shown:?}") });
        }
        let fields = self.header_lines()?;
        self.records += 1;
        let field = |name: &str| fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
        let length: u64 = field("Content-Length")
            .and_then(|v| v.parse().ok())
            .ok_or_else(|| Fault::Malformed { cause: "no Content-Length".to_owned() })?;
        let kind = field("WARC-Type").unwrap_or_default().to_ascii_lowercase();
        let media_type = field("Content-Type").unwrap_or_default();
        let is_http = media_type.starts_with("application/http");
        let mut capture = self.capture_of(&field, offset);
        match (kind.as_str(), is_http) {
            ("response", true) => self.response(capture, length).map(Some),
            ("response" | "resource", _) => {
                capture.headers.push(("Content-Type".to_owned(), media_type.to_owned()));
                self.body(capture, length).map(Some)
            }
            ("revisit", _) => {
                capture.status = self.revisit_status(length)?;
                Ok(Some(Entry::Revisit(capture)))
            }
            ("warcinfo", _) => self.warcinfo(length).map(|()| None),
            _ => self.skip(length).map(|()| None),
        }
    }

    /// The capture that a record's header describes, without status, headers and body.
    fn capture_of<'a>(&self, field: &impl Fn(&str) -> Option<&'a str>, offset: u64) -> Capture {
        let bare = |name: &str| field(name).unwrap_or_default().trim_matches(['<', '>']).to_owned();
        Capture {
            url: bare("WARC-Target-URI"),
            fetched_at: bare("WARC-Date"),
            place: Place { file: self.file.clone(), offset, record_id: bare("WARC-Record-ID") },
            reconstructed: self.reconstructed,
            pinned: field(PINNED).map(str::to_owned),
            ..Capture::default()
        }
    }

    /// The header fields of a record, up to the empty line.
    fn header_lines(&mut self) -> Result<Vec<(String, String)>, Fault> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for _ in 0..MAX_HEADER_LINES {
            let line = self.line()?.ok_or(Fault::Truncated)?;
            if line.is_empty() {
                return Ok(fields);
            }
            push_field(&mut fields, &line);
        }
        Err(Fault::Malformed { cause: "its header has too many lines".to_owned() })
    }

    /// A line without its line end. Returns none at the end of the stream.
    fn line(&mut self) -> Result<Option<String>, Fault> {
        let mut bytes = Vec::new();
        let stream = self.input.stream()?;
        let read = stream.take(MAX_HEADER as u64).read_until(b'\n', &mut bytes).map_err(|e| read_fault(&e))?;
        if read == 0 {
            return Ok(None);
        }
        if read == MAX_HEADER {
            return Err(Fault::Malformed { cause: "a header line is too long".to_owned() });
        }
        while bytes.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
            bytes.pop();
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Reads the block of a warcinfo record.
    fn warcinfo(&mut self, length: u64) -> Result<(), Fault> {
        let bytes = self.take(length.min(MAX_HEADER as u64))?;
        self.skip(length.saturating_sub(MAX_HEADER as u64))?;
        let text = String::from_utf8_lossy(&bytes);
        self.reconstructed = text.to_lowercase().contains("reconstructed");
        self.software = text
            .lines()
            .filter_map(|l| l.split_once(':'))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("software"))
            .map(|(_, value)| value.trim().to_owned());
        Ok(())
    }

    /// Reads the block of a revisit record. Returns the status, if the block holds the response's header.
    fn revisit_status(&mut self, length: u64) -> Result<Option<u16>, Fault> {
        let mut line = Vec::new();
        let limit = length.min(MAX_HEADER as u64);
        let read = self.input.stream()?.take(limit).read_until(b'\n', &mut line).map_err(|e| read_fault(&e))?;
        self.skip(length.saturating_sub(read as u64))?;
        Ok(status_of(&String::from_utf8_lossy(&line)))
    }

    /// Reads the block of an HTTP response: its header, then its body.
    fn response(&mut self, mut capture: Capture, length: u64) -> Result<Entry, Fault> {
        let mut left = length;
        let mut header = Vec::new();
        for _ in 0..MAX_HEADER_LINES {
            let before = header.len();
            let stream = self.input.stream()?;
            let limit = left.min((MAX_HEADER - header.len().min(MAX_HEADER)) as u64);
            let read = stream.take(limit).read_until(b'\n', &mut header).map_err(|e| read_fault(&e))?;
            left = left.saturating_sub(read as u64);
            let line = header.get(before..).unwrap_or_default();
            if read == 0 || line == b"\n" || line == b"\r\n" {
                break;
            }
        }
        let text = String::from_utf8_lossy(&header);
        let mut lines = text.lines();
        capture.status = lines.next().and_then(status_of);
        for line in lines.filter(|l| !l.trim().is_empty()) {
            push_field(&mut capture.headers, line);
        }
        self.body(capture, left)
    }

    /// Reads a body of `length` bytes into the capture; a body over the limit is only hashed.
    fn body(&mut self, mut capture: Capture, length: u64) -> Result<Entry, Fault> {
        if length > self.max_body {
            capture.digest = self.skip_hashed(length)?;
            let problem = Fault::TooLarge { size: length, limit: self.max_body };
            let error = Error::Record { file: self.file.clone(), offset: capture.place.offset, problem };
            return Ok(Entry::Faulty(capture, error));
        }
        capture.body = self.take(length)?;
        if capture.header("Transfer-Encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
            && let Some(body) = dechunked(&capture.body)
        {
            capture.body = body;
        }
        capture.digest = digest::sha256(&capture.body);
        Ok(Entry::Capture(capture))
    }

    fn take(&mut self, length: u64) -> Result<Vec<u8>, Fault> {
        length_prefixed::read(self.input.stream()?, length).map_err(|e| read_fault(&e))
    }

    fn skip(&mut self, length: u64) -> Result<(), Fault> {
        self.skip_hashed(length).map(|_| ())
    }

    /// Skips `length` bytes and returns their `sha256:` digest.
    fn skip_hashed(&mut self, length: u64) -> Result<String, Fault> {
        let mut digest = Sha256::new();
        let mut left = length;
        while left > 0 {
            let stream = self.input.stream()?;
            let bytes = stream.fill_buf().map_err(|e| read_fault(&e))?;
            if bytes.is_empty() {
                return Err(Fault::Truncated);
            }
            let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            digest.update(bytes.get(..count).unwrap_or_default());
            stream.consume(count);
            left -= count as u64;
        }
        Ok(digest::named(&digest.finalize()))
    }

    /// Reads the file to its end. Returns the name it was opened under and the `sha256:` digest of all its bytes.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be read to its end.
    pub fn finish(self) -> Result<(String, String), Error> {
        match self.input.digest() {
            Ok(digest) => Ok((self.file, digest)),
            Err(error) => Err(Error::io(Path::new(&self.file), "read", &error)),
        }
    }
}
