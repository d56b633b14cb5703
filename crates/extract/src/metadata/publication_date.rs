//! When the page was published and changed, and which date is only that of the visit.
//!
//! In this order: a rule of the site, JSON-LD, `meta`, `time` elements marked as publication, a date line beside the
//! title, the address. A date of the capture's own day that stands bare beside the title is the site's clock, not the
//! page's date: better none than a made-up one. Dates inside running text are never dates of publication.

use super::Date;
use super::dates::{self, Found, Moment};
use super::evidence::{Evidence, is_chrome};
use sanad_document::text::chars::{self, holds_number};
use sanad_document::{Block, Kind, PageKind, Role};
use sanad_language::lexicon::{Grams, fold, is_bar, words};

/// `meta` names that state publication, the plainest first.
const PUBLISHED: [&str; 22] = [
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "dcterms.created",
    "dc.date.created",
    "citation_publication_date",
    "citation_date",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publishdate",
    "publish_date",
    "publication_date",
    "pubdate",
    "article.published",
    "date",
    "created",
];

/// `meta` names that state a change.
const MODIFIED: [&str; 8] = [
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "pdf:moddate",
];

/// Marks of `time` elements that state publication.
const TIME_MARKS: [&str; 7] =
    ["pubdate", "datepublished", "published", "entry-date", "post-date", "posted-on", "publish-date"];

/// Blocks before and after the title that may hold its date line, chrome not counted: a crumb, a section's name and a picture's
/// caption fit between.
const BEFORE: usize = 3;
/// See [`BEFORE`]; a lead and a by-line fit between.
const AFTER: usize = 5;

/// A longer block is no date line, in characters: date, views, author, section and place stay below.
const LINE: usize = 180;

/// Blocks of a PDF's beginning that may state its publication.
const PDF_LINES: usize = 14;

/// What a page states of its own dates.
#[derive(Debug, Default)]
pub(super) struct Stated {
    pub(super) published: Option<Date>,
    pub(super) modified: Option<Date>,
    pub(super) visit: Option<Date>,
}

/// A date with the words around it.
struct Line {
    label: Label,
    found: Found,
    raw: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Published,
    Modified,
    Today,
    Bare,
}

/// Reads all three; `anchor` is the block of `title`.
pub(super) fn read(evidence: &Evidence<'_>, title: Option<&str>, anchor: Option<usize>) -> Stated {
    let lines = anchor.map(|a| beside(evidence, title.unwrap_or(""), a)).unwrap_or_default();
    let mut stated = Stated {
        visit: lines.iter().find(|(line, _)| is_visit(evidence, line)).map(|(line, _)| of_line("visit", line)),
        modified: modified(evidence, &lines),
        published: None,
    };
    stated.published = by_machine(evidence).or_else(|| by_line(evidence, &lines)).or_else(|| by_address(evidence));
    stated
}

/// A date of this role.
pub(super) fn date(role: &str, from: &str, value: &Moment, raw: &str) -> Date {
    Date {
        role: role.to_owned(),
        value: value.to_string(),
        raw: raw.to_owned(),
        from: from.to_owned(),
        precision: value.precision().to_owned(),
    }
}

fn of_line(role: &str, line: &Line) -> Date {
    let from = if line.raw.starts_with("D:") { "pdf" } else { "text" };
    date(role, from, &line.found.value, &line.raw)
}

