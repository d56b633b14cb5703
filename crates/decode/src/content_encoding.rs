//! Undoes content codings (gzip, deflate, br, zstd), with a size limit against decompression bombs.
//!
//! The header is only a hint: archives often store the decoded body under the old header. So a coding whose data is
//! absent is skipped with a warning, and a gzip body without a header is decompressed.

use crate::Error;
use flate2::{Decompress, FlushDecompress, Status};
use sanad_document::Warning;
use std::{borrow::Cow, io::Read};

/// Largest body in bytes, as received and after decompression: the largest real pages and bulletins are under 40 MB,
/// while a bomb expands to gigabytes.
const MAX_BYTES: u64 = 64 << 20;
/// Stacked codings that are undone: servers and caches add one each, more is an attack.
const MAX_LAYERS: usize = 4;
/// Bytes that [`is_plain`] examines, and the share of control bytes that a readable body stays under, as one in so
/// many.
const EXAMINED: usize = 1024;
const CONTROLS_ONE_IN: usize = 50;

/// A content coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// Returns the coding that `Content-Encoding` names so, in lower case.
    fn for_name(name: &str) -> Option<Self> {
        Some(match name {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// Returns true if a body may be coded so. Deflate and Brotli have no signature.
    fn may_be_in(self, body: &[u8]) -> bool {
        match self {
            Self::Gzip => is_gzip(body),
            Self::Deflate | Self::Brotli => !is_plain(body),
            Self::Zstd => body.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]),
        }
    }

    fn unpack(self, body: &[u8]) -> Unpacked {
        match self {
            Self::Gzip => unpack_members(body),
            Self::Deflate => {
                let zlib = unpack_deflate(body, Decompress::new(true));
                if zlib.bytes.is_empty() { unpack_deflate(body, Decompress::new(false)) } else { zlib }
            }
            Self::Brotli => unpack(brotli_decompressor::Decompressor::new(body, 8192)),
            Self::Zstd => unpack_frames(body),
        }
    }
}

/// Undoes the content codings of a body, the last applied first.
///
/// # Errors
/// Fails for a body over [`MAX_BYTES`], and for a coding whose data is damaged before the first byte comes out.
pub fn undo<'a>(bytes: &'a [u8], declared: Option<&str>, warnings: &mut Vec<Warning>) -> Result<Cow<'a, [u8]>, Error> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge { limit: MAX_BYTES });
    }
    let mut body = Cow::Borrowed(bytes);
    let codings: Vec<String> = declared
        .unwrap_or_default()
        .split(',')
        .map(|c| c.trim().to_ascii_lowercase())
        .filter(|c| !c.is_empty() && c != "identity")
        .collect();
    let mut layers = 0;
    for coding in codings.iter().rev().take(MAX_LAYERS) {
        body = undo_layer(body, coding, warnings)?;
        layers += 1;
    }
    // A file that is stored compressed is often sent compressed once more, and no header says so.
    while layers < MAX_LAYERS && is_gzip(&body) {
        body = undo_layer(body, "gzip", warnings)?;
        layers += 1;
    }
    Ok(body)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B, 8])
}

/// Returns true if bytes are readable as they are, so that a header that declares a coding must be outdated.
fn is_plain(bytes: &[u8]) -> bool {
    let head = bytes.get(..EXAMINED).unwrap_or(bytes);
    let control = head.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    head.trim_ascii_start().starts_with(b"<") || head.starts_with(b"%PDF") || control * CONTROLS_ONE_IN < head.len()
}

