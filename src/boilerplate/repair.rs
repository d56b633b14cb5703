//! Repairs verdicts on single blocks that read wrong together.

use crate::record::{Block, Kind, Role};

/// Blocks between a heading and the text it stands over.
const HEADING_REACH: usize = 3;

/// Repairs `keep` in place.
pub(super) fn repair(blocks: &[Block], keep: &mut [bool]) {
    lists(blocks, keep);
    headings(blocks, keep);
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
