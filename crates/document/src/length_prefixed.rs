//! Reads length-prefixed data without trusting the length: memory grows only as bytes arrive.

use std::io::{self, Read};

/// Bytes reserved before any has arrived: most data fits, and a wrong length costs no more.
const FIRST_RESERVE: usize = 1 << 20;

/// Each reservation is at most this many times the one before. A growing buffer leaves its old allocation behind, so a
/// few large steps cost less than many small ones.
const GROWTH: usize = 16;

/// Reads `length` bytes.
///
/// # Errors
/// Fails when the input fails, or with [`io::ErrorKind::UnexpectedEof`] when it ends early.
pub fn read(input: impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    append(input, length, &mut bytes)?;
    Ok(bytes)
}

/// Reads `length` bytes and appends them to a buffer.
///
/// # Errors
/// As [`read`] does.
pub fn append(input: impl Read, length: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    if append_available(input, length, bytes)? { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Reads up to `length` bytes and appends them to a buffer. Returns false if the input ended early.
///
/// # Errors
/// Fails when the input fails.
pub fn append_available(mut input: impl Read, length: u64, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let (mut left, mut step) = (length, FIRST_RESERVE);
    while left > 0 {
        let next = usize::try_from(left).unwrap_or(usize::MAX).min(step);
        if step == FIRST_RESERVE {
            bytes.reserve(next);
        } else {
            bytes.reserve_exact(next);
        }
        let count = input.by_ref().take(next as u64).read_to_end(bytes)?;
        if count < next {
            return Ok(false);
        }
        left -= count as u64;
        step = step.saturating_mul(GROWTH);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_for_the_full_length_is_reserved_once_a_part_has_arrived() {
        let input = vec![7; 3 * FIRST_RESERVE + 5];
        let mut bytes = vec![1];
        append(input.as_slice(), input.len() as u64, &mut bytes).unwrap();
        assert_eq!(bytes, [vec![1], input.clone()].concat());
        assert!(bytes.capacity() <= bytes.len() + FIRST_RESERVE, "{}", bytes.capacity());
        let mut bytes = Vec::new();
        let error = append(&input[..9], u64::MAX, &mut bytes).unwrap_err();
        assert_eq!((error.kind(), bytes.len()), (io::ErrorKind::UnexpectedEof, 9));
        assert!(bytes.capacity() <= 2 * FIRST_RESERVE, "{}", bytes.capacity());
    }
}
