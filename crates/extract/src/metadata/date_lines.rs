//! Finds the date lines of a page: short blocks around the title that hold a date and little else.

use super::dates::{self, Moment};
use super::evidence::{Evidence, is_chrome};
use sanad_document::text::chars::{self, holds_number};
use sanad_document::{Block, Format, Kind, Role};
use sanad_language::lexicon::{Grams, Language, fold, is_bar, words};
use std::ops::RangeInclusive;

/// How many blocks before the title may hold its date line, chrome not counted: a breadcrumb, a section's name and a
/// picture's caption fit between.
const BEFORE: usize = 3;

/// How many blocks after the title may hold its date line: a lead and a by-line fit between.
const AFTER: usize = 5;

/// The same in a PDF, whose first blocks may state its publication.
const AFTER_IN_PDF: usize = 14;

/// The longest date line, in code points: date, views, author, section and place together are shorter.
const MAX_LINE: usize = 180;

/// A longer block can't be a date line, in bytes: no code point has more than four.
const MAX_BYTES: usize = MAX_LINE * 4;

/// The length of a headline, in code points: buttons that share or print a page are shorter links, paragraphs in a link
/// that nobody closed are longer.
const HEADLINE: RangeInclusive<usize> = 25..=200;

/// A block with at least this share of its characters in links is a link.
const LINKED: f32 = 0.8;

/// How many blocks from the title a dropped date line may be: a picture or a row of buttons fits between.
const NEAR: usize = 2;

/// Names in paths that mark a date of publication.
const DATE_CLASSES: [&str; 12] = [
    "publish",
    "posted",
    "news-date",
    "post-date",
    "entry-date",
    "article-date",
    "news_date",
    "date-news",
    "pubdate",
    "entry-meta",
    "post-meta",
    "article-meta",
];

/// Names in paths that mark a clock or a calendar.
const CLOCK_CLASSES: [&str; 4] = ["clock", "today", "current", "calendar"];

/// A date with its place on the page.
pub(super) struct DateLine {
    pub(super) place: Place,
    pub(super) date: LabelledDate,
}

/// Where a date line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the title.
    Before,
    /// After the title.
    After,
    /// In the title's own block, where a missing closing tag let it run in.
    Within,
    /// Anywhere else. Only a label makes it a date of the page.
    Apart,
    /// Near the title and marked by the page's authors: a `time` element, or a class such as `news-date`.
    Marked,
}

/// A date with its label.
pub(super) struct LabelledDate {
    pub(super) label: Label,
    pub(super) value: Moment,
    /// The date as it is written.
    pub(super) raw: String,
}

/// What the words around a date say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// "Published".
    Published,
    /// "Updated".
    Modified,
    /// "Today".
    Today,
    /// Nothing.
    Bare,
}

/// Finds the date lines of a page: those before the title, those after it, then labelled ones anywhere. `anchor` is the
/// block of the title.
pub(super) fn find(evidence: &Evidence<'_>, title: &str, anchor: usize) -> Vec<DateLine> {
    let blocks = &evidence.document.blocks;
    let own = |n: usize| blocks.get(n).filter(|b| !is_chrome(b)).map(|b| (n, b));
    let (after, apart) = match evidence.document.format {
        Format::Html => (AFTER, usize::MAX),
        Format::Pdf => (AFTER_IN_PDF, 0),
    };
    let before = (0..anchor).rev().filter_map(own).take(BEFORE).map(|(n, b)| (n, b, Place::Before));
    let after = (anchor..blocks.len()).filter_map(own).take(after + 1).map(|(n, b)| (n, b, Place::After));
    let kept = blocks.iter().enumerate().filter(|(_, b)| b.fate.is_kept() || b.role == Some(Role::DateLine));
    let apart = kept.take(apart).map(|(n, b)| (n, b, Place::Apart));
    let mut seen = Vec::new();
    let mut lines = Vec::new();
    for (n, block, place) in before.chain(after).chain(apart) {
        if block.text.len() > MAX_BYTES || !holds_number(&block.text) || seen.contains(&n) {
            continue;
        }
        seen.push(n);
        let place = match place {
            Place::Apart => place,
            _ if is_teaser(blocks, n, anchor) || is_far(block, n, anchor) => Place::Apart,
            _ if n == anchor => Place::Within,
            _ if is_item(evidence, block) => Place::Apart,
            _ if is_marked(evidence, n, block) => Place::Marked,
            _ => place,
        };
        let text = block.text.strip_prefix(title).filter(|_| n == anchor).unwrap_or(&block.text);
        if block.kind != Kind::Table {
            lines.extend(labelled_dates(evidence, text).into_iter().map(|date| DateLine { place, date }));
        }
    }
    lines
}

/// Whether the page's authors mark the block as a date of publication.
fn is_marked(evidence: &Evidence<'_>, n: usize, block: &Block) -> bool {
    let path = block.path.to_ascii_lowercase();
    let is_time = evidence.document.head.times.iter().any(|t| t.block == Some(n) && t.datetime.is_some());
    (is_time || DATE_CLASSES.iter().any(|c| path.contains(c))) && !CLOCK_CLASSES.iter().any(|c| path.contains(c))
}

