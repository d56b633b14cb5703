//! Repairs the letters of legacy Tajik fonts, where the text is Tajik.
//!
//! Tajik was long written in fonts that show its letters in the places of others (љ for ҷ, њ for ҳ, ќ for қ, ў for ӯ, ѓ
//! for ғ, ї for ӣ). The same letters are correct in Serbian, Macedonian, Ukrainian, Belarusian and Uzbek, which a Tajik
//! page may quote. So each word is weighed in every Cyrillic language, and in Tajik with its letters repaired. The
//! cheapest path through the words, on which a change of language has a cost, says which words are Tajik (Viterbi's
//! algorithm); only those are changed. Tajik typed without its letters has lost information and stays as it is.

use crate::bigrams;
use crate::codes::TAJIK;
use crate::word_pieces::{Piece, has_pair, is_cyrillic, pieces};

/// Letters of the fonts, and the Tajik letters that they show.
const FONT: [(char, char); 12] = [
    ('љ', 'ҷ'),
    ('Љ', 'Ҷ'),
    ('њ', 'ҳ'),
    ('Њ', 'Ҳ'),
    ('ќ', 'қ'),
    ('Ќ', 'Қ'),
    ('ў', 'ӯ'),
    ('Ў', 'Ӯ'),
    ('ѓ', 'ғ'),
    ('Ѓ', 'Ғ'),
    ('ї', 'ӣ'),
    ('Ї', 'Ӣ'),
];

/// Cost of a change of language between two words, in nats: it occurs once in a few thousand words of running text.
const SWITCH: f32 = 8.0;
/// The same beside a quotation mark or bracket, where quotations begin and end.
const SWITCH_AT_QUOTE: f32 = 5.0;
/// Evidence for Tajik that is needed if nothing is known of the page, in nats: a base, more for each word, and at most
/// this. Of short strings (names of towns and offices) Tajik ones had at least 2.9 for one word and 4.2 for two;
/// Serbian and Macedonian names of three words had up to 4.8.
const DOUBT: f32 = 1.2;
const DOUBT_PER_WORD: f32 = 1.25;
const MAX_DOUBT: f32 = 8.0;
/// Evidence against Tajik that is tolerated in a block of an otherwise Tajik page, in nats: a heading of few words.
const TRUST: f32 = 4.0;
/// Words of a text that are weighed. A block has some hundreds; of a book in one block only the first 20,000 are.
const MAX_WORDS: usize = 20_000;
/// A cost that no path takes.
const NEVER: f32 = 1e6;

/// What is known about the page that a text is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Surroundings {
    /// Nothing, or it is in another language.
    #[default]
    Unknown,
    /// Most of it is Tajik.
    Tajik,
}

