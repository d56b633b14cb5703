//! `sanad check`: reads the configuration and lists every mistake in it.

use super::exit::{CommandOutcome, Stop};
use super::output::{counted, print_line};
use crate::config::Config;
use clap::Args;
use std::io;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Configuration folder.
    #[arg(long, value_name = "DIR", default_value = "config")]
    config: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let config = Config::load(&arguments.config)?;
    let mut output = io::stdout().lock();
    for warning in &config.warnings {
        print_line(&mut output, &format!("warning: {warning}"))?;
    }
    let sources = counted(config.sources.len(), "source", "sources");
    let sites = counted(config.sites.len(), "site", "sites");
    let line = format!("{}: {sources}, {sites} with rules, no mistakes", arguments.config.display());
    print_line(&mut output, &line)?;
    Ok(CommandOutcome::Success)
}
