//! The tokens of a page without a tree. The cost is linear whatever the page looks like.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::{LocalName, TokenizerResult, local_name};
use std::cell::RefCell;

/// Calls `visit` with each token of a page, in order. Start tags have all their attributes.
pub fn stream(text: &str, visit: impl FnMut(&Token)) {
    let tokenizer = Tokenizer::new(Visitor(RefCell::new(visit)), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(text));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
}

struct Visitor<F>(RefCell<F>);

impl<F: FnMut(&Token)> TokenSink for Visitor<F> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        (self.0.borrow_mut())(&token);
        match &token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => raw_text(&tag.name),
            _ => TokenSinkResult::Continue,
        }
    }
}

/// The state of a tokenizer after a start tag of this name, for when no tree builder decides it.
pub(super) fn raw_text<H>(name: &LocalName) -> TokenSinkResult<H> {
    match *name {
        local_name!("script") => TokenSinkResult::RawData(RawKind::ScriptData),
        local_name!("style")
        | local_name!("xmp")
        | local_name!("iframe")
        | local_name!("noembed")
        | local_name!("noframes") => TokenSinkResult::RawData(RawKind::Rawtext),
        local_name!("title") | local_name!("textarea") => TokenSinkResult::RawData(RawKind::Rcdata),
        local_name!("plaintext") => TokenSinkResult::Plaintext,
        _ => TokenSinkResult::Continue,
    }
}
