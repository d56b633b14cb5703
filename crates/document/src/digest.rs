//! SHA-256 digests, and the JSON that is hashed and written: canonical JSON and JSON lines.

use crate::canonical_json::{Form, append, write, write_pieces};
use memchr::memchr2_iter;
use ring::digest::{Context, SHA256};
use serde::Serialize;
use serde_json::Value;

/// An incremental SHA-256 hasher.
#[derive(Clone)]
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Returns a hasher that has hashed nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hashes further bytes.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes.as_ref());
    }

    /// Returns the digest of the bytes hashed so far.
    #[must_use]
    pub fn finalize(self) -> [u8; 32] {
        self.0.finish().as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// Returns the digest of these bytes.
    #[must_use]
    pub fn digest(bytes: impl AsRef<[u8]>) -> [u8; 32] {
        let mut hasher = Self::new();
        hasher.update(bytes);
        hasher.finalize()
    }
}

/// Returns the digest of the bytes as `sha256:` and lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    named(&Sha256::digest(bytes))
}

/// Formats a SHA-256 digest as `sha256:` and lower-case hex.
#[must_use]
pub fn named(digest: &[u8]) -> String {
    format!("sha256:{}", hex(digest))
}

/// The 32 bytes of a `sha256:` digest, or none if it isn't one.
#[must_use]
pub fn parsed(digest: &str) -> Option<[u8; 32]> {
    let hex = digest.strip_prefix("sha256:").filter(|h| h.len() == 64)?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(hex.as_bytes().as_chunks().0) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

/// Returns lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Returns canonical JSON (RFC 8785): keys sorted, no white space, whole numbers without a fraction.
///
/// Two parts of the RFC aren't needed here and not implemented. Keys are sorted by their bytes, which is the RFC's
/// order for keys in ASCII, and all keys of our types are. Fractions are rounded to a few decimals beforehand, so none
/// needs an exponent.
///
/// # Errors
/// When the value can't be written as JSON.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    write(value, Form::Canonical(&[]))
}

/// Returns the [`canonical`] form of a value that is JSON already, so that writing it can't fail.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    canonical(value).unwrap_or_default()
}

/// Returns the `sha256:` digest of an object's [`canonical`] form, with some fields edited.
///
/// An edit is a field's name and the canonical JSON to write instead of its value, or `None` to leave the field out.
/// The name `key` is a field of the object; `outer.key` is a field of the object in its field `outer`. An edit never
/// adds a field. `room` is the expected size of the JSON in bytes.
///
/// # Errors
/// When the value can't be written as JSON.
pub fn sha256_of_object<T: Serialize + ?Sized>(
    value: &T,
    edits: &[(&str, Option<&str>)],
    room: usize,
) -> Result<String, serde_json::Error> {
    let mut hasher = Sha256::new();
    write_pieces(value, edits, room, |piece| hasher.update(piece))?;
    Ok(named(&hasher.finalize()))
}

/// Returns one line of JSON, [`escaped`].
///
/// # Errors
/// When the value can't be written as JSON.
pub fn json_line<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    write(value, Form::Plain).map(escaped)
}

/// Returns lines of JSON, [`escaped`] and separated by line feeds. `room` is their expected size in bytes: it matters
/// for many lines or a large one, since a growing buffer briefly takes twice its size.
///
/// # Errors
/// When a value can't be written as JSON.
pub fn json_lines<T: Serialize>(values: impl Iterator<Item = T>, room: usize) -> Result<String, serde_json::Error> {
    let lines = values.enumerate().try_fold(String::with_capacity(room), |mut lines, (number, value)| {
        if number > 0 {
            lines.push('\n');
        }
        append(&value, Form::Plain, lines)
    });
    lines.map(escaped)
}

/// Escapes U+0085, U+2028 and U+2029 in JSON, because some readers split lines there.
#[must_use]
pub fn escaped(line: String) -> String {
    let bytes = line.as_bytes();
    let is_separator = |at: usize| {
        let three = bytes.get(at..).unwrap_or_default();
        three.starts_with(b"\xC2\x85") || three.starts_with(b"\xE2\x80\xA8") || three.starts_with(b"\xE2\x80\xA9")
    };
    if !memchr2_iter(0xC2, 0xE2, bytes).any(is_separator) {
        return line;
    }
    line.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Returns the `sha256:` digest of a file, which is read in pieces.
///
/// # Errors
/// When it can't be read.
pub fn file_digest(path: &std::path::Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(named(&digest.finalize()));
        }
        digest.update(buffer.get(..count).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests;
