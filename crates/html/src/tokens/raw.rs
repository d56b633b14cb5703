//! Text that only the end tag of its element ends: titles, styles, scripts.

use super::text::References;
use super::{Tokenizer, is_space};
use html5ever::{
    LocalName,
    tokenizer::{TagKind, TokenSink, states::RawKind},
};
use memchr::memchr2;

/// The state of a script. By the standard, a script inside an HTML comment may contain script tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// In no comment.
    Open,
    /// After `<!--`.
    Escaped,
    /// After `<!--` and `<script>`: an end tag ends only that one.
    Double,
}

impl<S: TokenSink> Tokenizer<'_, S> {
    /// The text of the element `name`, and its end tag.
    pub(super) fn raw(&mut self, kind: RawKind, name: &LocalName) {
        let from = self.at;
        let end = match kind {
            RawKind::Rcdata | RawKind::Rawtext => self.end_tag(name, from),
            RawKind::ScriptData | RawKind::ScriptDataEscaped(_) => self.script_end(name, from),
        };
        let references = match kind {
            RawKind::Rcdata => References::Resolved,
            RawKind::Rawtext | RawKind::ScriptData | RawKind::ScriptDataEscaped(_) => References::Literal,
        };
        self.replaced_text(from, end.unwrap_or(self.page.len()), references);
        match end {
            Some(end) => self.tag(TagKind::EndTag, end + 2),
            None => self.at = self.page.len(),
        }
    }

    /// Text up to the end of the page.
    pub(super) fn plain(&mut self) {
        self.replaced_text(self.at, self.page.len(), References::Literal);
        self.at = self.page.len();
    }

    /// The offset of the next end tag of this name.
    fn end_tag(&self, name: &str, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at = self.find(b'<', at);
            if at >= self.page.len() {
                return None;
            }
            if self.is_end_tag(name, at) {
                return Some(at);
            }
            at += 1;
        }
    }

    fn is_end_tag(&self, name: &str, at: usize) -> bool {
        self.byte(at + 1) == Some(b'/') && self.is_named(name, at + 2)
    }

    /// Whether the tag name at this offset is `name`.
    fn is_named(&self, name: &str, at: usize) -> bool {
        let Some((own, after)) = self.rest(at).split_at_checked(name.len()) else {
            return false;
        };
        own.eq_ignore_ascii_case(name.as_bytes())
            && after.first().is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'))
    }

    /// The offset of the end tag of a script.
    fn script_end(&self, name: &str, from: usize) -> Option<usize> {
        let mut state = Script::Open;
        let mut at = from;
        // the dashes of `-->` may be those of `<!--`, but not earlier ones
        let mut dashes_from = from;
        loop {
            let rest = self.rest(at);
            at += match state {
                Script::Open => memchr::memchr(b'<', rest)?,
                Script::Escaped | Script::Double => memchr2(b'<', b'>', rest)?,
            };
            if self.byte(at) == Some(b'>') {
                if at >= dashes_from + 2 && self.str(at - 2, at) == "--" {
                    state = Script::Open;
                }
            } else if self.is_end_tag(name, at) && state != Script::Double {
                return Some(at);
            } else {
                state = match state {
                    Script::Open if self.rest(at).starts_with(b"<!--") => {
                        dashes_from = at + 2;
                        at += 3;
                        Script::Escaped
                    }
                    Script::Escaped if self.is_named("script", at + 1) => Script::Double,
                    Script::Double if self.is_end_tag("script", at) => Script::Escaped,
                    state => state,
                };
            }
            at += 1;
        }
    }
}
