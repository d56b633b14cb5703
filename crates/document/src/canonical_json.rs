//! JSON written straight into one buffer: as it comes, or canonical (RFC 8785), its keys sorted while it is written.
//!
//! Each field of an object is written where it comes up; when the object ends and its keys weren't in order, its fields are put
//! in order, which is a few copies within the buffer. No tree of values is built.

use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde_json::{Error, Number, Value};
use std::{fmt::Write as _, ops::Range};

/// What becomes of a field: left out, or written as this JSON.
pub(super) type Edit<'e> = (&'e str, Option<&'e str>);

/// How JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form<'e> {
    /// As `serde_json` writes it.
    Plain,
    /// RFC 8785: keys sorted, whole numbers without a fraction; with some fields left out or given. A field is named by its key,
    /// one of an object that is a field itself by both keys with a dot between.
    Canonical(&'e [Edit<'e>]),
}

/// Writes a value.
pub(super) fn write<T: Serialize + ?Sized>(value: &T, form: Form<'_>) -> Result<String, Error> {
    append(value, form, String::with_capacity(FIRST_ROOM))
}

/// Writes a value behind what stands in `out`.
pub(super) fn append<T: Serialize + ?Sized>(value: &T, form: Form<'_>, out: String) -> Result<String, Error> {
    let mut writer = Writer::new(form, out);
    value.serialize(&mut writer)?;
    Ok(writer.out)
}

/// Writes an object in canonical form and hands its pieces on in their order, so that a large one needn't be put in order as a
/// whole.
pub(super) fn pieces<T: Serialize + ?Sized>(
    value: &T,
    edits: &[Edit<'_>],
    room: usize,
    mut take: impl FnMut(&str),
) -> Result<(), Error> {
    let mut writer = Writer::new(Form::Canonical(edits), String::with_capacity(room));
    writer.leaves_outermost = true;
    value.serialize(&mut writer)?;
    let Writer { out, keys, mut fields, .. } = writer;
    if fields.is_empty() {
        take(&out);
        return Ok(());
    }
    let mut before = "{";
    for written in in_order(&mut fields, &keys) {
        take(before);
        take(out.get(written).unwrap_or_default());
        before = ",";
    }
    take("}");
    Ok(())
}

/// Where the fields of an object stand, in the order of their keys. Of fields with one key the last stays.
fn in_order<'f>(fields: &'f mut [Field], keys: &'f str) -> impl Iterator<Item = Range<usize>> + 'f {
    let key = |field: &Field| keys.get(field.key.clone()).unwrap_or_default();
    fields.sort_by(|a, b| key(a).cmp(key(b)));
    let fields: &[Field] = fields;
    let last = fields.chunk_by(move |a, b| key(a) == key(b)).filter_map(<[Field]>::last);
    last.map(|field| field.written.clone())
}

/// Bytes that are set aside at first: most lines fit.
const FIRST_ROOM: usize = 512;

struct Writer<'e> {
    out: String,
    form: Form<'e>,
    /// Keys of the objects that are open, one after another.
    keys: String,
    /// Fields of the objects that are open: key in `keys`, key and value in `out`.
    fields: Vec<Field>,
    scratch: String,
    /// Objects that are open.
    depth: usize,
    /// The key in the outermost object that is being written, where a field inside it is named.
    outer: Option<Range<usize>>,
    /// The fields of the outermost object are left as they came.
    leaves_outermost: bool,
}

struct Field {
    key: Range<usize>,
    written: Range<usize>,
}

/// An open object or list.
struct Open<'w, 'e> {
    writer: &'w mut Writer<'e>,
    empty: bool,
    /// What stands behind its end: a variant's own bracket.
    closing: &'static str,
    /// Where its fields begin in the buffer, its keys and its fields among those of all objects.
    start: usize,
    keys: usize,
    fields: usize,
    /// Where the key of the field being written begins.
    field: usize,
}

/// Writes a string.
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

