//! What a folder of exported files says of itself, so that the next export knows what it replaces and since when.

use super::stream::Snapshot;
use crate::error::Error;
use crate::schema::Tombstone;
use sanad_document::digest;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Its name in the folder.
pub(crate) const MANIFEST: &str = "export.json";

/// Name and version of its shape.
const SCHEMA: &str = "sanad/export/1.0";

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'a str,
    format: &'a str,
    /// Name and size of the log that the records follow.
    log: Log<'a>,
    /// The newest run in it; the next export of changes begins here.
    run: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sources: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    ids: &'a [String],
    /// Files beside this one.
    records: u64,
    /// Records that went since.
    #[serde(skip_serializing_if = "<[Tombstone]>::is_empty")]
    removed: &'a [Tombstone],
}

#[derive(Serialize)]
struct Log<'a> {
    origin: &'a str,
    pub(crate) size: u64,
}

/// Writes it.
///
/// # Errors
/// When it can't be written.
pub(crate) fn write(
    folder: &Path,
    (format, snapshot): (&str, &Snapshot),
    (records, removed): (u64, &[Tombstone]),
) -> Result<(), Error> {
    let path = folder.join(MANIFEST);
    let manifest = Manifest {
        schema: SCHEMA,
        format,
        log: Log { origin: &snapshot.origin, size: snapshot.size },
        run: &snapshot.run,
        since: snapshot.since(),
        sources: snapshot.sources(),
        ids: snapshot.ids(),
        records,
        removed,
    };
    let fault = |e: std::io::Error| Error::io(&path, "write", &e);
    let text = serde_json::to_string_pretty(&manifest).map_err(|e| fault(e.into()))?;
    std::fs::write(&path, digest::escaped(text) + "\n").map_err(fault)
}

/// Whether these are the bytes of a manifest.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Named {
        schema: String,
    }
    serde_json::from_slice::<Named>(bytes).is_ok_and(|n| n.schema.starts_with("sanad/export/"))
}
