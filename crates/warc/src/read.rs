//! Reads WARC files record by record, never holding more than one record in memory.
//!
//! A file that breaks off gives everything before the break and then one error that names the place. Request,
//! metadata and warcinfo records are read but give no capture.

use crate::{Error, Fault};
use flate2::bufread::GzDecoder;
use sanad_document::digest;
use sanad_document::digest::Sha256;
use sanad_document::length_prefixed;
use sanad_document::{Capture, Place};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// A record's header may have this many bytes; real ones stay under 4 KB.
const MAX_HEADER: usize = 1 << 20;
/// Lines of a header; real ones stay under 100.
const MAX_HEADER_LINES: usize = 2_000;

/// What the next record gave.
#[derive(Debug)]
pub enum Entry {
    /// A response with its body.
    Capture(Capture),
    /// A capture whose body can't be had: its metadata, and why.
    Faulty(Capture, Error),
    /// A revisit record: the server gave what an earlier capture holds.
    Revisit(Capture),
    /// The file can't be read further.
    Broken(Error),
}

/// A WARC file read from its start.
pub struct Reader {
    file: String,
    input: Input,
    member_at: u64,
    max_body: u64,
    reconstructed: bool,
    software: Option<String>,
    ended: bool,
    records: u64,
}

/// Counts and hashes the bytes of the file as they are taken.
struct Source {
    inner: BufReader<std::fs::File>,
    taken: u64,
    digest: Sha256,
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = {
            let available = self.inner.fill_buf()?;
            let count = available.len().min(buffer.len());
            for (to, from) in buffer.iter_mut().zip(available) {
                *to = *from;
            }
            count
        };
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.taken += count as u64;
        if let Some(bytes) = self.inner.buffer().get(..count) {
            self.digest.update(bytes);
        }
        self.inner.consume(count);
    }
}

enum Input {
    Plain(Box<Source>),
    Gzip(Box<BufReader<GzDecoder<Source>>>),
    /// The decoder is being exchanged, or there is nothing left.
    Done,
}

