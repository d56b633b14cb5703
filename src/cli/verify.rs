//! `sanad verify`: whether captures, records and files are what the log says.

use super::{Ended, Folders, Stop, print_line};
use crate::config::Config;
use crate::log::verify::{Finding, verify};
use clap::Args;
use std::io;

/// More findings than this are counted, not listed.
const LISTED: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    // Its mistakes are said before anything else is.
    Config::load(&arguments.folders.config)?;
    let verdict = verify(&arguments.folders.raw, &arguments.folders.out)?;
    let mut output = io::stdout().lock();
    for finding in verdict.findings.iter().take(LISTED) {
        let line = match finding {
            Finding::Mismatch { file, problem } => format!("mismatch: {file}: {problem}"),
            Finding::Missing { file } => format!("missing: {file}"),
        };
        print_line(&mut output, &line)?;
    }
    if verdict.findings.len() > LISTED {
        print_line(&mut output, &format!("… and {} more", verdict.findings.len() - LISTED))?;
    }
    let checked: Vec<String> = verdict.checked.iter().map(|(what, count)| format!("{count} {what}")).collect();
    print_line(&mut output, &format!("checked: {}", checked.join(", ")))?;
    let has_mismatch = verdict.findings.iter().any(|f| matches!(f, Finding::Mismatch { .. }));
    let (word, ended) = match (has_mismatch, verdict.findings.is_empty()) {
        (true, _) => ("mismatch: not everything is what the log says", Ended::WithFailures),
        (false, false) => ("incomplete: something that the log names is missing", Ended::Incomplete),
        (false, true) => ("sound: everything is what the log says", Ended::Well),
    };
    print_line(&mut output, word)?;
    Ok(ended)
}
