//! One document in several languages where its page doesn't say so: the other page does, the address is the same with another
//! language in it, or the numbers, names and structure are, on the same site.
//!
//! A wrong link is worse than none. So numbers must come in the same order, names must sound alike, the texts must be
//! built alike, each must be the other's best match, and by a margin.

use super::comparison_cache::Digest;
use super::minhash;
use super::translation_signals::Shape;
use super::{Card, Comparisons, Relations, Unread};
use crate::emit::record::Translation;
use crate::error::Error;
use crate::relations::translation_signals::Evidence;
use sanad_extract::metadata::language_of_tag;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use url::Url;

/// Numbers of a record by which others are looked for.
pub(super) const NUMBERS: usize = 24;
/// A number on more pages of a source than this tells nothing of any two of them.
const HOLDERS: usize = 12;
/// Numbers that two records must share to be compared.
const SHARED: usize = 3;
/// Records that one is compared with, those that share most first.
const COMPARED: usize = 6;
/// From this confidence on a link is made; and where the addresses differ in the language alone.
const SURE: f64 = 0.8;
const SURE_BY_ADDRESS: f64 = 0.6;
/// By so much the best match must be better than the next.
const MARGIN: f64 = 0.1;

/// Adds to the numbers by which a record's translations are looked for: years and single digits stand everywhere. Those whose
/// hashes are least stay.
pub(super) fn add_numbers(words: &[minhash::Word<'_>], numbers: &mut BTreeSet<u64>) {
    let is_telling =
        |w: &&minhash::Word<'_>| w.is_number && !w.is_aside && w.text.chars().filter(char::is_ascii_digit).count() >= 2;
    for word in words.iter().filter(is_telling) {
        numbers.insert(word.hash);
        if numbers.len() > NUMBERS {
            numbers.pop_last();
        }
    }
}

/// An address with the language in it taken out; none for one that names no language.
pub(super) fn pattern(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let is_tag = |text: &str| text.len() <= 3 && language_of_tag(text).is_some();
    let parts: Vec<&str> = url.path().split('/').collect();
    let at = parts.iter().position(|part| is_tag(part));
    let path: Vec<&str> = parts.iter().enumerate().map(|(i, p)| if Some(i) == at { "*" } else { *p }).collect();
    let mut found = at.is_some();
    let query: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| {
            let is_language = matches!(name.as_ref(), "lang" | "language" | "locale" | "l" | "hl") && is_tag(&value);
            found |= is_language;
            format!("{name}={}", if is_language { "*" } else { &value })
        })
        .collect();
    // The front pages of two languages are told by their content, or not at all.
    let says_more = path.iter().any(|part| !part.is_empty() && *part != "*" && *part != "index.php");
    (found && (says_more || query.len() > 1)).then(|| format!("{}?{}", path.join("/"), query.join("&")))
}

/// Two records that may be one document, and what speaks for it.
pub(super) struct Pair {
    cards: [(u32, Side); 2],
    evidence: Evidence,
}

/// What is needed of a card to link it.
#[derive(Clone)]
struct Side {
    id: String,
    url: String,
    language: String,
    content: Digest,
}

/// A pair that was compared: the numbers of its cards and how sure it is.
struct Match {
    pair: Pair,
    confidence: f64,
}

/// Links the records of these pairs of one source that are one document in two languages.
pub(super) fn link(
    pairs: Vec<Pair>,
    known: &mut Comparisons,
    read: &mut dyn FnMut(u32) -> Result<Unread, Error>,
    relations: &mut Relations,
) -> Result<(), Error> {
    let mut shapes: HashMap<u32, Shape> = HashMap::new();
    let mut matches: Vec<Match> = Vec::new();
    for pair in pairs {
        let [(_, one), (_, other)] = &pair.cards;
        let confidence = known.of((1 + pair.evidence as u8, &one.content, &other.content), || {
            for (number, _) in &pair.cards {
                if let std::collections::hash_map::Entry::Vacant(free) = shapes.entry(*number) {
                    free.insert(Shape::of(&read(*number)?.read()?));
                }
            }
            let [a, b] = pair.cards.each_ref().map(|(number, _)| shapes.get(number));
            Ok(a.zip(b).and_then(|(a, b)| a.confidence(b, pair.evidence)))
        })?;
        if let Some(confidence) = confidence {
            matches.push(Match { pair, confidence });
        }
    }
    let mut of: HashMap<u32, Vec<&Match>> = HashMap::new();
    for found in &matches {
        for (number, _) in &found.pair.cards {
            of.entry(*number).or_default().push(found);
        }
    }
    for found in &matches {
        let wanted = if found.pair.evidence == Evidence::Address { SURE_BY_ADDRESS } else { SURE };
        if found.confidence >= wanted && is_best(found, &of) {
            let [(_, one), (_, other)] = &found.pair.cards;
            for (from, to) in [(one, other), (other, one)] {
                let link = to.as_translation(found.confidence, found.pair.evidence);
                relations.of.entry(from.id.clone()).or_default().translations.push(link);
            }
        }
    }
    Ok(())
}

