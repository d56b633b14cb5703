//! Near-duplicates: print versions, reposts on other hosts, one page under two addresses.
//!
//! `MinHash` finds whom to compare; the two texts decide. A text that quotes, cuts or extends another is another text, and
//! so is one in which numbers or names were changed: last year's law, the next ambassador's visit.

use super::comparison_cache::Question;
use super::comparison_text::Compared;
use super::minhash::{self, Word, shingles, words};
use super::{Card, Comparisons, Unread};
use crate::error::Error;
use crate::ordered_map::map_weighed_in_order;
use foldhash::HashMap;
use sanad_document::linked_lists::{List, ListArena};
use sanad_document::text::chars;
use sanad_extract::boilerplate::fingerprint::SHINGLE;
use std::collections::BTreeMap;

/// What is asked of two texts here, among the comparisons.
const NEAR_EACH_OTHER: u8 = 0;
/// Overlap of the shingles (Jaccard) from which two texts can be one.
const NEAR: f64 = 0.85;
/// Words below which a text must be the same word for word: in a few lines every change is one of substance.
const SHORT: usize = 40;
/// Words below which nothing is told: "Page under construction" stands on many pages that are no duplicates.
const TOO_SHORT: usize = 12;
/// Share of the words that may be replaced by others: corrected spelling, not another subject.
const REPLACED: f64 = 0.02;
/// Share of the words that one text may have more in one piece.
const ADDED: f64 = 0.1;
/// Letters that two spellings of a word share at beginning and end, as a share of the longer one.
const SPELLING: f64 = 0.8;
/// Originals that a text is compared with, the likeliest first.
const COMPARED: usize = 16;
/// Originals that a band's key stands for: more are a site's empty form, and tell nothing.
const HOLDERS: u32 = 32;

/// A near-duplicate's original, as the number of its card, and the overlap of their shingles.
pub(super) type Original = Option<(usize, f64)>;

/// For each card the original it is a near-duplicate of: the earliest published, then the smallest id. An original is never
/// itself a duplicate. The order of the cards has no say.
pub(super) fn originals(
    cards: &[Card],
    (known, jobs): (&mut Comparisons, usize),
    read: &mut (dyn FnMut(usize) -> Result<Unread, Error> + Send),
) -> Result<Vec<Original>, Error> {
    let mut order: Vec<usize> = (0..cards.len()).collect();
    order.sort_by_key(|at| cards.get(*at).map(Card::rank));
    compare_ahead((cards, &order), (known, jobs), read)?;
    let mut found: Vec<Original> = vec![None; cards.len()];
    let mut holders = Holders::default();
    for (place, at) in order.iter().enumerate() {
        let Some(card) = cards.get(*at) else { continue };
        let mut own = None;
        for (at_other, other) in candidates(card, (cards, &order), &holders) {
            let overlap = known.of(question(other, card), || {
                let text = match &own {
                    Some(text) => text,
                    None => own.insert(read(*at)?.read()?),
                };
                Ok(near(&read(at_other)?.read()?, text))
            })?;
            if let Some(overlap) = overlap {
                if let Some(slot) = found.get_mut(*at) {
                    *slot = Some((at_other, overlap));
                }
                break;
            }
        }
        if found.get(*at).is_some_and(Option::is_none) {
            holders.add(card, place);
        }
    }
    Ok(found)
}

/// Compares each text with the first that it may be a near-duplicate of, many side by side. Which are asked for in the end
/// depends on what was found before, so that must go one by one; but most have one candidate, and it is that one.
fn compare_ahead(
    (cards, order): (&[Card], &[usize]),
    (known, jobs): (&mut Comparisons, usize),
    read: &mut (dyn FnMut(usize) -> Result<Unread, Error> + Send),
) -> Result<(), Error> {
    let mut pairs = Vec::new();
    let mut holders = Holders::default();
    for (place, at) in order.iter().enumerate() {
        let Some(card) = cards.get(*at) else { continue };
        if let Some((at_other, other)) = candidates(card, (cards, order), &holders).next()
            && !known.knows(question(other, card))
        {
            pairs.push(((at_other, other), (*at, card)));
        }
        holders.add(card, place);
    }
    let texts = pairs.into_iter().map(|((at_one, one), (at_other, other))| {
        let texts = read(at_one).and_then(|one| Ok((one, read(at_other)?)));
        let bytes = texts.as_ref().map_or(0, |(one, other)| one.line.len() + other.line.len());
        (bytes as u64, (question(one, other), texts))
    });
    let compare = |(): &mut (), (question, texts): (_, Result<(Unread, Unread), Error>)| {
        let (one, other) = texts?;
        Ok((question, near(&one.read()?, &other.read()?)))
    };
    map_weighed_in_order(jobs, texts, (|| (), compare), |compared: Result<_, Error>| {
        let (question, overlap) = compared?;
        known.learn(question, overlap);
        Ok(())
    })
}

