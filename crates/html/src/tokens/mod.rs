//! Markup to tokens for html5ever's tree builder, by the rules of the HTML standard (section 13.2.5, "Tokenization").
//!
//! The whole page is in memory, so there is no need for a state machine that can stop after every character: each
//! construct is a function that jumps to the next byte that matters. Text and attribute values are slices of one shared
//! copy of the page; only those with a character reference or a NUL are copied. Parse errors are not reported. The
//! tokens lack two things that the trees never show: the text of comments, and attributes that nothing reads. A
//! differential test compares the rest with html5ever's own tokenizer.

mod attributes;
mod declarations;
mod raw;
mod references;
mod tags;
#[cfg(test)]
mod tests;
mod text;

pub(super) use attributes::{AttributeFilter, is_read};

use html5ever::{
    LocalName,
    tendril::StrTendril,
    tokenizer::{Token, TokenSink, states::RawKind},
};
use memchr::{memchr, memchr_iter};
use std::cell::Cell;

/// Bytes of the longest page. Offsets into the shared copy have 32 bits.
pub(super) const MAX_BYTES: usize = u32::MAX as usize / 2;

/// Whether tokens have the number of the line on which they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// They do. Text has the line of its first character that is no white space.
    Counted,
    /// They don't: the number is 1.
    Ignored,
}

/// Sends all tokens of a page of at most [`MAX_BYTES`] to the sink; the last one is the end of file. `attributes` says
/// which attributes start tags have.
pub(super) fn tokenize<S: TokenSink>(text: &str, sink: &S, lines: Lines, attributes: AttributeFilter) {
    let page = preprocess(text);
    let mut tokenizer = Tokenizer {
        page: &page,
        at: 0,
        content: ContentModel::Markup,
        sink,
        name_buffer: String::new(),
        lines,
        attributes,
        last_line: Cell::new((0, 1)),
    };
    while tokenizer.at < page.len() {
        match std::mem::replace(&mut tokenizer.content, ContentModel::Markup) {
            ContentModel::Markup => tokenizer.data(),
            ContentModel::Raw(kind, name) => tokenizer.raw(kind, &name),
            ContentModel::Plain => tokenizer.plain(),
        }
    }
    tokenizer.send(Token::EOFToken, page.len());
    sink.end();
}

/// Preprocesses a page as the standard does: without a byte order mark, and with line feeds as line ends.
fn preprocess(text: &str) -> StrTendril {
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

/// What comes at the current position. The tree builder decides it after each tag.
enum ContentModel {
    /// Text and tags.
    Markup,
    /// Text up to the end tag of this name.
    Raw(RawKind, LocalName),
    /// Text up to the end of the page.
    Plain,
}

/// The state of the tokenizer.
struct Tokenizer<'a, S> {
    page: &'a StrTendril,
    /// Offset of the next byte.
    at: usize,
    content: ContentModel,
    sink: &'a S,
    /// Buffer for names in lower case.
    name_buffer: String,
    lines: Lines,
    /// For start tags of other than formatting elements.
    attributes: AttributeFilter,
    /// The last offset whose line was counted, and that line.
    last_line: Cell<(usize, u64)>,
}

impl<S: TokenSink> Tokenizer<'_, S> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.page.as_bytes().get(at).copied()
    }

    /// The bytes from an offset on.
    fn rest(&self, from: usize) -> &[u8] {
        self.page.as_bytes().get(from..).unwrap_or(&[])
    }

    fn str(&self, from: usize, to: usize) -> &str {
        self.page.get(from..to).unwrap_or("")
    }

    /// A part of the page, as a slice of the shared copy.
    fn slice(&self, from: usize, to: usize) -> StrTendril {
        let (Ok(offset), Ok(length)) = (u32::try_from(from), u32::try_from(to.saturating_sub(from))) else {
            return StrTendril::new();
        };
        self.page.try_subtendril(offset, length).unwrap_or_default()
    }

    /// The offset of the next such byte, or the end of the page.
    fn find(&self, byte: u8, from: usize) -> usize {
        memchr(byte, self.rest(from)).map_or(self.page.len(), |i| from + i)
    }

    /// Sends a token that begins at `from` and doesn't change the content model.
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

    /// The line of an offset.
    fn line_of(&self, offset: usize) -> u64 {
        if self.lines == Lines::Ignored {
            return 1;
        }
        let (from, line) = self.last_line.get();
        let between = self.page.as_bytes().get(from..offset).unwrap_or(&[]);
        let line = line + memchr_iter(b'\n', between).count() as u64;
        self.last_line.set((offset.max(from), line));
        line
    }
}

/// White space in the standard's sense; line ends are already line feeds.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b' ')
}
