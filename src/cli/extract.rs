//! `sanad extract`: turns single files into records on standard output. It needs no configuration and writes no file.

use super::escape::{Escape, escaped};
use super::exit::{CommandOutcome, Stop};
use super::options::ParsingOptions;
use super::output::{notify, output_failed};
use super::site_repeats::SiteRepeats;
use crate::emit::record::Urls;
use crate::emit::{self, Record};
use crate::error::Error;
use crate::export::{markdown, plain_text};
use crate::ordered_map::par_map_ordered;
use crate::worker::{Limits, Request, Worker};
use clap::Args;
use sanad_document::secrets::masked;
use sanad_document::{Document, SiteRules, TextMode, digest, url_key};
use sanad_extract::Support;
use serde_json::{Value, json};
use std::io::{self, BufWriter, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};

/// Endings of the files that are read from a folder, before an optional `.gz`.
const ENDINGS: &[&str] = &["html", "htm", "xhtml", "shtml", "pdf"];

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    parsing: ParsingOptions,
    /// Address that the input came from.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// `Content-Type` that the input was served with.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Password for encrypted PDFs, tried after the empty one.
    ///
    /// Prefer the environment variable: other users of the machine can see a command's arguments.
    #[arg(long, env = "SANAD_PDF_PASSWORD", hide_env_values = true, value_name = "TEXT")]
    password: Option<String>,
    /// Output format.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Jsonl)]
    format: Format,
    /// Take all files for pages of one site: what repeats on pages of one template is left out, as in a run.
    ///
    /// Without it each file is read by itself, and repetition decides nothing. The files are read twice; folders stand
    /// for the sections of the site.
    #[arg(long)]
    site: bool,
    /// Files, folders, or `-` for standard input.
    #[arg(required = true, value_name = "PATH|DIR|-")]
    inputs: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON record per line; a file without a record gets a line with `error`.
    Jsonl,
    /// Markdown, with the document's metadata in front.
    Markdown,
    /// Plain text, with a form feed between documents.
    Text,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let limits = Limits::of_this_program()?;
    let mut paths = Vec::new();
    for input in &arguments.inputs {
        collect_files(input, &mut paths)?;
    }
    let mode = arguments.parsing.text.unwrap_or_default();
    let mut output = BufWriter::new(io::stdout());
    let mut outcome = CommandOutcome::Success;
    let mut stop = None;
    let jobs = arguments.parsing.jobs.count(None);
    let start_worker = || Worker::new(limits.clone());
    let parse = |worker: &mut Worker, path: &Path| {
        read(path, limits.body_bytes).and_then(|body| worker.parse(&request(body, arguments)))
    };
    let repeats = if arguments.site {
        expect_files(&paths)?;
        Some(SiteRepeats::count(&paths, jobs, start_worker, parse)?)
    } else {
        None
    };
    let extract = |worker: &mut Worker, path: PathBuf| {
        let record = parse(worker, &path).map(|document| {
            let support = repeats.as_ref().map(|repeats| repeats.support(&document, &path)).unwrap_or_default();
            record(document, &support, &path, arguments.url.as_deref(), mode)
        });
        (path, record)
    };
    let mut separator = "";
    let result = par_map_ordered(jobs, paths.into_iter(), (start_worker, extract), |(path, record)| {
        if let Err(error) = &record {
            outcome = CommandOutcome::SomeFailed;
            if arguments.format != Format::Jsonl {
                notify(&match error {
                    // Its message begins with the path.
                    Error::Io { .. } => error.to_string(),
                    _ => format!("{}: {error} ({})", path.display(), error.code()),
                });
                return Ok(());
            }
        }
        let text = match (arguments.format, record) {
            (Format::Markdown, Ok(record)) => format!("{separator}{}", markdown::document(&record)),
            (Format::Text, Ok(record)) => format!("{separator}{}", plain_text(&record)),
            (_, record) => escaped(&json_line(&path, record), Escape::Json).into_owned(),
        };
        let is_prose = arguments.format != Format::Jsonl && io::stdout().is_terminal();
        let text = if is_prose { escaped(&text, Escape::Text).into_owned() } else { text };
        separator = if arguments.format == Format::Text { "\u{c}" } else { "\n" };
        output.write_all(text.as_bytes()).map_err(|error| {
            stop = Some(output_failed(&error));
            // Any error ends the map; `stop` says what it means.
            Error::io(Path::new("standard output"), "write", &error)
        })
    });
    if let Some(stop) = stop {
        return Err(stop);
    }
    result?;
    output.flush().map_err(|e| output_failed(&e))?;
    Ok(outcome)
}

