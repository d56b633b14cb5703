//! Whether what stands on disk is what the log says, and whether the log is the one that was signed.
//!
//! First the log itself: signatures, the root from the entries, every stored checkpoint, every tile. Then what it says:
//! runs, counts, captures, records, files; files that are there but not in the log are found too. When the log itself
//! doesn't hold, what it says is worth nothing and isn't looked at.

mod events;
mod files;
mod log;

use crate::error::Error;
use crate::log::LOG;
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
    /// A checkpoint that the auditor kept: the log must have grown from it.
    pub against: Option<&'a str>,
    /// The key that the auditor trusts; else the log's own word is taken.
    pub key: Option<&'a Verifier>,
    /// Threads that read.
    pub jobs: usize,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// Something isn't what the log says.
    Mismatch {
        /// File, from the folder it was looked for in.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// Something that the log names isn't there.
    Missing {
        /// File, from the folder it was looked for in.
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

/// The sum of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything is what the log says.
    Sound,
    /// Something isn't.
    Mismatch,
    /// Something that the log names is missing.
    Incomplete,
}

/// What was checked, and what was found.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Verdict {
    /// Runs, events, captures, records and files that were checked.
    pub checked: BTreeMap<&'static str, u64>,
    /// What is wrong, sorted; empty when all is sound.
    pub findings: Vec<Finding>,
    /// What is as it should be but deserves a word: documents taken down, captures that no run has read.
    pub notes: Vec<String>,
    /// The log's tree head, once its signature was found right.
    pub head: Option<Head>,
}

/// The tree head that was checked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Head {
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the tree, base64.
    pub root: String,
    /// The key that signed it.
    pub key: String,
}

impl Verdict {
    /// The sum of the findings.
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

    fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    fn add(&mut self, what: &'static str, count: u64) {
        *self.checked.entry(what).or_default() += count;
    }

    fn mismatch(&mut self, file: &str, problem: impl Into<String>) {
        self.findings.push(Finding::Mismatch { file: file.to_owned(), problem: problem.into() });
    }

    fn missing(&mut self, file: &str) {
        self.findings.push(Finding::Missing { file: file.to_owned(), problem: "the log names it".to_owned() });
    }
}

/// Checks the results under `out` and the captures under `raw` against the log.
///
/// # Errors
/// When there is no log, what the auditor kept can't be read, or the disk fails.
pub fn verify(question: &Question<'_>) -> Result<Verdict, Error> {
    let mut verdict = Verdict::default();
    let out = question.out;
    if !out.join(LOG).exists() && std::fs::read_dir(out.join("runs")).map_or(true, |mut d| d.next().is_none()) {
        return Err(Error::NoResults { path: out.display().to_string() });
    }
    let kept = question.against.map(kept).transpose()?;
    let pending = is_pending(out);
    if pending {
        verdict.findings.push(Finding::Missing {
            file: "runs".to_owned(),
            problem: "a run was stopped while its results were put in place; the next `sanad run` finishes it"
                .to_owned(),
        });
    }
    let Some(stated) = log::check(question, kept.as_ref(), &mut verdict)? else {
        verdict.findings.sort();
        verdict.findings.dedup();
        return Ok(verdict);
    };
    if !pending {
        files::check(question, &stated, &mut verdict)?;
    }
    verdict.findings.sort();
    verdict.findings.dedup();
    Ok(verdict)
}

/// Whether a run was stopped while its results were put in place.
fn is_pending(out: &Path) -> bool {
    out.join(".state/journal.json").exists()
}

fn kept(note: &str) -> Result<(Checkpoint, sanad_tlog::note::Note), Error> {
    Checkpoint::of_note(note).ok_or_else(|| Error::Usage {
        message: "--against: the file is not a signed checkpoint; give a copy of log/checkpoint from the results"
            .to_owned(),
    })
}

fn head(checkpoint: &Checkpoint, key: &Verifier) -> Head {
    Head {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: BASE64.encode(checkpoint.root),
        key: key.to_string(),
    }
}

/// 16 bytes that stand for a name among millions of others.
fn short(name: &str) -> [u8; 16] {
    blake3::hash(name.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default()
}

/// The 32 bytes of a `sha256:` digest; none for what isn't one.
fn parsed(digest: &str) -> Option<[u8; 32]> {
    let hex = digest.strip_prefix("sha256:").filter(|h| h.len() == 64)?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(hex.as_bytes().as_chunks().0) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written_and_nothing_else_is() {
        let text = sanad_document::digest::sha256(b"x");
        assert_eq!(parsed(&text).map(|b| sanad_document::digest::named(&b)), Some(text.clone()));
        for wrong in
            [text.to_uppercase(), text.replace("sha256", "sha512"), format!("{text}0"), text.replacen('f', "g", 1)]
        {
            assert_eq!(parsed(&wrong), None, "{wrong}");
        }
    }
}
