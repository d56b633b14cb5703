//! A parsed capture in one piece of bytes, as it goes from a worker to the cache and from there to the second pass: a
//! summary, what the page contributes to the table of repeated blocks, and the document, each of which can be read
//! without the others.
//!
//! No published format: it changes with the program, and the cache of another build is begun anew.

use crate::error::Error;
use crate::storage::checksum::{CHECKSUM, Checksum, HashingReader, checksum, damaged, finished};
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{Document, PageKind, length_prefixed};
use sanad_extract::boilerplate::fingerprint::Sketch;
use sanad_extract::metadata::{self, Canonical};
use sanad_extract::{Neighbours, neighbours};
use std::io::{self, Read};

/// What is known about a parsed capture without its document.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Summary {
    /// What is known of the document, or why there is none.
    pub outcome: Result<PageFacts, Error>,
    /// What the page states of its own address.
    pub canonical: Canonical,
}

/// What is known about a document without reading it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct PageFacts {
    pub kind: PageKind,
    /// Language code.
    pub language: String,
    /// Hash of the markup around its text: part of its template. None for a PDF.
    pub markup: Option<u64>,
    /// The pages next to it, if it is one of several.
    pub neighbours: Option<Neighbours>,
}

/// The result of parsing a capture.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    /// The document, or why there is none.
    pub outcome: Result<Document, Error>,
    /// Its contribution to the table of repeated blocks.
    pub sketch: Sketch,
    /// What the page states of its own address.
    pub canonical: Canonical,
    /// The pages next to it, if it is one of several.
    pub neighbours: Option<Neighbours>,
}

impl Parsed {
    /// A result with everything that follows from the document, which was found at `url`.
    #[must_use]
    pub(crate) fn of(outcome: Result<Document, Error>, url: Option<&str>) -> Self {
        match &outcome {
            Ok(document) => {
                let (sketch, canonical) = (Sketch::of(document), metadata::canonical(document, url));
                let neighbours = neighbours(document, url);
                Self { outcome, sketch, canonical, neighbours }
            }
            Err(_) => Self::alone(outcome),
        }
    }

    /// A result for callers that only want the document.
    #[must_use]
    pub(crate) fn alone(outcome: Result<Document, Error>) -> Self {
        Self { outcome, sketch: Sketch::default(), canonical: Canonical::default(), neighbours: None }
    }
}

/// Bytes before the summary: its length and the sketch's, the checksum of the document, and the checksum of everything
/// before the document.
pub(crate) const LENGTHS: usize = SUM_OF_HEAD + CHECKSUM;
const SUM_OF_HEAD: usize = 8 + CHECKSUM;

/// Packs a result.
///
/// # Errors
/// When a part is larger than 4 GB or contains a number that isn't one (NaN).
pub(crate) fn pack(Parsed { outcome, sketch, canonical, neighbours }: &Parsed) -> io::Result<Vec<u8>> {
    let facts = |document: &Document| PageFacts {
        kind: document.page_kind,
        language: document.language_code().to_owned(),
        markup: sketch.markup,
        neighbours: neighbours.clone(),
    };
    let outcome_of_it = outcome.as_ref().map(facts).map_err(Clone::clone);
    let summary = Summary { outcome: outcome_of_it, canonical: canonical.clone() };
    let mut out = Vec::with_capacity(LENGTHS + sketch.room() + outcome.as_ref().map_or(0, Document::room));
    out.resize(LENGTHS, 0);
    summary.serialize(&mut out)?;
    let to_sketch = out.len();
    sketch.serialize(&mut out)?;
    let to_document = out.len();
    if let Ok(document) = outcome {
        document.serialize(&mut out)?;
    }
    let length = |from: usize, to: usize| u32::try_from(to - from).map_err(io::Error::other);
    let lengths = [length(LENGTHS, to_sketch)?, length(to_sketch, to_document)?];
    let sum = checksum(out.get(to_document..).unwrap_or_default());
    for (slot, byte) in out.iter_mut().zip(lengths.into_iter().flat_map(u32::to_le_bytes).chain(sum)) {
        *slot = byte;
    }
    let sum = sum_of_head(&out, to_document).unwrap_or_default();
    for (slot, byte) in out.iter_mut().skip(SUM_OF_HEAD).zip(sum) {
        *slot = byte;
    }
    Ok(out)
}

/// The checksum of everything before the document, which begins at `end`, but itself.
fn sum_of_head(bytes: &[u8], end: usize) -> Option<Checksum> {
    let mut hash = blake3::Hasher::new();
    hash.update(bytes.get(..SUM_OF_HEAD)?).update(bytes.get(LENGTHS..end)?);
    Some(finished(&hash))
}

/// Checks everything before the document, and returns the bytes of summary and sketch.
fn checked(bytes: &[u8]) -> io::Result<(&[u8], &[u8])> {
    let (summary, sketch) = lengths(bytes)?;
    let end = LENGTHS + summary + sketch;
    let sum = sum_of_head(bytes, end).ok_or(io::ErrorKind::UnexpectedEof)?;
    if bytes.get(SUM_OF_HEAD..LENGTHS) != Some(&sum) {
        return Err(damaged());
    }
    Ok((part(bytes, LENGTHS, summary)?, part(bytes, LENGTHS + summary, sketch)?))
}

