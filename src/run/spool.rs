//! What the second pass made of each capture, set aside until it is known how the records stand to each other.

use super::expect::Tally;
use super::second::{Judged, Pass, Verdict, not_json};
use super::staging::{StagedFile, Staging};
use crate::emit::Record;
use crate::error::Error;
use crate::relations::Card;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What came of the captures, in the order of source, id and reading.
pub(super) struct Spool {
    out: BufWriter<File>,
    end: u64,
    frames: Vec<Frame>,
    cards: Vec<(Card, usize, String)>,
    removed: StagedFile,
    tallies: BTreeMap<String, Tally>,
}

#[derive(Clone, Copy)]
struct Frame {
    at: u64,
    length: usize,
}

/// A capture's outcome and the source it belongs to.
#[derive(Serialize, Deserialize)]
pub(super) struct Turned {
    pub(super) source: String,
    /// Visits since then that didn't find the page.
    pub(super) missed: u32,
    pub(super) judged: Judged,
}

fn fault(error: &io::Error) -> Error {
    Error::io(Path::new("the records set aside"), "read or write", error)
}

impl Spool {
    pub(super) fn begin(pass: &Pass<'_>, staging: &Staging) -> Result<Self, Error> {
        let removed = staging.create(&format!("runs/{}/removed.jsonl", pass.run))?;
        let file = tempfile::tempfile_in(staging.folder()).map_err(|e| fault(&e))?;
        Ok(Self {
            out: BufWriter::new(file),
            end: 0,
            frames: Vec::new(),
            cards: Vec::new(),
            removed,
            tallies: BTreeMap::new(),
        })
    }

    /// Sets an outcome aside; the ledger of what was left out is written at once.
    pub(super) fn add(&mut self, pass: &Pass<'_>, turned: &Turned, card: Option<Card>) -> Result<(), Error> {
        let expect = pass.config.sources.get(&turned.source).and_then(|s| s.expect.as_ref());
        let tally = self.tallies.entry(turned.source.clone()).or_insert_with(|| Tally::new(expect));
        if let Verdict::Record { record, ledger } = &turned.judged.outcome {
            tally.add(record);
            for line in ledger {
                self.removed.line(line)?;
            }
        }
        if let Some(card) = card {
            self.cards.push((card, self.frames.len(), turned.source.clone()));
        }
        let bytes = serde_json::to_vec(turned).map_err(|e| not_json(&e))?;
        self.out.write_all(&bytes).map_err(|e| fault(&e))?;
        self.frames.push(Frame { at: self.end, length: bytes.len() });
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Everything is there: what is set aside, and what each source's records amount to.
    pub(super) fn finish(self, staging: &mut Staging) -> Result<(Aside, BTreeMap<String, Tally>), Error> {
        staging.take(self.removed)?;
        let file = self.out.into_inner().map_err(|e| fault(e.error()))?;
        Ok((Aside { file, frames: self.frames, cards: self.cards }, self.tallies))
    }
}

/// What was set aside.
pub(super) struct Aside {
    file: File,
    frames: Vec<Frame>,
    /// Cards of the records, with the numbers of their frames and their sources.
    pub(super) cards: Vec<(Card, usize, String)>,
}

impl Aside {
    /// The record in this frame.
    pub(super) fn record(&mut self, frame: usize) -> Result<Record, Error> {
        let missing = || fault(&io::ErrorKind::NotFound.into());
        let Frame { at, length } = *self.frames.get(frame).ok_or_else(missing)?;
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(&mut bytes)).map_err(|e| fault(&e))?;
        match turned(&bytes)?.judged.outcome {
            Verdict::Record { record, .. } => Ok(*record),
            _ => Err(missing()),
        }
    }

    /// All outcomes, in their order.
    pub(super) fn each(mut self, mut take: impl FnMut(Turned) -> Result<(), Error>) -> Result<(), Error> {
        self.file.seek(SeekFrom::Start(0)).map_err(|e| fault(&e))?;
        let mut file = BufReader::with_capacity(1 << 18, self.file);
        let mut bytes = Vec::new();
        for frame in self.frames {
            bytes.resize(frame.length, 0);
            file.read_exact(&mut bytes).map_err(|e| fault(&e))?;
            take(turned(&bytes)?)?;
        }
        Ok(())
    }
}

fn turned(bytes: &[u8]) -> Result<Turned, Error> {
    serde_json::from_slice(bytes).map_err(|e| fault(&e.into()))
}
