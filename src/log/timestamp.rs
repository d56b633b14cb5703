//! RFC 3161 timestamps of checkpoints: somebody else's word on when a tree head was there.
//!
//! The request is small enough to be written by hand; what comes back is stored as received beside its checkpoint and
//! checked by tools that know certificates (`openssl ts`). Here only: whether it is granted, and of these bytes.

use crate::error::Error;
use sanad_document::digest::Sha256;
use std::path::Path;

/// Object identifier of SHA-256, with its tag and length.
const SHA256: [u8; 11] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// A larger answer isn't a timestamp: with all its certificates one has under 10 KB.
const MOST_BYTES: u64 = 1 << 20;

/// The DER of a `TimeStampReq` for these bytes; asks for the authority's certificate. No nonce: the same bytes, the same request.
#[must_use]
pub fn request(bytes: &[u8]) -> Vec<u8> {
    let imprint = sequence(&[&sequence(&[&SHA256, &[0x05, 0x00]]), &[0x04, 0x20], Sha256::digest(bytes).as_slice()]);
    sequence(&[&[0x02, 0x01, 0x01], &imprint, &[0x01, 0x01, 0xff]])
}

/// A DER sequence of less than 128 bytes.
fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    let inner = parts.concat();
    let length = u8::try_from(inner.len()).unwrap_or(0x7f);
    [&[0x30, length], inner.as_slice()].concat()
}

/// Whether an authority's answer is a granted timestamp whose imprint is that of these bytes.
#[must_use]
pub fn is_of(answer: &[u8], bytes: &[u8]) -> bool {
    // TimeStampResp ::= SEQUENCE { PKIStatusInfo ::= SEQUENCE { status INTEGER (0 or 1) … }, … }
    let status = body(answer, 0x30).and_then(|inner| body(inner, 0x30)).and_then(|info| body(info, 0x02));
    let granted = matches!(status, Some([0 | 1]));
    let mut wanted = SHA256.to_vec();
    wanted.extend_from_slice(&[0x05, 0x00, 0x04, 0x20]);
    wanted.extend_from_slice(&Sha256::digest(bytes));
    let mut without_null = SHA256.to_vec();
    without_null.extend_from_slice(&[0x04, 0x20]);
    without_null.extend_from_slice(&Sha256::digest(bytes));
    granted && [wanted, without_null].iter().any(|w| memchr::memmem::find(answer, w).is_some())
}

/// What the DER value of this tag at the beginning holds.
fn body(der: &[u8], tag: u8) -> Option<&[u8]> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (bytes.iter().take(5).fold(0, |n, b| n << 8 | usize::from(*b)), rest)
    };
    rest.get(..length).filter(|_| *found == tag)
}

/// Asks the authority for a timestamp of a stored checkpoint and stores the answer beside it.
///
/// # Errors
/// When it can't be had; the checkpoint is as good as before.
pub fn stamp(log: &Path, size: u64, authority: &str) -> Result<(), Error> {
    let name = format!("checkpoints/{size}");
    let path = log.join(&name);
    let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?;
    let answer = crate::http_post::post(authority, "application/timestamp-query", &request(&bytes), MOST_BYTES)?;
    if !is_of(&answer, &bytes) {
        let problem = "the answer is not a granted timestamp of the checkpoint".to_owned();
        return Err(Error::Log { path: authority.to_owned(), problem });
    }
    Ok(sanad_tlog::replace(log, &format!("{name}.tsr"), &answer)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_other_bytes_or_a_refusal_is_no_timestamp() {
        let granted = |bytes: &[u8]| {
            let status = sequence(&[&[0x02, 0x01, 0x00]]);
            sequence(&[&status, &request(bytes)])
        };
        assert!(is_of(&granted(b"head"), b"head"));
        assert!(!is_of(&granted(b"head"), b"other"));
        let mut refused = granted(b"head");
        refused[6] = 2;
        assert!(!is_of(&refused, b"head"));
        assert!(!is_of(b"", b"head"));
    }
}
