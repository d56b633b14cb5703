//! Parquet: one row for each record, nested like the record. `metadata` is JSON because its fields are open. A removed
//! record is a row with `delta` and without text.
//!
//! The columns are listed here, in the order in which people look at them; a test compares them with the published JSON
//! Schema. A row with a field that has no column is an error, so nothing is left out silently.

use super::place::Sink;
use super::stream::{Row, Rows, Snapshot};
use crate::error::Error;
use arrow_json::ReaderBuilder;
use arrow_json::reader::Decoder;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Rows that are converted to columns at a time.
const BATCH: usize = 256;
/// Bytes after which a new row group begins: enough to compress well, and few enough for memory.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// Writes the file.
///
/// # Errors
/// If records can't be read or the file can't be written.
pub(super) fn write(rows: Rows<'_>, snapshot: &Snapshot, sink: &mut Sink) -> Result<(), Error> {
    let schema = Arc::new(schema());
    let fault = sink.faults();
    let failed = |e: parquet::errors::ParquetError| fault(&std::io::Error::other(e));
    let misfit = |e: ArrowError| Error::io(Path::new("a record"), "write", &std::io::Error::other(e));
    let mut decoder = ReaderBuilder::new(Arc::clone(&schema)).with_strict_mode(true).build_decoder().map_err(misfit)?;
    let mut writer = ArrowWriter::try_new(sink, schema, Some(properties(snapshot))).map_err(failed)?;
    let mut batch = Vec::with_capacity(BATCH);
    for row in rows {
        batch.push(value(row?)?);
        if batch.len() == BATCH {
            put(&mut batch, &mut decoder, &mut writer).map_err(misfit)?;
        }
    }
    put(&mut batch, &mut decoder, &mut writer).map_err(misfit)?;
    writer.close().map(|_| ()).map_err(failed)
}

/// Writes a batch of rows and empties it.
fn put(batch: &mut Vec<Value>, decoder: &mut Decoder, writer: &mut ArrowWriter<&mut Sink>) -> Result<(), ArrowError> {
    decoder.serialize(batch)?;
    batch.clear();
    if let Some(columns) = decoder.flush()? {
        writer.write(&columns)?;
    }
    if writer.in_progress_size() >= ROW_GROUP_BYTES {
        writer.flush()?;
    }
    Ok(())
}

fn properties(snapshot: &Snapshot) -> WriterProperties {
    let about = [
        ("sanad.schema", Some(crate::emit::record::SCHEMA.to_owned())),
        ("sanad.log", Some(snapshot.origin.clone())),
        ("sanad.log_size", Some(snapshot.size.to_string())),
        ("sanad.run", Some(snapshot.run.clone())),
        ("sanad.since", snapshot.since().map(str::to_owned)),
    ];
    let about = about.into_iter().filter_map(|(name, value)| Some(KeyValue::new(name.to_owned(), value?)));
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(about.collect()))
        .build()
}

