//! A page's tokens without a tree, for those who only pass by: the cost is linear whatever the page looks like.

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::{LocalName, local_name};
use std::cell::RefCell;

/// Gives the tokens of a page one after the other, all attributes of its tags among them.
pub fn stream(text: &str, take: impl FnMut(&Token)) {
    let tokenizer = Tokenizer::new(Taker(RefCell::new(take)), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(text));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
}

struct Taker<F>(RefCell<F>);

impl<F: FnMut(&Token)> TokenSink for Taker<F> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        (self.0.borrow_mut())(&token);
        match &token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => raw_text(&tag.name),
            _ => TokenSinkResult::Continue,
        }
    }
}

/// How a tokenizer goes on after a start tag of this name where no tree builder says.
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
