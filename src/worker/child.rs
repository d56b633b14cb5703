//! The worker's side: serves requests until the parent closes the pipe.

use super::payload::{self, Parsed};
use super::protocol::Header;
use crate::error::{Error, WorkerFault};
use crate::worker::protocol::{PANIC, read_frame, write_frames};
use sanad_document::{Document, Page, PageKind};
use sanad_extract::{extract, extract_with_lines};
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

/// Stack size in bytes. HTML is opened at most 512 levels deep, but PDF objects nest further, and a stack overflow
/// would end the process.
const STACK: usize = 64 << 20;

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

/// Standard output without line buffering: answers aren't lines.
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
    payload::pack(&parsed)
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
        headers: &header.headers,
        site: header.site.as_ref(),
    };
    let read = if header.lines { extract_with_lines } else { extract };
    let mut document = read(body, &page)?;
    if header.is_error && !matches!(document.page_kind, PageKind::Interstitial | PageKind::Login) {
        document.page_kind = PageKind::ErrorPage;
    }
    document.warnings.extend_from_slice(&header.warnings);
    Ok(document)
}

/// From here on an allocation beyond the limit ends the process, which the parent reports as `worker.memory`.
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
