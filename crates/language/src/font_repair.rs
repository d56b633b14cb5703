//! Letters of broken fonts, look-alikes and decomposed letters, put right where the language says so.
//!
//! Tajik was long written in fonts that show its letters in the places of others (љ for ҷ, њ for ҳ, ќ for қ, ў for ӯ,
//! ѓ for ғ, ї for ӣ). The same letters are right in Serbian, Macedonian, Ukrainian, Belarusian and Uzbek, which may
//! stand in a Tajik page as a quotation. So each word is weighed in every Cyrillic language, Tajik with its letters put
//! right, and the cheapest way through the words, a change of language costing something, says which are Tajik
//! (Viterbi's algorithm); only those are changed. Tajik typed without its letters is lossy and stays as it is.

use unicode_normalization::UnicodeNormalization;

use crate::{bigrams, identify};
use sanad_document::Repair;
use sanad_document::text::{chars, normalize};

/// Letters of the fonts, and what they mean.
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

/// Latin letters that look like a Cyrillic one.
const LOOKALIKES: [(char, char); 21] = [
    ('a', 'а'),
    ('A', 'А'),
    ('B', 'В'),
    ('c', 'с'),
    ('C', 'С'),
    ('e', 'е'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('K', 'К'),
    ('k', 'к'),
    ('M', 'М'),
    ('m', 'м'),
    ('o', 'о'),
    ('O', 'О'),
    ('p', 'р'),
    ('P', 'Р'),
    ('T', 'Т'),
    ('x', 'х'),
    ('X', 'Х'),
    ('y', 'у'),
    ('Y', 'У'),
];

/// A change of language from one word to the next, in nats: once in a few thousand words of running text.
const SWITCH: f32 = 8.0;
/// The same beside a quotation mark or bracket, where quotations begin and end.
const SWITCH_AT_QUOTE: f32 = 5.0;
/// What must speak for Tajik when nothing is known of the page, in nats: to begin with, for each word, and at most. Of
/// short strings (names of towns and offices) Tajik ones had 2.9 and more for one word and 4.2 for two, Serbian and
/// Macedonian names of three words up to 4.8.
const DOUBT: (f32, f32, f32) = (1.2, 1.25, 8.0);
/// What may speak against it in a block on a page that is Tajik otherwise: a heading of few words.
const TRUST: f32 = 4.0;
/// What a word with ҷ may cost more than with х where x is the only Latin letter, in nats: there it nearly always is ҷ.
const X_FOR_J: f32 = 8.0;
/// Rounds of repairs: one may show the language that lets another in. The limit ends a circle, should there be one.
const ROUNDS: usize = 4;
/// Words of a text that are weighed; a block has some hundreds, a book as one block is cut into its first 20,000.
const WORDS: usize = 20_000;

/// What is known of the page a text stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Surroundings {
    /// Nothing, or another language.
    #[default]
    Unknown,
    /// Most of it is Tajik.
    Tajik,
}

/// A text put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repaired {
    pub(crate) text: String,
    pub(crate) repairs: Vec<Repair>,
}

/// The letter a legacy font's letter stands for.
fn meant(c: char) -> Option<char> {
    if !matches!(c, 'Ѓ'..='Ў' | 'ѓ'..='ў') {
        return None; // nearly all letters
    }
    FONT.iter().find(|(seen, _)| *seen == c).map(|(_, m)| *m)
}

/// Whether a letter of the legacy fonts is among a text's.
fn has_font_letter(text: &str) -> bool {
    // The bytes of most texts rule it out: U+0403 to U+040E and U+0453 to U+045E.
    let perhaps = |a, b| matches!((a, b), (0xD0, 0x83..=0x8E) | (0xD1, 0x93..=0x9E));
    has_pair(text, perhaps) && text.chars().any(|c| meant(c).is_some())
}

