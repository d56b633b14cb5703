//! Which heading is the document's title.

use crate::comparison_key::letters_and_digits;
use sanad_document::text::chars::is_letter;
use sanad_document::{Block, Kind, Origin, Role};

/// Marks the title: a heading of the first page that matches the title the file states, or else the document's first
/// heading if it is the only one of the highest level, is on the first page and consists of words. If in doubt, no
/// heading is marked.
pub(crate) fn mark(blocks: &mut [Block], stated: Option<&str>) {
    let stated = stated.map(letters_and_digits).filter(|t| !t.is_empty());
    let is_stated = |b: &Block| stated.as_ref().is_some_and(|t| *t == letters_and_digits(&b.text));
    // the levels of a structure tree needn't begin at 1
    let level = blocks.iter().filter(|b| is_heading(b)).filter_map(|b| b.level).min();
    let is_highest = |b: &Block| is_heading(b) && b.level == level;
    let is_only = blocks.iter().filter(|b| is_highest(b)).count() == 1;
    let title = blocks.iter().position(|b| is_heading(b) && is_first_page(b) && is_stated(b)).or_else(|| {
        let first = blocks.iter().position(is_heading)?;
        let fits = |b: &&Block| is_only && is_highest(b) && is_first_page(b) && is_worded(&b.text);
        blocks.get(first).filter(fits).map(|_| first)
    });
    if let Some(block) = title.and_then(|at| blocks.get_mut(at)) {
        block.role = Some(Role::Title);
    }
}

fn is_heading(block: &Block) -> bool {
    block.kind == Kind::Heading && block.fate.is_kept()
}

fn is_first_page(block: &Block) -> bool {
    matches!(block.origin.first(), Some(Origin::Pdf { page: 1, .. }))
}

/// Returns true if a text is mostly letters and not a web address. Dates and numbers aren't titles.
fn is_worded(text: &str) -> bool {
    let letters = text.chars().filter(|c| is_letter(*c)).count();
    let address = text.contains("://") || text.contains("www.");
    !address && letters >= 4 && 2 * letters > text.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    fn heading(text: &str, page: u32, level: u8) -> Block {
        Block {
            text: text.to_owned(),
            kind: Kind::Heading,
            level: Some(level),
            origin: smallvec![Origin::Pdf { page, label: None, bbox: [0.0; 4] }],
            ..Block::default()
        }
    }

    fn titles(mut blocks: Vec<Block>, stated: Option<&str>) -> Vec<String> {
        mark(&mut blocks, stated);
        blocks.into_iter().filter(|b| b.role == Some(Role::Title)).map(|b| b.text).collect()
    }

    #[test]
    fn the_only_highest_heading_of_the_first_page_is_the_title() {
        let blocks = || vec![heading("Dushanbe Declaration", 1, 1), heading("Preamble", 1, 2)];
        assert_eq!(titles(blocks(), None), ["Dushanbe Declaration"]);
        assert!(titles([blocks(), blocks()].concat(), None).is_empty());
        assert!(titles(vec![heading("Ministry", 1, 2), heading("Contents", 1, 1)], None).is_empty());
        assert!(titles(vec![heading("31.01.2022", 1, 1)], None).is_empty());
        assert!(titles(vec![heading("Annex", 2, 1)], None).is_empty());
    }

    #[test]
    fn what_the_file_states_decides_between_headings() {
        let blocks = vec![heading("MINISTRY", 1, 1), heading("On Fees", 1, 2), heading("Annex", 3, 1)];
        assert_eq!(titles(blocks, Some("On fees")), ["On Fees"]);
    }
}
