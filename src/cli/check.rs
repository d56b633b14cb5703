//! `sanad check`: every mistake in the configuration, with file and line.

use super::{Ended, Stop, print_line};
use crate::config::Config;
use clap::Args;
use std::io;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Folder of the configuration.
    #[arg(long, value_name = "DIR", default_value = "config")]
    config: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let config = Config::load(&arguments.config)?;
    let mut output = io::stdout().lock();
    for warning in &config.warnings {
        print_line(&mut output, &format!("warning: {warning}"))?;
    }
    let line = format!(
        "{}: {} sources, {} sites with rules, no mistakes",
        arguments.config.display(),
        config.sources.len(),
        config.sites.len()
    );
    print_line(&mut output, &line)?;
    Ok(Ended::Well)
}
