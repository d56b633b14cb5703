//! When the document itself was adopted, signed or held; with its number and place.
//!
//! Official texts are full of other documents' dates ("the Convention of 10 December 1984"). So a date counts only in a
//! form that can't refer to another document: a line of a place and a date, an act's own line with its number, "having
//! met in … on …", "done at … on …", "this declaration was adopted on …". Three zones are read: the lines around the
//! title, the first paragraphs, and the last lines.

use super::date::{Date, DateRole, DateSource};
use super::dates::{self, DateMatch, SlashOrder};
use super::evidence::{Evidence, is_chrome};
use sanad_document::Block;
use sanad_document::text::chars;
use sanad_language::lexicon::{Language, at_word_start, fold, words};
use std::borrow::Cow;

/// How many blocks before the title may be an act's own lines.
const TOP_BEFORE: usize = 6;
/// How many blocks after the title may be an act's own lines.
const TOP_AFTER: usize = 6;
/// How many paragraphs may open a declaration.
const LEAD: usize = 5;
/// How many of the last blocks may hold place, date and signatures.
const TAIL: usize = 10;
/// The longest line, in code points; a longer block is a paragraph.
const MAX_LINE: usize = 200;
/// How far a verb may be from its date, in code points: place and body fit between.
const REACH: usize = 110;
/// The most words of an act's name before its date.
const MAX_ACT_WORDS: usize = 14;
/// The longest number of an act, in code points.
const MAX_NUMBER: usize = 30;

/// What a document says of its own adoption.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Adoption {
    pub(super) date: Option<Date>,
    pub(super) number: Option<String>,
    pub(super) place: Option<String>,
}

/// A full date in a text, with its surroundings.
struct DateInText<'a> {
    found: DateMatch,
    text: &'a str,
    /// What is before the date in its sentence: folded, at most [`REACH`] code points.
    before: String,
    /// What is after the date: folded, at most [`REACH`] code points.
    after: String,
}

impl<'a> DateInText<'a> {
    /// What is before the date in its text.
    fn all_before(&self) -> Option<&'a str> {
        self.text.get(..self.found.start)
    }

    /// What is after the date in its text.
    fn all_after(&self) -> Option<&'a str> {
        self.text.get(self.found.end..)
    }
}

/// What a text is, by its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Genre {
    /// An official act.
    Act,
    Other,
}

impl Genre {
    /// Whether a text names an official act at its beginning: "Dushanbe Declaration", «Қонуни Ҷумҳурии Тоҷикистон».
    fn of(text: &str) -> Self {
        if is_act(text) { Self::Act } else { Self::Other }
    }
}

/// Reads the zones, the most certain first. `anchor` is the block of `title`.
pub(super) fn read(evidence: &Evidence<'_>, title: Option<&str>, anchor: Option<usize>) -> Adoption {
    let Some(anchor) = anchor else {
        return Adoption::default();
    };
    let blocks = &evidence.document.blocks;
    let is_own = |b: &&Block| !is_chrome(b) && !b.text.is_empty();
    let kept: Vec<&Block> = blocks.iter().skip(anchor).filter(|b| b.fate.is_kept() && !b.text.is_empty()).collect();
    let above = blocks.iter().take(anchor).rev().filter(is_own).take(TOP_BEFORE);
    let top: Vec<&Block> = above.chain(kept.iter().take(TOP_AFTER + 1).copied()).collect();
    let title_genre = title.map_or(Genre::Other, Genre::of);
    let names_act = |b: &&Block| b.text.chars().count() <= MAX_LINE && is_act(&b.text);
    let genre = if top.iter().any(names_act) { Genre::Act } else { title_genre };
    let in_title = || title.and_then(act_line);
    let in_top = || top.iter().find_map(|b| act_line(&b.text).or_else(|| place_line(&b.text, genre)));
    let in_lead = || kept.iter().take(LEAD + 1).find_map(|b| opening(&b.text, title_genre));
    let in_tail = || {
        let tail = kept.iter().skip(kept.len().saturating_sub(TAIL).max(1));
        tail.rev().find_map(|b| closing(&b.text, genre).or_else(|| place_line(&b.text, genre)))
    };
    in_title().or_else(in_top).or_else(in_lead).or_else(in_tail).unwrap_or_default()
}

