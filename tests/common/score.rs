//! Scores a text against the truth of a capture: paragraphs kept, strings leaked, words that belong to neither.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

/// Length of a shingle in words: two texts match where they share one.
const SHINGLE: usize = 4;

/// A share, counted up.
#[derive(Debug, Default, Clone, Copy)]
pub struct Share {
    pub part: usize,
    pub whole: usize,
}

impl Share {
    pub fn add(&mut self, part: usize, whole: usize) {
        self.part += part;
        self.whole += whole;
    }

    pub fn say(&mut self, yes: bool) {
        self.add(usize::from(yes), 1);
    }

    /// The share in per cent; nothing if the whole is 0.
    pub fn percent(self) -> Option<f64> {
        (self.whole > 0).then(|| 100.0 * self.part as f64 / self.whole as f64)
    }
}

/// The scores of a group of captures.
#[derive(Debug, Default)]
pub struct Scores {
    pub kept: Share,
    pub exact: Share,
    pub noise: Share,
    pub title: Share,
    pub language: Share,
    pub published: Share,
    pub undated: Share,
    pub document_date: Share,
    pub leaks: BTreeMap<String, Share>,
}

impl Scores {
    /// Adds the record of a capture. A missing record counts as empty.
    pub fn add(&mut self, truth: &Value, record: Option<&Value>) {
        let text = unmarked(record.and_then(|r| r["text"].as_str()).unwrap_or_default());
        let have = shingles(&text);
        for (category, strings) in truth["drop"].as_object().into_iter().flatten() {
            let strings = texts(strings);
            let leaked = strings.iter().filter(|s| leaked(&folded(s), &text)).count();
            self.leaks.entry(category.clone()).or_default().add(leaked, strings.len());
        }
        let keep: Vec<String> = texts(&truth["keep"]).iter().map(|k| unmarked(k)).collect();
        let mut wanted = shingles(&[texts(&truth["title"]), keep.clone()].concat().join(" "));
        for optional in texts(&truth["optional"]) {
            wanted.extend(shingles(&optional));
        }
        for paragraph in &keep {
            let parts = shingles(paragraph);
            let exact = stands_in(paragraph, &text);
            let found = parts.intersection(&have).count();
            self.exact.say(exact);
            self.kept.say(exact || (!parts.is_empty() && found as f64 >= 0.9 * parts.len() as f64));
            wanted.extend(parts);
        }
        self.noise.add(have.difference(&wanted).count(), have.len());
        self.judge_metadata(truth, record);
    }

    fn judge_metadata(&mut self, truth: &Value, record: Option<&Value>) {
        let field = |name: &str| record.and_then(|r| r[name].as_str()).unwrap_or_default();
        self.title.say(folded(field("title")) == folded(truth["title"].as_str().unwrap_or_default()));
        let language = match field("language") {
            "tgk" => "tg",
            "rus" => "ru",
            "eng" => "en",
            other => other,
        };
        self.language.say(Some(language) == truth["lang"].as_str());
        let date = |role: &str| {
            let dates = record.and_then(|r| r["dates"].as_array()).into_iter().flatten();
            dates.filter(|d| d["role"] == role).find_map(|d| d["value"].as_str()?.get(..10).map(str::to_owned))
        };
        match truth["published"].as_str() {
            Some(day) => self.published.say(date("published").as_deref() == Some(day)),
            None => self.undated.say(date("published").is_none()),
        }
        let days = texts(&truth["document_date"]);
        if !days.is_empty() {
            self.document_date.say(date("document").is_some_and(|d| days.contains(&d)));
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn folded(text: &str) -> String {
    let text: String = text.nfc().filter(|c| *c != '\u{AD}').collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes list marks at the beginnings of lines: a reader may keep numbers as text or not.
fn unmarked(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| without_mark(line.trim_start())).collect();
    folded(&lines.join("\n"))
}

fn without_mark(line: &str) -> &str {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => line.strip_prefix(['•', '–', '-']),
        1..=3 => line[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    match rest {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => line,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn shingles(text: &str) -> BTreeSet<Vec<String>> {
    let lower = text.to_lowercase();
    let words: Vec<String> = lower.split(|c| !is_word(c)).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    words.windows(SHINGLE).map(<[String]>::to_vec).collect()
}

/// Returns true if `text` contains `needle` as whole words.
fn stands_in(needle: &str, text: &str) -> bool {
    text.match_indices(needle).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + needle.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Returns true if `text` contains the string, or the beginning, middle or end of a long one.
fn leaked(needle: &str, text: &str) -> bool {
    let chars: Vec<char> = needle.chars().collect();
    if chars.len() <= 80 {
        return stands_in(needle, text);
    }
    [0, chars.len() / 2 - 30, chars.len() - 60].iter().any(|start| {
        let window: String = chars[*start..start + 60].iter().collect();
        text.contains(window.trim())
    })
}