/// Whether a date belongs to the headline of another page, which is a link next to it.
fn is_teaser(blocks: &[Block], n: usize, anchor: usize) -> bool {
    if n == anchor {
        return false;
    }
    let is_headline = |b: &Block| b.link_share >= LINKED && HEADLINE.contains(&b.text.chars().count());
    let next = blocks.get(n + 1).filter(|_| n + 1 != anchor);
    let previous = n.checked_sub(1).filter(|b| *b > anchor).and_then(|b| blocks.get(b));
    next.into_iter().chain(previous).any(is_headline)
}

/// Whether a block is the date of one of several items in containers alike. If the newest comes first (news), every
/// date is an item's; if the oldest comes first (posts), all but the first are.
fn is_item(evidence: &Evidence<'_>, block: &Block) -> bool {
    let day = |b: &Block| {
        let dates = if holds_number(&b.text) { labelled_dates(evidence, &b.text) } else { Vec::new() };
        dates.iter().find(|date| date.label == Label::Bare).and_then(|date| date.value.civil())
    };
    let Some(own) = day(block) else { return false };
    let alike = evidence.document.blocks.iter().filter(|b| b.path == block.path && !is_chrome(b));
    let days: Vec<_> = alike.filter_map(day).collect();
    days.first().is_some_and(|first| *first != own || days.iter().any(|day| day < first))
}

/// Whether a dropped block is too far from the title to be its date line.
fn is_far(block: &Block, n: usize, anchor: usize) -> bool {
    !block.fate.is_kept() && block.role != Some(Role::DateLine) && n.abs_diff(anchor) > NEAR
}

/// Returns the days of a line with their labels. Ranges, months, and dates in sentences are left out.
fn labelled_dates(evidence: &Evidence<'_>, text: &str) -> Vec<LabelledDate> {
    if text.chars().count() > MAX_LINE {
        return Vec::new();
    }
    let found = dates::find(text, evidence.order);
    let mut start = 0;
    let mut labelled = Vec::new();
    for (n, date) in found.iter().enumerate() {
        let until = found.get(n + 1).map_or(text.len(), |next| next.start);
        let (before, after) = (text.get(start..date.start), text.get(date.end..until));
        start = date.end;
        let label = label(before.unwrap_or(""), after.unwrap_or(""));
        if let (Some(label), Some(raw)) = (label, text.get(date.start..date.end))
            && date.value.day.is_some()
            && date.last.is_none()
        {
            labelled.push(LabelledDate { label, value: date.value, raw: raw.to_owned() });
        }
    }
    labelled
}

/// Returns what the words around a date say of it, or `None` if they are a sentence.
fn label(before: &str, after: &str) -> Option<Label> {
    /// Words before a date ("Published by the press service on") and after it ("года, 15 просмотров"): longer texts are
    /// sentences.
    const WORDS_BEFORE: usize = 6;
    const WORDS_AFTER: usize = 4;
    let is_separator = |c: char| is_bar(c) || matches!(c, '/' | ';' | '\n' | '»' | '—');
    let before = fold(before.rsplit(is_separator).next().unwrap_or("").trim());
    let before = before.rsplit(" - ").next().unwrap_or("").trim();
    let after = fold(after.split(is_separator).next().unwrap_or("").trim());
    let after = after.split([',', '-', '–', '(']).next().unwrap_or("").trim();
    let count = |t: &str| t.split_whitespace().filter(|w| w.contains(chars::is_letter)).count();
    if count(before) > WORDS_BEFORE || count(after) > WORDS_AFTER {
        return None;
    }
    let grams = Grams::of(before);
    let last = |list: fn(&Language) -> &[String]| words().all((before, &grams), list).map(|(at, _)| at).max();
    if last(|l| &l.today).is_some() {
        return Some(Label::Today);
    }
    // The label next to the date wins. "Published 4 May, updated 5 May" is split at the dates before it gets here.
    match (last(|l| &l.published), last(|l| &l.modified)) {
        (Some(p), Some(m)) => Some(if p > m { Label::Published } else { Label::Modified }),
        (Some(_), None) => Some(Label::Published),
        (None, Some(_)) => Some(Label::Modified),
        (None, None) => is_bare(before, after).then_some(Label::Bare),
    }
}

/// Whether a date has nothing but a weekday before it, and nothing but one word after it: a word for "year" or a
/// weekday.
fn is_bare(before: &str, after: &str) -> bool {
    /// Letters of the longest weekday before a date, and of the longest word after one ("г.", "года", "ж.", "соли").
    const WEEKDAY: usize = 13;
    const YEAR_WORD: usize = 12;
    let letters = |t: &str| t.chars().filter(|c| chars::is_letter(*c)).count();
    let is_weekday = !before.contains(char::is_whitespace) && before.ends_with(',') && letters(before) <= WEEKDAY;
    let is_numbered = before.contains(chars::is_number) || before.contains('№');
    let is_short = after.split_whitespace().count() <= 1 && letters(after) <= YEAR_WORD;
    (letters(before) == 0 || is_weekday) && !is_numbered && is_short && !after.starts_with('№')
}
