//! Links translations whose pages don't state each other: the other page names this one, the addresses differ only in
//! the language, or numbers, names and structure match within one source.
//!
//! A wrong link is worse than none. So numbers must come in the same order, names must sound alike, the texts must have
//! a similar structure, and each must be the other's best match by a margin.

use super::card::Card;
use super::comparison_cache::{Comparison, Comparisons, Digest, Purpose};
use super::comparison_text::Unread;
use super::table::Relations;
use super::translation_signals::{Evidence, TranslationSignals};
use crate::emit::record::Translation;
use crate::error::Error;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A number on more pages of a source than this doesn't link any two of them.
const HOLDERS: usize = 12;
/// Minimum number of shared numbers for two records to be compared.
const SHARED: usize = 3;
/// Maximum number of records that a record is compared with by its numbers, those that share most first.
const COMPARED: usize = 6;
/// Maximum number of records with one address pattern. A site has a few languages; a larger group has all its pages
/// under one address and distinguishes them by something else.
const SAME_PATTERN: usize = 8;
/// Minimum confidence of a link, and of one between addresses that differ only in the language.
const SURE: f64 = 0.8;
const SURE_BY_ADDRESS: f64 = 0.6;
/// Minimum difference in confidence between the best match and the next.
const MARGIN: f64 = 0.1;

/// Two records that may be translations of each other.
pub(super) struct CandidatePair {
    /// The numbers of their cards and what is needed to link them.
    ends: [(u32, LinkEnd); 2],
    evidence: Evidence,
}

/// The part of a card that is needed to link it.
#[derive(Clone)]
struct LinkEnd {
    id: String,
    url: String,
    language: String,
    content: Digest,
}

/// A pair that was compared and not ruled out.
struct Match {
    pair: CandidatePair,
    confidence: f64,
}

/// Compares the pairs of one source and adds links between those that are translations of each other.
pub(super) fn link(
    pairs: Vec<CandidatePair>,
    known: &mut Comparisons,
    read: &mut dyn FnMut(u32) -> Result<Unread, Error>,
    relations: &mut Relations,
) -> Result<(), Error> {
    let matches = matches(pairs, known, read)?;
    let mut by_card: HashMap<u32, Vec<&Match>> = HashMap::new();
    for found in &matches {
        for (number, _) in &found.pair.ends {
            by_card.entry(*number).or_default().push(found);
        }
    }
    for found in &matches {
        let sure = match found.pair.evidence {
            Evidence::Address => SURE_BY_ADDRESS,
            Evidence::Structure | Evidence::Backlink => SURE,
        };
        if found.confidence >= sure && is_best(found, &by_card) {
            let [(_, one), (_, other)] = &found.pair.ends;
            for (from, to) in [(one, other), (other, one)] {
                let link = to.as_translation(found.confidence, found.pair.evidence);
                relations.of.entry(from.id.clone()).or_default().translations.push(link);
            }
        }
    }
    Ok(())
}

/// Compares the pairs. Each record is read at most once, and only if a comparison needs it.
fn matches(
    pairs: Vec<CandidatePair>,
    known: &mut Comparisons,
    read: &mut dyn FnMut(u32) -> Result<Unread, Error>,
) -> Result<Vec<Match>, Error> {
    let mut signals: HashMap<u32, TranslationSignals> = HashMap::new();
    let mut matches: Vec<Match> = Vec::new();
    for pair in pairs {
        let [(_, one), (_, other)] = &pair.ends;
        let purpose = Purpose::Translation(pair.evidence);
        let comparison = Comparison { purpose, one: &one.content, other: &other.content };
        let confidence = known.result_of(comparison, || {
            for (number, _) in &pair.ends {
                if let Entry::Vacant(free) = signals.entry(*number) {
                    free.insert(TranslationSignals::of(&read(*number)?.read()?));
                }
            }
            let [a, b] = pair.ends.each_ref().map(|(number, _)| signals.get(number));
            Ok(a.zip(b).and_then(|(a, b)| a.confidence(b, pair.evidence)))
        })?;
        if let Some(confidence) = confidence {
            matches.push(Match { pair, confidence });
        }
    }
    Ok(matches)
}

/// Returns true if neither record has another match in the other's language whose confidence is within the margin.
fn is_best(found: &Match, by_card: &HashMap<u32, Vec<&Match>>) -> bool {
    let [one, other] = &found.pair.ends;
    let has_rival = |(number, _): &(u32, LinkEnd), (partner, end): &(u32, LinkEnd)| {
        by_card.get(number).into_iter().flatten().any(|rival| {
            let third = rival.pair.ends.iter().find(|(third, _)| third != number);
            rival.confidence > found.confidence - MARGIN
                && third.is_some_and(|(third, third_end)| third != partner && third_end.language == end.language)
        })
    };
    !has_rival(one, other) && !has_rival(other, one)
}

