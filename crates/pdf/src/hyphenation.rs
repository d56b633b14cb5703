//! Hyphens at line ends: which belong to the word and which only to the line. The document's own words decide, so that
//! it works for languages without a dictionary.

use sanad_document::text::chars::push_lower;
use std::collections::HashMap;

/// Words counted at most; a document of a thousand pages has some fifty thousand different ones.
const MAX_WORDS: usize = 2_000_000;
/// Where at least this share of lines ends in a hyphen the document is hyphenated; words written with a hyphen end 2 to 3 %
/// of English lines.
const HYPHENATED: f32 = 0.05;
/// And where the document writes this share of the cut words whole elsewhere.
const CONFIRMED: f32 = 0.12;
/// Cut words remembered at most; the first tell enough.
const MAX_CUTS: usize = 2_000;

/// The words of a document.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: HashMap<String, u32>,
    lines: u32,
    hyphens: u32,
    before: Option<String>,
    cuts: Vec<(String, String)>,
    hyphenated: bool,
}

/// How a line goes on in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seam {
    /// A space between.
    Space,
    /// The hyphen at the end goes, nothing between.
    Cut,
    /// Nothing between, nothing goes.
    Close,
}

/// Hyphens that may stand at a line's end.
pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{AD}' | '\u{2010}')
}

fn is_word(c: char) -> bool {
    sanad_document::text::chars::is_letter_or_digit(c) || matches!(c, '\u{300}'..='\u{36F}' | '\'' | '’')
}

/// The word at the end of a text, its closing hyphen left out.
fn tail(text: &str) -> String {
    let body = text.trim_end_matches(is_hyphen);
    let start = body.trim_end_matches(|c| is_word(c) || is_hyphen(c)).len();
    lower(body.get(start..).unwrap_or_default())
}

/// The word at the start of a text.
fn head(text: &str) -> String {
    let rest = text.trim_start_matches(|c| is_word(c) || c == '-').len();
    let word = text.get(..text.len() - rest).unwrap_or_default();
    lower(word.trim_end_matches('-'))
}

fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_lower(&mut out, c));
    out
}

impl Vocabulary {
    /// Adds a line's words, lines in reading order; parts of words at its ends are left out.
    pub(super) fn add(&mut self, line: &str) {
        self.lines = self.lines.saturating_add(1);
        let cut = line.ends_with(is_hyphen) && !line.ends_with(" -");
        if cut {
            self.hyphens = self.hyphens.saturating_add(1);
        }
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if cut {
            words.pop();
        }
        let tail = cut.then(|| tail(line));
        if let Some(before) = std::mem::replace(&mut self.before, tail)
            && !words.is_empty()
        {
            words.remove(0);
            if self.cuts.len() < MAX_CUTS {
                self.cuts.push((before, head(line)));
            }
        }
        let mut low = String::new();
        for word in words {
            let trimmed = word.trim_matches(|c: char| !is_word(c));
            if trimmed.is_empty() || self.words.len() >= MAX_WORDS {
                continue;
            }
            low.clear();
            for c in trimmed.chars().filter(|c| *c != '\u{AD}') {
                push_lower(&mut low, if c == '\u{2010}' || c == '\u{2011}' { '-' } else { c });
            }
            // most words were met before: only a new one is kept
            match self.words.get_mut(low.as_str()) {
                Some(count) => *count += 1,
                None => drop(self.words.insert(low.clone(), 1)),
            }
        }
    }

    fn count(&self, word: &str) -> u32 {
        self.words.get(word).copied().unwrap_or(0)
    }

    /// Looks at all lines once they are known.
    #[allow(clippy::cast_precision_loss, reason = "line counts")]
    pub(super) fn close(&mut self) {
        let known = self.cuts.iter().filter(|(l, r)| self.count(&format!("{l}{r}")) > 0).count();
        self.hyphenated = self.hyphens as f32 >= HYPHENATED * self.lines as f32
            || (known > 1 && known as f32 >= CONFIRMED * self.cuts.len() as f32);
    }

