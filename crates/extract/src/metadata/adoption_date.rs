//! The date of the document itself: adoption, signature, holding; with its number and place.
//!
//! Only what the text states for this document. Three zones are read: the lines at the top, the first paragraphs, the last
//! lines. Other documents' dates fill every official text ("the Convention of 10 December 1984"), so a date counts only in
//! a form that can't speak of another document: a line that is a place and a date, an act's own line with its number,
//! "having met in … on …", "done at … on …", "this declaration was adopted on …".

use super::Date;
use super::dates::{self, Found};
use super::evidence::{Evidence, is_chrome};
use super::publication_date::date;
use sanad_document::Block;
use sanad_document::text::chars;
use sanad_language::lexicon::{Language, at_word_start, fold, words};
use std::borrow::Cow;

/// Lines before and after the title that may be an act's own lines.
const TOP_BEFORE: usize = 6;
/// See [`TOP_BEFORE`].
const TOP_AFTER: usize = 6;
/// Paragraphs that may open a declaration.
const LEAD: usize = 5;
/// Last lines that may hold place, date and signatures.
const TAIL: usize = 10;
/// A longer block is a paragraph, not a line, in characters.
const LINE: usize = 200;
/// How far a verb may stand from its date, in characters: place and body fit between.
const REACH: usize = 110;

/// What a document states of its own adoption.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Adoption {
    pub(super) date: Option<Date>,
    pub(super) number: Option<String>,
    pub(super) place: Option<String>,
}

/// A date in a block, with the text around it as it stands and folded.
struct Spot<'a> {
    found: Found,
    text: &'a str,
    /// Folded, and only as far as [`REACH`]: what stands before the date in its sentence.
    before: String,
    after: String,
}

/// Reads the zones in the order of their certainty.
pub(super) fn read(evidence: &Evidence<'_>, title: Option<&str>, anchor: Option<usize>) -> Adoption {
    let Some(anchor) = anchor else {
        return Adoption::default();
    };
    let blocks = &evidence.document.blocks;
    let near = |b: &&Block| !is_chrome(b) && !b.text.is_empty();
    let kept: Vec<&Block> = blocks.iter().skip(anchor).filter(|b| b.fate.is_kept() && !b.text.is_empty()).collect();
    let above = blocks.iter().take(anchor).rev().filter(near).take(TOP_BEFORE);
    let top: Vec<&Block> = above.chain(kept.iter().take(TOP_AFTER + 1).copied()).collect();
    let titled_act = title.is_some_and(is_act);
    let is_act = titled_act || top.iter().any(|b| b.text.chars().count() <= LINE && is_act(&b.text));
    let lines = || top.iter().find_map(|b| act_line(&b.text).or_else(|| place_line(&b.text, is_act)));
    let titled = || title.and_then(act_line);
    let lead = || kept.iter().take(LEAD + 1).find_map(|b| opening(&b.text, titled_act));
    let last = kept.len().saturating_sub(TAIL).max(1);
    let tail = || {
        let lines = kept.iter().skip(last);
        lines.rev().find_map(|b| closing(&b.text, is_act).or_else(|| place_line(&b.text, is_act)))
    };
    titled().or_else(lines).or_else(lead).or_else(tail).unwrap_or_default()
}

/// Whether a text names an official act at its beginning: "Dushanbe Declaration", «Қонуни Ҷумҳурии Тоҷикистон»; among the
/// first five words, since further on stands what the text is about ("Parliament debates the new law on …").
fn is_act(text: &str) -> bool {
    const WORDS: usize = 5;
    let spaced = together(text);
    let first: Vec<&str> = spaced.split_whitespace().take(WORDS).collect();
    words().has_act(&fold(&first.join(" ")))
}

/// `п о с т а н о в л е н и е` as one word: letters set apart are a heading's dress.
fn together(text: &str) -> Cow<'_, str> {
    let words = || text.split(char::is_whitespace);
    let is_letter = |word: &&str| word.chars().next().is_some_and(|first| first.len_utf8() == word.len());
    let (single, all) = (words().filter(is_letter).count(), words().count());
    if all >= 4 && single * 10 >= all * 9 { words().collect::<String>().into() } else { text.into() }
}

/// Each full date of a text with what stands around it.
fn spots(text: &str) -> impl Iterator<Item = Spot<'_>> {
    dates::find(text).into_iter().filter(|f| f.value.day.is_some()).filter_map(move |found| {
        let before = text.get(..found.start)?;
        let sentence = before.rsplit(['!', '?', '…', '\n']).next().unwrap_or(before);
        let sentence = sentence.get(sentence_start(sentence)..).unwrap_or(sentence);
        let start = sentence.char_indices().rev().nth(REACH).map_or(0, |(at, _)| at);
        let after: String = text.get(found.end..)?.chars().take(REACH).collect();
        Some(Spot { found, text, before: fold(sentence.get(start..)?), after: fold(&after) })
    })
}

