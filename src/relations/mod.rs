//! How records stand to each other: which is a near-duplicate of which, and which are one document in several languages
//! although their pages don't say so.
//!
//! Told over all current records at once, those of earlier runs included, so that it depends neither on their order nor on
//! which of them a run read. What follows stands in a table under its digest, named in the log. It is no part of a record's
//! `version` or of its digest in the log: these speak of the document alone.

mod candidates;
mod comparison_cache;
mod comparison_text;
mod duplicates;
mod minhash;
mod table;
mod translation_signals;
mod translations;

pub use comparison_cache::{Comparisons, Found};
pub use comparison_text::Compared;
pub use table::{Relation, Relations, strip};

use crate::emit::Record;
use crate::error::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use candidates::Shortlist;
use comparison_cache::Digest;
use minhash::Signature;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// What is kept of a record to find those that it may belong to: less than a kilobyte.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Card {
    id: String,
    source: String,
    url: String,
    language: String,
    /// Versions that its page names: language and id.
    stated: Vec<(String, String)>,
    /// Its address with the language in it taken out, where it names one.
    pattern: Option<String>,
    /// Telling numbers of its text, by their digests.
    numbers: Vec<u64>,
    /// Day and time of publication, where stated.
    published: Option<String>,
    /// Keys of its `MinHash` signature.
    bands: Vec<u64>,
    /// Of its content and number: of all that comparisons look at.
    content: Digest,
}

impl Card {
    /// What is kept of this record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let published = record.dates.iter().find(|d| d.role == "published").map(|d| d.value.clone());
        let address = record.url.as_ref().and_then(|u| u.canonical.clone()).unwrap_or_default();
        let (mut signature, mut numbers) = (Signature::default(), BTreeSet::new());
        minhash::each_block(record, |words| {
            for word in words {
                signature.add(word);
            }
            translations::add_numbers(words, &mut numbers);
        });
        let number = serde_json::to_vec(&record.metadata.get("document_number")).unwrap_or_default();
        let stated = record
            .translations
            .iter()
            .filter(|t| !t.is_inferred())
            .filter_map(|t| Some((t.language.clone()?, t.id.clone())));
        Self {
            id: record.id.clone(),
            source: record.source.clone(),
            language: record.language.clone().unwrap_or_default(),
            stated: stated.collect(),
            pattern: translations::pattern(&address),
            numbers: numbers.into_iter().collect(),
            published,
            bands: signature.bands(),
            content: comparison_cache::digest(&[record.version.as_bytes(), &number]),
            url: address,
        }
    }

    /// The record's source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What chooses the original among near-duplicates: the earliest published (by day, then by time, where both are known),
    /// then the smallest id.
    fn rank(&self) -> (bool, &str, &str, &str) {
        let value = self.published.as_deref().unwrap_or_default();
        let (day, time) = value.split_once('T').unwrap_or((value, "~"));
        (self.published.is_none(), day, time, &self.id)
    }

    /// What is needed of it to compare its text with others in its language: half of it goes.
    fn of_text(self) -> Self {
        Self { url: String::new(), stated: Vec::new(), pattern: None, numbers: Vec::new(), ..self }
    }

    /// Whether it can be one text with another.
    fn may_equal(&self, other: &Self) -> bool {
        self.language == other.language
    }
}

/// The cards of all current records. Those of one source stand together; beyond that their order has no say.
pub trait Deck: Send {
    /// Hands on each card with its number, from 0.
    ///
    /// # Errors
    /// When cards can't be read; and what `take` says.
    fn each(&mut self, take: &mut dyn FnMut(u32, Card) -> Result<(), Error>) -> Result<(), Error>;

    /// The record of a card, as it is stored.
    ///
    /// # Errors
    /// When it can't be read.
    fn record(&mut self, number: u32) -> Result<Unread, Error>;
}

/// A record as it is stored: to understand it takes most of the time of comparing, and waits for that.
#[derive(Debug)]
pub struct Unread {
    /// Its JSON line.
    pub line: String,
    /// The file that holds it.
    pub file: PathBuf,
}

impl Unread {
    /// What comparisons look at of it.
    ///
    /// # Errors
    /// When the line is something else.
    pub fn read(self) -> Result<Compared, Error> {
        serde_json::from_str(&self.line).map_err(|e| Error::io(&self.file, "understand", &e.into()))
    }
}

/// How the records of these cards stand to each other. What doesn't fit into memory is sorted in the folder `scratch`; texts
/// whose comparison is known aren't read, the others are compared on `jobs` threads.
///
/// # Errors
/// When cards or records can't be read.
pub fn relate(
    deck: &mut dyn Deck,
    (known, jobs): (&mut Comparisons, usize),
    scratch: &Path,
) -> Result<Relations, Error> {
    let list = Shortlist::of(deck, scratch)?;
    let mut relations = Relations { records: list.cards, ..Relations::default() };
    let aside = relate_duplicates((deck, known, jobs), &list, &mut relations)?;
    let one_sided: Vec<Card> =
        Shortlist::cards(deck, &list.one_sided, |card| card)?.into_iter().map(|(_, card)| card).collect();
    translations::backlinks(&one_sided, &aside, &mut relations);
    relate_translations((deck, known), &aside, &mut relations)?;
    relations.sort();
    Ok(relations)
}

/// Names near-duplicates; gives those that have their original in their own source, which stands for them.
fn relate_duplicates(
    (deck, known, jobs): (&mut dyn Deck, &mut Comparisons, usize),
    list: &Shortlist,
    relations: &mut Relations,
) -> Result<HashSet<String>, Error> {
    let (numbers, cards): (Vec<u32>, Vec<Card>) =
        Shortlist::cards(deck, &list.near, Card::of_text)?.into_iter().unzip();
    let mut read = |at: usize| deck.record(numbers.get(at).copied().unwrap_or(u32::MAX));
    let mut aside = HashSet::new();
    for (card, original) in cards.iter().zip(duplicates::originals(&cards, (known, jobs), &mut read)?) {
        if let Some((original, overlap)) = original.and_then(|(at, overlap)| Some((cards.get(at)?, overlap))) {
            relations.of.entry(card.id.clone()).or_default().duplicate(&original.id, overlap);
            if original.source == card.source {
                aside.insert(card.id.clone());
            }
        }
    }
    Ok(aside)
}

/// Links translations, source by source.
fn relate_translations(
    (deck, known): (&mut dyn Deck, &mut Comparisons),
    aside: &HashSet<String>,
    relations: &mut Relations,
) -> Result<(), Error> {
    let mut pairs = Vec::new();
    let mut source: Vec<(u32, Card)> = Vec::new();
    deck.each(&mut |number, card| {
        if source.last().is_some_and(|(_, last)| last.source != card.source) {
            pairs.push(translations::pairs(&source, aside));
            source.clear();
        }
        source.push((number, card));
        Ok(())
    })?;
    pairs.push(translations::pairs(&source, aside));
    drop(source);
    pairs
        .into_iter()
        .try_for_each(|pairs| translations::link(pairs, known, &mut |number| deck.record(number), relations))
}

#[cfg(test)]
mod tests;