/// Whether two bytes side by side are as wanted, told of many at once.
fn has_pair(text: &str, is_wanted: impl Fn(u8, u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().zip(bytes.iter().skip(1)).fold(false, |any, (a, b)| any | is_wanted(*a, *b))
}

/// All letters of the legacy fonts replaced, unconditionally.
pub fn legacy_font_to_tajik(text: &str) -> String {
    text.chars().map(|c| meant(c).unwrap_or(c)).collect()
}

/// The text in NFC with its letters put right, or `None` when nothing had to be done.
pub(crate) fn repair(text: &str, surroundings: Surroundings) -> Option<Repaired> {
    if text.is_ascii() {
        return None;
    }
    let mut repairs = Vec::new();
    let mut now = compose(text, &mut repairs);
    for _ in 0..ROUNDS {
        let Some(next) = round(now.as_deref().unwrap_or(text), surroundings, &mut repairs) else {
            break;
        };
        now = Some(next);
    }
    now.map(|text| Repaired { text, repairs })
}

/// Look-alikes, then font letters; `None` when both are right.
fn round(text: &str, surroundings: Surroundings, repairs: &mut Vec<Repair>) -> Option<String> {
    let mut now = None;
    if has_mixed_word(text) {
        let (fixed, count) = lookalikes(text);
        if count > 0 && !keeps_its_letters(&fixed) {
            note(repairs, "latin_lookalike", count);
            now = Some(fixed);
        }
    }
    let seen = now.as_deref().unwrap_or(text);
    if has_font_letter(seen) {
        let (fixed, count) = font(seen, surroundings);
        if count > 0 {
            note(repairs, "tajik_font", count);
            now = Some(fixed);
        }
    }
    now
}

/// Font letters alone, for text whose other letters must stay as they came.
pub(crate) fn font_only(text: &str) -> Option<String> {
    if !has_font_letter(text) {
        return None;
    }
    let (fixed, count) = font(text, Surroundings::Unknown);
    (count > 0).then_some(fixed)
}

fn note(repairs: &mut Vec<Repair>, rule: &str, count: u32) {
    match repairs.iter_mut().find(|r| r.rule == rule) {
        Some(known) => known.count += count,
        None => repairs.push(Repair { rule: rule.to_owned(), count }),
    }
}

/// NFC, where the text isn't already.
fn compose(text: &str, repairs: &mut Vec<Repair>) -> Option<String> {
    if normalize::is_surely_nfc(text) {
        return None;
    }
    let composed: String = text.nfc().collect();
    if composed == text {
        return None;
    }
    let fewer = text.chars().count().saturating_sub(composed.chars().count());
    note(repairs, "decomposed", u32::try_from(fewer).unwrap_or(u32::MAX).max(1));
    Some(composed)
}

fn is_cyrillic(c: char) -> bool {
    matches!(u32::from(c), 0x400..=0x481 | 0x48A..=0x52F)
}

/// Whether a Latin and a Cyrillic letter stand side by side.
fn has_mixed_word(text: &str) -> bool {
    // The bytes of most texts rule it out.
    let beside =
        |a: u8, b: u8| (a.is_ascii_alphabetic() && !b.is_ascii()) || (!a.is_ascii() && b.is_ascii_alphabetic());
    if !has_pair(text, beside) {
        return false;
    }
    let mut before = (false, false);
    text.chars().any(|c| {
        let now = (is_cyrillic(c), c.is_ascii_alphabetic());
        let mixed = (before.0 && now.1) || (before.1 && now.0);
        before = now;
        mixed
    })
}

/// Pieces of a text: words (runs of letters) and what stands between, in turn.
fn pieces(text: &str) -> Vec<(bool, &str)> {
    let mut out = Vec::new();
    let mut rest = text;
    // each turn takes at least one character
    while let Some(first) = rest.chars().next() {
        let word = is_letter(first);
        let end = rest.find(|c: char| is_letter(c) != word).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push((word, piece));
        rest = tail;
    }
    out
}

fn is_letter(c: char) -> bool {
    chars::is_letter(c) || matches!(u32::from(c), 0x300..=0x36F)
}

/// Whether a text is in a language whose texts are left as they are, stray letters included.
fn keeps_its_letters(text: &str) -> bool {
    if identify::verdict(&legacy_font_to_tajik(text)).code == "tgk" {
        return false;
    }
    matches!(identify::verdict(text).code, "srp" | "mkd" | "ukr" | "bel" | "uzb")
}

/// Latin look-alikes in words that are Cyrillic otherwise.
fn lookalikes(text: &str) -> (String, u32) {
    let keyboard = only_x(text);
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    for (word, piece) in pieces(text) {
        match word.then(|| cyrillic_only(piece, keyboard)).flatten() {
            Some((fixed, n)) => {
                out.push_str(&fixed);
                count += n;
            }
            None => out.push_str(piece),
        }
    }
    (out, count)
}

/// A mixed word in Cyrillic letters alone; `None` when it isn't mostly Cyrillic or holds another Latin letter.
fn cyrillic_only(word: &str, keyboard: Keyboard) -> Option<(String, u32)> {
    let cyrillic = word.chars().filter(|c| is_cyrillic(*c)).count();
    let latin = word.chars().filter(char::is_ascii_alphabetic).count();
    if latin == 0 || cyrillic < latin {
        return None;
    }
    let swap = |as_x: char| -> Option<String> {
        word.chars()
            .map(|c| match c {
                'x' => Some(as_x),
                'X' => as_x.to_uppercase().next(),
                _ if c.is_ascii_alphabetic() => LOOKALIKES.iter().find(|(l, _)| *l == c).map(|(_, m)| *m),
                _ => Some(c),
            })
            .collect()
    };
    let plain = swap('х')?;
    let count = u32::try_from(latin).unwrap_or(u32::MAX);
    if !word.contains(['x', 'X']) {
        return Some((plain, count));
    }
    let tajik = swap('ҷ')?;
    let allowance = match keyboard {
        Keyboard::XForJ => X_FOR_J,
        Keyboard::Mixed => 0.0,
    };
    let cheapest = |w: &str| tajik_cost(&legacy_font_to_tajik(w));
    if cheapest(&tajik) < cheapest(&plain) + allowance { Some((tajik, count)) } else { Some((plain, count)) }
}

/// How the Latin letters of a text came into its Cyrillic words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyboard {
    /// Some Tajik keyboard layouts gave a Latin x for ҷ, and nothing else.
    XForJ,
    /// Any look-alikes: an x is a х.
    Mixed,
}

