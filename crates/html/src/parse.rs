//! Markup to tree, with limits on depth and on the number of nodes.
//!
//! For many tags html5ever searches its stack of open elements, so its cost is quadratic in depth: 100,000 nested `div`
//! elements take 35 s. Like browsers, this parser opens no element beyond 512 levels: it skips a start tag that would
//! go deeper, and its end tag; the text stays in the element that is open.

use crate::Error;
use crate::token_stream::raw_text;
use crate::tokens::{self, AttributeFilter, Lines};
use crate::tree::Tree;
use crate::tree_sink::{ArenaSink, BoundedSink, LinkTag};
use html5ever::{
    LocalName,
    interface::TreeSink,
    local_name,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult},
    tree_builder::{TreeBuilder, TreeBuilderOpts},
};
use std::cell::{Cell, RefCell};

/// Maximum depth of an element, as in browsers.
pub(super) const MAX_DEPTH: u32 = 512;

/// Skipped start tags that are searched for the one of an end tag. End tags that close more elements are rare, and the
/// limit makes the search constant.
const MAX_SKIPPED_SEARCH: usize = 64;

/// The tree of a page.
pub(super) struct ParsedPage {
    pub(super) tree: Tree,
    /// Elements deeper than [`MAX_DEPTH`] were skipped.
    pub(super) too_deep: bool,
}

/// Parses a page. `attributes` says which attributes the tree keeps.
///
/// # Errors
/// [`Error::TooLong`], [`Error::TooManyNodes`].
pub(super) fn parse(text: &str, attributes: AttributeFilter) -> Result<ParsedPage, Error> {
    if text.len() > tokens::MAX_BYTES {
        return Err(Error::TooLong { limit: tokens::MAX_BYTES as u64 });
    }
    let (sink, too_deep) = parse_into(text, ArenaSink::new(text.len(), attributes), Lines::Ignored, attributes);
    if sink.is_full() {
        return Err(Error::TooManyNodes { limit: crate::tree::MAX_NODES as u64 });
    }
    Ok(ParsedPage { tree: sink.finish(), too_deep })
}

/// Parses a page of at most [`tokens::MAX_BYTES`] into a sink. Returns true with it if elements were too deep.
pub(super) fn parse_into<S: TreeSink + BoundedSink>(
    text: &str,
    sink: S,
    lines: Lines,
    attributes: AttributeFilter,
) -> (S, bool) {
    let limiter = DepthLimiter::new(sink);
    tokens::tokenize(text, &limiter, lines, attributes);
    limiter.into_sink()
}

/// html5ever's tree builder, fed only with tags that open nothing too deep.
pub(super) struct DepthLimiter<S: TreeSink> {
    builder: TreeBuilder<S::Handle, S>,
    /// Names of the skipped start tags whose end tags haven't come yet.
    skipped: RefCell<Vec<LocalName>>,
    too_deep: Cell<bool>,
}

impl<S: TreeSink + BoundedSink> DepthLimiter<S> {
    /// A limiter that has seen no token.
    pub(super) fn new(sink: S) -> Self {
        let options = TreeBuilderOpts {
            scripting_enabled: false, // the content of <noscript> is markup to read
            drop_doctype: true,
            ..TreeBuilderOpts::default()
        };
        Self { builder: TreeBuilder::new(sink, options), skipped: RefCell::new(Vec::new()), too_deep: Cell::new(false) }
    }

    /// The sink with what was built, and whether a tag was skipped.
    pub(super) fn into_sink(self) -> (S, bool) {
        (self.builder.sink, self.too_deep.get())
    }

    /// Whether the open element is too deep to open another one in it. The builder doesn't say how deep it is, so this
    /// sends it a comment: the builder appends that to the open element, and the sink knows the depth.
    fn at_limit(&self, line: u64) -> bool {
        if self.builder.sink.depth() < MAX_DEPTH {
            return false;
        }
        let probe = Token::CommentToken(StrTendril::new());
        let result = self.builder.process_token(probe, line);
        matches!(result, TokenSinkResult::Continue) && self.builder.sink.depth() >= MAX_DEPTH
    }

    /// Whether the tag is to be skipped.
    fn skips(&self, tag: &Tag, line: u64) -> bool {
        if tag.kind == TagKind::EndTag {
            let mut skipped = self.skipped.borrow_mut();
            let found = skipped.iter().rev().take(MAX_SKIPPED_SEARCH).position(|name| *name == tag.name);
            let Some(back) = found else { return false };
            let keep = skipped.len().saturating_sub(back + 1);
            skipped.truncate(keep);
            return true;
        }
        if self.builder.sink.depth() < MAX_DEPTH || !can_nest(&tag.name) || !self.at_limit(line) {
            return false;
        }
        self.too_deep.set(true);
        self.skipped.borrow_mut().push(tag.name.clone());
        true
    }
}

impl<S: TreeSink + BoundedSink> TokenSink for DepthLimiter<S> {
    type Handle = S::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<S::Handle> {
        if self.builder.sink.is_full() {
            return match token {
                // the tokenizer must still know where raw text begins
                Token::TagToken(tag) if tag.kind == TagKind::StartTag => raw_text(&tag.name),
                _ => TokenSinkResult::Continue,
            };
        }
        if let Token::TagToken(tag) = &token
            && self.skips(tag, line)
        {
            return TokenSinkResult::Continue;
        }
        self.builder.sink.expect_link(link_tag(&token));
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// What a token is to the `a` elements.
fn link_tag(token: &Token) -> LinkTag {
    match token {
        Token::TagToken(tag) if tag.name == local_name!("a") => match tag.kind {
            TagKind::StartTag => {
                let href = tag.attrs.iter().find(|a| a.name.local == local_name!("href"));
                LinkTag::Start(href.map(|a| a.value.clone()))
            }
            TagKind::EndTag => LinkTag::End,
        },
        _ => LinkTag::None,
    }
}

/// Whether an element of this name can have child elements. Void elements and those of raw text can't.
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
        let builder = ArenaSink::new(text.len(), AttributeFilter::Read);
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

    /// The blocks without their link shares: scraper's tree doesn't mark links that were left open.
    fn unlinked(mut blocks: Vec<Block>) -> Vec<Block> {
        for block in &mut blocks {
            block.link_share = 0.0;
        }
        blocks
    }

    #[test]
    fn the_arena_has_the_blocks_of_scrapers_tree() {
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
            let ours = unlinked(blocks(&parse(page, AttributeFilter::Read).unwrap().tree));
            assert_eq!(ours, unlinked(blocks(&from_scraper(page))), "{}", page.chars().take(200).collect::<String>());
        }
    }
}
