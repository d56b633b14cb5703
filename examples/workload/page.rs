//! A real page as a template: its markup and the site's own text stay, and the words of its paragraphs change every
//! time.

use crate::words::{Dice, Language, is_of_word};

/// Elements whose text belongs to the site, not to the page.
const CHROME: &[&str] = &["nav", "header", "footer", "aside", "form", "select", "button", "a", "figure", "label"];
/// Elements whose content isn't text.
const RAW: &[&str] = &["script", "style", "noscript", "svg", "textarea", "template", "iframe"];
/// A text with fewer words counts as a label, not as a sentence.
const MIN_SENTENCE_WORDS: usize = 4;
/// In a near-duplicate, one in this many words differs from the page that it repeats.
const EDIT_INTERVAL: usize = 200;

/// A part of a template. Offsets are in bytes of its source.
enum Piece {
    /// Copied from the source.
    Fixed(usize, usize),
    Literal(&'static str),
    Word(usize, usize, Owner),
    /// Between words; left out in languages without spaces.
    Space,
    /// A number with this many digits.
    Number(usize),
    /// The page's own address.
    Address,
    /// The tag of the language.
    Tag,
    /// Place for links to versions in other languages.
    Head,
    /// Place for further paragraphs.
    Body,
}

/// Whether a word belongs to the site or to the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Site,
    Page,
}

pub(crate) struct PageTemplate {
    source: String,
    pieces: Vec<Piece>,
    /// Words that change from page to page.
    pub(crate) words: usize,
    /// Its own language as an index, if it is one of the generated languages.
    pub(crate) language: Option<usize>,
}

/// What to fill a template with.
pub(crate) struct Filling<'a> {
    pub(crate) address: &'a str,
    /// Versions of the page: language tag and address.
    pub(crate) versions: &'a [(&'static str, String)],
    pub(crate) language: &'a Language,
    /// Whether this is the template's own language, so that the site's words can stay.
    pub(crate) in_own_language: bool,
    pub(crate) host: u64,
    /// Seed of the words.
    pub(crate) word_seed: u64,
    /// Seed of the numbers.
    pub(crate) number_seed: u64,
    /// Seed of the edits, in a page that repeats another one.
    pub(crate) edit_seed: Option<u64>,
    /// Bytes of further paragraphs to add.
    pub(crate) more: usize,
}

impl PageTemplate {
    pub(crate) fn of(source: String) -> Self {
        let mut parser =
            Parser { source: &source, at: 0, depth: 0, heading: false, seen_text: false, pieces: Vec::new() };
        parser.read();
        let pieces = parser.pieces;
        let words = pieces.iter().filter(|p| matches!(p, Piece::Word(_, _, Owner::Page))).count();
        Self { source, pieces, words, language: None }
    }

    /// Bytes of the original page.
    pub(crate) fn size(&self) -> usize {
        self.source.len()
    }

