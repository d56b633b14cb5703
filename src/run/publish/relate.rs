//! Relates all records that will be current: those of this run, and those of earlier runs that it leaves as they are.

use super::background_writer::BackgroundWriter;
use crate::emit::Record;
use crate::emit::record::{Cause, Change, Delta, Prov, Urls};
use crate::emit::store::record_files;
use crate::error::{Error, not_json};
use crate::layout::{object_file, records_file};
use crate::log::event::RelationsFrozen;
use crate::ordered_map::par_map_ordered;
use crate::relations::{self, Card, Comparisons, Deck, Relations, Unread};
use crate::run::commit::staging::Staging;
use crate::run::judge::pass::Pass;
use crate::run::judge::previous_outcomes::OutcomeCache;
use crate::run::judge::spool::SpooledOutcomes;
use crate::run::options::BUILD;
use crate::storage::checksum::read_sealed;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::digest;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The records of a source that this run leaves as they are, except for their relations.
pub(crate) struct Kept {
    /// Path under the results folder.
    pub(super) name: String,
    /// Source id.
    pub(super) source: String,
}

/// The records of all sources except `written`.
pub(crate) fn kept(pass: &Pass<'_>, written: &BTreeSet<String>) -> Result<Vec<Kept>, Error> {
    let own: BTreeSet<String> = written.iter().map(|source| records_file(source)).collect();
    let names = readable(&pass.options.out)?;
    let kept = |name: String| first_of(&pass.options.out.join(&name)).map(|first| Kept { name, source: first.source });
    names.into_iter().filter(|name| !own.contains(name)).map(kept).collect()
}

/// The files of records that can be opened. The others stay as they are, and are a failure of their sources.
pub(super) fn readable(out: &Path) -> Result<Vec<String>, Error> {
    let names = record_files(out)?.into_iter();
    Ok(names.filter(|name| File::open(out.join(name)).is_ok()).collect())
}

/// What is read of a record to tell whose it is.
#[derive(Deserialize)]
pub(super) struct Owner {
    pub(super) source: String,
    pub(super) url: Option<Urls>,
    pub(super) prov: Option<Prov>,
}

/// Reads the first record of a file.
pub(super) fn first_of(path: &Path) -> Result<Owner, Error> {
    let fault = |e: &std::io::Error| Error::io(path, "read", e);
    let mut line = Vec::new();
    BufReader::new(File::open(path).map_err(|e| fault(&e))?).read_until(b'\n', &mut line).map_err(|e| fault(&e))?;
    serde_json::from_slice(&line).map_err(|e| fault(&e.into()))
}

/// All records that will be current: those of the run that aren't held back, and those that it leaves as they are.
struct Current<'a, 'p> {
    pass: &'a Pass<'p>,
    spooled: &'a mut SpooledOutcomes,
    held: &'a BTreeSet<&'a String>,
    kept: &'a [Kept],
    previous_outcomes: &'a OutcomeCache,
    /// For each file of kept records the number of its first card, and the offsets of its lines once they were needed.
    files: Vec<(usize, Option<Vec<u64>>)>,
}

impl Current<'_, '_> {
    /// Returns the cards of kept records from the cache, or makes them anew.
    fn cards_of(&self, kept: &Kept) -> Result<Vec<Card>, Error> {
        if let Some(cards) = self.previous_outcomes.cards(&kept.source) {
            return Ok(cards);
        }
        let path = self.pass.options.out.join(&kept.name);
        let fault = |e: &std::io::Error| Error::io(&path, "read", e);
        let lines = BufReader::new(File::open(&path).map_err(|e| fault(&e))?).split(b'\n');
        let work = |(): &mut (), line: std::io::Result<Vec<u8>>| {
            let line = line.map_err(|e| fault(&e))?;
            serde_json::from_slice(&line).map(|record: Record| Card::of(&record)).map_err(|e| fault(&e.into()))
        };
        let mut cards = Vec::new();
        par_map_ordered(self.pass.options.jobs, lines, (|| (), work), |card| {
            cards.push(card?);
            Ok(())
        })?;
        Ok(cards)
    }