/// Returns a row as JSON, with `metadata` as a string.
fn value(row: Row) -> Result<Value, Error> {
    let not_json = |e: serde_json::Error| Error::io(Path::new("a record"), "understand", &e.into());
    let mut value: Value = match row {
        Row::Removed(stone) => serde_json::to_value(stone).map_err(not_json)?,
        Row::Current(current) => {
            let mut value: Value = serde_json::from_str(&current.line).map_err(not_json)?;
            if let (Some(delta), Some(fields)) = (current.delta, value.as_object_mut()) {
                fields.insert("delta".to_owned(), serde_json::to_value(delta).map_err(not_json)?);
            }
            value
        }
    };
    if let Some(metadata) = value.get_mut("metadata") {
        *metadata = Value::String(metadata.to_string());
    }
    Ok(value)
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn whole(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn fraction(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

fn object(name: &str, fields: Vec<Field>) -> Field {
    Field::new(name, DataType::Struct(fields.into()), true)
}

/// A list column. The name of the inner field is that of the Parquet specification.
fn list(name: &str, of: &Field) -> Field {
    Field::new(name, DataType::List(Arc::new(of.clone().with_name("element"))), true)
}

/// A map of counts by name. The inner names are those of the Parquet specification.
fn counts(name: &str) -> Field {
    let entry = Fields::from(vec![Field::new("key", DataType::Utf8, false), whole("value")]);
    let entries = Field::new("key_value", DataType::Struct(entry), false);
    Field::new(name, DataType::Map(Arc::new(entries), false), true)
}

/// The columns.
fn schema() -> Schema {
    let date = object("", ["role", "value", "raw", "from", "precision"].map(text).to_vec());
    let translation =
        object("", vec![text("language"), text("id"), text("url"), text("evidence"), fraction("confidence")]);
    let warning = object("", vec![text("code"), whole("page"), text("message")]);
    Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        text("version"),
        text("source"),
        text("added"),
        text("created"),
        text("title"),
        text("text"),
        text("language"),
        fraction("language_confidence"),
        text("script"),
        object("issuer", vec![text("name"), text("country")]),
        list("authors", &text("")),
        list("dates", &date),
        object(
            "url",
            vec![text("requested"), text("final"), text("canonical"), text("declared"), list("aliases", &text(""))],
        ),
        text("duplicate_of"),
        list("translations", &translation),
        list("blocks", &block()),
        object("removed", vec![whole("blocks"), whole("chars"), counts("by_rule")]),
        text("status"),
        list("warnings", &warning),
        object(
            "quality",
            vec![whole("replacement_chars"), fraction("kept_ratio"), Field::new("ocr", DataType::Boolean, true)],
        ),
        prov(),
        object("delta", vec![text("change"), text("cause")]),
        text("metadata"),
        text("schema"),
    ])
}

fn block() -> Field {
    let origin =
        object("", vec![text("html"), whole("line"), whole("page"), text("label"), list("bbox", &fraction(""))]);
    object(
        "",
        vec![
            text("kind"),
            whole("level"),
            whole("start"),
            whole("end"),
            text("language"),
            fraction("language_confidence"),
            list("origin", &origin),
            text("original"),
        ],
    )
}

fn prov() -> Field {
    let capture = vec![text("file"), whole("offset"), text("record_id"), text("digest"), text("fetched_at")];
    object(
        "prov",
        vec![
            text("run"),
            object("capture", capture.clone()),
            list("later_pages", &object("", capture)),
            object("encoding", ["name", "rule", "repaired"].map(text).to_vec()),
            text("rules"),
            text("repeats"),
            text("engine"),
            whole("log_index"),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Collects the paths of all values in a JSON Schema.
    fn of_json(root: &Value, node: &Value, path: &str, names: &mut BTreeSet<String>) {
        if let Some(name) = node["$ref"].as_str() {
            let target = root.pointer(name.trim_start_matches('#')).unwrap();
            of_json(root, target, path, names);
        }
        for part in ["anyOf", "oneOf", "allOf"] {
            for inner in node[part].as_array().into_iter().flatten() {
                of_json(root, inner, path, names);
            }
        }
        if node["items"].is_object() {
            of_json(root, &node["items"], path, names);
        }
        for (name, inner) in node["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}/{name}");
            names.insert(path.clone());
            of_json(root, inner, &path, names);
        }
    }

    fn of_columns(fields: &Fields, path: &str, names: &mut BTreeSet<String>) {
        for field in fields {
            let path = format!("{path}/{}", field.name());
            names.insert(path.clone());
            let mut kind = field.data_type();
            while let DataType::List(inner) = kind {
                kind = inner.data_type();
            }
            if let DataType::Struct(fields) = kind {
                of_columns(fields, &path, names);
            }
        }
    }

    #[test]
    fn the_columns_are_those_of_the_published_schema() {
        let published: Value = serde_json::from_str(&crate::schema::text("record").unwrap()).unwrap();
        let (mut wanted, mut found) = (BTreeSet::new(), BTreeSet::new());
        of_json(&published, &published, "", &mut wanted);
        of_columns(&schema().fields, "", &mut found);
        assert_eq!(found, wanted);
    }
}
