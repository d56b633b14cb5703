//! `sanad import`: copies other crawlers' captures into the raw folder.

use super::clock::TimeOption;
use super::exit::{CommandOutcome, Stop};
use super::output::{counted, notify_error, print_line};
use crate::error::Error;
use crate::export::object_store::{Store, is_address};
use clap::Args;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// WARC and ARC files (plain, gzip or zstd) and WACZ packages, on disk or in an object store (`s3://…`, `gs://…`, `az://…`).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Folder with the captures.
    #[arg(long, value_name = "DIR", default_value = "raw")]
    raw: PathBuf,
    #[command(flatten)]
    time: TimeOption,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let now = arguments.time.now()?;
    let mut output = io::stdout().lock();
    let mut outcome = CommandOutcome::Success;
    for file in &arguments.files {
        let errors = match import(file, &arguments.raw, &now) {
            Ok(imported) if imported.known => {
                print_line(&mut output, &format!("{}: already imported, as {}", file.display(), imported.file))?;
                Vec::new()
            }
            Ok(imported) => {
                let records = counted(imported.records, "record", "records");
                let captures = counted(imported.captures, "capture", "captures");
                let inside = if imported.inside.is_empty() {
                    String::new()
                } else {
                    format!(" of {}", imported.inside.join(", "))
                };
                let line = format!("{}: {records} ({captures}){inside}, imported as {}", file.display(), imported.file);
                print_line(&mut output, &line)?;
                imported.broken.into_iter().map(Error::from).collect()
            }
            Err(error) => vec![error],
        };
        for error in errors {
            notify_error(&error);
            outcome = CommandOutcome::SomeFailed;
        }
    }
    Ok(outcome)
}

/// Imports a file; a file in an object store is downloaded first.
fn import(file: &Path, raw: &Path, now: &str) -> Result<sanad_warc::Imported, Error> {
    let Some(address) = file.to_str().filter(|a| is_address(a)) else { return Ok(sanad_warc::import(file, raw, now)?) };
    let folder = tempfile::tempdir().map_err(|e| Error::io(&std::env::temp_dir(), "write", &e))?;
    Ok(sanad_warc::import(&Store::open(address)?.get(folder.path())?, raw, now)?)
}
