//! `sanad prove`: writes an inclusion proof that can be checked without the log, and checks such a proof.

use super::exit::{CommandOutcome, Stop};
use super::options::Folders;
use super::output::{output_failed, print_json, print_line};
use super::public_key::public_key;
use crate::audit::{prove, prove_entry};
use crate::emit::Record;
use crate::emit::record::record_digest;
use crate::error::Error;
use crate::log::LOG;
use crate::log::event::Event;
use clap::Args;
use sanad_document::digest;
use sanad_tlog::Reader;
use sanad_tlog::note::Verifier;
use sanad_tlog::proof::Proof;
use serde_json::json;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Record id.
    #[arg(value_name = "ID", required_unless_present_any = ["index", "check"])]
    id: Option<String>,
    /// Prove this entry of the log instead of a record.
    #[arg(long, value_name = "INDEX", conflicts_with = "id")]
    index: Option<u64>,
    /// File for the proof, or `-` for standard output; by default named after the record.
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
    /// Check this proof instead of writing one.
    #[arg(long, value_name = "PROOF", conflicts_with_all = ["id", "index"])]
    check: Option<PathBuf>,
    /// With --check: the public key to trust, or a file with it; by default the keys of the log under --out.
    #[arg(long, value_name = "KEY", requires = "check")]
    key: Option<String>,
    /// With --check: a file whose first line is the record that the proof must be about.
    #[arg(long, value_name = "FILE", requires = "check")]
    record: Option<PathBuf>,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    match &arguments.check {
        Some(path) => check(arguments, path),
        None => write(arguments),
    }
}

fn write(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let out = &arguments.folders.out;
    let (proof, name) = match (&arguments.id, arguments.index) {
        (Some(id), _) => (prove(out, id)?, id.replace(['/', '\\', ':'], "_")),
        (None, index) => {
            let index = index.unwrap_or_default();
            (prove_entry(out, index)?, format!("entry-{index}"))
        }
    };
    let file = arguments.output.clone().unwrap_or_else(|| format!("{name}.tlog-proof"));
    let mut output = io::stdout().lock();
    if file == "-" {
        output.write_all(proof.text().as_bytes()).map_err(|e| output_failed(&e))?;
        return Ok(CommandOutcome::Success);
    }
    std::fs::write(&file, proof.text()).map_err(|e| Error::io(Path::new(&file), "write", &e))?;
    if arguments.json {
        let value = json!({"proof": file, "index": proof.index, "entry": String::from_utf8_lossy(&proof.entry)});
        print_json(&mut output, &value)?;
    } else {
        let index = proof.index;
        print_line(
            &mut output,
            &format!("{file}: proof of log entry {index}; check it with `sanad prove --check {file}`"),
        )?;
    }
    Ok(CommandOutcome::Success)
}

fn check(arguments: &Arguments, path: &Path) -> Result<CommandOutcome, Stop> {
    let proof = Proof::parse(&read(path)?);
    let keys: Vec<Verifier> = match &arguments.key {
        Some(key) => vec![public_key(key)?],
        None => Reader::new(&arguments.folders.out.join(LOG)).keys()?,
    };
    let record = arguments.record.as_deref().map(record_in).transpose()?;
    let head = proof.as_ref().and_then(|p| keys.iter().find_map(|key| p.check(key)));
    let event = proof.as_ref().and_then(|p| Event::parse(&p.entry).ok());
    let proven = event.as_ref().and_then(Event::ended).map(|e| (e.id.clone(), e.record_digest.clone()));
    let problem = match (&head, &record) {
        (None, _) => Some("the proof doesn't lead to a checkpoint signed by the key"),
        (_, Some(record)) if proven.as_ref() != Some(record) => Some("the proof is about another record"),
        _ => None,
    };
    let mut output = io::stdout().lock();
    if arguments.json {
        let value = json!({"verdict": if problem.is_some() { "mismatch" } else { "sound" }, "problem": problem,
            "index": proof.as_ref().map(|p| p.index), "size": head.as_ref().map(|h| h.size), "event": event});
        print_line(&mut output, &digest::canonical_json(&value))?;
    } else if let Some(problem) = problem {
        print_line(&mut output, &format!("mismatch: {}: {problem}", path.display()))?;
    } else if let (Some(head), Some(proof)) = (head, proof) {
        print_line(&mut output, &String::from_utf8_lossy(&proof.entry))?;
        print_line(&mut output, &format!("sound: entry {} of {} in {}", proof.index, head.size, head.origin))?;
    }
    Ok(if problem.is_some() { CommandOutcome::SomeFailed } else { CommandOutcome::Success })
}

/// Id and digest of the record in the first line of a file.
fn record_in(path: &Path) -> Result<(String, String), Error> {
    let text = read(path)?;
    let line = text.lines().next().unwrap_or_default();
    let record: Record = serde_json::from_str(line).map_err(|e| Error::io(path, "understand", &e.into()))?;
    Ok((record.id.clone(), record_digest(&record)?))
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", &e))
}
