//! Whether what stands on disk is what the log says, and whether the log is the one that was signed.
//!
//! First the log itself: signatures, the root from the entries, every stored checkpoint, every tile. Then what it says:
//! runs, counts, captures, records, files; files that are there but not in the log are found too. When the log itself
//! doesn't hold, what it says is worth nothing and isn't looked at.

mod compactions;
mod events;
mod files;
mod log;
mod verdict;

pub use verdict::{Finding, Head, Outcome, Question, Verdict};

use crate::error::Error;
use crate::log::LOG;
use sanad_tlog::checkpoint::Checkpoint;
use verdict::is_pending;

/// Checks the results under `out` and the captures under `raw` against the log.
///
/// # Errors
/// When there is no log, what the auditor kept can't be read, or the disk fails.
pub fn verify(question: &Question<'_>) -> Result<Verdict, Error> {
    let mut verdict = Verdict::default();
    let out = question.out;
    // A run that is stopped before its end leaves the log's name and keys, and nothing to verify.
    let has_log = ["checkpoint", "checkpoints", "tile"].iter().any(|name| out.join(LOG).join(name).exists());
    if !has_log && std::fs::read_dir(out.join("runs")).map_or(true, |mut d| d.next().is_none()) {
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

fn kept(note: &str) -> Result<(Checkpoint, sanad_tlog::note::Note), Error> {
    Checkpoint::of_note(note).ok_or_else(|| Error::Usage {
        message: "--against: the file is not a signed checkpoint; give a copy of log/checkpoint from the results"
            .to_owned(),
    })
}
