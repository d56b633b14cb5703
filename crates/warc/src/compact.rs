//! Copies an archive without the captures that nothing needs any more.
//!
//! What stays is copied byte for byte: gzip member for member, zstd frame for frame, plain record for record. So only
//! archives that consist of such pieces can be compacted. Which captures are needed is the caller's to say.

use crate::format::{Format, sniff};
use crate::input::{Codec, SourceFile};
use crate::records::{Header, Records};
use crate::stream::Framing;
use crate::{Entry, Error, Reader, zstd};
use sanad_document::{Capture, Place};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why an archive can't be compacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It isn't a WARC file, but a package of archives, an ARC file or no archive at all.
    Format,
    /// It is compressed as one piece.
    OnePiece,
    /// Something in it can't be read.
    Damaged,
    /// The copy wouldn't read back as what was to stay.
    Unfaithful,
}

impl Refusal {
    /// The reason in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Format => "only WARC files can be compacted",
            Self::OnePiece => "the file is compressed as one piece",
            Self::Damaged => "something in the file can't be read",
            Self::Unfaithful => "a copy of the file without some of its records would read differently",
        }
    }
}

/// A capture that stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// Its offset before, in bytes, as the reader reports it.
    pub from: u64,
    /// Its `WARC-Record-ID` without brackets.
    pub record_id: String,
    /// Its offset in the compacted file, in bytes.
    pub to: u64,
}

/// An archive of which a part can go.
#[derive(Debug)]
pub struct Compaction {
    path: PathBuf,
    /// The bytes that stay.
    pieces: Vec<Range<u64>>,
    /// Offset and id of the captures that stay.
    kept: BTreeSet<(u64, String)>,
    /// Captures that go.
    removed: u64,
    /// Bytes that go.
    removed_bytes: u64,
}

/// What can be read by itself: a member with its records, or a plain record.
struct Unit {
    /// Offset in bytes, as the reader reports it.
    start: u64,
    records: Range<usize>,
}

struct Contents {
    units: Vec<Unit>,
    records: Vec<Record>,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Info,
    Capture,
    /// Something about a capture: a request, metadata, a further segment.
    Companion,
}

struct Record {
    kind: Kind,
    id: String,
    /// Ids of the records that it belongs to.
    links: Vec<String>,
}

impl Record {
    fn of(header: &Header) -> Self {
        let kind = match header.field("WARC-Type").to_ascii_lowercase().as_str() {
            "warcinfo" => Kind::Info,
            "response" | "resource" | "revisit" => Kind::Capture,
            _ => Kind::Companion,
        };
        let is_link = |name: &str| {
            // A revisit refers to an earlier capture, which isn't part of it.
            let refers = kind == Kind::Companion && name.eq_ignore_ascii_case("WARC-Refers-To");
            refers || ["WARC-Concurrent-To", "WARC-Segment-Origin-ID"].iter().any(|n| name.eq_ignore_ascii_case(n))
        };
        let links = header.fields.iter().filter(|(name, _)| is_link(name));
        let links = links.map(|(_, value)| value.trim_matches(['<', '>']).to_owned()).collect();
        Self { kind, id: header.bare("WARC-Record-ID"), links }
    }
}

