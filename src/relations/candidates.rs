//! Selects the few records that have to be looked at together. Of a large batch not even all cards fit into memory.

use super::card::{Card, Deck};
use crate::error::Error;
use crate::storage::external_sort::Sorter;
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;

/// The selected records, by the numbers of their cards.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Number of all cards.
    pub(super) total: u64,
    /// Records that share a band key of their `MinHash` signature with another record.
    pub(super) sharing_band: BTreeSet<u32>,
    /// Both ends of one-sided links: pages that name another page as their version, and the pages so named that don't
    /// name a version in the first one's language.
    pub(super) one_sided: BTreeSet<u32>,
}

/// A page names another page as its version.
struct StatedLink {
    from: u32,
    /// Hash of the id of the page that is named.
    to: u64,
    /// Hash of the link that would answer it: the id of the page that is named, and the language of the page that names
    /// it.
    back: u64,
}

impl Candidates {
    /// Reads all cards once. Beyond some megabytes, their band keys are sorted in the folder `scratch`.
    pub(super) fn of(deck: &mut dyn Deck, scratch: &Path) -> Result<Self, Error> {
        let fault = |e: &io::Error| Error::io(scratch, "write", e);
        let mut candidates = Self::default();
        let mut keys = Sorter::new(scratch.to_owned());
        let mut ids: Vec<u64> = Vec::new();
        let mut stated: Vec<StatedLink> = Vec::new();
        let mut answers: HashSet<u64> = HashSet::new();
        deck.each(&mut |number, card| {
            candidates.total += 1;
            ids.push(hash(&[&card.id]));
            for key in &card.bands {
                keys.add((*key, number)).map_err(|e| fault(&e))?;
            }
            for (language, id) in &card.stated {
                answers.insert(hash(&[&card.id, language]));
                stated.push(StatedLink { from: number, to: hash(&[id]), back: hash(&[id, &card.language]) });
            }
            Ok(())
        })?;
        let mut before = None;
        for pair in keys.sorted().map_err(|e| fault(&e))? {
            let (key, number): (u64, u32) = pair.map_err(|e| fault(&e))?;
            if let Some((_, other)) = before.filter(|(last, _)| *last == key) {
                candidates.sharing_band.extend([other, number]);
            }
            before = Some((key, number));
        }
        candidates.add_one_sided(ids, &stated, &answers);
        Ok(candidates)
    }

    /// Adds the ends of links without an answer. `ids` are the hashes of all ids, in the order of the cards.
    fn add_one_sided(&mut self, ids: Vec<u64>, stated: &[StatedLink], answers: &HashSet<u64>) {
        let mut numbered: Vec<(u64, u32)> = ids.into_iter().zip(0..).collect();
        numbered.sort_unstable();
        for link in stated.iter().filter(|link| !answers.contains(&link.back)) {
            let at = numbered.partition_point(|(id, _)| *id < link.to);
            if let Some((_, to)) = numbered.get(at).filter(|(id, _)| *id == link.to) {
                self.one_sided.extend([link.from, *to]);
            }
        }
    }
}

/// Returns the cards of these numbers, in order, each reduced by `reduce`.
pub(super) fn cards(
    deck: &mut dyn Deck,
    numbers: &BTreeSet<u32>,
    reduce: impl Fn(Card) -> Card,
) -> Result<Vec<(u32, Card)>, Error> {
    let mut cards = Vec::with_capacity(numbers.len());
    if !numbers.is_empty() {
        deck.each(&mut |number, card| {
            if numbers.contains(&number) {
                cards.push((number, reduce(card)));
            }
            Ok(())
        })?;
    }
    Ok(cards)
}

/// 64 bits of a hash: enough to tell the records of a batch apart.
fn hash(parts: &[&str]) -> u64 {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(part.as_bytes()).update(&[0]);
    }
    u64::from_le_bytes(hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default())
}
