//! Remembers the captures of each capture file, so that an unchanged file isn't read again as long as none of its
//! captures has to be parsed.
//!
//! This is a cache, never evidence: it can be deleted, and `sanad verify` reads every byte whatever it says.

use super::capture_entry::CaptureEntry;
use crate::error::Error;
use crate::run::options::BUILD;
use crate::storage::byte_range::ByteRange;
use crate::storage::checksum::tell;
use crate::storage::record_file::{Each, RecordFile, RecordFileWriter};
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{Capture, DOCUMENT_HEADERS};
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file modified less than this long before it was read may be modified again within the same tick of the file
/// system's clock, so its stamp proves nothing.
const SETTLED: Duration = Duration::from_secs(2);

/// Headers that decide how a body is decoded. Beside them only those are kept that say something of the document.
const HEADERS: [&str; 3] = ["Content-Type", "Content-Encoding", "Transfer-Encoding"];

/// Identifies the state of an input: for each of its files the length, the modification time and the inode.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Stamp(Vec<Option<FileStamp>>);

#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct FileStamp {
    bytes: u64,
    /// Seconds and nanoseconds since 1970.
    modified: (u64, u32),
    /// Change time in nanoseconds since 1970, or zero if the system has none.
    changed: i64,
    number: u64,
}

impl Stamp {
    /// Returns the stamp of these files.
    pub(super) fn of<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        Self(paths.into_iter().map(of_file).collect())
    }
}

fn of_file(path: &Path) -> Option<FileStamp> {
    let metadata = std::fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    #[cfg(unix)]
    let (changed, number) = {
        use std::os::unix::fs::MetadataExt;
        (metadata.ctime().wrapping_mul(1_000_000_000).wrapping_add(metadata.ctime_nsec()), metadata.ino())
    };
    #[cfg(not(unix))]
    let (changed, number) = (0, 0);
    let modified = (modified.as_secs(), modified.subsec_nanos());
    Some(FileStamp { bytes: metadata.len(), modified, changed, number })
}

#[derive(BorshSerialize, BorshDeserialize)]
enum Frame {
    /// Digest of the build that wrote the index; the first frame.
    Engine(String),
    /// A file begins.
    File {
        name: String,
        stamp: Stamp,
        max_body: u64,
    },
    Capture(Capture),
    Faulty(Capture, Error),
    Revisit(Capture),
    NoCaptures(Capture, String),
    /// The file ends, with the digests of the input's files.
    End(Vec<(String, String)>),
}

/// The index of the last run, read in order, and the index that this run writes.
pub(crate) struct CaptureIndex {
    path: PathBuf,
    before: Option<Peekable<Each<Frame>>>,
    now: Option<RecordFileWriter<Frame>>,
    /// Whether the current file is written to the new index.
    is_noting: bool,
    /// A file modified after this time is too new to be recognised by its stamp.
    settled: SystemTime,
}

/// The captures of an unchanged file, read from the index.
pub(crate) struct Known {
    frames: Each<Frame>,
    pub(super) digests: Vec<(String, String)>,
}

impl CaptureIndex {
    /// Opens the index in the state folder. It is empty if the file can't be read or another build wrote it.
    pub(super) fn open(state: &Path) -> Self {
        let path = state.join("inputs.pack");
        let mut before = RecordFile::at(path.clone()).each().ok().map(Each::peekable);
        let first = before.as_mut().and_then(Iterator::next);
        if matches!(first, Some(Err(_))) {
            tell(&path);
        }
        if !matches!(first, Some(Ok((_, Frame::Engine(engine)))) if engine == BUILD) {
            before = None;
        }
        let mut now = RecordFileWriter::begin(state, "inputs.new").ok();
        // Taken from the file system's own clock, which may be another machine's.
        let made = std::fs::metadata(state.join("inputs.new")).and_then(|m| m.modified()).unwrap_or(UNIX_EPOCH);
        let settled = made.checked_sub(SETTLED).unwrap_or(UNIX_EPOCH);
        if now.as_mut().is_some_and(|now| now.add(&Frame::Engine(BUILD.to_owned())).is_err()) {
            now = None;
        }
        Self { path, before, now, is_noting: false, settled }
    }

    /// An index that knows nothing and records nothing.
    pub(super) fn nothing() -> Self {
        Self { path: PathBuf::new(), before: None, now: None, is_noting: false, settled: UNIX_EPOCH }
    }

    /// Begins a file. Returns its captures if the file is unchanged and none of them has to be parsed. Files must come
    /// in the order of their names.
    pub(super) fn begin(
        &mut self,
        name: &str,
        stamp: Stamp,
        max_body: u64,
        is_done: &dyn Fn(&Capture) -> bool,
    ) -> Option<Known> {
        let known = self.find(name, (&stamp, max_body)).and_then(|start| self.scan(start, is_done));
        let newest = stamp.0.iter().flatten().map(|f| UNIX_EPOCH + Duration::new(f.modified.0, f.modified.1)).max();
        self.is_noting = newest.is_some_and(|newest| newest < self.settled);
        self.note(&Frame::File { name: name.to_owned(), stamp, max_body });
        known
    }

