//! Repairs verdicts on single blocks that read wrong together: lists, sections, labels, headings, captions.

use super::looks_like;
use foldhash::{HashMap, HashMapExt as _};
use sanad_document::{Block, Kind, PageKind, Role};
use sanad_html::is_date;
use std::ops::Range;

/// From this score on the model is sure.
pub(super) const SURE_SCORE: f32 = 0.9;

/// A heading below this score is never rescued by what follows it.
const HEADING_SCORE: f32 = 0.1;

/// Blocks that share a path are siblings from this count on, and each needs this score to stay with the others. Out of
/// fold on WCXB this gains .0026 word F1, most of it on listings (.018); a lower score gains nothing more.
const SIBLINGS: usize = 3;
const SIBLING_SCORE: f32 = 0.25;

/// Blocks that share a path may label the blocks of another path from this count on, if at least this share of them is
/// next to one (per cent); each needs this score.
const LABELS: usize = 4;
const LABELLING_PER_CENT: usize = 70;
const LABEL_SCORE: f32 = 0.06;

/// Text that continues after its container was closed too early needs this score.
const CONTINUED_SCORE: f32 = 0.15;

/// Links with dates are news beside a document from this many in a row on, if they hold at most this share of its kept
/// text (per cent).
const DATED_LINKS: usize = 4;
const BESIDE_PER_CENT: usize = 50;

/// A headline in such a row has at most this many bytes, and more than this share of it is a link.
const HEADLINE: usize = 400;
const HEADLINE_LINKED: f32 = 0.8;

/// The level of a heading that has none: the lowest.
const LOWEST_LEVEL: u8 = 6;

/// Repairs `keep`, the verdict on each block, in place.
pub(super) fn repair(blocks: &[Block], kind: PageKind, keep: &mut [bool]) {
    keep_whole_lists(blocks, keep);
    keep_continued_text(blocks, keep);
    let paths = indices_by_path(blocks);
    keep_siblings(blocks, &paths, keep);
    keep_labels(blocks, &paths, keep);
    keep_headings(blocks, keep);
    match kind {
        PageKind::Document => drop_dated_links(blocks, keep),
        PageKind::Listing
        | PageKind::ErrorPage
        | PageKind::Interstitial
        | PageKind::Login
        | PageKind::ScriptOnly
        | PageKind::Scan
        | PageKind::Empty => {}
    }
}

/// Drops links with dates in a row: the site's latest news, which is shown beside any document. On a page of short
/// lines the model takes some of them for text.
fn drop_dated_links(blocks: &[Block], keep: &mut [bool]) {
    let dates: Vec<bool> = blocks.iter().map(|b| is_date(&b.text)).collect();
    let is_headline = |b: &Block| b.link_share > HEADLINE_LINKED && b.text.len() <= HEADLINE;
    let all_bytes = kept_bytes(blocks, keep, 0..blocks.len());
    let mut start = 0;
    while start < blocks.len() {
        let run = blocks.iter().zip(&dates).skip(start).take_while(|(b, dated)| **dated || is_headline(b)).count();
        let in_run = || dates.iter().enumerate().skip(start).take(run).filter(|(_, dated)| **dated).map(|(i, _)| i);
        let first = in_run().next().unwrap_or(start);
        let last = in_run().next_back().unwrap_or(start);
        // A headline is before its date or after it; further links may follow.
        let news = first.saturating_sub(1).max(start)..(last + 2).min(start + run);
        let count = in_run().count();
        let links = news.len() - count.min(news.len());
        if count >= DATED_LINKS
            && (DATED_LINKS..=2 * count).contains(&links)
            && kept_bytes(blocks, keep, news.clone()) * 100 <= all_bytes * BESIDE_PER_CENT
        {
            for (block, kept) in blocks.iter().zip(keep.iter_mut()).take(news.end).skip(news.start) {
                *kept &= block.score >= SURE_SCORE || block.kept_by.is_some();
            }
        }
        start += run.max(1);
    }
}

