//! The output buffer: scalars, and the fields of the objects that are still open.

use serde_json::Number;
use std::{fmt::Write as _, ops::Range};

/// An edit of a field: its name, and its new value as JSON, or `None` to leave it out.
pub(crate) type Edit<'e> = (&'e str, Option<&'e str>);

/// How JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form<'e> {
    /// As `serde_json` writes it.
    Plain,
    /// RFC 8785: keys sorted, whole numbers without a fraction; with some fields edited. An edit names a field of the
    /// outermost object by its key (`key`), one of an object inside it by both keys (`outer.key`).
    Canonical(&'e [Edit<'e>]),
}

/// The output and its open objects.
pub(super) struct Writer<'e> {
    pub(super) out: String,
    pub(super) form: Form<'e>,
    /// Keys of the open objects, concatenated.
    pub(super) keys: String,
    /// Fields of the open objects.
    pub(super) fields: Vec<Field>,
    scratch: String,
    /// Number of open objects.
    pub(super) depth: usize,
    /// The current key of the outermost object, if an edit names a field inside it.
    pub(super) outer: Option<Range<usize>>,
    /// Leaves the fields of the outermost object in the order they came.
    pub(super) leaves_outermost: bool,
}

/// A field that has been written.
pub(super) struct Field {
    /// Its key, in [`Writer::keys`].
    pub(super) key: Range<usize>,
    /// Its key and value, in [`Writer::out`].
    pub(super) written: Range<usize>,
}

impl<'e> Writer<'e> {
    pub(super) fn new(form: Form<'e>, out: String) -> Self {
        Self {
            out,
            form,
            keys: String::new(),
            fields: Vec::new(),
            scratch: String::new(),
            depth: 0,
            outer: None,
            leaves_outermost: false,
        }
    }

    pub(super) fn number(&mut self, n: u64) {
        if n >= 10 {
            self.number(n / 10);
        }
        self.out.extend(u32::try_from(n % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
    }

    pub(super) fn signed(&mut self, n: i64) {
        if n < 0 {
            self.out.push('-');
        }
        self.number(n.unsigned_abs());
    }

    pub(super) fn float(&mut self, float: f64) {
        let Some(number) = Number::from_f64(float) else {
            self.out.push_str("null");
            return;
        };
        write!(self.out, "{number}").unwrap_or_default();
        if self.form != Form::Plain && self.out.ends_with(".0") {
            self.out.truncate(self.out.len() - 2);
        }
    }

    /// Writes a string.
    pub(super) fn string(&mut self, text: &str) {
        push_string(&mut self.out, text);
    }

    /// Sorts the fields of an object by key. `start` is where the object's fields begin in the output, `first` the
    /// index of its first field.
    pub(super) fn sort(&mut self, start: usize, first: usize) {
        let Self { out, keys, fields, scratch, .. } = self;
        let fields = fields.get_mut(first..).unwrap_or_default();
        let key = |field: &Field| keys.get(field.key.clone()).unwrap_or_default();
        if fields.is_sorted_by(|a, b| key(a) < key(b)) {
            return;
        }
        scratch.clear();
        scratch.push_str(out.get(start..).unwrap_or_default());
        out.truncate(start);
        for written in in_order(fields, keys) {
            if out.len() > start {
                out.push(',');
            }
            out.push_str(scratch.get(written.start - start..written.end - start).unwrap_or_default());
        }
    }
}

/// Sorts the fields of an object by key and returns where each is written. Of fields with the same key, the last is
/// kept.
pub(super) fn in_order<'f>(fields: &'f mut [Field], keys: &'f str) -> impl Iterator<Item = Range<usize>> + 'f {
    let key = |field: &Field| keys.get(field.key.clone()).unwrap_or_default();
    fields.sort_by(|a, b| key(a).cmp(key(b)));
    let fields: &[Field] = fields;
    let last = fields.chunk_by(move |a, b| key(a) == key(b)).filter_map(<[Field]>::last);
    last.map(|field| field.written.clone())
}

/// Writes a key and the colon after it.
pub(super) fn push_key(out: &mut String, key: &str) {
    push_string(out, key);
    out.push(':');
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    loop {
        let (plain, from) = rest.split_at_checked(plain_bytes(rest.as_bytes())).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = from.chars();
        let Some(c) = chars.next() else { break };
        push_escaped(out, c);
        rest = chars.as_str();
    }
    out.push('"');
}

fn push_escaped(out: &mut String, c: char) {
    out.push_str(match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        // writing to a string can't fail
        _ => return write!(out, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
    });
}

/// Returns the number of bytes before the first that needs escaping. Tests many bytes at once, then fewer, then one by
/// one.
fn plain_bytes(bytes: &[u8]) -> usize {
    let at = plain_strides::<32>(bytes, 0);
    let at = plain_strides::<8>(bytes, at);
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| is_escaped(*byte)).unwrap_or(rest.len())
}

/// Returns the end of the whole strides from `at` on in which no byte needs escaping.
fn plain_strides<const STRIDE: usize>(bytes: &[u8], mut at: usize) -> usize {
    while let Some(stride) = bytes.get(at..).and_then(<[u8]>::first_chunk::<STRIDE>) {
        if stride.iter().fold(false, |any, byte| any | is_escaped(*byte)) {
            break;
        }
        at += STRIDE;
    }
    at
}

fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
