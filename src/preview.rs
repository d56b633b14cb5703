//! Shows what a run would change, without changing it: after an update of the program, with new rules, with new
//! captures.
//!
//! The stages run on the captures that are there. Nothing is fetched; results and log stay as they are. New documents
//! stay in the cache, so the run that follows is quick.

use crate::captures::files;
use crate::config::Config;
use crate::error::Error;
use crate::log::{LOG, takedowns};
use crate::report::Report;
use crate::report::lineage::Lineage;
use crate::run::commit::lock;
use crate::run::commit::staging::Staging;
use crate::run::events::run_id;
use crate::run::options::{Options, Progress};
use crate::run::publish::differences::Difference;
use crate::run::{Batch, Work};
use sanad_tlog::Reader;

/// What a run would do.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Preview {
    /// The report it would write.
    pub report: Report,
    /// Samples of the records that it would change: the first ones of each source and cause.
    pub samples: Vec<Difference>,
}

/// Runs the stages and returns what a run would change, with up to `samples` records for each source and cause.
///
/// # Errors
/// When captures or results can't be read, or a stopped run has to be finished first.
pub fn preview(options: &Options, config: &Config, progress: &dyn Progress, samples: usize) -> Result<Preview, Error> {
    let state = options.out.join(".state");
    std::fs::create_dir_all(&state).map_err(|e| Error::io(&state, "create", &e))?;
    let lock = lock::Lock::take(&state)?;
    let mut staging = Staging::aside(&options.out)?;
    let base = Reader::new(&options.out.join(LOG)).size()?;
    let inputs = files(&options.raw, !options.offline)?;
    let run = run_id(options, config, &inputs, base);
    let lineage = Lineage::quiet(&config.settings.lineage);
    let taken_down = takedowns::before(&options.out, config, base)?;
    let batch = Batch { options, config, progress, run: &run, log_size: base, lineage: &lineage, taken_down, samples };
    let (_, work) = batch.work_in_spite_of_damage(&mut staging, &[], inputs)?;
    let Work { mut report, differences, .. } = work;
    report.finish(&run, base, base);
    staging.discard()?;
    lock.release();
    Ok(Preview { report, samples: differences.all })
}
