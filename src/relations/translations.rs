//! One document in several languages where its page doesn't say so: the other page does, the address is the same with another
//! language in it, or the numbers, names and structure are, on the same site.
//!
//! A wrong link is worse than none. So numbers must come in the same order, names must sound alike, the texts must be
//! built alike, each must be the other's best match, and by a margin.

use super::shape::Shape;
use super::words;
use super::{Card, Relations};
use crate::emit::Record;
use crate::emit::record::Translation;
use crate::error::Error;
use crate::metadata::language_of_tag;
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

/// Numbers by which a record's translations are looked for: years and single digits stand everywhere.
pub(super) fn numbers(words: &[words::Word<'_>]) -> Vec<u64> {
    let is_telling =
        |w: &&words::Word<'_>| w.is_number && !w.is_aside && w.text.chars().filter(char::is_ascii_digit).count() >= 2;
    let all: BTreeSet<u64> = words.iter().filter(is_telling).map(|w| w.hash).collect();
    all.into_iter().take(NUMBERS).collect()
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

/// A pair of cards that may be one document, and what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    Structure,
    Address,
    /// The other page names this one.
    Backlink,
}

/// Links the records of one source that are one document in two languages. Near-duplicates are left to their originals.
pub(super) fn link(
    cards: &[Card],
    read: &mut dyn FnMut(usize) -> Result<Record, Error>,
    relations: &mut Relations,
) -> Result<(), Error> {
    backlinks(cards, relations);
    let mut texts: HashMap<usize, Shape> = HashMap::new();
    let mut matches: BTreeMap<(usize, usize), (f64, Evidence)> = BTreeMap::new();
    for (one, other, evidence) in pairs(cards, relations) {
        for at in [one, other] {
            if let std::collections::hash_map::Entry::Vacant(free) = texts.entry(at) {
                free.insert(Shape::of(&read(at)?));
            }
        }
        if let (Some(a), Some(b)) = (texts.get(&one), texts.get(&other))
            && let Some(confidence) = a.confidence(b, evidence)
        {
            matches.insert((one, other), (confidence, evidence));
        }
    }
    for ((one, other), (confidence, evidence)) in &matches {
        let wanted = if *evidence == Evidence::Address { SURE_BY_ADDRESS } else { SURE };
        if *confidence >= wanted && is_best(&matches, cards, (*one, *other), *confidence) {
            for (from, to) in [(one, other), (other, one)] {
                if let (Some(from), Some(to)) = (cards.get(*from), cards.get(*to)) {
                    let link = to.as_translation(*confidence, *evidence);
                    relations.of.entry(from.id.clone()).or_default().translations.push(link);
                }
            }
        }
    }
    for relation in relations.of.values_mut() {
        relation.translations.sort_by(|a, b| (&a.language, &a.id).cmp(&(&b.language, &b.id)));
    }
    Ok(())
}

/// Links of pages that others name as their version, without naming these in turn.
fn backlinks(cards: &[Card], relations: &mut Relations) {
    let numbers: HashMap<&str, usize> = cards.iter().enumerate().map(|(at, card)| (card.id.as_str(), at)).collect();
    let originals = originals(cards, relations);
    // By page and language: the pages in this language that name it.
    let mut named: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (at, card) in cards.iter().enumerate().filter(|(_, card)| originals.contains(card.id.as_str())) {
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
            let link = version.as_translation(1.0, Evidence::Backlink);
            relations.of.entry(card.id.clone()).or_default().translations.push(link);
        }
    }
}

/// The records that aren't near-duplicates of another of their own source, which stands for them.
fn originals<'a>(cards: &'a [Card], relations: &Relations) -> HashSet<&'a str> {
    let sources: HashMap<&str, &str> = cards.iter().map(|c| (c.id.as_str(), c.source.as_str())).collect();
    let is_original = |card: &&Card| {
        let original = relations.of.get(&card.id).and_then(|r| r.duplicate_of.as_deref());
        original.is_none_or(|id| sources.get(id) != Some(&card.source.as_str()))
    };
    cards.iter().filter(is_original).map(|c| c.id.as_str()).collect()
}

