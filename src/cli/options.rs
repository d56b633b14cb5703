//! Options that several commands share.

use crate::error::Error;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use sanad_document::TextMode;
use sanad_tlog::key::Keys;
use std::path::{Path, PathBuf};

/// Where the configuration, the captures and the results are.
#[derive(Debug, Clone, Args)]
pub(super) struct Folders {
    /// Configuration folder.
    #[arg(long, value_name = "DIR", default_value = "config")]
    pub(super) config: PathBuf,
    /// Folder with the captures.
    #[arg(long, value_name = "DIR", default_value = "raw")]
    pub(super) raw: PathBuf,
    /// Folder with the results.
    #[arg(long, value_name = "DIR", default_value = "normalized")]
    pub(super) out: PathBuf,
}

impl Folders {
    /// Checks that neither the captures nor the results are inside the other: results would be read as captures, and
    /// captures would be files that no run has made.
    pub(super) fn check(&self) -> Result<(), Error> {
        let (raw, out) = (resolved(&self.raw), resolved(&self.out));
        let what = match (raw.starts_with(&out), out.starts_with(&raw)) {
            (false, false) => return Ok(()),
            (true, true) => "--raw and --out name one folder",
            (true, false) => "--raw is inside --out",
            (false, true) => "--out is inside --raw",
        };
        let (raw, out) = (self.raw.display(), self.out.display());
        let message = format!("{what} (--raw {raw}, --out {out}); name two folders, neither of them inside the other");
        Err(Error::Usage { message })
    }
}

/// A path without links, whose end need not exist.
fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for folder in whole.ancestors() {
        if let Ok(found) = folder.canonicalize() {
            return whole.strip_prefix(folder).map_or(found.clone(), |rest| found.join(rest));
        }
    }
    whole
}

/// How captures are parsed.
#[derive(Debug, Clone, Args)]
pub(super) struct ParsingOptions {
    #[command(flatten)]
    pub(super) jobs: JobsOption,
    /// Which parts of a page its text includes.
    ///
    /// The default is `complete`; for `sanad run` the setting `run.text` in sanad.toml can change it.
    #[arg(long, value_parser = text_mode(), value_name = "MODE")]
    pub(super) text: Option<TextMode>,
}

fn text_mode() -> impl TypedValueParser<Value = TextMode> {
    let complete = PossibleValue::new("complete").help("The main text with title, date line and captions");
    let body = PossibleValue::new("body").help("The main text alone");
    PossibleValuesParser::new([complete, body]).map(|name| match name.as_str() {
        "body" => TextMode::Body,
        _ => TextMode::Complete,
    })
}

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct JobsOption {
    /// Number of worker processes; one per processor core by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

impl JobsOption {
    /// The number given, else that of the configuration, else one per core.
    pub(super) fn count(self, configured: Option<u16>) -> usize {
        self.jobs.or(configured).map_or_else(core_count, usize::from)
    }
}

/// The processor cores this process may use; 1 if the system doesn't say.
pub(super) fn core_count() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[derive(Debug, Clone, Args)]
pub(super) struct SigningKeyOption {
    /// File with the log's signing key.
    ///
    /// A new log gets a new key there. `SANAD_KEY` may name the file or hold the key itself. By default the key is in
    /// `$XDG_DATA_HOME/sanad` or `~/.local/share/sanad`.
    #[arg(long, value_name = "FILE")]
    key: Option<String>,
}

impl SigningKeyOption {
    /// Where to look for the key: `--key`, else `SANAD_KEY`, else the user's key folder.
    pub(super) fn keys(&self) -> Keys {
        Keys::of_environment(self.key.as_deref())
    }
}
