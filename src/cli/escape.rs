//! Escapes what could take over a terminal, or show text in another order than it has: titles, addresses and messages
//! come from outside.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// How a character is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Visibly: `\u{1b}`.
    Text,
    /// As in JSON: `\u001b`. All text is JSON already, so such a character is inside a string.
    Json,
}

/// Returns true for controls (C0, DEL and C1), line breaks and tabs aside, and for those of writing direction.
fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Escapes text for a terminal.
pub(super) fn escaped(text: &str, escape: Escape) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match (is_unsafe(c), escape) {
            (false, _) => out.push(c),
            // Writing to a string cannot fail.
            (true, Escape::Text) => write!(out, "\\u{{{:x}}}", u32::from(c)).unwrap_or_default(),
            (true, Escape::Json) => write!(out, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
        }
    }
    Cow::Owned(out)
}

/// Writes whole messages to standard error, escaped.
pub(super) struct EscapedError(pub(super) Escape);

impl Write for EscapedError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().write_all(escaped(&text, self.0).as_bytes()).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_shown_and_the_rest_stays() {
        let text = "a\u{1b}[31mb\u{7f}\u{9b}\u{202e}c\u{200f}\td\n";
        assert_eq!(escaped(text, Escape::Text), "a\\u{1b}[31mb\\u{7f}\\u{9b}\\u{202e}c\\u{200f}\td\n");
        let json = serde_json::to_string(text).unwrap();
        let safe = escaped(&json, Escape::Json);
        assert!(!safe.contains(is_unsafe), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        assert!(matches!(escaped("Қарори ҳукумат", Escape::Text), Cow::Borrowed(_)));
    }
}