/// The bytes of the kept text in a range of blocks.
fn kept_bytes(blocks: &[Block], keep: &[bool], range: Range<usize>) -> usize {
    let blocks = blocks.iter().zip(keep).take(range.end).skip(range.start);
    blocks.filter(|(_, kept)| **kept).map(|(block, _)| block.text.len()).sum()
}

/// Groups the indices of blocks by path, in order. Only paths with at least [`SIBLINGS`] blocks are returned.
fn indices_by_path(blocks: &[Block]) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut paths: Vec<Vec<usize>> = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let number = *numbers.entry(&block.path).or_insert(paths.len());
        if number == paths.len() {
            paths.push(Vec::new());
        }
        if let Some(path) = paths.get_mut(number) {
            path.push(i);
        }
    }
    paths.retain(|path| path.len() >= SIBLINGS);
    paths
}

/// Keeps the blocks of a path that have at least this score.
fn keep_all(path: &[usize], blocks: &[Block], keep: &mut [bool], score: f32) {
    for &i in path {
        if let (Some(block), Some(kept)) = (blocks.get(i), keep.get_mut(i)) {
            *kept |= block.score >= score && may_stay(block);
        }
    }
}

/// Whether no rule drops a block whatever it scores.
fn may_stay(block: &Block) -> bool {
    block.fate.is_kept() && looks_like::certain_rule(block).is_none()
}

/// Keeps siblings together once half of their bytes are kept.
fn keep_siblings(blocks: &[Block], paths: &[Vec<usize>], keep: &mut [bool]) {
    for path in paths {
        let (mut all, mut kept) = (0, 0);
        for (block, is_kept) in path.iter().filter_map(|&i| Some((blocks.get(i)?, *keep.get(i)?))) {
            all += block.text.len();
            kept += if is_kept { block.text.len() } else { 0 };
        }
        if kept * 2 >= all && kept < all {
            keep_all(path, blocks, keep, SIBLING_SCORE);
        }
    }
}

/// Keeps text that continues outside its container because a stray end tag closed that: blocks that follow at once,
/// without a link and in no container of their own. Sound markup puts other things into containers of their own.
fn keep_continued_text(blocks: &[Block], keep: &mut [bool]) {
    let mut text: Option<&str> = None;
    let mut is_closed = false;
    for (block, kept) in blocks.iter().zip(keep) {
        let own = container(&block.path);
        if *kept {
            if block.kind != Kind::Heading && block.score >= SURE_SCORE {
                (text, is_closed) = (Some(own), false);
            }
            continue;
        }
        let may_continue = block.score >= CONTINUED_SCORE && block.link_share == 0.0 && may_stay(block);
        let continues = |text: &str| {
            text.strip_prefix(own).is_some_and(|rest| rest.starts_with('/') || is_closed && rest.is_empty())
        };
        if may_continue && text.is_some_and(continues) {
            *kept = true;
            (text, is_closed) = (Some(own), true);
        } else {
            text = None;
        }
    }
}

/// The path of the container around a paragraph or bare text.
fn container(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((container, name)) if name.split(['#', '.']).next() == Some("p") => container,
        _ => path,
    }
}

/// Keeps the blocks of a path if each is next to a kept block of one other path: the names over the posts of a
/// government's members, the terms of a glossary. Such labels are short and often links, so alone they score low.
fn keep_labels(blocks: &[Block], paths: &[Vec<usize>], keep: &mut [bool]) {
    let mut path_of = vec![usize::MAX; blocks.len()];
    for (number, path) in paths.iter().enumerate() {
        for &i in path {
            if let Some(path_of) = path_of.get_mut(i) {
                *path_of = number;
            }
        }
    }
    for (number, path) in paths.iter().enumerate() {
        let has_dropped = path.iter().any(|&i| keep.get(i) == Some(&false));
        if path.len() < LABELS || !has_dropped {
            continue;
        }
        let is_labelling = [1, -1].into_iter().any(|step| {
            let neighbour = |&i: &usize| i.checked_add_signed(step).filter(|i| keep.get(*i) == Some(&true));
            let mut hits: HashMap<usize, usize> = HashMap::new();
            for other in path.iter().filter_map(neighbour).filter_map(|i| path_of.get(i)) {
                *hits.entry(*other).or_default() += 1;
            }
            let fits = |(&other, &hits): (&usize, &usize)| {
                let is_enough = other != number && hits * 100 >= path.len() * LABELLING_PER_CENT;
                is_enough && paths.get(other).is_some_and(|p| is_mostly_kept(p, keep))
            };
            hits.iter().any(fits)
        });
        if is_labelling {
            keep_all(path, blocks, keep, LABEL_SCORE);
        }
    }
}

