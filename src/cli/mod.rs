//! The command line: one file a command.
//!
//! Results go to standard output, everything for people to standard error. A closed pipe is a clean end. Exit codes:
//! 0 everything ended as it should, 1 some inputs failed or differ, 2 usage, configuration, or the work could not be
//! done, 3 something that the log names is missing.

mod check;
mod erase;
mod explain;
mod export;
mod extract;
mod import;
mod key;
mod manual;
mod metrics;
mod prove;
mod prune;
mod replay;
mod run;
mod schema;
mod source;
pub mod stages;
mod verify;

use crate::error::Error;
use crate::worker;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use sanad_document::TextMode;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Web pages and PDFs in many languages become clean JSON records, with a provenance log that can be checked.
#[derive(Debug, Parser)]
#[command(name = "sanad", version, arg_required_else_help = true)]
struct Cli {
    /// How messages on standard error are written.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch what is due, ingest it, and write records: the main job.
    Run(run::Arguments),
    /// Check the log, and that captures, records and files are what it says.
    Verify(verify::Arguments),
    /// Take over other crawlers' captures (WARC, WACZ) into the raw folder, records and ids as they stand.
    Import(import::Arguments),
    /// Run the stages again from the captures and compare with the log.
    Replay(replay::Arguments),
    /// Write a proof that a record's event stands in the log, or check one.
    Prove(prove::Arguments),
    /// Say where a passage came from, and what was left out around it.
    Explain(explain::Arguments),
    /// Hand records on: as files, into databases, or with their evidence as a package.
    Export(export::Arguments),
    /// Take a document down; its hashes stay in the log.
    Erase(erase::Arguments),
    /// Take away what no current record needs any more, by age and number; the log says what.
    Prune(prune::Arguments),
    /// Show or change the log's key.
    Key(key::Arguments),
    /// Print what makes a shell complete the commands.
    Completions(manual::Completions),
    /// Write man pages.
    Man(manual::Man),
    /// Print a JSON Schema: record, tombstone, removed, quarantine, event or report.
    Schema(schema::Arguments),
    /// The decode stage alone: {id, `bytes_b64`, `content_type`?} a line in, {id, text, encoding, rule, repaired?} a line out.
    Decode,
    /// The repair of letters alone: {id, text} a line in, {id, text, repairs} a line out.
    Repair,
    /// The language stage alone: {id, text} or {id, paragraphs} a line in, {id, lang, script, confidence} a line out.
    Language,
    /// Read single files: one record a line on standard output, nothing else is written.
    Extract(extract::Arguments),
    /// Add a source to the configuration.
    Source(source::Arguments),
    /// Find every mistake in the configuration, with file and line.
    Check(check::Arguments),
}

/// Where the configuration, captures and results are.
#[derive(Debug, Clone, Args)]
pub(crate) struct Folders {
    /// Folder of the configuration.
    #[arg(long, value_name = "DIR", default_value = "config")]
    pub(crate) config: PathBuf,
    /// Folder of the captures.
    #[arg(long, value_name = "DIR", default_value = "raw")]
    pub(crate) raw: PathBuf,
    /// Folder of the results.
    #[arg(long, value_name = "DIR", default_value = "normalized")]
    pub(crate) out: PathBuf,
}

/// How a command ended when nothing kept it from its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything ended as it should.
    Well,
    /// Some inputs failed.
    WithFailures,
    /// Something that the log names is missing.
    Incomplete,
}

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It could not do its work.
    Error(Error),
    /// Nobody reads the output any more.
    PipeClosed,
}

impl From<sanad_tlog::Error> for Stop {
    fn from(error: sanad_tlog::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == worker::COMMAND) {
        // The worker's side of parsing, started by the program itself and no command for people.
        log_to_stderr(LogFormat::Text);
        // A broken pipe means that the parent is gone; there is nobody to tell.
        drop(worker::serve());
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing to do when even the usage can't be printed.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    log_to_stderr(cli.log_format);
    let ended = match cli.command {
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
        Command::Completions(arguments) => manual::completions(&arguments),
        Command::Man(arguments) => manual::man(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Source(arguments) => source::run(&arguments),
        Command::Decode => stage(stages::decode_lines),
        Command::Repair => stage(stages::repair_lines),
        Command::Language => stage(stages::language_lines),
        Command::Check(arguments) => check::run(&arguments),
        Command::Extract(arguments) => extract::run(&arguments),
    };
    match ended {
        Ok(Ended::Well) | Err(Stop::PipeClosed) => ExitCode::SUCCESS,
        Ok(Ended::WithFailures) => ExitCode::from(1),
        Ok(Ended::Incomplete) => ExitCode::from(3),
        Err(Stop::Error(error)) => {
            tell(&format!("sanad: {error}"));
            ExitCode::from(2)
        }
    }
}

/// A stage over JSON lines from standard input to standard output.
fn stage(lines: impl Fn(&mut dyn BufRead, &mut dyn Write) -> io::Result<stages::Tally>) -> Result<Ended, Stop> {
    let mut output = BufWriter::new(io::stdout().lock());
    let tally = lines(&mut io::stdin().lock(), &mut output).map_err(|e| stop_for(&e))?;
    output.flush().map_err(|e| stop_for(&e))?;
    Ok(if tally.errors == 0 { Ended::Well } else { Ended::WithFailures })
}

fn log_to_stderr(format: LogFormat) {
    // People have the closing table; a line for every step would only bury it.
    let level = match format {
        LogFormat::Text => tracing::Level::WARN,
        LogFormat::Json => tracing::Level::INFO,
    };
    let builder = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level).with_target(false);
    let set = match format {
        LogFormat::Text => builder.without_time().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // Somebody set a log before, as tests do; theirs stays.
    drop(set);
}

/// A line for people on standard error; whether anyone reads it doesn't matter.
pub(crate) fn tell(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}

/// Writes a line to standard output.
pub(crate) fn print_line(output: &mut impl Write, line: &str) -> Result<(), Stop> {
    output.write_all(line.as_bytes()).and_then(|()| output.write_all(b"\n")).map_err(|e| stop_for(&e))
}

/// What an output error means: a closed pipe is a clean end.
pub(crate) fn stop_for(error: &io::Error) -> Stop {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Stop::PipeClosed;
    }
    Stop::Error(Error::io(std::path::Path::new("standard output"), "write", error))
}

/// The number of workers when none is given: one a core.
pub(crate) fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Options that commands share.
#[derive(Debug, Clone, Args)]
pub(crate) struct Parsing {
    /// Worker processes; one a core when left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// How much of the page the text holds: title, date line and captions too, or the body alone.
    #[arg(long, value_parser = text_mode(), value_name = "MODE")]
    pub(crate) text: Option<TextMode>,
}

fn text_mode() -> impl TypedValueParser<Value = TextMode> {
    let complete = PossibleValue::new("complete").help("Title, date line and captions too");
    let body = PossibleValue::new("body").help("The body alone");
    PossibleValuesParser::new([complete, body]).map(|name| match name.as_str() {
        "body" => TextMode::Body,
        _ => TextMode::Complete,
    })
}

impl Parsing {
    pub(crate) fn jobs(&self) -> usize {
        self.jobs.map_or_else(default_jobs, usize::from)
    }
}
