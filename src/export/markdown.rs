//! Renders records as Markdown: CommonMark with GitHub's tables.
//!
//! Each block becomes an element of its kind, and its text is the same when the Markdown is parsed again: what would be
//! markup is escaped, and nothing else. List items keep their numbers. Notes stay in place, in small type: a footnote
//! that nothing refers to would not be shown.

use crate::emit::Record;
use sanad_document::{Kind, digest};
use serde_json::Value;
use std::fmt::Write as _;

/// Renders a record with its metadata in front, as YAML.
#[must_use]
pub fn document(record: &Record) -> String {
    let url = record.url.as_ref().map(|u| u.canonical.clone().unwrap_or_else(|| u.final_url.clone()));
    let mut out = String::from("---\n");
    for (name, value) in [
        ("id", Some(&record.id)),
        ("title", record.title.as_ref()),
        ("url", url.as_ref()),
        ("source", Some(&record.source).filter(|s| !s.is_empty())),
        ("issuer", record.issuer.as_ref().map(|i| &i.name)),
        ("created", record.created.as_ref()),
        ("language", record.language.as_ref()),
        ("version", Some(&record.version)),
    ] {
        if let Some(value) = value {
            // A JSON string is also a YAML string. Writing to a string cannot fail.
            let value = digest::escaped(Value::String(value.clone()).to_string());
            writeln!(out, "{name}: {value}").unwrap_or_default();
        }
    }
    out.push_str("---\n\n");
    out.push_str(&body(record));
    out
}

/// Renders the blocks alone.
#[must_use]
pub fn body(record: &Record) -> String {
    let mut out = String::new();
    let mut lists = OpenLists::default();
    let mut chars = CodePointRanges::new(&record.text);
    for block in &record.blocks {
        let text = chars.take(block.start, block.end);
        let level = block.level.unwrap_or(1).max(1);
        if block.kind == Kind::ListItem {
            lists.item(&mut out, text, level);
            continue;
        }
        lists.close();
        if !out.is_empty() {
            out.push('\n');
        }
        match block.kind {
            Kind::Heading => heading(&mut out, text, level),
            Kind::Table => table(&mut out, text),
            Kind::Code => code(&mut out, text),
            Kind::Quote => prefixed(&mut out, &lines(text), "> "),
            Kind::Note if !text.contains('\n') => writeln!(out, "<small>{}</small>", inline(text)).unwrap_or_default(),
            Kind::Caption if !text.contains('\n') => writeln!(out, "*{}*", line(text)).unwrap_or_default(),
            _ => prefixed(&mut out, &lines(text), ""),
        }
    }
    out
}

/// Takes ranges of code points from a text, in ascending order.
struct CodePointRanges<'a> {
    text: &'a str,
    /// The position of the cursor, in code points and in bytes.
    at: (usize, usize),
}

impl<'a> CodePointRanges<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: (0, 0) }
    }

    fn take(&mut self, start: usize, end: usize) -> &'a str {
        let from = self.advance(start);
        let to = self.advance(end);
        self.text.get(from..to).unwrap_or_default()
    }

    /// Moves the cursor to a code point and returns the byte at which it begins.
    fn advance(&mut self, point: usize) -> usize {
        let (points, bytes) = self.at;
        let rest = self.text.get(bytes..).unwrap_or_default();
        let further = point.saturating_sub(points);
        let step = rest.char_indices().nth(further).map_or(rest.len(), |(at, _)| at);
        self.at = (points + further, bytes + step);
        self.at.1
    }
}

fn heading(out: &mut String, text: &str, level: u8) {
    // No other element can begin after the marker of a heading. A number sign at the end would close it.
    let text = inline(&text.replace('\n', " "));
    let text = text.strip_suffix('#').map_or_else(|| text.clone(), |before| format!("{before}\\#"));
    writeln!(out, "{} {text}", "#".repeat(usize::from(level.min(6)))).unwrap_or_default();
}

/// A fence that is longer than any sequence of backticks in the text.
fn code(out: &mut String, text: &str) {
    let (mut longest, mut run) = (2, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    writeln!(out, "{fence}\n{text}\n{fence}").unwrap_or_default();
}

/// The first row becomes the header, since every table must have one.
fn table(out: &mut String, text: &str) {
    let rows: Vec<Vec<String>> = text.split('\n').map(cells).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    for (number, row) in rows.iter().enumerate() {
        for column in 0..columns {
            let cell = row.get(column).map(String::as_str).unwrap_or_default();
            let cell = inline(cell).replace('|', "\\|");
            write!(out, "{}{cell}", if column == 0 { "| " } else { " | " }).unwrap_or_default();
        }
        out.push_str(" |\n");
        if number == 0 {
            writeln!(out, "|{}", " --- |".repeat(columns)).unwrap_or_default();
        }
    }
}

/// Splits a row into cells. Cells are separated by a bar between spaces or at an end of the row.
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![Vec::new()];
    for word in row.split(' ') {
        match cells.last_mut() {
            Some(last) if word != "|" => last.push(word),
            _ => cells.push(Vec::new()),
        }
    }
    cells.into_iter().map(|words| words.join(" ")).collect()
}

