//! How records stand to each other: which is a near-duplicate of which, and which are one document in several languages
//! although their pages don't say so.
//!
//! Told over all current records at once, those of earlier runs included, so that it depends neither on their order nor on
//! which of them a run read. What follows stands in a table under its digest, named in the log. It is no part of a record's
//! `version` or of its digest in the log: these speak of the document alone.

mod duplicates;
mod shape;
mod table;
mod translations;
mod words;

pub use table::{Relation, Relations, strip};

use crate::emit::Record;
use crate::error::Error;

/// What is kept in memory of a record: less than a kilobyte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
}

impl Card {
    /// What is kept of this record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let published = record.dates.iter().find(|d| d.role == "published").map(|d| d.value.clone());
        let address = record.url.as_ref().and_then(|u| u.canonical.clone()).unwrap_or_default();
        let words = words::words(record);
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
            numbers: translations::numbers(&words),
            published,
            bands: words::bands(&words::shingles(&words)),
            url: address,
        }
    }

    /// The record's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What chooses the original among near-duplicates: the earliest published (by day, then by time, where both are known),
    /// then the smallest id.
    fn rank(&self) -> (bool, &str, &str, &str) {
        let value = self.published.as_deref().unwrap_or_default();
        let (day, time) = value.split_once('T').unwrap_or((value, "~"));
        (self.published.is_none(), day, time, &self.id)
    }

    /// Whether it can be one text with another.
    fn may_equal(&self, other: &Self) -> bool {
        self.language == other.language
    }
}

/// How the records of these cards stand to each other; `read` gives a record by its card's number. The cards may stand in
/// any order.
///
/// # Errors
/// When a record can't be read.
pub fn relate(cards: &[Card], read: &mut dyn FnMut(usize) -> Result<Record, Error>) -> Result<Relations, Error> {
    let mut relations = Relations { records: cards.len() as u64, ..Relations::default() };
    for (card, original) in cards.iter().zip(duplicates::originals(cards, read)?) {
        if let Some((original, overlap)) = original.and_then(|(at, overlap)| Some((cards.get(at)?, overlap))) {
            relations.of.entry(card.id.clone()).or_default().duplicate(&original.id, overlap);
        }
    }
    translations::link(cards, read, &mut relations)?;
    Ok(relations)
}

#[cfg(test)]
mod tests;
