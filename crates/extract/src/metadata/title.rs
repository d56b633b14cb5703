//! The title: what headline, heading and `<title>` agree on, without the site's name.

use super::dates;
use super::evidence::{Evidence, is_chrome, key};
use super::title_key::Key;
use sanad_document::text::chars;
use sanad_document::{Block, Kind, Role};

/// A text that may be the title.
#[derive(Debug, Clone)]
struct Candidate {
    text: String,
    key: String,
    /// How much its place speaks for it.
    weight: f32,
    /// Where it comes from; candidates of one source don't support each other.
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    JsonLd,
    OpenGraph,
    Heading,
    Title,
}

/// Longest title in characters; longer texts are paragraphs in a heading's clothes (the longest names of laws have about 400).
const LONGEST: usize = 500;

/// What a page's only heading of the first level gains: enough to stand against a head written for search engines, whose
/// parts all agree with each other.
const ONLY: f32 = 1.5;

/// A block with a larger share of its characters in links is a link.
const LINKED: f32 = 0.9;

/// Kept blocks that may repeat the title without being headings.
const TOP: usize = 30;

/// Headings looked at: the title's is among the first ones.
const HEADINGS: usize = 6;

/// Chooses the title.
pub(super) fn choose(evidence: &Evidence<'_>) -> Option<String> {
    if let Some(title) = evidence.meta("site:title") {
        return Some(clean(title));
    }
    let candidates = if evidence.is_pdf() { of_pdf(evidence) } else { of_page(evidence) };
    let site = site_names(evidence);
    let best = (0..).zip(&candidates).map(|(n, c)| (score(c, &candidates, &site), n, c));
    best.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, _, c)| spelled(c, &candidates))
}

/// Adds a text unless it is empty or too long to be a title.
fn add(all: &mut Vec<Candidate>, text: &str, weight: f32, source: Source) {
    let text = clean(text);
    let key = key(&text);
    if !key.is_empty() && text.chars().count() <= LONGEST {
        all.push(Candidate { text, key, weight, source });
    }
}

/// Places' weights: a headline that a machine states and a heading of the first level weigh most. Set by hand and
/// tried on the titles of WCXB's pages.
fn of_page(evidence: &Evidence<'_>) -> Vec<Candidate> {
    let mut all = Vec::new();
    if let Some(headline) = &evidence.facts.headline {
        add(&mut all, headline, 2.0, Source::JsonLd);
    }
    for name in ["og:title", "twitter:title", "dc.title", "citation_title"] {
        if let Some(text) = evidence.meta(name) {
            let whole = if name == "og:title" { 1.6 } else { 1.0 };
            add(&mut all, text, whole, Source::OpenGraph);
            segments(text).for_each(|part| add(&mut all, part, 0.7, Source::OpenGraph));
        }
    }
    let title = evidence.document.head.title.as_deref().unwrap_or("");
    headings(evidence, title, &mut all);
    let parts = segments(title).count();
    add(&mut all, title, if parts > 0 { 0.8 } else { 1.0 }, Source::Title);
    for (nth, part) in segments(title).enumerate() {
        add(&mut all, part, if nth == 0 { 0.9 } else { 0.6 }, Source::Title);
    }
    all
}

/// The page's first headings, and blocks that repeat `<title>` or a part of it without being headings.
fn headings(evidence: &Evidence<'_>, title: &str, all: &mut Vec<Candidate>) {
    let blocks = &evidence.document.blocks;
    let parts: Vec<String> = segments(title).chain([title]).map(key).collect();
    let ends: Vec<String> = segments(title).skip(1).map(key).collect();
    let marked = blocks.iter().filter(|b| !is_chrome(b) && is_heading(b));
    let first_level = marked.clone().filter(|b| b.level == Some(1)).count();
    for (nth, block) in marked.take(HEADINGS).enumerate() {
        // A heading that is a link and says what stands at the end of `<title>` is the site's name over the page.
        let is_name = block.link_share > LINKED && ends.contains(&key(&block.text));
        let only =
            first_level == 1 && block.level == Some(1) && block.fate.is_kept() && !ends.contains(&key(&block.text));
        let weight = weight_of(block, nth) + if only { ONLY } else { 0.0 } - if is_name { SITE } else { 0.0 };
        let shorter = without_date(&block.text).filter(|t| parts.contains(&key(t)));
        add(all, shorter.unwrap_or(&block.text), weight, Source::Heading);
    }
    let plain = blocks.iter().filter(|b| b.fate.is_kept() && !is_heading(b) && b.link_share <= LINKED);
    let says = |b: &&Block| {
        let first = Key::of(&b.text).next();
        let may_say = |part: &&String| first.is_some() && part.chars().next() == first;
        b.text.len() <= LONGEST && parts.iter().filter(may_say).any(|p| agreement(p, &key(&b.text)) > 0.0)
    };
    for block in plain.take(TOP).filter(says) {
        add(all, &block.text, 1.0, Source::Heading);
    }
}

fn is_heading(block: &Block) -> bool {
    block.role == Some(Role::Title) || block.kind == Kind::Heading
}

/// What a heading's place is worth.
fn weight_of(block: &Block, nth: usize) -> f32 {
    let kept = if block.fate.is_kept() { 0.6 } else { 0.0 };
    let first = if nth == 0 { 0.5 } else { 0.0 };
    let place = match (block.role, block.level) {
        (Some(Role::Title), None | Some(1)) => 2.2,
        (_, Some(1)) => 1.8,
        (Some(Role::Title), _) => 1.2,
        _ => 0.8,
    };
    place + kept + first
}