impl Reader {
    /// Opens a WARC file. `name` is the path under the raw folder; bodies over `max_body` bytes are passed over.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub fn open(path: &Path, name: &str, max_body: u64) -> Result<Self, Error> {
        let file = std::fs::File::open(path).map_err(|e| Error::io(path, "read", &e))?;
        let mut source = Source { inner: BufReader::with_capacity(1 << 16, file), taken: 0, digest: Sha256::new() };
        let first = source.fill_buf().map_err(|e| Error::io(path, "read", &e))?;
        let input = if first.starts_with(&[0x1f, 0x8b]) {
            Input::Gzip(Box::new(BufReader::new(GzDecoder::new(source))))
        } else {
            Input::Plain(Box::new(source))
        };
        Ok(Self {
            file: name.to_owned(),
            input,
            member_at: 0,
            max_body,
            reconstructed: false,
            software: None,
            ended: false,
            records: 0,
        })
    }

    /// `software` of the file's warcinfo record, once it was read.
    #[must_use]
    pub fn software(&self) -> Option<&str> {
        self.software.as_deref()
    }

    /// The next capture, or none at the end of the file.
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

    /// Reads through the records before the first capture (the warcinfo) without taking it.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub fn software_of(path: &Path) -> Result<Option<String>, Error> {
        let mut reader = Self::open(path, "", 0)?;
        // The warcinfo record stands first, or nowhere.
        let first = reader.next_record(0);
        drop(first);
        Ok(reader.software)
    }

    /// Passes over the blank lines after a record and gives the offset in bytes where the next one (or its gzip member) begins.
    fn record_start(&mut self) -> Result<u64, Fault> {
        loop {
            let stream = self.stream()?;
            let bytes = stream.fill_buf().map_err(|e| gzip_fault(&e))?;
            let blank = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            let at_end = bytes.is_empty();
            if !at_end && blank == 0 {
                break;
            }
            stream.consume(blank);
            if at_end && !self.next_member()? {
                break;
            }
        }
        Ok(match &self.input {
            Input::Plain(source) => source.taken,
            // A file that is one gzip member has no offsets inside; its records are told apart by their ids.
            Input::Gzip(_) | Input::Done => self.member_at,
        })
    }

    /// Goes on with the gzip member after the one that is used up; false at the end of the file.
    fn next_member(&mut self) -> Result<bool, Fault> {
        let Input::Gzip(reader) = &mut self.input else {
            return Ok(false);
        };
        let source = reader.get_mut().get_mut();
        if source.fill_buf().map_err(|e| gzip_fault(&e))?.is_empty() {
            return Ok(false);
        }
        if let Input::Gzip(reader) = std::mem::replace(&mut self.input, Input::Done) {
            let source = reader.into_inner().into_inner();
            self.member_at = source.taken;
            self.input = Input::Gzip(Box::new(BufReader::new(GzDecoder::new(source))));
        }
        Ok(true)
    }

    fn stream(&mut self) -> Result<&mut dyn BufRead, Fault> {
        match &mut self.input {
            Input::Plain(source) => Ok(source.as_mut()),
            Input::Gzip(reader) => Ok(reader.as_mut()),
            Input::Done => Err(Fault::Truncated),
        }
    }

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
                capture.status = self.revisited(length)?;
                Ok(Some(Entry::Revisit(capture)))
            }
            ("warcinfo", _) => self.warcinfo(length).map(|()| None),
            _ => self.skip(length).map(|()| None),
        }
    }

    fn capture_of<'a>(&self, field: &impl Fn(&str) -> Option<&'a str>, offset: u64) -> Capture {
        let bare = |name: &str| field(name).unwrap_or_default().trim_matches(['<', '>']).to_owned();
        Capture {
            url: bare("WARC-Target-URI"),
            fetched_at: bare("WARC-Date"),
            place: Place { file: self.file.clone(), offset, record_id: bare("WARC-Record-ID") },
            reconstructed: self.reconstructed,
            pinned: field(crate::PINNED).map(str::to_owned),
            ..Capture::default()
        }
    }

    fn header_lines(&mut self) -> Result<Vec<(String, String)>, Fault> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for _ in 0..MAX_HEADER_LINES {
            let line = self.line()?.ok_or(Fault::Truncated)?;
            if line.is_empty() {
                return Ok(fields);
            }
            push_field(&mut fields, &line);
        }
        Err(Fault::Malformed { cause: "the header has too many lines".to_owned() })
    }

    /// One line without its end; none at the end of the stream.
    fn line(&mut self) -> Result<Option<String>, Fault> {
        let mut bytes = Vec::new();
        let stream = self.stream()?;
        let read = stream.take(MAX_HEADER as u64).read_until(b'\n', &mut bytes).map_err(|e| gzip_fault(&e))?;
        if read == 0 {
            return Ok(None);
        }
        if read == MAX_HEADER {
            return Err(Fault::Malformed { cause: "a header line without end".to_owned() });
        }
        while bytes.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
            bytes.pop();
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

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

    /// The status in what a revisit record holds of the response's header.
    fn revisited(&mut self, length: u64) -> Result<Option<u16>, Fault> {
        let mut line = Vec::new();
        let limit = length.min(MAX_HEADER as u64);
        let read = self.stream()?.take(limit).read_until(b'\n', &mut line).map_err(|e| gzip_fault(&e))?;
        self.skip(length.saturating_sub(read as u64))?;
        Ok(status_of(&String::from_utf8_lossy(&line)))
    }

    /// An HTTP response: its header block, then the body.
    fn response(&mut self, mut capture: Capture, length: u64) -> Result<Entry, Fault> {
        let mut left = length;
        let mut header = Vec::new();
        for _ in 0..MAX_HEADER_LINES {
            let before = header.len();
            let stream = self.stream()?;
            let limit = left.min((MAX_HEADER - header.len().min(MAX_HEADER)) as u64);
            let read = stream.take(limit).read_until(b'\n', &mut header).map_err(|e| gzip_fault(&e))?;
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
        length_prefixed::read(self.stream()?, length).map_err(|e| gzip_fault(&e))
    }

    fn skip(&mut self, length: u64) -> Result<(), Fault> {
        self.skip_hashed(length).map(|_| ())
    }

    fn skip_hashed(&mut self, length: u64) -> Result<String, Fault> {
        let mut digest = Sha256::new();
        let mut left = length;
        while left > 0 {
            let stream = self.stream()?;
            let bytes = stream.fill_buf().map_err(|e| gzip_fault(&e))?;
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

    /// The name the file was opened under and the `sha256:` digest of all of it; what wasn't read yet is read now.
    ///
    /// # Errors
    /// When the file can't be read to its end.
    pub fn finish(self) -> Result<(String, String), Error> {
        let mut source = match self.input {
            Input::Plain(source) => *source,
            Input::Gzip(reader) => reader.into_inner().into_inner(),
            Input::Done => return Ok((self.file, digest::sha256(b""))),
        };
        loop {
            let count = source.fill_buf().map_err(|e| Error::io(Path::new(&self.file), "read", &e))?.len();
            if count == 0 {
                return Ok((self.file, digest::named(&source.digest.finalize())));
            }
            source.consume(count);
        }
    }
}

fn gzip_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Truncated,
        _ => Fault::Gzip { cause: error.to_string() },
    }
}

/// A header line, or the continuation of the one before.
fn push_field(fields: &mut Vec<(String, String)>, line: &str) {
    if line.starts_with([' ', '\t']) {
        if let Some((_, value)) = fields.last_mut() {
            value.push(' ');
            value.push_str(line.trim());
        }
    } else if let Some((name, value)) = line.split_once(':') {
        fields.push((name.trim().to_owned(), value.trim().to_owned()));
    }
}

/// The body without its chunk marks; none when it has none (some crawlers take them away and leave the header).
fn dechunked(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    // Each chunk takes at least three bytes.
    for _ in 0..=body.len() / 3 {
        let end = memchr::memchr(b'\n', rest)?;
        let (line, after) = rest.split_at_checked(end + 1)?;
        let size = std::str::from_utf8(line).ok()?.trim().split(';').next()?.trim();
        if size.is_empty() || size.len() > 8 {
            return None;
        }
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(out);
        }
        let (chunk, after) = after.split_at_checked(size)?;
        out.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n"))?;
    }
    None
}

/// The status in the first line of a response.
fn status_of(line: &str) -> Option<u16> {
    line.split_whitespace().nth(1)?.parse().ok()
}
