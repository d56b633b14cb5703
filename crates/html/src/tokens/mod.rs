//! Markup to tokens, after the rules of the HTML standard (section 13.2.5, "Tokenization"), for html5ever's tree builder.
//!
//! The whole page lies in memory, so a state machine that can stop after every character isn't needed: each construct
//! is one function that jumps from one byte that matters to the next. Text and attribute values are slices of one shared
//! copy of the page; only what holds a character reference or a NUL is written anew. Parse errors are not reported.
//! Two things the trees built here never show are left out: what comments say, and attributes that nothing reads (see
//! [`tags`]). A differential test compares the rest with html5ever's own tokenizer.

mod declarations;
mod raw;
mod references;
mod tags;
#[cfg(test)]
mod tests;
mod text;

use html5ever::{
    LocalName,
    tendril::StrTendril,
    tokenizer::{Token, TokenSink, states::RawKind},
};
use memchr::{memchr, memchr_iter};
use std::cell::Cell;

/// Longest page, in bytes: places in the shared copy are numbers of 32 bits.
pub(super) const MAX_BYTES: usize = u32::MAX as usize / 2;

/// Whether tokens come with the line they begin on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// They do: text with that of its first letter.
    Counted,
    /// They don't: each says 1.
    Ignored,
}

/// Sends all tokens of a page of at most [`MAX_BYTES`] to the sink, the end of file last.
pub(super) fn tokenize<S: TokenSink>(text: &str, sink: &S, lines: Lines) {
    let page = page(text);
    let mut tokenizer = Tokenizer {
        page: &page,
        at: 0,
        content: Content::Markup,
        sink,
        folded: String::new(),
        lines,
        line: Cell::new((0, 1)),
    };
    while tokenizer.at < page.len() {
        match std::mem::replace(&mut tokenizer.content, Content::Markup) {
            Content::Markup => tokenizer.data(),
            Content::Raw(kind, name) => tokenizer.raw(kind, &name),
            Content::Plain => tokenizer.plain(),
        }
    }
    tokenizer.send(Token::EOFToken, page.len());
    sink.end();
}

/// The page as the standard has it before tokens are made: no byte order mark, every line ended by a line feed.
fn page(text: &str) -> StrTendril {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if memchr(b'\r', text.as_bytes()).is_none() {
        return StrTendril::from_slice(text);
    }
    let mut page = StrTendril::new();
    page.reserve(u32::try_from(text.len()).unwrap_or(0));
    let mut from = 0;
    for cr in memchr_iter(b'\r', text.as_bytes()) {
        page.push_slice(text.get(from..cr).unwrap_or(""));
        from = cr + 1;
        if text.as_bytes().get(from) != Some(&b'\n') {
            page.push_char('\n');
        }
    }
    page.push_slice(text.get(from..).unwrap_or(""));
    page
}

/// What stands at the current place, as the tree builder says after each tag.
enum Content {
    /// Text and tags.
    Markup,
    /// Text up to the end tag of this name.
    Raw(RawKind, LocalName),
    /// Text up to the end of the page.
    Plain,
}

/// A page on its way.
struct Tokenizer<'a, S> {
    page: &'a StrTendril,
    /// The byte that comes next.
    at: usize,
    content: Content,
    sink: &'a S,
    /// A name in lower case; kept for its memory.
    folded: String,
    lines: Lines,
    /// A place and its line.
    line: Cell<(usize, u64)>,
}

impl<S: TokenSink> Tokenizer<'_, S> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.page.as_bytes().get(at).copied()
    }

    /// The bytes from a place on.
    fn rest(&self, from: usize) -> &[u8] {
        self.page.as_bytes().get(from..).unwrap_or(&[])
    }

    fn str(&self, from: usize, to: usize) -> &str {
        self.page.get(from..to).unwrap_or("")
    }

    /// A part of the page, its memory shared.
    fn slice(&self, from: usize, to: usize) -> StrTendril {
        let (Ok(offset), Ok(length)) = (u32::try_from(from), u32::try_from(to.saturating_sub(from))) else {
            return StrTendril::new();
        };
        self.page.try_subtendril(offset, length).unwrap_or_default()
    }

    /// The place of the next such byte, the page's end where there is none.
    fn find(&self, byte: u8, from: usize) -> usize {
        memchr(byte, self.rest(from)).map_or(self.page.len(), |i| from + i)
    }

    /// Sends a token that begins at `from` and can't change how the page goes on.
    fn send(&self, token: Token, from: usize) {
        drop(self.sink.process_token(token, self.line_of(from)));
    }

    /// Sends text that begins at `from`.
    fn send_text(&self, text: StrTendril, from: usize) {
        let blank = match self.lines {
            Lines::Counted => text.bytes().take_while(|b| is_space(*b)).count(),
            Lines::Ignored => 0,
        };
        self.send(Token::CharacterTokens(text), from + blank);
    }

    fn line_of(&self, place: usize) -> u64 {
        if self.lines == Lines::Ignored {
            return 1;
        }
        let (from, line) = self.line.get();
        let passed = self.page.as_bytes().get(from..place).unwrap_or(&[]);
        let line = line + memchr_iter(b'\n', passed).count() as u64;
        self.line.set((place.max(from), line));
        line
    }
}

/// White space of the standard, line ends being line feeds by now.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b' ')
}
