//! What in a text is evidence of its language: words, not codes; letters, by script, folded as the models read them.

use crate::alphabet::{self, Kind, MODELLED, MOST_SCRIPTS, Tables};

/// Bytes of tokens that are read, about 300 code points of two bytes: more changed no verdict on held-out paragraphs.
const READ: usize = 640;
/// Bytes after which reading ends also within a token: some scripts write no spaces.
const LONGEST: usize = 1_000;
/// Letters of scripts outside the model that tell enough, where few others stand beside them.
const ENOUGH: usize = 80;
/// Share of a text's bytes in codes above which the rest is no evidence (`var a1=[27];`).
const NOISE: (usize, usize) = (3, 5);
/// The space between two words, as the models read it.
pub(crate) const SPACE: u16 = 0x20;
/// An apostrophe, as the models read it.
const APOSTROPHE: u16 = 0x27;

/// The evidence in a text.
#[derive(Debug, Clone)]
pub(crate) struct Evidence<'a> {
    /// As much of the text as was read.
    text: &'a str,
    /// Folded code points, words apart by one space; begins and ends with a space.
    pub(crate) codes: Vec<u16>,
    /// Letters of each modelled script.
    letters: [usize; MODELLED.len()],
    /// The script of each letter outside the model, by its number.
    others: Vec<u8>,
    /// Bytes of tokens that are codes, and of all.
    noise: (usize, usize),
}

impl<'a> Evidence<'a> {
    /// Reads the beginning of a text.
    pub(crate) fn of(text: &'a str) -> Self {
        let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text);
        let tables = Tables::get();
        let mut codes = Vec::with_capacity(text.len() + 2);
        codes.push(SPACE);
        let mut evidence = Self { text, codes, letters: [0; MODELLED.len()], others: Vec::new(), noise: (0, 0) };
        let mut token = Token { start: 0, codes: 1, others: 0, signs: Signs::default() };
        let mut next = 0;
        while let Some(rest) = text.get(next..) {
            next += evidence.latin(rest.as_bytes(), &mut token.signs);
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
                    evidence.space();
                }
                Kind::Space => {
                    evidence.space();
                    if c.is_whitespace() {
                        evidence.end(&token, at);
                        if evidence.is_enough() {
                            evidence.text = text.get(..at).unwrap_or(text);
                            return evidence;
                        }
                        token = Token {
                            start: at + c.len_utf8(),
                            codes: evidence.codes.len(),
                            others: evidence.others.len(),
                            signs: Signs::default(),
                        };
                        continue;
                    }
                }
            }
            token.signs.add(c);
        }
        evidence.space();
        evidence.end(&token, text.len());
        evidence
    }

    /// Takes the letters of ASCII that a text begins with; how many they are.
    #[inline]
    fn latin(&mut self, text: &[u8], signs: &mut Signs) -> usize {
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
    fn space(&mut self) {
        if self.codes.last() != Some(&SPACE) {
            self.codes.push(SPACE);
        }
    }

    /// Ends a token; what was read of it is forgotten when it is a code.
    fn end(&mut self, token: &Token, at: usize) {
        if self.text.get(token.start..at).is_some_and(|text| !text.is_empty() && token.signs.is_code(text)) {
            self.noise.0 += at - token.start;
            for code in self.codes.drain(token.codes..) {
                for (group, count) in self.letters.iter_mut().enumerate() {
                    *count -= usize::from(alphabet::is_in(code, group));
                }
            }
            self.others.truncate(token.others);
        }
        self.noise.1 += at - token.start;
    }

    fn is_enough(&self) -> bool {
        self.noise.1 > READ || self.others.len() > ENOUGH && self.codes.len() < ENOUGH
    }

    /// Whether codes outweigh the words.
    pub(crate) fn is_noise(&self) -> bool {
        self.noise.0 * NOISE.1 > self.noise.1 * NOISE.0
    }

    /// The words that were read.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'a str> {
        self.text.split_whitespace().filter(|token| !Signs::of(token).is_code(token))
    }

    /// Letters of each script, by its number.
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

    /// Letters of a script outside the model.
    pub(crate) fn letters(&self, script: &str) -> usize {
        self.others.iter().filter(|number| alphabet::name(usize::from(**number)) == script).count()
    }

    /// The script that weighs most, by number, with its letters; of equals the one whose name comes first.
    pub(crate) fn script(&self) -> Option<(usize, usize)> {
        let written = self.counts().into_iter().enumerate().filter(|(_, count)| *count > 0);
        written.max_by(|a, b| weight(*a).cmp(&weight(*b)).then_with(|| alphabet::name(b.0).cmp(alphabet::name(a.0))))
    }
}

/// What the letters of a script weigh: a character of Chinese, Japanese or Korean is worth a syllable or a word, and
/// Latin letters stand as names in texts of every script.
fn weight((script, letters): (usize, usize)) -> usize {
    let each = match alphabet::name(script) {
        "Latn" => 4,
        "Hani" | "Kana" | "Hang" => 12,
        _ => 5,
    };
    letters * each
}

/// The token that is being read.
struct Token {
    /// Where it begins in the text, in bytes.
    start: usize,
    /// Codes and other letters that were read before it.
    codes: usize,
    others: usize,
    signs: Signs,
}

const BEYOND_ASCII: u8 = 1;
const DIGIT: u8 = 2;
const LETTER: u8 = 4;
/// A letter that isn't in Roman numbers.
const NOT_ROMAN: u8 = 8;
/// A sign that stands in code only.
const CODE: u8 = 16;
/// A sign that makes a code of some tokens.
const PERHAPS: u8 = 32;
const AT: u8 = 64;

/// The signs of each character of ASCII.
const SIGNS: [u8; 128] = signs();

#[allow(clippy::indexing_slicing, reason = "as many characters as places, when it is compiled")]
const fn signs() -> [u8; 128] {
    let mut table = [0; 128];
    let mut byte = 0u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'0'..=b'9' => DIGIT,
            b'I' | b'V' | b'X' | b'L' | b'C' => LETTER,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER | NOT_ROMAN,
            b'=' | b'<' | b'>' | b'{' | b'}' | b'_' | b'\\' | b'|' => CODE,
            b'.' | b'/' => PERHAPS,
            b'@' => AT,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// The signs that a token has.
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
        self.0 |= SIGNS.get(c as usize).copied().unwrap_or(BEYOND_ASCII);
    }

    fn has(self, signs: u8) -> bool {
        self.0 & signs != 0
    }

    /// Addresses, names of files, code, numbers: tokens that are in no language.
    fn is_code(self, token: &str) -> bool {
        if self.has(AT) {
            return true;
        }
        let code = || self.has(CODE) || self.has(PERHAPS) && token.as_bytes().windows(2).any(is_joint);
        if self.has(BEYOND_ASCII) {
            return code() && (token.contains("://") || token.starts_with("www."));
        }
        self.has(DIGIT) || !self.has(LETTER) || code() || !self.has(NOT_ROMAN) && is_roman(token)
    }
}

/// A dot right before a small letter, or two slashes.
fn is_joint(pair: &[u8]) -> bool {
    matches!(pair, [b'.', b'a'..=b'z'] | b"//")
}

/// A Roman number, of a token without other letters: chapters and centuries.
fn is_roman(token: &str) -> bool {
    token.bytes().filter(u8::is_ascii_alphabetic).count() <= 6
}

#[cfg(test)]
mod tests {
    use super::Evidence;

    #[test]
    fn codes_are_set_aside() {
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
