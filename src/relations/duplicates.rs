//! Near-duplicates: print versions, reposts on other hosts, one page under two addresses.
//!
//! `MinHash` selects which texts to compare; the comparison decides ([`text_overlap`]).

use super::card::Card;
use super::comparison_cache::{Comparison, Comparisons, Purpose};
use super::comparison_text::Unread;
use super::text_overlap;
use crate::error::Error;
use crate::ordered_map::par_map_ordered_weighted;
use foldhash::{HashMap, HashSet};
use sanad_document::linked_lists::{List, ListArena};
use std::collections::BTreeMap;

/// Maximum number of originals that a text is compared with, the likeliest first.
const COMPARED: usize = 16;
/// Maximum number of originals that are kept for a band key. A key that more of them share comes from a site's empty
/// form and is no evidence.
const HOLDERS: u32 = 32;

/// The original of a near-duplicate, as the index of its card, and the overlap of their shingles.
pub(super) type Original = Option<(usize, f64)>;

/// Finds for each card the original that it is a near-duplicate of: the one that its page names as its canonical address,
/// else the earliest published, then the smallest id. An original is never a duplicate itself. The order of the cards doesn't matter. `read` returns the record of a card.
pub(super) fn originals(
    cards: &[Card],
    known: &mut Comparisons,
    jobs: usize,
    read: &mut (dyn FnMut(usize) -> Result<Unread, Error> + Send),
) -> Result<Vec<Original>, Error> {
    let ranking = Ranking::of(cards);
    compare_ahead(&ranking, known, jobs, read)?;
    let mut found: Vec<Original> = vec![None; cards.len()];
    let mut originals = OriginalsByBand::default();
    for (rank, at, card) in ranking.iter() {
        let mut own = None;
        let mut original = None;
        for (at_other, other) in likely_originals(card, &ranking, &originals) {
            let overlap = known.result_of(comparison(other, card), || {
                let text = match &own {
                    Some(text) => text,
                    None => own.insert(read(at)?.read()?),
                };
                Ok(text_overlap::near(&read(at_other)?.read()?, text))
            })?;
            if let Some(overlap) = overlap {
                original = Some((at_other, overlap));
                break;
            }
        }
        if original.is_none() {
            originals.add(card, rank);
        }
        if let Some(slot) = found.get_mut(at) {
            *slot = original;
        }
    }
    Ok(found)
}

/// Compares each text, in parallel, with the first text that it may be a near-duplicate of. Which comparisons are
/// needed depends on the results of earlier ones, so [`originals`] must go one by one. But most texts have a single
/// candidate, and this is it.
fn compare_ahead(
    ranking: &Ranking<'_>,
    known: &mut Comparisons,
    jobs: usize,
    read: &mut (dyn FnMut(usize) -> Result<Unread, Error> + Send),
) -> Result<(), Error> {
    let mut pairs = Vec::new();
    let mut originals = OriginalsByBand::default();
    for (rank, at, card) in ranking.iter() {
        if let Some((at_other, other)) = likely_originals(card, ranking, &originals).next()
            && !known.knows(comparison(other, card))
        {
            pairs.push(((at_other, other), (at, card)));
        }
        originals.add(card, rank);
    }
    let texts = pairs.into_iter().map(|((at_one, one), (at_other, other))| {
        let texts = read(at_one).and_then(|one| Ok((one, read(at_other)?)));
        let bytes = texts.as_ref().map_or(0, |(one, other)| one.line.len() + other.line.len());
        (bytes as u64, (comparison(one, other), texts))
    });
    let compare = |(): &mut (), (comparison, texts): (_, Result<(Unread, Unread), Error>)| {
        let (one, other) = texts?;
        Ok((comparison, text_overlap::near(&one.read()?, &other.read()?)))
    };
    par_map_ordered_weighted(jobs, texts, (|| (), compare), |compared: Result<_, Error>| {
        let (comparison, overlap) = compared?;
        known.learn(comparison, overlap);
        Ok(())
    })
}

fn comparison<'c>(original: &'c Card, text: &'c Card) -> Comparison<'c> {
    Comparison { purpose: Purpose::NearDuplicate, one: &original.content, other: &text.content }
}

/// Cards in the order of [`Card::rank`], but those behind all others whose page names another card's address as its canonical
/// one: a text's original comes before it.
struct Ranking<'c> {
    cards: &'c [Card],
    /// Indices of the cards.
    order: Vec<usize>,
}

impl<'c> Ranking<'c> {
    fn of(cards: &'c [Card]) -> Self {
        let mut order: Vec<usize> = (0..cards.len()).collect();
        let ids: HashSet<&str> = cards.iter().map(|card| card.id.as_str()).collect();
        let defers = |card: &Card| card.declared.as_deref().is_some_and(|id| ids.contains(id));
        order.sort_by_key(|at| cards.get(*at).map(|card| (defers(card), card.rank())));
        Self { cards, order }
    }

    /// The card of this rank, and its index.
    fn get(&self, rank: usize) -> Option<(usize, &'c Card)> {
        let at = *self.order.get(rank)?;
        Some((at, self.cards.get(at)?))
    }

    /// Each card with its rank and its index.
    fn iter(&self) -> impl Iterator<Item = (usize, usize, &'c Card)> {
        (0..self.order.len()).filter_map(|rank| self.get(rank).map(|(at, card)| (rank, at, card)))
    }
}

/// The ranks of the originals that have a band key.
#[derive(Default)]
struct OriginalsByBand {
    by_key: HashMap<u64, List>,
    chains: ListArena,
}

impl OriginalsByBand {
    fn add(&mut self, card: &Card, rank: usize) {
        for key in &card.bands {
            let chain = self.by_key.entry(*key).or_insert(List::EMPTY);
            self.chains.add(chain, u32::try_from(rank).unwrap_or(u32::MAX), HOLDERS);
        }
    }

    fn of(&self, key: u64) -> impl Iterator<Item = usize> {
        let chain = self.by_key.get(&key).copied().unwrap_or(List::EMPTY);
        self.chains.numbers(chain).map(|rank| rank as usize)
    }
}

/// Returns the originals that a text may be a near-duplicate of, with their indices: those in its language that share
/// the most band keys with it, sorted by rank.
fn likely_originals<'c>(
    card: &Card,
    ranking: &Ranking<'c>,
    originals: &OriginalsByBand,
) -> impl Iterator<Item = (usize, &'c Card)> {
    let mut shared_keys: BTreeMap<usize, usize> = BTreeMap::new();
    for rank in card.bands.iter().flat_map(|key| originals.of(*key)) {
        *shared_keys.entry(rank).or_default() += 1;
    }
    let mut likely: Vec<(usize, usize)> = shared_keys.into_iter().collect();
    likely.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    likely.truncate(COMPARED);
    let mut ranks: Vec<usize> = likely.into_iter().map(|(rank, _)| rank).collect();
    let named = |rank: &usize| ranking.get(*rank).is_some_and(|(_, other)| card.declared.as_ref() == Some(&other.id));
    ranks.sort_unstable_by_key(|rank| (!named(rank), *rank));
    ranks.into_iter().filter_map(|rank| ranking.get(rank)).filter(|(_, other)| other.language == card.language)
}
