//! `sanad prune`: retention.

use super::clock::TimeOption;
use super::exit::{CommandOutcome, Stop};
use super::options::{Folders, SigningKeyOption};
use super::output::{counted, print_json, print_line};
use crate::config::Config;
use crate::error::Error;
use crate::log::event::Compacted;
use crate::retention::{Freed, Held, Limit, Pruning, prune};
use clap::Args;
use std::io::{self, Write};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Keep the files of the N most recent runs.
    #[arg(long, value_name = "N")]
    keep_runs: Option<usize>,
    /// Delete the files of a run only if it is more than DAYS days old.
    #[arg(long, value_name = "DAYS")]
    runs_older: Option<u64>,
    /// Keep the N most recent captures of each document; at least one is always kept.
    #[arg(long, value_name = "N")]
    keep_captures: Option<usize>,
    /// Delete captures only from files whose captures are all more than DAYS days old.
    #[arg(long, value_name = "DAYS")]
    captures_older: Option<u64>,
    /// Delete the cache; the next run rebuilds it.
    #[arg(long)]
    cache: bool,
    #[command(flatten)]
    execution: Execution,
}

/// How the command works and reports.
#[derive(Debug, Args)]
struct Execution {
    /// Show what would be deleted, and delete nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    time: TimeOption,
    #[command(flatten)]
    signing_key: SigningKeyOption,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let runs = Limit { keep: arguments.keep_runs, days: arguments.runs_older };
    let captures = Limit { keep: arguments.keep_captures, days: arguments.captures_older };
    if runs == Limit::default() && captures == Limit::default() && !arguments.cache {
        let message = "say what may be deleted: `--keep-runs N` or `--runs-older DAYS` for the files of runs, \
                       `--keep-captures N` or `--captures-older DAYS` for captures, `--cache` for the cache; \
                       `--dry-run` shows what would go";
        return Err(Error::Usage { message: message.to_owned() }.into());
    }
    let execution = &arguments.execution;
    let freed = prune(&Pruning {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        keys: &execution.signing_key.keys(),
        now: &execution.time.now()?,
        runs,
        captures,
        gone_after: Config::load(&arguments.folders.config)?.most_gone_after(),
        cache: arguments.cache,
        dry_run: execution.dry_run,
    })?;
    let mut output = io::stdout().lock();
    if execution.json {
        print_json(&mut output, &freed)?;
    } else {
        print(&mut output, &freed, execution.dry_run)?;
    }
    Ok(CommandOutcome::Success)
}

fn print(output: &mut impl Write, freed: &Freed, is_dry_run: bool) -> Result<(), Stop> {
    let deleted = if is_dry_run { "would delete" } else { "deleted" };
    for pruned in &freed.pruned {
        let what = match &pruned.run {
            Some(run) => format!("{} of run {run}", counted(pruned.files.len(), "file", "files")),
            None => pruned.inputs.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        };
        print_line(output, &format!("{deleted} {what}: {} bytes ({})", pruned.bytes, pruned.reason))?;
    }
    if freed.cache > 0 {
        print_line(output, &format!("{deleted} the cache: {} bytes", freed.cache))?;
    }
    for Compacted { file, removed, kept, bytes, reason, .. } in &freed.compacted {
        let (all, verb) = (removed + kept, if is_dry_run { "would compact" } else { "compacted" });
        print_line(output, &format!("{verb} {file}: {bytes} bytes, {removed} of {all} captures ({reason})"))?;
    }
    for Held { file, unneeded, captures, reason } in &freed.held {
        print_line(
            output,
            &format!("kept {file}: {unneeded} of {captures} captures are no longer needed, but {reason}"),
        )?;
    }
    print_line(output, &format!("{deleted} {} bytes in all", freed.bytes()))
}
