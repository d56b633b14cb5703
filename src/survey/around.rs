//! The elements around a piece of text, innermost first: read from the stream of tags, since a block names only the element that
//! contains it, and a date often stands in one of its own inside the line.

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;

/// Elements kept open at one time; deeper ones are no place for a selector.
const MOST_OPEN: usize = 512;

/// Elements without content, which no end tag closes.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements around the first text that holds `needle`, as `name#id.class`, innermost first; none when there is no such text.
pub(super) fn around(page: &str, needle: &str) -> Vec<String> {
    let search = Search { needle: needle.to_owned(), open: Vec::new(), found: None };
    let tokenizer = Tokenizer::new(Sink(RefCell::new(search)), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(page));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    let mut found = tokenizer.sink.0.into_inner().found.unwrap_or_default();
    found.reverse();
    found
}

struct Search {
    needle: String,
    /// Name, and the whole step.
    open: Vec<(String, String)>,
    found: Option<Vec<String>>,
}

struct Sink(RefCell<Search>);

impl Search {
    fn start(&mut self, tag: &Tag) {
        if VOID.contains(&&*tag.name) || self.open.len() >= MOST_OPEN {
            return;
        }
        let value = |name: &str| tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string());
        let mut step = tag.name.to_string();
        if let Some(id) = value("id").filter(|id| !id.trim().is_empty()) {
            step.push('#');
            step.push_str(id.trim());
        }
        for class in value("class").unwrap_or_default().split_whitespace() {
            step.push('.');
            step.push_str(class);
        }
        self.open.push((tag.name.to_string(), step));
    }

    fn end(&mut self, tag: &Tag) {
        if let Some(at) = self.open.iter().rposition(|(name, _)| **name == *tag.name) {
            self.open.truncate(at);
        }
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut search = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                search.start(&tag);
                return match &*tag.name {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" => TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            Token::TagToken(tag) => search.end(&tag),
            Token::CharacterTokens(text) if search.found.is_none() && text.contains(search.needle.as_str()) => {
                let steps = search.open.iter().map(|(_, step)| step.clone()).collect();
                search.found = Some(steps);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_element_comes_first() {
        let page = "<div id=a class='b c'><p>x<br>y</p><p class=line>On <span class=date>5 May 2024</span></p></div>";
        assert_eq!(around(page, "5 May"), ["span.date", "p.line", "div#a.b.c"]);
        assert!(around(page, "6 May").is_empty());
    }
}
