//! What an audit checks, and what it finds.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sanad_tlog::checkpoint::Checkpoint;
use sanad_tlog::note::Verifier;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What is checked, and against what.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Folder of the captures.
    pub raw: &'a Path,
    /// Folder of the results.
    pub out: &'a Path,
    /// A checkpoint that the auditor kept: the log must extend it.
    pub against: Option<&'a str>,
    /// The key that the auditor trusts. Without one the log's own key is used.
    pub key: Option<&'a Verifier>,
    /// Number of reading threads.
    pub jobs: usize,
}

/// A problem, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// Something differs from what the log says.
    Mismatch {
        /// Path of the file in its folder.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// Something that the log names is missing.
    Missing {
        /// Path of the file in its folder.
        file: String,
        /// What is missing.
        problem: String,
    },
}

impl Finding {
    /// The file it is about.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::Mismatch { file, .. } | Self::Missing { file, .. } => file,
        }
    }
}

/// The result of an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything is as the log says.
    Sound,
    /// Something differs.
    Mismatch,
    /// Something that the log names is missing.
    Incomplete,
}

/// What was checked, and what was found.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Verdict {
    /// How many runs, events, captures, records and files were checked.
    pub checked: BTreeMap<&'static str, u64>,
    /// The problems, sorted; empty if there are none.
    pub findings: Vec<Finding>,
    /// What isn't a problem but worth mentioning: documents taken down, captures that no run has read.
    pub notes: Vec<String>,
    /// The log's tree head, if its signature is valid.
    pub head: Option<Head>,
}

/// The tree head that was checked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Head {
    /// The log's name.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree, base64.
    pub root: String,
    /// The key that signed it.
    pub key: String,
}

impl Verdict {
    /// The result.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.findings.iter().any(|f| matches!(f, Finding::Mismatch { .. })) {
            Outcome::Mismatch
        } else if self.findings.is_empty() {
            Outcome::Sound
        } else {
            Outcome::Incomplete
        }
    }

    pub(super) fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    pub(super) fn add(&mut self, what: &'static str, count: u64) {
        *self.checked.entry(what).or_default() += count;
    }

    pub(super) fn mismatch(&mut self, file: &str, problem: impl Into<String>) {
        self.findings.push(Finding::Mismatch { file: file.to_owned(), problem: problem.into() });
    }

    pub(super) fn missing(&mut self, file: &str) {
        self.findings.push(Finding::Missing { file: file.to_owned(), problem: "the log names it".to_owned() });
    }
}

/// Whether a run was stopped while its results were put in place.
pub(super) fn is_pending(out: &Path) -> bool {
    out.join(".state/journal.json").exists()
}

pub(super) fn head(checkpoint: &Checkpoint, key: &Verifier) -> Head {
    Head {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: BASE64.encode(checkpoint.root),
        key: key.to_string(),
    }
}

/// A name's 128-bit hash, which saves memory over millions of names.
pub(super) fn short(name: &str) -> [u8; 16] {
    blake3::hash(name.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default()
}
