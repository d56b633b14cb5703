//! The protocol between parent and worker over two pipes.

use sanad_document::{SiteRules, Warning, length_prefixed};
use serde::{Deserialize, Serialize};
use std::io::{self, IoSlice, Read, Write};
use std::sync::Mutex;

/// The request's header; the body follows.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) url: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) content_coding: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) site: Option<SiteRules>,
    pub(super) lines: bool,
    /// Only the document is wanted, nothing derived from it.
    pub(super) alone: bool,
    pub(super) is_error: bool,
    pub(super) warnings: Vec<Warning>,
    pub(super) megabytes: u64,
}

/// Message of the last panic, stored by the panic hook.
pub(crate) static PANIC: Mutex<String> = Mutex::new(String::new());

/// Reads a frame: a length (4 bytes, little-endian) and that many bytes. None at the end of the input.
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

/// Writes several frames with one system call where possible, so that the reader wakes once.
pub(super) fn write_frames(output: &mut impl Write, frames: &[&[u8]]) -> io::Result<()> {
    let lengths: Vec<[u8; 4]> = frames.iter().map(|frame| length(frame)).collect::<io::Result<_>>()?;
    let parts = lengths.iter().zip(frames).flat_map(|(length, frame)| [IoSlice::new(length), IoSlice::new(frame)]);
    let mut parts: Vec<IoSlice<'_>> = parts.collect();
    let mut left = parts.as_mut_slice();
    IoSlice::advance_slices(&mut left, 0); // skips empty slices
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
