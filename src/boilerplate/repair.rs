//! Repairs verdicts on single blocks that read wrong together.

use crate::record::{Block, Kind};

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
        let span = start..end;
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
        start = span.end.max(start + 1);
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