/// Links pages back to the page that names them as its version, if only one in its language does and they don't name a
/// version in that language. Pages in `aside` are near-duplicates, whose original is linked instead.
pub(super) fn backlinks(cards: &[Card], aside: &HashSet<String>, relations: &mut Relations) {
    let numbers: HashMap<&str, usize> = cards.iter().enumerate().map(|(at, card)| (card.id.as_str(), at)).collect();
    // By page and language: the pages in this language that name it.
    let mut named: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (at, card) in cards.iter().enumerate().filter(|(_, card)| !aside.contains(&card.id)) {
        for (language, id) in &card.stated {
            let Some((number, other)) = numbers.get(id.as_str()).and_then(|n| Some((*n, cards.get(*n)?))) else {
                continue;
            };
            // A page in another language than its link says isn't the version that was meant.
            if other.language == *language && card.language != *language && !other.states(&card.language) {
                named.entry((number, &card.language)).or_default().push(at);
            }
        }
    }
    for ((at, _), by) in named {
        if let ([one], Some(card)) = (by.as_slice(), cards.get(at))
            && let Some(version) = cards.get(*one)
        {
            let link = version.link_end().as_translation(1.0, Evidence::Backlink);
            relations.of.entry(card.id.clone()).or_default().translations.push(link);
        }
    }
}

/// Returns the pairs of one source that are worth comparing, in the order of their ids. Records in `aside` are
/// near-duplicates, whose original is compared instead.
pub(super) fn pairs(source: &[(u32, Card)], aside: &HashSet<String>) -> Vec<CandidatePair> {
    let mut members: Vec<&(u32, Card)> =
        source.iter().filter(|(_, card)| !card.language.is_empty() && !aside.contains(&card.id)).collect();
    members.sort_by_key(|(_, card)| &card.id);
    let languages: BTreeSet<&str> = members.iter().map(|(_, card)| card.language.as_str()).collect();
    if languages.len() < 2 {
        return Vec::new();
    }
    let cards: Vec<&Card> = members.iter().map(|(_, card)| card).collect();
    let mut found: BTreeMap<(usize, usize), Evidence> = BTreeMap::new();
    by_address(&cards, &mut found);
    by_numbers(&cards, &mut found);
    let end = |at: usize| members.get(at).map(|(number, card)| (*number, card.link_end()));
    let pair = |((a, b), evidence)| Some(CandidatePair { ends: [end(a)?, end(b)?], evidence });
    found.into_iter().filter_map(pair).collect()
}

/// Returns true if two records can be linked: neither page names a version in the other's language.
fn can_be_linked(one: &Card, other: &Card) -> bool {
    one.language != other.language && !one.states(&other.language) && !other.states(&one.language)
}

/// Adds pairs whose addresses differ only in the language.
fn by_address(cards: &[&Card], found: &mut BTreeMap<(usize, usize), Evidence>) {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, card) in cards.iter().enumerate() {
        if let Some(pattern) = card.pattern.as_deref() {
            groups.entry(pattern).or_default().push(at);
        }
    }
    for group in groups.into_values().filter(|group| group.len() <= SAME_PATTERN) {
        for (place, one) in group.iter().enumerate() {
            for other in group.iter().skip(place + 1) {
                if let (Some(a), Some(b)) = (cards.get(*one), cards.get(*other))
                    && can_be_linked(a, b)
                {
                    found.insert((*one, *other), Evidence::Address);
                }
            }
        }
    }
}

/// Adds pairs that share numbers.
fn by_numbers(cards: &[&Card], found: &mut BTreeMap<(usize, usize), Evidence>) {
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, card) in cards.iter().enumerate() {
        for number in &card.numbers {
            holders.entry(*number).or_default().push(at);
        }
    }
    holders.retain(|_, places| places.len() <= HOLDERS);
    for (at, card) in cards.iter().enumerate() {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for other in card.numbers.iter().filter_map(|n| holders.get(n)).flatten().filter(|other| **other > at) {
            *shared.entry(*other).or_default() += 1;
        }
        let mut likely: Vec<(usize, usize)> = shared.into_iter().filter(|(_, count)| *count >= SHARED).collect();
        likely.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
        let others = likely.into_iter().map(|(other, _)| other);
        let others = others.filter(|other| cards.get(*other).is_some_and(|other| can_be_linked(card, other)));
        for other in others.take(COMPARED) {
            found.entry((at, other)).or_insert(Evidence::Structure);
        }
    }
}

impl Card {
    fn link_end(&self) -> LinkEnd {
        LinkEnd { id: self.id.clone(), url: self.url.clone(), language: self.language.clone(), content: self.content }
    }
}

impl LinkEnd {
    fn as_translation(&self, confidence: f64, evidence: Evidence) -> Translation {
        Translation {
            language: Some(self.language.clone()),
            id: self.id.clone(),
            url: self.url.clone(),
            evidence: evidence.as_str().to_owned(),
            confidence: Some((confidence * 100.0).round() / 100.0),
        }
    }
}