fn undo_layer<'a>(body: Cow<'a, [u8]>, name: &str, warnings: &mut Vec<Warning>) -> Result<Cow<'a, [u8]>, Error> {
    let Some(coding) = Coding::for_name(name).filter(|coding| coding.may_be_in(&body)) else {
        warnings.push(Warning::new(
            "decode.coding_absent",
            format!("Content-Encoding {name} is declared, but the body isn't coded so; it was read as it is"),
        ));
        return Ok(body);
    };
    let Unpacked { bytes, fault } = coding.unpack(&body);
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge { limit: MAX_BYTES });
    }
    match fault {
        Some(cause) if bytes.is_empty() => {
            return Err(Error::ContentCoding { coding: name.to_owned(), cause });
        }
        Some(cause) => warnings.push(Warning::new(
            "decode.coding_truncated",
            format!("the {name} data breaks off ({cause}); what stood before was read"),
        )),
        None => {}
    }
    Ok(Cow::Owned(bytes))
}

/// What a decoder returned before it ended or failed.
struct Unpacked {
    bytes: Vec<u8>,
    /// The error that ended it early.
    fault: Option<String>,
}

/// Reads everything from a decoder, but stops soon after [`MAX_BYTES`].
fn unpack(mut decoder: impl Read) -> Unpacked {
    let mut bytes = Vec::new();
    let mut piece = [0u8; 16 * 1024];
    // ends at the limit: each iteration adds at least one byte
    while bytes.len() as u64 <= MAX_BYTES {
        match decoder.read(&mut piece) {
            Ok(0) => return Unpacked { bytes, fault: None },
            Ok(n) => bytes.extend_from_slice(piece.get(..n).unwrap_or_default()),
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Unpacked { bytes, fault: Some(cause.to_string()) },
        }
    }
    Unpacked { bytes, fault: None }
}

/// Inflates a deflate stream. The decoder is driven by hand, since the one that reads takes the end of the input for that
/// of the data.
fn unpack_deflate(body: &[u8], mut decoder: Decompress) -> Unpacked {
    let mut bytes = Vec::new();
    let fault = loop {
        let taken = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let rest = body.get(taken..).unwrap_or_default();
        bytes.reserve(16 * 1024);
        let before = bytes.len();
        match decoder.decompress_vec(rest, &mut bytes, FlushDecompress::None) {
            Ok(Status::StreamEnd) => break None,
            _ if bytes.len() as u64 > MAX_BYTES => break None,
            Ok(_) if rest.is_empty() && bytes.len() == before => break Some("unexpected end of file".to_owned()),
            Ok(_) => {}
            Err(cause) => break Some(cause.to_string()),
        }
    };
    Unpacked { bytes, fault }
}

/// Reads the frames of a Zstandard body and checks their checksums. What follows them is no frame, and passed over.
fn unpack_frames(body: &[u8]) -> Unpacked {
    let mut all = Unpacked { bytes: Vec::new(), fault: None };
    let mut rest = body;
    while Coding::Zstd.may_be_in(rest) && all.fault.is_none() && all.bytes.len() as u64 <= MAX_BYTES {
        let mut decoder = match ruzstd::decoding::StreamingDecoder::new(rest) {
            Ok(decoder) => decoder,
            Err(cause) => {
                all.fault = Some(cause.to_string());
                break;
            }
        };
        let frame = unpack(&mut decoder);
        let (left, decoder) = decoder.into_parts();
        rest = left;
        all.bytes.extend_from_slice(&frame.bytes);
        let sums = decoder.get_checksum_from_data().zip(decoder.get_calculated_checksum());
        let is_damaged = sums.is_some_and(|(stated, found)| stated != found);
        all.fault = frame.fault.or_else(|| is_damaged.then(|| "its checksum doesn't match".to_owned()));
    }
    all
}

