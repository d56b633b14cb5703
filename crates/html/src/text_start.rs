//! Where a page's text begins: the block that repeats the page's title, and the first prose after it.
//!
//! On a page with a short article most prose is teasers or comments, and no share of the prose tells them from the text.
//! What the page says of itself does: the text stands under the title, and often opens with the description.

use crate::char_counts::Letters;
use crate::title::Title;
use crate::walk::{Facts, Reading};
use memchr::memmem::Finder;
use sanad_document::Block;

/// Bytes of the description that its block must hold: enough to be no chance, few enough that an ellipsis doesn't matter.
const DESCRIPTION_BYTES: usize = 50;

/// Least fit of a title: half of its letters in a block that holds little else.
const MIN_FIT: f32 = 0.3;

/// A title's length in characters.
const TITLE_CHARS: std::ops::RangeInclusive<u32> = 4..=400;

/// Where the text begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Anchor {
    /// The block that repeats the title.
    pub(super) title: Option<usize>,
    /// How well it does, 0 to 1.
    pub(super) fit: f32,
    /// The block that holds the description's beginning.
    pub(super) described: Option<usize>,
    /// The first prose from the title or the description on.
    pub(super) lead: Option<usize>,
}

impl Anchor {
    /// Looks for it; `prose` says which blocks are running text.
    pub(super) fn of(reading: &Reading, letters: &[Letters], prose: &[bool]) -> Self {
        let mut anchor = Self::default();
        let titles = titles(reading);
        let mut best = 0.0;
        for (i, ((block, facts), letters)) in reading.blocks.iter().zip(&reading.facts).zip(letters).enumerate() {
            if letters.titled() == 0 || !TITLE_CHARS.contains(&facts.tally.chars) {
                continue;
            }
            // the words are looked at only where they can still decide
            if rank(1.0, block, facts) <= best {
                continue;
            }
            let fit = fit(block, &titles);
            let rank = rank(fit, block, facts);
            if fit >= MIN_FIT && rank > best {
                best = rank;
                anchor.title = Some(i);
                anchor.fit = fit;
            }
        }
        anchor.described = described(reading);
        let from = anchor.described.or(anchor.title.map(|t| t + 1));
        anchor.lead = from.and_then(|from| (from..prose.len()).find(|&i| prose.get(i) == Some(&true)));
        anchor
    }
}

/// Link text around a block: menus and lists of teasers stand between a text and what doesn't belong to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gap {
    /// Since the last prose.
    pub(super) since: f32,
    /// Until the next prose.
    pub(super) until: f32,
    /// The logarithm of the most between two pieces of prose from the lead to here; -1 before it.
    pub(super) largest: f32,
}

impl Gap {
    /// Of every block; `links` holds the link text before each and, at its end, that of the page.
    pub(super) fn all(links: &[f32], prose: &[bool], lead: Option<usize>) -> Vec<Self> {
        let mut gaps = vec![Self::default(); prose.len()];
        let before = |i: usize| links.get(i).copied().unwrap_or_default();
        let (mut last, mut largest) = (0.0, 0.0_f32);
        for (i, gap) in gaps.iter_mut().enumerate() {
            gap.since = before(i) - last;
            if lead.is_some_and(|lead| i > lead) {
                largest = largest.max(gap.since);
            }
            gap.largest = if lead.is_none_or(|lead| i < lead) { -1.0 } else { largest.ln_1p() };
            if prose.get(i) == Some(&true) {
                last = before(i + 1);
            }
        }
        let mut next = before(prose.len());
        for (i, gap) in gaps.iter_mut().enumerate().rev() {
            gap.until = (next - before(i + 1)).max(0.0);
            if prose.get(i) == Some(&true) {
                next = before(i);
            }
        }
        gaps
    }
}

/// The title of the page and the one written for sharing, as words.
fn titles(reading: &Reading) -> Vec<Title> {
    let shared = reading.head.meta.iter().find(|(name, _)| name == "og:title").map(|(_, title)| title.as_str());
    let titles = [reading.head.title.as_deref(), shared].into_iter().flatten().map(Title::of);
    let mut titles: Vec<Title> = titles.filter(|title| !title.is_empty()).collect();
    titles.dedup();
    titles
}