fn is_mostly_kept(path: &[usize], keep: &[bool]) -> bool {
    let kept = path.iter().filter(|&&i| keep.get(i) == Some(&true)).count();
    kept * 100 >= path.len() * LABELLING_PER_CENT
}

/// Keeps a whole list once half of its bytes are kept.
fn keep_whole_lists(blocks: &[Block], keep: &mut [bool]) {
    let mut start = 0;
    while start < blocks.len() {
        let end = list_end(blocks, start);
        if end - start > 1 {
            let all: usize = blocks.iter().take(end).skip(start).map(|block| block.text.len()).sum();
            if kept_bytes(blocks, keep, start..end) * 2 >= all {
                for kept in keep.iter_mut().take(end).skip(start) {
                    *kept = true;
                }
            }
        }
        start = end.max(start + 1);
    }
}

/// The end of the run of items of one list that begins at `start`.
fn list_end(blocks: &[Block], start: usize) -> usize {
    let Some(first) = blocks.get(start).filter(|b| b.kind == Kind::ListItem) else {
        return start + 1;
    };
    let same = |b: &&Block| b.kind == Kind::ListItem && b.path == first.path && b.fate.is_kept();
    start + blocks.iter().skip(start).take_while(same).count().max(1)
}

/// Whether a block is a heading that ends the section of a heading of this level.
fn ends_section(block: &Block, level: u8) -> bool {
    block.kind == Kind::Heading && block.level.unwrap_or(LOWEST_LEVEL) <= level
}

/// Keeps a heading if the block after it belongs to its section and is kept.
fn keep_headings(blocks: &[Block], keep: &mut [bool]) {
    for i in (0..blocks.len()).rev() {
        let Some(heading) = blocks.get(i).filter(|b| b.kind == Kind::Heading) else {
            continue;
        };
        if keep.get(i) == Some(&true) || heading.score < HEADING_SCORE {
            continue;
        }
        let level = heading.level.unwrap_or(LOWEST_LEVEL);
        let next = blocks.get(i + 1).filter(|b| !ends_section(b, level));
        if next.is_some()
            && keep.get(i + 1) == Some(&true)
            && let Some(kept) = keep.get_mut(i)
        {
            *kept = true;
        }
    }
}

/// Returns why kept blocks are dropped after all: a caption goes with its table, and the heading of a table with both.
/// A heading over other dropped text stays: dropping those too cost .004 word F1 on WCXB. `kept` is the verdict on each
/// block.
pub(super) fn orphans(blocks: &[Block], kept: &[bool]) -> Vec<Option<&'static str>> {
    let mut kept = kept.to_vec();
    let mut reasons = vec![None; blocks.len()];
    for i in (0..blocks.len()).rev() {
        let Some(block) = blocks.get(i).filter(|b| kept.get(i) == Some(&true) && b.kept_by.is_none()) else { continue };
        let reason = match block.kind {
            Kind::Caption => {
                lost_its_table(block, blocks.get(i + 1), kept.get(i + 1)).then_some("its table is left out")
            }
            Kind::Heading => is_over_lost_table(block, blocks, &kept, i).then_some("the table under it is left out"),
            Kind::Paragraph
            | Kind::ListItem
            | Kind::Table
            | Kind::Quote
            | Kind::Signature
            | Kind::Note
            | Kind::Code => None,
        };
        if let (Some(slot), Some(kept), Some(_)) = (reasons.get_mut(i), kept.get_mut(i), reason) {
            *slot = reason;
            *kept = false;
        }
    }
    reasons
}