/// Whether neither of two has another match in the other's language that comes near.
fn is_best(found: &Match, of: &HashMap<u32, Vec<&Match>>) -> bool {
    let [one, other] = &found.pair.cards;
    let has_rival = |(keep, _): &(u32, Side), (left, side): &(u32, Side)| {
        of.get(keep).into_iter().flatten().any(|rival| {
            let third = rival.pair.cards.iter().find(|(number, _)| number != keep);
            rival.confidence > found.confidence - MARGIN
                && third.is_some_and(|(number, third)| number != left && third.language == side.language)
        })
    };
    !has_rival(one, other) && !has_rival(other, one)
}

/// Links of pages that others name as their version, without naming these in turn. `aside` are near-duplicates, which are
/// left to their originals.
pub(super) fn backlinks(cards: &[Card], aside: &HashSet<String>, relations: &mut Relations) {
    let numbers: HashMap<&str, usize> = cards.iter().enumerate().map(|(at, card)| (card.id.as_str(), at)).collect();
    // By page and language: the pages in this language that name it.
    let mut named: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (at, card) in cards.iter().enumerate().filter(|(_, card)| !aside.contains(&card.id)) {
        for (language, id) in &card.stated {
            let Some((number, other)) = numbers.get(id.as_str()).and_then(|n| Some((*n, cards.get(*n)?))) else {
                continue;
            };
            // A page in another language than its link says is no version.
            if other.language == *language && card.language != *language && !other.states(&card.language) {
                named.entry((number, &card.language)).or_default().push(at);
            }
        }
    }
    for ((at, _), by) in named {
        if let ([one], Some(card)) = (by.as_slice(), cards.get(at))
            && let Some(version) = cards.get(*one)
        {
            let link = version.side().as_translation(1.0, Evidence::Backlink);
            relations.of.entry(card.id.clone()).or_default().translations.push(link);
        }
    }
}

/// The pairs among the cards of one source that are worth a look, in the order of their ids. Near-duplicates (`aside`) are
/// left to their originals.
pub(super) fn pairs(source: &[(u32, Card)], aside: &HashSet<String>) -> Vec<Pair> {
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
    let side = |at: usize| members.get(at).map(|(number, card)| (*number, card.side()));
    let pair = |((a, b), evidence)| Some(Pair { cards: [side(a)?, side(b)?], evidence });
    found.into_iter().filter_map(pair).collect()
}

/// Whether two can be linked: neither page names a version in the other's language.
fn may_be(one: &Card, other: &Card) -> bool {
    one.language != other.language && !one.states(&other.language) && !other.states(&one.language)
}

fn by_address(cards: &[&Card], found: &mut BTreeMap<(usize, usize), Evidence>) {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, card) in cards.iter().enumerate() {
        if let Some(pattern) = card.pattern.as_deref() {
            groups.entry(pattern).or_default().push(at);
        }
    }
    // A site has a few languages; a larger group has its pages under one address and tells them by something else.
    for group in groups.into_values().filter(|group| group.len() <= 8) {
        for (place, one) in group.iter().enumerate() {
            for other in group.iter().skip(place + 1) {
                if let (Some(a), Some(b)) = (cards.get(*one), cards.get(*other))
                    && may_be(a, b)
                {
                    found.insert((*one, *other), Evidence::Address);
                }
            }
        }
    }
}

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
        let others = others.filter(|other| cards.get(*other).is_some_and(|other| may_be(card, other)));
        for other in others.take(COMPARED) {
            found.entry((at, other)).or_insert(Evidence::Structure);
        }
    }
}

impl Card {
    /// Whether its page names a version in this language.
    fn states(&self, language: &str) -> bool {
        self.stated.iter().any(|(stated, _)| stated == language)
    }

    fn side(&self) -> Side {
        Side { id: self.id.clone(), url: self.url.clone(), language: self.language.clone(), content: self.content }
    }
}

impl Side {
    fn as_translation(&self, confidence: f64, evidence: Evidence) -> Translation {
        let evidence = match evidence {
            Evidence::Structure => "structure",
            Evidence::Address => "url_pattern",
            Evidence::Backlink => "backlink",
        };
        Translation {
            language: Some(self.language.clone()),
            id: self.id.clone(),
            url: self.url.clone(),
            evidence: evidence.to_owned(),
            confidence: Some((confidence * 100.0).round() / 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn addresses_that_differ_in_the_language_alone_have_one_pattern() {
        for (one, other) in [
            ("https://a.tj/ru/news/5", "https://a.tj/tg/news/5"),
            ("https://a.tj/news?id=5&lang=en", "https://a.tj/news?id=5&lang=ru"),
        ] {
            assert!(pattern(one).is_some());
            assert_eq!(pattern(one), pattern(other));
        }
        assert_ne!(pattern("https://a.tj/ru/news/5"), pattern("https://a.tj/tg/news/6"));
        for none in ["https://a.tj/news/5", "https://a.tj/ru/", "https://a.tj/?lang=ru"] {
            assert_eq!(pattern(none), None, "{none}");
        }
    }
}
