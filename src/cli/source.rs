//! `sanad source add`: a new source, proposed from a look at a page.

use super::{Ended, Stop, print_line, stop_for, tell};
use crate::config::Config;
use crate::error::Error;
use crate::survey::{self, Survey};
use crate::worker::Limits;
use clap::{Args, Subcommand};
use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;
use url::Url;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at a page, propose a source and rules for its site, and write them after a yes.
    Add(Add),
}

#[derive(Debug, Args)]
struct Add {
    /// A listing of the pages that are wanted, or one of them.
    #[arg(value_name = "URL")]
    address: Url,
    /// Folder of the configuration.
    #[arg(long, value_name = "DIR", default_value = "config")]
    config: PathBuf,
    /// The source's id: its file's name. The host's name when left out.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// A private host that may be asked all the same; may be given several times.
    #[arg(long, value_name = "HOST")]
    allow_private: Vec<String>,
    /// Write without asking.
    #[arg(long)]
    yes: bool,
}

/// Words for yes, in the languages of the people at work.
const YES: [&str; 6] = ["y", "yes", "да", "д", "ҳа", "бале"];

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Stop> {
    let Command::Add(add) = &arguments.command;
    let id_is_plain = |id: &String| id.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if let Some(id) = add.id.as_ref().filter(|id| id.is_empty() || !id_is_plain(id)) {
        let message = format!("--id {id:?}: must be letters, digits, `.`, `-` and `_`: it names a file");
        return Err(Error::Usage { message }.into());
    }
    let config = if add.config.is_dir() { Config::load(&add.config)? } else { Config::default() };
    let survey = Survey {
        address: &add.address,
        id: add.id.as_deref(),
        allow_private: &add.allow_private,
        limits: Limits::of_this_program()?,
    };
    let proposal = survey::propose(&survey, &config)?;
    let mut output = io::stdout().lock();
    for (name, text) in &proposal.files {
        print_line(&mut output, &format!("# {}", add.config.join(name).display()))?;
        print_line(&mut output, text)?;
    }
    output.flush().map_err(|e| stop_for(&e))?;
    proposal.notes.iter().for_each(|note| tell(&format!("note: {note}")));
    if !(add.yes || said_yes()?) {
        tell("nothing is written");
        return Ok(Ended::Well);
    }
    for path in survey::write(&proposal, &add.config)? {
        print_line(&mut output, &format!("written: {}", path.display()))?;
    }
    Ok(Ended::Well)
}

fn said_yes() -> Result<bool, Stop> {
    tell("Write this? [y/N]");
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    if read.map_err(|e| Error::io(std::path::Path::new("standard input"), "read", &e))? == 0 {
        let message = "nobody said yes: give --yes to write without asking".to_owned();
        return Err(Error::Usage { message }.into());
    }
    Ok(YES.contains(&line.trim().to_lowercase().as_str()))
}
