//! Progress bars of a run.

use crate::run::options::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A bar for each stage if standard error is a terminal; nothing elsewhere.
#[derive(Default)]
pub(super) struct ProgressBars {
    current: Mutex<Option<ProgressBar>>,
}

impl ProgressBars {
    fn current(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for ProgressBars {
    fn begin(&self, stage: &'static str, length: Option<u64>) {
        tracing::info!(stage, length, "stage begins");
        let (bar, template) = match length {
            Some(length) => (ProgressBar::new(length), "{msg:18} {bar:30} {pos}/{len}  {per_sec}  {eta} left"),
            None => (ProgressBar::new_spinner(), "{msg:18} {spinner} {pos}  {per_sec}  {elapsed}"),
        };
        // The templates are constants; if one were wrong, the default style would do.
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(stage);
        *self.current() = Some(bar);
    }

    fn step(&self) {
        if let Some(bar) = &*self.current() {
            bar.inc(1);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.current().take() {
            bar.finish_and_clear();
        }
    }
}