    /// Returns where the file's frames begin, or none if its stamp differs or it isn't in the index.
    fn find(&mut self, name: &str, as_it_is: (&Stamp, u64)) -> Option<ByteRange> {
        let before = self.before.as_mut()?;
        loop {
            let next = before.peek()?.as_ref().inspect_err(|_| tell(&self.path)).ok()?;
            match &next.1 {
                Frame::File { name: other, .. } if other.as_str() > name => return None,
                Frame::File { name: other, stamp, max_body } if other == name => {
                    let found = ((stamp, *max_body) == as_it_is).then_some(next.0);
                    before.next();
                    return found;
                }
                _ => drop(before.next()),
            }
        }
    }

    /// Reads the file's frames and returns its captures, or none if one of them has to be parsed.
    fn scan(&mut self, start: ByteRange, is_done: &dyn Fn(&Capture) -> bool) -> Option<Known> {
        let before = self.before.as_mut()?;
        loop {
            match before.next()?.inspect_err(|_| tell(&self.path)).ok()?.1 {
                Frame::Capture(capture) if !is_done(&capture) => return None,
                Frame::End(digests) => {
                    let frames = RecordFile::at(self.path.clone()).each_after(start).ok()?;
                    return Some(Known { frames, digests });
                }
                Frame::File { .. } | Frame::Engine(_) => return None,
                Frame::Capture(_) | Frame::Faulty(..) | Frame::Revisit(_) | Frame::NoCaptures(..) => {}
            }
        }
    }

    /// Records a capture of the current file.
    pub(super) fn take(&mut self, taken: &CaptureEntry) {
        if !self.is_noting {
            return;
        }
        self.note(&match taken {
            CaptureEntry::Capture(capture) => Frame::Capture(light(capture)),
            CaptureEntry::Faulty(capture, error) => Frame::Faulty(light(capture), error.clone()),
            CaptureEntry::Revisit(capture) => Frame::Revisit(light(capture)),
            CaptureEntry::NoCaptures(capture, message) => Frame::NoCaptures(light(capture), message.clone()),
        });
    }

    /// Ends the current file.
    pub(super) fn end(&mut self, digests: Vec<(String, String)>) {
        self.note(&Frame::End(digests));
        self.is_noting = false;
    }

    /// Puts the new index in place for the next run.
    pub(super) fn finish(&mut self) {
        let Some(stored) = self.now.take().and_then(|now| now.finish().ok()) else { return };
        // Without the index the next run reads more than it must; its results are the same.
        if let Err(error) = std::fs::rename(stored.path(), &self.path) {
            tracing::warn!(%error, "what was read of the captures can't be noted");
        }
    }

    fn note(&mut self, frame: &Frame) {
        if self.is_noting && self.now.as_mut().is_some_and(|now| now.add(frame).is_err()) {
            // The disk is full. Whatever stops the run because of it will say so.
            self.now = None;
        }
    }
}

/// A capture without its body, and with those headers alone that decide how a body is decoded.
fn light(capture: &Capture) -> Capture {
    let kept = || HEADERS.iter().chain(&DOCUMENT_HEADERS);
    let is_kept = |(name, _): &&(String, String)| kept().any(|kept| name.eq_ignore_ascii_case(kept));
    Capture {
        url: capture.url.clone(),
        fetched_at: capture.fetched_at.clone(),
        status: capture.status,
        headers: capture.headers.iter().filter(is_kept).cloned().collect(),
        body: Vec::new(),
        place: capture.place.clone(),
        digest: capture.digest.clone(),
        reconstructed: capture.reconstructed,
        rehearsal: capture.rehearsal,
        pinned: capture.pinned.clone(),
        flaws: capture.flaws.clone(),
        payload_digest: capture.payload_digest.clone(),
        refers_to: capture.refers_to.clone(),
    }
}

impl Iterator for Known {
    type Item = CaptureEntry;

    fn next(&mut self) -> Option<CaptureEntry> {
        match self.frames.next()?.ok()?.1 {
            Frame::Capture(capture) => Some(CaptureEntry::Capture(capture)),
            Frame::Faulty(capture, error) => Some(CaptureEntry::Faulty(capture, error)),
            Frame::Revisit(capture) => Some(CaptureEntry::Revisit(capture)),
            Frame::NoCaptures(capture, message) => Some(CaptureEntry::NoCaptures(capture, message)),
            Frame::End(_) | Frame::File { .. } | Frame::Engine(_) => None,
        }
    }
}
