//! What was read of the capture files in earlier runs: a file that is as it was isn't read again, as long as nothing in it has
//! to be parsed. Never evidence: it can be deleted, and `sanad verify` reads every byte whatever stands here.

use super::taken::CaptureEntry;
use crate::error::Error;
use crate::run::options::BUILD;
use crate::storage::byte_range::ByteRange;
use crate::storage::record_file::{Each, RecordFile, RecordFileWriter};
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::Capture;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file that was changed so shortly before it was read may have been changed again within the same tick of the file
/// system's clock.
const SETTLED: Duration = Duration::from_secs(2);

/// Headers that say what is to be made of a body.
const HEADERS: [&str; 2] = ["Content-Type", "Content-Encoding"];

/// What tells that a file is as it was, as far as the file system knows: for each file that belongs to an input, its length,
/// when it was changed, and its number.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Stamp(Vec<Option<FileStamp>>);

#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct FileStamp {
    bytes: u64,
    /// Seconds and nanoseconds since 1970.
    modified: (u64, u32),
    /// Nanoseconds since 1970; zero where the system doesn't say.
    changed: i64,
    number: u64,
}

impl Stamp {
    /// The stamp of these files.
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
    /// The build, first of all.
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
    /// The file ends: the digests of what belongs to it.
    End(Vec<(String, String)>),
}

/// What earlier runs read, and what this one reads.
pub(crate) struct CaptureIndex {
    path: PathBuf,
    before: Option<Peekable<Each<Frame>>>,
    now: Option<RecordFileWriter<Frame>>,
    /// Whether the file that is being noted is worth it.
    is_noting: bool,
    /// Files changed after this are too new to be known by their stamps.
    settled: SystemTime,
}

/// A file that is as it was.
pub(crate) struct Known {
    frames: Each<Frame>,
    pub(super) digests: Vec<(String, String)>,
}

impl CaptureIndex {
    /// Opens what stands in the state folder; nothing when it can't be read or another build wrote it.
    pub(super) fn open(state: &Path) -> Self {
        let path = state.join("inputs.pack");
        let mut before = RecordFile::at(path.clone()).each().ok().map(Each::peekable);
        let first = before.as_mut().and_then(Iterator::next);
        if !matches!(first, Some(Ok((_, Frame::Engine(engine)))) if engine == BUILD) {
            before = None;
        }
        let mut now = RecordFileWriter::begin(state, "inputs.new").ok();
        // The file system's own clock, which may be another machine's.
        let made = std::fs::metadata(state.join("inputs.new")).and_then(|m| m.modified()).unwrap_or(UNIX_EPOCH);
        let settled = made.checked_sub(SETTLED).unwrap_or(UNIX_EPOCH);
        if now.as_mut().is_some_and(|now| now.add(&Frame::Engine(BUILD.to_owned())).is_err()) {
            now = None;
        }
        Self { path, before, now, is_noting: false, settled }
    }

    /// Nothing is known and nothing is noted.
    pub(super) fn nothing() -> Self {
        Self { path: PathBuf::new(), before: None, now: None, is_noting: false, settled: UNIX_EPOCH }
    }

    /// Begins with a file. When it is as it was, and nothing in it has to be read, gives what it held; files must come in the
    /// order of their names.
    pub(super) fn begin(
        &mut self,
        (name, stamp, max_body): (&str, Stamp, u64),
        is_done: &dyn Fn(&Capture) -> bool,
    ) -> Option<Known> {
        let known = self.find(name, (&stamp, max_body)).and_then(|start| self.scan(start, is_done));
        let newest = stamp.0.iter().flatten().map(|f| UNIX_EPOCH + Duration::new(f.modified.0, f.modified.1)).max();
        self.is_noting = newest.is_some_and(|newest| newest < self.settled);
        self.note(&Frame::File { name: name.to_owned(), stamp, max_body });
        known
    }

    /// Goes to a file's frames; none when it isn't known as it is.
    fn find(&mut self, name: &str, as_it_is: (&Stamp, u64)) -> Option<ByteRange> {
        let before = self.before.as_mut()?;
        loop {
            let next = before.peek()?.as_ref().ok()?;
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

    /// Looks whether anything in the file has to be read.
    fn scan(&mut self, start: ByteRange, is_done: &dyn Fn(&Capture) -> bool) -> Option<Known> {
        let before = self.before.as_mut()?;
        loop {
            match before.next()?.ok()?.1 {
                Frame::Capture(capture) if !is_done(&capture) => return None,
                Frame::End(digests) => {
                    let frames = RecordFile::at(self.path.clone()).each_after(start).ok()?;
                    return Some(Known { frames, digests });
                }
                Frame::File { .. } | Frame::Engine(_) => return None,
                Frame::Capture(_) | Frame::Faulty(..) | Frame::Revisit(_) => {}
            }
        }
    }

    /// Notes what the file held next.
    pub(super) fn take(&mut self, taken: &CaptureEntry) {
        if !self.is_noting {
            return;
        }
        self.note(&match taken {
            CaptureEntry::Capture(capture) => Frame::Capture(light(capture)),
            CaptureEntry::Faulty(capture, error) => Frame::Faulty(light(capture), error.clone()),
            CaptureEntry::Revisit(capture) => Frame::Revisit(light(capture)),
        });
    }

    /// The file has ended.
    pub(super) fn end(&mut self, digests: Vec<(String, String)>) {
        self.note(&Frame::End(digests));
        self.is_noting = false;
    }

    /// All files have been read: the next run knows them.
    pub(super) fn finish(&mut self) {
        let Some(stored) = self.now.take().and_then(|now| now.finish().ok()) else { return };
        // Without it the next run reads more than it must, and does nothing else differently.
        if let Err(error) = std::fs::rename(stored.path(), &self.path) {
            tracing::warn!(%error, "what was read of the captures can't be noted");
        }
    }

    fn note(&mut self, frame: &Frame) {
        if self.is_noting && self.now.as_mut().is_some_and(|now| now.add(frame).is_err()) {
            // A full disk: whatever stops the run will say so.
            self.now = None;
        }
    }
}

/// A capture without its body and without the headers that nobody asks for.
fn light(capture: &Capture) -> Capture {
    let header = |name: &str| capture.header(name).map(|value| (name.to_owned(), value.to_owned()));
    Capture {
        url: capture.url.clone(),
        fetched_at: capture.fetched_at.clone(),
        status: capture.status,
        headers: HEADERS.iter().filter_map(|name| header(name)).collect(),
        body: Vec::new(),
        place: capture.place.clone(),
        digest: capture.digest.clone(),
        reconstructed: capture.reconstructed,
        pinned: capture.pinned.clone(),
    }
}

impl Iterator for Known {
    type Item = CaptureEntry;

    fn next(&mut self) -> Option<CaptureEntry> {
        match self.frames.next()?.ok()?.1 {
            Frame::Capture(capture) => Some(CaptureEntry::Capture(capture)),
            Frame::Faulty(capture, error) => Some(CaptureEntry::Faulty(capture, error)),
            Frame::Revisit(capture) => Some(CaptureEntry::Revisit(capture)),
            Frame::End(_) | Frame::File { .. } | Frame::Engine(_) => None,
        }
    }
}
