//! `sanad run`: the batch.

use super::{Ended, Folders, Parsing, Stop, metrics, print_line, stop_for, tell};
use crate::config::Config;
use crate::error::Error;
use crate::preview::{Preview, preview};
use crate::report;
use crate::run;
use crate::run::options::{Options, Progress};
use crate::worker::Limits;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sanad_tlog::key::Keys;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    #[command(flatten)]
    parsing: Parsing,
    /// Touch no network: ingest every capture under --raw, whoever made it.
    #[arg(long)]
    offline: bool,
    /// Only this source; may be given several times.
    #[arg(long, value_name = "ID")]
    source: Vec<String>,
    /// Only the sources of this group (`group` in their files).
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Fetch at most so many pages of each source.
    #[arg(long, value_name = "PAGES", conflicts_with = "offline")]
    limit: Option<usize>,
    /// Say what would be fetched and why, and end.
    #[arg(long, conflicts_with = "offline")]
    dry_run: bool,
    #[command(flatten)]
    asked: Asked,
    /// The time of the run (RFC 3339), instead of the clock's; `SOURCE_DATE_EPOCH` does the same.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// Write the run's numbers to this file, for Prometheus' textfile collector.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "preview"])]
    metrics: Option<PathBuf>,
    /// Print the time of each stage to standard error when the run has ended.
    #[arg(long)]
    timings: bool,
    /// The log's signing key: a file, made when a new log begins; `SANAD_KEY` does the same, or holds the key itself.
    #[arg(long, value_name = "FILE")]
    key: Option<String>,
}

/// What is asked instead of a run.
#[derive(Debug, Args)]
struct Asked {
    /// Say what a run would change, and change nothing: counts, causes and samples. Nothing is fetched.
    #[arg(long, conflicts_with = "dry_run")]
    preview: bool,
    /// With --preview: so many records of each source and cause are shown.
    #[arg(long, value_name = "N", default_value_t = 3, requires = "preview")]
    samples: usize,
    /// With --preview: as one JSON object.
    #[arg(long, requires = "preview")]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let now = now(arguments.now.as_deref())?;
    if let Some(path) = &arguments.metrics {
        metrics::check(path)?;
    }
    let watch = metrics::Watch::new(Bars::default());
    let ended = batch(arguments, &now, &watch);
    if arguments.timings {
        tell(&watch.timings());
    }
    let Some(path) = &arguments.metrics else { return ended.map(|(ended, _)| ended) };
    // The results stand: what goes wrong from here on is a failure beside them.
    if let Err(error) = watch.write(path, &now, &ended) {
        tell(&format!("sanad: {error}"));
        return ended.map(|_| Ended::WithFailures);
    }
    ended.map(|(ended, _)| ended)
}

/// The run, and its report where one was made.
fn batch(
    arguments: &Arguments,
    now: &str,
    watch: &metrics::Watch<Bars>,
) -> Result<(Ended, Option<report::Report>), Stop> {
    let config = Config::load(&arguments.folders.config)?;
    let sources = sources(arguments, &config)?;
    let parsing = &arguments.parsing;
    let settings = &config.settings;
    let options = Options {
        raw: arguments.folders.raw.clone(),
        out: arguments.folders.out.clone(),
        offline: arguments.offline,
        sources,
        limit: arguments.limit,
        jobs: parsing.jobs.or(settings.jobs).map_or_else(super::default_jobs, usize::from),
        now: now.to_owned(),
        text: parsing.text.unwrap_or(settings.text),
        program: Limits::of_this_program()?.program,
        keys: Keys::of_environment(arguments.key.as_deref()),
    };
    if arguments.dry_run {
        return dry_run(&options, &config).map(|ended| (ended, None));
    }
    if arguments.asked.preview {
        let preview = preview(&options, &config, watch, arguments.asked.samples)?;
        return show(&preview, arguments.asked.json).map(|ended| (ended, None));
    }
    let report = run::run(&options, &config, watch)?;
    let ended = if report.is_clean() { Ended::Well } else { Ended::WithFailures };
    let mut output = io::stdout().lock();
    let printed = print_line(&mut output, report::table(&report).trim_end());
    match printed.and_then(|()| output.flush().map_err(|e| stop_for(&e))) {
        // A reader that doesn't want the table doesn't undo the run.
        Ok(()) | Err(Stop::PipeClosed) => Ok((ended, Some(report))),
        Err(stop) => Err(stop),
    }
}

