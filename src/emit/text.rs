//! Joins the kept blocks to one text and gives every published block its range of code points in it.

use super::record::{PublishedBlock, rounded_confidence};
use sanad_document::text::normalize;
use sanad_document::{Block, Join, Origin};

/// A record's text and the blocks in it.
#[derive(Debug, Default)]
pub(super) struct JoinedText {
    pub(super) text: String,
    pub(super) blocks: Vec<PublishedBlock>,
}

/// Joins the kept blocks, separated by a blank line unless the second block's [`Join`] continues the first.
pub(super) fn join(blocks: &[Block]) -> JoinedText {
    let kept = || blocks.iter().filter(|b| b.fate.is_kept());
    let mut parts: Vec<(String, PublishedBlock)> = Vec::with_capacity(kept().count());
    for block in kept() {
        let text = normalize::text(&block.text);
        if text.is_empty() {
            continue;
        }
        match (block.join, parts.last_mut()) {
            (Join::None, _) | (_, None) => parts.push((text, published(block))),
            (join, Some((before, first))) => {
                *before = normalize::text(&joined_pair(before, &text, join));
                first.origin.extend(block.origin.iter().map(rounded_origin));
                first.original = match (first.original.take(), &block.original) {
                    (None, None) => None,
                    (one, other) => Some([one, other.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ")),
                };
            }
        }
    }
    let bytes = parts.iter().map(|(text, _)| text.len() + 2).sum();
    let mut out = JoinedText { text: String::with_capacity(bytes), blocks: Vec::with_capacity(parts.len()) };
    let mut at = 0;
    for (text, mut block) in parts {
        if !out.text.is_empty() {
            out.text.push_str("\n\n");
            at += 2;
        }
        block.start = at;
        at += text.chars().count();
        block.end = at;
        out.text.push_str(&text);
        out.blocks.push(block);
    }
    out
}

/// Returns, for each block of the text, the indices of the document's blocks it was joined from.
pub(crate) fn sources(blocks: &[Block]) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for (number, block) in blocks.iter().enumerate().filter(|(_, b)| b.fate.is_kept()) {
        match (block.join, parts.last_mut()) {
            _ if normalize::text(&block.text).is_empty() => {}
            (Join::None, _) | (_, None) => parts.push(vec![number]),
            (_, Some(before)) => before.push(number),
        }
    }
    parts
}

fn joined_pair(before: &str, after: &str, join: Join) -> String {
    match join {
        Join::None | Join::Space => format!("{before} {after}"),
        Join::Hyphen => format!("{}{after}", before.trim_end_matches(['-', '\u{2010}', '\u{AD}'])),
        Join::Nothing => format!("{before}{after}"),
    }
}

fn published(block: &Block) -> PublishedBlock {
    let language = block.language.as_ref().filter(|l| !l.code.is_empty());
    PublishedBlock {
        kind: block.kind,
        level: block.level,
        start: 0,
        end: 0,
        language: language.map(|l| l.code.to_string()),
        language_confidence: language.map(|l| rounded_confidence(l.confidence)),
        origin: block.origin.iter().map(rounded_origin).collect(),
        original: block.original.clone(),
    }
}

/// Rounds coordinates to a tenth of a point. That is finer than any printer; more digits would only change with the
/// version of the PDF reader.
fn rounded_origin(origin: &Origin) -> Origin {
    match origin {
        Origin::Pdf { page, label, bbox } => {
            let bbox = bbox.map(|v| (v * 10.0).round() / 10.0);
            Origin::Pdf { page: *page, label: label.clone(), bbox }
        }
        html @ Origin::Html { .. } => html.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sanad_document::Fate;
    use smallvec::smallvec;

    fn block(text: &str, join: Join) -> Block {
        Block { text: text.to_owned(), join, ..Block::default() }
    }

    #[test]
    fn a_sentence_cut_by_a_page_break_is_one_block_with_two_origins() {
        let mut first = block("The minis-", Join::None);
        first.origin = smallvec![Origin::Pdf { page: 1, label: None, bbox: [1.04, 2.0, 3.0, 4.0] }];
        let mut second = block("ter said.", Join::Hyphen);
        second.origin = smallvec![Origin::Pdf { page: 2, label: None, bbox: [1.0, 2.0, 3.0, 4.0] }];
        let foot = Block { fate: Fate::drop("page.number", "1"), ..block("1", Join::None) };
        let blocks = [first, foot, second];
        let joined = join(&blocks);
        assert_eq!(joined.text, "The minister said.");
        assert_eq!(joined.blocks.len(), 1);
        assert_eq!(joined.blocks[0].origin.len(), 2);
        assert_eq!(sources(&blocks), [[0, 2]]);
    }

    proptest! {
        #[test]
        fn every_block_is_where_its_offsets_say(texts in proptest::collection::vec("\\PC{0,20}", 0..8)) {
            let blocks: Vec<Block> = texts.iter().map(|t| block(t, Join::None)).collect();
            let joined = join(&blocks);
            let chars: Vec<char> = joined.text.chars().collect();
            let mut rebuilt = Vec::new();
            for b in &joined.blocks {
                rebuilt.push(chars[b.start..b.end].iter().collect::<String>());
            }
            prop_assert_eq!(rebuilt.join("\n\n"), joined.text.clone());
            let wanted: Vec<String> = texts.iter().map(|t| normalize::text(t)).filter(|t| !t.is_empty()).collect();
            prop_assert_eq!(rebuilt, wanted);
        }
    }
}
