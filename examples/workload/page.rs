//! A real page as a mould: its markup and the site's own text stay, the words of its paragraphs are others each time.

use crate::words::{Dice, Language, is_of_word};

/// Elements whose text is the site's own.
const CHROME: &[&str] = &["nav", "header", "footer", "aside", "form", "select", "button", "a", "figure", "label"];
/// Elements whose content isn't text.
const RAW: &[&str] = &["script", "style", "noscript", "svg", "textarea", "template", "iframe"];
/// A text with fewer words is a label rather than a sentence.
const SENTENCE: usize = 4;
/// Of a page that repeats another, one word in so many is another.
const EDITED: usize = 200;

/// A part of a mould: offsets in bytes of its source.
enum Piece {
    /// As it stands.
    Fixed(usize, usize),
    Literal(&'static str),
    Word(usize, usize, Whose),
    /// Between words; left out where no spaces part them.
    Space,
    /// As many digits.
    Number(usize),
    /// The page's own address.
    Address,
    /// The language's tag.
    Tag,
    /// Where further paragraphs and links to versions in other languages may stand.
    Head,
    Body,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Site,
    Page,
}

pub(crate) struct Mould {
    source: String,
    pieces: Vec<Piece>,
    /// Words that change from page to page.
    pub(crate) words: usize,
    /// Its own language, where that is one of ours.
    pub(crate) language: Option<usize>,
}

/// What a page is made with.
pub(crate) struct Filling<'a> {
    pub(crate) address: &'a str,
    /// Its versions: tag and address.
    pub(crate) versions: &'a [(&'static str, String)],
    pub(crate) language: &'a Language,
    /// Whether the mould's own language is this one, so that the site's words can stay.
    pub(crate) at_home: bool,
    pub(crate) host: u64,
    /// Seeds of words and of numbers.
    pub(crate) seeds: (u64, u64),
    pub(crate) edited: Option<u64>,
    /// Bytes of further paragraphs.
    pub(crate) more: usize,
}

impl Mould {
    pub(crate) fn of(source: String) -> Self {
        let mut parser =
            Parser { source: &source, at: 0, depth: 0, heading: false, seen_text: false, pieces: Vec::new() };
        parser.read();
        let pieces = parser.pieces;
        let words = pieces.iter().filter(|p| matches!(p, Piece::Word(_, _, Whose::Page))).count();
        Self { source, pieces, words, language: None }
    }

    /// Bytes of the page that it was.
    pub(crate) fn size(&self) -> usize {
        self.source.len()
    }

    /// The text that changes.
    pub(crate) fn text(&self) -> String {
        let words = self.pieces.iter().filter_map(|p| match p {
            Piece::Word(from, to, Whose::Page) => Some(&self.source[*from..*to]),
            _ => None,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn fill(&self, with: &Filling<'_>) -> String {
        let mut out = String::with_capacity(self.source.len() + self.source.len() / 4 + with.more);
        let mut words = Dice::of(&[with.seeds.0, 1]);
        let mut numbers = Dice::of(&[with.seeds.1, 2]);
        let mut edits = with.edited.map(|seed| Dice::of(&[seed, 3]));
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(from, to) => out.push_str(&self.source[*from..*to]),
                Piece::Literal(text) => out.push_str(text),
                Piece::Word(from, to, Whose::Site) if with.at_home => out.push_str(&self.source[*from..*to]),
                Piece::Word(from, to, Whose::Site) => {
                    let old = &self.source[*from..*to];
                    let hash = old.bytes().fold(with.host, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
                    like(old, Dice::of(&[hash]).pick::<String>(&with.language.words), &mut out);
                }
                Piece::Word(from, to, Whose::Page) => {
                    let mut word = words.pick::<String>(&with.language.words);
                    if let Some(edits) = &mut edits
                        && edits.below(EDITED) == 0
                    {
                        word = edits.pick::<String>(&with.language.words);
                    }
                    like(&self.source[*from..*to], word, &mut out);
                }
                Piece::Space => out.push_str(if with.language.spaced || with.at_home { " " } else { "" }),
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

/// Further paragraphs: of a giant page, or the one that a page has gained.
fn paragraphs(with: &Filling<'_>, out: &mut String) {
    let mut dice = Dice::of(&[with.edited.unwrap_or(with.seeds.0), 4]);
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

/// The new word with a capital letter where the old one had one.
fn like(old: &str, new: &str, out: &mut String) {
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
    /// Open elements of the site's own text.
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
            "link" | "meta" | "base" => return self.of_head(&name, tag),
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

    /// What a page says of its own address must be true; its versions and another base are left out.
    fn of_head(&mut self, name: &str, tag: &str) {
        let lower = tag.to_ascii_lowercase();
        if name == "link" && lower.contains("canonical") {
            self.in_its_place(tag, ["<link rel=\"canonical\" href=\"", "\">"], Piece::Address);
        } else if lower.contains("og:url") {
            self.in_its_place(tag, ["<meta property=\"og:url\" content=\"", "\">"], Piece::Address);
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
        self.in_its_place(tag, ["<html lang=\"", "\">"], Piece::Tag);
    }

    fn in_its_place(&mut self, tag: &str, [before, after]: [&'static str; 2], piece: Piece) {
        self.pieces.extend([Piece::Literal(before), piece, Piece::Literal(after)]);
        self.at += tag.len();
    }

    fn text(&mut self, text: &str) {
        let words = text.split(|c: char| !is_of_word(c)).filter(|w| w.chars().count() > 1).count();
        let site = self.depth > 0 && !self.heading;
        let whose = if site || (words < SENTENCE && !self.heading) { Whose::Site } else { Whose::Page };
        // Titles end in the site's name.
        let own = if self.heading { text.rfind(['|', '–', '—']).unwrap_or(text.len()) } else { text.len() };
        let from = self.at;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let at = from + text.len() - rest.len();
            let of = if at - from < own { whose } else { Whose::Site };
            let length = run(rest, first);
            let digits = rest[..length].chars().all(|c| c.is_ascii_digit());
            self.pieces.push(match first {
                c if is_of_word(c) && digits && of == Whose::Page => Piece::Number(length),
                c if is_of_word(c) && !digits => Piece::Word(at, at + length, of),
                ' ' if length == 1 => Piece::Space,
                _ => Piece::Fixed(at, at + length),
            });
            rest = &rest[length..];
        }
        self.at += text.len();
    }
}

/// Bytes of what begins here: a word, a character reference, or what stands between words.
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

/// Bytes of a tag, `>` in quotes not being its end.
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

/// Where the end tag of an element without markup inside begins.
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
