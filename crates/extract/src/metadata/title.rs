//! Chooses the title: the one that headline, headings and `<title>` agree on, without the site's name.
//!
//! Each place that may hold the title contributes candidates with a weight. A candidate's score is its own weight, plus
//! the weight of the best agreeing candidate of each other source.

use super::dates::{self, SlashOrder};
use super::evidence::{Evidence, is_chrome};
use super::title_key::{KeyChars, title_key};
use sanad_document::text::chars;
use sanad_document::{Block, Format, Kind, Role};

/// A text that may be the title.
#[derive(Debug, Clone)]
struct Candidate {
    text: String,
    key: String,
    /// How likely its place holds the title.
    weight: f32,
    source: Source,
}

/// Where a candidate comes from. Candidates of one source don't support each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    JsonLd,
    Meta,
    Heading,
    Title,
}

/// `meta` names that state the title, with the weight of the whole content.
const TITLE_METAS: [(&str, f32); 4] =
    [("og:title", 1.6), ("twitter:title", 1.0), ("dc.title", 1.0), ("citation_title", 1.0)];

/// The longest title, in code points. Longer texts are paragraphs marked up as headings; the longest names of laws have
/// about 400.
const MAX_TITLE: usize = 500;

/// What a page's only heading of the first level gains: enough to outweigh a head written for search engines, whose
/// parts all agree with each other.
const ONLY_H1: f32 = 1.5;

/// What the site's own name loses: more than the agreement of all sources can gain.
const SITE_NAME: f32 = 6.0;

/// What a heading loses if the page's head states a title but doesn't agree: it rather is the title of a section.
const UNSUPPORTED: f32 = 0.8;

/// Headings of at least this weight lose nothing for that. Those of the first level reach it.
const TRUSTED_HEADING: f32 = 2.4;

/// A block with a larger share of its characters in links is a link.
const LINKED: f32 = 0.9;

/// How many kept blocks are checked for repeating `<title>` without being headings.
const TOP_BLOCKS: usize = 30;

/// How many headings are candidates: the title is among the first ones.
const MAX_HEADINGS: usize = 6;

/// How many parts of one `<title>` are candidates.
const MAX_PARTS: usize = 24;

/// Chooses the title. A title that the site's rules select wins.
pub(super) fn choose(evidence: &Evidence<'_>) -> Option<String> {
    if let Some(title) = evidence.meta("site:title") {
        return Some(clean(title));
    }
    let candidates = match evidence.document.format {
        Format::Html => page_candidates(evidence),
        Format::Pdf => pdf_candidates(evidence),
    };
    let site = site_names(evidence);
    let scored = (0..).zip(&candidates).map(|(n, c)| (score(c, &candidates, &site), n, c));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    best.map(|(_, _, candidate)| spelling(candidate, &candidates))
}

/// Adds a candidate, unless the text is empty or too long to be a title.
fn add(all: &mut Vec<Candidate>, text: &str, weight: f32, source: Source) {
    let text = clean(text);
    let key = title_key(&text);
    if !key.is_empty() && text.chars().count() <= MAX_TITLE {
        all.push(Candidate { text, key, weight, source });
    }
}

/// Returns the candidates of a web page. A headline in JSON-LD and a heading of the first level weigh most. The weights
/// were set by hand and tried on the titles of WCXB's pages.
fn page_candidates(evidence: &Evidence<'_>) -> Vec<Candidate> {
    let mut all = Vec::new();
    if let Some(headline) = &evidence.facts.headline {
        add(&mut all, headline, 2.0, Source::JsonLd);
    }
    for (name, weight) in TITLE_METAS {
        if let Some(text) = evidence.meta(name) {
            add(&mut all, text, weight, Source::Meta);
            segments(text).for_each(|part| add(&mut all, part, 0.7, Source::Meta));
        }
    }
    let title = evidence.document.head.title.as_deref().unwrap_or("");
    add_headings(evidence, title, &mut all);
    let parts = segments(title).count();
    add(&mut all, title, if parts > 0 { 0.8 } else { 1.0 }, Source::Title);
    for (nth, part) in segments(title).enumerate() {
        add(&mut all, part, if nth == 0 { 0.9 } else { 0.6 }, Source::Title);
    }
    all
}

