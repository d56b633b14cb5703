//! `sanad export`: records with their evidence, as a package for handing on.

use super::{Ended, Folders, Stop, tell};
use crate::error::Error;
use crate::export::{Format, export};
use clap::Args;
use std::io::{self, Cursor, Write};
use std::path::Path;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// The package's format.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Format,
    /// Where the package goes: a file, or `-` for standard output; `export.wacz`, `export.prov.json` or
    /// `export.ro-crate.zip` when left out.
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
    /// Record ids.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let folders = &arguments.folders;
    let mut package = Cursor::new(Vec::new());
    export((&folders.raw, &folders.out), arguments.format, &arguments.ids, &mut package)?;
    let bytes = package.into_inner();
    let name = match arguments.format {
        Format::Wacz => "export.wacz",
        Format::Prov => "export.prov.json",
        Format::RoCrate => "export.ro-crate.zip",
    };
    let file = arguments.output.as_deref().unwrap_or(name);
    if file == "-" {
        io::stdout().lock().write_all(&bytes).map_err(|e| super::stop_for(&e))?;
        return Ok(Ended::Well);
    }
    std::fs::write(file, &bytes).map_err(|e| Error::io(Path::new(file), "write", &e))?;
    tell(&format!("{file}: {} records, {} bytes", arguments.ids.len(), bytes.len()));
    Ok(Ended::Well)
}