/// Whether a text names an official act among its first five words. Further on is what the text is about ("Parliament
/// debates the new law on …").
fn is_act(text: &str) -> bool {
    const WORDS: usize = 5;
    let joined = join_spaced_letters(text);
    let first: Vec<&str> = joined.split_whitespace().take(WORDS).collect();
    words().has_act(&fold(&first.join(" ")))
}

/// Joins the letters of a heading that is letter-spaced with spaces: `п о с т а н о в л е н и е`.
fn join_spaced_letters(text: &str) -> Cow<'_, str> {
    let words = || text.split(char::is_whitespace);
    let is_letter = |word: &&str| word.chars().next().is_some_and(|first| first.len_utf8() == word.len());
    let (single, all) = (words().filter(is_letter).count(), words().count());
    if all >= 4 && single * 10 >= all * 9 { words().collect::<String>().into() } else { text.into() }
}

/// Finds the full dates of a text, with their surroundings.
fn full_dates(text: &str) -> impl Iterator<Item = DateInText<'_>> {
    dates::find(text, SlashOrder::DayFirst).into_iter().filter(|f| f.value.day.is_some()).filter_map(move |found| {
        let before = text.get(..found.start)?;
        let sentence = before.rsplit(['!', '?', '…', '\n']).next().unwrap_or(before);
        let sentence = sentence.get(sentence_start(sentence)..).unwrap_or(sentence);
        let start = sentence.char_indices().rev().nth(REACH).map_or(0, |(at, _)| at);
        let after: String = text.get(found.end..)?.chars().take(REACH).collect();
        Some(DateInText { found, text, before: fold(sentence.get(start..)?), after: fold(&after) })
    })
}

/// Returns where the last sentence begins, in bytes: after a full stop that ends a word, not after «г.» or "No.".
fn sentence_start(text: &str) -> usize {
    const WORD: usize = 3;
    let stops = text.rmatch_indices(". ").map(|(at, stop)| (at, at + stop.len()));
    let ends_word = |at: usize| {
        let word = text.get(..at).and_then(|t| t.rsplit(|c: char| !chars::is_letter_or_digit(c)).next());
        word.is_some_and(|w| w.chars().count() >= WORD || w.contains(chars::is_number))
    };
    stops.into_iter().find(|(at, _)| ends_word(*at)).map_or(0, |(_, next)| next)
}

/// Makes the date the document's. Of a meeting over several days it takes the last, when papers are adopted.
fn adoption(date: &DateInText<'_>, number: Option<String>, place: Option<String>) -> Adoption {
    let raw = date.text.get(date.found.start..date.found.end).unwrap_or_default();
    let value = date.found.last.unwrap_or(date.found.value);
    let date = Date::new(DateRole::Document, DateSource::Text, &value, raw);
    Adoption { date: Some(date), number, place }
}

/// Reads an act's own line: `Постановление от 15 января 2021 года № 53`, `14.04.2021 N 293`, `Қонун … аз 4 майи соли
/// 2018, № 5`. It begins with the date and the number, or with the act's name without a subject.
fn act_line(text: &str) -> Option<Adoption> {
    if text.chars().count() > 2 * MAX_LINE {
        return None;
    }
    let date = full_dates(text).next()?;
    let number = number(date.all_after()?);
    let before = date.before.trim();
    let is_at_start = date.all_before().is_some_and(|t| t.chars().count() <= REACH);
    let is_bare = !before.contains(chars::is_letter_or_digit) || is_word(before, |l| &l.from);
    let has_name = is_act(before) && !has_subject(before) && before.split_whitespace().count() <= MAX_ACT_WORDS;
    let is_own = (is_bare && number.is_some()) || (has_name && (number.is_some() || ends_with_from(before)));
    (is_at_start && is_own).then(|| adoption(&date, number, None))
}

/// Whether a text is one of the words that `list` picks from each language.
fn is_word(text: &str, list: fn(&Language) -> &[String]) -> bool {
    let word = text.trim_matches(|c: char| !chars::is_letter_or_digit(c));
    words().languages.values().any(|l| list(l).iter().any(|w| w == word))
}

