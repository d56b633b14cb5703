//! Bytes whose number was told before them, truly or not.

use std::io::{self, Read};

/// Bytes that room is set aside for before they are there: most pieces fit, and a number that is wrong costs no more.
const READY: usize = 1 << 20;

/// Reads so many bytes.
///
/// # Errors
/// When the input fails, or ends before them ([`io::ErrorKind::UnexpectedEof`]).
pub(crate) fn read(input: impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(usize::MAX).min(READY));
    append(input, length, &mut bytes)?;
    Ok(bytes)
}

/// Reads so many bytes behind those in a buffer.
///
/// # Errors
/// As [`read`] does.
pub(crate) fn append(input: impl Read, length: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let count = input.take(length).read_to_end(bytes)?;
    if (count as u64) < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}
