//! `sanad erase`: takes a document down.

use super::clock::TimeOption;
use super::exit::{CommandOutcome, Stop};
use super::options::{Folders, SigningKeyOption};
use super::output::{counted, print_json, print_line};
use crate::config::Config;
use crate::retention::{Erasure, Mention, erase};
use clap::Args;
use serde_json::json;
use std::io;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Id of the record to take down.
    #[arg(value_name = "ID")]
    id: String,
    /// Why the document is taken down; stays in the log for good.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    time: TimeOption,
    #[command(flatten)]
    signing_key: SigningKeyOption,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    // Report mistakes in the configuration before anything is deleted.
    Config::load(&arguments.folders.config)?;
    let erased = erase(&Erasure {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        keys: &arguments.signing_key.keys(),
        id: &arguments.id,
        reason: &arguments.reason,
        now: &arguments.time.now()?,
    })?;
    let mut output = io::stdout().lock();
    if arguments.json {
        print_json(&mut output, &json!({"erased": erased.event, "twins": erased.twins, "mentions": erased.mentions}))?;
        return Ok(CommandOutcome::Success);
    }
    for capture in &erased.event.captures {
        print_line(&mut output, &format!("deleted the capture in {} at byte {}", capture.file, capture.offset))?;
    }
    for name in erased.event.files.keys() {
        print_line(&mut output, &format!("deleted the document's lines in {name}"))?;
    }
    for twin in &erased.twins {
        let note = format!("note: {twin} has a capture with the same body; erase it as well if it must go");
        print_line(&mut output, &note)?;
    }
    for Mention { place, what, documents, ids } in &erased.mentions {
        let documents = counted(*documents, "other document", "other documents");
        let named = format!("note: its {what} is still in the {place} of {documents}: {}", ids.join(", "));
        print_line(&mut output, &format!("{named}; {}", advice(place)))?;
    }
    print_line(&mut output, &format!("{} is erased; its hashes and the reason stay in the log", erased.event.id))?;
    Ok(CommandOutcome::Success)
}

/// What to do about documents that still name the erased one.
fn advice(place: &str) -> &'static str {
    match place {
        "records" => {
            "`sanad run` renews links between records; a document that says it in its own words must be erased too"
        }
        _ => "`sanad prune` removes the files of old runs; what a current document leaves out goes when that is erased",
    }
}
