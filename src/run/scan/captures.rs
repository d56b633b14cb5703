//! Reads the captures under the raw folder one after another: archives, and plain files with an optional sidecar.

use super::capture_index::{CaptureIndex, Known, Stamp};
use crate::captures::{is_own_file, sidecars};
use crate::error::Error;
use crate::log::event::Input;
use crate::log::places::{FilePlaces, Places};
use crate::run::scan::capture_entry::CaptureEntry;
use sanad_document::{Capture, Place, digest};
use sanad_warc::{Entry, Format};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

/// The sidecar of a plain file: `<name>.json` beside it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sidecar {
    url: Option<String>,
    status: Option<u16>,
    headers: BTreeMap<String, String>,
    #[serde(alias = "date")]
    fetched_at: Option<String>,
}

/// An iterator over the captures of all files. The digests of whole files are complete when it has ended.
pub(crate) struct Captures<'a> {
    raw: &'a Path,
    files: std::vec::IntoIter<Input>,
    open: Option<Open>,
    max_body: u64,
    /// `sha256:` digest of each file read, by its path under the raw folder.
    digests: &'a std::sync::Mutex<BTreeMap<String, String>>,
    before: CaptureIndex,
    places: Option<&'a Places>,
    /// Returns true if a capture whose body wasn't read needs no further work.
    is_done: Box<dyn Fn(&Capture) -> bool + Send + 'a>,
}

/// The current file.
enum Open {
    /// With a capture that names nothing but the file.
    Archive(Box<sanad_warc::Reader>, Capture, Option<FilePlaces>),
    Plain(Option<CaptureEntry>, Vec<(String, String)>),
    Known(Known),
}

impl<'a> Captures<'a> {
    pub(crate) fn new(
        raw: &'a Path,
        files: Vec<Input>,
        max_body: u64,
        digests: &'a std::sync::Mutex<BTreeMap<String, String>>,
    ) -> Self {
        let (before, is_done) = (CaptureIndex::nothing(), Box::new(|_: &Capture| false));
        Self { raw, files: files.into_iter(), open: None, max_body, digests, before, places: None, is_done }
    }

    /// Captures of compacted files have the place where they were first read.
    pub(crate) fn at_first_places(self, places: &'a Places) -> Self {
        Self { places: Some(places), ..self }
    }

    /// Skips files that an earlier run has read, as recorded in the state folder, if all their captures are done.
    /// Those captures come without bodies.
    pub(crate) fn without_those_done(self, state: &Path, is_done: impl Fn(&Capture) -> bool + Send + 'a) -> Self {
        Self { before: CaptureIndex::open(state), is_done: Box::new(is_done), ..self }
    }

    fn begin(&mut self, input: &Input) -> Result<Open, Box<CaptureEntry>> {
        let path = self.raw.join(&input.file);
        let paths: Vec<PathBuf> = [path.clone()].into_iter().chain(sidecars(&path)).collect();
        let stamp = Stamp::of(paths.iter().map(PathBuf::as_path));
        if let Some(known) = self.before.begin(&input.file, stamp, self.max_body, &*self.is_done) {
            return Ok(Open::Known(known));
        }
        let place = Place { file: input.file.clone(), ..Place::default() };
        let nowhere = Capture { place, ..Capture::default() };
        let format = match sanad_warc::format_of(&path) {
            Ok(format) => format,
            Err(error) => return Err(Box::new(CaptureEntry::Faulty(nowhere, Error::io(&path, "read", &error)))),
        };
        if format == Format::Index {
            let message = "it is an index of captures (CDX), which holds none itself; put the archives that it names \
                           into this folder";
            let digest = digest::file_digest(&path).unwrap_or_default();
            let entry = CaptureEntry::NoCaptures(nowhere, message.to_owned());
            return Ok(Open::Plain(Some(entry), vec![(input.file.clone(), digest)]));
        }
        if !format.is_archive() {
            let (taken, digests) = self.plain(input);
            return Ok(Open::Plain(Some(taken), digests));
        }
        match sanad_warc::Reader::open(&path, &input.file, self.max_body) {
            Ok(reader) => {
                let places = self.places.and_then(|places| places.file(&input.file)).cloned();
                Ok(Open::Archive(Box::new(reader), nowhere, places))
            }
            Err(error) => {
                let digest = digest::file_digest(&path).unwrap_or_default();
                let entry = CaptureEntry::Faulty(nowhere, error.into());
                Ok(Open::Plain(Some(entry), vec![(input.file.clone(), digest)]))
            }
        }
    }