/// A heading without the date that a missing closing tag let run into it.
fn without_date(text: &str) -> Option<&str> {
    let date = dates::find(text).into_iter().last().filter(|d| d.value.day.is_some() && d.start > 0)?;
    let rest = text.get(date.end..)?;
    let before = text.get(..date.start)?.trim_end_matches(|c: char| !chars::is_letter_or_digit(c));
    (!rest.contains(chars::is_letter_or_digit)).then_some(before)
}

/// A PDF's first headings, then its `Title` unless a program wrote it.
fn of_pdf(evidence: &Evidence<'_>) -> Vec<Candidate> {
    let kept: Vec<_> = evidence.document.blocks.iter().filter(|b| b.fate.is_kept() && !b.text.is_empty()).collect();
    let mut all = Vec::new();
    for (nth, block) in kept.iter().filter(|b| is_heading(b)).take(HEADINGS).enumerate() {
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

/// Whether a PDF's `Title` was written by a program: a file's name, "Microsoft Word - …", nothing but numbers.
fn is_junk(title: &str) -> bool {
    const PROGRAMS: [&str; 8] =
        ["microsoft ", "untitled", "document", "slide 1", "powerpoint", "layout 1", "print", "безымянный"];
    const ENDINGS: [&str; 12] =
        [".doc", ".docx", ".pdf", ".indd", ".qxd", ".rtf", ".odt", ".xls", ".xlsx", ".ppt", ".pptx", ".cdr"];
    let low = title.trim().to_lowercase();
    let words = low.split_whitespace().count();
    let letters = low.chars().filter(|c| chars::is_letter(*c)).count();
    let broken = low.contains(['\u{FFFD}', '\0']) || low.contains("  ");
    (words <= 3 && PROGRAMS.iter().any(|p| low.starts_with(p)) || low.starts_with("microsoft word - "))
        || ENDINGS.iter().any(|e| low.ends_with(e))
        || (words == 1 && (low.contains('_') || low.contains(|c: char| c.is_ascii_digit())))
        || letters < 4
        || broken
}

/// What others say for a candidate: of each other source the weight of the best that agrees.
fn score(candidate: &Candidate, all: &[Candidate], site: &[String]) -> f32 {
    let mut support = 0.0;
    let mut asked = false;
    for source in [Source::JsonLd, Source::OpenGraph, Source::Heading, Source::Title] {
        if source != candidate.source {
            let others = all.iter().filter(|c| c.source == source);
            asked |= source != Source::Heading && others.clone().next().is_some();
            support += others.map(|c| c.weight * agreement(&c.key, &candidate.key)).fold(0.0, f32::max);
        }
    }
    let alone = asked && support <= 0.0 && candidate.source == Source::Heading;
    // A smaller heading that the page's head doesn't know is rather a section's.
    let doubt = if alone && candidate.weight < UNASKED { 0.8 } else { 0.0 };
    let name = if site.contains(&candidate.key) { SITE } else { 0.0 };
    candidate.weight + support - doubt - name
}

/// A heading of this weight is believed whatever the head says: those of the first level reach it.
const UNASKED: f32 = 2.4;

/// How far two titles say the same: wholly, nearly when one is the beginning of the other and lacks a quarter at most, or not.
fn agreement(a: &str, b: &str) -> f32 {
    if a == b {
        return 1.0;
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if long.starts_with(short) && short.len() * 4 >= long.len() * 3 { 0.8 } else { 0.0 }
}

/// What the site's own name loses; more than the agreement of all sources can bring.
const SITE: f32 = 6.0;

/// The site's name wherever the page states it.
fn site_names(evidence: &Evidence<'_>) -> Vec<String> {
    let is_home = evidence.url.as_ref().is_some_and(|u| u.path().len() <= 1 && u.query().is_none());
    if is_home {
        return Vec::new();
    }
    let stated = ["og:site_name", "application-name", "apple-mobile-web-app-title"];
    let stated = stated.iter().filter_map(|n| evidence.meta(n));
    let facts = [&evidence.facts.site, &evidence.facts.publisher];
    stated.chain(facts.into_iter().flatten().map(String::as_str)).map(key).collect()
}

/// The heading's spelling of the chosen title: its letters may be repaired, the head's aren't.
fn spelled(chosen: &Candidate, all: &[Candidate]) -> String {
    let heading = all.iter().find(|c| c.source == Source::Heading && c.key == chosen.key);
    heading.unwrap_or(chosen).text.clone()
}

/// Parts of a `<title>` between marks that set a site's name apart.
fn segments(title: &str) -> impl Iterator<Item = &str> {
    let whole = title.trim();
    split(whole).map(str::trim).filter(move |part| !part.is_empty() && *part != whole)
}

fn split(title: &str) -> impl Iterator<Item = &str> {
    const MARKS: [&str; 11] = [" | ", " – ", " - ", " — ", " :: ", " » ", " « ", " / ", " • ", " · ", "|"];
    // The parts before and after each single mark, the longest beginnings and ends included: names have dashes in them.
    let cuts = MARKS.iter().flat_map(move |mark| title.match_indices(mark));
    let edges = cuts.flat_map(move |(at, mark)| [title.get(..at), title.get(at + mark.len()..)]);
    edges.flatten().take(MOST_PARTS)
}

/// Parts of one `<title>` looked at.
const MOST_PARTS: usize = 24;

/// White space folded; marks at the ends that belong to the layout taken away.
fn clean(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_matches(|c: char| matches!(c, '|' | '•' | '»' | '¶' | '#')).trim().to_owned()
}
