//! `sanad import`: other crawlers' captures into the raw folder.

use super::{Ended, Stop, print_line, tell};
use crate::error::Error;
use crate::export::object_store::{Store, is_address};

use clap::Args;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// WARC files (plain or gzip) and WACZ packages; on a disk, or in a store of objects (`s3://…`, `gs://…`, `az://…`).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Folder of the captures.
    #[arg(long, value_name = "DIR", default_value = "raw")]
    raw: PathBuf,
    /// The time of the import (RFC 3339), instead of the clock's; `SOURCE_DATE_EPOCH` does the same.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let now = super::run::now(arguments.now.as_deref())?;
    let mut output = io::stdout().lock();
    let mut ended = Ended::Well;
    for file in &arguments.files {
        match import(file, &arguments.raw, &now) {
            Ok(imported) if imported.known => {
                print_line(&mut output, &format!("{}: was imported before, as {}", file.display(), imported.file))?;
            }
            Ok(imported) => {
                let line = format!(
                    "{}: {} records, {} captures among them, as {}",
                    file.display(),
                    imported.records,
                    imported.captures,
                    imported.file
                );
                print_line(&mut output, &line)?;
                if let Some(error) = imported.broken {
                    tell(&format!("sanad: {error}"));
                    ended = Ended::WithFailures;
                }
            }
            Err(error) => {
                tell(&format!("sanad: {error}"));
                ended = Ended::WithFailures;
            }
        }
    }
    Ok(ended)
}

/// Imports a file; one in a store of objects is fetched first.
fn import(file: &Path, raw: &Path, now: &str) -> Result<sanad_warc::Imported, Error> {
    let Some(address) = file.to_str().filter(|a| is_address(a)) else { return Ok(sanad_warc::import(file, raw, now)?) };
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    Ok(sanad_warc::import(&Store::open(address)?.get(folder.path())?, raw, now)?)
}
