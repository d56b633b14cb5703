//! The manifest of a folder of exported files. It tells the next export that the folder may be replaced, and which run
//! it is from.

use super::stream::Snapshot;
use crate::error::Error;
use crate::schema::Tombstone;
use sanad_document::digest;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The name of the manifest's file.
pub(crate) const MANIFEST: &str = "export.json";

/// Name and version of the manifest's schema.
const SCHEMA: &str = "sanad/export/1.0";

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'a str,
    format: &'a str,
    /// The log that the records are from.
    log: ManifestLog<'a>,
    /// The newest run in the export; the next export of changes begins after it.
    run: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sources: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    ids: &'a [String],
    /// Number of files beside this one.
    records: u64,
    /// Records that were removed since.
    #[serde(skip_serializing_if = "<[Tombstone]>::is_empty")]
    removed: &'a [Tombstone],
}

#[derive(Serialize)]
struct ManifestLog<'a> {
    origin: &'a str,
    size: u64,
}

/// Writes the manifest into its folder.
///
/// # Errors
/// If it can't be written.
pub(super) fn write(
    folder: &Path,
    format: &str,
    snapshot: &Snapshot,
    records: u64,
    removed: &[Tombstone],
) -> Result<(), Error> {
    let path = folder.join(MANIFEST);
    let manifest = Manifest {
        schema: SCHEMA,
        format,
        log: ManifestLog { origin: &snapshot.origin, size: snapshot.size },
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

/// Returns true if these bytes are a manifest, of any version.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Named {
        schema: String,
    }
    serde_json::from_slice::<Named>(bytes).is_ok_and(|n| n.schema.starts_with("sanad/export/"))
}