/// Reads the members of a gzip body. What follows them is no member: padding, or what a server appends. It is passed over,
/// as by gzip itself, and no sign that data is missing.
fn unpack_members(body: &[u8]) -> Unpacked {
    let mut all = Unpacked { bytes: Vec::new(), fault: None };
    let mut rest = body;
    // ends at the body's end: each member takes at least its header
    while is_gzip(rest) && all.fault.is_none() && all.bytes.len() as u64 <= MAX_BYTES {
        let mut decoder = flate2::bufread::GzDecoder::new(rest);
        let member = unpack(&mut decoder);
        rest = decoder.into_inner();
        if all.bytes.is_empty() {
            all.bytes = member.bytes;
        } else {
            all.bytes.extend_from_slice(&member.bytes);
        }
        all.fault = member.fault;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{MAX_BYTES, undo};

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
    fn gzip_inside_another_coding_is_undone_though_no_header_says_so() {
        let packed = gzip(&gzip(&gzip(b"<p>salom</p>")));
        for declared in [Some("gzip"), Some("gzip, gzip"), None] {
            let mut warnings = Vec::new();
            assert_eq!(&*undo(&packed, declared, &mut warnings).unwrap(), b"<p>salom</p>");
            assert!(warnings.is_empty());
        }
    }

    #[test]
    fn a_declared_coding_that_is_absent_is_skipped_with_a_warning() {
        for coding in ["gzip", "br", "deflate", "zstd", "rot13"] {
            let mut warnings = Vec::new();
            assert_eq!(&*undo(b"<p>salom</p>", Some(coding), &mut warnings).unwrap(), b"<p>salom</p>");
            assert_eq!(warnings.len(), 1, "{coding}");
        }
    }

    #[test]
    fn truncated_gzip_yields_what_comes_before_the_break() {
        let text: Vec<u8> = (0..40_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let packed = gzip(&text);
        let mut warnings = Vec::new();
        let out = undo(&packed[..packed.len() / 2], Some("gzip"), &mut warnings).unwrap();
        assert!(out.len() > 1000 && text.starts_with(&out));
        assert_eq!(warnings[0].code, "decode.coding_truncated");
    }

    #[test]
    fn every_coding_that_breaks_off_says_so() {
        let text: Vec<u8> =
            (0..20_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_string().into_bytes()).collect();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&text).unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        raw.write_all(&text).unwrap();
        let fastest = ruzstd::encoding::CompressionLevel::Fastest;
        let zstd = ruzstd::encoding::compress_to_vec(text.as_slice(), fastest);
        let two_frames = [zstd.clone(), zstd.clone()].concat();
        for (coding, packed, whole) in [
            ("gzip", gzip(&text), text.clone()),
            ("deflate", zlib.finish().unwrap(), text.clone()),
            ("deflate", raw.finish().unwrap(), text.clone()),
            ("zstd", zstd, text.clone()),
            ("zstd", two_frames, [text.clone(), text.clone()].concat()),
        ] {
            let undone = |bytes: &[u8]| {
                let mut warnings = Vec::new();
                undo(bytes, Some(coding), &mut warnings).map(|bytes| (bytes.into_owned(), warnings))
            };
            assert!(undone(&packed).unwrap() == (whole.clone(), Vec::new()), "{coding}");
            for cut in [packed.len() / 3, packed.len() * 2 / 3, packed.len() - 1] {
                if let Ok((bytes, warnings)) = undone(&packed[..cut]) {
                    let is_told = warnings.iter().any(|warning| warning.code == "decode.coding_truncated");
                    assert!(whole.starts_with(&bytes) && is_told, "{coding} {cut} of {}", packed.len());
                }
            }
        }
    }

    #[test]
    fn what_follows_gzip_is_passed_over() {
        for tail in [b"\0\0\0".as_slice(), b"<!-- cached -->"] {
            let packed = [gzip(b"<p>one</p>"), gzip(b"<p>two</p>"), tail.to_vec()].concat();
            let mut warnings = Vec::new();
            assert_eq!(&*undo(&packed, Some("gzip"), &mut warnings).unwrap(), b"<p>one</p><p>two</p>");
            assert!(warnings.is_empty());
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let packed = gzip(&vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 10]);
        assert!(undo(&packed, Some("gzip"), &mut Vec::new()).is_err());
    }
}