/// Whether x is the only Latin letter in Cyrillic words, and the text Tajik.
fn only_x(text: &str) -> Keyboard {
    let mut mixed = pieces(text).into_iter().filter(|(word, piece)| {
        *word && piece.chars().any(is_cyrillic) && piece.chars().any(|c| c.is_ascii_alphabetic())
    });
    let all_x = mixed.all(|(_, piece)| piece.chars().filter(char::is_ascii_alphabetic).all(|c| matches!(c, 'x' | 'X')));
    let tajik = || identify::verdict(&legacy_font_to_tajik(text).replace('x', "х")).code == "tgk";
    if all_x && tajik() { Keyboard::XForJ } else { Keyboard::Mixed }
}

fn tajik_cost(word: &str) -> f32 {
    bigrams::of_word("Cyrl", word).into_iter().find(|(label, _)| *label == "tgk").map_or(f32::MAX, |(_, cost)| cost)
}

/// Font letters in the words that are Tajik.
fn font(text: &str, surroundings: Surroundings) -> (String, u32) {
    let pieces = pieces(text);
    let words: Vec<(usize, &str)> = pieces
        .iter()
        .enumerate()
        .filter(|(_, (word, piece))| *word && piece.chars().any(is_cyrillic))
        .map(|(i, (_, piece))| (i, *piece))
        .take(WORDS)
        .collect();
    let quoted = |from: usize, to: usize| {
        pieces
            .iter()
            .skip(from)
            .take(to - from)
            .any(|(word, piece)| !word && piece.contains(['«', '»', '"', '“', '”', '„', '(', ')']))
    };
    let tajik = tajik_words(&words, surroundings, &quoted);
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    let mut next = words.iter().zip(tajik).filter(|(_, t)| *t).map(|(&(i, _), _)| i).peekable();
    for (i, (_, piece)) in pieces.iter().enumerate() {
        if next.next_if_eq(&i).is_some() {
            for c in piece.chars() {
                let m = meant(c);
                count += u32::from(m.is_some());
                out.push(m.unwrap_or(c));
            }
        } else {
            out.push_str(piece);
        }
    }
    (out, count)
}

/// For each word whether the cheapest way through the text takes it as Tajik; none when the text can be explained
/// without Tajik about as well.
fn tajik_words(
    words: &[(usize, &str)],
    surroundings: Surroundings,
    quoted: &dyn Fn(usize, usize) -> bool,
) -> Vec<bool> {
    let costs: Vec<Vec<(&'static str, f32)>> = words.iter().map(|(_, word)| emissions(word)).collect();
    let switches: Vec<f32> = std::iter::once(0.0)
        .chain(words.iter().zip(words.iter().skip(1)).map(
            |((a, _), (b, _))| {
                if quoted(*a, *b) { SWITCH_AT_QUOTE } else { SWITCH }
            },
        ))
        .collect();
    let Some(tajik) = costs.first().and_then(|c| c.iter().position(|(l, _)| *l == "tgk")) else {
        return vec![false; words.len()];
    };
    let (without, _) = cheapest_way(&costs, &switches, Some(tajik));
    let (mut with, mut states) = cheapest_way(&costs, &switches, None);
    if surroundings == Surroundings::Tajik {
        let all: f32 = costs.iter().filter_map(|c| c.get(tajik)).map(|(_, cost)| cost).sum();
        if all - TRUST < with {
            (with, states) = (all - TRUST, vec![tajik; words.len()]);
        }
    }
    if without - with < doubt(words.len(), surroundings) {
        return vec![false; words.len()];
    }
    states.into_iter().map(|s| s == tajik).collect()
}

/// What must speak for Tajik: the more words there are, the more can.
fn doubt(words: usize, surroundings: Surroundings) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "some thousand words")]
    match surroundings {
        Surroundings::Unknown => (DOUBT.0 + DOUBT.1 * words as f32).min(DOUBT.2),
        Surroundings::Tajik => 0.0,
    }
}

