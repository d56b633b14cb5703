//! What tells titles apart that differ in more than marks.

use sanad_document::text::chars::{is_letter_or_digit, one_lower};
use sanad_language::lexicon::{is_folded_otherwise, push_folded};

/// The characters of a text's key, one after another as they are asked for: letters and digits in lower case, words set apart
/// by one space.
pub(crate) struct Key<'a> {
    text: std::str::Chars<'a>,
    /// What is handed out next, last character first.
    waiting: Vec<char>,
    /// Whether a word was handed out, and whether it has ended.
    begun: bool,
    ended: bool,
}

impl<'a> Key<'a> {
    /// The key of a text.
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text: text.chars(), waiting: Vec::new(), begun: false, ended: false }
    }

    /// Takes a folded character; whether a space is handed out before it, or nothing of it at all.
    fn take(&mut self, c: char) -> Option<bool> {
        if !is_letter_or_digit(c) {
            self.ended = true;
            return None;
        }
        let is_apart = std::mem::take(&mut self.ended) && self.begun;
        self.begun = true;
        Some(is_apart)
    }

    /// Takes a character whose folded form may be several.
    fn take_folded(&mut self, c: char) {
        let mut folded = String::new();
        push_folded(&mut folded, c);
        for c in folded.chars() {
            if let Some(is_apart) = self.take(c) {
                let space = is_apart.then_some(' ');
                self.waiting.splice(0..0, [c].into_iter().chain(space));
            }
        }
    }
}

impl Iterator for Key<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            if let Some(c) = self.waiting.pop() {
                return Some(c);
            }
            let c = self.text.next()?;
            // Nearly all characters are folded to one.
            let Some(lower) = one_lower(c).filter(|_| !is_folded_otherwise(c)) else {
                self.take_folded(c);
                continue;
            };
            match self.take(lower) {
                None => {}
                Some(false) => return Some(lower),
                Some(true) => {
                    self.waiting.push(lower);
                    return Some(' ');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;
    use sanad_document::text::chars::is_letter_or_digit;
    use sanad_language::lexicon::fold;

    #[test]
    fn a_key_is_the_folded_words() {
        for c in '\0'..=char::MAX {
            let key: String = Key::of(&format!("-{c} a{c}{c}B - ")).collect();
            let folded = fold(&format!("{c} a{c}{c}b"));
            let words: Vec<&str> = folded.split(|c: char| !is_letter_or_digit(c)).filter(|w| !w.is_empty()).collect();
            assert_eq!(key, words.join(" "), "{c:?}");
        }
    }
}