/// Writes a key and what sets it apart from its value.
fn push_key(out: &mut String, key: &str) {
    push_string(out, key);
    out.push(':');
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

impl<'e> Writer<'e> {
    fn new(form: Form<'e>, out: String) -> Self {
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

    fn number(&mut self, n: u64) {
        if n >= 10 {
            self.number(n / 10);
        }
        self.out.extend(u32::try_from(n % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
    }

    fn signed(&mut self, n: i64) {
        if n < 0 {
            self.out.push('-');
        }
        self.number(n.unsigned_abs());
    }

    fn float(&mut self, float: f64) {
        let Some(number) = Number::from_f64(float) else {
            self.out.push_str("null");
            return;
        };
        write!(self.out, "{number}").unwrap_or_default();
        if self.form != Form::Plain && self.out.ends_with(".0") {
            self.out.truncate(self.out.len() - 2);
        }
    }
}

/// Bytes up to the first that is escaped: looked at many at once, then, of those that are left, fewer.
fn plain_bytes(bytes: &[u8]) -> usize {
    let at = plain_strides::<32>(bytes, 0);
    let at = plain_strides::<8>(bytes, at);
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| is_escaped(*byte)).unwrap_or(rest.len())
}

/// The end of the strides from a place on in which nothing is escaped.
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

impl<'w, 'e> Open<'w, 'e> {
    fn new(writer: &'w mut Writer<'e>, bracket: char, closing: &'static str) -> Self {
        writer.out.push(bracket);
        writer.depth += usize::from(bracket == '{');
        let (start, keys, fields) = (writer.out.len(), writer.keys.len(), writer.fields.len());
        Self { writer, empty: true, closing, start, keys, fields, field: keys }
    }

    fn variant(writer: &'w mut Writer<'e>, name: &str, bracket: char, closing: &'static str) -> Self {
        writer.out.push('{');
        push_key(&mut writer.out, name);
        Self::new(writer, bracket, closing)
    }

    fn comma(&mut self) {
        if !self.empty {
            self.writer.out.push(',');
        }
        self.empty = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
        if self.writer.form != Form::Plain {
            self.key(key);
            return self.value(value);
        }
        self.comma();
        push_key(&mut self.writer.out, key);
        value.serialize(&mut *self.writer)
    }

    fn key(&mut self, key: &str) {
        self.field = self.writer.keys.len();
        self.writer.keys.push_str(key);
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.field..self.writer.keys.len();
        let edit = self.edit(&key);
        if let Some((_, None)) = edit {
            self.writer.keys.truncate(key.start);
            return Ok(());
        }
        self.comma();
        let Writer { out, keys, form, .. } = &mut *self.writer;
        let start = out.len();
        push_key(out, keys.get(key.clone()).unwrap_or_default());
        if *form == Form::Plain {
            keys.truncate(key.start);
            return value.serialize(&mut *self.writer);
        }
        match edit.and_then(|(_, instead)| *instead) {
            Some(instead) => self.writer.out.push_str(instead),
            None => value.serialize(&mut *self.writer)?,
        }
        self.writer.fields.push(Field { key, written: start..self.writer.out.len() });
        Ok(())
    }

    /// What becomes of the field with this key.
    fn edit(&mut self, key: &Range<usize>) -> Option<&'e Edit<'e>> {
        let Form::Canonical(edits @ [_, ..]) = self.writer.form else { return None };
        let keys = &self.writer.keys;
        let name = keys.get(key.clone())?;
        let inside = |edited: &str, outer: &str| edited.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let outer = match self.writer.depth {
            1 => {
                let holds_named = edits.iter().any(|(edited, _)| inside(edited, name));
                self.writer.outer = Some(key.clone()).filter(|_| holds_named);
                None
            }
            2 => Some(keys.get(self.writer.outer.clone()?)?),
            _ => return None,
        };
        let is_named = |(edited, _): &&Edit<'_>| match outer {
            Some(outer) => edited.strip_prefix(outer).and_then(|rest| rest.strip_prefix('.')) == Some(name),
            None => *edited == name,
        };
        edits.iter().find(is_named)
    }

    fn close(self, bracket: char) {
        let Self { writer, closing, start, keys, fields, .. } = self;
        if bracket == '}' {
            writer.depth = writer.depth.saturating_sub(1);
            if !(writer.leaves_outermost && start == 1) {
                if writer.form != Form::Plain {
                    writer.sort(start, fields);
                }
                writer.keys.truncate(keys);
                writer.fields.truncate(fields);
            }
        }
        writer.out.push(bracket);
        writer.out.push_str(closing);
    }
}

impl Writer<'_> {
    /// Puts the fields of an object, which begin at these places, [in order](in_order).
    fn sort(&mut self, start: usize, first: usize) {
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

impl<'w, 'e> ser::Serializer for &'w mut Writer<'e> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Open<'w, 'e>;
    type SerializeTuple = Open<'w, 'e>;
    type SerializeTupleStruct = Open<'w, 'e>;
    type SerializeTupleVariant = Open<'w, 'e>;
    type SerializeMap = Open<'w, 'e>;
    type SerializeStruct = Open<'w, 'e>;
    type SerializeStructVariant = Open<'w, 'e>;

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.signed(value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.number(value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        match self.form {
            // a value of serde_json's holds it so
            Form::Canonical(_) => self.float(value.into()),
            Form::Plain => self.out.push_str(&serde_json::to_string(&value)?),
        }
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.float(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        push_string(&mut self.out, value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        push_string(&mut self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let mut open = Open::new(self, '{', "");
        open.field(variant, value)?;
        open.close('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'w, 'e>, Error> {
        Ok(Open::new(self, '[', ""))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'w, 'e>, Error> {
        Ok(Open::new(self, '[', ""))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'w, 'e>, Error> {
        Ok(Open::new(self, '[', ""))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'w, 'e>, Error> {
        Ok(Open::variant(self, variant, '[', "}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'w, 'e>, Error> {
        Ok(Open::new(self, '{', ""))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'w, 'e>, Error> {
        Ok(Open::new(self, '{', ""))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'w, 'e>, Error> {
        Ok(Open::variant(self, variant, '{', "}"))
    }
}

impl SerializeSeq for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close(']');
        Ok(())
    }
}

impl SerializeTuple for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close(']');
        Ok(())
    }
}

impl SerializeTupleStruct for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close(']');
        Ok(())
    }
}

impl SerializeTupleVariant for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close(']');
        Ok(())
    }
}

impl SerializeMap for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        match serde_json::to_value(key)? {
            Value::String(key) => self.key(&key),
            key @ (Value::Number(_) | Value::Bool(_)) => self.key(&key.to_string()),
            _ => return Err(ser::Error::custom("a key must be a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close('}');
        Ok(())
    }
}

impl SerializeStruct for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close('}');
        Ok(())
    }
}

impl SerializeStructVariant for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close('}');
        Ok(())
    }
}
