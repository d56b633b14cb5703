//! Finds relations between records: near-duplicates, and translations that their pages don't state.
//!
//! Relations are computed over all current records at once, those of earlier runs included. So they depend neither on
//! the order of the records nor on which of them a run read. The result is a table that the log names by its digest. It
//! is not part of a record's `version` or of its digest in the log: these cover the document alone.

mod candidates;
mod card;
mod comparison_cache;
mod comparison_text;
mod duplicates;
mod lookup_keys;
mod minhash;
mod table;
mod text_overlap;
mod translation_signals;
mod translations;

pub use card::{Card, Deck};
pub use comparison_cache::{ComparisonResults, Comparisons};
pub use comparison_text::{ComparisonText, Unread};
pub use table::{Relation, Relations, strip};

use crate::error::Error;
use candidates::Candidates;
use std::collections::HashSet;
use std::path::Path;

/// Finds the relations between the records of these cards. Keys that don't fit into memory are sorted in the folder
/// `scratch`. Texts are compared on `jobs` threads, and not read at all if `known` has the result.
///
/// # Errors
/// If cards or records can't be read.
pub fn relate(deck: &mut dyn Deck, known: &mut Comparisons, jobs: usize, scratch: &Path) -> Result<Relations, Error> {
    let candidates = Candidates::of(deck, scratch)?;
    let mut relations = Relations { records: candidates.total, ..Relations::default() };
    let aside = relate_duplicates(deck, known, jobs, &candidates, &mut relations)?;
    let one_sided: Vec<Card> =
        candidates::cards(deck, &candidates.one_sided, |card| card)?.into_iter().map(|(_, card)| card).collect();
    translations::backlinks(&one_sided, &aside, &mut relations);
    relate_translations(deck, known, &aside, &mut relations)?;
    relations.sort();
    Ok(relations)
}

/// Adds near-duplicates to the relations. Returns the ids of those whose original is in their own source: it represents
/// them.
fn relate_duplicates(
    deck: &mut dyn Deck,
    known: &mut Comparisons,
    jobs: usize,
    candidates: &Candidates,
    relations: &mut Relations,
) -> Result<HashSet<String>, Error> {
    let (numbers, cards): (Vec<u32>, Vec<Card>) =
        candidates::cards(deck, &candidates.sharing_band, Card::for_duplicates)?.into_iter().unzip();
    let mut read = |at: usize| deck.record(numbers.get(at).copied().unwrap_or(u32::MAX));
    let mut aside = HashSet::new();
    for (card, original) in cards.iter().zip(duplicates::originals(&cards, known, jobs, &mut read)?) {
        if let Some((original, overlap)) = original.and_then(|(at, overlap)| Some((cards.get(at)?, overlap))) {
            relations.of.entry(card.id.clone()).or_default().set_original(&original.id, overlap);
            if original.source == card.source {
                aside.insert(card.id.clone());
            }
        }
    }
    Ok(aside)
}

/// Links translations, one source at a time.
fn relate_translations(
    deck: &mut dyn Deck,
    known: &mut Comparisons,
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
