//! Content codings: gzip, deflate, br and zstd undone, with a limit against bombs.
//!
//! What the header says is only a hint: archives often store the decoded body under the old header, so a coding whose
//! data isn't there is passed over with a warning, and a gzip body without a header is unpacked.

use std::{borrow::Cow, io::Read};

use crate::Error;
use sanad_document::Warning;

/// Largest body after decompression, in bytes: the largest real pages and bulletins stay under 40 MB, a bomb goes to
/// gigabytes.
pub const MOST: u64 = 64 << 20;
/// Codings stacked on one another that are undone: servers and caches add one each, more is an attack.
const LAYERS: usize = 4;

/// Undoes the content codings of a body, the last applied first.
///
/// # Errors
/// A size over [`MOST`]; a coding whose data breaks off before anything came out.
pub(crate) fn undo<'a>(
    bytes: &'a [u8],
    declared: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> Result<Cow<'a, [u8]>, Error> {
    if bytes.len() as u64 > MOST {
        return Err(Error::TooLarge { limit: MOST });
    }
    let mut body = Cow::Borrowed(bytes);
    let codings: Vec<String> = declared
        .unwrap_or_default()
        .split(',')
        .map(|c| c.trim().to_ascii_lowercase())
        .filter(|c| !c.is_empty() && c != "identity")
        .collect();
    for coding in codings.iter().rev().take(LAYERS) {
        body = layer(body, coding, warnings)?;
    }
    if codings.is_empty() && is_gzip(&body) {
        body = layer(body, "gzip", warnings)?;
    }
    Ok(body)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B, 8])
}

/// Whether bytes can be read as they are, so that a header that speaks of a coding must be out of date.
fn is_plain(bytes: &[u8]) -> bool {
    let head = bytes.get(..1024).unwrap_or(bytes);
    let control = head.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    head.trim_ascii_start().starts_with(b"<") || head.starts_with(b"%PDF") || control * 50 < head.len()
}

fn layer<'a>(body: Cow<'a, [u8]>, coding: &str, warnings: &mut Vec<Warning>) -> Result<Cow<'a, [u8]>, Error> {
    let read = match coding {
        "gzip" | "x-gzip" if is_gzip(&body) => unpack(flate2::read::MultiGzDecoder::new(&*body)),
        "deflate" if !is_plain(&body) => {
            let zlib = unpack(flate2::read::ZlibDecoder::new(&*body));
            if zlib.0.is_empty() { unpack(flate2::read::DeflateDecoder::new(&*body)) } else { zlib }
        }
        "br" if !is_plain(&body) => unpack(brotli_decompressor::Decompressor::new(&*body, 8192)),
        "zstd" if body.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) => {
            match ruzstd::decoding::StreamingDecoder::new(&*body) {
                Ok(decoder) => unpack(decoder),
                Err(cause) => (Vec::new(), Some(cause.to_string())),
            }
        }
        _ => {
            warnings.push(Warning::new(
                "decode.coding_absent",
                format!("Content-Encoding {coding} is declared, but the body isn't coded so; it was read as it is"),
            ));
            return Ok(body);
        }
    };
    let (out, fault) = read;
    if out.len() as u64 > MOST {
        return Err(Error::TooLarge { limit: MOST });
    }
    match fault {
        Some(cause) if out.is_empty() => {
            return Err(Error::ContentCoding { coding: coding.to_owned(), cause });
        }
        Some(cause) => warnings.push(Warning::new(
            "decode.coding_truncated",
            format!("the {coding} data breaks off ({cause}); what stood before was read"),
        )),
        None => {}
    }
    Ok(Cow::Owned(out))
}

/// Everything a decoder gives up to one byte over the limit, and what ended it early.
fn unpack(decoder: impl Read) -> (Vec<u8>, Option<String>) {
    let mut out = Vec::new();
    let mut piece = [0u8; 16 * 1024];
    let mut decoder = decoder;
    // ends at the limit: each turn adds at least one byte
    while out.len() as u64 <= MOST {
        match decoder.read(&mut piece) {
            Ok(0) => return (out, None),
            Ok(n) => out.extend_from_slice(piece.get(..n).unwrap_or_default()),
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return (out, Some(cause.to_string())),
        }
    }
    (out, None)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{MOST, undo};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_undone_with_and_without_its_header() {
        let packed = gzip(b"<p>salom</p>");
        for declared in [Some("gzip"), None] {
            let mut warnings = Vec::new();
            assert_eq!(&*undo(&packed, declared, &mut warnings).unwrap(), b"<p>salom</p>");
            assert!(warnings.is_empty());
        }
    }

    #[test]
    fn a_declared_coding_that_is_not_there_is_passed_over_with_a_warning() {
        for coding in ["gzip", "br", "deflate", "zstd", "rot13"] {
            let mut warnings = Vec::new();
            assert_eq!(&*undo(b"<p>salom</p>", Some(coding), &mut warnings).unwrap(), b"<p>salom</p>");
            assert_eq!(warnings.len(), 1, "{coding}");
        }
    }

    #[test]
    fn truncated_gzip_gives_what_stood_before() {
        let text: Vec<u8> = (0..40_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let packed = gzip(&text);
        let mut warnings = Vec::new();
        let out = undo(&packed[..packed.len() / 2], Some("gzip"), &mut warnings).unwrap();
        assert!(out.len() > 1000 && text.starts_with(&out));
        assert_eq!(warnings[0].code, "decode.coding_truncated");
    }

    #[test]
    fn a_bomb_is_refused() {
        let packed = gzip(&vec![b' '; usize::try_from(MOST).unwrap() + 10]);
        assert!(undo(&packed, Some("gzip"), &mut Vec::new()).is_err());
    }
}