    fn end(&mut self, open: Open) {
        let digests = match open {
            Open::Archive(reader, ..) => reader.finish().ok().into_iter().collect(),
            Open::Plain(_, digests) => digests,
            Open::Known(known) => known.digests,
        };
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).extend(digests.iter().cloned());
        self.before.end(digests);
    }

    /// Returns a plain file as a capture, and the digests of the file and its sidecars.
    fn plain(&self, input: &Input) -> (CaptureEntry, Vec<(String, String)>) {
        let path = self.raw.join(&input.file);
        let mut digests = Vec::new();
        for beside in sidecars(&path).iter().filter(|p| is_own_file(p)) {
            let name = beside.strip_prefix(self.raw).unwrap_or(beside).to_string_lossy().replace('\\', "/");
            digests.push((name, digest::file_digest(beside).unwrap_or_default()));
        }
        let (mut capture, fault) = match sidecar(&path) {
            Ok(sidecar) => (of_sidecar(sidecar, &input.file), None),
            Err(error) => (of_sidecar(Sidecar::default(), &input.file), Some(error)),
        };
        let fault = fault.or_else(|| {
            let too_large = sanad_warc::Fault::TooLarge { size: input.bytes, limit: self.max_body };
            (input.bytes > self.max_body).then(|| Error::Warc {
                file: input.file.clone(),
                offset: 0,
                passed: 0,
                problem: too_large,
            })
        });
        let read = match fault {
            Some(error) => Err(error),
            None => std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e)),
        };
        capture.digest = match &read {
            Ok(body) => digest::sha256(body),
            Err(_) => digest::file_digest(&path).unwrap_or_default(),
        };
        digests.push((input.file.clone(), capture.digest.clone()));
        let taken = match read {
            Ok(body) => CaptureEntry::Capture(Capture { body, ..capture }),
            Err(error) => CaptureEntry::Faulty(capture, error),
        };
        (taken, digests)
    }
}

impl Open {
    fn next(&mut self) -> Option<CaptureEntry> {
        match self {
            Self::Plain(taken, _) => taken.take(),
            Self::Known(known) => known.next(),
            Self::Archive(reader, nowhere, places) => reader.next_entry().map(|entry| {
                let first = |capture| at_first_place(capture, places.as_ref());
                match entry {
                    Entry::Capture(capture) => CaptureEntry::Capture(first(capture)),
                    Entry::Faulty(capture, error) => {
                        let capture = first(capture);
                        let error = at_offset(error, capture.place.offset);
                        CaptureEntry::Faulty(capture, error.into())
                    }
                    Entry::Revisit(capture) => CaptureEntry::Revisit(first(capture)),
                    Entry::Broken(error) => CaptureEntry::Faulty(at_break(&error), error.into()),
                    Entry::NoCaptures(message) => CaptureEntry::NoCaptures(nowhere.clone(), message.to_owned()),
                }
            }),
        }
    }
}

impl Iterator for Captures<'_> {
    type Item = CaptureEntry;

    fn next(&mut self) -> Option<CaptureEntry> {
        loop {
            if let Some(mut open) = self.open.take() {
                if let Some(taken) = open.next().map(CaptureEntry::masked) {
                    self.before.take(&taken);
                    self.open = Some(open);
                    return Some(taken);
                }
                self.end(open);
            }
            let Some(input) = self.files.next() else {
                self.before.finish();
                return None;
            };
            match self.begin(&input) {
                Ok(open) => self.open = Some(open),
                Err(taken) => return Some(*taken),
            }
        }
    }
}

/// A capture with the place where it was first read.
fn at_first_place(mut capture: Capture, places: Option<&FilePlaces>) -> Capture {
    if let Some(places) = places {
        capture.place.offset = places.first(capture.place.offset, &capture.place.record_id);
    }
    capture
}

/// An error of the record that was first read at this offset in bytes.
fn at_offset(error: sanad_warc::Error, offset: u64) -> sanad_warc::Error {
    match error {
        sanad_warc::Error::Record { file, passed, problem, .. } => {
            sanad_warc::Error::Record { file, offset, passed, problem }
        }
        error @ sanad_warc::Error::Io { .. } => error,
    }
}

/// Stands in for the unreadable capture at a break in an archive.
fn at_break(error: &sanad_warc::Error) -> Capture {
    let place = match error {
        sanad_warc::Error::Record { file, offset, .. } => {
            Place { file: file.clone(), offset: *offset, ..Place::default() }
        }
        sanad_warc::Error::Io { .. } => Place::default(),
    };
    Capture { place, ..Capture::default() }
}

fn sidecar(path: &Path) -> Result<Sidecar, Error> {
    let beside = sidecars(path);
    let Some(found) = beside.iter().find(|p| is_own_file(p)) else { return Ok(Sidecar::default()) };
    let text = std::fs::read_to_string(found).map_err(|e| Error::io(found, "read", &e))?;
    serde_json::from_str(&text).map_err(|e| Error::io(found, "understand", &e.into()))
}

fn of_sidecar(sidecar: Sidecar, file: &str) -> Capture {
    Capture {
        url: sidecar.url.unwrap_or_else(|| format!("file:///{file}")),
        fetched_at: sidecar.fetched_at.unwrap_or_default(),
        status: sidecar.status,
        headers: sidecar.headers.into_iter().collect(),
        place: Place { file: file.to_owned(), ..Place::default() },
        ..Capture::default()
    }
}
