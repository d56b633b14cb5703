//! A TOML table read field by field. What isn't asked for is a mistake, what has the wrong type is a mistake, and
//! reading goes on, so that one look at the configuration finds all of them.

use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in a configuration file, or something that deserves a second look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// File, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A file, for the places of its mistakes.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl File<'_> {
    pub(super) fn mistake(&self, at: usize, message: impl Into<String>) -> Mistake {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Mistake { file: self.name.to_owned(), line, message: message.into() }
    }
}

/// A table, the keys asked for so far, and the mistakes found.
pub(super) struct Fields<'a, 'm> {
    file: File<'a>,
    table: &'a DeTable<'a>,
    /// `expect.`, for messages.
    prefix: String,
    known: Vec<&'static str>,
    mistakes: &'m mut Vec<Mistake>,
}

impl<'a, 'm> Fields<'a, 'm> {
    pub(super) fn new(file: File<'a>, table: &'a DeTable<'a>, mistakes: &'m mut Vec<Mistake>) -> Self {
        Self { file, table, prefix: String::new(), known: Vec::new(), mistakes }
    }

    /// The configuration's folder: files are named from there.
    pub(super) fn folder(&self) -> PathBuf {
        let file = Path::new(self.file.name);
        file.parent().and_then(Path::parent).unwrap_or(Path::new("")).to_owned()
    }

    fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.table.get(key)
    }

    fn wrong(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let message = format!("`{}{key}` must be {wanted}, not {}", self.prefix, value.get_ref().type_str());
        self.mistakes.push(self.file.mistake(value.span().start, message));
    }

    /// A mistake of meaning at the place of `key`'s value.
    pub(super) fn reject(&mut self, key: &str, message: impl Into<String>) {
        let at = self.table.get(key).map_or(0, |v| v.span().start);
        self.mistakes.push(self.file.mistake(at, message));
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(key, value, "a string");
        }
        text
    }

    /// A list of strings, each checked; rejected ones are left out.
    pub(super) fn texts(&mut self, key: &'static str, check: impl Fn(&str) -> Result<(), String>) -> Vec<String> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, value, "a list of strings");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref().as_str().map(|t| (t, check(t))) {
                Some((text, Ok(()))) => texts.push(text.to_owned()),
                Some((text, Err(why))) => {
                    let message = format!("`{}{key}`: {text:?} {why}", self.prefix);
                    self.mistakes.push(self.file.mistake(item.span().start, message));
                }
                None => self.wrong(key, item, "a list of strings"),
            }
        }
        texts
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, value, "true or false");
        }
        flag
    }

    /// A whole number in a range.
    pub(super) fn number(&mut self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong(key, value, "a whole number");
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|n| range.contains(n));
        if number.is_none() {
            let message = format!("`{}{key}` must lie between {} and {}", self.prefix, range.start(), range.end());
            self.mistakes.push(self.file.mistake(value.span().start, message));
        }
        number
    }

    /// A number from 0 to a maximum, with or without a fraction.
    pub(super) fn fraction(&mut self, key: &'static str, max: f64) -> Option<f64> {
        let value = self.value(key)?;
        let text = match value.get_ref() {
            DeValue::Integer(i) => i.as_str(),
            DeValue::Float(f) => f.as_str(),
            _ => {
                self.wrong(key, value, "a number");
                return None;
            }
        };
        let number = text.replace('_', "").parse().ok().filter(|n| (0.0..=max).contains(n));
        if number.is_none() {
            let message = format!("`{}{key}` must lie between 0 and {max}", self.prefix);
            self.mistakes.push(self.file.mistake(value.span().start, message));
        }
        number
    }

    /// A table of strings, in the order of their keys.
    pub(super) fn pairs(&mut self, key: &'static str) -> Vec<(String, String)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, "a table of strings");
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, item) in table {
            match item.get_ref().as_str() {
                Some(text) => pairs.push((name.get_ref().to_string(), text.to_owned())),
                None => self.wrong(key, item, "a table of strings"),
            }
        }
        pairs
    }

    /// Reads a table inside this one.
    pub(super) fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Fields<'a, '_>) -> T) -> Option<T> {
        let value = self.value(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, "a table");
            return None;
        };
        let prefix = format!("{}{key}.", self.prefix);
        let mut inner = Fields { file: self.file, table, prefix, known: Vec::new(), mistakes: self.mistakes };
        let result = read(&mut inner);
        inner.finish();
        Some(result)
    }

    /// Every key that nobody asked for is a mistake.
    pub(super) fn finish(self) {
        for (key, _) in self.table {
            if !self.known.contains(&key.get_ref().as_ref()) {
                let known = self.known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
                let message = format!("unknown key `{}{}`; known here: {known}", self.prefix, key.get_ref());
                self.mistakes.push(self.file.mistake(key.span().start, message));
            }
        }
    }
}
