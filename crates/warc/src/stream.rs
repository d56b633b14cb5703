//! The decompressed bytes of an archive with look-ahead: bytes can be put back, and the next record can be searched.

use crate::arc;
use crate::input::{Codec, Input, SourceFile};
use std::io::{self, BufRead, Read};

/// How many bytes from the start of a record show that it begins soundly: its first fields, or a line of an ARC file.
pub(super) const LOOK_AHEAD: usize = 4096;

/// How records follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Warc,
    Arc,
}

impl Framing {
    /// Whether a record begins soundly with these bytes: at least [`LOOK_AHEAD`] of them, or all that are left.
    pub(super) fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Self::Warc => {
                let has_type = || {
                    let lines = bytes.split(|b| *b == b'\n').skip(1).map(<[u8]>::trim_ascii);
                    let mut fields = lines.take_while(|line| !line.is_empty());
                    fields.any(|line| line.get(..10).is_some_and(|name| name.eq_ignore_ascii_case(b"warc-type:")))
                };
                matches!(bytes, [b'W', b'A', b'R', b'C', b'/', b'0'..=b'9', ..]) && has_type()
            }
            Self::Arc => {
                let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
                arc::is_record_line(line)
            }
        }
    }

    /// Line ends after a block.
    pub(super) fn line_ends(self) -> usize {
        match self {
            Self::Warc => 2,
            Self::Arc => 1,
        }
    }
}

/// The bytes of an archive up to the end of the current member.
pub(super) struct Stream {
    pub(super) input: Input,
    /// Bytes that come before those of the input, from `at` on.
    ahead: Vec<u8>,
    at: usize,
    /// The error that the input gave behind those bytes. Decoders report it once, and seem to have ended then.
    fault: Option<(io::ErrorKind, String)>,
}

impl Stream {
    pub(super) fn new(file: SourceFile, codec: &Codec) -> Self {
        Self { input: Input::new(file, codec), ahead: Vec::new(), at: 0, fault: None }
    }

    /// Gives up the stream for the file below it.
    pub(super) fn take_file(&mut self) -> Option<SourceFile> {
        self.ahead.clear();
        self.at = 0;
        self.fault = None;
        self.input.take_file()
    }

    /// Offset in bytes of the next byte of a plain file.
    pub(super) fn plain_offset(&self) -> Option<u64> {
        self.input.plain_offset().map(|offset| offset - (self.ahead.len() - self.at) as u64)
    }

    /// Bytes that are left of a plain file.
    pub(super) fn plain_left(&self) -> Option<u64> {
        self.input.plain_left().map(|left| left + (self.ahead.len() - self.at) as u64)
    }

    /// Puts bytes back in front.
    pub(super) fn put_back(&mut self, mut bytes: Vec<u8>) {
        bytes.extend_from_slice(self.ahead.get(self.at..).unwrap_or_default());
        self.ahead = bytes;
        self.at = 0;
    }

    /// The next bytes: at least `count` of them, or all that are left of the member or before an error.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.at == self.ahead.len() {
            self.ahead.clear();
            self.at = 0;
        }
        while self.ahead.len() - self.at < count && self.fault.is_none() {
            match self.input.stream().and_then(BufRead::fill_buf) {
                Ok([]) => break,
                Ok(bytes) => {
                    let length = bytes.len();
                    self.ahead.extend_from_slice(bytes);
                    self.input.stream()?.consume(length);
                }
                Err(error) => self.fault = Some((error.kind(), error.to_string())),
            }
        }
        if self.at == self.ahead.len() {
            self.sound()?;
        }
        Ok(self.ahead.get(self.at..).unwrap_or_default())
    }

    /// Fails if the input has failed.
    fn sound(&self) -> io::Result<()> {
        self.fault.as_ref().map_or(Ok(()), |(kind, cause)| Err(io::Error::new(*kind, cause.clone())))
    }

    /// Whether a record begins soundly here.
    pub(super) fn begins(&mut self, framing: Framing) -> io::Result<bool> {
        self.peek(LOOK_AHEAD).map(|bytes| framing.begins(bytes))
    }

    /// Goes on to the next record that begins soundly, in this member. The bytes before it go to `passed`. Returns false
    /// if there is none.
    pub(super) fn find_start(&mut self, framing: Framing, mut passed: impl FnMut(&[u8])) -> io::Result<bool> {
        loop {
            let window = self.peek(16 * LOOK_AHEAD)?;
            let is_last = window.len() < 16 * LOOK_AHEAD;
            let found = start_in(window, framing);
            // A start near the window's end is judged with what follows it.
            let usable = if is_last { window.len() } else { window.len() - LOOK_AHEAD };
            let count = found.filter(|at| *at < usable).unwrap_or(usable);
            passed(window.get(..count).unwrap_or_default());
            self.consume(count);
            if count < usable {
                return Ok(true);
            }
            if is_last {
                return self.sound().map(|()| false);
            }
        }
    }
}

/// Position of the first record that begins soundly, at the start of a line.
pub(super) fn start_in(bytes: &[u8], framing: Framing) -> Option<usize> {
    let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', bytes).map(|end| end + 1));
    let begins = |at: &usize| {
        let soon = bytes.get(*at..).unwrap_or_default();
        framing.begins(soon.get(..LOOK_AHEAD).unwrap_or(soon))
    };
    lines.into_iter().find(begins)
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.ahead.len() {
            return Ok(self.ahead.get(self.at..).unwrap_or_default());
        }
        self.sound()?;
        // Asked twice, since what is returned borrows the stream.
        if let Err(error) = self.input.stream().and_then(BufRead::fill_buf) {
            self.fault = Some((error.kind(), error.to_string()));
        }
        self.sound()?;
        self.input.stream()?.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if self.at < self.ahead.len() {
            self.at += count;
        } else if let Ok(stream) = self.input.stream() {
            stream.consume(count);
        }
    }
}