/// Where the last sentence begins, in bytes: after a full stop behind a word, not behind «г.» or "No.".
fn sentence_start(text: &str) -> usize {
    const WORD: usize = 3;
    let stops = text.rmatch_indices(". ").map(|(at, stop)| (at, at + stop.len()));
    let ends_word = |at: usize| {
        let word = text.get(..at).and_then(|t| t.rsplit(|c: char| !chars::is_letter_or_digit(c)).next());
        word.is_some_and(|w| w.chars().count() >= WORD || w.contains(chars::is_number))
    };
    stops.into_iter().find(|(at, _)| ends_word(*at)).map_or(0, |(_, next)| next)
}

/// The document's date: of a meeting over several days its last one, on which papers are adopted.
fn adoption(spot: &Spot<'_>, number: Option<String>, place: Option<String>) -> Adoption {
    let raw = spot.text.get(spot.found.start..spot.found.end).unwrap_or_default();
    let value = spot.found.last.unwrap_or(spot.found.value);
    Adoption { date: Some(date("document", "text", &value, raw)), number, place }
}

/// `Постановление от 15 января 2021 года № 53`, `14.04.2021 N 293`, `Қонун … аз 4 майи соли 2018, № 5`: date and number of
/// one line that begins with them, or with the act's name and no subject before the date.
fn act_line(text: &str) -> Option<Adoption> {
    if text.chars().count() > 2 * LINE {
        return None;
    }
    let spot = spots(text).next()?;
    let number = number(spot.text.get(spot.found.end..)?);
    let before = spot.before.trim();
    let at_start = text.get(..spot.found.start).is_some_and(|t| t.chars().count() <= REACH);
    let bare = !before.contains(chars::is_letter_or_digit) || is_word(before, |l| &l.from);
    let named = is_act(before) && !has_subject(before) && before.split_whitespace().count() <= 14;
    let fits = at_start && ((bare && number.is_some()) || (named && (number.is_some() || ends_with_from(before))));
    fits.then(|| adoption(&spot, number, None))
}

fn is_word(text: &str, list: fn(&Language) -> &[String]) -> bool {
    let word = text.trim_matches(|c: char| !chars::is_letter_or_digit(c));
    words().languages.values().any(|l| list(l).iter().any(|w| w == word))
}

fn ends_with_from(before: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or("");
    is_word(last, |l| &l.from)
}

/// Whether a subject or a quotation stands there: the date behind it belongs to another act.
fn has_subject(before: &str) -> bool {
    let words = words();
    let quoted = before.contains(['«', '"', '“', '„']);
    let about = words.languages.values().flat_map(|l| l.about.iter());
    let whole = |word: &String| {
        at_word_start(before, word).is_some_and(|at| {
            let behind = before.get(at + word.len()..).and_then(|t| t.chars().next());
            !behind.is_some_and(chars::is_letter)
        })
    };
    quoted || about.into_iter().any(whole)
}

/// The number behind an act's date: `№ 425-39/4`, `N 293`, `No. 5`.
fn number(after: &str) -> Option<String> {
    const SIGNS: [&str; 7] = ["№", "no.", "no ", "nr.", "nr ", "n ", "рақами"];
    /// A year's word and a mark fit between date and number, in characters.
    const NEAR: usize = 16;
    let folded = fold(after);
    let (at, sign) = SIGNS.iter().filter_map(|sign| Some((at_word_start(&folded, sign)?, *sign))).min()?;
    if folded.get(..at)?.chars().count() > NEAR {
        return None;
    }
    // Folding keeps the number of characters for these scripts, so the number is read from the text itself.
    let skipped = folded.get(..at)?.chars().count() + sign.chars().count();
    let rest: String = after.chars().skip(skipped).collect();
    let rest = rest.trim_start();
    let end =
        rest.find(|c: char| !(chars::is_letter_or_digit(c) || matches!(c, '-' | '/' | '.'))).unwrap_or(rest.len());
    let number = rest.get(..end)?.trim_end_matches(['.', '-', '/']);
    (number.contains(chars::is_number) && number.chars().count() <= 30).then(|| number.to_owned())
}

/// `г. Душанбе, 12 мая 2020 года`, `(Dushanbe, 3-4 May 2018)`, `12 майи соли 2020, ш. Душанбе`: a line of a place and a date.
fn place_line(text: &str, is_act: bool) -> Option<Adoption> {
    if text.chars().count() > LINE / 2 {
        return None;
    }
    let spot = spots(text).next()?;
    let before = text.get(..spot.found.start)?;
    let after = text.get(spot.found.end..)?;
    let number = number(after);
    let in_brackets = before.trim_start().starts_with('(') && after.trim_end().ends_with(')');
    let place = place(before).or_else(|| place(after));
    let marked = place.as_ref().is_some_and(|p| p.marked);
    // Behind the date "года", "ж."; a place there has more letters or a capital.
    let year_word = after.chars().filter(|c| chars::is_letter(*c)).count() <= 6 && !after.contains(char::is_uppercase);
    let only = year_word || !before.contains(chars::is_letter) || number.is_some();
    let line = marked || in_brackets || before.contains(',') || number.is_some();
    let fits = is_act && only && line && place.is_some();
    fits.then(|| adoption(&spot, number, place.map(|p| p.name)))
}

