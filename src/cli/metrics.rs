//! `--metrics` and `--timings` of `sanad run`: watches how long stages take; writes the numbers for Prometheus, or prints them.

use super::{Ended, Stop};
use crate::error::Error;
use crate::export::place;
use crate::report::{Report, Went, metrics};
use crate::run::options::Progress;
use std::fmt::Write as _;
use std::io::Write as _;
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
    open: Option<(&'static str, Instant, u64)>,
    done: Vec<Stage>,
}

/// A stage that has ended.
struct Stage {
    name: &'static str,
    duration: Duration,
    /// Items that passed.
    items: u64,
}

impl Stages {
    fn close(&mut self) {
        if let Some((name, began, items)) = self.open.take() {
            self.done.push(Stage { name, duration: began.elapsed(), items });
        }
    }
}

/// A line for each stage: its time, its share of the whole, and how many items passed in a second.
fn table(stages: &[Stage], whole: Duration) -> String {
    let named: Duration = stages.iter().map(|stage| stage.duration).sum();
    let rest = Stage { name: "else", duration: whole.saturating_sub(named), items: 0 };
    let mut out = String::new();
    for Stage { name, duration, items } in stages.iter().chain([&rest]) {
        let seconds = duration.as_secs_f64();
        let share = 100.0 * seconds / whole.as_secs_f64().max(f64::EPSILON);
        // Writing to a string cannot fail.
        write!(out, "{name:<18} {seconds:>9.3} s {share:>5.1} %").unwrap_or_default();
        if let Ok(items @ 1..) = u32::try_from(*items) {
            write!(out, " {:>9.0}/s", f64::from(items) / seconds.max(f64::EPSILON)).unwrap_or_default();
        }
        out.push('\n');
    }
    write!(out, "{:<18} {:>9.3} s", "all", whole.as_secs_f64()).unwrap_or_default();
    out
}

impl<P: Progress> Watch<P> {
    pub(super) fn new(inner: P) -> Self {
        Self { inner, began: Instant::now(), stages: Mutex::default() }
    }

    fn stages(&self) -> std::sync::MutexGuard<'_, Stages> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of each stage, for people.
    pub(super) fn timings(&self) -> String {
        let mut stages = self.stages();
        stages.close();
        table(&stages.done, self.began.elapsed())
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
            stages: stages.done.iter().map(|stage| (stage.name, stage.duration)).collect(),
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
        stages.open = Some((stage, Instant::now(), 0));
        drop(stages);
        self.inner.begin(stage, length);
    }

    fn step(&self) {
        if let Some((_, _, items)) = &mut self.stages().open {
            *items += 1;
        }
        self.inner.step();
    }

    fn end(&self) {
        self.stages().close();
        self.inner.end();
    }
}
