//! Repairs verdicts on single blocks that read wrong together.

use super::rule_names;
use foldhash::{HashMap, HashMapExt as _};
use sanad_document::{Block, Kind, PageKind, Role};
use sanad_html::is_date;

/// From this score on the model is sure.
pub(super) const SURE_SCORE: f32 = 0.9;

/// Blocks between a heading and the text it stands over.
const HEADING_REACH: usize = 3;

/// Blocks of one path from which on they are siblings, and what each must score to stay with the others. Out of fold on
/// WCXB this brings .0026 word F1, most of it on listings (.018); a lower score brings nothing more.
const SIBLINGS: usize = 3;
const SIBLING_SCORE: f32 = 0.25;

/// Blocks of one path from which on they may be the labels of another path's blocks, the share of them that must stand
/// beside one (per cent), and what each must score.
const LABELS: usize = 4;
const LABELLING_PER_CENT: usize = 70;
const LABEL_SCORE: f32 = 0.06;

/// What goes on where a container was closed too early scores at least so much.
const CONTINUED_SCORE: f32 = 0.15;

/// Links with dates in a row from which on they are news beside a document, the share of its kept text they hold at most
/// (per cent), and the length of a headline in bytes.
const DATED_LINKS: usize = 4;
const BESIDE_PER_CENT: usize = 50;
const HEADLINE: usize = 400;

/// Repairs `keep` in place.
pub(super) fn repair(blocks: &[Block], kind: PageKind, keep: &mut [bool]) {
    lists(blocks, keep);
    continued(blocks, keep);
    let paths = by_path(blocks);
    siblings(blocks, &paths, keep);
    labels(blocks, &paths, keep);
    headings(blocks, keep);
    if kind == PageKind::Document {
        dated_links(blocks, keep);
    }
}

/// Links with dates, one after the other, are the site's latest news, which stand beside any document: on a page of short
/// lines the model takes some of them for text.
fn dated_links(blocks: &[Block], keep: &mut [bool]) {
    let dates: Vec<bool> = blocks.iter().map(|b| is_date(&b.text)).collect();
    let is_headline = |b: &Block| b.link_share > 0.8 && b.text.len() <= HEADLINE;
    let bytes = |range: std::ops::Range<usize>, keep: &[bool]| -> usize {
        let blocks = blocks.iter().zip(keep).take(range.end).skip(range.start);
        blocks.filter(|(_, kept)| **kept).map(|(block, _)| block.text.len()).sum()
    };
    let all = bytes(0..blocks.len(), keep);
    let mut start = 0;
    while start < blocks.len() {
        let run = blocks.iter().zip(&dates).skip(start).take_while(|(b, dated)| **dated || is_headline(b)).count();
        let in_run = || dates.iter().enumerate().skip(start).take(run).filter(|(_, dated)| **dated).map(|(i, _)| i);
        let first = in_run().next().unwrap_or(start);
        let last = in_run().next_back().unwrap_or(start);
        // a headline stands before its date or after it; further links may follow
        let news = first.saturating_sub(1).max(start)..(last + 2).min(start + run);
        let count = in_run().count();
        let links = news.len() - count.min(news.len());
        if count >= DATED_LINKS
            && (DATED_LINKS..=2 * count).contains(&links)
            && bytes(news.clone(), keep) * 100 <= all * BESIDE_PER_CENT
        {
            for (block, kept) in blocks.iter().zip(keep.iter_mut()).take(news.end).skip(news.start) {
                *kept &= block.score >= SURE_SCORE || block.kept_by.is_some();
            }
        }
        start += run.max(1);
    }
}

/// The blocks of each path, in order; only paths of several.
fn by_path(blocks: &[Block]) -> Vec<Vec<usize>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut paths: Vec<Vec<usize>> = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let place = *places.entry(&block.path).or_insert(paths.len());
        if place == paths.len() {
            paths.push(Vec::new());
        }
        if let Some(path) = paths.get_mut(place) {
            path.push(i);
        }
    }
    paths.retain(|path| path.len() >= SIBLINGS);
    paths
}

/// Keeps the blocks of a path that score at least so much.
fn keep_all(path: &[usize], blocks: &[Block], keep: &mut [bool], score: f32) {
    for &i in path {
        let may = |b: &Block| b.score >= score && b.fate.is_kept() && rule_names::certain(b).is_none();
        if let (Some(block), Some(kept)) = (blocks.get(i), keep.get_mut(i)) {
            *kept |= may(block);
        }
    }
}

/// Sections of one path stay together once half of their characters are kept.
fn siblings(blocks: &[Block], paths: &[Vec<usize>], keep: &mut [bool]) {
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

/// Text goes on in what lies around its container when a stray end tag closed that: what follows at once, without a link and
/// in no container of its own, stays. Sound markup puts other things into containers of their own.
fn continued(blocks: &[Block], keep: &mut [bool]) {
    let mut text: Option<&str> = None;
    let mut closed = false;
    for (block, kept) in blocks.iter().zip(keep) {
        let own = container(&block.path);
        if *kept {
            if block.kind != Kind::Heading && block.score >= SURE_SCORE {
                (text, closed) = (Some(own), false);
            }
            continue;
        }
        let may = block.score >= CONTINUED_SCORE
            && block.link_share == 0.0
            && block.fate.is_kept()
            && rule_names::certain(block).is_none();
        let goes_on =
            |text: &str| text.strip_prefix(own).is_some_and(|rest| rest.starts_with('/') || closed && rest.is_empty());
        if may && text.is_some_and(goes_on) {
            *kept = true;
            (text, closed) = (Some(own), true);
        } else {
            text = None;
        }
    }
}

/// The path of what a paragraph or bare text stands in.
fn container(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((container, name)) if name.split(['#', '.']).next() == Some("p") => container,
        _ => path,
    }
}