/// Adds the page's first headings, and blocks that repeat `<title>` or a part of it without being headings.
fn add_headings(evidence: &Evidence<'_>, title: &str, all: &mut Vec<Candidate>) {
    let blocks = &evidence.document.blocks;
    let parts: Vec<String> = segments(title).chain([title]).map(title_key).collect();
    let later_parts: Vec<String> = segments(title).skip(1).map(title_key).collect();
    let headings = blocks.iter().filter(|b| !is_chrome(b) && is_heading(b));
    let first_level = headings.clone().filter(|b| b.level == Some(1)).count();
    for (nth, block) in headings.take(MAX_HEADINGS).enumerate() {
        let is_later_part = later_parts.contains(&title_key(&block.text));
        // A linked heading that repeats the end of `<title>` is the site's name over the page.
        let is_site_name = block.link_share > LINKED && is_later_part;
        let is_only_h1 = first_level == 1 && block.level == Some(1) && block.fate.is_kept() && !is_later_part;
        let weight = heading_weight(block, nth) + if is_only_h1 { ONLY_H1 } else { 0.0 }
            - if is_site_name { SITE_NAME } else { 0.0 };
        let shorter = without_date(&block.text).filter(|t| parts.contains(&title_key(t)));
        add(all, shorter.unwrap_or(&block.text), weight, Source::Heading);
    }
    let plain = blocks.iter().filter(|b| b.fate.is_kept() && !is_heading(b) && b.link_share <= LINKED);
    let repeats_title = |b: &&Block| {
        let first = KeyChars::of(&b.text).next();
        let may_agree = |part: &&String| first.is_some() && part.chars().next() == first;
        b.text.len() <= MAX_TITLE && parts.iter().filter(may_agree).any(|p| agreement(p, &title_key(&b.text)) > 0.0)
    };
    for block in plain.take(TOP_BLOCKS).filter(repeats_title) {
        add(all, &block.text, 1.0, Source::Heading);
    }
}

fn is_heading(block: &Block) -> bool {
    block.role == Some(Role::Title) || block.kind == Kind::Heading
}

/// The weight of the `nth` heading of a page, from 0.
fn heading_weight(block: &Block, nth: usize) -> f32 {
    let kept = if block.fate.is_kept() { 0.6 } else { 0.0 };
    let first = if nth == 0 { 0.5 } else { 0.0 };
    let level = match (block.role, block.level) {
        (Some(Role::Title), None | Some(1)) => 2.2,
        (_, Some(1)) => 1.8,
        (Some(Role::Title), _) => 1.2,
        _ => 0.8,
    };
    level + kept + first
}

/// Removes the date that runs into the end of a heading where a closing tag is missing. Returns `None` if there is
/// none.
fn without_date(text: &str) -> Option<&str> {
    let date =
        dates::find(text, SlashOrder::DayFirst).into_iter().last().filter(|d| d.value.day.is_some() && d.start > 0)?;
    let rest = text.get(date.end..)?;
    let before = text.get(..date.start)?.trim_end_matches(|c: char| !chars::is_letter_or_digit(c));
    (!rest.contains(chars::is_letter_or_digit)).then_some(before)
}

/// Returns the candidates of a PDF: its first headings, its first block, and its `Title` unless a program wrote that.
fn pdf_candidates(evidence: &Evidence<'_>) -> Vec<Candidate> {
    let kept: Vec<_> = evidence.document.blocks.iter().filter(|b| b.fate.is_kept() && !b.text.is_empty()).collect();
    let mut all = Vec::new();
    for (nth, block) in kept.iter().filter(|b| is_heading(b)).take(MAX_HEADINGS).enumerate() {
        let level = f32::from(block.level.unwrap_or(2).min(6));
        let role = if block.role == Some(Role::Title) { 2.0 } else { 0.0 };
        let first = if nth == 0 { 0.8 } else { 0.0 };
        add(&mut all, &block.text, 2.4 - 0.2 * level + role + first, Source::Heading);
    }
    if let Some(first) = kept.first() {
        add(&mut all, &first.text, 0.8, Source::Heading);
    }
    if let Some(title) = evidence.document.head.title.as_deref().filter(|t| !is_junk(t)) {
        add(&mut all, title, 2.1, Source::Title);
    }
    all
}