/// The sources that `--source` and `--group` name; none for all.
fn sources(arguments: &Arguments, config: &Config) -> Result<Vec<String>, Error> {
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    for id in &arguments.source {
        if !config.sources.contains_key(id) && !arguments.offline {
            let known = list(config.sources.keys().cloned().collect());
            let message = format!("--source {id}: no such source; configured are: {known}");
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
        let message = format!("--group {group}: no source is in it; groups of the configured sources are: {known}");
        return Err(Error::Usage { message });
    }
    Ok(ids)
}

/// Characters of a paragraph that are shown.
const SHOWN: usize = 160;
/// Paragraphs of a record that are shown, coming and going.
const PARAGRAPHS: usize = 3;

/// Prints what a run would change.
fn show(preview: &Preview, as_json: bool) -> Result<Ended, Stop> {
    let mut output = io::stdout().lock();
    let ended = if preview.report.is_clean() { Ended::Well } else { Ended::WithFailures };
    if as_json {
        let text = serde_json::to_string(preview).map_err(|e| stop_for(&e.into()))?;
        print_line(&mut output, &text)?;
    } else {
        print_line(&mut output, &report::table(&preview.report))?;
        for sample in &preview.samples {
            print_line(&mut output, &format!("{} ({}) {} {}", sample.change, sample.cause, sample.id, sample.url))?;
            if !sample.fields.is_empty() {
                print_line(&mut output, &format!("  differs in {}", sample.fields.join(", ")))?;
            }
            for (mark, paragraphs) in [("-", &sample.without), ("+", &sample.with)] {
                for paragraph in paragraphs.iter().take(PARAGRAPHS) {
                    let shown: String = paragraph.replace('\n', " / ").chars().take(SHOWN).collect();
                    print_line(&mut output, &format!("  {mark} {shown}"))?;
                }
                if paragraphs.len() > PARAGRAPHS {
                    print_line(&mut output, &format!("  {mark} … {} more", paragraphs.len() - PARAGRAPHS))?;
                }
            }
        }
        print_line(&mut output, "a preview: nothing was written")?;
    }
    output.flush().map_err(|e| stop_for(&e))?;
    Ok(ended)
}

/// Prints what would be asked for, a line each: source, address, why.
fn dry_run(options: &Options, config: &Config) -> Result<Ended, Stop> {
    let mut output = io::stdout().lock();
    for due in run::due(options, config)? {
        print_line(&mut output, &format!("{}\t{}\t{}", due.source, due.url, due.why))?;
    }
    output.flush().map_err(|e| stop_for(&e))?;
    Ok(Ended::Well)
}

/// The run's time in UTC, to the second: `--now`, else `SOURCE_DATE_EPOCH`, else the clock, read here and nowhere else.
pub(crate) fn now(given: Option<&str>) -> Result<String, Error> {
    let wrong = |what: &str, text: &str| {
        let message = format!("{what} {text:?} is not a time; write it as 2026-11-21T17:00:00Z");
        Error::Usage { message }
    };
    let time: jiff::Timestamp = match (given, std::env::var("SOURCE_DATE_EPOCH")) {
        (Some(text), _) => text.parse().map_err(|_| wrong("--now", text))?,
        (None, Ok(seconds)) => seconds
            .parse()
            .ok()
            .and_then(|s| jiff::Timestamp::from_second(s).ok())
            .ok_or_else(|| wrong("SOURCE_DATE_EPOCH", &seconds))?,
        (None, Err(_)) => jiff::Timestamp::now(),
    };
    let whole = jiff::Timestamp::from_second(time.as_second()).unwrap_or(time);
    Ok(whole.to_string())
}

/// A bar for each stage on a terminal; nothing when standard error goes elsewhere.
#[derive(Default)]
struct Bars {
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress for Bars {
    fn begin(&self, stage: &'static str, length: Option<u64>) {
        tracing::info!(stage, length, "stage begins");
        // The templates are fixed; were one wrong, the default style would stand in.
        let (bar, template) = match length {
            Some(length) => (ProgressBar::new(length), "{msg:18} {bar:30} {pos}/{len}  {per_sec}  {eta} left"),
            None => (ProgressBar::new_spinner(), "{msg:18} {spinner} {pos}  {per_sec}  {elapsed}"),
        };
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(stage);
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
    }

    fn step(&self) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(1);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
