//! `sanad erase`: a takedown.

use super::run::now;
use super::{Ended, Folders, Stop, print_line};
use crate::config::Config;
use crate::retention::{Erasure, erase};
use clap::Args;
use sanad_tlog::key::Keys;
use serde_json::json;
use std::io;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Record id.
    #[arg(value_name = "ID")]
    id: String,
    /// Why; it stands in the log for good.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The time (RFC 3339), instead of the clock's; `SOURCE_DATE_EPOCH` does the same.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// The log's signing key: a file; `SANAD_KEY` does the same, or holds the key itself.
    #[arg(long, value_name = "FILE")]
    key: Option<String>,
    /// The result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    // Its mistakes are said before anything else is.
    Config::load(&arguments.folders.config)?;
    let gone = erase(&Erasure {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        keys: &Keys::of_environment(arguments.key.as_deref()),
        id: &arguments.id,
        reason: &arguments.reason,
        now: &now(arguments.now.as_deref())?,
    })?;
    let mut output = io::stdout().lock();
    if arguments.json {
        print_line(&mut output, &json!({"erased": gone.event, "twins": gone.twins}).to_string())?;
        return Ok(Ended::Well);
    }
    for capture in &gone.event.captures {
        print_line(&mut output, &format!("capture gone: {} at byte {}", capture.file, capture.offset))?;
    }
    for name in gone.event.files.keys() {
        print_line(&mut output, &format!("lines gone: {name}"))?;
    }
    for twin in &gone.twins {
        print_line(&mut output, &format!("note: {twin} has a capture with the same body; erase it too if it must go"))?;
    }
    print_line(&mut output, &format!("{} is erased; its hashes and the reason stay in the log", gone.event.id))?;
    Ok(Ended::Well)
}