/// What is asked of an original and a text.
fn question<'c>(original: &'c Card, text: &'c Card) -> Question<'c> {
    (NEAR_EACH_OTHER, &original.content, &text.content)
}

/// By band key: originals as their places in the order.
#[derive(Default)]
struct Holders {
    of: HashMap<u64, List>,
    all: ListArena,
}

impl Holders {
    /// Adds an original.
    fn add(&mut self, card: &Card, place: usize) {
        for key in &card.bands {
            let chain = self.of.entry(*key).or_insert(List::EMPTY);
            self.all.add(chain, u32::try_from(place).unwrap_or(u32::MAX), HOLDERS);
        }
    }

    /// The originals that hold a key.
    fn of(&self, key: u64) -> impl Iterator<Item = usize> {
        self.all.numbers(self.of.get(&key).copied().unwrap_or(List::EMPTY)).map(|place| place as usize)
    }
}

/// Originals that share a band and may be one text with this: the likeliest, and of these the earliest first.
fn candidates<'c>(
    card: &Card,
    (cards, order): (&'c [Card], &[usize]),
    holders: &Holders,
) -> impl Iterator<Item = (usize, &'c Card)> {
    let mut hits: BTreeMap<usize, usize> = BTreeMap::new();
    for place in card.bands.iter().flat_map(|key| holders.of(*key)) {
        *hits.entry(place).or_default() += 1;
    }
    let mut likely: Vec<(usize, usize)> = hits.into_iter().collect();
    likely.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    likely.truncate(COMPARED);
    let mut places: Vec<usize> = likely.into_iter().map(|(place, _)| place).collect();
    places.sort_unstable();
    let card_at = |place: usize| order.get(place).and_then(|at| Some((*at, cards.get(*at)?)));
    places.into_iter().filter_map(card_at).filter(|(_, other)| other.may_equal(card))
}

/// The overlap of two texts' shingles, when the two are one text.
#[must_use]
pub(super) fn near(one: &Compared, other: &Compared) -> Option<f64> {
    if states_another(one, other) {
        return None;
    }
    if one.text == other.text {
        // The same page again, as most are: nothing need be taken apart.
        return (minhash::count(one) >= TOO_SHORT).then_some(1.0);
    }
    let (a, b) = (words(one), words(other));
    let least = a.len().min(b.len());
    if least < TOO_SHORT {
        return None;
    }
    let (a, b) = (Shingled::of(&a), Shingled::of(&b));
    let overlap = jaccard(&a, &b);
    let wanted = if least < SHORT { 1.0 } else { NEAR };
    (overlap >= wanted && is_same_text(&a, &b)).then_some(overlap)
}

/// Whether the two say of themselves that they are two: another number, another date, other numbers in the title.
fn states_another(one: &Compared, other: &Compared) -> bool {
    let titled = |text: &Compared| {
        let digits = |w: &str| w.chars().filter(|c| chars::is_number(*c)).collect::<String>();
        let title = text.title.as_deref().unwrap_or_default();
        let mut numbers: Vec<String> = title.split_whitespace().map(digits).filter(|d| !d.is_empty()).collect();
        numbers.sort();
        (!numbers.is_empty()).then_some(numbers)
    };
    differ(one.number(), other.number())
        || differ(one.date("document"), other.date("document"))
        || differ(titled(one), titled(other))
}

fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

#[allow(clippy::cast_precision_loss, reason = "numbers of words are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The words of a text and its shingles.
struct Shingled<'w, 't> {
    words: &'w [Word<'t>],
    /// In the order of the words that they begin with.
    shingles: Vec<u64>,
    /// The places of these words in the order of their shingles.
    places: Vec<u32>,
}

impl<'w, 't> Shingled<'w, 't> {
    fn of(words: &'w [Word<'t>]) -> Self {
        let shingles = shingles(words);
        let mut places: Vec<u32> = (0..).take(shingles.len()).collect();
        places.sort_unstable_by_key(|place| (shingles.get(*place as usize), *place));
        Self { words, shingles, places }
    }

    fn shingle(&self, place: u32) -> Option<u64> {
        self.shingles.get(place as usize).copied()
    }

    /// Its shingles, each once, sorted.
    fn set(&self) -> impl Iterator<Item = u64> {
        let each_once = self.places.chunk_by(|a, b| self.shingle(*a) == self.shingle(*b));
        each_once.filter_map(|same| self.shingle(*same.first()?))
    }

    /// The first place from `from` on where a shingle begins.
    fn next(&self, shingle: u64, from: usize) -> Option<usize> {
        let from = (Some(shingle), u32::try_from(from).ok()?);
        let at = self.places.partition_point(|place| (self.shingle(*place), *place) < from);
        self.places.get(at).filter(|place| self.shingle(**place) == Some(shingle)).map(|place| *place as usize)
    }

    fn hash(&self, at: usize) -> Option<u64> {
        self.words.get(at).map(|word| word.hash)
    }
}

