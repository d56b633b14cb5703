//! A run's stages once more, from its captures, with the rules of today and the repeats of then.

use super::cache::Cache;
use super::catalogue::{Catalogue, Entry};
use super::first::Workspace;
use super::inputs::{Captures, Taken};
use super::second::{Judged, Pass, Readers, document, take};
use super::tables::{self, Tables};
use super::{Options, Plan, Progress, first, limits_of, source, taken_down};
use crate::config::Config;
use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::{CaptureRead, Ended, Event, Input, RunStarted};
use crate::log::{LOG, read_event};
use crate::ordered::map_in_order;
use sanad_document::{Capture, Document, TextMode};
use sanad_tlog::Reader;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Mutex;

/// What the log says of a run.
#[derive(Default)]
pub(super) struct Told {
    pub(super) started: Option<RunStarted>,
    /// Digest of the table of repeated blocks.
    pub(super) repeats: String,
    /// Captures by the index of their event.
    pub(super) captures: BTreeMap<u64, CaptureRead>,
    /// Outcomes with their events' index and name, by the index of their capture.
    pub(super) ended: BTreeMap<u64, (u64, &'static str, Ended)>,
}

/// The log as far as commands read it.
pub(crate) struct Log {
    pub(crate) reader: Reader,
    pub(crate) size: u64,
}

impl Log {
    /// Opens the log of a results folder.
    ///
    /// # Errors
    /// When there is none, or its checkpoint can't be read.
    pub(crate) fn open(out: &Path) -> Result<Self, Error> {
        let reader = Reader::new(&out.join(LOG));
        let size = reader.size()?;
        if size == 0 {
            let message = format!("{}: no run has been here; `sanad run` makes the first", out.display());
            return Err(Error::Usage { message });
        }
        Ok(Self { reader, size })
    }

    /// Calls for each event from `start` on until it is told to stop.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn each(&self, out: &Path, start: u64, mut take: impl FnMut(u64, Event) -> bool) -> Result<(), Error> {
        let mut index = start;
        while index < self.size {
            let from = usize::try_from(index % 256).unwrap_or(0);
            for entry in self.reader.bundle(index / 256, self.size)?.into_iter().skip(from) {
                if !take(index, read_event(out, &entry)?) {
                    return Ok(());
                }
                index += 1;
            }
        }
        Ok(())
    }

    /// The events of a name before the one of index `end`; the others aren't read.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(super) fn named(&self, out: &Path, name: &str, end: u64) -> Result<Vec<Event>, Error> {
        let mut found = Vec::new();
        // A long event stands elsewhere, and its entry names it all the same.
        let finder = memchr::memmem::Finder::new(name);
        for bundle in 0..end.min(self.size).div_ceil(256) {
            for (entry, _) in self.reader.bundle(bundle, self.size)?.iter().zip(bundle * 256..end) {
                if finder.find(entry).is_some() {
                    let event = read_event(out, entry)?;
                    if event.name() == name {
                        found.push(event);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Calls for each event of the whole log; with it the digest of the file it stands in, where it has one of its own.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(super) fn each_with_file(
        &self,
        out: &Path,
        mut take: impl FnMut(u64, Event, Option<&str>),
    ) -> Result<(), Error> {
        for bundle in 0..self.size.div_ceil(256) {
            for (index, entry) in (bundle * 256..).zip(self.reader.bundle(bundle, self.size)?) {
                let detached = match Event::parse(&entry) {
                    Ok(Event::Detached(detached)) => Some(detached.digest),
                    _ => None,
                };
                take(index, read_event(out, &entry)?, detached.as_deref());
            }
        }
        Ok(())
    }

    /// The runs, with the index of their first event, oldest first.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn runs(&self, out: &Path) -> Result<Vec<(String, u64)>, Error> {
        let mut runs = Vec::new();
        self.each(out, 0, |index, event| {
            if let Event::RunStarted(started) = event {
                runs.push((started.run, index));
            }
            true
        })?;
        Ok(runs)
    }

    /// What is told of the run that begins at `start`; of one document only, when `id` is given.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(super) fn run(&self, out: &Path, start: u64, id: Option<&str>) -> Result<Told, Error> {
        let mut told = Told::default();
        self.each(out, start, |index, event| {
            let name = event.name();
            match event {
                Event::RunStarted(started) => told.started = Some(started),
                Event::RepeatsFrozen(frozen) => told.repeats = frozen.digest,
                Event::CaptureRead(read) => drop(told.captures.insert(index, read)),
                Event::Emitted(e)
                | Event::Unchanged(e)
                | Event::Duplicate(e)
                | Event::Held(e)
                | Event::Quarantined(e)
                | Event::Skipped(e)
                    if id.is_none_or(|id| e.id == id) =>
                {
                    told.ended.insert(e.capture, (index, name, e));
                }
                Event::RunCompleted(_) => return false,
                _ => {}
            }
            true
        })?;
        if id.is_some() {
            let wanted: BTreeSet<u64> = told.ended.keys().copied().collect();
            told.captures.retain(|index, _| wanted.contains(index));
        }
        Ok(told)
    }
}

/// What is done once more.
pub(super) struct Again<'a> {
    pub(super) raw: &'a Path,
    pub(super) out: &'a Path,
    pub(super) config: &'a Config,
    pub(super) program: &'a Path,
    pub(super) jobs: usize,
    /// Whether places in HTML are to have their source lines.
    pub(super) lines: bool,
}

/// Hands on the captures that the log names, no others.
struct Named<'a> {
    captures: Captures<'a>,
    places: &'a HashMap<(String, u64, String), u64>,
}