/// Whether neither of two has another match in the other's language that comes near.
fn is_best(
    matches: &BTreeMap<(usize, usize), (f64, Evidence)>,
    cards: &[Card],
    (one, other): (usize, usize),
    confidence: f64,
) -> bool {
    let language = |at: usize| cards.get(at).map(|c| c.language.as_str());
    let rival = |(a, b): (usize, usize), keep: usize, left: usize| {
        let third = if a == keep { b } else { a };
        (a == keep || b == keep) && third != left && language(third) == language(left)
    };
    !matches.iter().any(|(pair, (other_confidence, _))| {
        *other_confidence > confidence - MARGIN && (rival(*pair, one, other) || rival(*pair, other, one))
    })
}

/// The pairs that are worth a look, in the order of their ids.
fn pairs(cards: &[Card], relations: &Relations) -> Vec<(usize, usize, Evidence)> {
    let originals = originals(cards, relations);
    let mut sources: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, card) in
        cards.iter().enumerate().filter(|(_, card)| !card.language.is_empty() && originals.contains(card.id.as_str()))
    {
        sources.entry(&card.source).or_default().push(at);
    }
    let mut found: BTreeMap<(usize, usize), Evidence> = BTreeMap::new();
    for mut members in sources.into_values() {
        members.sort_by_key(|at| cards.get(*at).map(|c| &c.id));
        let languages: BTreeSet<&str> =
            members.iter().filter_map(|at| cards.get(*at)).map(|c| c.language.as_str()).collect();
        if languages.len() > 1 {
            by_address(cards, &members, &mut found);
            by_numbers(cards, &members, &mut found);
        }
    }
    let mut pairs: Vec<(usize, usize, Evidence)> = found.into_iter().map(|((a, b), e)| (a, b, e)).collect();
    let id = |at: usize| cards.get(at).map(|c| &c.id);
    pairs.sort_by(|a, b| (id(a.0), id(a.1)).cmp(&(id(b.0), id(b.1))));
    pairs
}

/// Whether two can be linked: neither page names a version in the other's language.
fn may_be(one: &Card, other: &Card) -> bool {
    one.language != other.language && !one.states(&other.language) && !other.states(&one.language)
}

fn by_address(cards: &[Card], members: &[usize], found: &mut BTreeMap<(usize, usize), Evidence>) {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in members {
        if let Some(pattern) = cards.get(*at).and_then(|c| c.pattern.as_deref()) {
            groups.entry(pattern).or_default().push(*at);
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

fn by_numbers(cards: &[Card], members: &[usize], found: &mut BTreeMap<(usize, usize), Evidence>) {
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    for (place, at) in members.iter().enumerate() {
        for number in cards.get(*at).map(|c| c.numbers.as_slice()).unwrap_or_default() {
            holders.entry(*number).or_default().push(place);
        }
    }
    holders.retain(|_, places| places.len() <= HOLDERS);
    for (place, at) in members.iter().enumerate() {
        let Some(card) = cards.get(*at) else { continue };
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for other in card.numbers.iter().filter_map(|n| holders.get(n)).flatten().filter(|other| **other > place) {
            *shared.entry(*other).or_default() += 1;
        }
        let mut likely: Vec<(usize, usize)> = shared.into_iter().filter(|(_, count)| *count >= SHARED).collect();
        likely.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
        let others = likely.into_iter().filter_map(|(place, _)| members.get(place));
        let others = others.filter(|other| cards.get(**other).is_some_and(|c| may_be(card, c)));
        for other in others.take(COMPARED) {
            found.entry((*at, *other)).or_insert(Evidence::Structure);
        }
    }
}

impl Card {
    /// Whether its page names a version in this language.
    fn states(&self, language: &str) -> bool {
        self.stated.iter().any(|(stated, _)| stated == language)
    }

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
