//! Where a page's text begins: the block that repeats the page's title, and the first prose after it.
//!
//! On a page with a short article most prose is teasers or comments, and no share of the prose separates them from the
//! text. What the page says of itself does: the text is below the title, and often begins with the description.

use crate::char_counts::CharCounts;
use crate::title::Title;
use crate::walk::{BlockFacts, PageBlocks};
use memchr::memmem::Finder;
use sanad_document::Block;

/// Bytes of the description that its block must contain: enough that it isn't by chance, few enough that an ellipsis at
/// the end doesn't matter.
const DESCRIPTION_BYTES: usize = 50;

/// The least fit of a title: half of its letters in a block that holds little else.
const MIN_FIT: f32 = 0.3;

/// Characters of a title.
const TITLE_CHARS: std::ops::RangeInclusive<u32> = 4..=400;

/// Where the text begins. Blocks are identified by their index.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextStart {
    /// The block that repeats the title.
    pub(super) title: Option<usize>,
    /// How well it does, from 0 to 1.
    pub(super) fit: f32,
    /// The block that contains the start of the description.
    pub(super) described: Option<usize>,
    /// The first prose from the described block on, or else after the title.
    pub(super) lead: Option<usize>,
}

impl TextStart {
    /// Finds the start; `prose` says which blocks are prose.
    pub(super) fn of(page: &PageBlocks, counts: &[CharCounts], prose: &[bool]) -> Self {
        let mut start = Self::default();
        let titles = titles(page);
        let mut best = 0.0;
        for (i, ((block, facts), counts)) in page.blocks.iter().zip(&page.facts).zip(counts).enumerate() {
            let has_title_word = counts.title_hits().is_some_and(|title| title.hits > 0);
            if !has_title_word || !TITLE_CHARS.contains(&facts.tally.chars) {
                continue;
            }
            // the words are compared only if they can still decide
            if rank(1.0, block, facts) <= best {
                continue;
            }
            let fit = fit(block, &titles);
            let rank = rank(fit, block, facts);
            if fit >= MIN_FIT && rank > best {
                best = rank;
                start.title = Some(i);
                start.fit = fit;
            }
        }
        start.described = described(page);
        let from = start.described.or(start.title.map(|t| t + 1));
        start.lead = from.and_then(|from| (from..prose.len()).find(|&i| prose.get(i) == Some(&true)));
        start
    }
}

/// Link text around a block, in characters: menus and lists of teasers separate a text from what doesn't belong to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LinkGap {
    /// Since the previous prose.
    pub(super) since: f32,
    /// Until the next prose.
    pub(super) until: f32,
    /// `ln(1 + n)` of the most between two pieces of prose from the lead to here; -1 before the lead.
    pub(super) largest: f32,
}

impl LinkGap {
    /// The gaps of all blocks. `links` holds the link text before each block and, at the end, that of the page.
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

/// The `title` element and `og:title`, as words.
fn titles(page: &PageBlocks) -> Vec<Title> {
    let shared = page.head.meta.iter().find(|(name, _)| name == "og:title").map(|(_, title)| title.as_str());
    let titles = [page.head.title.as_deref(), shared].into_iter().flatten().map(Title::of);
    let mut titles: Vec<Title> = titles.filter(|title| !title.is_empty()).collect();
    titles.dedup();
    titles
}

/// The share of the block's letters that are in a title, weighted by the share of the title that they make.
#[allow(clippy::cast_precision_loss, reason = "a title has some hundred bytes")]
fn fit(block: &Block, titles: &[Title]) -> f32 {
    let fits = titles.iter().map(|title| {
        let (all, shared) = title.shared_bytes(&block.text);
        let (all, shared, title) = (all.max(1) as f32, shared as f32, title.bytes().max(1) as f32);
        // the site's name may make half of the title
        (shared / all) * (2.0 * shared / title).min(1.0)
    });
    fits.fold(0.0, f32::max)
}

/// Ranks candidates: a heading before the last breadcrumb, and before a teaser of the page itself.
fn rank(fit: f32, block: &Block, facts: &BlockFacts) -> f32 {
    let heading = match facts.heading {
        1 => 0.5,
        2 => 0.3,
        3..=6 => 0.2,
        _ => 0.0,
    };
    let linked = if block.link_share > 0.5 { 0.3 } else { 0.0 };
    fit + heading - linked
}

/// The block that contains the start of the page's description.
fn described(page: &PageBlocks) -> Option<usize> {
    let names = ["og:description", "description"];
    names.iter().find_map(|name| {
        let (_, text) = page.head.meta.iter().find(|(known, _)| known == name)?;
        let end = (0..=DESCRIPTION_BYTES).rev().find(|&at| text.is_char_boundary(at))?;
        let start = text.get(..end).filter(|start| start.len() + 4 > DESCRIPTION_BYTES)?;
        let finder = Finder::new(start);
        page.blocks.iter().position(|block| finder.find(block.text.as_bytes()).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::AttributeFilter;
    use std::collections::HashMap;

    const TEASERS: &str = "<ul><li><a href=/1>The budget of the year</a><div>The parliament has adopted the budget of \
        the coming year after a debate of two days and three readings.</div></li></ul>";

    fn start(page: &str) -> (PageBlocks, TextStart) {
        let parsed = crate::parse::parse(page, AttributeFilter::Read).unwrap();
        let blocks = crate::walk::read(&parsed.tree, &HashMap::new());
        let title = Title::of(blocks.head.title.as_deref().unwrap_or(""));
        let counted = blocks.blocks.iter().zip(&blocks.facts);
        let counts: Vec<CharCounts> = counted.map(|(b, f)| CharCounts::of(&b.text, &title, f.tally.chars)).collect();
        let prose: Vec<bool> = counts.iter().map(|c| c.size() >= 60.0).collect();
        let start = TextStart::of(&blocks, &counts, &prose);
        (blocks, start)
    }

    fn text(blocks: &PageBlocks, at: Option<usize>) -> &str {
        at.and_then(|at| blocks.blocks.get(at)).map_or("", |b| &b.text)
    }

    #[test]
    fn a_notice_begins_below_the_title_whatever_comes_before() {
        let notice = "The bridge over the river Vakhsh is closed until Friday for repairs of its carriageway.";
        let page = format!(
            "<title>Bridge closed until Friday - The ministry</title>{TEASERS}<b>Bridge closed until Friday</b><p>12 May\
             <p>{notice}"
        );
        let (blocks, start) = start(&page);
        assert_eq!(text(&blocks, start.title), "Bridge closed until Friday");
        assert_eq!(text(&blocks, start.lead), notice);
    }

    #[test]
    fn the_description_names_the_first_paragraph_where_no_title_does() {
        let notice = "The bridge over the river Vakhsh is closed until Friday for repairs of its carriageway.";
        let page = format!(
            "<title>The ministry</title><meta name=description content='{notice} More to come.'>{TEASERS}<p>{notice} More."
        );
        let (blocks, start) = start(&page);
        assert!(text(&blocks, start.described).starts_with(notice));
        assert_eq!(start.lead, start.described);
    }

    #[test]
    fn a_page_that_says_nothing_of_itself_has_no_start() {
        let (_, start) = start(TEASERS);
        assert_eq!((start.title, start.lead), (None, None));
    }
}
