//! `sanad verify`: whether captures, records and files are what the log says, and the log what was signed.

use super::{Ended, Folders, Stop, default_jobs, print_line};
use crate::audit::verify::{Finding, Outcome, Question, Verdict, verify};
use crate::config::Config;
use crate::error::Error;
use clap::Args;
use sanad_tlog::note::Verifier;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// More findings than this are counted, not listed.
const LISTED: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// A checkpoint kept from earlier: the log must have grown from it.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The public key to trust, or a file that holds it; the log's own word is taken when left out.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The verdict as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    // Its mistakes are said before anything else is.
    Config::load(&arguments.folders.config)?;
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", &e));
    let against = arguments.against.as_deref().map(read).transpose()?;
    let key = arguments.key.as_deref().map(key).transpose()?;
    let verdict = verify(&Question {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        against: against.as_deref(),
        key: key.as_ref(),
        jobs: default_jobs(),
    })?;
    let mut output = io::stdout().lock();
    if arguments.json {
        let mut value = json!({"verdict": verdict.outcome()});
        if let (Some(all), Ok(serde_json::Value::Object(more))) =
            (value.as_object_mut(), serde_json::to_value(&verdict))
        {
            all.extend(more);
        }
        print_line(&mut output, &value.to_string())?;
    } else {
        print(&mut output, &verdict)?;
    }
    Ok(match verdict.outcome() {
        Outcome::Sound => Ended::Well,
        Outcome::Mismatch => Ended::WithFailures,
        Outcome::Incomplete => Ended::Incomplete,
    })
}

/// A public key as it stands on the command line, or in a file: its first line.
pub(crate) fn key(text: &str) -> Result<Verifier, Error> {
    if let Some(key) = Verifier::parse(text) {
        return Ok(key);
    }
    let content = std::fs::read_to_string(text).unwrap_or_default();
    let message = || format!("--key {text}: neither a public key (name+number+key) nor a file that holds one");
    content.lines().next().and_then(Verifier::parse).ok_or_else(|| Error::Usage { message: message() })
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
        print_line(output, &format!("… and {} more", verdict.findings.len() - LISTED))?;
    }
    for note in verdict.notes.iter().take(LISTED) {
        print_line(output, &format!("note: {note}"))?;
    }
    let checked: Vec<String> = verdict.checked.iter().map(|(what, count)| format!("{count} {what}")).collect();
    if !checked.is_empty() {
        print_line(output, &format!("checked: {}", checked.join(", ")))?;
    }
    if let Some(head) = &verdict.head {
        print_line(output, &format!("log: {} with {} entries, signed by {}", head.origin, head.size, head.key))?;
    }
    let word = match verdict.outcome() {
        Outcome::Sound => "sound: everything is what the log says",
        Outcome::Mismatch => "mismatch: not everything is what the log says",
        Outcome::Incomplete => "incomplete: something that the log names is missing",
    };
    print_line(output, word)
}
