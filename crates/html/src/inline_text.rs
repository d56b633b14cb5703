//! A run of inline text, which becomes a block: white space is collapsed, words are kept apart or together.
//!
//! Inline elements join words: `<b>T</b>ajik` is one word. There are two exceptions. Adjacent links are separate
//! labels, and a raised number after a word is a note reference, not part of the word.

use sanad_document::text::{chars, normalize};

/// Letters of the longest word that is a unit before a raised digit (`m²`, `км³`). After a longer one the digit is a
/// note reference.
const MAX_UNIT_LETTERS: usize = 2;

/// The style of a piece of text.
#[allow(clippy::struct_excessive_bools, reason = "each is on or off by itself")]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextStyle {
    /// It is in a link.
    pub(super) link: bool,
    /// It is bold.
    pub(super) bold: bool,
    /// Its white space is kept.
    pub(super) pre: bool,
    /// It is raised.
    pub(super) raised: bool,
}

/// Counts over a run. Characters are code points other than white space.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Characters.
    pub(super) chars: u32,
    /// Characters in links.
    pub(super) link_chars: u32,
    /// Bold characters.
    pub(super) bold_chars: u32,
    /// Links.
    pub(super) links: u32,
    /// Inline elements other than links.
    pub(super) inlines: u32,
    /// Images.
    pub(super) images: u32,
    /// Form controls.
    pub(super) controls: u32,
    /// Line breaks.
    pub(super) breaks: u32,
}

/// A run of inline text.
#[derive(Debug, Default)]
pub(super) struct TextRun {
    /// The text so far, with `\n` for each line break.
    pub(super) text: String,
    /// Its counts.
    pub(super) tally: Tally,
    /// The next word is separated from the text.
    space: bool,
    /// The text ends with the last word of a link.
    after_link: bool,
    /// How the current raised text is written; `None` outside of it.
    raised: Option<Raised>,
}

/// How raised text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raised {
    /// Unchanged.
    Plain,
    /// With superscript digits.
    Digits,
}

impl TextRun {
    /// Whether the run has no visible text.
    pub(super) fn is_empty(&self) -> bool {
        self.tally.chars == 0
    }

    /// Adds the text of a text node.
    pub(super) fn push(&mut self, text: &str, style: TextStyle) {
        if !style.raised {
            self.raised = None;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let (bytes, chars) = word(rest);
            let (word, after) = rest.split_at_checked(bytes).unwrap_or((rest, ""));
            if !word.is_empty() {
                if self.text.is_empty() {
                    self.text.reserve(rest.len());
                }
                self.push_word(word, chars, style);
            }
            rest = self.skip_space(after, style);
        }
    }

    /// Skips one invisible character, or white space, at the start of a text. Returns the rest.
    fn skip_space<'a>(&mut self, text: &'a str, style: TextStyle) -> &'a str {
        let collapsed = if style.pre { 0 } else { text.bytes().take_while(u8::is_ascii_whitespace).count() };
        if collapsed > 0 {
            self.space = true;
            return text.get(collapsed..).unwrap_or("");
        }
        let mut chars = text.chars();
        match chars.next() {
            Some(c) if !c.is_whitespace() => {} // invisible
            Some('\n') if style.pre => self.text.push('\n'),
            Some(c) if style.pre && c != '\r' => self.text.push(' '),
            Some(_) => self.space = true,
            None => {}
        }
        chars.as_str()
    }

    /// Adds a word, or a part of one, with this number of characters.
    fn push_word(&mut self, word: &str, chars: u32, style: TextStyle) {
        self.begin_word(word, style);
        if self.raised == Some(Raised::Digits) {
            self.text.extend(word.chars().map(normalize::superscript));
        } else {
            self.text.push_str(word);
        }
        self.tally.chars += chars;
        self.tally.link_chars += if style.link { chars } else { 0 };
        self.tally.bold_chars += if style.bold { chars } else { 0 };
    }

    /// Separates a word from the text before it, or joins it to that.
    fn begin_word(&mut self, word: &str, style: TextStyle) {
        let first = || word.chars().next().unwrap_or_default();
        let before = self.text.as_bytes().last().copied();
        if self.space || (style.link && self.after_link && chars::is_letter_or_digit(first())) {
            if before.is_some_and(|b| b != b'\n') && !(style.pre && before == Some(b' ')) {
                self.text.push(' ');
            }
            self.raised = style.raised.then_some(Raised::Plain);
        } else if style.raised && self.raised.is_none() && before.is_some() {
            self.begin_raised(first());
        }
        self.space = false;
        self.after_link = false;
    }

    /// Begins raised text with this first character directly after other text.
    fn begin_raised(&mut self, c: char) {
        let letters = self.text.chars().rev().take_while(|c| chars::is_letter(*c)).take(MAX_UNIT_LETTERS + 1).count();
        let after_digit = self.text.chars().next_back().is_some_and(|c| c.is_ascii_digit());
        if letters > MAX_UNIT_LETTERS && chars::is_letter_or_digit(c) {
            self.text.push(' ');
            self.raised = Some(Raised::Plain);
        } else if c.is_ascii_digit() && (letters > 0 || after_digit) {
            self.raised = Some(Raised::Digits);
        } else {
            self.raised = Some(Raised::Plain);
        }
    }

    /// A link begins.
    pub(super) fn link_starts(&mut self) {
        self.tally.links += 1;
    }

    /// A link ends. If another one begins directly after it, its text is another label.
    pub(super) fn link_ends(&mut self) {
        self.after_link = self.text.chars().next_back().is_some_and(chars::is_letter_or_digit);
    }

    /// Separates the next word even if there is no white space in the source.
    pub(super) fn space(&mut self) {
        self.space = true;
    }

    /// Adds a line break. Returns true if it is the second in a row: then a paragraph ends here.
    pub(super) fn line_break(&mut self) -> bool {
        self.space = false;
        self.tally.breaks += 1;
        if self.text.ends_with('\n') {
            return true;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        false
    }
}