/// The open lists, outermost first.
#[derive(Default)]
struct OpenLists {
    open: Vec<OpenList>,
}

struct OpenList {
    /// Width of the marker in columns: the indentation of the items' content.
    width: usize,
    /// Number and delimiter of the last item of an ordered list.
    last: Option<(u64, char)>,
}

impl OpenLists {
    fn close(&mut self) {
        self.open.clear();
    }

    fn item(&mut self, out: &mut String, text: &str, level: u8) {
        let depth = usize::from(level).min(self.open.len() + 1);
        self.open.truncate(depth);
        let (number, text) = mark(text);
        let before = if self.open.len() == depth { self.open.pop() } else { None };
        let indent: usize = self.open.iter().map(|o| o.width).sum();
        let indent = " ".repeat(indent);
        if depth == 1 && before.is_none() && !out.is_empty() {
            out.push('\n');
        }
        // Parsers count on from the first number. If this number doesn't follow, a new list must begin.
        if let (Some(OpenList { last: Some((last, end)), .. }), Some((number, own))) = (&before, number)
            && *end == own
            && last.checked_add(1) != Some(number)
        {
            write!(out, "\n{indent}<!-- -->\n\n").unwrap_or_default();
        }
        let mark = number.map_or_else(|| "- ".to_owned(), |(number, end)| format!("{number}{end} "));
        let width = mark.len();
        let mut lines = lines(text);
        if let Some(first) = lines.first_mut() {
            *first = format!("{indent}{mark}{first}");
        }
        let rest = format!("{indent}{}", " ".repeat(width));
        for (number, line) in lines.iter().enumerate() {
            writeln!(out, "{}{line}", if number == 0 { "" } else { &rest }).unwrap_or_default();
        }
        self.open.push(OpenList { width, last: number });
    }
}

/// Characters that are only bullets.
const BULLETS: &[char] = &['•', '◦', '▪', '■', '●', '‣', '·', '–', '—', '-', '*', '○', '□', '►', '➢', '✓'];

/// Splits an item into its number with the delimiter, and the text after the marker. A marker that Markdown doesn't
/// know stays part of the text.
fn mark(text: &str) -> (Option<(u64, char)>, &str) {
    let Some((mark, rest)) = text.split_once(' ').filter(|(_, rest)| !rest.is_empty()) else { return (None, text) };
    let mut chars = mark.chars();
    if chars.next().is_some_and(|c| BULLETS.contains(&c)) && chars.next().is_none() {
        return (None, rest);
    }
    let digits = mark.strip_suffix(['.', ')']).unwrap_or_default();
    // CommonMark allows nine digits at most, and leading zeros would be lost.
    let is_number = (1..=9).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    match (digits.parse(), mark.chars().next_back()) {
        (Ok(number), Some(end)) if is_number => (Some((number, end)), rest),
        _ => (None, text),
    }
}

fn prefixed(out: &mut String, lines: &[String], prefix: &str) {
    for line in lines {
        writeln!(out, "{prefix}{line}").unwrap_or_default();
    }
}

/// Splits a text into lines that stay separate: each but the last ends with a hard break.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split('\n').map(line).collect();
    let last = lines.len() - 1;
    for line in lines.iter_mut().take(last).filter(|l| !l.is_empty()) {
        line.push('\\');
    }
    lines
}

/// Escapes a line of text at a place where it could begin an element.
fn line(text: &str) -> String {
    let escaped = inline(text);
    let is_rule = |c: char| !text.is_empty() && text.chars().all(|x| x == c || x == ' ');
    // A line of dashes makes the line above it a heading or, with bars and colons, the header of a table.
    let is_below_a_head = text.contains('-') && text.chars().all(|c| matches!(c, '-' | '|' | ':' | ' '));
    let word = escaped.split(' ').next().unwrap_or_default();
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let begins = matches!(word, "+" | "-")
        || escaped.starts_with('>')
        || ((1..=6).contains(&word.len()) && word.bytes().all(|b| b == b'#'))
        || is_below_a_head
        || is_rule('=');
    if begins {
        return format!("\\{escaped}");
    }
    if (1..=9).contains(&digits) && matches!(word.get(digits..), Some("." | ")")) {
        let (number, rest) = escaped.split_at_checked(digits).unwrap_or_default();
        return format!("{number}\\{rest}");
    }
    escaped
}

/// Escapes text inside a line: puts a backslash before every character that would be markup.
fn inline(text: &str) -> String {
    let brackets = text.starts_with('[') || ["](", "]:", "][", "[^", "[]"].iter().any(|sign| text.contains(sign));
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let means = match c {
            '\\' | '`' | '*' | '~' => true,
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            '[' | ']' => brackets,
            '<' => next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'),
            '&' => next == '#' || next.is_ascii_alphanumeric(),
            _ => false,
        };
        if means {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}
