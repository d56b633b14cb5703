//! What the second pass made of each capture, set aside until it is known how the records stand to each other.

use super::expect::{Tallied, Tally};
use super::frames::{FrameReader, Frames, Stored};
use super::memory::Basis;
use super::previous::line_in;
use super::second::Pass;
use super::spans::Span;
use super::staging::{StagedFile, Staging};
use crate::error::Error;
use crate::layout::records_file;
use crate::log::event::Ended;
use crate::relations::{Card, Unread};
use crate::schema::QuarantineLine;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::block_codec;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

/// What came of the captures, in the order of source, id and reading.
pub(super) struct Spool {
    turned: Frames<Turned>,
    cards: Frames<Card>,
    places: Vec<Span>,
    removed: StagedFile,
    tallies: BTreeMap<String, Tally>,
}

/// A capture's outcome.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct Turned {
    /// Visits since then that didn't find the page.
    pub(super) missed: u32,
    /// Of what its document follows from; zero where there is none.
    pub(super) key: u64,
    pub(super) basis: Basis,
    /// The run that judged it.
    pub(super) run: String,
    pub(super) ended: Ended,
    pub(super) outcome: Outcome,
    /// What its source's expectations ask of its record.
    pub(super) tallied: Option<Tallied>,
}

/// What a capture gave.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) enum Outcome {
    /// A record, as its line says it before anything is known of others.
    Record {
        language: String,
        #[borsh(deserialize_with = "read_line")]
        line: String,
    },
    /// The record that stands there already.
    Same {
        language: String,
    },
    /// `alarming` when it makes the run end with exit code 1.
    Quarantined {
        alarming: bool,
        line: QuarantineLine,
    },
    Skipped,
}

/// Reads the line of a record; there is room in it for what a run did to the record.
fn read_line(input: &mut impl Read) -> io::Result<String> {
    const DELTA: usize = 80;
    block_codec::read_string(input, DELTA)
}

impl Turned {
    /// Bytes of its record.
    pub(super) fn bytes(&self) -> u64 {
        if let Outcome::Record { line, .. } = &self.outcome { line.len() as u64 } else { 0 }
    }
}

impl Outcome {
    fn is_record(&self) -> bool {
        matches!(self, Self::Record { .. } | Self::Same { .. })
    }
}

/// A capture's outcome, and what is read from it before it is set aside.
pub(super) struct Fresh {
    pub(super) turned: Turned,
    pub(super) card: Option<Card>,
    /// JSON lines of what was left out.
    pub(super) ledger: String,
}

impl Spool {
    pub(super) fn begin(pass: &Pass<'_>, staging: &Staging) -> Result<Self, Error> {
        Ok(Self {
            turned: Frames::begin(&staging.scratch(), "outcomes")?,
            cards: Frames::begin(&staging.scratch(), "cards")?,
            places: Vec::new(),
            removed: staging.create(&format!("runs/{}/removed.jsonl", pass.run))?,
            tallies: BTreeMap::new(),
        })
    }

    /// Sets an outcome aside; the ledger of what was left out is written at once.
    pub(super) fn add(&mut self, pass: &Pass<'_>, fresh: &Fresh) -> Result<(), Error> {
        let Fresh { turned, card, ledger } = fresh;
        let source = &turned.ended.source;
        if !self.tallies.contains_key(source) {
            let expect = pass.config.sources.get(source).and_then(|s| s.expect.as_ref());
            self.tallies.insert(source.clone(), Tally::new(expect));
        }
        if let (Some(tallied), Some(tally)) = (&turned.tallied, self.tallies.get_mut(source)) {
            tally.add(tallied);
        }
        if !ledger.is_empty() {
            self.removed.line(ledger)?;
        }
        let place = self.turned.add(turned)?;
        if let Some(card) = card {
            self.cards.add(card)?;
            self.places.push(place);
        }
        Ok(())
    }

    /// Everything is there: what is set aside, and what each source's records amount to.
    pub(super) fn finish(self, staging: &mut Staging) -> Result<(Aside, BTreeMap<String, Tally>), Error> {
        staging.take(self.removed)?;
        let (turned, cards) = (self.turned.finish()?, self.cards.finish()?);
        let reader = turned.reader();
        Ok((Aside { turned, cards, reader, places: self.places }, self.tallies))
    }
}

/// What was set aside.
pub(super) struct Aside {
    turned: Stored<Turned>,
    cards: Stored<Card>,
    reader: FrameReader<Turned>,
    /// Where the outcome of each card stands.
    places: Vec<Span>,
}

impl Aside {
    /// The cards of the records, with their numbers.
    pub(super) fn cards(&self) -> Result<impl Iterator<Item = Result<(u32, Card), Error>>, Error> {
        Ok(self.cards.each()?.zip(0..).map(|(card, number)| card.map(|(_, card)| (number, card))))
    }

    /// The record of this card; `out` has those that stand there already.
    pub(super) fn record(&mut self, card: usize, out: &Path) -> Result<Unread, Error> {
        let missing = || Error::io(self.turned.path(), "read", &io::ErrorKind::NotFound.into());
        let place = self.places.get(card).ok_or_else(missing)?;
        let turned = self.reader.read(*place)?;
        match turned.outcome {
            Outcome::Record { line, .. } => Ok(Unread { line, file: self.turned.path().to_owned() }),
            Outcome::Same { .. } => {
                let file = out.join(records_file(&turned.ended.source));
                line_in(&file, &turned.ended.id).map(|line| Unread { line, file })
            }
            _ => Err(missing()),
        }
    }

    /// Number of records.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// All outcomes with the cards of the records, in their order.
    pub(super) fn each(&self) -> Result<impl Iterator<Item = Result<(Turned, Option<Card>), Error>>, Error> {
        let mut cards = self.cards.each()?;
        let with_card = move |turned: Result<(Span, Turned), Error>| {
            let (_, turned) = turned?;
            let card = if turned.outcome.is_record() { cards.next().transpose()?.map(|(_, card)| card) } else { None };
            Ok((turned, card))
        };
        Ok(self.turned.each()?.map(with_card))
    }
}