/// The number of bytes and of characters before the first one that is white space or invisible.
fn word(text: &str) -> (usize, u32) {
    let all = text.as_bytes();
    let (mut at, mut chars) = (0, 0);
    while let Some(&byte) = all.get(at) {
        at += match byte {
            0x21..=0x7E => 1,
            // U+00C0 to U+07FF: letters and marks of Latin, Greek, Cyrillic, Hebrew and Arabic
            0xC3..=0xDF => 2,
            _ => {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                    break;
                };
                if c.is_whitespace() || normalize::is_invisible(c) {
                    break;
                }
                c.len_utf8()
            }
        };
        chars += 1;
    }
    (at, chars)
}

impl Tally {
    /// Adds the counts of another run.
    pub(super) fn add(&mut self, other: &Self) {
        self.chars += other.chars;
        self.link_chars += other.link_chars;
        self.bold_chars += other.bold_chars;
        self.links += other.links;
        self.inlines += other.inlines;
        self.images += other.images;
        self.controls += other.controls;
        self.breaks += other.breaks;
    }

    /// Makes these the counts of a part of the run, estimated by its length.
    pub(super) fn scale_to(&mut self, part: &str) {
        let chars = part.chars().filter(|c| !c.is_whitespace()).count();
        let chars = u32::try_from(chars).unwrap_or(u32::MAX);
        let of = |n: u32| {
            let shared = u64::from(n) * u64::from(chars) / u64::from(self.chars.max(1));
            u32::try_from(shared).unwrap_or(n).min(chars)
        };
        (self.link_chars, self.bold_chars, self.links) = (of(self.link_chars), of(self.bold_chars), of(self.links));
        self.chars = chars;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_at_white_space_and_at_invisible_characters() {
        for c in '\0'..=char::MAX {
            let ends = c.is_whitespace() || normalize::is_invisible(c);
            let wanted = if ends { (1, 1) } else { (2 + c.len_utf8(), 3) };
            assert_eq!(word(&format!("a{c}b c")), wanted, "{c:?}");
        }
    }

    #[test]
    fn raised_digits_stay_together() {
        let raised = TextStyle { raised: true, ..TextStyle::default() };
        let text = |before: &str| {
            let mut run = TextRun::default();
            run.push(before, TextStyle::default());
            run.push("10", raised);
            run.push("LUOA", TextStyle::default());
            (run.text, run.tally.chars)
        };
        assert_eq!(text(""), ("10LUOA".to_owned(), 6));
        assert_eq!(text("km"), ("km¹⁰LUOA".to_owned(), 8));
        assert_eq!(text("note"), ("note 10LUOA".to_owned(), 10));
    }
}
