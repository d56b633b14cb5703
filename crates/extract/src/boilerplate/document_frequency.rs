//! Document frequency: on how many pages of a template a block occurs.
//!
//! Counting pages alone deletes main text: pages quote each other, a law is printed in three versions, a declaration
//! has a print version. So the pages of a template are first grouped by containment of their text
//! (`near_duplicate_pages`), and a group counts once. The table depends on the pages alone, never on their order, so a
//! caller can freeze, hash and log it before marking anything with it.

use super::fingerprint::Sketch;
use super::near_duplicate_pages::{group, sorted_unique};
use super::support::{Support, weight};
use foldhash::HashMap;
use sanad_document::digest;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// The document frequencies of one [template](super::template).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repeats {
    /// Pages, each group of near-duplicates counted once.
    of: u32,
    /// Pages by fingerprint, for the fingerprints that [weigh](weight) anything.
    blocks: HashMap<u64, u32>,
}

/// The source and the key of the template of a table.
pub type SourceAndTemplate = (String, String);

impl Repeats {
    /// Counts the blocks of the pages of one template. The order of the pages doesn't matter.
    #[must_use]
    pub fn count(pages: &[Sketch]) -> Self {
        let groups = group(pages);
        let mut prints: Vec<u64> = Vec::new();
        for members in &groups {
            let here = members.iter().filter_map(|i| pages.get(*i)).flat_map(|page| &page.prints);
            prints.extend(sorted_unique(here.copied().filter(|print| *print != 0)));
        }
        prints.sort_unstable();
        let of = u32::try_from(groups.len()).unwrap_or(u32::MAX);
        let counted = |on: &[u64]| Some((*on.first()?, u32::try_from(on.len()).unwrap_or(u32::MAX)));
        let blocks = prints.chunk_by(|a, b| a == b).filter_map(counted);
        Self { of, blocks: blocks.filter(|(_, pages)| weight(Support { pages: *pages, of }) > 0).collect() }
    }

    /// Returns the support of each block of a page, in order. A block that isn't in the table counts as being on
    /// one page.
    #[must_use]
    pub fn support(&self, page: &Sketch) -> Vec<Support> {
        let pages = |print: &u64| self.blocks.get(print).copied().unwrap_or(1);
        page.prints.iter().map(|print| Support { pages: pages(print), of: self.of }).collect()
    }

    /// Serialises the table as one line of canonical JSON, without a line break.
    #[must_use]
    pub fn to_line(&self, source: &str, template: &str) -> String {
        let blocks: BTreeMap<String, u32> = self.blocks.iter().map(|(p, n)| (format!("{p:016x}"), *n)).collect();
        digest::canonical_json(&json!({"source": source, "template": template, "of": self.of, "blocks": blocks}))
    }

