//! Objects and lists: commas, keys, edits, and the sorting of an object's fields when it ends.

use super::writer::{Edit, Field, Form, Writer, push_key};
use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde_json::{Error, Value};
use std::ops::Range;

/// An object or list being written.
pub(crate) struct Compound<'w, 'e> {
    writer: &'w mut Writer<'e>,
    is_empty: bool,
    /// Written after its own closing bracket: that of the object around an enum variant.
    closing: &'static str,
    /// Where it begins in the output, among the keys and among the fields.
    start: usize,
    keys: usize,
    fields: usize,
    /// Where the key of the current field begins.
    field: usize,
}

impl<'w, 'e> Compound<'w, 'e> {
    pub(super) fn new(writer: &'w mut Writer<'e>, bracket: char, closing: &'static str) -> Self {
        writer.out.push(bracket);
        writer.depth += usize::from(bracket == '{');
        let (start, keys, fields) = (writer.out.len(), writer.keys.len(), writer.fields.len());
        Self { writer, is_empty: true, closing, start, keys, fields, field: keys }
    }

    /// The content of an enum variant, which is the one field of an object.
    pub(super) fn variant(writer: &'w mut Writer<'e>, name: &str, bracket: char) -> Self {
        writer.out.push('{');
        push_key(&mut writer.out, name);
        Self::new(writer, bracket, "}")
    }

    fn comma(&mut self) {
        if !self.is_empty {
            self.writer.out.push(',');
        }
        self.is_empty = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    pub(super) fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
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

    /// Returns the edit of the field with this key.
    fn edit(&mut self, key: &Range<usize>) -> Option<&'e Edit<'e>> {
        let Form::Canonical(edits @ [_, ..]) = self.writer.form else { return None };
        let keys = &self.writer.keys;
        let name = keys.get(key.clone())?;
        let is_inside =
            |edited: &str, outer: &str| edited.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let outer = match self.writer.depth {
            1 => {
                let has_edits_inside = edits.iter().any(|(edited, _)| is_inside(edited, name));
                self.writer.outer = Some(key.clone()).filter(|_| has_edits_inside);
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

    pub(super) fn close(self, bracket: char) {
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

/// Implements the traits of lists.
macro_rules! list {
    ($($part:ident::$method:ident),+) => {$(
        impl $part for Compound<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close(']');
                Ok(())
            }
        }
    )+};
}

list!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

/// Implements the traits of objects with known keys.
macro_rules! object {
    ($($part:ident),+) => {$(
        impl $part for Compound<'_, '_> {
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
    )+};
}

object!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Compound<'_, '_> {
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
