//! `sanad key`: shows the log's public keys and changes its signing key.

use super::clock::TimeOption;
use super::exit::{CommandOutcome, Stop};
use super::output::print_line;
use crate::log::LOG;
use crate::run::change_key;
use clap::{Args, Subcommand};
use sanad_tlog::Reader;
use sanad_tlog::key::Keys;
use std::io;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder with the results.
    #[arg(long, value_name = "DIR", default_value = "normalized", global = true)]
    out: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the public keys, newest first.
    Show,
    /// Replace the signing key. An event records the change, and both keys sign the checkpoint over it.
    Change {
        /// The current signing key file. `SANAD_KEY` may name the file or hold the key itself.
        #[arg(long, value_name = "FILE")]
        key: Option<String>,
        /// File for the new key; by default in `$XDG_DATA_HOME/sanad` or `~/.local/share/sanad`.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[command(flatten)]
        time: TimeOption,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let mut output = io::stdout().lock();
    match &arguments.action {
        Action::Show => {
            for key in Reader::new(&arguments.out.join(LOG)).keys()? {
                print_line(&mut output, &key.to_string())?;
            }
        }
        Action::Change { key, to, time } => {
            let keys = Keys::of_environment(key.as_deref());
            let public = change_key(&arguments.out, &keys, to.as_deref(), &time.now()?)?;
            print_line(&mut output, &public)?;
        }
    }
    Ok(CommandOutcome::Success)
}
