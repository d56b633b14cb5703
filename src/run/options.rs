//! What a run is asked to do, and what its stages share.

use crate::config::Config;
use crate::log::event::Input;
use crate::worker::Limits;
use sanad_document::{Capture, TextMode, url_key};
use sanad_fetch::FetchProgress;
use sanad_tlog::key::Keys;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Digest of the whole program's sources. Outcomes, tables and relations that another build cached are never read.
pub(crate) const BUILD: &str = env!("SANAD_SOURCE_DIGEST");

/// Digest of the code that decides what a document is. The document cache is keyed by it, so it survives changes in
/// the rest of the program.
pub(crate) const DOCUMENT_BUILD: &str = env!("SANAD_DOCUMENT_DIGEST");

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the captures.
    pub raw: PathBuf,
    /// Folder of the results.
    pub out: PathBuf,
    /// Read all captures and don't use the network. Otherwise read only what was fetched or imported.
    pub offline: bool,
    /// Only these sources; all if empty.
    pub sources: Vec<String>,
    /// The most pages that are fetched per source.
    pub limit: Option<usize>,
    /// Number of worker processes.
    pub jobs: usize,
    /// The time of the run (RFC 3339, UTC). The clock is read once, by the caller.
    pub now: String,
    /// The run fetches as if it were that time: captures state it too.
    pub rehearsal: bool,
    /// How much of a page the texts hold.
    pub text: TextMode,
    /// The program to start as a worker.
    pub program: PathBuf,
    /// Where the log's signing key is.
    pub keys: Keys,
}

/// What the scan works with.
pub(crate) struct ScanPlan<'a> {
    pub(crate) config: &'a Config,
    pub(crate) sources: &'a [String],
    pub(crate) limits: Limits,
    pub(crate) jobs: usize,
    /// Whether places in HTML get their source lines.
    pub(crate) lines: bool,
    /// Record ids of documents that were taken down.
    pub(crate) taken_down: BTreeSet<String>,
    /// The time of the run (RFC 3339).
    pub(crate) now: &'a str,
    /// The results folder, and the entries its log had before the run: an id that they name stays.
    pub(crate) out: &'a Path,
    pub(crate) log_size: u64,
}

impl ScanPlan<'_> {
    /// Id of the configured source of a capture's host, otherwise the host.
    pub(crate) fn source_id(&self, capture: &Capture) -> String {
        source_id(self.config, capture)
    }

    pub(crate) fn wants(&self, capture: &Capture) -> bool {
        self.sources.is_empty() || self.sources.contains(&self.source_id(capture))
    }
}

fn source_id(config: &Config, capture: &Capture) -> String {
    let host = url_key::site_of(&capture.url);
    config.source_of(&host).map_or(host, |s| s.id.clone())
}

/// Observes the progress of a run.
pub trait Progress: Sync {
    /// A stage begins. `length` is its number of items, if known.
    fn begin(&self, stage: &'static str, length: Option<u64>);
    /// One more item is done.
    fn step(&self);
    /// The fetch is this far.
    fn fetched(&self, _progress: &FetchProgress) {}
    /// So many bytes of the stage's input are behind, of so many.
    fn reached(&self, _bytes: u64, _of: u64) {}
    /// The stage ends.
    fn end(&self);
}

impl<P: Progress + Send> Progress for Arc<P> {
    fn begin(&self, stage: &'static str, length: Option<u64>) {
        (**self).begin(stage, length);
    }

    fn step(&self) {
        (**self).step();
    }

    fn fetched(&self, progress: &FetchProgress) {
        (**self).fetched(progress);
    }

    fn reached(&self, bytes: u64, of: u64) {
        (**self).reached(bytes, of);
    }

    fn end(&self) {
        (**self).end();
    }
}

/// Where each input begins, in bytes from the first one's start, to tell how much is behind when a capture is read.
pub(crate) struct InputOffsets {
    /// By file: start and end.
    files: HashMap<String, (u64, u64)>,
    of: u64,
}

impl InputOffsets {
    /// The offsets of inputs that are read in this order.
    pub(crate) fn of(inputs: &[Input]) -> Self {
        let mut of = 0;
        let mut place = |input: &Input| {
            let start = of;
            of += input.bytes;
            (input.file.clone(), (start, of))
        };
        Self { files: inputs.iter().map(&mut place).collect(), of }
    }

    /// Says how much is behind with this capture.
    pub(crate) fn tell(&self, capture: &Capture, progress: &dyn Progress) {
        if let Some((start, end)) = self.files.get(&capture.place.file) {
            progress.reached(start.saturating_add(capture.place.offset).min(*end), self.of);
        }
    }
}

/// Program and version, as records state them.
pub(crate) fn engine() -> String {
    concat!("sanad/", env!("CARGO_PKG_VERSION")).to_owned()
}

/// The limits of parsing one capture.
pub(crate) fn limits_of(config: &Config, program: &Path) -> Limits {
    let limits = &config.settings.limits;
    Limits {
        program: program.to_owned(),
        seconds: limits.seconds,
        megabytes: limits.memory_mb,
        body_bytes: limits.body_mb << 20,
    }
}
