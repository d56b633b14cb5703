//! `sanad source add`: proposes a new source after a look at one of its pages.

use super::exit::{CommandOutcome, Stop};
use super::output::{notify, output_failed, print_line};
use crate::config::Config;
use crate::error::Error;
use crate::survey::{self, Survey};
use crate::worker::Limits;
use clap::{Args, Subcommand};
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use url::Url;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Look at a page, propose a source and rules for its site, and write them after confirmation.
    Add(Add),
}

#[derive(Debug, Args)]
struct Add {
    /// A page that lists the wanted pages, or one of the wanted pages.
    #[arg(value_name = "URL")]
    address: Url,
    /// Configuration folder.
    #[arg(long, value_name = "DIR", default_value = "config")]
    config: PathBuf,
    /// Id of the source and name of its file; the host's name by default.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// A host with a private address that may be fetched; may be repeated.
    #[arg(long, value_name = "HOST")]
    allow_private: Vec<String>,
    /// Write the files without asking.
    #[arg(long)]
    yes: bool,
}

/// Answers that mean yes: English, Russian, Tajik.
const YES: [&str; 6] = ["y", "yes", "да", "д", "ҳа", "бале"];

pub(super) fn run(arguments: &Arguments) -> Result<CommandOutcome, Stop> {
    let Action::Add(add) = &arguments.action;
    let is_plain = |id: &String| id.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if let Some(id) = add.id.as_ref().filter(|id| id.is_empty() || !is_plain(id)) {
        let message = format!("--id {id:?}: use only letters, digits, `.`, `-` and `_`, because the id names a file");
        return Err(Error::Usage { message }.into());
    }
    if !add.address.username().is_empty() || add.address.password().is_some() {
        let message = "the address has a user name or password in it; give it without, and put an `Authorization` header \
                       under `[headers]` of the source";
        return Err(Error::Usage { message: message.to_owned() }.into());
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
    output.flush().map_err(|e| output_failed(&e))?;
    proposal.notes.iter().for_each(|note| notify(&format!("note: {note}")));
    if !(add.yes || is_confirmed()?) {
        notify("nothing was written");
        return Ok(CommandOutcome::Success);
    }
    for path in survey::write(&proposal, &add.config)? {
        print_line(&mut output, &format!("written: {}", path.display()))?;
    }
    Ok(CommandOutcome::Success)
}

fn is_confirmed() -> Result<bool, Stop> {
    notify("Write these files? [y/N]");
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    if read.map_err(|e| Error::io(Path::new("standard input"), "read", &e))? == 0 {
        let message = "standard input ended without an answer; use `--yes` to write without asking".to_owned();
        return Err(Error::Usage { message }.into());
    }
    Ok(YES.contains(&line.trim().to_lowercase().as_str()))
}
