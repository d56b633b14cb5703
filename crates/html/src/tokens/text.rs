//! Text between tags.

use super::Tokenizer;
use super::references::{ReferenceIn, decode};
use html5ever::{
    tendril::StrTendril,
    tokenizer::{Token, TokenSink},
};
use memchr::{memchr, memchr2, memchr3};

/// What character references are in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum References {
    /// Characters, as in titles.
    Resolved,
    /// Text, as in scripts.
    Literal,
}

impl<S: TokenSink> Tokenizer<'_, S> {
    /// Text up to the next tag, comment or declaration, and that.
    pub(super) fn data(&mut self) {
        let from = self.at;
        let (end, plain) = self.text_end(from);
        if end > from {
            if plain {
                self.send_text(self.slice(from, end), from);
            } else {
                self.decoded_text(from, end);
            }
        }
        self.at = end;
        if end < self.page.len() {
            self.markup();
        }
    }

    /// The offset where the text ends that begins at `from`, and whether it has no references and NULs.
    fn text_end(&self, from: usize) -> (usize, bool) {
        let mut at = from;
        let mut plain = true;
        loop {
            let rest = self.rest(at);
            let found = if plain { memchr3(b'<', b'&', 0, rest) } else { memchr(b'<', rest) };
            let Some(found) = found else {
                return (self.page.len(), plain);
            };
            at += found;
            if self.byte(at) != Some(b'<') {
                plain = false;
            } else if self.is_markup(at + 1) {
                return (at, plain);
            }
            at += 1;
        }
    }

    /// Whether a `<` before this offset is more than a character.
    fn is_markup(&self, after: usize) -> bool {
        match self.byte(after) {
            Some(b'!' | b'?') => true,
            Some(b'/') => after + 1 < self.page.len(),
            Some(byte) => byte.is_ascii_alphabetic(),
            None => false,
        }
    }

    /// Sends text with references or NULs. Each NUL is a token of its own, as the tree builder requires.
    fn decoded_text(&self, from: usize, to: usize) {
        let mut at = from;
        for piece in self.str(from, to).split('\0') {
            if at > from {
                self.send(Token::NullCharacterToken, at);
            }
            if !piece.is_empty() {
                let mut text = StrTendril::new();
                decode(piece, ReferenceIn::Text, &mut text);
                self.send_text(text, at);
            }
            at += piece.len() + 1;
        }
    }

    /// Sends text without references in which NULs are tokens of their own.
    pub(super) fn characters(&self, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let end = self.find(0, at).min(to);
            if end > at {
                self.send_text(self.slice(at, end), at);
            }
            if end < to {
                self.send(Token::NullCharacterToken, end);
            }
            at = end + 1;
        }
    }

    /// Sends text of an element in which a NUL becomes a replacement character.
    pub(super) fn replaced_text(&self, from: usize, to: usize, references: References) {
        if from >= to {
            return;
        }
        let bytes = self.str(from, to).as_bytes();
        let special = match references {
            References::Resolved => memchr2(b'&', 0, bytes),
            References::Literal => memchr(0, bytes),
        };
        let text = match (special, references) {
            (None, _) => self.slice(from, to),
            (Some(_), References::Resolved) => {
                let mut text = StrTendril::new();
                decode(self.str(from, to), ReferenceIn::Text, &mut text);
                text
            }
            (Some(_), References::Literal) => StrTendril::from_slice(&self.str(from, to).replace('\0', "\u{fffd}")),
        };
        self.send_text(text, from);
    }
}
