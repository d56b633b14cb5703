//! `--metrics` and `--timings` of `sanad run`: measures the stages, and writes the numbers for Prometheus or prints
//! them.

use crate::error::Error;
use crate::export::place;
use crate::report::{Report, Went, metrics};
use crate::run::options::Progress;
use sanad_fetch::FetchProgress;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Checks that the metrics file can be written, before a run that may take hours.
pub(super) fn check_path(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let problem = if path.is_dir() {
        "is a folder; name a file"
    } else if !folder.is_dir() {
        "its folder doesn't exist; create it first"
    } else {
        return Ok(());
    };
    Err(Error::Usage { message: format!("--metrics {}: {problem}", path.display()) })
}

/// Measures the time of each stage, and passes the progress on.
pub(super) struct Stopwatch<P> {
    inner: P,
    began: Instant,
    stages: Mutex<Stages>,
}

#[derive(Default)]
struct Stages {
    /// The stage at work: name, start, items so far.
    open: Option<(&'static str, Instant, u64)>,
    done: Vec<Stage>,
}

/// A stage that has ended.
struct Stage {
    name: &'static str,
    duration: Duration,
    /// Items processed.
    items: u64,
}

impl Stages {
    fn close(&mut self) {
        if let Some((name, began, items)) = self.open.take() {
            self.done.push(Stage { name, duration: began.elapsed(), items });
        }
    }
}

impl<P: Progress> Stopwatch<P> {
    pub(super) fn new(inner: P) -> Self {
        Self { inner, began: Instant::now(), stages: Mutex::default() }
    }

    fn stages(&self) -> MutexGuard<'_, Stages> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The time of each stage, for people.
    pub(super) fn timings(&self) -> String {
        let mut stages = self.stages();
        stages.close();
        timings_table(&stages.done, self.began.elapsed())
    }

    /// Writes the metrics file. Times of earlier successes are taken over from the file that it replaces.
    ///
    /// # Errors
    /// If the file can't be written.
    pub(super) fn write(&self, path: &Path, now: &str, exit_code: u8, report: Option<&Report>) -> Result<(), Error> {
        let mut stages = self.stages();
        stages.close();
        let went = Went {
            exit_code,
            at: now.parse().map_or(0, jiff::Timestamp::as_second),
            duration: self.began.elapsed(),
            stages: stages.done.iter().map(|stage| (stage.name, stage.duration)).collect(),
        };
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let text = metrics(&went, report, &before);
        place::file(path, |_, mut file| file.write_all(text.as_bytes()).map_err(|e| Error::io(path, "write", &e)))
    }
}

impl<P: Progress> Progress for Stopwatch<P> {
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

    fn fetched(&self, progress: &FetchProgress) {
        if let Some((_, _, items)) = &mut self.stages().open {
            *items = progress.captured + progress.failed;
        }
        self.inner.fetched(progress);
    }

    fn reached(&self, bytes: u64, of: u64) {
        self.inner.reached(bytes, of);
    }

    fn end(&self) {
        self.stages().close();
        self.inner.end();
    }
}

/// A line for each stage: its time, its share of the whole, and items per second.
fn timings_table(stages: &[Stage], whole: Duration) -> String {
    let named: Duration = stages.iter().map(|stage| stage.duration).sum();
    let rest = Stage { name: "other", duration: whole.saturating_sub(named), items: 0 };
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
    write!(out, "{:<18} {:>9.3} s", "total", whole.as_secs_f64()).unwrap_or_default();
    out
}