/// What rule, JSON-LD, `meta` and marked `time` elements state.
fn by_machine(evidence: &Evidence<'_>) -> Option<Date> {
    let rule = evidence.metas("site:date").find_map(|raw| {
        let found = dates::find_in_order(raw, evidence.order);
        let value = dates::parse(raw).or_else(|| found.first().map(|f| f.value))?;
        Some(date("published", "text", &value, raw))
    });
    let json = || from_machine(evidence, evidence.facts.published.as_deref()?, "jsonld");
    let meta = || {
        let mut all = PUBLISHED.iter().flat_map(|name| evidence.metas(name));
        all.find_map(|raw| from_machine(evidence, raw, "meta"))
    };
    let time = || {
        let marked = evidence.document.head.times.iter().filter(|t| {
            let marks = t.marks.to_ascii_lowercase();
            let block = t.block.and_then(|b| evidence.document.blocks.get(b));
            TIME_MARKS.iter().any(|m| marks.contains(m)) && !block.is_some_and(is_chrome)
        });
        let mut marked = marked.filter_map(|t| {
            let raw = t.datetime.as_deref().filter(|d| !d.trim().is_empty()).unwrap_or(&t.text);
            let mut date = from_machine(evidence, raw, "text")?;
            if t.text.is_empty() { raw } else { &t.text }.clone_into(&mut date.raw);
            Some(date)
        });
        // Several different ones are a list of other pages.
        let first = marked.next()?;
        marked.all(|other| other.value == first.value).then_some(first)
    };
    rule.or_else(json).or_else(meta).or_else(time)
}

fn from_machine(evidence: &Evidence<'_>, raw: &str, from: &str) -> Option<Date> {
    let value = dates::parse(raw)?;
    (evidence.is_plausible(&value) && !is_now(evidence, &value)).then(|| date("published", from, &value, raw.trim()))
}

/// Whether a machine printed its own clock: within two minutes of the capture.
fn is_now(evidence: &Evidence<'_>, value: &Moment) -> bool {
    const NEAR: i64 = 120;
    let (Some(captured), Some(time), Some(day)) = (evidence.captured, value.time, value.civil()) else {
        return false;
    };
    let at = |n: u8| i8::try_from(n).unwrap_or(0);
    let clock = day.at(at(time.hour), at(time.minute), time.second.map_or(0, at), 0);
    let offset = jiff::SignedDuration::from_mins(i64::from(time.offset.unwrap_or(0)));
    clock
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .and_then(|z| z.timestamp().checked_sub(offset).ok())
        .is_some_and(|t| (t.as_second() - captured.as_second()).abs() <= NEAR)
}

fn modified(evidence: &Evidence<'_>, lines: &[(Line, Place)]) -> Option<Date> {
    let stated = evidence.facts.modified.iter().map(|raw| (raw.as_str(), "jsonld"));
    let metas = MODIFIED.iter().flat_map(|name| {
        let from = if name.starts_with("pdf:") { "pdf" } else { "meta" };
        evidence.metas(name).map(move |raw| (raw, from))
    });
    let machine = stated.chain(metas).find_map(|(raw, from)| {
        let value = dates::parse(raw)?;
        let fits = evidence.is_plausible(&value) && !is_now(evidence, &value);
        fits.then(|| date("modified", from, &value, raw))
    });
    let line =
        || lines.iter().find(|(line, _)| line.label == Label::Modified).map(|(line, _)| of_line("modified", line));
    machine.or_else(line)
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    After,
    /// In the title's own block, where a missing closing tag let it run in.
    Within,
    /// Somewhere else; only a label makes it a date of the page.
    Apart,
    /// Beside the title, with a mark of the page's makers: a `time` element, a class such as `news-date`.
    Marked,
}

/// The date lines of a page with their places.
fn beside(evidence: &Evidence<'_>, title: &str, anchor: usize) -> Vec<(Line, Place)> {
    let blocks = &evidence.document.blocks;
    let near = |n: usize| blocks.get(n).filter(|b| !is_chrome(b)).map(|b| (n, b));
    let before = (0..anchor).rev().filter_map(near).take(BEFORE).map(|(n, b)| (n, b, Place::Before));
    let (after, apart) = if evidence.is_pdf() { (PDF_LINES, 0) } else { (AFTER, usize::MAX) };
    let behind = (anchor..blocks.len()).filter_map(near).take(after + 1).map(|(n, b)| (n, b, Place::After));
    let kept = blocks.iter().enumerate().filter(|(_, b)| b.fate.is_kept() || b.role == Some(Role::DateLine));
    let apart = kept.take(apart).map(|(n, b)| (n, b, Place::Apart));
    let mut seen = Vec::new();
    let mut lines = Vec::new();
    for (n, block, place) in before.chain(behind).chain(apart) {
        if block.text.len() > LINE * 4 || !holds_number(&block.text) || seen.contains(&n) {
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
            lines.extend(read_line(evidence, text).into_iter().map(|line| (line, place)));
        }
    }
    lines
}

