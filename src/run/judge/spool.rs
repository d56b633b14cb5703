//! Spools the outcomes on disk until the relations between records are known.

use super::pass::Pass;
use super::source_tally::SourceTally;
use crate::emit::store::line_in;
use crate::error::Error;
use crate::layout::records_file;
use crate::relations::{Card, Unread};
use crate::run::commit::staging::Staging;
use crate::run::judge::outcome::{CaptureOutcome, NewOutcome, OutcomeKind};
use crate::storage::byte_range::ByteRange;
use crate::storage::record_file::{RecordFile, RecordFileWriter, RecordReader};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The outcomes in the order of source, id and reading.
pub(super) struct OutcomeSpool {
    outcomes: RecordFileWriter<CaptureOutcome>,
    cards: RecordFileWriter<Card>,
    places: Vec<ByteRange>,
    tallies: BTreeMap<String, SourceTally>,
}

impl OutcomeSpool {
    pub(super) fn begin(staging: &Staging) -> Result<Self, Error> {
        Ok(Self {
            outcomes: RecordFileWriter::begin(&staging.scratch(), "outcomes")?,
            cards: RecordFileWriter::begin(&staging.scratch(), "cards")?,
            places: Vec::new(),
            tallies: BTreeMap::new(),
        })
    }

    /// Spools an outcome.
    pub(super) fn add(&mut self, pass: &Pass<'_>, fresh: &NewOutcome) -> Result<(), Error> {
        let NewOutcome { capture_outcome, card } = fresh;
        let source = &capture_outcome.ended.source;
        if !self.tallies.contains_key(source) {
            self.tallies.insert(source.clone(), SourceTally::of(pass.config, source));
        }
        if let Some(tally) = self.tallies.get_mut(source) {
            tally.take(capture_outcome);
        }
        let place = self.outcomes.add(capture_outcome)?;
        if let Some(card) = card {
            self.cards.add(card)?;
            self.places.push(place);
        }
        Ok(())
    }

    /// Ends the spool. Returns the outcomes and the tally of each source.
    pub(super) fn finish(self) -> Result<(SpooledOutcomes, BTreeMap<String, SourceTally>), Error> {
        let (outcomes, cards) = (self.outcomes.finish()?, self.cards.finish()?);
        let reader = outcomes.reader();
        Ok((SpooledOutcomes { outcomes, cards, reader, places: self.places }, self.tallies))
    }
}

/// The spooled outcomes.
pub(crate) struct SpooledOutcomes {
    outcomes: RecordFile<CaptureOutcome>,
    cards: RecordFile<Card>,
    reader: RecordReader<CaptureOutcome>,
    /// Position of the outcome of each card.
    places: Vec<ByteRange>,
}

impl SpooledOutcomes {
    /// The cards of the records, numbered.
    pub(crate) fn cards(&self) -> Result<impl Iterator<Item = Result<(u32, Card), Error>>, Error> {
        Ok(self.cards.each()?.zip(0..).map(|(card, number)| card.map(|(_, card)| (number, card))))
    }

    /// The record of a card; unchanged records are read from `out`.
    pub(crate) fn record(&mut self, card: usize, out: &Path) -> Result<Unread, Error> {
        let missing = || Error::io(self.outcomes.path(), "read", &io::ErrorKind::NotFound.into());
        let place = self.places.get(card).ok_or_else(missing)?;
        let capture_outcome = self.reader.read(*place)?;
        match capture_outcome.outcome {
            OutcomeKind::Record { line, .. } => Ok(Unread { line, file: self.outcomes.path().to_owned() }),
            OutcomeKind::Same { .. } => {
                let file = out.join(records_file(&capture_outcome.ended.source));
                line_in(&file, &capture_outcome.ended.id).map(|line| Unread { line, file })
            }
            _ => Err(missing()),
        }
    }

    /// Number of records.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// All outcomes in their order, each with its record's card.
    pub(crate) fn each(&self) -> Result<impl Iterator<Item = Result<(CaptureOutcome, Option<Card>), Error>>, Error> {
        let mut cards = self.cards.each()?;
        let with_card = move |capture_outcome: Result<(ByteRange, CaptureOutcome), Error>| {
            let (_, capture_outcome) = capture_outcome?;
            let card = if capture_outcome.outcome.is_record() {
                cards.next().transpose()?.map(|(_, card)| card)
            } else {
                None
            };
            Ok((capture_outcome, card))
        };
        Ok(self.outcomes.each()?.map(with_card))
    }
}