/// The cheapest way through words: its cost, and the language of each (Viterbi's algorithm). One language can be left
/// out.
fn cheapest_way(costs: &[Vec<(&'static str, f32)>], switches: &[f32], without: Option<usize>) -> (f32, Vec<usize>) {
    let mut sums: Vec<f32> = Vec::new();
    let mut ways: Vec<Vec<usize>> = Vec::with_capacity(costs.len()); // language before, by word and language
    for (here, switch) in costs.iter().zip(switches) {
        sums.resize(here.len(), 0.0);
        let (best, least) = least(&sums);
        let mut way = Vec::with_capacity(here.len());
        for (language, (sum, (_, cost))) in sums.iter_mut().zip(here).enumerate() {
            let stays = *sum <= least + switch;
            way.push(if stays { language } else { best });
            *sum = if stays { *sum } else { least + switch };
            *sum += if without == Some(language) { NEVER } else { *cost };
        }
        ways.push(way);
    }
    let (mut state, total) = least(&sums);
    let mut states = vec![0; costs.len()];
    for (at, way) in states.iter_mut().zip(&ways).rev() {
        *at = state;
        state = way.get(state).copied().unwrap_or(state);
    }
    (total, states)
}

/// A cost that no way takes.
const NEVER: f32 = 1e6;

fn least(sums: &[f32]) -> (usize, f32) {
    sums.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

/// The cost of a word in each Cyrillic language, in Tajik with its letters put right.
fn emissions(word: &str) -> Vec<(&'static str, f32)> {
    let mut costs = bigrams::of_word("Cyrl", word);
    if has_font_letter(word) {
        let fixed = tajik_cost(&legacy_font_to_tajik(word));
        for (label, cost) in &mut costs {
            if *label == "tgk" {
                *cost = fixed;
            }
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::{Surroundings, repair};

    fn fixed(text: &str) -> String {
        repair(text, Surroundings::Unknown).map_or_else(|| text.to_owned(), |r| r.text)
    }

    #[test]
    fn tajik_in_a_legacy_font_is_put_right() {
        assert_eq!(fixed("Љумњурии Тољикистон"), "Ҷумҳурии Тоҷикистон");
        assert_eq!(fixed("Вазорати корњои хориљї"), "Вазорати корҳои хориҷӣ");
    }

    #[test]
    fn other_languages_keep_their_letters() {
        for text in [
            "Љубљана и Њујорк",
            "Скопје, Ѓорче Петров",
            "Її мова, її земля",
            "Ён жыў у Мінску",
            "Ўзбекистон Республикаси",
        ] {
            assert_eq!(fixed(text), text);
        }
    }

    #[test]
    fn a_serbian_quotation_in_a_tajik_paragraph_stays() {
        let text = "Президент гуфт, ки суханони шоир «Његова земља је лепша од сваке друге земље» барои мо муњим аст ва њамеша дар хотир мемонад.";
        let want = "Президент гуфт, ки суханони шоир «Његова земља је лепша од сваке друге земље» барои мо муҳим аст ва ҳамеша дар хотир мемонад.";
        assert_eq!(fixed(text), want);
    }

    #[test]
    fn repairs_say_rule_and_count() {
        let repaired = repair("Забони тољики\u{304} дар Тољикистoн", Surroundings::Tajik).unwrap();
        assert_eq!(repaired.text, "Забони тоҷикӣ дар Тоҷикистон");
        let rules: Vec<(&str, u32)> = repaired.repairs.iter().map(|r| (r.rule.as_str(), r.count)).collect();
        assert_eq!(rules, [("decomposed", 1), ("latin_lookalike", 1), ("tajik_font", 2)]);
    }

    #[test]
    fn mixed_tokens_that_are_no_words_stay() {
        for text in ["IT-парк", "iФон", "XXI аср", "ХXI", "Wi-Fi барои ҳама"] {
            assert_eq!(fixed(text), text);
        }
    }
}
