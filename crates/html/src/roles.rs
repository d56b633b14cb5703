//! Which block is the title, the date line, the byline, a caption: evidence for the metadata, and parts of a complete
//! reading that a model of running text passes over.

use crate::title::{Title, words};
use crate::walk::{Facts, Reading};
use sanad_document::{Block, Kind, Role};

/// A title's length in characters.
const TITLE_CHARS: std::ops::RangeInclusive<u32> = 4..=400;

/// A title fits at least so well: all its words, or a heading's level and most of them.
const MIN_FIT: f32 = 1.0;

/// A date line or byline is no longer than this.
const LINE_CHARS: u32 = 90;

/// Blocks after the title among which its date line and byline stand.
const AFTER_TITLE: usize = 6;

/// What a part of a complete reading scores at least.
const PART_SCORE: f32 = 0.9;

/// A caption scored below this belongs to a teaser or a gallery.
const MIN_CAPTION: f32 = 0.2;

/// Sets the roles.
pub(super) fn set(reading: &mut Reading) {
    for block in &mut reading.blocks {
        if block.kind == Kind::Caption {
            block.role = Some(Role::Caption);
            if block.score >= MIN_CAPTION {
                block.score = block.score.max(PART_SCORE);
            }
        }
    }
    let Some(title) = title(reading) else { return };
    if let Some(block) = reading.blocks.get_mut(title) {
        block.role = Some(Role::Title);
        block.score = block.score.max(PART_SCORE);
    }
    let dated: Vec<usize> = reading.head.times.iter().filter_map(|t| t.block).collect();
    let facts = &reading.facts;
    let after = reading.blocks.iter_mut().zip(facts).enumerate();
    for (i, (block, facts)) in after.skip(title + 1).take(AFTER_TITLE) {
        if facts.tally.chars > LINE_CHARS || block.kind == Kind::Heading || block.role.is_some() {
            continue;
        }
        if is_date_line(&block.text) {
            block.role = Some(Role::DateLine);
            if dated.contains(&i) || facts.tally.chars <= DATE_CHARS {
                block.score = block.score.max(PART_SCORE);
            }
        }
    }
}

/// A date and a time, and little else.
const DATE_CHARS: u32 = 24;

/// Whether a text is a date and nothing else.
pub fn is_date(text: &str) -> bool {
    text.len() <= 2 * DATE_CHARS as usize && is_date_line(text)
}

/// Whether a short text is mainly a date: a year, a day, and not many words beside.
fn is_date_line(text: &str) -> bool {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false; // most texts
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

/// The block that is the page's title.
fn title(reading: &Reading) -> Option<usize> {
    let page = Title::of(reading.head.title.as_deref().unwrap_or(""));
    let og = reading.head.meta.iter().find(|(name, _)| name == "og:title");
    let og = og.map(|(_, title)| Title::of(title)).filter(|og| *og != page).unwrap_or_default();
    let og_within = og.is_within(&page);
    let candidates = reading.blocks.iter().zip(&reading.facts).enumerate();
    let mut best: Option<(usize, f32)> = None;
    for (i, (block, facts)) in candidates {
        let Some((heading, linked)) = beside_words(block, facts) else { continue };
        let fit = |words: f32| words + heading + 0.4 * block.score - linked;
        let is_better = |fit: f32| fit >= MIN_FIT && best.is_none_or(|(_, known)| fit > known);
        let in_page = facts.titled.unwrap_or_else(|| page.hits(&block.text));
        let (hits, own) = in_page;
        // at most: a part of the page's title has no more of the block's words than all of it
        let in_og = (if og_within { hits } else { own }, own);
        if !is_better(fit(overlap(in_page, &page).max(overlap(in_og, &og)))) {
            continue;
        }
        let in_og = if in_og.0 == 0 { in_og } else { og.hits(&block.text) };
        let words = overlap(in_page, &page).max(overlap(in_og, &og));
        if is_better(fit(words)) {
            best = Some((i, fit(words)));
        }
    }
    best.map(|(i, _)| i)
}

/// What speaks for a block as title beside its words and its score, its heading level, and what speaks against it.
fn beside_words(block: &Block, facts: &Facts) -> Option<(f32, f32)> {
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
    Some((heading, linked))
}

/// How much of a block's words stand in a title, and of the title in the block; above 1 where it repeats them.
#[allow(clippy::cast_precision_loss, reason = "counts of a few words")]
fn overlap((hits, own): (u32, u32), title: &Title) -> f32 {
    if title.is_empty() {
        return 0.0;
    }
    let (hits, own, all) = (hits as f32, own as f32, title.len() as f32);
    hits / own.max(1.0) * (0.5 + 0.5 * hits / all)
}