/// Refuses standard input for a site, whose files are read twice.
fn expect_files(paths: &[PathBuf]) -> Result<(), Error> {
    if paths.iter().any(|path| path == Path::new("-")) {
        let message = "--site reads each file twice, and standard input (`-`) can be read once; name files or folders";
        return Err(Error::Usage { message: message.to_owned() });
    }
    Ok(())
}

fn request(body: Vec<u8>, arguments: &Arguments) -> Request {
    let site = SiteRules { pdf_passwords: arguments.password.iter().cloned().collect(), ..SiteRules::default() };
    Request {
        body,
        url: arguments.url.clone(),
        content_type: arguments.content_type.clone(),
        site: arguments.password.is_some().then_some(site),
        ..Request::default()
    }
}

/// Collects the files under `input` in the order of their names. A file in a folder that is neither HTML nor PDF by its
/// name is reported and skipped; a file named on the command line is always read.
fn collect_files(input: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Error> {
    if !input.is_dir() {
        paths.push(input.to_owned());
        return Ok(());
    }
    let fault = |e: io::Error| Error::io(input, "read", &e);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(input).map_err(fault)? {
        entries.push(entry.map_err(fault)?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect_files(&path, paths)?;
        } else if has_known_ending(&path) {
            paths.push(path);
        } else {
            notify(&format!("{}: skipped; by its name neither HTML nor PDF", path.display()));
        }
    }
    Ok(())
}

fn has_known_ending(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// Reads an input, at most `limit` bytes of it, and unpacks a `.gz` file.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let fault = |e: io::Error| Error::io(path, "read", &e);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(limit + 1).read_to_end(&mut bytes).map_err(fault)?;
    } else {
        let file = std::fs::File::open(path).map_err(fault)?;
        if sanad_warc::format_of(path).map_err(fault)?.is_archive() {
            return Err(Error::Archive);
        }
        let gzipped = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
        let mut input: Box<dyn Read> =
            if gzipped { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
        input.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(|e| {
            if gzipped {
                return sanad_decode::Error::ContentCoding { coding: "gzip".to_owned(), cause: e.to_string() }.into();
            }
            fault(e)
        })?;
    }
    if bytes.len() as u64 > limit {
        return Err(sanad_decode::Error::TooLarge { limit }.into());
    }
    Ok(bytes)
}

fn json_line(path: &Path, record: Result<Record, Error>) -> String {
    let line = match record {
        Ok(record) => digest::json_line(&record),
        Err(error) => digest::json_line(&json!({"id": id_of(path),
            "error": {"code": error.code(), "message": error.to_string()},
            "metadata": {"path": path.to_string_lossy()}})),
    };
    // Neither value has anything that JSON can't express.
    line.unwrap_or_default() + "\n"
}

fn record(document: Document, support: &[Support], path: &Path, url: Option<&str>, mode: TextMode) -> Record {
    let (document, metadata) =
        sanad_extract::judge(document, support, &sanad_extract::Visit { url, captured_at: None, mode });
    let stated = sanad_extract::metadata::canonical(&document, url);
    let plain = |url: String| masked(&url).into_owned();
    let (address, declared) = (stated.address.map(plain), stated.declared.map(plain));
    let url = url.map(masked);
    let place = emit::RecordIdentity {
        id: id_of(path),
        source: url.as_deref().map(url_key::site_of).unwrap_or_default(),
        added: String::new(),
        url: url.map(|u| Urls {
            requested: u.clone().into_owned(),
            canonical: Some(url_key::canonical_url(address.as_deref().unwrap_or(&u))),
            final_url: u.into_owned(),
            declared,
            aliases: Vec::new(),
        }),
    };
    let mut record = emit::record(&document, &metadata, &place);
    record.metadata.insert("path".to_owned(), Value::String(path.to_string_lossy().into_owned()));
    if let Some(encoding) = &document.encoding {
        record.metadata.insert("encoding".to_owned(), json!(encoding));
    }
    record
}

/// The file name without `.gz` and without its ending; `-` for standard input.
fn id_of(path: &Path) -> String {
    let name = path.file_name().map_or_else(|| "-".to_owned(), |n| n.to_string_lossy().into_owned());
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}