/// A language and the cost of a word in it, in nats.
type LanguageCost = (&'static str, f32);

/// Replaces all letters of the legacy fonts, whatever the language.
#[must_use]
pub fn legacy_font_to_tajik(text: &str) -> String {
    text.chars().map(|c| shown(c).unwrap_or(c)).collect()
}

/// Returns the letter that a legacy font's letter shows.
fn shown(c: char) -> Option<char> {
    if !matches!(c, 'Ѓ'..='Ў' | 'ѓ'..='ў') {
        return None; // nearly all letters
    }
    FONT.iter().find(|(letter, _)| *letter == c).map(|(_, shown)| *shown)
}

/// Returns true if a text has a letter of the legacy fonts.
fn has_font_letter(text: &str) -> bool {
    // the bytes of most texts rule it out: U+0403 to U+040E and U+0453 to U+045E
    let may_have = |a, b| matches!((a, b), (0xD0, 0x83..=0x8E) | (0xD1, 0x93..=0x9E));
    has_pair(text, may_have) && text.chars().any(|c| shown(c).is_some())
}

/// Repairs font letters in the words that are Tajik. Returns the text and the number of letters, or `None` if there are
/// none.
pub(crate) fn repair(text: &str, surroundings: Surroundings) -> Option<(String, u32)> {
    if !has_font_letter(text) {
        return None;
    }
    let pieces = pieces(text);
    let is_tajik = tajik_pieces(&pieces, surroundings);
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    for (piece, is_tajik) in pieces.iter().zip(is_tajik) {
        if !is_tajik {
            out.push_str(piece.text);
            continue;
        }
        for c in piece.text.chars() {
            let shown = shown(c);
            count += u32::from(shown.is_some());
            out.push(shown.unwrap_or(c));
        }
    }
    (count > 0).then_some((out, count))
}

/// Returns for each piece whether the cheapest path through the words takes it as Tajik. No piece is if the text can be
/// explained about as well without Tajik.
fn tajik_pieces(pieces: &[Piece<'_>], surroundings: Surroundings) -> Vec<bool> {
    let is_word = |piece: &Piece<'_>| piece.is_word && piece.text.chars().any(is_cyrillic);
    let words: Vec<usize> = (0..).zip(pieces).filter(|(_, p)| is_word(p)).map(|(i, _)| i).take(MAX_WORDS).collect();
    let texts = words.iter().filter_map(|i| pieces.get(*i)).map(|piece| piece.text);
    let costs: Vec<Vec<LanguageCost>> = texts.map(costs_of).collect();
    let switches: Vec<f32> = std::iter::once(0.0)
        .chain(words.iter().zip(words.iter().skip(1)).map(|(from, to)| switch_cost(pieces, *from, *to)))
        .collect();
    let mut is_tajik = vec![false; pieces.len()];
    let Some(tajik) = costs.first().and_then(|c| c.iter().position(|(l, _)| *l == TAJIK)) else {
        return is_tajik;
    };
    let (without, _) = cheapest_path(&costs, &switches, Some(tajik));
    let (mut with, mut states) = cheapest_path(&costs, &switches, None);
    if surroundings == Surroundings::Tajik {
        let all: f32 = costs.iter().filter_map(|c| c.get(tajik)).map(|(_, cost)| cost).sum();
        if all - TRUST < with {
            (with, states) = (all - TRUST, vec![tajik; words.len()]);
        }
    }
    if without - with >= doubt(words.len(), surroundings) {
        for (index, _) in words.into_iter().zip(states).filter(|(_, state)| *state == tajik) {
            if let Some(is_tajik) = is_tajik.get_mut(index) {
                *is_tajik = true;
            }
        }
    }
    is_tajik
}

/// Returns the cost of a change of language between two words, given as indices of pieces.
fn switch_cost(pieces: &[Piece<'_>], from: usize, to: usize) -> f32 {
    let between = pieces.iter().skip(from).take(to - from).filter(|piece| !piece.is_word);
    let is_quote = |piece: &Piece<'_>| piece.text.contains(['«', '»', '"', '“', '”', '„', '(', ')']);
    if between.into_iter().any(is_quote) { SWITCH_AT_QUOTE } else { SWITCH }
}

/// Returns the evidence for Tajik that is needed: the more words there are, the more they can have.
fn doubt(words: usize, surroundings: Surroundings) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "some thousand words")]
    match surroundings {
        Surroundings::Unknown => (DOUBT + DOUBT_PER_WORD * words as f32).min(MAX_DOUBT),
        Surroundings::Tajik => 0.0,
    }
}

/// Returns the cost of the cheapest path through words, and the index of each word's language on it (Viterbi's
/// algorithm). One language can be excluded.
fn cheapest_path(costs: &[Vec<LanguageCost>], switches: &[f32], excluded: Option<usize>) -> (f32, Vec<usize>) {
    let mut sums: Vec<f32> = Vec::new();
    let mut before: Vec<Vec<usize>> = Vec::with_capacity(costs.len()); // the language before, by word and language
    for (here, switch) in costs.iter().zip(switches) {
        sums.resize(here.len(), 0.0);
        let (best, least) = least(&sums);
        let mut from = Vec::with_capacity(here.len());
        for (language, (sum, (_, cost))) in sums.iter_mut().zip(here).enumerate() {
            let stays = *sum <= least + switch;
            from.push(if stays { language } else { best });
            *sum = if stays { *sum } else { least + switch };
            *sum += if excluded == Some(language) { NEVER } else { *cost };
        }
        before.push(from);
    }
    let (mut state, total) = least(&sums);
    let mut states = vec![0; costs.len()];
    for (at, from) in states.iter_mut().zip(&before).rev() {
        *at = state;
        state = from.get(state).copied().unwrap_or(state);
    }
    (total, states)
}

fn least(sums: &[f32]) -> (usize, f32) {
    sums.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

/// Returns the cost of a word in each Cyrillic language, in Tajik with its letters repaired.
fn costs_of(word: &str) -> Vec<LanguageCost> {
    let mut costs = bigrams::of_word("Cyrl", word);
    if has_font_letter(word) {
        let repaired = tajik_cost(&legacy_font_to_tajik(word));
        for (label, cost) in &mut costs {
            if *label == TAJIK {
                *cost = repaired;
            }
        }
    }
    costs
}

/// Returns the cost of a word in Tajik, in nats.
pub(crate) fn tajik_cost(word: &str) -> f32 {
    bigrams::of_word("Cyrl", word).into_iter().find(|(label, _)| *label == TAJIK).map_or(f32::MAX, |(_, cost)| cost)
}
