//! `sanad key`: the log's public key, and its change.

use super::run::now;
use super::{Ended, Stop, print_line};
use crate::log::LOG;
use crate::run::change_key;
use clap::{Args, Subcommand};
use sanad_tlog::Reader;
use sanad_tlog::key::Keys;
use std::io;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Folder of the results.
    #[arg(long, value_name = "DIR", default_value = "normalized", global = true)]
    out: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the public keys, the newest first.
    Show,
    /// Make a new signing key; an event says so, and the checkpoint over it is signed by both.
    Change {
        /// The signing key of now: a file; `SANAD_KEY` does the same, or holds the key itself.
        #[arg(long, value_name = "FILE")]
        key: Option<String>,
        /// Where the new key goes; the user's folder of keys when left out.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// The time (RFC 3339), instead of the clock's; `SOURCE_DATE_EPOCH` does the same.
        #[arg(long, value_name = "TIME")]
        now: Option<String>,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let mut output = io::stdout().lock();
    match &arguments.what {
        What::Show => {
            for key in Reader::new(&arguments.out.join(LOG)).keys()? {
                print_line(&mut output, &key.to_string())?;
            }
        }
        What::Change { key, to, now: time } => {
            let keys = Keys::of_environment(key.as_deref());
            let public = change_key(&arguments.out, &keys, to.as_deref(), &now(time.as_deref())?)?;
            print_line(&mut output, &public)?;
        }
    }
    Ok(Ended::Well)
}
