//! `--metrics` of `sanad run`: watches how long stages take, and writes the numbers for Prometheus.

use super::{Ended, Stop};
use crate::error::Error;
use crate::export::place;
use crate::report::{Report, Went, metrics};
use crate::run::Progress;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// That the file can be put there, asked before hours of work.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() || !folder.is_dir() {
        let what = if path.is_dir() { "is a folder; name a file" } else { "its folder isn't there" };
        return Err(Error::Usage { message: format!("--metrics {}: {what}", path.display()) });
    }
    Ok(())
}

/// Passes on what it sees of a run, and keeps the time of each stage.
pub(super) struct Watch<P> {
    inner: P,
    began: Instant,
    stages: Mutex<Stages>,
}

#[derive(Default)]
struct Stages {
    open: Option<(&'static str, Instant)>,
    done: Vec<(&'static str, Duration)>,
}

impl Stages {
    fn close(&mut self) {
        if let Some((stage, began)) = self.open.take() {
            self.done.push((stage, began.elapsed()));
        }
    }
}

impl<P: Progress> Watch<P> {
    pub(super) fn new(inner: P) -> Self {
        Self { inner, began: Instant::now(), stages: Mutex::default() }
    }

    fn stages(&self) -> std::sync::MutexGuard<'_, Stages> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the file; the times of earlier successes are taken over from the one before.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn write(
        &self,
        path: &Path,
        now: &str,
        ended: &Result<(Ended, Option<Report>), Stop>,
    ) -> Result<(), Error> {
        let mut stages = self.stages();
        stages.close();
        let went = Went {
            exit_code: match ended {
                Ok((Ended::Well, _)) => 0,
                Ok(_) => 1,
                Err(_) => 2,
            },
            at: now.parse().map_or(0, jiff::Timestamp::as_second),
            duration: self.began.elapsed(),
            stages: stages.done.clone(),
        };
        let report = ended.as_ref().ok().and_then(|(_, report)| report.as_ref());
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let text = metrics(&went, report, &before);
        place::file(path, |_, mut file| file.write_all(text.as_bytes()).map_err(|e| Error::io(path, "write", &e)))
    }
}

impl<P: Progress> Progress for Watch<P> {
    fn begin(&self, stage: &'static str, length: Option<u64>) {
        let mut stages = self.stages();
        stages.close();
        stages.open = Some((stage, Instant::now()));
        drop(stages);
        self.inner.begin(stage, length);
    }

    fn step(&self) {
        self.inner.step();
    }

    fn end(&self) {
        self.stages().close();
        self.inner.end();
    }
}