struct Town {
    name: String,
    /// A word says that it is one: "г.", "шаҳри".
    marked: bool,
}

/// The town that a part of a line names: one to three words, each with a capital.
fn place(part: &str) -> Option<Town> {
    let part = part.trim_matches(|c: char| !chars::is_letter_or_digit(c) && c != '.');
    let cut = part.split([',', '№', '(']).next().unwrap_or(part).trim();
    let folded = fold(cut);
    let all = words();
    let marks = all.languages.values().flat_map(|l| l.place.iter()).filter(|m| !m.is_empty());
    let mark = marks.filter(|m| folded.starts_with(m.as_str())).map(String::len).max();
    let name = mark.map_or(Some(cut), |m| cut.get(m..))?.trim();
    let names: Vec<&str> = name.split_whitespace().collect();
    let capital = |w: &&str| {
        w.chars().next().is_some_and(char::is_uppercase) && w.chars().all(|c| chars::is_letter(c) || c == '-')
    };
    let fits = (1..=3).contains(&names.len()) && names.iter().all(capital) && !is_act(name);
    fits.then(|| Town { name: name.to_owned(), marked: mark.is_some() })
}

/// The first paragraphs: "having met in Dushanbe on …", "On 3-4 May 2018 a conference was held …" under an act's title,
/// "said in a joint statement released on …".
fn opening(text: &str, titled_act: bool) -> Option<Adoption> {
    spots(text).find_map(|spot| {
        let words = words();
        let met = words.find(&spot.before, |l| &l.met).is_some();
        let at_start = spot.before.split_whitespace().count() <= 1 && spot.found.start <= 12;
        let held = at_start && titled_act && words.any(&sentence_after(text, spot.found.end), |l| &l.held);
        let place = || place_before(&spot);
        if met && (titled_act || is_own_voice(text)) {
            return Some(adoption(&spot, None, place()));
        }
        if held || (is_own_act(&spot.before) && verb_near(&spot.before)) {
            return Some(adoption(&spot, None, None));
        }
        None
    })
}

/// The sentence that a date begins, as far as a verb may stand: subjects of conferences are long.
fn sentence_after(text: &str, end: usize) -> String {
    const SENTENCE: usize = 260;
    let rest: String = text.get(end..).unwrap_or_default().chars().take(SENTENCE).collect();
    fold(rest.split(". ").next().unwrap_or(&rest))
}

/// Whether those who declare speak: "We, the Ministers", «Мы, главы государств».
fn is_own_voice(text: &str) -> bool {
    const WE: [&str; 14] =
        ["we,", "we ", "мы,", "мо,", "мо ", "biz,", "биз,", "біз,", "ما ", "nous,", "wir,", "nosotros,", "ми,", "мы "];
    let start: String = fold(text).chars().take(4).collect();
    WE.iter().any(|we| start.starts_with(we))
}

/// Whether the text before a date speaks of the act at hand: "this declaration", «настоящее соглашение», "joint statement".
fn is_own_act(before: &str) -> bool {
    let words = words();
    let own = words.languages.values().flat_map(|l| l.own.iter());
    own.filter_map(|w| at_word_start(before, w).map(|at| (at, w.len()))).any(|(at, length)| {
        let behind: String = before.get(at + length..).unwrap_or_default().chars().take(40).collect();
        words.has_act(&behind)
    })
}

/// Whether a verb of adoption stands before a date, with nothing but its place and body between.
fn verb_near(before: &str) -> bool {
    words().any(before, |l| &l.adopted)
}

/// The town in "in Dushanbe, Tajikistan on", «в г. Душанбе».
fn place_before(spot: &Spot<'_>) -> Option<String> {
    let before = spot.text.get(..spot.found.start)?;
    let from = before.rfind(" in ").map(|at| at + 4).or_else(|| before.rfind(" в ").map(|at| at + " в ".len()))?;
    let name = before.get(from..)?.split([',', '(']).next()?.trim();
    let name = name.trim_end_matches(" on").trim_end_matches(" the");
    place(name).map(|p| p.name)
}

/// The last lines: "Done at Dushanbe on 4 May 2018", «Совершено в г. Душанбе …», "This Declaration was adopted … on …",
/// "… 30 марти соли 2021 дар шаҳри Душанбе қабул шуд".
fn closing(text: &str, is_act: bool) -> Option<Adoption> {
    spots(text).find_map(|spot| {
        let words = words();
        let verb = words.find(&spot.before, |l| &l.adopted);
        let begins = verb.is_some_and(|(at, _)| at <= 3) && spot.found.start <= REACH * 2;
        let own = is_own_act(&spot.before);
        let behind = is_own_act(&format!("{} {}", spot.before, spot.after)) && words.any(&spot.after, |l| &l.adopted);
        let fits = (begins && is_act) || (own && verb.is_some()) || behind;
        fits.then(|| adoption(&spot, None, place_before(&spot)))
    })
}
