//! `sanad completions` and `sanad man`: made from the definition of the command line itself.

use super::{Cli, Ended, Stop, stop_for, tell};
use crate::error::Error;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder that the pages go to; made when it isn't there.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn completions(arguments: &Completions) -> Result<Ended, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "sanad", &mut script);
    io::stdout().lock().write_all(&script).map_err(|e| stop_for(&e))?;
    Ok(Ended::Well)
}

pub(crate) fn man(arguments: &Man) -> Result<Ended, Stop> {
    let folder = &arguments.folder;
    let fault = |e: io::Error| Error::io(folder, "write", &e);
    std::fs::create_dir_all(folder).map_err(fault)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(fault)?;
    tell(&format!("{}: see them with `man -l {}`", folder.display(), folder.join("sanad.1").display()));
    Ok(Ended::Well)
}
