//! Markup to tree, with the depth and the number of nodes limited.
//!
//! html5ever looks through its stack of open elements for many tags, so its cost is quadratic in depth (100,000 nested
//! `div`: 35 s). Browsers open no element beyond 512 levels; here too: a start tag that would go deeper is passed over
//! with its end tag, and its text stays in the element that is open.

use super::tree::{Builder, Depth, Tree};
use crate::{Error, error::HtmlFault};
use html5ever::{
    LocalName, TokenizerResult,
    buffer_queue::BufferQueue,
    interface::TreeSink,
    local_name,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states},
    tree_builder::{TreeBuilder, TreeBuilderOpts},
};
use std::cell::{Cell, RefCell};

/// Most open elements, as in browsers.
pub(super) const MAX_DEPTH: u32 = 512;

/// How far back an end tag is looked for among passed-over start tags: one that closes more than this at once is rare,
/// and the search stays constant.
const MAX_PASSED_SEARCH: usize = 64;

/// Bytes handed to the tokenizer at a time: its buffers are shared slices of what it gets, and 4 GB is their limit.
const PIECE: usize = 1 << 20;

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
/// [`HtmlFault::TooManyNodes`].
pub(super) fn parse(text: &str) -> Result<Parsed, Error> {
    let (builder, too_deep) = parse_into(text, Builder::new());
    if builder.is_full() {
        return Err(HtmlFault::TooManyNodes { limit: super::tree::MAX_NODES as u64 }.into());
    }
    Ok(Parsed { tree: builder.finish(), too_deep })
}

/// Parses a page into any sink that knows its depth.
pub(super) fn parse_into<S: TreeSink + Depth>(text: &str, sink: S) -> (S, bool) {
    let options = TreeBuilderOpts {
        scripting_enabled: false, // what stands in <noscript> is markup to read
        drop_doctype: true,
        ..TreeBuilderOpts::default()
    };
    let shallow = Shallow {
        builder: TreeBuilder::new(sink, options),
        passed: RefCell::new(Vec::new()),
        too_deep: Cell::new(false),
    };
    let tokenizer = Tokenizer::new(shallow, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut rest = text;
    while !rest.is_empty() {
        let mut cut = rest.len().min(PIECE);
        while !rest.is_char_boundary(cut) {
            cut -= 1; // at most three times: a character has four bytes
        }
        let Some((piece, after)) = rest.split_at_checked(cut) else {
            break;
        };
        rest = after;
        queue.push_back(StrTendril::from_slice(piece));
        while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    }
    tokenizer.end();
    let too_deep = tokenizer.sink.too_deep.get();
    (tokenizer.sink.builder.sink, too_deep)
}

/// The tree builder behind a gate that opens nothing too deep.
struct Shallow<S: TreeSink> {
    builder: TreeBuilder<S::Handle, S>,
    passed: RefCell<Vec<LocalName>>,
    too_deep: Cell<bool>,
}

impl<S: TreeSink + Depth> Shallow<S> {
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
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

fn raw_text<H>(name: &LocalName) -> TokenSinkResult<H> {
    match *name {
        local_name!("script") => TokenSinkResult::RawData(states::RawKind::ScriptData),
        local_name!("style") | local_name!("xmp") | local_name!("iframe") => {
            TokenSinkResult::RawData(states::RawKind::Rawtext)
        }
        local_name!("title") | local_name!("textarea") => TokenSinkResult::RawData(states::RawKind::Rcdata),
        _ => TokenSinkResult::Continue,
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
