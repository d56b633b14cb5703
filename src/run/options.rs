//! What a run is asked to do, and what it works by.

use crate::config::Config;
use crate::worker::Limits;
use sanad_document::url_key;
use sanad_document::{Capture, TextMode};
use sanad_tlog::key::Keys;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Digest of the whole program's sources. Outcomes, tables and relations that another build cached are never read.
pub(crate) const BUILD: &str = env!("SANAD_SOURCE_DIGEST");

/// Digest of everything that decides what a document is. It is the key of the document cache, which thus survives changes in the
/// rest of the program.
pub(crate) const DOCUMENT_BUILD: &str = env!("SANAD_DOCUMENT_DIGEST");

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the captures.
    pub raw: PathBuf,
    /// Folder of the results.
    pub out: PathBuf,
    /// Read all captures and touch no network; else only what was fetched or imported.
    pub offline: bool,
    /// Only these sources; empty for all.
    pub sources: Vec<String>,
    /// Pages of a source that are fetched, at most.
    pub limit: Option<usize>,
    /// Worker processes.
    pub jobs: usize,
    /// The time of the run (RFC 3339, UTC); read once, never again.
    pub now: String,
    /// How much of a page the texts hold.
    pub text: TextMode,
    /// The program to start as a worker.
    pub program: PathBuf,
    /// Where the log's signing key is.
    pub keys: Keys,
}

/// What the first pass works by.
pub(crate) struct ScanPlan<'a> {
    pub(crate) config: &'a Config,
    pub(crate) sources: &'a [String],
    pub(crate) limits: Limits,
    pub(crate) jobs: usize,
    /// Whether places in HTML are to have their source lines.
    pub(crate) lines: bool,
    /// Record ids of documents that were taken down.
    pub(crate) taken_down: BTreeSet<String>,
}

impl ScanPlan<'_> {
    /// The configured source of a capture's host, else one named after the host.
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

/// Watches a run: stages begin, items pass, the stage ends.
pub trait Progress: Sync {
    /// A stage begins; `length` is the number of items, where known.
    fn begin(&self, stage: &'static str, length: Option<u64>);
    /// One more item passed.
    fn step(&self);
    /// The stage ended.
    fn end(&self);
}

/// Program and version, as records name it.
pub(crate) fn engine() -> String {
    concat!("sanad/", env!("CARGO_PKG_VERSION")).to_owned()
}

/// What one capture may cost.
pub(crate) fn limits_of(config: &Config, program: &Path) -> Limits {
    let limits = &config.settings.limits;
    Limits {
        program: program.to_owned(),
        seconds: limits.seconds,
        megabytes: limits.memory_mb,
        body_bytes: limits.body_mb << 20,
    }
}