    /// Reads a line of a file. `starts` caches the offsets of its lines.
    fn line(path: &Path, starts: &mut Option<Vec<u64>>, number: usize) -> std::io::Result<String> {
        let mut file = BufReader::new(File::open(path)?);
        let mut line = Vec::new();
        if starts.is_none() {
            let (mut all, mut at) = (Vec::new(), 0);
            loop {
                let length = file.read_until(b'\n', &mut line)?;
                if length == 0 {
                    break;
                }
                all.push(at);
                at += length as u64;
                line.clear();
            }
            *starts = Some(all);
        }
        let starts = starts.as_deref().unwrap_or_default();
        let start = starts.get(number).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        file.seek(SeekFrom::Start(*start))?;
        file.read_until(b'\n', &mut line)?;
        String::from_utf8(line).map_err(std::io::Error::other)
    }
}

impl Deck for Current<'_, '_> {
    fn each(&mut self, take: &mut dyn FnMut(u32, Card) -> Result<(), Error>) -> Result<(), Error> {
        for card in self.spooled.cards()? {
            let (number, card) = card?;
            // A record that is held back isn't published, so nothing may point to it.
            if !self.held.iter().any(|held| *held == card.source()) {
                take(number, card)?;
            }
        }
        self.files.clear();
        let mut number = self.spooled.len();
        for kept in self.kept {
            self.files.push((number, None));
            for card in self.cards_of(kept)? {
                take(u32::try_from(number).unwrap_or(u32::MAX), card)?;
                number += 1;
            }
        }
        Ok(())
    }

    fn record(&mut self, number: u32) -> Result<Unread, Error> {
        let (number, out) = (number as usize, &self.pass.options.out);
        let at = self.files.partition_point(|(first, _)| *first <= number);
        let file = at.checked_sub(1).and_then(|at| Some((self.kept.get(at)?, self.files.get_mut(at)?)));
        let Some((kept, (first, starts))) = file else { return self.spooled.record(number, out) };
        let file = out.join(&kept.name);
        let line = Self::line(&file, starts, number - *first).map_err(|e| Error::io(&file, "read", &e))?;
        Ok(Unread { line, file })
    }
}

/// The relations between all current records.
pub(crate) struct Related {
    pub(super) relations: Relations,
    /// Digest of the cards that they follow from.
    cards: [u8; 32],
    /// The relations after the last run, if known.
    before: Option<Relations>,
}

impl Related {
    /// Returns true if a record of the last run, should it stay, already states its relations.
    pub(super) fn is_as_before(&self, id: &str) -> bool {
        self.before.as_ref().is_some_and(|before| before.of.get(id) == self.relations.of.get(id))
    }
}

/// Compares all records that will be current.
pub(crate) fn relate(
    pass: &Pass<'_>,
    outcomes: &mut SpooledOutcomes,
    held: &BTreeSet<&String>,
    kept: &[Kept],
    previous_outcomes: &OutcomeCache,
    staging: &mut Staging,
) -> Result<Related, Error> {
    let mut current = Current { pass, spooled: outcomes, held, kept, previous_outcomes, files: Vec::new() };
    let cards = digest(&mut current)?;
    let (before, of) = Before::relations(&pass.options.out).unzip();
    let relations = match &before {
        Some(before) if of == Some(cards) => before.clone(),
        _ => {
            let mut known = Comparisons::with(Before::comparisons(&pass.options.out));
            let relations = relations::relate(&mut current, &mut known, pass.options.jobs, &staging.scratch())?;
            staging.keep_state(Before::COMPARISONS, &(BUILD.to_owned(), known.found()))?;
            relations
        }
    };
    Ok(Related { relations, cards, before })
}

/// Digest of all cards. Relations follow from the cards and the texts that the cards were made from.
fn digest(deck: &mut dyn Deck) -> Result<[u8; 32], Error> {
    let (mut hash, mut bytes) = (blake3::Hasher::new(), Vec::new());
    deck.each(&mut |_, card| {
        bytes.clear();
        card.serialize(&mut bytes).map_err(|e| Error::io(Path::new("cards"), "write", &e))?;
        hash.update(&bytes);
        Ok(())
    })?;
    Ok(*hash.finalize().as_bytes())
}

