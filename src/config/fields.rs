//! Reads a TOML table field by field.
//!
//! An unknown key and a value of the wrong type are mistakes. Reading goes on after a mistake, so that one look at the
//! configuration finds all of them.

use sanad_document::secrets::masked;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in a configuration file, or a warning about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Path of the file, as the command line names its folder.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A configuration file with its text, from which the lines of mistakes are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConfigFile<'a> {
    /// Path, for messages.
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl ConfigFile<'_> {
    /// A mistake at an offset in bytes.
    pub(super) fn mistake(&self, at: usize, message: impl Into<String>) -> Mistake {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Mistake { file: self.name.to_owned(), line, message: message.into() }
    }
}

/// A table with the keys read so far and the mistakes found.
pub(super) struct Fields<'a, 'm> {
    file: ConfigFile<'a>,
    table: &'a DeTable<'a>,
    /// Prefix of the keys in messages, such as `expect.`; empty for the file's top level.
    prefix: String,
    known: Vec<&'static str>,
    mistakes: &'m mut Vec<Mistake>,
}

impl<'a, 'm> Fields<'a, 'm> {
    pub(super) fn new(file: ConfigFile<'a>, table: &'a DeTable<'a>, mistakes: &'m mut Vec<Mistake>) -> Self {
        Self { file, table, prefix: String::new(), known: Vec::new(), mistakes }
    }

    /// The configuration folder. Paths in the configuration are relative to it.
    pub(super) fn folder(&self) -> PathBuf {
        let file = Path::new(self.file.name);
        file.parent().and_then(Path::parent).unwrap_or(Path::new("")).to_owned()
    }

    /// Returns true if a list is missing or empty. A list whose items were all rejected isn't: its mistakes are reported.
    pub(super) fn lacks(&self, key: &str) -> bool {
        let items = |value: &'a Spanned<DeValue<'a>>| value.get_ref().as_array();
        self.table.get(key).is_none_or(|value| items(value).is_some_and(|items| items.is_empty()))
    }

    fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.table.get(key)
    }

    fn wrong(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
        let message = format!("`{}{key}` must be {wanted}, not {article} {found}", self.prefix);
        self.mistakes.push(self.file.mistake(value.span().start, message));
    }

    /// Reports a mistake at the value of `key`, or at the top of the file if the key is missing.
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

    /// Reads a list of strings. Those that `check` rejects are mistakes and are left out.
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
                    let message = format!("`{}{key}`: {:?} {why}", self.prefix, masked(text));
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

    /// Reads a whole number in a range.
    pub(super) fn number(&mut self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong(key, value, "a whole number");
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|n| range.contains(n));
        if number.is_none() {
            let message = format!("`{}{key}` must be between {} and {}", self.prefix, range.start(), range.end());
            self.mistakes.push(self.file.mistake(value.span().start, message));
        }
        number
    }

    /// Reads a number from 0 to a maximum, with or without a fraction.
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
            let message = format!("`{}{key}` must be between 0 and {max}", self.prefix);
            self.mistakes.push(self.file.mistake(value.span().start, message));
        }
        number
    }

    /// Reports a mistake at an item of the list `key` that fails a check.
    pub(super) fn reject_items(&mut self, key: &str, check: impl Fn(&str) -> Result<(), String>) {
        let items = self.table.get(key).and_then(|value| value.get_ref().as_array());
        for item in items.into_iter().flatten() {
            if let Some(Err(message)) = item.get_ref().as_str().map(&check) {
                self.mistakes.push(self.file.mistake(item.span().start, message));
            }
        }
    }

    /// Reads a table of strings, sorted by key. Those that `check` rejects, by name and text, are mistakes and are left
    /// out.
    pub(super) fn pairs(
        &mut self,
        key: &'static str,
        check: impl Fn(&str, &str) -> Result<(), String>,
    ) -> Vec<(String, String)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, "a table of strings");
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, item) in table {
            match item.get_ref().as_str() {
                Some(text) => match check(name.get_ref(), text) {
                    Ok(()) => pairs.push((name.get_ref().to_string(), text.to_owned())),
                    Err(why) => {
                        let message = format!("`{}{key}`: {why}", self.prefix);
                        self.mistakes.push(self.file.mistake(name.span().start, message));
                    }
                },
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

    /// Reports every key that was not read as a mistake.
    pub(super) fn finish(self) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if !self.known.contains(&name) {
                let advice = if let Some(meant) = closest(name, &self.known) {
                    format!("did you mean `{}{meant}`?", self.prefix)
                } else {
                    let known = self.known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
                    format!("known keys here are {known}")
                };
                let message = format!("unknown key `{}{name}`; {advice}", self.prefix);
                self.mistakes.push(self.file.mistake(key.span().start, message));
            }
        }
    }
}

/// The known key that is closest to a mistyped one, if at most 2 characters differ: a letter too many, one too few,
/// another one, or two that changed places. More, or half of the key, would match keys that mean something else.
fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distances = known.iter().map(|key| (edit_distance(name, key), *key));
    distances.filter(|(distance, key)| *distance <= 2 && *distance * 2 < key.len()).min().map(|(_, key)| key)
}

/// The least number of inserted, deleted and replaced characters that turn one text into the other (Levenshtein 1966).
fn edit_distance(a: &str, b: &str) -> usize {
    // The distances between the part of `a` read so far and every beginning of `b`.
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let here = (diagonal + usize::from(x != y)).min(left + 1).min(*above + 1);
            diagonal = *above;
            *above = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{closest, edit_distance};

    #[test]
    fn a_mistyped_key_is_recognised() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(closest("strat", &["hosts", "start", "delay_seconds"]), Some("start"));
        assert_eq!(closest("hots", &["hosts", "start"]), Some("hosts"));
        assert_eq!(closest("memroy_mb", &["seconds", "memory_mb", "body_mb"]), Some("memory_mb"));
        assert_eq!(closest("colour", &["hosts", "start"]), None);
    }
}
