//! Roles of blocks: the title, the date line, captions.
//!
//! Roles are evidence for the metadata. They also raise scores: a complete record has these blocks, but a model trained
//! on running text scores them low.

use crate::title::{Title, TitleHits, words};
use crate::walk::{BlockFacts, PageBlocks};
use sanad_document::{Block, Kind, Role};

/// Characters of a title.
const TITLE_CHARS: std::ops::RangeInclusive<u32> = 4..=400;

/// The least fit of a title: it has all words of the page's title, or it is a heading with most of them.
const MIN_FIT: f32 = 1.0;

/// Characters of the longest date line.
const MAX_DATE_LINE_CHARS: u32 = 90;

/// Blocks after the title that are searched for its date line.
const AFTER_TITLE: usize = 6;

/// The least score of a block with a role.
const MIN_ROLE_SCORE: f32 = 0.9;

/// A caption that the model scores below this belongs to a teaser or a gallery.
const MIN_CAPTION: f32 = 0.2;

/// Sets the roles of a page's blocks.
pub(super) fn set(page: &mut PageBlocks) {
    for block in &mut page.blocks {
        if block.kind == Kind::Caption {
            block.role = Some(Role::Caption);
            if block.score >= MIN_CAPTION {
                block.score = block.score.max(MIN_ROLE_SCORE);
            }
        }
    }
    let Some(title) = find_title(page) else { return };
    if let Some(block) = page.blocks.get_mut(title) {
        block.role = Some(Role::Title);
        block.score = block.score.max(MIN_ROLE_SCORE);
    }
    let with_time: Vec<usize> = page.head.times.iter().filter_map(|t| t.block).collect();
    let after = page.blocks.iter_mut().zip(&page.facts).enumerate();
    for (i, (block, facts)) in after.skip(title + 1).take(AFTER_TITLE) {
        if facts.tally.chars > MAX_DATE_LINE_CHARS || block.kind == Kind::Heading || block.role.is_some() {
            continue;
        }
        if is_date_line(&block.text) {
            block.role = Some(Role::DateLine);
            if with_time.contains(&i) || facts.tally.chars <= MAX_DATE_CHARS {
                block.score = block.score.max(MIN_ROLE_SCORE);
            }
        }
    }
}

/// Characters of a date and a time with little else.
const MAX_DATE_CHARS: u32 = 24;

/// Whether a text is a date, perhaps with a time, and hardly anything else.
#[must_use]
pub fn is_date(text: &str) -> bool {
    text.len() <= 2 * MAX_DATE_CHARS as usize && is_date_line(text)
}

/// Whether a short text is mainly a date: it has a year from 1990 to 2100, a day, and at most 12 words.
fn is_date_line(text: &str) -> bool {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false; // the common case
    }
    let (mut year, mut day) = (false, false);
    for number in text.split(|c: char| !c.is_ascii_digit()) {
        match (number.len(), number.parse()) {
            (4, Ok(1990..=2100)) => year = true,
            (1..=2, Ok(1..=31)) => day = true,
            _ => {}
        }
    }
    year && day && words(text).len() <= 12
}

/// The block that is the page's title: it fits the `title` element or `og:title` best.
fn find_title(page: &PageBlocks) -> Option<usize> {
    let title = Title::of(page.head.title.as_deref().unwrap_or(""));
    let og = page.head.meta.iter().find(|(name, _)| name == "og:title");
    let og = og.map(|(_, title)| Title::of(title)).filter(|og| *og != title).unwrap_or_default();
    let og_is_part = og.is_within(&title);
    let candidates = page.blocks.iter().zip(&page.facts).enumerate();
    let mut best: Option<(usize, f32)> = None;
    for (i, (block, facts)) in candidates {
        let Some(bonus) = title_bonus(block, facts) else { continue };
        let fit = |words: f32| words + bonus.heading + 0.4 * block.score - bonus.linked;
        let is_better = |fit: f32| fit >= MIN_FIT && best.is_none_or(|(_, known)| fit > known);
        let in_title = facts.title_hits.unwrap_or_else(|| title.hits(&block.text));
        // an upper bound: if og:title is part of the title, it can't have more of the block's words
        let in_og = if og_is_part { in_title } else { TitleHits { hits: in_title.words, ..in_title } };
        if !is_better(fit(overlap(in_title, &title).max(overlap(in_og, &og)))) {
            continue;
        }
        let in_og = if in_og.hits == 0 { in_og } else { og.hits(&block.text) };
        let words = overlap(in_title, &title).max(overlap(in_og, &og));
        if is_better(fit(words)) {
            best = Some((i, fit(words)));
        }
    }
    best.map(|(i, _)| i)
}

/// What counts for and against a block as title, beside its words and its score.
struct TitleBonus {
    /// For it: the level of its heading.
    heading: f32,
    /// Against it: it is a link.
    linked: f32,
}

/// The bonus of a block; `None` if it can't be the title.
fn title_bonus(block: &Block, facts: &BlockFacts) -> Option<TitleBonus> {
    if !TITLE_CHARS.contains(&facts.tally.chars)
        || matches!(block.kind, Kind::Table | Kind::Code | Kind::Caption)
        || facts.hidden
    {
        return None;
    }
    let heading = match facts.heading {
        1 => 0.8,
        2 => 0.5,
        3 => 0.4,
        4..=6 => 0.2,
        _ => 0.0,
    };
    let linked = if block.link_share > 0.5 { 0.4 } else { 0.0 };
    Some(TitleBonus { heading, linked })
}

/// The share of a block's words that are in the title, weighted by the share of the title that they make. 1 if both
/// have the same words; above 1 if the block repeats them.
#[allow(clippy::cast_precision_loss, reason = "counts of a few words")]
fn overlap(found: TitleHits, title: &Title) -> f32 {
    if title.is_empty() {
        return 0.0;
    }
    let (hits, words, all) = (found.hits as f32, found.words as f32, title.len() as f32);
    hits / words.max(1.0) * (0.5 + 0.5 * hits / all)
}
