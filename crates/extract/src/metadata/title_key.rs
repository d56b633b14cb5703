//! Keys of titles: equal for titles that differ only in punctuation, case and white space.

use sanad_document::text::chars::{is_letter_or_digit, one_lower};
use sanad_language::lexicon::{is_folded_otherwise, push_folded};

/// Returns the key of a text: its folded letters and digits, words separated by one space.
pub(super) fn title_key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    out.extend(KeyChars::of(text));
    out
}

/// The characters of a [`title_key`], computed lazily: most comparisons end after a few.
pub(super) struct KeyChars<'a> {
    text: std::str::Chars<'a>,
    /// Characters to return before reading on, in reverse order.
    pending: Vec<char>,
    /// Whether a word has begun.
    has_word: bool,
    /// Whether that word has ended.
    has_ended: bool,
}

impl<'a> KeyChars<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text: text.chars(), pending: Vec::new(), has_word: false, has_ended: false }
    }

    /// Takes a folded character. Returns whether a space precedes it, or `None` if it isn't part of the key.
    fn take(&mut self, c: char) -> Option<bool> {
        if !is_letter_or_digit(c) {
            self.has_ended = true;
            return None;
        }
        let has_space = std::mem::take(&mut self.has_ended) && self.has_word;
        self.has_word = true;
        Some(has_space)
    }

    /// Takes a character that may fold to several, or to none.
    fn take_rare(&mut self, c: char) {
        let mut folded = String::new();
        push_folded(&mut folded, c);
        for c in folded.chars() {
            if let Some(has_space) = self.take(c) {
                let space = has_space.then_some(' ');
                self.pending.splice(0..0, [c].into_iter().chain(space));
            }
        }
    }
}

impl Iterator for KeyChars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            if let Some(c) = self.pending.pop() {
                return Some(c);
            }
            let c = self.text.next()?;
            // Nearly all characters fold to one.
            let Some(lower) = one_lower(c).filter(|_| !is_folded_otherwise(c)) else {
                self.take_rare(c);
                continue;
            };
            match self.take(lower) {
                None => {}
                Some(false) => return Some(lower),
                Some(true) => {
                    self.pending.push(lower);
                    return Some(' ');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::title_key;
    use sanad_document::text::chars::is_letter_or_digit;
    use sanad_language::lexicon::fold;

    #[test]
    fn a_key_is_the_folded_words() {
        for c in '\0'..=char::MAX {
            let key = title_key(&format!("-{c} a{c}{c}B - "));
            let folded = fold(&format!("{c} a{c}{c}b"));
            let words: Vec<&str> = folded.split(|c: char| !is_letter_or_digit(c)).filter(|w| !w.is_empty()).collect();
            assert_eq!(key, words.join(" "), "{c:?}");
        }
    }
}
