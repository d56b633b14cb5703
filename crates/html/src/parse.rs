//! Markup to tree, with the depth and the number of nodes limited.
//!
//! html5ever looks through its stack of open elements for many tags, so its cost is quadratic in depth (100,000 nested
//! `div`: 35 s). Browsers open no element beyond 512 levels; here too: a start tag that would go deeper is passed over
//! with its end tag, and its text stays in the element that is open.

use crate::Error;
use crate::token_stream::raw_text;
use crate::tokens::{self, Lines};
use crate::tree::{Builder, Depth, Link, Tree};
use html5ever::{
    LocalName,
    interface::TreeSink,
    local_name,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult},
    tree_builder::{TreeBuilder, TreeBuilderOpts},
};
use std::cell::{Cell, RefCell};

/// Most open elements, as in browsers.
pub(super) const MAX_DEPTH: u32 = 512;

/// How far back an end tag is looked for among passed-over start tags: one that closes more than this at once is rare,
/// and the search stays constant.
const MAX_PASSED_SEARCH: usize = 64;

/// A page's tree.
pub(super) struct Parsed {
    /// The nodes.
    pub(super) tree: Tree,
    /// Some elements lay deeper than [`MAX_DEPTH`].
    pub(super) too_deep: bool,
}

/// Parses a page.
///
/// # Errors
/// [`Error::TooLong`], [`Error::TooManyNodes`].
pub(super) fn parse(text: &str) -> Result<Parsed, Error> {
    if text.len() > tokens::MAX_BYTES {
        return Err(Error::TooLong { limit: tokens::MAX_BYTES as u64 });
    }
    let (builder, too_deep) = parse_into(text, Builder::with_room(text.len()), Lines::Ignored);
    if builder.is_full() {
        return Err(Error::TooManyNodes { limit: crate::tree::MAX_NODES as u64 });
    }
    Ok(Parsed { tree: builder.finish(), too_deep })
}

/// Parses a page of at most [`tokens::MAX_BYTES`] into any sink that knows its depth.
pub(super) fn parse_into<S: TreeSink + Depth>(text: &str, sink: S, lines: Lines) -> (S, bool) {
    let shallow = Shallow::new(sink);
    tokens::tokenize(text, &shallow, lines);
    shallow.into_sink()
}

/// The tree builder behind a gate that opens nothing too deep.
pub(super) struct Shallow<S: TreeSink> {
    builder: TreeBuilder<S::Handle, S>,
    passed: RefCell<Vec<LocalName>>,
    too_deep: Cell<bool>,
}

impl<S: TreeSink + Depth> Shallow<S> {
    /// Before the first token.
    pub(super) fn new(sink: S) -> Self {
        let options = TreeBuilderOpts {
            scripting_enabled: false, // what stands in <noscript> is markup to read
            drop_doctype: true,
            ..TreeBuilderOpts::default()
        };
        Self { builder: TreeBuilder::new(sink, options), passed: RefCell::new(Vec::new()), too_deep: Cell::new(false) }
    }

    /// What was built, and whether something was passed over.
    pub(super) fn into_sink(self) -> (S, bool) {
        (self.builder.sink, self.too_deep.get())
    }

    /// Whether the open element lies too deep to open another in it. The builder doesn't tell its depth: a comment
    /// sent ahead is appended to the open element, and the sink tells where it came to stand.
    fn at_limit(&self, line: u64) -> bool {
        if self.builder.sink.depth() < MAX_DEPTH {
            return false;
        }
        let probe = Token::CommentToken(StrTendril::new());
        let result = self.builder.process_token(probe, line);
        matches!(result, TokenSinkResult::Continue) && self.builder.sink.depth() >= MAX_DEPTH
    }

    /// Whether the tag is passed over.
    fn passes_over(&self, tag: &Tag, line: u64) -> bool {
        if tag.kind == TagKind::EndTag {
            let mut passed = self.passed.borrow_mut();
            let found = passed.iter().rev().take(MAX_PASSED_SEARCH).position(|name| *name == tag.name);
            let Some(back) = found else { return false };
            let keep = passed.len().saturating_sub(back + 1);
            passed.truncate(keep);
            return true;
        }
        if self.builder.sink.depth() < MAX_DEPTH || !can_nest(&tag.name) || !self.at_limit(line) {
            return false;
        }
        self.too_deep.set(true);
        self.passed.borrow_mut().push(tag.name.clone());
        true
    }
}

