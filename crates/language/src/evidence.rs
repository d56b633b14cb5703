//! The evidence of a text's language: its words without codes, and their letters by script, folded as the models need
//! them.

use crate::alphabet::{self, Kind, MODELLED, MOST_SCRIPTS, Tables};

/// Bytes of tokens that are read, about 300 code points of two bytes: more changed no verdict on held-out paragraphs.
const ENOUGH_BYTES: usize = 640;
/// Bytes after which reading ends even within a token: some scripts have no spaces.
const MAX_BYTES: usize = 1_000;
/// Letters of scripts outside the model that are enough, if there are few others.
const ENOUGH_LETTERS: usize = 80;
/// Share of codes among a text's bytes above which the rest is no evidence (`var a1=[27];`): three fifths.
const NOISE_NUMERATOR: usize = 3;
const NOISE_DENOMINATOR: usize = 5;
/// The space between two words, as the models read it.
pub(crate) const SPACE: u16 = 0x20;
/// An apostrophe, as the models read it.
const APOSTROPHE: u16 = 0x27;

/// The evidence in a text.
#[derive(Debug, Clone)]
pub(crate) struct Evidence<'a> {
    /// The part of the text that was read.
    text: &'a str,
    /// Folded code points, words separated by one space; begins and ends with a space.
    pub(crate) codes: Vec<u16>,
    /// Number of letters of each modelled script.
    letters: [usize; MODELLED.len()],
    /// The script of each letter outside the model, by its number.
    others: Vec<u8>,
    /// Bytes of tokens that are codes.
    code_bytes: usize,
    /// Bytes of all tokens.
    token_bytes: usize,
}

impl<'a> Evidence<'a> {
    /// Reads the beginning of a text.
    pub(crate) fn of(text: &'a str) -> Self {
        let text = text.get(..text.floor_char_boundary(MAX_BYTES)).unwrap_or(text);
        let tables = Tables::get();
        let mut codes = Vec::with_capacity(text.len() + 2);
        codes.push(SPACE);
        let letters = [0; MODELLED.len()];
        let mut evidence = Self { text, codes, letters, others: Vec::new(), code_bytes: 0, token_bytes: 0 };
        let mut token = evidence.token_at(0);
        let mut next = 0;
        while let Some(rest) = text.get(next..) {
            next += evidence.take_latin(rest.as_bytes(), &mut token.signs);
            let at = next;
            let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
            next += c.len_utf8();
            match tables.of(c) {
                Kind::Letter(code, group) => {
                    evidence.codes.push(code);
                    if let Some(count) = evidence.letters.get_mut(usize::from(group)) {
                        *count += 1;
                    }
                }
                Kind::Apostrophe => evidence.codes.push(APOSTROPHE),
                Kind::Other(script) => {
                    evidence.others.push(script);
                    evidence.end_word();
                }
                Kind::Space => {
                    evidence.end_word();
                    if c.is_whitespace() {
                        evidence.end_token(&token, at);
                        if evidence.is_enough() {
                            evidence.text = text.get(..at).unwrap_or(text);
                            return evidence;
                        }
                        token = evidence.token_at(next);
                        continue;
                    }
                }
            }
            token.signs.add(c);
        }
        evidence.end_word();
        evidence.end_token(&token, text.len());
        evidence
    }

    /// Begins a token at a place of the text, in bytes.
    fn token_at(&self, start: usize) -> Token {
        Token { start, codes: self.codes.len(), others: self.others.len(), signs: Signs::default() }
    }

    /// Takes the ASCII letters that a text begins with, and returns their number.
    #[inline]
    fn take_latin(&mut self, text: &[u8], signs: &mut Signs) -> usize {
        let length = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let letters = text.get(..length).unwrap_or_default();
        self.codes.extend(letters.iter().map(|byte| u16::from(byte | 0x20)));
        for byte in letters {
            signs.add(char::from(*byte));
        }
        let [_, latin, _] = &mut self.letters;
        *latin += length;
        length
    }

    #[inline]
    fn end_word(&mut self) {
        if self.codes.last() != Some(&SPACE) {
            self.codes.push(SPACE);
        }
    }

    /// Ends a token. If it is a code, removes what was read of it.
    fn end_token(&mut self, token: &Token, end: usize) {
        if self.text.get(token.start..end).is_some_and(|text| !text.is_empty() && token.signs.is_code(text)) {
            self.code_bytes += end - token.start;
            for code in self.codes.drain(token.codes..) {
                for (group, count) in self.letters.iter_mut().enumerate() {
                    *count -= usize::from(alphabet::is_in(code, group));
                }
            }
            self.others.truncate(token.others);
        }
        self.token_bytes += end - token.start;
    }

    fn is_enough(&self) -> bool {
        self.token_bytes > ENOUGH_BYTES || self.others.len() > ENOUGH_LETTERS && self.codes.len() < ENOUGH_LETTERS
    }

    /// Returns true if codes outweigh the words.
    pub(crate) fn is_noise(&self) -> bool {
        self.code_bytes * NOISE_DENOMINATOR > self.token_bytes * NOISE_NUMERATOR
    }