/// Whether a text ends with a word for "from" (a date).
fn ends_with_from(before: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or("");
    is_word(last, |l| &l.from)
}

/// Whether a text holds a subject or a quotation: a date after it belongs to another act.
fn has_subject(before: &str) -> bool {
    let has_quote = before.contains(['«', '"', '“', '„']);
    let mut about = words().languages.values().flat_map(|l| l.about.iter());
    has_quote
        || about.any(|word| {
            at_word_start(before, word).is_some_and(|at| {
                let next = before.get(at + word.len()..).and_then(|t| t.chars().next());
                !next.is_some_and(chars::is_letter)
            })
        })
}

/// Returns the number after an act's date: `№ 425-39/4`, `N 293`, `No. 5`.
fn number(after: &str) -> Option<String> {
    const SIGNS: [&str; 7] = ["№", "no.", "no ", "nr.", "nr ", "n ", "рақами"];
    /// Code points between date and number: a word for "year" and a mark fit.
    const NEAR: usize = 16;
    let folded = fold(after);
    let (at, sign) = SIGNS.iter().filter_map(|sign| Some((at_word_start(&folded, sign)?, *sign))).min()?;
    if folded.get(..at)?.chars().count() > NEAR {
        return None;
    }
    // Folding keeps the number of code points in these scripts, so the number can be read from the text itself.
    let skipped = folded.get(..at)?.chars().count() + sign.chars().count();
    let rest: String = after.chars().skip(skipped).collect();
    let rest = rest.trim_start();
    let end =
        rest.find(|c: char| !(chars::is_letter_or_digit(c) || matches!(c, '-' | '/' | '.'))).unwrap_or(rest.len());
    let number = rest.get(..end)?.trim_end_matches(['.', '-', '/']);
    (number.contains(chars::is_number) && number.chars().count() <= MAX_NUMBER).then(|| number.to_owned())
}

/// Reads a line of a place and a date in an act: `г. Душанбе, 12 мая 2020 года`, `(Dushanbe, 3-4 May 2018)`, `12 майи
/// соли 2020, ш. Душанбе`.
fn place_line(text: &str, genre: Genre) -> Option<Adoption> {
    if genre != Genre::Act || text.chars().count() > MAX_LINE / 2 {
        return None;
    }
    let date = full_dates(text).next()?;
    let (before, after) = (date.all_before()?, date.all_after()?);
    let number = number(after);
    let town = town(before).or_else(|| town(after))?;
    // A word for "year" may follow the date ("года", "ж."); a place there has more letters or a capital.
    let is_year_word =
        after.chars().filter(|c| chars::is_letter(*c)).count() <= 6 && !after.contains(char::is_uppercase);
    let is_all = is_year_word || !before.contains(chars::is_letter) || number.is_some();
    let in_brackets = before.trim_start().starts_with('(') && after.trim_end().ends_with(')');
    let is_line = town.is_marked || in_brackets || before.contains(',') || number.is_some();
    (is_all && is_line).then(|| adoption(&date, number, Some(town.name)))
}

struct Town {
    name: String,
    /// Whether a word says that it is a town: "г.", "шаҳри".
    is_marked: bool,
}

/// Returns the town that a part of a line names: one to three words, each with a capital.
fn town(part: &str) -> Option<Town> {
    let part = part.trim_matches(|c: char| !chars::is_letter_or_digit(c) && c != '.');
    let part = part.split([',', '№', '(']).next().unwrap_or(part).trim();
    let folded = fold(part);
    let marks = words().languages.values().flat_map(|l| l.place.iter()).filter(|m| !m.is_empty());
    let mark = marks.filter(|m| folded.starts_with(m.as_str())).map(String::len).max();
    let name = mark.map_or(Some(part), |m| part.get(m..))?.trim();
    let names: Vec<&str> = name.split_whitespace().collect();
    let has_capital = |w: &&str| {
        w.chars().next().is_some_and(char::is_uppercase) && w.chars().all(|c| chars::is_letter(c) || c == '-')
    };
    let is_town = (1..=3).contains(&names.len()) && names.iter().all(has_capital) && !is_act(name);
    is_town.then(|| Town { name: name.to_owned(), is_marked: mark.is_some() })
}

