//! Digests, and the one way in which JSON is written before it is hashed.

use ring::digest::{Context, SHA256};
use serde_json::Value;
use std::fmt::Write as _;

/// SHA-256 over bytes that come one after another.
#[derive(Clone)]
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Nothing hashed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hashes further bytes.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes.as_ref());
    }

    /// The digest.
    #[must_use]
    pub fn finalize(self) -> [u8; 32] {
        self.0.finish().as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// The digest of bytes that are all there.
    #[must_use]
    pub fn digest(bytes: impl AsRef<[u8]>) -> [u8; 32] {
        let mut hasher = Self::new();
        hasher.update(bytes);
        hasher.finalize()
    }
}

/// `sha256:` and the lower-case hex digest of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    named(&Sha256::digest(bytes))
}

/// `sha256:` and the hex form of a finished digest.
#[must_use]
pub fn named(digest: &[u8]) -> String {
    format!("sha256:{}", hex(digest))
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        write!(out, "{byte:02x}").unwrap_or_default();
        out
    })
}

/// Canonical JSON as RFC 8785 has it: keys sorted, no white space, whole numbers without a fraction.
///
/// Keys are ASCII in all our types, so byte order is the order that the RFC asks for; fractions are rounded to a few
/// decimals before they come here, so none is written with an exponent.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write_canonical(map.get(key).unwrap_or(&Value::Null), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Number(number) => {
            let text = number.to_string();
            out.push_str(text.strip_suffix(".0").unwrap_or(&text));
        }
        other => out.push_str(&other.to_string()),
    }
}

/// One line of JSON, [`escaped`].
///
/// # Errors
/// When the value can't be written as JSON.
pub fn json_line<T: serde::Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value).map(escaped)
}

/// JSON with U+0085, U+2028 and U+2029 escaped: readers that split lines there exist.
#[must_use]
pub fn escaped(line: String) -> String {
    if !line.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return line;
    }
    line.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_json_sorts_keys_at_every_depth() {
        let value = json!({"b": [1, {"d": "ӣ\n", "c": true}], "a": null});
        assert_eq!(canonical_json(&value), "{\"a\":null,\"b\":[1,{\"c\":true,\"d\":\"ӣ\\n\"}]}");
    }

    #[test]
    fn a_json_line_holds_no_unicode_line_break() {
        let line = json_line(&"a\u{85}b\u{2028}c\u{2029}d\ne").unwrap_or_default();
        assert_eq!(line, r#""a\u0085b\u2028c\u2029d\ne""#);
        let back: String = serde_json::from_str(&line).unwrap_or_default();
        assert_eq!(back, "a\u{85}b\u{2028}c\u{2029}d\ne");
    }
}
