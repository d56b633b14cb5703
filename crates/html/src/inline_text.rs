//! A run of inline text on its way to becoming a block: white space folded, words kept apart or together.
//!
//! Inline elements glue: `<b>T</b>ajik` is one word. Exceptions, because the sentence would read wrong otherwise: two
//! links side by side are two labels, and a raised number after a word is a note's mark, not part of the word.

use sanad_document::text::{chars, normalize};

/// Letters a word before a raised digit may have to count as a unit (`m²`, `км³`); longer ones carry a note mark.
const UNIT_LETTERS: usize = 2;

/// How the text being added stands.
#[allow(clippy::struct_excessive_bools, reason = "each style is on or off by itself")]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    /// Inside a link.
    pub(super) link: bool,
    /// Bold or strong.
    pub(super) bold: bool,
    /// White space is kept.
    pub(super) pre: bool,
    /// Raised.
    pub(super) raised: bool,
}

/// Counts over the characters of a run, white space left out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Characters.
    pub(super) chars: u32,
    /// Those inside links.
    pub(super) link_chars: u32,
    /// Bold ones.
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

/// The run.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The text so far; `\n` for each line break.
    pub(super) text: String,
    /// Its counts.
    pub(super) tally: Tally,
    space: bool,
    link_ended: bool,
    raised: Option<Raised>,
}

/// What becomes of the raised text being added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raised {
    /// It stands apart from the word before it.
    Apart,
    /// Its digits become raised digits.
    Digits,
}

impl Run {
    /// Whether nothing visible was added.
    pub(super) fn is_empty(&self) -> bool {
        self.tally.chars == 0
    }

    /// Adds a text node's text.
    pub(super) fn push(&mut self, text: &str, style: Style) {
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
                self.push_word((word, chars), style);
            }
            rest = self.pass_over(after, style);
        }
    }

    /// Passes over what stands between two words, or the white space that it begins with; gives what follows.
    fn pass_over<'a>(&mut self, text: &'a str, style: Style) -> &'a str {
        let folded = if style.pre { 0 } else { text.bytes().take_while(u8::is_ascii_whitespace).count() };
        if folded > 0 {
            self.space = true;
            return text.get(folded..).unwrap_or("");
        }
        let mut between = text.chars();
        match between.next() {
            Some(c) if !c.is_whitespace() => {} // invisible
            Some('\n') if style.pre => self.text.push('\n'),
            Some(c) if style.pre && c != '\r' => self.text.push(' '),
            Some(_) => self.space = true,
            None => {}
        }
        between.as_str()
    }

    /// Adds a word, or a part of one, of so many characters.
    fn push_word(&mut self, (word, chars): (&str, u32), style: Style) {
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

    /// Sets a word apart from what stands before it, or joins it to that.
    fn begin_word(&mut self, word: &str, style: Style) {
        let first = || word.chars().next().unwrap_or_default();
        let before = self.text.as_bytes().last().copied();
        if self.space || (style.link && self.link_ended && chars::is_letter_or_digit(first())) {
            if before.is_some_and(|b| b != b'\n') && !(style.pre && before == Some(b' ')) {
                self.text.push(' ');
            }
            self.raised = style.raised.then_some(Raised::Apart);
        } else if style.raised && self.raised.is_none() && before.is_some() {
            self.raise(first());
        }
        self.space = false;
        self.link_ended = false;
    }

    fn raise(&mut self, c: char) {
        let letters = self.text.chars().rev().take_while(|c| chars::is_letter(*c)).take(UNIT_LETTERS + 1).count();
        let after_digit = self.text.chars().next_back().is_some_and(|c| c.is_ascii_digit());
        if letters > UNIT_LETTERS && chars::is_letter_or_digit(c) {
            self.text.push(' ');
            self.raised = Some(Raised::Apart);
        } else if c.is_ascii_digit() && (letters > 0 || after_digit) {
            self.raised = Some(Raised::Digits);
        } else {
            self.raised = Some(Raised::Apart);
        }
    }

    /// A link begins.
    pub(super) fn link_starts(&mut self) {
        self.tally.links += 1;
    }

    /// A link ends: what follows at once in another link is another label.
    pub(super) fn link_ends(&mut self) {
        self.link_ended = self.text.chars().next_back().is_some_and(chars::is_letter_or_digit);
    }

    /// A word space that white space in the source doesn't show.
    pub(super) fn part(&mut self) {
        self.space = true;
    }

    /// A line break. True when the one before it had nothing after it: a paragraph ends here.
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

/// Bytes and characters up to the first that is white space or invisible.
fn word(text: &str) -> (usize, u32) {
    let all = text.as_bytes();
    let (mut at, mut chars) = (0, 0);
    while let Some(&byte) = all.get(at) {
        at += match byte {
            0x21..=0x7E => 1,
            // U+00C0 to U+07FF: Latin, Greek, Cyrillic, Hebrew and Arabic letters and their marks
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
    /// Adds another run's counts.
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

    /// The counts of a part of the run, shared out by its length.
    pub(super) fn split(&mut self, part: &str) {
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
    fn a_word_ends_where_white_space_or_something_invisible_begins() {
        for c in '\0'..=char::MAX {
            let ends = c.is_whitespace() || normalize::is_invisible(c);
            let wanted = if ends { (1, 1) } else { (2 + c.len_utf8(), 3) };
            assert_eq!(word(&format!("a{c}b c")), wanted, "{c:?}");
        }
    }

    #[test]
    fn raised_digits_stay_together() {
        let raised = Style { raised: true, ..Style::default() };
        let text = |before: &str| {
            let mut run = Run::default();
            run.push(before, Style::default());
            run.push("10", raised);
            run.push("LUOA", Style::default());
            (run.text, run.tally.chars)
        };
        assert_eq!(text(""), ("10LUOA".to_owned(), 6));
        assert_eq!(text("km"), ("km¹⁰LUOA".to_owned(), 8));
        assert_eq!(text("note"), ("note 10LUOA".to_owned(), 10));
    }
}