fn jaccard(a: &Shingled<'_, '_>, b: &Shingled<'_, '_>) -> f64 {
    let (mut of_b, mut both) = (b.set().peekable(), 0);
    for shingle in a.set() {
        while of_b.next_if(|other| *other < shingle).is_some() {}
        both += usize::from(of_b.peek() == Some(&shingle));
    }
    share(both, a.set().count() + b.set().count() - both)
}

/// Whether nothing of substance differs between two texts that are nearly alike.
fn is_same_text(a: &Shingled<'_, '_>, b: &Shingled<'_, '_>) -> bool {
    let most = a.words.len().max(b.words.len());
    let mut replaced = 0;
    for (a, b) in gaps(a, b) {
        let aside = |words: &[Word<'_>]| words.iter().all(|w| w.is_aside);
        if a.is_empty() || b.is_empty() {
            if share(a.len().max(b.len()), most) > ADDED {
                return false;
            }
        } else if !(aside(a) && aside(b)) {
            if is_other_number(a, b) || is_other_name(a, b) {
                return false;
            }
            replaced += a.len().max(b.len());
        }
    }
    share(replaced, most) <= REPLACED
}

/// Whether a number stands where another stood.
fn is_other_number(a: &[Word<'_>], b: &[Word<'_>]) -> bool {
    let numbers = |words: &[Word<'_>]| {
        let mut numbers: Vec<u64> = words.iter().filter(|w| w.is_number && !w.is_aside).map(|w| w.hash).collect();
        numbers.sort_unstable();
        numbers
    };
    let (a, b) = (numbers(a), numbers(b));
    !a.is_empty() && !b.is_empty() && a != b
}

/// Whether a name stands where another stood; another spelling is no other name.
fn is_other_name(a: &[Word<'_>], b: &[Word<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).any(|(x, y)| x.is_capital() && y.is_capital() && !is_spelling(x.text, y.text))
}

/// Whether two words may be one in another spelling or case: they begin and end alike.
fn is_spelling(one: &str, other: &str) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (one, other) = (lower(one), lower(other));
    let (least, most) = (one.len().min(other.len()), one.len().max(other.len()));
    let begin = one.iter().zip(&other).take_while(|(x, y)| x == y).count();
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(x, y)| x == y).count();
    share((begin + end).min(least), most) >= SPELLING
}

/// A place where two texts differ: what one has and what the other has there.
type Gap<'w, 't> = (&'w [Word<'t>], &'w [Word<'t>]);

/// Where the texts differ, told by going along both and meeting again at the nearest shingle they share.
fn gaps<'w, 't>(a: &Shingled<'w, 't>, b: &Shingled<'w, 't>) -> Vec<Gap<'w, 't>> {
    let (of_a, of_b) = (a.words, b.words);
    let (mut i, mut j) = (0, 0);
    let mut gaps = Vec::new();
    while i < of_a.len() || j < of_b.len() {
        if i < of_a.len() && a.hash(i) == b.hash(j) {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (next_i, next_j) = meeting(a, b, (i, j)).unwrap_or((of_a.len(), of_b.len()));
        let (mut end_i, mut end_j) = (next_i, next_j);
        // At the end fewer words than a shingle may be alike.
        while end_i > i && end_j > j && a.hash(end_i - 1) == b.hash(end_j - 1) {
            (end_i, end_j) = (end_i - 1, end_j - 1);
        }
        gaps.push((of_a.get(i..end_i).unwrap_or_default(), of_b.get(j..end_j).unwrap_or_default()));
        (i, j) = (next_i, next_j);
    }
    gaps
}

/// The nearest place after `i` and `j` where both go on with the same shingle.
fn meeting(a: &Shingled<'_, '_>, b: &Shingled<'_, '_>, (i, j): (usize, usize)) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let cost = |(x, y): (usize, usize)| (x - i) + (y - j);
    for (at, shingle) in a.shingles.iter().enumerate().skip(i) {
        if best.is_some_and(|best| at - i >= cost(best)) {
            break;
        }
        let next = b.next(*shingle, j);
        if let Some(next) = next.filter(|next| best.is_none_or(|best| cost((at, *next)) < cost(best))) {
            best = Some((at, next));
        }
    }
    best
}

const _: () = assert!(TOO_SHORT > SHINGLE, "a text that is compared has shingles");