    /// The words that change.
    pub(crate) fn text(&self) -> String {
        let words = self.pieces.iter().filter_map(|p| match p {
            Piece::Word(from, to, Owner::Page) => Some(&self.source[*from..*to]),
            _ => None,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn fill(&self, with: &Filling<'_>) -> String {
        let mut out = String::with_capacity(self.source.len() + self.source.len() / 4 + with.more);
        let mut words = Dice::of(&[with.word_seed, 1]);
        let mut numbers = Dice::of(&[with.number_seed, 2]);
        let mut edits = with.edit_seed.map(|seed| Dice::of(&[seed, 3]));
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(from, to) => out.push_str(&self.source[*from..*to]),
                Piece::Literal(text) => out.push_str(text),
                Piece::Word(from, to, Owner::Site) if with.in_own_language => out.push_str(&self.source[*from..*to]),
                Piece::Word(from, to, Owner::Site) => {
                    let old = &self.source[*from..*to];
                    let hash = old.bytes().fold(with.host, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
                    push_like(old, Dice::of(&[hash]).pick::<String>(&with.language.words), &mut out);
                }
                Piece::Word(from, to, Owner::Page) => {
                    let mut word = words.pick::<String>(&with.language.words);
                    if let Some(edits) = &mut edits
                        && edits.below(EDIT_INTERVAL) == 0
                    {
                        word = edits.pick::<String>(&with.language.words);
                    }
                    push_like(&self.source[*from..*to], word, &mut out);
                }
                Piece::Space => out.push_str(if with.language.spaced || with.in_own_language { " " } else { "" }),
                Piece::Number(digits) => {
                    for place in 0..*digits {
                        out.push(char::from(b"1234567890"[numbers.below(if place == 0 { 9 } else { 10 })]));
                    }
                }
                Piece::Address => out.push_str(with.address),
                Piece::Tag => out.push_str(with.language.tag),
                Piece::Head => {
                    for (tag, address) in with.versions {
                        out.push_str(&format!("<link rel=\"alternate\" hreflang=\"{tag}\" href=\"{address}\">"));
                    }
                }
                Piece::Body => paragraphs(with, &mut out),
            }
        }
        out
    }
}

/// Writes further paragraphs: those of a giant page, or the one that a changed page has gained.
fn paragraphs(with: &Filling<'_>, out: &mut String) {
    let mut dice = Dice::of(&[with.edit_seed.unwrap_or(with.word_seed), 4]);
    let end = out.len() + with.more;
    while out.len() < end {
        out.push_str("<p>");
        for place in 0..30 + dice.below(60) {
            if place > 0 && with.language.spaced {
                out.push(' ');
            }
            out.push_str(dice.pick::<String>(&with.language.words));
        }
        out.push_str(".</p>\n");
    }
}

/// Writes the new word, with a capital letter if the old one has one.
fn push_like(old: &str, new: &str, out: &mut String) {
    let capital = old.chars().next().is_some_and(char::is_uppercase);
    let mut letters = new.chars();
    match letters.next() {
        Some(first) if capital => out.extend(first.to_uppercase()),
        Some(first) => out.extend(first.to_lowercase()),
        None => {}
    }
    out.push_str(letters.as_str());
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    /// Open elements whose text belongs to the site.
    depth: usize,
    heading: bool,
    seen_text: bool,
    pieces: Vec<Piece>,
}

impl Parser<'_> {
    fn read(&mut self) {
        while self.at < self.source.len() {
            let rest = &self.source[self.at..];
            if rest.starts_with("<!--") {
                self.fixed(rest.find("-->").map_or(rest.len(), |n| n + 3));
            } else if rest.starts_with("</") || rest.starts_with("<!") || is_tag(rest) {
                self.tag(rest);
            } else {
                let end = rest.char_indices().skip(1).find(|(_, c)| *c == '<').map_or(rest.len(), |(n, _)| n);
                self.text(&rest[..end]);
            }
        }
    }

    fn fixed(&mut self, length: usize) {
        self.pieces.push(Piece::Fixed(self.at, self.at + length));
        self.at += length;
    }

    fn tag(&mut self, rest: &str) {
        let length = tag_length(rest);
        let tag = &rest[..length];
        let is_end = tag.starts_with("</");
        let name: String = tag
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match name.as_str() {
            "link" | "meta" | "base" => return self.head_element(&name, tag),
            "html" => return self.html(tag),
            "h1" | "title" => self.heading = !is_end,
            "p" if !is_end && !self.seen_text && self.depth == 0 => {
                self.seen_text = true;
                self.pieces.push(Piece::Body);
            }
            chrome if CHROME.contains(&chrome) => {
                self.depth = if is_end { self.depth.saturating_sub(1) } else { self.depth + 1 };
            }
            _ => {}
        }
        self.fixed(length);
        if name == "head" && !is_end {
            self.pieces.push(Piece::Head);
        }
        if RAW.contains(&name.as_str()) && !is_end && !tag.ends_with("/>") {
            let after = &self.source[self.at..];
            let end = find_end(after, &name).unwrap_or(after.len());
            self.fixed(end);
        }
    }

    /// A head element. The page's statements about its own address become the new address; its versions, refresh and
    /// base are left out.
    fn head_element(&mut self, name: &str, tag: &str) {
        let lower = tag.to_ascii_lowercase();
        if name == "link" && lower.contains("canonical") {
            self.replace_tag(tag, ["<link rel=\"canonical\" href=\"", "\">"], Piece::Address);
        } else if lower.contains("og:url") {
            self.replace_tag(tag, ["<meta property=\"og:url\" content=\"", "\">"], Piece::Address);
        } else if name == "base" || lower.contains("hreflang") || lower.contains("refresh") {
            self.at += tag.len();
        } else {
            self.fixed(tag.len());
        }
    }

    fn html(&mut self, tag: &str) {
        if tag.starts_with("</") {
            return self.fixed(tag.len());
        }
        self.replace_tag(tag, ["<html lang=\"", "\">"], Piece::Tag);
    }

    /// Puts an element with a piece between two literals in place of the tag.
    fn replace_tag(&mut self, tag: &str, [before, after]: [&'static str; 2], piece: Piece) {
        self.pieces.extend([Piece::Literal(before), piece, Piece::Literal(after)]);
        self.at += tag.len();
    }

    fn text(&mut self, text: &str) {
        let words = text.split(|c: char| !is_of_word(c)).filter(|w| w.chars().count() > 1).count();
        let site = self.depth > 0 && !self.heading;
        let owner = if site || (words < MIN_SENTENCE_WORDS && !self.heading) { Owner::Site } else { Owner::Page };
        // A title ends with the site's name, after a separator.
        let page_end = if self.heading { text.rfind(['|', '–', '—']).unwrap_or(text.len()) } else { text.len() };
        let from = self.at;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let at = from + text.len() - rest.len();
            let owner = if at - from < page_end { owner } else { Owner::Site };
            let length = run(rest, first);
            let digits = rest[..length].chars().all(|c| c.is_ascii_digit());
            self.pieces.push(match first {
                c if is_of_word(c) && digits && owner == Owner::Page => Piece::Number(length),
                c if is_of_word(c) && !digits => Piece::Word(at, at + length, owner),
                ' ' if length == 1 => Piece::Space,
                _ => Piece::Fixed(at, at + length),
            });
            rest = &rest[length..];
        }
        self.at += text.len();
    }
}

/// Length in bytes of the word, the character reference, or the text between words at the start.
fn run(text: &str, first: char) -> usize {
    if first == '&'
        && let Some(end) = text.bytes().take(12).position(|b| b == b';')
    {
        return end + 1;
    }
    let is_word = is_of_word(first);
    let ends = |c: char| is_of_word(c) != is_word || (c == '&' && !is_word);
    text.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(text.len(), |(n, _)| n)
}

fn is_tag(rest: &str) -> bool {
    rest.starts_with('<') && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Length of a tag in bytes. A `>` in quotes does not end it.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in tag.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        if byte != b' ' {
            before = byte;
        }
    }
    tag.len()
}

/// Byte offset of the end tag of an element that contains no markup.
fn find_end(text: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find("</") {
        let at = from + found;
        let there = text.as_bytes()[at + 2..].get(..name.len());
        if there.is_some_and(|t| t.eq_ignore_ascii_case(name.as_bytes())) {
            return Some(at);
        }
        from = at + 2;
    }
    None
}
