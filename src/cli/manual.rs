//! `sanad completions` and `sanad man`: generated from the definition of the command line.

use super::exit::{CommandOutcome, Stop};
use super::output::{notify, output_failed};
use crate::error::Error;
use clap::{Args, Command};
use clap_complete::Shell;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell that the script is for.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Folder for the pages; created if it doesn't exist.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn completions(arguments: &Completions, mut program: Command) -> Result<CommandOutcome, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "sanad", &mut script);
    io::stdout().lock().write_all(&script).map_err(|e| output_failed(&e))?;
    Ok(CommandOutcome::Success)
}

pub(super) fn man(arguments: &Man, program: Command) -> Result<CommandOutcome, Stop> {
    let folder = &arguments.folder;
    let fault = |e: io::Error| Error::io(folder, "write", &e);
    std::fs::create_dir_all(folder).map_err(fault)?;
    clap_mangen::generate_to(program, folder).map_err(fault)?;
    notify(&format!(
        "{}: man pages written; read them with `man -l {}`",
        folder.display(),
        folder.join("sanad.1").display()
    ));
    Ok(CommandOutcome::Success)
}
