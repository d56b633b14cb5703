//! The command line: one file per command; this one parses the arguments and calls them.
//!
//! Results go to standard output, messages for people to standard error.

mod check;
mod clock;
mod closing;
mod erase;
mod escape;
mod exit;
mod explain;
mod export;
mod extract;
mod import;
mod key;
mod logging;
mod manual;
mod metrics;
mod options;
mod output;
mod preview;
mod progress;
mod prove;
mod prune;
mod public_key;
mod replay;
mod run;
mod schema;
mod signals;
mod site_repeats;
mod source;
pub mod stages;
mod verify;

use crate::worker;
use clap::{CommandFactory, Parser, Subcommand};
use exit::{CommandOutcome, Stop};
use logging::LogFormat;
use std::process::ExitCode;

/// Turns web pages and PDFs in many languages into clean JSON records, with a signed provenance log to check them
/// against.
#[derive(Debug, Parser)]
#[command(name = "sanad", version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Cli {
    /// Format of the log messages on standard error.
    // At the end of every command's options.
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text, display_order = 900)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
To begin: `sanad run --offline` processes the captures under raw/, `sanad source add URL` adds a source to fetch,
`sanad verify` checks the results, and `sanad explain ID` shows where a record comes from.

Exit codes:
  0  success
  1  something failed that no earlier run has reported, an expectation is broken, or something differs from the log
  2  wrong usage, a mistake in the configuration, or the command could not do its work
  3  something that the log names is missing
  130, 143  stopped by Ctrl-C or SIGTERM; what is on disk stays usable";

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch what is due, process it and write records: the main command.
    Run(run::Arguments),
    /// Check captures, records and files against the log, and the log against its signature.
    Verify(verify::Arguments),
    /// Copy other crawlers' captures (WARC, WACZ) into the raw folder, records and record ids unchanged.
    Import(import::Arguments),
    /// Process captures again and compare the results with the log.
    Replay(replay::Arguments),
    /// Write a proof that the log contains a record's event, or check such a proof.
    Prove(prove::Arguments),
    /// Show where the text of a record comes from, and what was left out around it.
    Explain(explain::Arguments),
    /// Export records as files, to a database, or together with their evidence.
    Export(export::Arguments),
    /// Take a document down: delete its captures and records, and keep their hashes in the log.
    Erase(erase::Arguments),
    /// Delete old files and captures that no current record needs; the log says which.
    ///
    /// If both a number and an age are given, only what exceeds both is deleted. The most recent run, and every capture
    /// that a current record came from, are always kept. A capture file of which only a part is needed is compacted.
    Prune(prune::Arguments),
    /// Show the log's public keys, or change its signing key.
    Key(key::Arguments),
    /// Print a completion script for a shell.
    Completions(manual::Completions),
    /// Write man pages.
    Man(manual::Man),
    /// Print a JSON Schema: record, tombstone, removed, quarantine, event or report.
    Schema(schema::Arguments),
    /// Run the decode stage on JSON lines: `{id, bytes_b64, content_type?}` to `{id, text, encoding, rule, repaired?}`.
    Decode,
    /// Repair text from broken fonts on JSON lines: `{id, text}` to `{id, text, repairs}`.
    Repair,
    /// Run the language stage on JSON lines: `{id, text}` or `{id, paragraphs}` to `{id, lang, script, confidence}`.
    Language,
    /// Extract records from single files to standard output; writes nothing else.
    Extract(extract::Arguments),
    /// Add a source to the configuration.
    Source(source::Arguments),
    /// List every mistake in the configuration, with file and line.
    Check(check::Arguments),
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == worker::COMMAND) {
        return serve_worker();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // If even the usage can't be printed, nothing is left to try.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    logging::start(cli.log_format);
    let result = watch_signals(&cli.command).and_then(|()| dispatch(cli.command));
    if let Err(Stop::Error(error)) = &result {
        output::notify_error(error);
    }
    ExitCode::from(exit::exit_code(&result))
}

/// Watches for signals. `run` does so itself, since it can say how far it is.
fn watch_signals(command: &Command) -> Result<(), Stop> {
    let is_whole =
        "stopped before the end; what it writes appears as a whole or not at all, and the same command begins again";
    let said = match command {
        Command::Run(_) => return Ok(()),
        Command::Erase(_) | Command::Prune(_) | Command::Key(_) => {
            "stopped before the end; `sanad verify` says whether it is done, and the same command finishes it"
        }
        Command::Import(_) | Command::Export(_) | Command::Source(_) | Command::Man(_) => is_whole,
        _ => "stopped before the end; nothing was changed",
    };
    Ok(signals::watch(|| said.to_owned())?)
}

fn dispatch(command: Command) -> Result<CommandOutcome, Stop> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Prove(arguments) => prove::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Erase(arguments) => erase::run(&arguments),
        Command::Prune(arguments) => prune::run(&arguments),
        Command::Key(arguments) => key::run(&arguments),
        Command::Completions(arguments) => manual::completions(&arguments, Cli::command()),
        Command::Man(arguments) => manual::man(&arguments, Cli::command()),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Source(arguments) => source::run(&arguments),
        Command::Decode => stages::run(stages::decode_lines),
        Command::Repair => stages::run(stages::repair_lines),
        Command::Language => stages::run(stages::language_lines),
        Command::Check(arguments) => check::run(&arguments),
        Command::Extract(arguments) => extract::run(&arguments),
    }
}

/// Serves as a worker process: the program starts itself with this hidden command to parse untrusted bytes.
fn serve_worker() -> ExitCode {
    logging::start(LogFormat::Text);
    // A broken pipe means that the parent is gone, so nobody is left to report to.
    drop(worker::serve());
    ExitCode::SUCCESS
}