impl Compaction {
    /// Finds out what stays of an archive: its `warcinfo` records, the captures for which `is_needed` returns true, given
    /// their offset in bytes and record id, what belongs to them, and what belongs to no capture in the file. Captures in
    /// one member stay or go together.
    ///
    /// # Errors
    /// [`Error::Io`] if the file can't be read.
    pub fn plan(path: &Path, is_needed: impl Fn(u64, &str) -> bool) -> Result<Result<Self, Refusal>, Error> {
        let fault = |e: io::Error| Error::io(path, "read", &e);
        let sniffed = sniff(path).map_err(fault)?;
        if sniffed.format != Format::Warc || sniffed.framing() != Framing::Warc {
            return Ok(Err(Refusal::Format));
        }
        let Some(Contents { units, records }) = contents(path)? else { return Ok(Err(Refusal::Damaged)) };
        if units.len() == 1 && !matches!(sniffed.codec, Codec::Plain) && records.len() > 1 {
            return Ok(Err(Refusal::OnePiece));
        }
        let mut input = SourceFile::open(path, (0, u64::MAX), 0).map_err(fault)?;
        let end = input.left();
        let first = units.first().map_or(0, |unit| unit.start);
        // A dictionary stands before the first frame, whose offset is then that of the file.
        let head = if matches!(sniffed.codec, Codec::Zstd(_)) {
            zstd::skip_skippable(&mut input).map_err(fault)?;
            input.offset().max(first)
        } else {
            first
        };
        let stays = stays(&units, &records, is_needed);
        let mut plan = Self {
            path: path.to_owned(),
            pieces: std::iter::once(0..head).filter(|piece| !piece.is_empty()).collect(),
            kept: BTreeSet::new(),
            removed: 0,
            removed_bytes: 0,
        };
        for (at, (unit, stays)) in units.iter().zip(stays).enumerate() {
            let piece = unit.start.max(head)..units.get(at + 1).map_or(end, |next| next.start);
            let captures = records.get(unit.records.clone()).unwrap_or_default().iter();
            let captures = captures.filter(|record| record.kind == Kind::Capture);
            if stays {
                plan.kept.extend(captures.map(|record| (unit.start, record.id.clone())));
                plan.pieces.push(piece);
            } else {
                plan.removed += captures.count() as u64;
                plan.removed_bytes += piece.end - piece.start;
            }
        }
        Ok(Ok(plan))
    }

    /// Number of captures that go.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.removed
    }

    /// Number of bytes that go.
    #[must_use]
    pub fn removed_bytes(&self) -> u64 {
        self.removed_bytes
    }

    /// Writes what stays to the file `to` and reads it back. Returns the captures in it, in the order of reading.
    ///
    /// # Errors
    /// [`Error::Io`] if a file can't be read or written.
    pub fn write(&self, to: &Path) -> Result<Result<Vec<Moved>, Refusal>, Error> {
        let (reading, writing) =
            (|e: io::Error| Error::io(&self.path, "read", &e), |e: io::Error| Error::io(to, "write", &e));
        let mut input = BufReader::new(File::open(&self.path).map_err(reading)?);
        let mut output = File::create(to).map_err(writing)?;
        for piece in &self.pieces {
            input.seek(SeekFrom::Start(piece.start)).map_err(reading)?;
            io::copy(&mut input.by_ref().take(piece.end - piece.start), &mut output).map_err(writing)?;
        }
        output.flush().and_then(|()| output.sync_all()).map_err(writing)?;
        self.read_back(to)
    }

    /// Compares a copy with what was to stay.
    fn read_back(&self, copy: &Path) -> Result<Result<Vec<Moved>, Refusal>, Error> {
        let (mut old, mut new) = (Reader::open(&self.path, "", u64::MAX)?, Reader::open(copy, "", u64::MAX)?);
        let mut moved = Vec::new();
        while let Some(entry) = old.next_entry() {
            let Some(before) = Content::of(entry) else { return Ok(Err(Refusal::Unfaithful)) };
            if !self.kept.contains(&(before.place.offset, before.place.record_id.clone())) {
                continue;
            }
            let after = new.next_entry().and_then(Content::of);
            let Some(after) = after.filter(|after| after.is_same(&before)) else {
                return Ok(Err(Refusal::Unfaithful));
            };
            let (from, to) = (before.place.offset, after.place.offset);
            moved.push(Moved { from, record_id: before.place.record_id, to });
        }
        let is_whole = new.next_entry().is_none() && moved.len() == self.kept.len();
        Ok(if is_whole { Ok(moved) } else { Err(Refusal::Unfaithful) })
    }
}

/// A capture without its place, and its place.
struct Content {
    capture: Capture,
    is_revisit: bool,
    place: Place,
}

