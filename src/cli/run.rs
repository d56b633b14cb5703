//! `sanad run`: the batch.

use super::clock::TimeOption;
use super::closing::closing_lines;
use super::exit::{CommandOutcome, Stop, exit_code};
use super::metrics::{self, Stopwatch};
use super::options::{Folders, ParsingOptions, SigningKeyOption};
use super::output::{notify, notify_error, output_failed, print_line};
use super::preview;
use super::progress::ProgressBars;
use super::signals;
use crate::config::Config;
use crate::error::Error;
use crate::report::{self, Report};
use crate::run;
use crate::run::options::Options;
use crate::worker::Limits;
use clap::Args;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    #[command(flatten)]
    parsing: ParsingOptions,
    /// Fetch nothing; process every capture under --raw, whoever made it.
    #[arg(long)]
    offline: bool,
    /// Only this source; may be repeated.
    #[arg(long, value_name = "ID")]
    source: Vec<String>,
    /// Only the sources with this `group` in their configuration files.
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Fetch at most PAGES pages of each source.
    #[arg(long, value_name = "PAGES", conflicts_with = "offline")]
    limit: Option<usize>,
    /// List what would be fetched and why, and do nothing else.
    #[arg(long, conflicts_with = "offline")]
    dry_run: bool,
    #[command(flatten)]
    preview: PreviewOptions,
    #[command(flatten)]
    time: TimeOption,
    /// Write the run's numbers to FILE for Prometheus (textfile collector of the node exporter).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "preview"])]
    metrics: Option<PathBuf>,
    /// Print the time of each stage to standard error.
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    signing_key: SigningKeyOption,
}

#[derive(Debug, Args)]
struct PreviewOptions {
    /// Show what a run would change (counts, causes, samples). Fetches nothing and changes no results.
    #[arg(long, conflicts_with = "dry_run")]
    preview: bool,
    /// With --preview: show N records of each source and cause.
    #[arg(long, value_name = "N", default_value_t = 3, requires = "preview")]
    samples: usize,
    /// With --preview: print one JSON object.
    #[arg(long, requires = "preview")]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let now = arguments.time.now()?;
    if let Some(path) = &arguments.metrics {
        metrics::check_path(path)?;
    }
    let bars = Arc::new(ProgressBars::default());
    let (seen, offline) = (Arc::clone(&bars), arguments.offline);
    signals::watch(move || seen.stopped(offline))?;
    let stopwatch = Stopwatch::new(bars);
    let (result, report) = match batch(arguments, &now, &stopwatch) {
        Ok((outcome, report)) => (Ok(outcome), report),
        Err(stop) => (Err(stop), None),
    };
    if arguments.timings {
        notify(&stopwatch.timings());
    }
    // The results are in place by now, so metrics that can't be written are a failure, but not an error of the run.
    if let Some(path) = &arguments.metrics
        && let Err(error) = stopwatch.write(path, &now, exit_code(&result), report.as_ref())
    {
        notify_error(&error);
        return result.map(|_| CommandOutcome::SomeFailed);
    }
    result
}

/// Does what is asked: a dry run, a preview, or the run itself. Only the run itself makes a report.
fn batch(
    arguments: &Arguments,
    now: &str,
    stopwatch: &Stopwatch<Arc<ProgressBars>>,
) -> Result<(CommandOutcome, Option<Report>), Stop> {
    let config = Config::load(&arguments.folders.config)?;
    arguments.folders.check()?;
    let options = options(arguments, &config, now)?;
    if arguments.dry_run {
        return dry_run(&options, &config).map(|outcome| (outcome, None));
    }
    if arguments.preview.preview {
        let preview = crate::preview::preview(&options, &config, stopwatch, arguments.preview.samples)?;
        let outcome = if arguments.preview.json { preview::print_as_json(&preview) } else { preview::print(&preview) };
        return Ok((outcome?, None));
    }
    let report = run::run(&options, &config, stopwatch)?;
    let outcome = if report.is_clean() { CommandOutcome::Success } else { CommandOutcome::SomeFailed };
    let closing = closing_lines(&report, &arguments.folders, &options.keys, stopwatch.elapsed());
    let mut output = io::stdout().lock();
    let printed = print_line(&mut output, &format!("{}\n{closing}", report::table(&report)));
    match printed.and_then(|()| output.flush().map_err(|e| output_failed(&e))) {
        // The run is done, even if nobody reads the table.
        Ok(()) | Err(Stop::PipeClosed) => Ok((outcome, Some(report))),
        Err(stop) => Err(stop),
    }
}

fn options(arguments: &Arguments, config: &Config, now: &str) -> Result<Options, Error> {
    let settings = &config.settings;
    Ok(Options {
        raw: arguments.folders.raw.clone(),
        out: arguments.folders.out.clone(),
        offline: arguments.offline,
        sources: sources(arguments, config)?,
        limit: arguments.limit,
        jobs: arguments.parsing.jobs.count(settings.jobs),
        now: now.to_owned(),
        rehearsal: arguments.time.is_given() && !arguments.offline,
        text: arguments.parsing.text.unwrap_or(settings.text),
        program: Limits::of_this_program()?.program,
        keys: arguments.signing_key.keys(),
    })
}

/// The ids of the sources that `--source` and `--group` select; empty for all.
fn sources(arguments: &Arguments, config: &Config) -> Result<Vec<String>, Error> {
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    for id in &arguments.source {
        // Offline, a capture whose host no source names has the host as its source.
        if !config.sources.contains_key(id) && !arguments.offline {
            let known = list(config.sources.keys().cloned().collect());
            let message = format!("--source {id}: the configuration has no such source; it has: {known}");
            return Err(Error::Usage { message });
        }
    }
    let Some(group) = &arguments.group else {
        return Ok(arguments.source.clone());
    };
    let members = config.sources.values().filter(|s| s.group.as_ref() == Some(group));
    let wanted = members.filter(|s| arguments.source.is_empty() || arguments.source.contains(&s.id));
    let ids: Vec<String> = wanted.map(|s| s.id.clone()).collect();
    if ids.is_empty() {
        let known: BTreeSet<String> = config.sources.values().filter_map(|s| s.group.clone()).collect();
        let known = list(known.into_iter().collect());
        let message = format!("--group {group}: no source is in this group; the configuration has the groups: {known}");
        return Err(Error::Usage { message });
    }
    Ok(ids)
}

/// Prints what would be fetched, one line each: source, address, why.
fn dry_run(options: &Options, config: &Config) -> Result<CommandOutcome, Stop> {
    let mut output = io::stdout().lock();
    for due in run::due(options, config)? {
        print_line(&mut output, &format!("{}\t{}\t{}", due.source, due.url, due.why))?;
    }
    output.flush().map_err(|e| output_failed(&e))?;
    Ok(CommandOutcome::Success)
}
