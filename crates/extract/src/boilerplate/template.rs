//! The template of a page: which pages of a site repetition may compare.
//!
//! A site's news have a layout, its decrees another. What repeats on the pages of one says nothing about the other, so
//! each template is counted by itself. Its key follows from one page alone: host, language, the shape of its path, and
//! the branch of its layout that holds the text. A page of another template can't change it.

use sanad_document::{Block, url_key};
use std::collections::BTreeMap;

/// Elements that text flows through. A container is any other element.
const FLOW: [&str; 49] = [
    "a",
    "abbr",
    "address",
    "b",
    "big",
    "blockquote",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "ins",
    "label",
    "li",
    "menu",
    "nobr",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
];

/// Elements of a table that lays a page out.
const LAYOUT: [&str; 3] = ["table", "tbody", "tr"];

/// From this many bytes on, or with this many hyphens or underscores, a part of a path is a title and not a section.
const TITLE_BYTES: usize = 25;
const TITLE_HYPHENS: usize = 3;

/// Returns true if text flows through an element of this name: it is no container of its own. A table's cells are, since
/// pages are laid out with tables; a table of data is one block.
pub(super) fn is_flow(name: &str) -> bool {
    FLOW.binary_search(&name).is_ok()
}

/// The branch of the layout that holds most of the text: the first container with an id or a class, below the one that all
/// blocks share. What is farther in differs between editions of one page.
pub(super) fn branch_of_text(blocks: &[Block], is_own: impl Fn(&Block) -> bool) -> String {
    let mut paths = blocks.iter().map(|block| &*block.path);
    let first: Vec<&str> = paths.next().unwrap_or_default().split('/').collect();
    let shared = paths.fold(first.len(), |shared, path| {
        shared.min(first.iter().zip(path.split('/')).take_while(|(one, other)| **one == *other).count())
    });
    let mut bytes: BTreeMap<String, usize> = BTreeMap::new();
    for block in blocks.iter().filter(|block| is_own(block)) {
        *bytes.entry(branch(&block.path, shared)).or_default() += block.text.len();
    }
    let fullest = bytes.into_iter().max_by(|(a, most), (b, more)| most.cmp(more).then(b.cmp(a)));
    fullest.map(|(branch, _)| branch).unwrap_or_default()
}

/// The first step with a name after the first `shared` steps of a class path, or those up to the text if none has one.
fn branch(path: &str, shared: usize) -> String {
    let steps = path.split('/').skip(shared).map(step);
    let steps = steps.take_while(|step| !is_flow(element_name(step)) || LAYOUT.contains(step));
    let mut unnamed = String::new();
    for step in steps {
        if step.contains(['.', '#']) {
            return step.to_owned();
        }
        unnamed.push('/');
        unnamed.push_str(step);
    }
    unnamed
}

/// The element of one step of a class path: `div` of `div#id.class`.
pub(super) fn element_name(step: &str) -> &str {
    step.split(['.', '#']).next().unwrap_or(step)
}

/// A step of a class path with its id or else its first class: further classes tell categories and tags of a page. The
/// classes of the body do too.
fn step(step: &str) -> &str {
    let name = element_name(step);
    if name == "body" {
        return name;
    }
    let rest = step.get(name.len() + 1..).unwrap_or_default();
    let first = rest.find(['.', '#']).map_or(step.len(), |at| name.len() + 1 + at);
    step.get(..first).unwrap_or(step)
}

/// The key of a page's template: language, host, shape of its path, and the hash of the markup around its text.
///
/// The shape is the path with its last part as `*`, keeping its extension, with digits as `0`, and with titles among
/// its other parts as `*`. The query isn't part of it: what it selects is seen in the markup.
#[must_use]
pub fn key(language: &str, url: &str, markup: u64) -> String {
    format!("{language} {}{} {markup:016x}", url_key::site_of(url), shape(url))
}

fn shape(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let mut parts: Vec<&str> = path.split('/').skip(1).filter(|part| !part.is_empty()).collect();
    let last = parts.pop().unwrap_or_default();
    let mut shape = String::new();
    for part in parts {
        shape.push('/');
        shape.push_str(&section(part));
    }
    let extension = last.rsplit_once('.').map(|(_, extension)| extension).filter(|e| e.len() <= 5);
    shape.push_str(if last.is_empty() { "/" } else { "/*" });
    if let Some(extension) = extension {
        shape.push('.');
        shape.push_str(&extension.to_ascii_lowercase());
    }
    shape
}

/// A part of a path: its name with digits as `0`, or `*` if it is a title.
fn section(part: &str) -> String {
    if part.len() >= TITLE_BYTES || part.matches(['-', '_']).count() >= TITLE_HYPHENS || part.contains('%') {
        return "*".to_owned();
    }
    let mut out = String::with_capacity(part.len());
    for c in part.chars().flat_map(char::to_lowercase) {
        match (c.is_numeric(), out.ends_with('0')) {
            (true, true) => {}
            (true, false) => out.push('0'),
            (false, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flow_elements_are_sorted() {
        assert!(FLOW.is_sorted());
    }

    #[test]
    fn pages_of_one_section_share_a_shape() {
        let shapes = [
            ("https://a.example/ru/news/2026/11/otkrytie-mosta", "/ru/news/0/0/*"),
            ("https://a.example/ru/news/2025/1/zakon?print=1", "/ru/news/0/0/*"),
            ("https://a.example/decrees/17.HTML", "/decrees/*.html"),
            ("https://a.example/opening-of-a-new-bridge/print", "/*/*"),
            ("https://a.example/", "/"),
            ("https://a.example", "/"),
        ];
        for (url, wanted) in shapes {
            assert_eq!(shape(url), wanted, "{url}");
        }
    }

    #[test]
    fn the_markup_is_the_branch_that_holds_most_of_the_text() {
        let page = |paths: &[(&str, &str)]| {
            let block = |(path, text): &(&str, &str)| Block {
                text: (*text).to_owned(),
                score: 0.9,
                path: (*path).into(),
                ..Block::default()
            };
            let blocks: Vec<Block> = paths.iter().map(block).collect();
            branch_of_text(&blocks, |block| block.score >= 0.5)
        };
        let aside = ("html/body/aside/p", "Short");
        let news = page(&[("html/body/div#main.wide/div.news/p", "A long text about water."), aside]);
        assert_eq!(news, page(&[aside, ("html/body/div#main.narrow/ul/li", "Another text in a list.")]));
        assert_ne!(news, page(&[("html/body/div#decree/p", "A decree about water."), aside]));
    }
}
