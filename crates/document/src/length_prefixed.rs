//! Bytes whose number was told before them, truly or not.

use std::io::{self, Read};

/// Bytes that room is set aside for before they are there: most pieces fit, and a number that is wrong costs no more.
const READY: usize = 1 << 20;

/// So many times what has come is believed to come still. A buffer that grows leaves what it outgrew behind.
const BELIEVED: usize = 16;

/// Reads so many bytes.
///
/// # Errors
/// When the input fails, or ends before them ([`io::ErrorKind::UnexpectedEof`]).
pub fn read(input: impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    append(input, length, &mut bytes)?;
    Ok(bytes)
}

/// Reads so many bytes behind those in a buffer.
///
/// # Errors
/// As [`read`] does.
pub fn append(mut input: impl Read, length: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let (mut left, mut believed) = (length, READY);
    while left > 0 {
        let next = usize::try_from(left).unwrap_or(usize::MAX).min(believed);
        if believed == READY {
            bytes.reserve(next);
        } else {
            bytes.reserve_exact(next);
        }
        let count = input.by_ref().take(next as u64).read_to_end(bytes)?;
        if count < next {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= count as u64;
        believed = believed.saturating_mul(BELIEVED);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_for_what_was_announced_once_a_part_of_it_came() {
        let input = vec![7; 3 * READY + 5];
        let mut bytes = vec![1];
        append(input.as_slice(), input.len() as u64, &mut bytes).unwrap();
        assert_eq!(bytes, [vec![1], input.clone()].concat());
        assert!(bytes.capacity() <= bytes.len() + READY, "{}", bytes.capacity());
        let mut bytes = Vec::new();
        let error = append(&input[..9], u64::MAX, &mut bytes).unwrap_err();
        assert_eq!((error.kind(), bytes.len()), (io::ErrorKind::UnexpectedEof, 9));
        assert!(bytes.capacity() <= 2 * READY, "{}", bytes.capacity());
    }
}