/// Whether a program wrote the `Title` of a PDF: the name of a file, "Microsoft Word - …", hardly any letters.
fn is_junk(title: &str) -> bool {
    const PROGRAMS: [&str; 8] =
        ["microsoft ", "untitled", "document", "slide 1", "powerpoint", "layout 1", "print", "безымянный"];
    const ENDINGS: [&str; 12] =
        [".doc", ".docx", ".pdf", ".indd", ".qxd", ".rtf", ".odt", ".xls", ".xlsx", ".ppt", ".pptx", ".cdr"];
    let low = title.trim().to_lowercase();
    let words = low.split_whitespace().count();
    let letters = low.chars().filter(|c| chars::is_letter(*c)).count();
    let is_broken = low.contains(['\u{FFFD}', '\0']) || low.contains("  ");
    (words <= 3 && PROGRAMS.iter().any(|p| low.starts_with(p)) || low.starts_with("microsoft word - "))
        || ENDINGS.iter().any(|e| low.ends_with(e))
        || (words == 1 && (low.contains('_') || low.contains(|c: char| c.is_ascii_digit())))
        || letters < 4
        || is_broken
}

/// Scores a candidate: its weight, plus the weight of the best agreeing candidate of each other source.
fn score(candidate: &Candidate, all: &[Candidate], site: &[String]) -> f32 {
    let mut support = 0.0;
    let mut head_has_title = false;
    for source in [Source::JsonLd, Source::Meta, Source::Heading, Source::Title] {
        if source != candidate.source {
            let others = all.iter().filter(|c| c.source == source);
            head_has_title |= source != Source::Heading && others.clone().next().is_some();
            support += others.map(|c| c.weight * agreement(&c.key, &candidate.key)).fold(0.0, f32::max);
        }
    }
    let is_unsupported = head_has_title && support <= 0.0 && candidate.source == Source::Heading;
    let doubt = if is_unsupported && candidate.weight < TRUSTED_HEADING { UNSUPPORTED } else { 0.0 };
    let site_name = if site.contains(&candidate.key) { SITE_NAME } else { 0.0 };
    candidate.weight + support - doubt - site_name
}

/// How far two keys agree: 1 if they are equal, 0.8 if one begins with the other and is at most a third longer, else 0.
fn agreement(a: &str, b: &str) -> f32 {
    if a == b {
        return 1.0;
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if long.starts_with(short) && short.len() * 4 >= long.len() * 3 { 0.8 } else { 0.0 }
}

/// Returns the keys of the site's names, wherever the page states them; none on the home page, where the
/// site's name is the title.
fn site_names(evidence: &Evidence<'_>) -> Vec<String> {
    let is_home = evidence.url.as_ref().is_some_and(|u| u.path().len() <= 1 && u.query().is_none());
    if is_home {
        return Vec::new();
    }
    let stated = ["og:site_name", "application-name", "apple-mobile-web-app-title"];
    let stated = stated.iter().filter_map(|n| evidence.meta(n));
    let facts = [&evidence.facts.site, &evidence.facts.publisher];
    stated.chain(facts.into_iter().flatten().map(String::as_str)).map(title_key).collect()
}

/// Returns the spelling of the chosen title in a heading, if there is one: only the letters of blocks are repaired.
fn spelling(chosen: &Candidate, all: &[Candidate]) -> String {
    let heading = all.iter().find(|c| c.source == Source::Heading && c.key == chosen.key);
    heading.unwrap_or(chosen).text.clone()
}

/// Returns the parts of a `<title>` before and after each mark that may separate the title from the site's name.
fn segments(title: &str) -> impl Iterator<Item = &str> {
    let whole = title.trim();
    split(whole).map(str::trim).filter(move |part| !part.is_empty() && *part != whole)
}

fn split(title: &str) -> impl Iterator<Item = &str> {
    const SEPARATORS: [&str; 11] = [" | ", " – ", " - ", " — ", " :: ", " » ", " « ", " / ", " • ", " · ", "|"];
    // Splits at one mark at a time, so that the longest beginnings and ends are included: names have dashes in them.
    let cuts = SEPARATORS.iter().flat_map(move |mark| title.match_indices(mark));
    let edges = cuts.flat_map(move |(at, mark)| [title.get(..at), title.get(at + mark.len()..)]);
    edges.flatten().take(MAX_PARTS)
}

/// Folds white space and removes marks at the ends that belong to the layout.
fn clean(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_matches(|c: char| matches!(c, '|' | '•' | '»' | '¶' | '#')).trim().to_owned()
}
