//! The worker's side: one request after another until the parent closes the pipe.

use super::parent::Header;
use crate::error::{Error, WorkerFault};
use crate::packed::{self, Parsed};
use sanad_document::{Document, PageKind};
use sanad_document::{Page, length_prefixed};
use sanad_extract::{extract, extract_with_lines};
use std::io::{self, IoSlice, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// A parser that recurses may go this deep, in bytes. Pages are opened no deeper than 512 levels; PDF objects nest
/// further, and a stack overflow would end the process.
const STACK: usize = 64 << 20;

/// The last panic's message, kept by the hook for the answer.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Serves requests from standard input to standard output until the input ends.
///
/// # Errors
/// When the pipes break or the parent's frames can't be read.
pub fn serve() -> io::Result<()> {
    std::panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    let output = output()?;
    let here = move || serve_here(io::stdin(), output);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(here)?;
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the worker thread panicked")))
}

/// Standard output without the buffer that looks for ends of lines: answers have none.
#[cfg(unix)]
fn output() -> io::Result<impl Write + Send> {
    use std::os::fd::AsFd;
    io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from)
}

#[cfg(not(unix))]
fn output() -> io::Result<impl Write + Send> {
    Ok(io::stdout())
}

fn serve_here(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut limited = false;
    while let Some(head) = read_frame(&mut input)? {
        let header: Header = serde_json::from_slice(&head).map_err(io::Error::other)?;
        let Some(body) = read_frame(&mut input)? else {
            return Ok(());
        };
        if !limited {
            limit_memory(header.megabytes);
            limited = true;
        }
        write_frames(&mut output, &[&answer(&body, &header)?])?;
    }
    Ok(())
}

fn answer(body: &[u8], header: &Header) -> io::Result<Vec<u8>> {
    let read = || {
        let outcome = parse(body, header);
        if header.alone { Parsed::alone(outcome) } else { Parsed::of(outcome, header.url.as_deref()) }
    };
    let parsed = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Parsed::alone(Err(panicked())));
    packed::pack(&parsed)
}

fn panicked() -> Error {
    let cause = PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Error::Worker(WorkerFault::Panicked { cause })
}

fn parse(body: &[u8], header: &Header) -> Result<Document, Error> {
    let page = Page {
        url: header.url.as_deref(),
        content_type: header.content_type.as_deref(),
        content_coding: header.content_coding.as_deref(),
        site: header.site.as_ref(),
    };
    let read = if header.lines { extract_with_lines } else { extract };
    let mut document = read(body, &page)?;
    if header.is_error && document.page_kind != PageKind::Interstitial {
        document.page_kind = PageKind::ErrorPage;
    }
    document.warnings.extend_from_slice(&header.warnings);
    Ok(document)
}

/// From here on an allocation over the limit ends the process, which the parent reports as `worker.memory`.
#[cfg(unix)]
fn limit_memory(megabytes: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let bytes = megabytes.saturating_mul(1 << 20);
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    if let Err(error) = setrlimit(Resource::As, limit) {
        tracing::warn!(%error, "the memory limit of a worker can't be set");
    }
}

#[cfg(not(unix))]
fn limit_memory(_megabytes: u64) {}

/// A length (four bytes, little end first) and as many bytes; none at the end of the input.
pub(super) fn read_frame(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    let mut filled = 0;
    while let Some(rest) = length.get_mut(filled..).filter(|r| !r.is_empty()) {
        match input.read(rest)? {
            0 if filled == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
    length_prefixed::read(input, u32::from_le_bytes(length).into()).map(Some)
}

/// Writes frames at once where the system can: a reader is woken for all of them together.
pub(super) fn write_frames(output: &mut impl Write, frames: &[&[u8]]) -> io::Result<()> {
    let lengths: Vec<[u8; 4]> = frames.iter().map(|frame| length(frame)).collect::<io::Result<_>>()?;
    let parts = lengths.iter().zip(frames).flat_map(|(length, frame)| [IoSlice::new(length), IoSlice::new(frame)]);
    let mut parts: Vec<IoSlice<'_>> = parts.collect();
    let mut left = parts.as_mut_slice();
    IoSlice::advance_slices(&mut left, 0); // empty ones go
    while !left.is_empty() {
        match output.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => IoSlice::advance_slices(&mut left, count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    output.flush()
}

fn length(frame: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(frame.len()).map_err(|_| io::Error::other("a frame over 4 GB"))?;
    Ok(length.to_le_bytes())
}