/// Reads a first paragraph: "having met in Dushanbe on …", "On 3-4 May 2018 a conference was held …" under an act's
/// title, "said in a joint statement released on …".
fn opening(text: &str, title: Genre) -> Option<Adoption> {
    /// A date this close to the start of the text, in bytes, with at most one word before it, begins the text.
    const START: usize = 12;
    full_dates(text).find_map(|date| {
        let has_met = words().find(&date.before, |l| &l.met).is_some();
        if has_met && (title == Genre::Act || is_own_voice(text)) {
            return Some(adoption(&date, None, town_before(&date)));
        }
        let is_at_start = date.before.split_whitespace().count() <= 1 && date.found.start <= START;
        let is_held =
            is_at_start && title == Genre::Act && words().any(&sentence_after(text, date.found.end), |l| &l.held);
        let is_adopted = || is_own_act(&date.before) && words().any(&date.before, |l| &l.adopted);
        (is_held || is_adopted()).then(|| adoption(&date, None, None))
    })
}

/// Returns the rest of the sentence after a date, folded, as far as its verb may be.
fn sentence_after(text: &str, end: usize) -> String {
    /// In code points: the names of conferences are long.
    const SENTENCE: usize = 260;
    let rest: String = text.get(end..).unwrap_or_default().chars().take(SENTENCE).collect();
    fold(rest.split(". ").next().unwrap_or(&rest))
}

/// Whether a text begins in the first person plural, as declarations do: "We, the Ministers", «Мы, главы государств».
fn is_own_voice(text: &str) -> bool {
    const WE: [&str; 14] =
        ["we,", "we ", "мы,", "мо,", "мо ", "biz,", "биз,", "біз,", "ما ", "nous,", "wir,", "nosotros,", "ми,", "мы "];
    let start: String = fold(text).chars().take(4).collect();
    WE.iter().any(|we| start.starts_with(we))
}

/// Whether the text before a date refers to the act itself: "this declaration", «настоящее соглашение», "joint
/// statement".
fn is_own_act(before: &str) -> bool {
    /// How far the act's noun may be from "this", in code points.
    const NOUN_REACH: usize = 40;
    let words = words();
    let own = words.languages.values().flat_map(|l| l.own.iter());
    own.filter_map(|w| at_word_start(before, w).map(|at| at + w.len())).any(|end| {
        let after: String = before.get(end..).unwrap_or_default().chars().take(NOUN_REACH).collect();
        words.has_act(&after)
    })
}

/// Returns the town in "in Dushanbe, Tajikistan on", «в г. Душанбе».
fn town_before(date: &DateInText<'_>) -> Option<String> {
    let before = date.all_before()?;
    let ends = [" in ", " в "].map(|word| before.rfind(word).map(|at| at + word.len()));
    let start = ends.into_iter().flatten().next()?;
    let name = before.get(start..)?.split([',', '(']).next()?.trim();
    let name = name.trim_end_matches(" on").trim_end_matches(" the");
    town(name).map(|town| town.name)
}

/// Reads one of the last lines: "Done at Dushanbe on 4 May 2018", «Совершено в г. Душанбе …», "This Declaration was
/// adopted … on …", "… 30 марти соли 2021 дар шаҳри Душанбе қабул шуд".
fn closing(text: &str, genre: Genre) -> Option<Adoption> {
    /// A verb that begins its sentence is at most this many bytes into it.
    const VERB_START: usize = 3;
    full_dates(text).find_map(|date| {
        let words = words();
        let verb = words.find(&date.before, |l| &l.adopted);
        let begins = verb.is_some_and(|(at, _)| at <= VERB_START) && date.found.start <= REACH * 2;
        let is_before = is_own_act(&date.before) && verb.is_some();
        let is_after =
            || is_own_act(&format!("{} {}", date.before, date.after)) && words.any(&date.after, |l| &l.adopted);
        let is_own = (begins && genre == Genre::Act) || is_before || is_after();
        is_own.then(|| adoption(&date, None, town_before(&date)))
    })
}
