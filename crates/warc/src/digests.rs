//! Checks the digests that a record states: of its block, and of its payload.

use flate2::read::MultiGzDecoder;
use ring::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use sanad_document::digest::hex;
use std::io::Read;

/// What a stated digest says about bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// None is stated, or one that can't be checked.
    Unknown,
    Same,
    Other,
}

/// Compares a stated digest (`sha1:` and Base32 or hex, and the like) with the bytes of these pieces, one after another.
pub(super) fn check(stated: &str, pieces: &[&[u8]]) -> Verdict {
    let Some(Stated { algorithm, value, .. }) = Stated::parse(stated) else { return Verdict::Unknown };
    let mut context = Context::new(algorithm);
    for piece in pieces {
        context.update(piece);
    }
    if value.as_deref() == Some(context.finish().as_ref()) { Verdict::Same } else { Verdict::Other }
}

/// Compares the stated digest of a payload with a body. Crawlers hash it as it came, without its chunks, or without its
/// content coding, so each of these counts; in a coding that isn't undone here, only a match says anything.
pub(super) fn check_payload(stated: &str, body: &[u8], dechunked: &[u8], coding: &str) -> Verdict {
    let verdict = check(stated, &[body]);
    if verdict != Verdict::Other || (body != dechunked && check(stated, &[dechunked]) == Verdict::Same) {
        return if verdict == Verdict::Unknown { verdict } else { Verdict::Same };
    }
    if !dechunked.starts_with(&crate::input::GZIP_MAGIC) {
        let is_plain = coding.trim().is_empty() || coding.trim().eq_ignore_ascii_case("identity");
        return if is_plain { Verdict::Other } else { Verdict::Unknown };
    }
    let mut plain = Vec::new();
    // Nothing is said of a body that can't be unpacked, or that is larger than any page.
    match MultiGzDecoder::new(dechunked).take(MAX_UNPACKED).read_to_end(&mut plain) {
        Ok(length) if (length as u64) < MAX_UNPACKED => check(stated, &[&plain]),
        _ => Verdict::Unknown,
    }
}

/// A stated digest with its value in lower-case hex, so that digests can be compared. One in an unknown notation stays.
pub(super) fn normalized(stated: &str) -> String {
    let known = Stated::parse(stated).and_then(|Stated { name, value, .. }| Some(format!("{name}:{}", hex(&value?))));
    known.unwrap_or_else(|| stated.trim().to_owned())
}

/// A stated digest.
struct Stated {
    /// Name of the algorithm in lower case, without hyphens.
    name: String,
    algorithm: &'static Algorithm,
    /// None if it has digits that are none.
    value: Option<Vec<u8>>,
}

impl Stated {
    /// Parses a digest. Returns none if its algorithm or its notation isn't known.
    fn parse(stated: &str) -> Option<Self> {
        let (name, value) = stated.trim().split_once(':')?;
        let name = name.to_ascii_lowercase().replace('-', "");
        let algorithm = match name.as_str() {
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => &SHA256,
            "sha384" => &SHA384,
            "sha512" => &SHA512,
            _ => return None,
        };
        let value = value.trim().trim_end_matches('=');
        let length = algorithm.output_len();
        let value = match value.len() {
            digits if digits == length * 2 => from_hex(value),
            digits if digits == (length * 8).div_ceil(5) => from_base32(value),
            _ => return None,
        };
        Some(Self { name, algorithm, value })
    }
}

fn from_hex(value: &str) -> Option<Vec<u8>> {
    (0..value.len()).step_by(2).map(|at| u8::from_str_radix(value.get(at..at + 2)?, 16).ok()).collect()
}

/// Base32 (RFC 4648) without padding.
fn from_base32(value: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u16, 0);
    for digit in value.bytes() {
        let digit = match digit.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u16::from(digit);
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}

/// The limit on an unpacked payload, in bytes.
const MAX_UNPACKED: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_compared_in_both_notations() {
        // SHA-1 of "abc" and of nothing.
        for stated in ["sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5", "SHA-1:a9993e364706816aba3e25717850c26c9cd0d89d"] {
            assert_eq!(check(stated, &[b"a", b"bc"]), Verdict::Same, "{stated}");
            assert_eq!(check(stated, &[b"abd"]), Verdict::Other, "{stated}");
        }
        assert_eq!(check("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", &[]), Verdict::Same);
        assert_eq!(from_base32("mzxw6ytb").as_deref(), Some(b"fooba".as_slice()));
        let hex = "sha1:a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(normalized("SHA-1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5"), hex);
        assert_eq!(normalized(&hex.to_uppercase()), hex);
        assert_eq!(normalized("md5:abc"), "md5:abc");
        for unknown in ["", "md5:900150983cd24fb0d6963f7d28e17f72", "sha1:short", "sha1"] {
            assert_eq!(check(unknown, &[b"abc"]), Verdict::Unknown, "{unknown}");
        }
    }
}
