//! The entry for `serde`: which method of the writer writes what.

use super::compound::Compound;
use super::writer::{Form, Writer};
use serde::ser::{self, Serialize};
use serde_json::Error;

/// Implements the methods of whole numbers, which the widest type of each sign takes.
macro_rules! whole_numbers {
    ($($method:ident($number:ty) => $write:ident),+) => {$(
        fn $method(self, value: $number) -> Result<(), Error> {
            self.$write(value.into());
            Ok(())
        }
    )+};
}

impl<'w, 'e> ser::Serializer for &'w mut Writer<'e> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'w, 'e>;
    type SerializeTuple = Compound<'w, 'e>;
    type SerializeTupleStruct = Compound<'w, 'e>;
    type SerializeTupleVariant = Compound<'w, 'e>;
    type SerializeMap = Compound<'w, 'e>;
    type SerializeStruct = Compound<'w, 'e>;
    type SerializeStructVariant = Compound<'w, 'e>;

    whole_numbers!(
        serialize_i8(i8) => signed,
        serialize_i16(i16) => signed,
        serialize_i32(i32) => signed,
        serialize_i64(i64) => signed,
        serialize_u8(u8) => number,
        serialize_u16(u16) => number,
        serialize_u32(u32) => number,
        serialize_u64(u64) => number
    );

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        match self.form {
            // a `serde_json::Value` holds it as an f64, and equal values must have equal digests
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
        self.string(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.string(value);
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
        let mut object = Compound::new(self, '{', "");
        object.field(variant, value)?;
        object.close('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'w, 'e>, Error> {
        Ok(Compound::new(self, '[', ""))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'w, 'e>, Error> {
        Ok(Compound::new(self, '[', ""))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'w, 'e>, Error> {
        Ok(Compound::new(self, '[', ""))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'w, 'e>, Error> {
        Ok(Compound::variant(self, variant, '['))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'w, 'e>, Error> {
        Ok(Compound::new(self, '{', ""))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'w, 'e>, Error> {
        Ok(Compound::new(self, '{', ""))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'w, 'e>, Error> {
        Ok(Compound::variant(self, variant, '{'))
    }
}