    /// Parses a line that [`Self::to_line`] wrote; `None` if it is anything else.
    #[must_use]
    pub fn of_line(line: &str) -> Option<(SourceAndTemplate, Self)> {
        #[derive(Deserialize)]
        struct Line<'a> {
            source: String,
            template: String,
            of: u32,
            #[serde(borrow)]
            blocks: HashMap<&'a str, u32>,
        }
        let Line { source, template, of, blocks } = serde_json::from_str(line).ok()?;
        let number = |(print, n): (&str, u32)| Some((u64::from_str_radix(print, 16).ok()?, n));
        let blocks = blocks.into_iter().map(number).collect::<Option<_>>()?;
        Some(((source, template), Self { of, blocks }))
    }

    /// The number of fingerprints in the table.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanad_document::{Block, Document};

    fn page(own: &[&str], chrome: &[&str]) -> Sketch {
        let block = |text: &str, score: f32| Block {
            text: text.to_owned(),
            score,
            path: format!("html/body/p{score}").into(),
            ..Block::default()
        };
        let mut blocks: Vec<Block> = own.iter().map(|t| block(t, 0.9)).collect();
        blocks.extend(chrome.iter().map(|t| block(t, 0.1)));
        Sketch::of(&Document { blocks, ..Document::default() })
    }

    fn text(name: &str) -> String {
        (0..60).map(|i| name.to_owned() + &i.to_string()).collect::<Vec<_>>().join(" ")
    }

    fn support_of(pages: &[Sketch], page: &Sketch) -> Vec<Support> {
        Repeats::count(pages).support(page)
    }

    #[test]
    fn a_footer_on_every_page_is_counted_on_every_page() {
        let pages: Vec<Sketch> = ["a", "b", "c", "d"].iter().map(|n| page(&[&text(n)], &["© The ministry"])).collect();
        let support = support_of(&pages, &pages[0]);
        assert_eq!(support, [Support { pages: 1, of: 4 }, Support { pages: 4, of: 4 }]);
    }

    #[test]
    fn versions_of_one_text_count_once() {
        let law = text("law");
        let pages = [
            page(&[&law, "First edition"], &[]),
            page(&[&law, "Second"], &[]),
            page(&[&law], &[]),
            page(&[&text("x")], &[]),
        ];
        let support = support_of(&pages, &pages[0]);
        assert_eq!(support[0], Support { pages: 1, of: 2 });
    }

    #[test]
    fn a_page_that_holds_all_others_does_not_make_them_one() {
        let texts: Vec<String> = ["a", "b", "c", "d"].iter().map(|n| text(n)).collect();
        let mut pages: Vec<Sketch> = texts.iter().map(|t| page(&[t], &["Footer of the house"])).collect();
        pages.push(page(&texts.iter().map(String::as_str).collect::<Vec<_>>(), &["Footer of the house"]));
        let support = support_of(&pages, &pages[0]);
        assert_eq!(support, [Support { pages: 1, of: 4 }, Support { pages: 4, of: 4 }]);
        // The collection itself keeps its text too.
        assert!(support_of(&pages, &pages[4]).iter().take(4).all(|s| s.pages == 1));
    }

    #[test]
    fn an_excerpt_under_every_short_article_does_not_make_them_one() {
        let excerpt = text("excerpt");
        let pages: Vec<Sketch> =
            ["a", "b", "c", "d", "e"].iter().map(|n| page(&[text(n).split_at(150).0, &excerpt], &[])).collect();
        assert_eq!(support_of(&pages, &pages[0])[1], Support { pages: 5, of: 5 });
    }

    #[test]
    fn blocks_that_differ_in_a_number_or_a_mark_are_different_blocks() {
        let rates = ["Euro 11.2", "Euro 11.3", "Euro 112"];
        let pages: Vec<Sketch> =
            ["a", "b", "c"].iter().zip(rates).map(|(n, rate)| page(&[&text(n), rate], &[])).collect();
        assert_eq!(support_of(&pages, &pages[0])[1].pages, 1);
        let pages: Vec<Sketch> = ["a", "b", "c"].map(|n| page(&[&text(n), "Euro  11.2"], &[])).into();
        assert_eq!(support_of(&pages, &page(&["euro 11.2"], &[]))[0].pages, 3);
    }

    #[test]
    fn two_pages_of_a_template_say_nothing() {
        let pages = ["a", "b"].map(|n| page(&[&text(n)], &["© The ministry"]));
        assert_eq!(Repeats::count(&pages).blocks(), 0);
    }

    #[test]
    fn the_order_of_the_pages_does_not_matter() {
        let mut pages: Vec<Sketch> =
            ["a", "b", "a", "c"].iter().map(|n| page(&[&text(n)], &["Footer of the house"])).collect();
        let one = Repeats::count(&pages);
        pages.reverse();
        let line = one.to_line("s", "eng");
        assert_eq!(line, Repeats::count(&pages).to_line("s", "eng"));
        assert_eq!(Repeats::of_line(&line), Some((("s".to_owned(), "eng".to_owned()), one)));
    }
}
