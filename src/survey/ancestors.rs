//! Finds the elements around a piece of text. They are read from the stream of tags: a block names only the element
//! that contains it, while a date is often in an inline element of its own.

use html5ever::tokenizer::{Tag, TagKind, Token};

/// Maximum number of open elements that are tracked; deeper ones are of no use for a selector.
const MAX_OPEN: usize = 512;

/// Elements without content or end tag.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Returns the elements around the first text that contains `needle`, as `name#id.class`, innermost first; nothing if
/// there is no such text.
pub(super) fn around(page: &str, needle: &str) -> Vec<String> {
    let mut search = Search { needle: needle.to_owned(), open: Vec::new(), found: None };
    sanad_html::stream(page, |token| search.take(token));
    let mut found = search.found.unwrap_or_default();
    found.reverse();
    found
}

struct Search {
    needle: String,
    /// Name, and `name#id.class`.
    open: Vec<(String, String)>,
    found: Option<Vec<String>>,
}

impl Search {
    fn start(&mut self, tag: &Tag) {
        if VOID.contains(&&*tag.name) || self.open.len() >= MAX_OPEN {
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

    fn take(&mut self, token: &Token) {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(tag),
            Token::TagToken(tag) => self.end(tag),
            Token::CharacterTokens(text) if self.found.is_none() && text.contains(self.needle.as_str()) => {
                self.found = Some(self.open.iter().map(|(_, step)| step.clone()).collect());
            }
            _ => {}
        }
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
