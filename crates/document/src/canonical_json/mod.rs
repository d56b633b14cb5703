//! Writes JSON into one buffer: plain, as `serde_json` does, or canonical (RFC 8785), sorting keys as it writes.
//!
//! The fields of an object are written in the order they come. When the object ends and its keys weren't in order, its
//! fields are reordered within the buffer, which takes a few copies. No tree of values is built.

mod compound;
mod serializer;
mod writer;

use serde::Serialize;
use serde_json::Error;
pub(super) use writer::{Edit, Form};
use writer::{Writer, in_order};

/// Initial capacity in bytes: most lines fit.
const INITIAL_CAPACITY: usize = 512;

/// Writes a value as JSON.
pub(super) fn write<T: Serialize + ?Sized>(value: &T, form: Form<'_>) -> Result<String, Error> {
    append(value, form, String::with_capacity(INITIAL_CAPACITY))
}

/// Appends a value as JSON to `out`.
pub(super) fn append<T: Serialize + ?Sized>(value: &T, form: Form<'_>, out: String) -> Result<String, Error> {
    let mut writer = Writer::new(form, out);
    value.serialize(&mut writer)?;
    Ok(writer.out)
}

/// Writes an object in canonical form and passes it to `take` in pieces, in order. So the outermost object, which may
/// be large, isn't reordered in the buffer. `room` is the expected size in bytes.
pub(super) fn write_pieces<T: Serialize + ?Sized>(
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