/// Whether the page's makers call the block a date of publication.
fn is_marked(evidence: &Evidence<'_>, n: usize, block: &Block) -> bool {
    const CLASSES: [&str; 12] = [
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
    const CLOCKS: [&str; 4] = ["clock", "today", "current", "calendar"];
    let path = block.path.to_ascii_lowercase();
    let timed = evidence.document.head.times.iter().any(|t| t.block == Some(n) && t.datetime.is_some());
    (timed || CLASSES.iter().any(|c| path.contains(c))) && !CLOCKS.iter().any(|c| path.contains(c))
}

/// Whether a date belongs to the headline of another page, which is a link next to it.
fn is_teaser(blocks: &[Block], n: usize, anchor: usize) -> bool {
    /// In characters: buttons that share or print a page are shorter links, paragraphs in a link that nobody closed longer.
    const HEADLINE: std::ops::RangeInclusive<usize> = 25..=200;
    if n == anchor {
        return false;
    }
    let is_link = |b: &Block| b.link_share >= 0.8 && HEADLINE.contains(&b.text.chars().count());
    let next = blocks.get(n + 1).filter(|_| n + 1 != anchor);
    let before = n.checked_sub(1).filter(|b| *b > anchor).and_then(|b| blocks.get(b));
    next.into_iter().chain(before).any(is_link)
}

/// Whether a block is the date of one of several items, in containers alike: of news, the newest first, each is; of posts, the
/// oldest first, all but the first.
fn is_item(evidence: &Evidence<'_>, block: &Block) -> bool {
    let day = |b: &Block| {
        let lines = if holds_number(&b.text) { read_line(evidence, &b.text) } else { Vec::new() };
        lines.iter().find(|line| line.label == Label::Bare).and_then(|line| line.found.value.civil())
    };
    let Some(own) = day(block) else { return false };
    let alike = evidence.document.blocks.iter().filter(|b| b.path == block.path && !is_chrome(b));
    let days: Vec<_> = alike.filter_map(day).collect();
    days.first().is_some_and(|first| *first != own || days.iter().any(|day| day < first))
}

/// Whether a block that isn't part of the text stands too far from the title to be its date line.
fn is_far(block: &Block, n: usize, anchor: usize) -> bool {
    /// A picture or a row of buttons fits between.
    const NEAR: usize = 2;
    !block.fate.is_kept() && block.role != Some(Role::DateLine) && n.abs_diff(anchor) > NEAR
}

/// The dates of a date line, each with its label.
fn read_line(evidence: &Evidence<'_>, text: &str) -> Vec<Line> {
    if text.chars().count() > LINE {
        return Vec::new();
    }
    let found = dates::find_in_order(text, evidence.order);
    let mut start = 0;
    let mut lines = Vec::new();
    for (n, date) in found.iter().enumerate() {
        let until = found.get(n + 1).map_or(text.len(), |next| next.start);
        let (before, after) = (text.get(start..date.start), text.get(date.end..until));
        start = date.end;
        let label = label(before.unwrap_or(""), after.unwrap_or(""));
        if let (Some(label), Some(raw)) = (label, text.get(date.start..date.end))
            && date.value.day.is_some()
            && date.last.is_none()
        {
            lines.push(Line { label, found: *date, raw: raw.to_owned() });
        }
    }
    lines
}

/// What the words around a date make of it; none when they are a sentence.
fn label(before: &str, after: &str) -> Option<Label> {
    let bar = |c: char| is_bar(c) || matches!(c, '/' | ';' | '\n' | '»' | '—');
    let before = fold(before.rsplit(bar).next().unwrap_or("").trim());
    let before = before.rsplit(" - ").next().unwrap_or("").trim();
    let after = fold(after.split(bar).next().unwrap_or("").trim());
    let after = after.split([',', '-', '–', '(']).next().unwrap_or("").trim();
    let count = |t: &str| t.split_whitespace().filter(|w| w.contains(chars::is_letter)).count();
    // "Published by the press service on", "года, 15 просмотров": longer texts are sentences.
    if count(before) > 6 || count(after) > 4 {
        return None;
    }
    let words = words();
    // The label next to the date wins: "Published 4 May, updated 5 May" is cut at the dates before it comes here.
    let grams = Grams::of(before);
    let last = |list: fn(&sanad_language::lexicon::Language) -> &[String]| {
        words.all((before, &grams), list).map(|(at, _)| at).max()
    };
    if last(|l| &l.today).is_some() {
        return Some(Label::Today);
    }
    match (last(|l| &l.published), last(|l| &l.modified)) {
        (Some(p), Some(m)) => Some(if p > m { Label::Published } else { Label::Modified }),
        (Some(_), None) => Some(Label::Published),
        (None, Some(_)) => Some(Label::Modified),
        (None, None) => is_bare(before, after).then_some(Label::Bare),
    }
}

/// Whether nothing but a weekday, a year's word or a counter stands beside a date.
fn is_bare(before: &str, after: &str) -> bool {
    let letters = |t: &str| t.chars().filter(|c| chars::is_letter(*c)).count();
    let weekday = !before.contains(char::is_whitespace) && before.ends_with(',') && letters(before) <= 13;
    let numbered = before.contains(chars::is_number) || before.contains('№');
    // After it "г.", "года", "ж.", "соли", a weekday: one word without a number, or none.
    let short = after.split_whitespace().count() <= 1 && letters(after) <= 12;
    (letters(before) == 0 || weekday) && !numbered && short && !after.starts_with('№')
}

/// Whether a line gives only the day of the visit.
fn is_visit(evidence: &Evidence<'_>, line: &Line) -> bool {
    let same_day = evidence.is_capture_day(&line.found.value);
    line.label == Label::Today || (same_day && line.label == Label::Bare)
}

/// The date line that states publication.
fn by_line(evidence: &Evidence<'_>, lines: &[(Line, Place)]) -> Option<Date> {
    let plausible = |line: &&(Line, Place)| evidence.is_plausible(&line.0.found.value);
    let labelled = lines.iter().filter(plausible).find(|(l, _)| l.label == Label::Published);
    if let Some((line, _)) = labelled {
        return Some(of_line("published", line));
    }
    let is_listing = evidence.document.page_kind == PageKind::Listing;
    let bare: Vec<&(Line, Place)> = lines
        .iter()
        .filter(plausible)
        .filter(|(l, place)| l.label == Label::Bare && *place != Place::Apart && may_be_published(evidence, l, *place))
        // Dates below a listing's title are its items'.
        .filter(|(_, place)| !is_listing || *place == Place::Within)
        .collect();
    let at = |wanted: Place| bare.iter().find(|(_, p)| *p == wanted);
    let first = at(Place::Within).or_else(|| at(Place::Marked)).or_else(|| bare.first())?;
    // Different dates beside one title belong to a list of other pages.
    let same = bare.iter().all(|(l, p)| *p != first.1 || l.found.value.civil() == first.0.found.value.civil());
    (same && !evidence.is_pdf()).then(|| of_line("published", &first.0))
}

/// Whether a bare date may be the page's: on the day of the visit only with a mark or, below the title, a time of day.
fn may_be_published(evidence: &Evidence<'_>, line: &Line, place: Place) -> bool {
    if !evidence.is_capture_day(&line.found.value) {
        return true;
    }
    let timed = line.found.value.time.is_some() && !is_now(evidence, &line.found.value);
    place == Place::Marked || (place == Place::After && timed)
}

/// `/2018/05/04/` in the address.
fn by_address(evidence: &Evidence<'_>) -> Option<Date> {
    let url = evidence.url.as_ref()?;
    let parts: Vec<&str> = url.path_segments()?.collect();
    parts.windows(4).find_map(|four| {
        let [year, month, day, _] = four else {
            return None;
        };
        let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        let value = Moment::day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
        evidence.is_plausible(&value).then(|| date("published", "url", &value, &format!("{year}/{month}/{day}")))
    })
}
