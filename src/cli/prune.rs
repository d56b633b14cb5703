//! `sanad prune`: retention.

use super::run::now;
use super::{Ended, Folders, Stop, print_line};
use crate::error::Error;
use crate::retention::{Freed, Limit, Pruning, prune};
use clap::Args;
use sanad_tlog::key::Keys;
use std::io::{self, Write};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Of the runs' files those of so many newest runs stay.
    #[arg(long, value_name = "N")]
    keep_runs: Option<usize>,
    /// Of the runs' files only those of runs older than so many days go.
    #[arg(long, value_name = "DAYS")]
    runs_older: Option<u64>,
    /// Of each document so many newest captures stay; one does in any case.
    #[arg(long, value_name = "N")]
    keep_captures: Option<usize>,
    /// Only capture files whose captures are all older than so many days go.
    #[arg(long, value_name = "DAYS")]
    captures_older: Option<u64>,
    /// The cache goes; the next run makes it anew.
    #[arg(long)]
    cache: bool,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct How {
    /// Say what would go, and end.
    #[arg(long)]
    dry_run: bool,
    /// The result as one JSON object.
    #[arg(long)]
    json: bool,
    /// The time (RFC 3339), instead of the clock's; `SOURCE_DATE_EPOCH` does the same.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// The log's signing key: a file; `SANAD_KEY` does the same, or holds the key itself.
    #[arg(long, value_name = "FILE")]
    key: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let runs = Limit { keep: arguments.keep_runs, days: arguments.runs_older };
    let captures = Limit { keep: arguments.keep_captures, days: arguments.captures_older };
    if runs == Limit::default() && captures == Limit::default() && !arguments.cache {
        let message =
            "say what may go: --keep-runs N or --runs-older DAYS, --keep-captures N or --captures-older DAYS, --cache";
        return Err(Error::Usage { message: message.to_owned() }.into());
    }
    let how = &arguments.how;
    let freed = prune(&Pruning {
        raw: &arguments.folders.raw,
        out: &arguments.folders.out,
        keys: &Keys::of_environment(how.key.as_deref()),
        now: &now(how.now.as_deref())?,
        runs,
        captures,
        cache: arguments.cache,
        dry_run: how.dry_run,
    })?;
    let mut output = io::stdout().lock();
    if how.json {
        let text = serde_json::to_string(&freed).map_err(|e| super::stop_for(&e.into()))?;
        print_line(&mut output, &text)?;
    } else {
        show(&freed, how.dry_run, &mut output)?;
    }
    Ok(Ended::Well)
}

fn show(freed: &Freed, is_dry: bool, output: &mut impl Write) -> Result<(), Stop> {
    let word = if is_dry { "would go" } else { "gone" };
    for pruned in &freed.pruned {
        let files: Vec<&str> = pruned.inputs.keys().map(String::as_str).collect();
        let what = pruned
            .run
            .as_ref()
            .map_or_else(|| files.join(", "), |run| format!("run {run}, {} files", pruned.files.len()));
        print_line(output, &format!("{word}: {what}, {} bytes ({})", pruned.bytes, pruned.reason))?;
    }
    if freed.cache > 0 {
        print_line(output, &format!("{word}: the cache, {} bytes", freed.cache))?;
    }
    for (file, free, all) in &freed.held {
        print_line(
            output,
            &format!("stays: {file}: {free} of {all} captures are no longer needed, but offsets can't move"),
        )?;
    }
    let bytes = freed.pruned.iter().map(|p| p.bytes).sum::<u64>() + freed.cache;
    print_line(output, &format!("{bytes} bytes {word}"))
}
