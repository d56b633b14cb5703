//! JSON Lines: plain, gzip, zstd. Without `--since`, the lines are those of the records' files, byte for byte.

use super::place::Sink;
use super::stream::{CurrentRecord, Row, Rows, Snapshot};
use crate::error::Error;
use flate2::{Compression, GzBuilder};
use sanad_document::digest;
use std::io::Write;
use std::path::Path;

/// Returns the line of a row, without a newline.
fn line(row: Row) -> Result<String, Error> {
    match row {
        Row::Current(current) if current.delta.is_none() => Ok(current.line),
        Row::Current(current) => line_of(&current),
        Row::Removed(stone) => digest::json_line(&stone).map_err(|e| not_json(&e.into())),
    }
}

/// Returns the line of a record: as stored, or with its change if only changes are exported.
///
/// # Errors
/// If it isn't a record.
pub(super) fn line_of(current: &CurrentRecord) -> Result<String, Error> {
    if current.delta.is_none() {
        return Ok(current.line.clone());
    }
    digest::json_line(&current.record()?).map_err(|e| not_json(&e.into()))
}

fn not_json(error: &std::io::Error) -> Error {
    Error::io(Path::new("a record"), "write", error)
}

fn write(rows: Rows<'_>, out: &mut impl Write, fault: impl Fn(&std::io::Error) -> Error) -> Result<(), Error> {
    for row in rows {
        let line = line(row?)?;
        out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(|e| fault(&e))?;
    }
    Ok(())
}

/// Writes uncompressed lines.
pub(super) fn plain(rows: Rows<'_>, _: &Snapshot, sink: &mut Sink) -> Result<(), Error> {
    let fault = sink.faults();
    write(rows, sink, fault)
}

/// Writes one gzip member without name or time, so that the same records are the same bytes.
pub(super) fn gzip(rows: Rows<'_>, _: &Snapshot, sink: &mut Sink) -> Result<(), Error> {
    let fault = sink.faults();
    let mut out = GzBuilder::new().write(sink, Compression::default());
    write(rows, &mut out, &fault)?;
    out.finish().map(|_| ()).map_err(|e| fault(&e))
}

/// Writes one zstd frame with a checksum.
#[cfg(feature = "zstd")]
pub(super) fn zstd(rows: Rows<'_>, _: &Snapshot, sink: &mut Sink) -> Result<(), Error> {
    /// A third smaller than gzip at its default level, and faster.
    const LEVEL: i32 = 9;
    let fault = sink.faults();
    let mut out = zstd::Encoder::new(sink, LEVEL).map_err(|e| fault(&e))?;
    out.include_checksum(true).map_err(|e| fault(&e))?;
    write(rows, &mut out, &fault)?;
    out.finish().map(|_| ()).map_err(|e| fault(&e))
}