/// What stands beside the kept blocks of another path, each beside one, stays with them: the names over the posts of a
/// government's members, the terms of a glossary. Such labels are short and often links, so that alone they score low.
fn labels(blocks: &[Block], paths: &[Vec<usize>], keep: &mut [bool]) {
    let mut of = vec![usize::MAX; blocks.len()];
    for (number, path) in paths.iter().enumerate() {
        for &i in path {
            if let Some(of) = of.get_mut(i) {
                *of = number;
            }
        }
    }
    for (number, path) in paths.iter().enumerate() {
        let lost = path.iter().any(|&i| keep.get(i) == Some(&false));
        if path.len() < LABELS || !lost {
            continue;
        }
        let labelled = [1, -1].into_iter().any(|step| {
            let beside = |&i: &usize| i.checked_add_signed(step).filter(|i| keep.get(*i) == Some(&true));
            let mut hits: HashMap<usize, usize> = HashMap::new();
            for other in path.iter().filter_map(beside).filter_map(|i| of.get(i)) {
                *hits.entry(*other).or_default() += 1;
            }
            let fits = |(&other, &hits): (&usize, &usize)| {
                let many = other != number && hits * 100 >= path.len() * LABELLING_PER_CENT;
                many && paths.get(other).is_some_and(|p| is_mostly_kept(p, keep))
            };
            hits.iter().any(fits)
        });
        if labelled {
            keep_all(path, blocks, keep, LABEL_SCORE);
        }
    }
}

fn is_mostly_kept(path: &[usize], keep: &[bool]) -> bool {
    let kept = path.iter().filter(|&&i| keep.get(i) == Some(&true)).count();
    kept * 100 >= path.len() * LABELLING_PER_CENT
}

/// A list stays whole once half of its characters are kept.
fn lists(blocks: &[Block], keep: &mut [bool]) {
    let mut start = 0;
    while start < blocks.len() {
        let end = list_end(blocks, start);
        if end - start > 1 {
            let chars = |wanted: bool| -> usize {
                let zipped = blocks.iter().zip(keep.iter()).take(end).skip(start);
                zipped.filter(|(_, kept)| !wanted || **kept).map(|(block, _)| block.text.len()).sum()
            };
            if chars(true) * 2 >= chars(false) {
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

/// A heading stays if text under it stays.
fn headings(blocks: &[Block], keep: &mut [bool]) {
    for i in (0..blocks.len()).rev() {
        let Some(heading) = blocks.get(i).filter(|b| b.kind == Kind::Heading) else {
            continue;
        };
        let level = heading.level.unwrap_or(6);
        if keep.get(i) == Some(&true) || heading.score < 0.1 {
            continue;
        }
        let under = blocks
            .iter()
            .zip(keep.iter())
            .skip(i + 1)
            .take(HEADING_REACH)
            .take_while(|(b, _)| b.kind != Kind::Heading || b.level.unwrap_or(6) > level)
            .next();
        if under.is_some_and(|(_, kept)| *kept)
            && let Some(kept) = keep.get_mut(i)
        {
            *kept = true;
        }
    }
}

/// Why a kept block goes after all, since what it belongs to went: a caption with its table, the heading of a table with
/// both. A heading over other text that goes stays: dropping those too cost .004 word F1 on WCXB. `kept` is the verdict
/// on each block.
pub(super) fn orphans(blocks: &[Block], kept: &[bool]) -> Vec<Option<&'static str>> {
    let mut kept = kept.to_vec();
    let mut why = vec![None; blocks.len()];
    for i in (0..blocks.len()).rev() {
        let Some(block) = blocks.get(i).filter(|b| kept.get(i) == Some(&true) && b.kept_by.is_none()) else { continue };
        let reason = match block.kind {
            Kind::Caption => {
                is_captionless(block, blocks.get(i + 1), kept.get(i + 1)).then_some("its table is left out")
            }
            Kind::Heading => is_over_lost_table(block, blocks, &kept, i).then_some("the table under it is left out"),
            _ => None,
        };
        if let (Some(slot), Some(kept), Some(_)) = (why.get_mut(i), kept.get_mut(i), reason) {
            *slot = reason;
            *kept = false;
        }
    }
    why
}

/// Whether the block after a caption is its own table, left out.
fn is_captionless(caption: &Block, next: Option<&Block>, next_kept: Option<&bool>) -> bool {
    let table = next.filter(|n| n.kind == Kind::Table && n.origin == caption.origin);
    table.is_some() && next_kept == Some(&false)
}

/// Whether nothing but tables stands under a heading, before the next of its level, and none of them is kept.
fn is_over_lost_table(heading: &Block, blocks: &[Block], kept: &[bool], at: usize) -> bool {
    let level = heading.level.unwrap_or(6);
    if heading.role == Some(Role::Title) || level == 1 {
        return false;
    }
    let mut under = blocks
        .iter()
        .zip(kept)
        .skip(at + 1)
        .take_while(|(b, _)| b.kind != Kind::Heading || b.level.unwrap_or(6) > level)
        .peekable();
    under.peek().is_some() && under.all(|(b, kept)| !kept && matches!(b.kind, Kind::Table | Kind::Caption))
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