    /// How `before` goes on in `after`.
    pub(super) fn seam(&self, before: &str, after: &str) -> Seam {
        let mut end = before.chars().rev();
        let last = end.next().unwrap_or(' ');
        let Some(next) = after.chars().next() else {
            return Seam::Space;
        };
        if is_open_address(before) {
            return Seam::Close;
        }
        if !is_hyphen(last) {
            return if is_unspaced(last) && is_unspaced(next) { Seam::Close } else { Seam::Space };
        }
        if last == '\u{AD}' {
            return Seam::Cut;
        }
        let letter = end.next().unwrap_or(' ');
        if !letter.is_alphanumeric() {
            return Seam::Space;
        }
        if !next.is_alphabetic() || letter.is_numeric() {
            return Seam::Close;
        }
        if next.is_uppercase() && !letter.is_uppercase() {
            return Seam::Close;
        }
        if self.is_real(&tail(before), &head(after)) { Seam::Close } else { Seam::Cut }
    }

    /// Whether the hyphen between two parts belongs to the word.
    fn is_real(&self, left: &str, right: &str) -> bool {
        let joined = self.count(&format!("{left}{right}"));
        let hyphened = self.count(&format!("{left}-{right}"));
        if joined > 0 || hyphened > 0 {
            return hyphened > joined;
        }
        if is_compound(left, right) {
            return true;
        }
        let (l, r) = (self.count(left), self.count(right));
        // few hyphens end lines here: between words the document knows they are its own
        if !self.hyphenated {
            return l >= 1 || r >= 1;
        }
        let long = |w: &str| w.chars().count() >= 4;
        l >= 2 && r >= 2 && long(left) && long(right)
    }
}

/// Whether a text ends inside a web address, at a place where addresses are broken.
pub(super) fn is_open_address(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let address = word.contains("://") || word.contains("www.") || word.ends_with("https:");
    address && word.ends_with(['/', '.', '-', '_', '?', '=', '&', '#', '%', ':'])
}

/// Scripts written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}' | '\u{E00}'..='\u{E7F}')
}

/// Russian words that are always written with a hyphen: pronouns with -то, -либо, -нибудь; кое-; из-за, из-под.
fn is_compound(left: &str, right: &str) -> bool {
    const PRONOUNS: [&str; 29] = [
        "кто",
        "кого",
        "кому",
        "кем",
        "ком",
        "что",
        "чего",
        "чему",
        "чем",
        "как",
        "какой",
        "какая",
        "какое",
        "какие",
        "какого",
        "какую",
        "каким",
        "каких",
        "каком",
        "где",
        "куда",
        "откуда",
        "когда",
        "чей",
        "чья",
        "почему",
        "зачем",
        "сколько",
        "всё",
    ];
    let particle = matches!(right, "то" | "либо" | "нибудь");
    (particle && PRONOUNS.contains(&left)) || left == "кое" || (left == "из" && matches!(right, "за" | "под"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(lines: &[&str]) -> Vocabulary {
        let mut v = Vocabulary::default();
        for line in lines {
            v.add(line);
        }
        v.close();
        v
    }

    #[test]
    fn a_word_the_document_knows_whole_is_made_whole() {
        let v = vocabulary(&["дорогие соотечественники", "и дорогие соотече-"]);
        assert_eq!(v.seam("дорогие соотече-", "ственники все"), Seam::Cut);
    }

    #[test]
    fn a_compound_the_document_writes_with_a_hyphen_keeps_it() {
        let v = vocabulary(&["a long-term plan", "this long-"]);
        assert_eq!(v.seam("this long-", "term plan"), Seam::Close);
    }

    #[test]
    fn ranges_and_names_keep_their_hyphen() {
        let v = vocabulary(&[]);
        assert_eq!(v.seam("2018-", "2020"), Seam::Close);
        assert_eq!(v.seam("Нью-", "Йорк"), Seam::Close);
        assert_eq!(v.seam("слово -", "другое"), Seam::Space);
    }

    #[test]
    fn chinese_lines_join_without_a_space() {
        let v = vocabulary(&[]);
        assert_eq!(v.seam("中國", "傳媒"), Seam::Close);
    }
}
