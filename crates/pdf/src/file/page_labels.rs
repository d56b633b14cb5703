//! Page labels: the numbers printed on the pages, where the file states them (ISO 32000-1, 12.4.2).
//!
//! The tree of labels lists ranges of pages, each with a style, a prefix and a first number.

use super::open::catalog;
use super::strings;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, String as PdfString};
use sanad_document::text::numerals::{MAX_LETTERED, roman};
use sanad_document::{Block, Origin};
use std::collections::BTreeMap;

/// Maximum number of tree nodes visited.
const MAX_NODES: usize = 5_000;
/// Longer labels, in code points, aren't page numbers.
const LONGEST: usize = 40;

/// How the pages of a range are numbered.
#[derive(Debug, Default)]
struct Range {
    style: Vec<u8>,
    prefix: String,
    /// Number of the first page.
    first: u32,
}

/// The label ranges of a file, by the index of their first page (from 0).
#[derive(Debug, Default)]
pub(crate) struct PageLabels(BTreeMap<u32, Range>);

impl PageLabels {
    /// Reads the tree. The result is empty if the file has none, or one with too many nodes.
    pub(crate) fn read(pdf: &Pdf) -> Self {
        let mut out = BTreeMap::new();
        let mut stack: Vec<Dict<'_>> = catalog(pdf).and_then(|c| c.get::<Dict<'_>>("PageLabels")).into_iter().collect();
        let mut visited = 0;
        while let Some(node) = stack.pop() {
            visited += 1;
            if visited > MAX_NODES {
                return Self::default();
            }
            let kids = node.get::<Array<'_>>("Kids").unwrap_or_default();
            stack.extend(kids.iter::<Dict<'_>>().take(MAX_NODES));
            let mut start = None;
            for object in node.get::<Array<'_>>("Nums").unwrap_or_default().iter::<Object<'_>>().take(2 * MAX_NODES) {
                match object {
                    Object::Number(number) => start = u32::try_from(number.as_i64()).ok(),
                    Object::Dict(range) => {
                        if let Some(start) = start.take() {
                            out.insert(start, Range::read(&range));
                        }
                    }
                    _ => {}
                }
            }
        }
        Self(out)
    }

    /// The label of a page (from 1); `None` if it isn't stated or is the page's number.
    fn of(&self, page: u32) -> Option<String> {
        let index = page.checked_sub(1)?;
        let (start, range) = self.0.range(..=index).next_back()?;
        let label = range.label(range.first.saturating_add(index - start));
        let fits = !label.is_empty() && label.chars().count() <= LONGEST;
        (fits && label != page.to_string()).then_some(label)
    }

    /// Writes the labels into the origins of blocks.
    pub(crate) fn write(&self, blocks: &mut [Block]) {
        if self.0.is_empty() {
            return;
        }
        for origin in blocks.iter_mut().flat_map(|b| &mut b.origin) {
            if let Origin::Pdf { page, label, .. } = origin {
                *label = self.of(*page);
            }
        }
    }
}

impl Range {
    fn read(dict: &Dict<'_>) -> Self {
        Self {
            style: dict.get::<Name<'_>>("S").map(|n| n.as_ref().to_vec()).unwrap_or_default(),
            prefix: dict
                .get::<PdfString<'_>>("P")
                .map(|s| sanad_document::text::normalize::text(&strings::text(s.as_bytes())))
                .unwrap_or_default(),
            first: dict.get::<u32>("St").unwrap_or(1),
        }
    }

    fn label(&self, number: u32) -> String {
        let number = match (self.style.as_slice(), number) {
            (b"R" | b"r" | b"A" | b"a", n) if n == 0 || n > MAX_LETTERED => n.to_string(),
            (b"R", n) => roman(n),
            (b"r", n) => roman(n).to_lowercase(),
            (b"A", n) => lettered(n),
            (b"a", n) => lettered(n).to_lowercase(),
            (b"D", n) => n.to_string(),
            _ => String::new(),
        };
        format!("{}{number}", self.prefix)
    }
}

/// `A` to `Z`, then `AA` to `ZZ`, then `AAA` and so on: one letter repeated.
fn lettered(number: u32) -> String {
    let letter = char::from(b'A' + u8::try_from((number - 1) % 26).unwrap_or(0));
    (0..=(number - 1) / 26).map(|_| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ranges: Vec<(u32, &str, &str, u32)>) -> PageLabels {
        let range = |style: &str, prefix: &str, first| Range {
            style: style.as_bytes().to_vec(),
            prefix: prefix.to_owned(),
            first,
        };
        PageLabels(
            ranges.into_iter().map(|(start, style, prefix, first)| (start, range(style, prefix, first))).collect(),
        )
    }

    #[test]
    fn a_page_has_the_number_that_is_printed_on_it() {
        let book = labels(vec![(0, "r", "", 1), (4, "D", "", 1), (7, "D", "A-", 8), (9, "", "Cover", 1)]);
        let found: Vec<_> = (1..=10).map(|page| book.of(page).unwrap_or_default()).collect();
        assert_eq!(found, ["i", "ii", "iii", "iv", "1", "2", "3", "A-8", "A-9", "Cover"]);
    }

    #[test]
    fn a_label_that_is_the_pages_place_says_nothing() {
        assert_eq!(labels(vec![(0, "D", "", 1)]).of(7), None);
        assert_eq!(labels(vec![(3, "D", "", 1)]).of(2), None);
    }

    #[test]
    fn numbers_are_written_as_the_style_says() {
        assert_eq!([roman(4), roman(1999), lettered(26), lettered(28)], ["IV", "MCMXCIX", "Z", "BB"]);
        assert_eq!(labels(vec![(0, "R", "", 4_294_967_295)]).of(1).as_deref(), Some("4294967295"));
    }
}
