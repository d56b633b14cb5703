//! The records of an archive one after another: headers and blocks, whatever the format and the compression.
//!
//! Nothing leaves before it was checked as far as the archive allows it: a record of a compressed member once the
//! member's checksum held. After damage the next record that begins soundly is searched; what was passed over is told.

use crate::error::Error;
use crate::http::push_field;
use crate::input::{Codec, SourceFile, read_fault};
use crate::package::Parts;
use crate::stream::{Framing, LOOK_AHEAD, Stream, start_in};
use crate::{Fault, arc};
use sanad_document::{Warning, length_prefixed};
use std::io::{self, BufRead, Read};
use std::path::Path;

/// The limit on a record's or response's header, in bytes. Real ones stay under 4 KB.
pub(super) const MAX_HEADER: usize = 1 << 20;

/// The limit on the lines of a header. Real ones stay under 100.
const MAX_HEADER_LINES: usize = 2_000;

/// A record's header.
#[derive(Debug)]
pub(super) struct Header {
    /// Offset in bytes of the record, or of its member.
    pub(super) offset: u64,
    pub(super) fields: Vec<(String, String)>,
    /// The header as a WARC file has it, up to and with the empty line. That of an ARC record is made.
    pub(super) bytes: Vec<u8>,
    /// Length of the block in bytes, as stated.
    pub(super) length: u64,
}

impl Header {
    /// The value of a field; empty if there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The value of a field without angle brackets.
    pub(super) fn bare(&self, name: &str) -> String {
        self.field(name).trim_matches(['<', '>']).to_owned()
    }
}

/// A record's block and what is wrong with it.
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) flaws: Vec<Warning>,
}

/// Whether the checksum of the current member holds. Only asked of a member with several records: the one of a single
/// record is checked when it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checked {
    NotYet,
    Sound,
    Unsound,
}

/// The records of an archive.
pub(super) struct Records {
    /// The archive, as the caller named it.
    pub(super) name: String,
    parts: Parts,
    codec: Codec,
    framing: Framing,
    stream: Stream,
    /// Offset in bytes of the current member.
    member_at: u64,
    checked: Checked,
    ended: bool,
    /// Whether anything was found, a record or damage.
    found_any: bool,
}

/// What follows a block.
enum Follows {
    End,
    Record,
    /// Something else behind the line ends that end a block.
    Garbage,
    /// Something else at once: the block's length is wrong.
    Misfit,
}

impl Records {
    /// Opens an archive. `name` is its name in errors.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be read, [`Error::Record`] if it is a package that can't be opened.
    pub(super) fn open(path: &Path, name: &str) -> Result<Self, Error> {
        let mut parts = Parts::open(path, name)?;
        let part = parts.next().transpose()?.ok_or_else(|| {
            let problem = Fault::Malformed { cause: "a package without archives in it".to_owned() };
            Error::Record { file: name.to_owned(), offset: 0, passed: 0, problem }
        })?;
        Ok(Self {
            name: name.to_owned(),
            stream: Stream::new(part.file, &part.codec),
            member_at: part.at,
            codec: part.codec,
            framing: part.framing,
            parts,
            checked: Checked::NotYet,
            ended: false,
            found_any: false,
        })
    }

