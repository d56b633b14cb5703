//! Spools the outcomes on disk until the relations between records are known.

use super::expectations::SourceTally;
use super::pass::Pass;
use crate::emit::store::line_in;
use crate::error::Error;
use crate::layout::records_file;
use crate::relations::{Card, Unread};
use crate::run::commit::staging::{StagedFile, Staging};
use crate::run::judge::outcome::CaptureOutcome;
use crate::run::judge::outcome::NewOutcome;
use crate::run::judge::outcome::OutcomeKind;
use crate::storage::byte_range::ByteRange;
use crate::storage::record_file::{RecordFile, RecordFileWriter, RecordReader};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The outcomes in the order of source, id and reading.
pub(super) struct OutcomeSpool {
    turned: RecordFileWriter<CaptureOutcome>,
    cards: RecordFileWriter<Card>,
    places: Vec<ByteRange>,
    removed: StagedFile,
    tallies: BTreeMap<String, SourceTally>,
}

impl OutcomeSpool {
    pub(super) fn begin(pass: &Pass<'_>, staging: &Staging) -> Result<Self, Error> {
        Ok(Self {
            turned: RecordFileWriter::begin(&staging.scratch(), "outcomes")?,
            cards: RecordFileWriter::begin(&staging.scratch(), "cards")?,
            places: Vec::new(),
            removed: staging.create(&format!("runs/{}/removed.jsonl", pass.run))?,
            tallies: BTreeMap::new(),
        })
    }

    /// Spools an outcome. Its ledger lines are written at once.
    pub(super) fn add(&mut self, pass: &Pass<'_>, fresh: &NewOutcome) -> Result<(), Error> {
        let NewOutcome { turned, card, ledger } = fresh;
        let source = &turned.ended.source;
        if !self.tallies.contains_key(source) {
            let expect = pass.config.sources.get(source).and_then(|s| s.expect.as_ref());
            self.tallies.insert(source.clone(), SourceTally::new(expect));
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

    /// Ends the spool. Returns the outcomes and the tally of each source.
    pub(super) fn finish(
        self,
        staging: &mut Staging,
    ) -> Result<(SpooledOutcomes, BTreeMap<String, SourceTally>), Error> {
        staging.take(self.removed)?;
        let (turned, cards) = (self.turned.finish()?, self.cards.finish()?);
        let reader = turned.reader();
        Ok((SpooledOutcomes { turned, cards, reader, places: self.places }, self.tallies))
    }
}

/// The spooled outcomes.
pub(crate) struct SpooledOutcomes {
    turned: RecordFile<CaptureOutcome>,
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
        let missing = || Error::io(self.turned.path(), "read", &io::ErrorKind::NotFound.into());
        let place = self.places.get(card).ok_or_else(missing)?;
        let turned = self.reader.read(*place)?;
        match turned.outcome {
            OutcomeKind::Record { line, .. } => Ok(Unread { line, file: self.turned.path().to_owned() }),
            OutcomeKind::Same { .. } => {
                let file = out.join(records_file(&turned.ended.source));
                line_in(&file, &turned.ended.id).map(|line| Unread { line, file })
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
        let with_card = move |turned: Result<(ByteRange, CaptureOutcome), Error>| {
            let (_, turned) = turned?;
            let card = if turned.outcome.is_record() { cards.next().transpose()?.map(|(_, card)| card) } else { None };
            Ok((turned, card))
        };
        Ok(self.turned.each()?.map(with_card))
    }
}