/// Share of the block's letters that stand in a title, weighed by the share of the title they make.
#[allow(clippy::cast_precision_loss, reason = "a title has some hundred bytes")]
fn fit(block: &Block, titles: &[Title]) -> f32 {
    let fits = titles.iter().map(|title| {
        let (all, shared) = title.shared_bytes(&block.text);
        let (all, shared, title) = (all.max(1) as f32, shared as f32, title.bytes().max(1) as f32);
        // a site's name may make half of the title
        (shared / all) * (2.0 * shared / title).min(1.0)
    });
    fits.fold(0.0, f32::max)
}

/// A heading is preferred to the last crumb and to a teaser of the page itself.
fn rank(fit: f32, block: &Block, facts: &Facts) -> f32 {
    let heading = match facts.heading {
        1 => 0.5,
        2 => 0.3,
        3..=6 => 0.2,
        _ => 0.0,
    };
    let linked = if block.link_share > 0.5 { 0.3 } else { 0.0 };
    fit + heading - linked
}

fn described(reading: &Reading) -> Option<usize> {
    let names = ["og:description", "description"];
    names.iter().find_map(|name| {
        let (_, text) = reading.head.meta.iter().find(|(known, _)| known == name)?;
        let end = (0..=DESCRIPTION_BYTES).rev().find(|&at| text.is_char_boundary(at))?;
        let start = text.get(..end).filter(|start| start.len() + 4 > DESCRIPTION_BYTES)?;
        let finder = Finder::new(start);
        reading.blocks.iter().position(|block| finder.find(block.text.as_bytes()).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const TEASERS: &str = "<ul><li><a href=/1>The budget of the year</a><div>The parliament has adopted the budget of \
        the coming year after a debate of two days and three readings.</div></li></ul>";

    fn anchor(page: &str) -> (Reading, Anchor) {
        let parsed = crate::parse::parse(page).unwrap();
        let reading = crate::walk::read(&parsed.tree, &HashMap::new());
        let title = Title::of(reading.head.title.as_deref().unwrap_or(""));
        let counted = reading.blocks.iter().zip(&reading.facts);
        let letters: Vec<Letters> = counted.map(|(b, f)| Letters::of(&b.text, &title, f.tally.chars)).collect();
        let prose: Vec<bool> = letters.iter().map(|l| l.size() >= 60.0).collect();
        let anchor = Anchor::of(&reading, &letters, &prose);
        (reading, anchor)
    }

    fn text(reading: &Reading, at: Option<usize>) -> &str {
        at.and_then(|at| reading.blocks.get(at)).map_or("", |b| &b.text)
    }

    #[test]
    fn a_notice_begins_under_the_title_whatever_stands_before_it() {
        let notice = "The bridge over the river Vakhsh is closed until Friday for repairs of its carriageway.";
        let page = format!(
            "<title>Bridge closed until Friday - The ministry</title>{TEASERS}<b>Bridge closed until Friday</b><p>12 May\
             <p>{notice}"
        );
        let (reading, anchor) = anchor(&page);
        assert_eq!(text(&reading, anchor.title), "Bridge closed until Friday");
        assert_eq!(text(&reading, anchor.lead), notice);
    }

    #[test]
    fn the_description_names_the_first_paragraph_where_no_title_does() {
        let notice = "The bridge over the river Vakhsh is closed until Friday for repairs of its carriageway.";
        let page = format!(
            "<title>The ministry</title><meta name=description content='{notice} More to come.'>{TEASERS}<p>{notice} More."
        );
        let (reading, anchor) = anchor(&page);
        assert!(text(&reading, anchor.described).starts_with(notice));
        assert_eq!(anchor.lead, anchor.described);
    }

    #[test]
    fn a_page_that_says_nothing_of_itself_has_no_anchor() {
        let (_, anchor) = anchor(TEASERS);
        assert_eq!((anchor.title, anchor.lead), (None, None));
    }
}
