//! `sanad verify`: checks captures, records and files against the log, and the log against its signature.

use super::exit::{CommandOutcome, Stop};
use super::options::{Folders, core_count};
use super::output::{counted, print_json, print_line};
use super::public_key::public_key;
use crate::audit::verify::{Finding, Outcome, Question, Verdict, verify};
use crate::config::Config;
use crate::error::Error;
use clap::Args;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

/// The limit on findings and on notes that are listed, so that the verdict stays on the screen; `--json` lists all.
const LISTED: usize = 100;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// A checkpoint saved earlier: the log must continue from it.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The public key to trust, or a file with it; by default the one that the log itself names.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Print the verdict as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    // Report mistakes in the configuration before anything else.
    Config::load(&arguments.folders.config)?;
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", &e));
    let against = arguments.against.as_deref().map(read).transpose()?;
    let key = arguments.key.as_deref().map(public_key).transpose()?;
    let verdict = verify(&Question {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        against: against.as_deref(),
        key: key.as_ref(),
        jobs: core_count(),
    })?;
    let mut output = io::stdout().lock();
    if arguments.json {
        let mut value = json!({"verdict": verdict.outcome()});
        if let (Some(all), Ok(Value::Object(more))) = (value.as_object_mut(), serde_json::to_value(&verdict)) {
            all.extend(more);
        }
        print_json(&mut output, &value)?;
    } else {
        print(&mut output, &verdict)?;
    }
    Ok(match verdict.outcome() {
        Outcome::Sound => CommandOutcome::Success,
        Outcome::Mismatch => CommandOutcome::SomeFailed,
        Outcome::Incomplete => CommandOutcome::Incomplete,
    })
}

fn print(output: &mut impl io::Write, verdict: &Verdict) -> Result<(), Stop> {
    for finding in verdict.findings.iter().take(LISTED) {
        let line = match finding {
            Finding::Mismatch { file, problem } => format!("mismatch: {file}: {problem}"),
            Finding::Missing { file, problem } => format!("missing: {file}: {problem}"),
        };
        print_line(output, &line)?;
    }
    if verdict.findings.len() > LISTED {
        print_line(output, &format!("… and {} more; `--json` lists all", verdict.findings.len() - LISTED))?;
    }
    for note in verdict.notes.iter().take(LISTED) {
        print_line(output, &format!("note: {note}"))?;
    }
    let checked = verdict.checked.iter().map(|(what, count)| counted(*count, &singular(what), what));
    let checked: Vec<String> = checked.collect();
    if !checked.is_empty() {
        print_line(output, &format!("checked: {}", checked.join(", ")))?;
    }
    if let Some(head) = &verdict.head {
        print_line(output, &format!("log: {} with {} entries, signed by {}", head.origin, head.size, head.key))?;
    }
    let word = match verdict.outcome() {
        Outcome::Sound => "sound: everything is what the log says",
        Outcome::Mismatch => "mismatch: not everything is what the log says; see the lines above",
        Outcome::Incomplete => "incomplete: something that the log names is missing; see the lines above",
    };
    print_line(output, word)
}

/// The singular of what was checked: `runs`, `log entries`.
fn singular(plural: &str) -> String {
    match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.trim_end_matches('s').to_owned(),
    }
}
