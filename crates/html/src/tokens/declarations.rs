//! Comments, doctypes and CDATA sections.

use super::{Tokenizer, is_space};
use html5ever::{
    tendril::StrTendril,
    tokenizer::{Doctype, Token, TokenSink},
};
use memchr::memmem;

impl<S: TokenSink> Tokenizer<'_, S> {
    /// What follows `<!`.
    pub(super) fn declaration(&mut self, from: usize) {
        let rest = self.rest(from);
        if rest.starts_with(b"--") {
            self.comment(from + 2);
        } else if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"doctype")) {
            self.doctype(from + 7);
        } else if rest.starts_with(b"[CDATA[") && self.sink.adjusted_current_node_present_but_not_in_html_namespace() {
            self.cdata(from + 7);
        } else {
            self.bogus_comment(from);
        }
    }

    /// A comment, after `<!--`. A `>` ends it after `--` or `--!`, and at its start.
    fn comment(&mut self, from: usize) {
        let mut at = from;
        loop {
            at = self.find(b'>', at);
            let text = self.str(from, at);
            if at >= self.page.len() || matches!(text, "" | "-") || text.ends_with("--") || text.ends_with("--!") {
                break;
            }
            at += 1;
        }
        self.send_comment(from, at);
    }

    /// Markup that the standard treats as a comment, up to the next `>`.
    pub(super) fn bogus_comment(&mut self, from: usize) {
        let end = self.find(b'>', from);
        self.send_comment(from, end);
    }

    /// Sends a comment without its text, which the tree doesn't keep.
    fn send_comment(&mut self, from: usize, end: usize) {
        self.send(Token::CommentToken(StrTendril::new()), from);
        self.at = (end + 1).min(self.page.len());
    }

    /// A CDATA section, after `<![CDATA[`.
    fn cdata(&mut self, from: usize) {
        let found = memmem::find(self.rest(from), b"]]>");
        let end = found.map_or(self.page.len(), |i| from + i);
        self.characters(from, end);
        self.at = (end + 3).min(self.page.len());
    }

    /// A doctype, after `<!doctype`. Any `>` ends it, even one in quotes.
    fn doctype(&mut self, from: usize) {
        let end = self.find(b'>', from);
        let ending = if end == self.page.len() { Ending::CutOff } else { Ending::Closed };
        let doctype = read_doctype(self.str(from, end), ending);
        self.send(Token::DoctypeToken(doctype), from);
        self.at = (end + 1).min(self.page.len());
    }
}

/// How a doctype ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// With a `>`.
    Closed,
    /// With the page.
    CutOff,
}

/// Reads the text of a doctype.
fn read_doctype(text: &str, ending: Ending) -> Doctype {
    let mut doctype = Doctype { force_quirks: ending == Ending::CutOff, ..Doctype::default() };
    let text = trim(text);
    let (name, rest) = text.split_at(text.bytes().position(is_space).unwrap_or(text.len()));
    if name.is_empty() {
        doctype.force_quirks = true;
        return doctype;
    }
    doctype.name = Some(clean(&name.to_ascii_lowercase()));
    let rest = trim(rest);
    if rest.is_empty() {
        return doctype;
    }
    let public = after_word(rest, "public");
    let Some(rest) = public.or(after_word(rest, "system")) else {
        doctype.force_quirks = true;
        return doctype;
    };
    let Some((id, closed, mut rest)) = quoted(trim(rest)) else {
        doctype.force_quirks = true;
        return doctype;
    };
    doctype.force_quirks |= !closed;
    if public.is_some() {
        doctype.public_id = Some(id);
        rest = trim(rest);
        if rest.is_empty() {
            return doctype;
        }
        let Some((id, closed, after)) = quoted(rest) else {
            doctype.force_quirks = true;
            return doctype;
        };
        doctype.force_quirks |= !closed;
        doctype.system_id = Some(id);
        rest = after;
    } else {
        doctype.system_id = Some(id);
    }
    if !trim(rest).is_empty() {
        doctype.force_quirks = false; // the standard ignores what follows, even the end of the page
    }
    doctype
}

fn trim(text: &str) -> &str {
    text.trim_start_matches(|c: char| u8::try_from(c).is_ok_and(is_space))
}

/// Replaces NULs.
fn clean(text: &str) -> StrTendril {
    StrTendril::from_slice(&text.replace('\0', "\u{fffd}"))
}

/// The text after a word in any case; `None` if it doesn't begin with it.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// An identifier in quotes, whether the quotes are closed, and the text after it.
fn quoted(text: &str) -> Option<(StrTendril, bool, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let text = text.get(1..)?;
    Some(match text.split_once(quote) {
        Some((id, rest)) => (clean(id), true, rest),
        None => (clean(text), false, ""),
    })
}
