//! Digests, and the one way in which JSON is written before it is hashed.

use crate::canonical_json::{Form, append, pieces, write};
use memchr::memchr2_iter;
use ring::digest::{Context, SHA256};
use serde::Serialize;
use serde_json::Value;

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
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Canonical JSON as RFC 8785 has it: keys sorted, no white space, whole numbers without a fraction.
///
/// Keys are ASCII in all our types, so byte order is the order that the RFC asks for; fractions are rounded to a few
/// decimals before they come here, so none is written with an exponent.
///
/// # Errors
/// When the value can't be written as JSON.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    write(value, Form::Canonical(&[]))
}

/// The same of a value that is JSON already.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    canonical(value).unwrap_or_default()
}

/// `sha256:` of the [canonical] form of an object with some fields left out, or with other JSON in their place, which must be
/// canonical itself. `key` names a field of the object, `outer.key` one of the object that is its field `outer`. A field that
/// isn't there stays away. `room` is about how many bytes the JSON will take.
///
/// # Errors
/// When the value can't be written as JSON.
pub fn sha256_of_object<T: Serialize + ?Sized>(
    value: &T,
    edits: &[(&str, Option<&str>)],
    room: usize,
) -> Result<String, serde_json::Error> {
    let mut hasher = Sha256::new();
    pieces(value, edits, room, |piece| hasher.update(piece))?;
    Ok(named(&hasher.finalize()))
}

/// One line of JSON, [`escaped`].
///
/// # Errors
/// When the value can't be written as JSON.
pub fn json_line<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    write(value, Form::Plain).map(escaped)
}

/// Such lines, with line feeds between them: many, or a large one. `room` is about how many bytes they will take; a buffer that
/// grows is there twice while it does.
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

/// JSON with U+0085, U+2028 and U+2029 escaped: readers that split lines there exist.
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

/// The digest of a file, read in pieces.
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