/// The relations of the last run, reused if no card differs. A cache, never evidence.
#[derive(BorshSerialize, BorshDeserialize)]
struct Before {
    engine: String,
    cards: [u8; 32],
    /// Number of records that were compared.
    records: u64,
    /// Digest of the table.
    table: String,
}

impl Before {
    const FILE: &'static str = ".state/relations";
    const COMPARISONS: &'static str = ".state/comparisons";

    /// Results of earlier comparisons of two texts.
    fn comparisons(out: &Path) -> relations::ComparisonResults {
        let bytes = read_sealed(&out.join(Self::COMPARISONS)).unwrap_or_default();
        let before = <(String, relations::ComparisonResults)>::try_from_slice(&bytes).ok();
        before.filter(|(engine, _)| engine == BUILD).map(|(_, found)| found).unwrap_or_default()
    }

    /// The relations after the last run, and the digest of the cards that they follow from.
    fn relations(out: &Path) -> Option<(Relations, [u8; 32])> {
        let before = Self::try_from_slice(&read_sealed(&out.join(Self::FILE))?).ok()?;
        if before.engine != BUILD {
            return None;
        }
        let text = std::fs::read_to_string(out.join(object_file(&before.table))).ok()?;
        let is_it = digest::sha256(text.as_bytes()) == before.table;
        let relations = if is_it { Relations::of_lines(&text) } else { None }?;
        Some((Relations { records: before.records, ..relations }, before.cards))
    }
}

/// Stores the table under its digest and returns its event, if it isn't the one that the log names already.
pub(crate) fn store(
    Related { relations, cards, .. }: &Related,
    known: &str,
    staging: &mut Staging,
) -> Result<Option<RelationsFrozen>, Error> {
    let lines = relations.to_lines();
    let digest = digest::sha256(lines.as_bytes());
    let is_known = digest == known;
    if !is_known {
        let (_, file) = staging.place().store(lines.as_bytes())?;
        staging.take(file)?;
    }
    let table = digest.clone();
    staging.keep_state(
        Before::FILE,
        &Before { engine: BUILD.to_owned(), cards: *cards, records: relations.records, table },
    )?;
    let (duplicates, translations) = relations.size();
    Ok((!is_known).then_some(RelationsFrozen { digest, records: relations.records, duplicates, translations }))
}

/// What updating the relations of kept records changed.
#[derive(Debug, Default)]
pub(super) struct Renewed {
    /// Records of the source.
    pub(super) records: u64,
    /// How many are near-duplicates.
    pub(super) duplicates: u64,
    /// How many changed their relations.
    pub(super) changed: u64,
    /// The new file until the run is committed, if any record changed.
    pub(super) written: Option<PathBuf>,
}

impl Kept {
    /// Updates the relations of the records. Changed records are also written to `delta`.
    pub(super) fn renew(
        &self,
        pass: &Pass<'_>,
        relations: &Relations,
        staging: &mut Staging,
        delta: &mut BackgroundWriter,
    ) -> Result<Renewed, Error> {
        let path = pass.options.out.join(&self.name);
        let fault = |e: &std::io::Error| Error::io(&path, "read", e);
        let mut renewed = Renewed::default();
        let mut file = staging.create(&self.name)?;
        for line in BufReader::new(File::open(&path).map_err(|e| fault(&e))?).lines() {
            let line = line.map_err(|e| fault(&e))?;
            let mut record: Record = serde_json::from_str(&line).map_err(|e| fault(&e.into()))?;
            renewed.records += 1;
            if relations.are_those_of(&record) {
                file.line(&line)?;
            } else {
                renewed.changed += 1;
                relations.apply(&mut record);
                file.line(&digest::json_line(&record).map_err(|e| not_json(&e))?)?;
                record.delta = Some(Delta { change: Change::Changed, cause: Cause::Related });
                delta.line(digest::json_line(&record).map_err(|e| not_json(&e))?)?;
            }
            renewed.duplicates += u64::from(record.duplicate_of.is_some());
        }
        if renewed.changed == 0 {
            file.discard()?;
        } else {
            staging.take(file)?;
            renewed.written = Some(staging.folder().join(&self.name));
        }
        Ok(renewed)
    }
}