fn place(capture: &Capture) -> (String, u64, String) {
    (capture.place.file.clone(), capture.place.offset, capture.place.record_id.clone())
}

impl Iterator for Named<'_> {
    type Item = Taken;

    fn next(&mut self) -> Option<Taken> {
        self.captures.find(|taken| {
            let (Taken::Capture(c) | Taken::Faulty(c, _) | Taken::Revisit(c)) = taken;
            self.places.contains_key(&place(c))
        })
    }
}

/// Shows nothing.
struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: Option<u64>) {}
    fn step(&self) {}
    fn end(&self) {}
}

impl Again<'_> {
    /// Every capture of `told` judged again, in the order of source, id and reading, and the document where asked for.
    ///
    /// # Errors
    /// When captures or tables can't be read.
    pub(super) fn judge(
        &self,
        told: &Told,
        mut sink: impl FnMut(Judged, Option<Document>) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let Some(started) = &told.started else { return Ok(()) };
        let path = self.out.join(object_file(&told.repeats));
        tables::check(&path, &told.repeats)?;
        let tables = Tables::open(&path)?;
        let options = self.options(started);
        let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
        let mut cache = Cache::open(folder.path())?;
        let workspace = Workspace { cache: &mut cache, folder: folder.path() };
        let mut catalogue = self.read(told, started, workspace)?;
        source::settle(&mut catalogue, self.config)?;
        let pass = Pass {
            options: &options,
            config: self.config,
            catalogue: &catalogue,
            tables: &tables,
            table: &told.repeats,
            run: &started.run,
            cache: &cache,
            progress: &Silent,
            samples: 0,
        };
        let work = |readers: &mut Readers<'_>, entry: Result<Entry, Error>| {
            let entry = &entry?;
            let seen = readers.seen.read(entry.place)?;
            let judged = take(&pass, readers, (entry, &seen))?;
            let document = if self.lines { document(&pass, readers, entry)? } else { None };
            Ok::<_, Error>((judged, document))
        };
        map_in_order(self.jobs, catalogue.entries()?, (|| pass.readers(), work), |result| {
            result.and_then(|(judged, document)| sink(judged, document))
        })
    }

    fn options(&self, started: &RunStarted) -> Options {
        Options {
            raw: self.raw.to_owned(),
            out: self.out.to_owned(),
            offline: started.offline,
            sources: started.sources.clone(),
            limit: None,
            jobs: self.jobs,
            now: started.at.clone(),
            text: if started.text == "body" { TextMode::Body } else { TextMode::Complete },
            program: self.program.to_owned(),
            keys: sanad_tlog::key::Keys::default(),
        }
    }

    /// The first pass over the captures that the log names, each under the index it had.
    fn read(&self, told: &Told, started: &RunStarted, workspace: Workspace<'_>) -> Result<Catalogue, Error> {
        let places: HashMap<_, u64> =
            told.captures.iter().map(|(i, c)| ((c.file.clone(), c.offset, c.record_id.clone()), *i)).collect();
        let files: BTreeSet<&str> = told.captures.values().map(|c| c.file.as_str()).collect();
        let there = |file: &&str| self.raw.join(file).is_file();
        let input = |file: &str| {
            let bytes = std::fs::metadata(self.raw.join(file)).map_or(0, |m| m.len());
            Input { file: file.to_owned(), bytes }
        };
        let inputs: Vec<Input> = files.into_iter().filter(there).map(input).collect();
        let digests = Mutex::new(BTreeMap::new());
        let captures = Captures::new(self.raw, inputs, self.config.settings.limits.body_mb << 20, &digests);
        let plan = Plan {
            config: self.config,
            sources: &started.sources,
            limits: limits_of(self.config, self.program),
            jobs: self.jobs,
            lines: self.lines,
            taken_down: taken_down::before(self.out, self.config, started.index)?,
        };
        let note = |capture: &Capture| Ok(places.get(&place(capture)).copied().unwrap_or_default());
        first::pass(&plan, workspace, Named { captures, places: &places }, note)
    }
}