impl<S: TreeSink + Depth> TokenSink for Shallow<S> {
    type Handle = S::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<S::Handle> {
        if self.builder.sink.is_full() {
            return match token {
                // the tokenizer must still know where raw text ends
                Token::TagToken(tag) if tag.kind == TagKind::StartTag => raw_text(&tag.name),
                _ => TokenSinkResult::Continue,
            };
        }
        if let Token::TagToken(tag) = &token
            && self.passes_over(tag, line)
        {
            return TokenSinkResult::Continue;
        }
        self.builder.sink.expect_link(opened_by(&token));
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// The link a token opens.
fn opened_by(token: &Token) -> Link {
    match token {
        Token::TagToken(tag) if tag.name == local_name!("a") => match tag.kind {
            TagKind::StartTag => {
                let address = tag.attrs.iter().find(|a| a.name.local == local_name!("href"));
                Link::To(address.map(|a| a.value.clone()))
            }
            TagKind::EndTag => Link::Split,
        },
        _ => Link::None,
    }
}

/// Whether an element of this name stays open: void elements and those of raw text close at once.
fn can_nest(name: &LocalName) -> bool {
    !matches!(
        *name,
        local_name!("area")
            | local_name!("base")
            | local_name!("br")
            | local_name!("col")
            | local_name!("embed")
            | local_name!("hr")
            | local_name!("iframe")
            | local_name!("img")
            | local_name!("input")
            | local_name!("link")
            | local_name!("meta")
            | local_name!("noembed")
            | local_name!("noframes")
            | local_name!("param")
            | local_name!("plaintext")
            | local_name!("script")
            | local_name!("source")
            | local_name!("style")
            | local_name!("textarea")
            | local_name!("title")
            | local_name!("track")
            | local_name!("wbr")
            | local_name!("xmp")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk;
    use ego_tree::iter::Edge;
    use html5ever::{
        Attribute, driver,
        interface::{ElementFlags, NodeOrText},
        tendril::TendrilSink as _,
    };
    use sanad_document::Block;
    use scraper::{Html, HtmlTreeSink, Node};
    use std::{collections::HashMap, path::Path};

    /// The arena built from `scraper`'s tree of the page.
    fn from_scraper(text: &str) -> Tree {
        let tree_builder =
            TreeBuilderOpts { scripting_enabled: false, drop_doctype: true, ..TreeBuilderOpts::default() };
        let options = html5ever::ParseOpts { tree_builder, ..html5ever::ParseOpts::default() };
        let html = driver::parse_document(HtmlTreeSink::new(Html::new_document()), options).one(text);
        let builder = Builder::with_room(text.len());
        let mut open = vec![builder.get_document()];
        for edge in html.tree.root().traverse().skip(1) {
            let parent = open.last().unwrap().clone();
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => {
                        let attrs = element.attrs.iter();
                        let attrs = attrs.map(|(name, value)| Attribute { name: name.clone(), value: value.clone() });
                        let id = builder.create_element(element.name.clone(), attrs.collect(), ElementFlags::default());
                        builder.append(&parent, NodeOrText::AppendNode(id.clone()));
                        open.push(id);
                    }
                    Node::Text(text) => builder.append(&parent, NodeOrText::AppendText(text.text.clone())),
                    _ => {}
                },
                Edge::Close(node) if node.value().is_element() => drop(open.pop()),
                Edge::Close(_) => {}
            }
        }
        builder.finish()
    }

    fn blocks(tree: &Tree) -> Vec<Block> {
        walk::read(tree, &HashMap::new()).blocks
    }

    /// Without what tells links left open from links: scraper's tree doesn't.
    fn unlinked(mut blocks: Vec<Block>) -> Vec<Block> {
        for block in &mut blocks {
            block.link_share = 0.0;
        }
        blocks
    }

    #[test]
    fn the_arena_gives_the_blocks_that_scrapers_tree_gives() {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../raw/demo.warc.gz");
        let mut reader = sanad_warc::Reader::open(&demo, "demo.warc.gz", 64 << 20).unwrap();
        let mut pages = Vec::new();
        while let Some(entry) = reader.next_entry() {
            if let sanad_warc::Entry::Capture(capture) = entry
                && let Ok(text) = std::str::from_utf8(&capture.body)
                && text.contains("<body")
            {
                pages.push(text.to_owned());
            }
        }
        assert!(pages.len() > 30, "{}", pages.len());
        let odd = [
            "<table><tr><td>a<b>b<td>c</table>d<p>e<template><p>f</template><select><option>g<option>h</select>",
            "<p>1<b>2<i>3</b>4</i>5<a href=x>6<div>7<a>8</div><svg><title>9</title></svg><math><mi>x</mi></math>",
            "<ul><li>a<ul><li>b</ul><li>c</ul><pre>\n x\n</pre><noscript><p>n</noscript><br><br>z&amp;&nbsp;\0y",
            "text <!-- c --> more<frameset><frame></frameset><plaintext>x</p>",
        ];
        for page in pages.iter().map(String::as_str).chain(odd) {
            let ours = unlinked(blocks(&parse(page).unwrap().tree));
            assert_eq!(ours, unlinked(blocks(&from_scraper(page))), "{}", page.chars().take(200).collect::<String>());
        }
    }
}
