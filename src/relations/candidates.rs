//! The few records that have to be looked at together: of a large batch not even the cards stay in memory.

use super::{Card, Deck};
use crate::error::Error;
use crate::storage::external_sort::Sorter;
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;

/// Numbers of cards.
#[derive(Debug, Default)]
pub(super) struct Shortlist {
    /// All there are.
    pub(super) cards: u64,
    /// Those that share a key of their `MinHash` signature with another.
    pub(super) near: BTreeSet<u32>,
    /// Those whose page names a page of the batch as its version that doesn't name one in its language in turn, and the
    /// pages so named.
    pub(super) one_sided: BTreeSet<u32>,
}

/// That a page names another as a version of it.
struct Stated {
    from: u32,
    to: u64,
    /// The page named, and the language of the page that names it.
    back: u64,
}

impl Shortlist {
    /// Goes over all cards once, with their keys sorted in a scratch folder beyond some megabytes.
    pub(super) fn of(deck: &mut dyn Deck, scratch: &Path) -> Result<Self, Error> {
        let fault = |e: &io::Error| Error::io(scratch, "write", e);
        let mut list = Self::default();
        let mut keys = Sorter::new(scratch.to_owned());
        let mut ids: Vec<u64> = Vec::new();
        let mut stated: Vec<Stated> = Vec::new();
        let mut answers: HashSet<u64> = HashSet::new();
        deck.each(&mut |number, card| {
            list.cards += 1;
            ids.push(hash(&[&card.id]));
            for key in &card.bands {
                keys.add((*key, number)).map_err(|e| fault(&e))?;
            }
            for (language, id) in &card.stated {
                answers.insert(hash(&[&card.id, language]));
                stated.push(Stated { from: number, to: hash(&[id]), back: hash(&[id, &card.language]) });
            }
            Ok(())
        })?;
        let mut before = None;
        for pair in keys.sorted().map_err(|e| fault(&e))? {
            let (key, number): (u64, u32) = pair.map_err(|e| fault(&e))?;
            if let Some((_, other)) = before.filter(|(last, _)| *last == key) {
                list.near.extend([other, number]);
            }
            before = Some((key, number));
        }
        list.note_one_sided((ids, &stated), &answers);
        Ok(list)
    }

    fn note_one_sided(&mut self, (ids, stated): (Vec<u64>, &[Stated]), answers: &HashSet<u64>) {
        let mut numbered: Vec<(u64, u32)> = ids.into_iter().zip(0..).collect();
        numbered.sort_unstable();
        for link in stated.iter().filter(|link| !answers.contains(&link.back)) {
            let at = numbered.partition_point(|(id, _)| *id < link.to);
            if let Some((_, to)) = numbered.get(at).filter(|(id, _)| *id == link.to) {
                self.one_sided.extend([link.from, *to]);
            }
        }
    }

    /// The cards of these numbers, in their order, with what `needed` leaves of each.
    pub(super) fn cards(
        deck: &mut dyn Deck,
        numbers: &BTreeSet<u32>,
        needed: impl Fn(Card) -> Card,
    ) -> Result<Vec<(u32, Card)>, Error> {
        let mut cards = Vec::with_capacity(numbers.len());
        if !numbers.is_empty() {
            deck.each(&mut |number, card| {
                if numbers.contains(&number) {
                    cards.push((number, needed(card)));
                }
                Ok(())
            })?;
        }
        Ok(cards)
    }
}

/// 64 bits that tell the cards of a batch apart.
fn hash(parts: &[&str]) -> u64 {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(part.as_bytes()).update(&[0]);
    }
    u64::from_le_bytes(hash.finalize().as_bytes().first_chunk().copied().unwrap_or_default())
}