/// Bytes of lengths, summary and sketch together.
///
/// # Errors
/// When these aren't packed bytes.
pub(crate) fn head(bytes: &[u8]) -> io::Result<usize> {
    let (summary, sketch) = lengths(bytes)?;
    Ok(LENGTHS + summary + sketch)
}

/// Reads the summary.
///
/// # Errors
/// When these aren't packed bytes.
pub(crate) fn summary(bytes: &[u8]) -> io::Result<Summary> {
    Summary::try_from_slice(checked(bytes)?.0)
}

/// Reads the contribution to the table of repeated blocks. The document need not be there.
///
/// # Errors
/// When these aren't packed bytes.
pub(crate) fn sketch(bytes: &[u8]) -> io::Result<Sketch> {
    Sketch::try_from_slice(checked(bytes)?.1)
}

/// Reads the document, or why there is none.
///
/// # Errors
/// When these aren't packed bytes.
pub(crate) fn document(bytes: &[u8]) -> io::Result<Result<Document, Error>> {
    if let Err(error) = summary(bytes)?.outcome {
        return Ok(Err(error));
    }
    let rest = bytes.get(head(bytes)?..).ok_or(io::ErrorKind::UnexpectedEof)?;
    if bytes.get(8..SUM_OF_HEAD) != Some(&checksum(rest)) {
        return Err(damaged());
    }
    Document::try_from_slice(rest).map(Ok)
}

/// Reads the document, or why there is none, and the contribution to the table of repeated blocks, from a stream.
///
/// # Errors
/// When these aren't packed bytes.
pub(crate) fn whole(input: &mut impl Read) -> io::Result<(Result<Document, Error>, Sketch)> {
    let before = <[u8; LENGTHS]>::deserialize_reader(input)?;
    let bytes = head(&before)? - LENGTHS;
    let mut first = before.to_vec();
    length_prefixed::append(&mut *input, bytes as u64, &mut first)?;
    let (summary, sketch) = checked(&first)?;
    let (summary, sketch) = (Summary::try_from_slice(summary)?, Sketch::try_from_slice(sketch)?);
    drop(first);
    let mut input = HashingReader::new(input);
    let outcome = match summary.outcome {
        Ok(_) => Ok(Document::deserialize_reader(&mut input)?),
        Err(error) => Err(error),
    };
    if input.read(&mut [0])? > 0 || before.get(8..SUM_OF_HEAD) != Some(&input.part()) {
        return Err(damaged());
    }
    Ok((outcome, sketch))
}

fn lengths(bytes: &[u8]) -> io::Result<(usize, usize)> {
    let length = |at: usize| {
        let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(io::ErrorKind::UnexpectedEof)?;
        usize::try_from(u32::from_le_bytes(*bytes)).map_err(io::Error::other)
    };
    Ok((length(0)?, length(4)?))
}

fn part(bytes: &[u8], from: usize, length: usize) -> io::Result<&[u8]> {
    bytes.get(from..from + length).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanad_document::Page;

    #[test]
    fn each_part_is_read_without_the_others() {
        let page = "<title>A</title><link rel=canonical href=/a><p>Some words of a page.<p>Others in another line.";
        let url = Some("https://a.example/b");
        let read = sanad_extract::extract(page.as_bytes(), &Page { url, ..Page::default() }).map_err(Error::from);
        let packed = pack(&Parsed::of(read.clone(), url)).unwrap();
        assert_eq!(summary(&packed).unwrap().canonical.declared.as_deref(), Some("https://a.example/a"));
        let document = read.unwrap();
        assert_eq!(whole(&mut packed.as_slice()).unwrap(), (Ok(document.clone()), Sketch::of(&document)));
        assert_eq!(sketch(&packed[..head(&packed).unwrap()]).unwrap(), Sketch::of(&document));
        assert_eq!(super::document(&packed).unwrap().unwrap(), document);
    }

    #[test]
    fn a_failure_is_packed_too() {
        let failed = Err(Error::from(sanad_decode::Error::Empty));
        let packed = pack(&Parsed::of(failed.clone(), None)).unwrap();
        assert_eq!(document(&packed).unwrap(), failed);
        assert_eq!(sketch(&packed).unwrap(), Sketch::default());
    }

    #[test]
    fn no_changed_byte_is_read() {
        let read = sanad_extract::extract(b"<title>A</title><p>Some words", &Page::default()).map_err(Error::from);
        let packed = pack(&Parsed::of(read, None)).unwrap();
        let end = head(&packed).unwrap();
        for at in 0..packed.len() {
            let mut bytes = packed.clone();
            bytes[at] ^= 1;
            assert!(whole(&mut bytes.as_slice()).is_err(), "byte {at}");
            assert_eq!(summary(&bytes).is_err(), at < end, "byte {at}");
            assert_eq!(sketch(&bytes).is_err(), at < end, "byte {at}");
            assert!(document(&bytes).is_err(), "byte {at}");
        }
    }

    #[test]
    fn torn_bytes_are_an_error() {
        let read = sanad_extract::extract(b"<p>Some words", &Page::default()).map_err(Error::from);
        let packed = pack(&Parsed::of(read, None)).unwrap();
        for end in 0..packed.len() {
            assert!(document(&packed[..end]).is_err(), "cut after {end} bytes");
            assert!(whole(&mut &packed[..end]).is_err(), "cut after {end} bytes");
        }
    }
}
