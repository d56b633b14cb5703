//! Counts over the letters, digits and marks of a text, in any script.

use super::split::ends_sentence;
use crate::chars::is_letter_or_digit;

/// Bytes of a text that are counted; shares don't change after some thousand.
const MAX_BYTES: usize = 4_000;

/// Words of a title that are looked for.
const MAX_TITLE_WORDS: usize = 40;

/// The counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Letters {
    chars: u32,
    words: u32,
    digits: u32,
    upper: u32,
    lower: u32,
    foreign: u32,
    wide: u32,
    marks: u32,
    commas: u32,
    ends: u32,
    bars: u32,
    dates: u32,
    titled: u32,
    length: u32,
    flags: [bool; 7],
}

/// Words of a text in lower case, for comparison.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !is_letter_or_digit(c))
        .filter(|w| !w.is_empty())
        .take(MAX_TITLE_WORDS)
        .map(str::to_lowercase)
        .collect()
}

/// How many of a text's words are in a title, whose words are in lower case, and how many words it has; of both only the
/// first of a longer text.
pub(super) fn titled(text: &str, title: &[String]) -> (u32, u32) {
    let words = text.split(|c: char| !is_letter_or_digit(c)).filter(|w| !w.is_empty()).take(MAX_TITLE_WORDS);
    words.fold((0, 0), |(hits, all), word| {
        let hit = title.iter().any(|known| is_lower_case_of(known, word));
        (hits + u32::from(hit), all + 1)
    })
}

/// Whether `lower` is a word in lower case, without making that.
fn is_lower_case_of(lower: &str, word: &str) -> bool {
    if word.is_ascii() {
        return lower.eq_ignore_ascii_case(word);
    }
    if word.contains('Σ') {
        return lower == word.to_lowercase(); // its lower case depends on its place
    }
    word.chars().flat_map(char::to_lowercase).eq(lower.chars())
}

/// The natural logarithm of a count, from 0.
#[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
pub(super) fn ln(n: u32) -> f32 {
    (n as f32).ln_1p()
}

impl Letters {
    /// Counts; `title` holds the words of the page's title.
    pub(super) fn of(text: &str, title: &[String]) -> Self {
        let mut found = Self { length: u32::try_from(text.len()).unwrap_or(u32::MAX), ..Self::default() };
        let mut in_word = false;
        let mut digits_run = 0_u32;
        let mut groups = 0_u32;
        for (_, c) in text.char_indices().take_while(|(at, _)| *at < MAX_BYTES) {
            let word = is_letter_or_digit(c);
            if word && (!in_word || is_wide(c)) {
                found.words += 1;
            }
            in_word = word;
            if c.is_ascii_digit() {
                digits_run += 1;
            } else {
                groups = if digits_run > 0 && matches!(c, '.' | '/' | '-' | ':') { groups + 1 } else { 0 };
                found.dates += u32::from(groups == 1 && c == ':') + u32::from(groups == 2);
                digits_run = 0;
            }
            found.count(c, word);
        }
        found.flags = [
            ends_sentence(text),
            text.ends_with(':'),
            text.ends_with("...") || text.ends_with('…') || text.ends_with('»'),
            text.chars().next().is_some_and(char::is_uppercase),
            super::split::starts_item(text),
            text.contains('©'),
            text.contains('@') || text.contains("://"),
        ];
        if found.words <= 60 && !title.is_empty() {
            found.titled = titled(text, title).0;
        }
        found
    }

    fn count(&mut self, c: char, word: bool) {
        if c.is_whitespace() {
            return;
        }
        self.chars += 1;
        if c.is_ascii_digit() {
            self.digits += 1;
        } else if c.is_ascii_lowercase() {
            self.lower += 1;
        } else if c.is_ascii_uppercase() {
            self.upper += 1;
        } else if word {
            self.foreign += u32::from(!c.is_ascii());
            self.wide += u32::from(is_wide(c));
            self.lower += u32::from(c.is_lowercase());
            self.upper += u32::from(c.is_uppercase());
        } else {
            self.marks += 1;
            match c {
                ',' | '，' | '、' | '،' | '؛' | ';' | '；' => self.commas += 1,
                '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '۔' | '।' | '։' => self.ends += 1,
                '|' | '»' | '›' | '/' | '•' | '·' | '→' | '>' => self.bars += 1,
                _ => {}
            }
        }
    }

    /// 1 where the text ends as a sentence does.
    pub(super) fn sentence_end(&self) -> f32 {
        f32::from(u8::from(self.flags.first() == Some(&true)))
    }

    /// Writes the features.
    #[allow(clippy::cast_precision_loss, reason = "a feature needs no more than seven digits")]
    pub(super) fn write(&self, row: &mut Vec<f32>) {
        let of = |part: u32, whole: u32| part as f32 / whole.max(1) as f32;
        row.extend([
            ln(self.length),
            ln(self.words),
            of(self.chars, self.words),
            of(self.digits, self.chars),
            of(self.upper, self.upper + self.lower),
            of(self.foreign, self.chars),
            of(self.wide, self.chars),
            of(self.marks, self.chars),
            ln(self.commas),
            ln(self.ends),
            of(self.ends, self.words),
            of(self.commas, self.words),
            ln(self.bars),
            ln(self.dates),
            of(self.titled, self.words),
            ln(self.titled),
        ]);
        row.extend(self.flags.map(|flag| f32::from(u8::from(flag))));
    }
}

/// Scripts written without spaces, each character about a word.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