    /// Goes to a record at this offset in bytes. In a package, whose parts have offsets of their own, reading stays at
    /// the start.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(super) fn seek(&mut self, offset: u64) -> io::Result<()> {
        if !self.parts.is_package() {
            self.stream = Stream::new(self.parts.reopen(offset)?, &self.codec);
            (self.member_at, self.checked) = (offset, Checked::NotYet);
        }
        Ok(())
    }

    /// The header of the next record. Returns none at the end, and an error for each damaged place. After an error the
    /// next record is read.
    pub(super) fn next_header(&mut self) -> Option<Result<Header, Error>> {
        if self.ended {
            return None;
        }
        let mut at = self.stream.plain_offset();
        let header = self.record_start().and_then(|start| {
            let Some(start) = start else { return Ok(None) };
            at = Some(start);
            self.header(start).map(Some)
        });
        let at = at.unwrap_or(self.member_at);
        match header {
            Ok(Some(header)) => {
                self.found_any = true;
                Some(Ok(header))
            }
            Ok(None) if !self.found_any => {
                (self.ended, self.found_any) = (true, true);
                Some(Err(self.error(at, 0, Fault::Empty)))
            }
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(fault) => Some(Err(self.recover(at, fault))),
        }
    }

    /// Reads the block of the record whose header was read last. A block whose length is wrong is the bytes up to the
    /// next record.
    pub(super) fn block(&mut self, header: &Header) -> Result<Block, Error> {
        self.read_block(header).map_err(|fault| self.recover(header.offset, fault))
    }

    /// Reads a block that is too large to be kept, piece by piece.
    pub(super) fn pass(&mut self, header: &Header, sink: impl FnMut(&[u8])) -> Result<Vec<Warning>, Error> {
        self.pass_block(header, sink).map_err(|fault| self.recover(header.offset, fault))
    }

    /// Passes over a block, whatever its length.
    pub(super) fn skip(&mut self, header: &Header) -> Result<(), Error> {
        if self.is_large(header, MAX_HEADER as u64) {
            self.pass(header, |_| ()).map(drop)
        } else {
            self.block(header).map(drop)
        }
    }

    /// Skips the blank lines after a record. Returns the offset in bytes of the next record, or of its member; none at
    /// the end of the archive.
    fn record_start(&mut self) -> Result<Option<u64>, Fault> {
        while !self.skip_blank()? {
            let next = self.stream.input.next_member(&self.codec).map_err(|e| read_fault(&e))?;
            match next {
                Some(offset) => (self.member_at, self.checked) = (offset, Checked::NotYet),
                None if !self.next_part()? => return Ok(None),
                None => {}
            }
        }
        // Records that share a member share its offset; their ids tell them apart.
        Ok(Some(self.stream.plain_offset().unwrap_or(self.member_at)))
    }

    /// Skips blank lines. Returns false at the end of the member.
    fn skip_blank(&mut self) -> Result<bool, Fault> {
        loop {
            let bytes = self.stream.fill_buf().map_err(|e| read_fault(&e))?;
            let blank = blank_length(bytes);
            let length = bytes.len();
            self.stream.consume(blank);
            if length == 0 || blank < length {
                return Ok(length > 0);
            }
        }
    }

    /// Goes on to the next part of a package. Returns false if there is none.
    fn next_part(&mut self) -> Result<bool, Fault> {
        let Some(part) = self.parts.next() else { return Ok(false) };
        let part = part.map_err(|error| match error {
            Error::Record { problem, .. } => problem,
            Error::Io { cause, .. } => Fault::Malformed { cause },
        })?;
        self.stream = Stream::new(part.file, &part.codec);
        (self.codec, self.framing, self.member_at) = (part.codec, part.framing, part.at);
        self.checked = Checked::NotYet;
        Ok(true)
    }

    fn header(&mut self, offset: u64) -> Result<Header, Fault> {
        let mut bytes = Vec::new();
        let first = self.line(&mut bytes)?.unwrap_or_default();
        let malformed = |cause: String| Fault::Malformed { cause };
        let shown = || format!("it begins with {:?}", first.chars().take(40).collect::<String>());
        if self.framing == Framing::Arc {
            let is_http = self.stream.peek(5).map_err(|e| read_fault(&e))?.starts_with(b"HTTP/");
            let (fields, length) = arc::fields(&first, offset, is_http).ok_or_else(|| malformed(shown()))?;
            let bytes = as_warc(&fields, length);
            return Ok(Header { offset, fields, bytes, length });
        }
        if !first.trim_start_matches('\u{FEFF}').starts_with("WARC/") {
            return Err(malformed(shown()));
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        for _ in 0..MAX_HEADER_LINES {
            let line = self.line(&mut bytes)?.ok_or(Fault::Truncated)?;
            if !line.is_empty() {
                push_field(&mut fields, &line);
                continue;
            }
            let header = Header { offset, fields, bytes, length: 0 };
            let length = header.field("Content-Length").parse();
            let length = length.map_err(|_| malformed("no Content-Length".to_owned()))?;
            return Ok(Header { length, ..header });
        }
        Err(malformed("its header has too many lines".to_owned()))
    }

    /// Reads a line and appends it to `bytes`. Returns it without its line end, or none at the end of the member.
    fn line(&mut self, bytes: &mut Vec<u8>) -> Result<Option<String>, Fault> {
        let before = bytes.len();
        let mut limited = (&mut self.stream).take(MAX_HEADER as u64);
        match limited.read_until(b'\n', bytes).map_err(|e| read_fault(&e))? {
            0 => return Ok(None),
            MAX_HEADER => return Err(Fault::Malformed { cause: "a header line is too long".to_owned() }),
            _ => {}
        }
        let line = bytes.get(before..).unwrap_or_default();
        Ok(Some(String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn read_block(&mut self, header: &Header) -> Result<Block, Fault> {
        let fault = |e: io::Error| read_fault(&e);
        if self.ends_before(header) {
            return self.block_without_length(header);
        }
        let mut bytes = Vec::new();
        let is_whole = length_prefixed::append_available(&mut self.stream, header.length, &mut bytes).map_err(fault)?;
        if self.framing == Framing::Arc && header.field("WARC-Type") == "warcinfo" {
            // Many writers state a wrong length for the first record, whose lines tell where it ends.
            let end = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
            self.stream.put_back(bytes.split_off(end));
        }
        let follows = if is_whole { self.follows()? } else { Follows::Misfit };
        let mut flaws = Vec::new();
        if matches!(follows, Follows::Misfit) {
            self.correct_length(&mut bytes, is_whole)?;
            flaws.push(wrong_length(header.length, bytes.len() as u64));
        }
        flaws.extend(self.check_member()?);
        Ok(Block { bytes, flaws })
    }

    /// Whether a block is to be passed rather than kept: it is longer than a limit in bytes. One that leads behind the
    /// end of its file is shorter than it states.
    pub(super) fn is_large(&self, header: &Header, limit: u64) -> bool {
        header.length > limit && !self.ends_before(header)
    }

    /// Whether a plain file ends before a block does.
    fn ends_before(&self, header: &Header) -> bool {
        self.stream.plain_left().is_some_and(|left| left < header.length)
    }

    /// Reads a block up to the next record, since its length leads behind the end of the file. Without a next record the
    /// file was cut.
    fn block_without_length(&mut self, header: &Header) -> Result<Block, Fault> {
        let mut bytes = Vec::new();
        if !self.take_up_to_record(&mut bytes)? {
            return Err(Fault::Truncated);
        }
        self.trim_line_ends(&mut bytes);
        let flaws = vec![wrong_length(header.length, bytes.len() as u64)];
        Ok(Block { bytes, flaws })
    }

    /// Appends what stands before the next record to a block, up to a limit. Returns false if there is no next record.
    fn take_up_to_record(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Fault> {
        let most = bytes.len() + MAX_HEADER;
        let found = self.stream.find_start(self.framing, |passed| {
            let room = most.saturating_sub(bytes.len()).min(passed.len());
            bytes.extend_from_slice(passed.get(..room).unwrap_or_default());
        });
        found.map_err(|e| read_fault(&e))
    }

    /// Removes the line ends that end a block.
    fn trim_line_ends(&self, bytes: &mut Vec<u8>) {
        for _ in 0..self.framing.line_ends() {
            let end = bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).map(<[u8]>::len);
            bytes.truncate(end.unwrap_or(bytes.len()));
        }
    }

    fn pass_block(&mut self, header: &Header, mut sink: impl FnMut(&[u8])) -> Result<Vec<Warning>, Fault> {
        let mut left = header.length;
        while left > 0 {
            let bytes = self.stream.fill_buf().map_err(|e| read_fault(&e))?;
            let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if count == 0 {
                return Err(Fault::Truncated);
            }
            sink(bytes.get(..count).unwrap_or_default());
            self.stream.consume(count);
            left -= count as u64;
        }
        let mut flaws = Vec::new();
        if matches!(self.follows()?, Follows::Misfit) {
            flaws.push(wrong_length(header.length, header.length));
        }
        flaws.extend(self.check_member()?);
        Ok(flaws)
    }

    /// Skips the line ends after a block and tells what comes then.
    fn follows(&mut self) -> Result<Follows, Fault> {
        let mut blank = Vec::new();
        loop {
            let bytes = self.stream.fill_buf().map_err(|e| read_fault(&e))?;
            let count = blank_length(bytes);
            // Padding of any length is passed over; so much of it is enough to decide.
            let some = count.min(LOOK_AHEAD.saturating_sub(blank.len()));
            blank.extend_from_slice(bytes.get(..some).unwrap_or_default());
            match bytes.len() {
                0 => return Ok(Follows::End),
                length => {
                    self.stream.consume(count);
                    if count < length {
                        break;
                    }
                }
            }
        }
        if self.stream.begins(self.framing).map_err(|e| read_fault(&e))? {
            return Ok(Follows::Record);
        }
        let line_ends = memchr::memchr_iter(b'\n', &blank).count();
        if line_ends >= self.framing.line_ends() || blank.len() >= LOOK_AHEAD {
            return Ok(Follows::Garbage);
        }
        // They belong to whatever stands here.
        self.stream.put_back(blank);
        Ok(Follows::Misfit)
    }

    /// Makes a block of wrong length end where the next record begins: inside the bytes read, or behind them.
    fn correct_length(&mut self, bytes: &mut Vec<u8>, is_whole: bool) -> Result<(), Fault> {
        // The stated end may lie in the header of the next record.
        let ahead = if is_whole { self.stream.peek(LOOK_AHEAD).map_err(|e| read_fault(&e))? } else { &[] };
        let with_ahead = [bytes.as_slice(), ahead.get(..LOOK_AHEAD).unwrap_or(ahead)].concat();
        if let Some(at) = start_in(&with_ahead, self.framing).filter(|at| *at < bytes.len()) {
            self.stream.put_back(bytes.split_off(at));
        } else if is_whole {
            self.take_up_to_record(bytes)?;
        }
        // A member that ends soundly was written so, if the block is short.
        self.trim_line_ends(bytes);
        Ok(())
    }

    /// What is to be said of a record whose member doesn't end with it, so that its checksum wasn't met.
    fn check_member(&mut self) -> Result<Option<Warning>, Fault> {
        if !self.stream.input.is_compressed() || self.stream.peek(1).map_err(|e| read_fault(&e))?.is_empty() {
            return Ok(None);
        }
        if self.checked == Checked::NotYet {
            let is_sound = self.parts.reopen(self.member_at).and_then(|file| drain(file, &self.codec)).is_ok();
            self.checked = if is_sound { Checked::Sound } else { Checked::Unsound };
        }
        let message = "its archive is compressed as one piece, and that piece is cut or damaged: nothing shows whether \
                       this record is as it was";
        Ok((self.checked == Checked::Unsound).then(|| Warning::new("capture.unverified", message)))
    }

    /// Goes on at the next record that begins soundly and returns the error for what was passed over.
    fn recover(&mut self, at: u64, fault: Fault) -> Error {
        self.found_any = true;
        let is_framing = matches!(fault, Fault::Malformed { .. });
        let goes_on = (is_framing && self.find_record()) || self.find_member();
        if !goes_on {
            let end = self.stream.take_file().map_or(at, |file| file.offset());
            let passed = end.saturating_sub(at);
            self.ended = !self.next_part().unwrap_or(false);
            return self.error(at, passed, fault);
        }
        let here = self.stream.plain_offset().unwrap_or(self.member_at);
        self.error(at, here.saturating_sub(at), fault)
    }

    /// Searches the next record in what can be decompressed. Returns false if decompression fails or the file ends.
    fn find_record(&mut self) -> bool {
        loop {
            match self.stream.find_start(self.framing, |_| ()) {
                Ok(true) => return true,
                Err(_) => return false,
                Ok(false) => match self.stream.input.next_member(&self.codec) {
                    Ok(Some(offset)) => (self.member_at, self.checked) = (offset, Checked::NotYet),
                    Ok(None) | Err(_) => return false,
                },
            }
        }
    }

    /// Searches the next member that begins with a record. Returns false if there is none.
    fn find_member(&mut self) -> bool {
        let mut search = || {
            if matches!(self.codec, Codec::Plain) {
                return Ok(false);
            }
            let Some(mut file) = self.stream.take_file() else { return Ok(false) };
            if file.offset() > self.member_at {
                file.go_back(self.member_at)?;
                file.fill_buf()?;
                file.consume(1);
            }
            loop {
                let bytes = file.fill_buf()?;
                if bytes.is_empty() {
                    self.stream = Stream::new(file, &Codec::Plain);
                    return Ok::<bool, io::Error>(false);
                }
                let is_candidate = bytes.len() < 10 || self.codec.may_begin(bytes);
                if is_candidate && self.begins_member(file.offset()) {
                    self.member_at = file.offset();
                    self.checked = Checked::NotYet;
                    self.stream = Stream::new(file, &self.codec);
                    return Ok(true);
                }
                file.consume(1);
            }
        };
        search().unwrap_or(false)
    }

    /// Whether a member begins at an offset and a record at its start.
    fn begins_member(&self, offset: u64) -> bool {
        let Ok(file) = self.parts.reopen(offset) else { return false };
        Stream::new(file, &self.codec).begins(self.framing).unwrap_or(false)
    }

    fn error(&self, offset: u64, passed: u64, problem: Fault) -> Error {
        Error::Record { file: self.name.clone(), offset, passed, problem }
    }

    /// Names of the archives inside a package that were read.
    pub(super) fn inside(&self) -> &[String] {
        self.parts.names()
    }

    /// Reads the archive to its end. Returns the `sha256:` digest of all its bytes.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) fn digest(mut self) -> io::Result<String> {
        if let Some(digest) = self.parts.digest() {
            return digest;
        }
        match self.stream.take_file() {
            Some(file) => file.whole_digest(),
            None => self.parts.reopen(0)?.whole_digest(),
        }
    }
}

/// Length in bytes of the line ends and the padding at a start.
fn blank_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n' | 0)).count()
}

/// Reads a member to its end, which checks its checksum.
fn drain(file: SourceFile, codec: &Codec) -> io::Result<()> {
    let mut stream = Stream::new(file, codec);
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

fn wrong_length(stated: u64, found: u64) -> Warning {
    let message = format!(
        "the length in the header of its record is wrong: {stated} bytes, while the next record begins after {found}"
    );
    Warning::new("capture.record_length", message)
}

/// The header of a WARC record with these fields.
fn as_warc(fields: &[(String, String)], length: u64) -> Vec<u8> {
    let lines = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    format!("WARC/1.1\r\n{}Content-Length: {length}\r\n\r\n", lines.collect::<String>()).into_bytes()
}
