//! Runs a past run's stages again: its captures, the tables of repeated blocks it had, today's rules.

use crate::config::Config;
use crate::error::Error;
use crate::log::event::{Input, RunStarted};
use crate::log::frozen_tables::FrozenTables;
use crate::log::past_runs::RunSummary;
use crate::log::places::Places;
use crate::log::takedowns;
use crate::ordered_map::par_map_ordered;
use crate::run::judge::pass::{JudgedCapture, Pass, Readers};
use crate::run::judge::table_file::Tables;
use crate::run::judge::{document, take};
use crate::run::options::{Options, Progress, ScanPlan, limits_of};
use crate::run::scan::capture_entry::CaptureEntry;
use crate::run::scan::captures::Captures;
use crate::run::scan::catalogue::{Catalogue, CatalogueEntry};
use crate::run::scan::document_cache::Cache;
use crate::run::scan::{self, Noted, Workspace, select};
use sanad_document::{Capture, Document, TextMode};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Mutex;

/// What to run again, and with what.
pub(super) struct Rerun<'a> {
    pub(super) raw: &'a Path,
    pub(super) out: &'a Path,
    /// The tables of repeated blocks that the log names.
    pub(super) frozen: &'a FrozenTables,
    pub(super) config: &'a Config,
    pub(super) program: &'a Path,
    pub(super) jobs: usize,
    /// Whether places in HTML get their source lines.
    pub(super) lines: bool,
    /// A folder for what one run leaves to the next: documents are parsed once.
    pub(super) folder: &'a Path,
}

/// Only the captures that the log names, and the revisit records, which it counts.
struct Named<'a> {
    captures: Captures<'a>,
    places: &'a HashMap<(String, u64, String), u64>,
}

fn place(capture: &Capture) -> (String, u64, String) {
    (capture.place.file.clone(), capture.place.offset, capture.place.record_id.clone())
}

impl Iterator for Named<'_> {
    type Item = CaptureEntry;

    fn next(&mut self) -> Option<CaptureEntry> {
        let is_revisit = |taken: &CaptureEntry| matches!(taken, CaptureEntry::Revisit(_));
        self.captures.find(|taken| is_revisit(taken) || self.places.contains_key(&place(taken.capture())))
    }
}

/// Shows no progress.
struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: Option<u64>) {}
    fn step(&self) {}
    fn end(&self) {}
}

impl Rerun<'_> {
    /// Judges again every capture of which a run concluded something, in the order of source, id and reading. Passes the document too if source
    /// lines were requested. Returns the indexes of the captures that are there.
    ///
    /// # Errors
    /// When captures or tables can't be read.
    pub(super) fn judge(
        &self,
        told: &RunSummary,
        mut sink: impl FnMut(JudgedCapture, Option<Document>) -> Result<(), Error> + Send,
    ) -> Result<BTreeSet<u64>, Error> {
        let Some(started) = &told.started else { return Ok(BTreeSet::new()) };
        let options = self.options(started);
        let tables = self.tables(told, self.folder)?;
        let mut cache = Cache::open(self.folder)?;
        let workspace = Workspace { cache: &mut cache, folder: self.folder };
        let (mut catalogue, there) = self.read(told, started, workspace)?;
        select::settle(&mut catalogue, self.config)?;
        let pass = Pass {
            options: &options,
            config: self.config,
            catalogue: &catalogue,
            tables: &tables,
            run: &started.run,
            cache: &cache,
            revisits: &HashMap::new(),
            progress: &Silent,
            samples: 0,
        };
        let work = |readers: &mut Readers<'_>, entry: Result<CatalogueEntry, Error>| {
            let entry = &entry?;
            let seen = readers.seen.read(entry.place)?;
            if !told.ended.contains_key(&seen.index) {
                return Ok(None);
            }
            let judged = take(&pass, readers, entry, &seen)?;
            let document = if self.lines { document(&pass, readers, entry)? } else { None };
            Ok::<_, Error>(Some((judged, document)))
        };
        par_map_ordered(self.jobs, catalogue.entries()?, (|| pass.readers(), work), |result| {
            result?.map_or(Ok(()), |(judged, document)| sink(judged, document))
        })?;
        Ok(there)
    }

    /// The tables that the sources of a run's captures had in that run.
    fn tables(&self, told: &RunSummary, folder: &Path) -> Result<Tables, Error> {
        let sources: BTreeSet<&str> = told.ended.values().map(|(_, _, ended)| ended.source.as_str()).collect();
        let text = |source: &str| {
            let text = self.frozen.chain(source, told.end).text(self.out)?;
            Ok::<_, Error>((source.to_owned(), text))
        };
        let texts = sources.into_iter().map(text).collect::<Result<BTreeMap<_, _>, _>>()?;
        Tables::of(&folder.join("tables.jsonl"), &texts)
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
            rehearsal: started.rehearsal,
            text: if started.text == "body" { TextMode::Body } else { TextMode::Complete },
            program: self.program.to_owned(),
            keys: sanad_tlog::key::Keys::default(),
        }
    }

    /// Scans the captures that the log names, each under the index it had. Returns the indexes of those that are there.
    fn read(
        &self,
        told: &RunSummary,
        started: &RunStarted,
        workspace: Workspace<'_>,
    ) -> Result<(Catalogue, BTreeSet<u64>), Error> {
        let places: HashMap<_, u64> =
            told.captures.iter().map(|(i, c)| ((c.file.clone(), c.offset, c.record_id.clone()), *i)).collect();
        let files: BTreeSet<&str> =
            told.captures.values().map(|c| &c.file).chain(&told.files).map(String::as_str).collect();
        let there = |file: &&str| self.raw.join(file).is_file();
        let input = |file: &str| {
            let bytes = std::fs::metadata(self.raw.join(file)).map_or(0, |m| m.len());
            Input { file: file.to_owned(), bytes }
        };
        let inputs: Vec<Input> = files.into_iter().filter(there).map(input).collect();
        let digests = Mutex::new(BTreeMap::new());
        let first_places = Places::read(self.out)?;
        let captures = Captures::new(self.raw, inputs, self.config.settings.limits.body_mb << 20, &digests)
            .at_first_places(&first_places);
        let known = workspace.cache.known();
        let plan = ScanPlan {
            config: self.config,
            sources: &started.sources,
            limits: limits_of(self.config, self.program),
            jobs: self.jobs,
            lines: self.lines,
            taken_down: takedowns::before(self.out, self.config, started.index)?,
            now: &started.at,
            out: self.out,
            log_size: started.index,
        };
        let captures = captures.without_those_done(self.folder, |capture| scan::is_done(capture, &plan, &known));
        let index_of = |capture: &Capture| places.get(&place(capture)).copied().unwrap_or_default();
        let mut there = BTreeSet::new();
        let note = |capture: &Capture, _| {
            let index = index_of(capture);
            there.insert(index);
            Ok(Noted { index, concluded: None })
        };
        let catalogue = scan::scan(&plan, workspace, Named { captures, places: &places }, note)?;
        Ok((catalogue, there))
    }
}