    /// Returns the words that were read.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'a str> {
        self.text.split_whitespace().filter(|token| !Signs::of(token).is_code(token))
    }

    /// Returns the number of letters of each script, by its number.
    fn counts(&self) -> [usize; MOST_SCRIPTS] {
        let mut counts = [0; MOST_SCRIPTS];
        for (count, letters) in counts.iter_mut().zip(self.letters) {
            *count = letters;
        }
        for &script in &self.others {
            if let Some(count) = counts.get_mut(usize::from(script)) {
                *count += 1;
            }
        }
        counts
    }

    /// Returns the number of letters of a script outside the model.
    pub(crate) fn letters(&self, script: &str) -> usize {
        self.others.iter().filter(|number| alphabet::name(usize::from(**number)) == script).count()
    }

    /// Returns the number of the script with the most weight, and how many letters it has. Of equal ones the
    /// alphabetically first wins.
    pub(crate) fn script(&self) -> Option<(usize, usize)> {
        let present = self.counts().into_iter().enumerate().filter(|(_, count)| *count > 0);
        present.max_by(|(a, a_letters), (b, b_letters)| {
            let by_weight = weight(*a, *a_letters).cmp(&weight(*b, *b_letters));
            by_weight.then_with(|| alphabet::name(*b).cmp(alphabet::name(*a)))
        })
    }
}

/// Returns the weight of a script's letters. A character of Chinese, Japanese or Korean is worth a syllable or a word,
/// and Latin letters occur as names in texts of every script.
fn weight(script: usize, letters: usize) -> usize {
    let each = match alphabet::name(script) {
        "Latn" => 4,
        "Hani" | "Kana" | "Hang" => 12,
        _ => 5,
    };
    letters * each
}

/// The token being read.
struct Token {
    /// Where it begins in the text, in bytes.
    start: usize,
    /// Number of codes and of other letters read before it.
    codes: usize,
    others: usize,
    signs: Signs,
}

const BEYOND_ASCII: u8 = 1;
const DIGIT: u8 = 2;
const LETTER: u8 = 4;
/// A letter that Roman numerals don't use.
const NOT_ROMAN: u8 = 8;
/// A sign that occurs in code only.
const CODE: u8 = 16;
/// A sign that occurs in some codes.
const MAYBE_CODE: u8 = 32;
const AT: u8 = 64;

/// The flags of each ASCII character.
const FLAGS: [u8; 128] = flags();

#[allow(clippy::indexing_slicing, reason = "the index is below the length; the compiler evaluates it")]
const fn flags() -> [u8; 128] {
    let mut table = [0; 128];
    let mut byte = 0u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'0'..=b'9' => DIGIT,
            b'I' | b'V' | b'X' | b'L' | b'C' => LETTER,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER | NOT_ROMAN,
            b'=' | b'<' | b'>' | b'{' | b'}' | b'_' | b'\\' | b'|' => CODE,
            b'.' | b'/' => MAYBE_CODE,
            b'@' => AT,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// The kinds of characters in a token, as flags.
#[derive(Debug, Clone, Copy, Default)]
struct Signs(u8);

impl Signs {
    fn of(token: &str) -> Self {
        let mut signs = Self::default();
        token.chars().for_each(|c| signs.add(c));
        signs
    }

    #[inline]
    fn add(&mut self, c: char) {
        self.0 |= FLAGS.get(c as usize).copied().unwrap_or(BEYOND_ASCII);
    }

    fn has(self, flags: u8) -> bool {
        self.0 & flags != 0
    }

    /// Returns true for tokens in no language: addresses, file names, code, numbers.
    fn is_code(self, token: &str) -> bool {
        if self.has(AT) {
            return true;
        }
        let has_code = || self.has(CODE) || self.has(MAYBE_CODE) && token.as_bytes().windows(2).any(is_joint);
        if self.has(BEYOND_ASCII) {
            return has_code() && (token.contains("://") || token.starts_with("www."));
        }
        self.has(DIGIT) || !self.has(LETTER) || has_code() || !self.has(NOT_ROMAN) && is_roman(token)
    }
}

/// Returns true for a dot right before a small letter, or two slashes.
fn is_joint(pair: &[u8]) -> bool {
    matches!(pair, [b'.', b'a'..=b'z'] | b"//")
}

/// Returns true if a token without other letters is short enough to be a Roman numeral, of a chapter or century.
fn is_roman(token: &str) -> bool {
    token.bytes().filter(u8::is_ascii_alphabetic).count() <= 6
}

#[cfg(test)]
mod tests {
    use super::Evidence;

    #[test]
    fn codes_are_left_out() {
        let words = |text| Evidence::of(text).words().collect::<Vec<_>>();
        assert_eq!(words("see www.mfa.tj and a.b@c.tj, XIV (59/63-36) file.pdf"), ["see", "and"]);
        assert_eq!(words("XIV асри Х://"), ["асри"]);
    }

    #[test]
    fn codes_leave_nothing_among_the_letters() {
        let read = |text| {
            let evidence = Evidence::of(text);
            String::from_utf16(&evidence.codes).unwrap() + &format!("{:?}", evidence.script())
        };
        assert_eq!(read("a1b2 Қонуни\u{A0}x_y «№ 5» http://қ.tj ҶТ\u{3000}中@文"), " қонуни ҷт Some((0, 8))");
        assert_eq!(read(""), " None");
    }

    #[test]
    fn a_long_text_is_read_in_part() {
        let text = "салом ".repeat(10_000);
        assert!(Evidence::of(&text).codes.len() < 1_000);
        assert!(Evidence::of(&text.replace(' ', "")).codes.len() < 1_000);
        assert!(Evidence::of(&"中".repeat(10_000)).others.len() < 1_000);
    }
}