impl Content {
    fn of(entry: Entry) -> Option<Self> {
        let (mut capture, is_revisit) = match entry {
            Entry::Capture(capture) => (capture, false),
            Entry::Revisit(capture) => (capture, true),
            Entry::Faulty(..) | Entry::Broken(_) | Entry::NoCaptures(_) => return None,
        };
        let place = std::mem::take(&mut capture.place);
        Some(Self { capture, is_revisit, place })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.is_revisit == other.is_revisit
            && self.place.record_id == other.place.record_id
            && self.capture == other.capture
    }
}

/// The units and records of an archive in their order. Returns none if something in it can't be read.
fn contents(path: &Path) -> Result<Option<Contents>, Error> {
    let mut reader = Records::open(path, "")?;
    let (mut units, mut records) = (Vec::<Unit>::new(), Vec::new());
    while let Some(header) = reader.next_header() {
        let Ok(header) = header else { return Ok(None) };
        // Passing the record reads its member to the end, which checks it.
        let is_sound = reader.pass(&header, |_| ()).is_ok_and(|flaws| flaws.is_empty());
        if !is_sound {
            return Ok(None);
        }
        records.push(Record::of(&header));
        match units.last_mut().filter(|unit| unit.start == header.offset) {
            Some(unit) => unit.records.end = records.len(),
            None => units.push(Unit { start: header.offset, records: records.len() - 1..records.len() }),
        }
    }
    Ok(Some(Contents { units, records }))
}

/// Which units stay.
fn stays(units: &[Unit], records: &[Record], is_needed: impl Fn(u64, &str) -> bool) -> Vec<bool> {
    let mut unit_of = vec![0; records.len()];
    for (number, unit) in units.iter().enumerate() {
        unit_of.get_mut(unit.records.clone()).unwrap_or_default().fill(number);
    }
    let companions = companions(records);
    let is_capture = |record: usize| records.get(record).is_some_and(|r| r.kind == Kind::Capture);
    // What belongs to no capture stays.
    let of_captures = spread((0..records.len()).filter(|record| is_capture(*record)).collect(), &companions, |_| 0..0);
    let start_of = |record: usize| {
        let unit = unit_of.get(record).and_then(|unit| units.get(*unit));
        unit.map_or(0, |unit| unit.start)
    };
    let is_root = |(number, record): &(usize, &Record)| match record.kind {
        Kind::Info => true,
        Kind::Capture => is_needed(start_of(*number), &record.id),
        Kind::Companion => !of_captures.get(*number).copied().unwrap_or(false),
    };
    let roots = records.iter().enumerate().filter(is_root).map(|(number, _)| number).collect();
    let whole_unit = |record: usize| {
        let unit = unit_of.get(record).and_then(|unit| units.get(*unit));
        unit.map_or(0..0, |unit| unit.records.clone())
    };
    let kept = spread(roots, &companions, whole_unit);
    units.iter().map(|unit| kept.get(unit.records.clone()).is_some_and(|kept| kept.contains(&true))).collect()
}

/// For each record the companions that it is linked with, whichever of the two names the other.
fn companions(records: &[Record]) -> Vec<Vec<usize>> {
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, record) in records.iter().enumerate() {
        by_id.entry(&record.id).or_default().push(number);
    }
    let mut companions = vec![Vec::new(); records.len()];
    let mut link = |from: usize, to: usize| {
        let is_companion = records.get(to).is_some_and(|record| record.kind == Kind::Companion);
        if let Some(found) = companions.get_mut(from).filter(|_| is_companion && from != to) {
            found.push(to);
        }
    };
    for (number, record) in records.iter().enumerate() {
        for other in record.links.iter().filter_map(|id| by_id.get(id.as_str())).flatten() {
            link(number, *other);
            link(*other, number);
        }
    }
    companions
}

/// The records that can be reached from these by links to companions, and by `more` from each record.
fn spread(from: Vec<usize>, companions: &[Vec<usize>], more: impl Fn(usize) -> Range<usize>) -> Vec<bool> {
    let (mut reached, mut left) = (vec![false; companions.len()], from);
    while let Some(record) = left.pop() {
        let Some(mark) = reached.get_mut(record).filter(|mark| !**mark) else { continue };
        *mark = true;
        left.extend(companions.get(record).into_iter().flatten());
        left.extend(more(record));
    }
    reached
}