/// Whether the block after a caption is its own table, and dropped.
fn lost_its_table(caption: &Block, next: Option<&Block>, next_kept: Option<&bool>) -> bool {
    let table = next.filter(|n| n.kind == Kind::Table && n.origin == caption.origin);
    table.is_some() && next_kept == Some(&false)
}

/// Whether the section of the heading at `at` holds nothing but tables and captions, all dropped.
fn is_over_lost_table(heading: &Block, blocks: &[Block], kept: &[bool], at: usize) -> bool {
    let level = heading.level.unwrap_or(LOWEST_LEVEL);
    if heading.role == Some(Role::Title) || level == 1 {
        return false;
    }
    let section = blocks.iter().zip(kept).skip(at + 1).take_while(|(b, _)| !ends_section(b, level));
    let mut section = section.peekable();
    section.peek().is_some() && section.all(|(b, kept)| !kept && matches!(b.kind, Kind::Table | Kind::Caption))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(rows: &[(&str, f32)]) -> (Vec<Block>, Vec<bool>) {
        let block = |&(path, score): &(&str, f32)| Block {
            text: "Minister of the waters".to_owned(),
            path: path.into(),
            score,
            ..Block::default()
        };
        let blocks: Vec<Block> = rows.iter().map(block).collect();
        let keep = blocks.iter().map(|b| b.score >= 0.5).collect();
        (blocks, keep)
    }

    #[test]
    fn sections_of_one_path_stay_together_once_half_of_them_are_kept() {
        let (blocks, mut keep) = blocks(&[("p", 0.9), ("p", 0.3), ("p", 0.6), ("p", 0.01), ("nav", 0.3)]);
        repair(&blocks, PageKind::Document, &mut keep);
        assert_eq!(keep, [true, true, true, false, false]);
    }

    #[test]
    fn text_goes_on_where_its_container_was_closed_too_early() {
        let rows = [
            ("body/div/div.text/p", 0.95),
            ("body/div", 0.2),
            ("body/div/p", 0.4),
            ("body", 0.2),
            ("body/p", 0.3),
            ("body/div.share", 0.3),
            ("body/p", 0.3),
        ];
        let (blocks, mut keep) = blocks(&rows);
        repair(&blocks, PageKind::Document, &mut keep);
        assert_eq!(keep, [true, true, true, true, true, false, false]);
    }

    #[test]
    fn news_with_dates_beside_a_document_are_none_of_its_text() {
        let (mut blocks, mut keep) = blocks(&[("p", 0.6); 20]);
        for (i, block) in blocks.iter_mut().enumerate().skip(10) {
            let (text, link_share) = if i % 2 == 0 { ("Meeting in Kulob", 1.0) } else { ("2 May 2024", 0.0) };
            (block.text, block.link_share) = (text.to_owned(), link_share);
        }
        let whole = keep.clone();
        repair(&blocks, PageKind::Listing, &mut keep);
        assert_eq!(keep, whole);
        repair(&blocks, PageKind::Document, &mut keep);
        assert_eq!(keep.iter().position(|kept| !kept), Some(10));
        assert_eq!(keep.iter().filter(|kept| **kept).count(), 10);
    }

    #[test]
    fn names_stay_with_the_posts_under_them() {
        let rows: Vec<(&str, f32)> = (0..5).flat_map(|_| [("div.name", 0.1), ("div.post", 0.7)]).collect();
        let (blocks, mut keep) = blocks(&rows);
        repair(&blocks, PageKind::Document, &mut keep);
        assert!(keep.iter().all(|kept| *kept));
    }

    #[test]
    fn links_among_paragraphs_are_no_labels_of_them() {
        let (blocks, mut keep) =
            blocks(&[("a", 0.1), ("a", 0.1), ("a", 0.1), ("a", 0.1), ("p", 0.9), ("p", 0.9), ("p", 0.9)]);
        repair(&blocks, PageKind::Document, &mut keep);
        assert_eq!(keep, [false, false, false, false, true, true, true]);
    }
}
