//! Shows how far a run is: a bar on a terminal, elsewhere a line a minute.

use crate::run::options::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use sanad_fetch::FetchProgress;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal. A run that takes less says nothing.
const BETWEEN_LINES: Duration = Duration::from_mins(1);

/// Time between two states of a bar.
const BETWEEN_STATES: Duration = Duration::from_millis(100);

/// Time after which a rate says anything.
const SETTLED: Duration = Duration::from_secs(3);

/// The progress of a run, shown as it happens.
pub(super) struct ProgressBars {
    shown: Mutex<Shown>,
}

/// The stage at work.
struct Shown {
    bar: Option<ProgressBar>,
    stage: Stage,
    /// When a state or line was last shown, or the run began.
    last: Instant,
}

struct Stage {
    name: &'static str,
    began: Instant,
    items: u64,
    /// The number of items, if known.
    length: Option<u64>,
    /// Bytes of the input behind, and all of them.
    bytes: Option<(u64, u64)>,
    fetch: Option<FetchProgress>,
}

impl Default for ProgressBars {
    fn default() -> Self {
        Self { shown: Mutex::new(Shown { bar: None, stage: Stage::new("", None), last: Instant::now() }) }
    }
}

impl ProgressBars {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut Stage)) {
        let mut shown = self.lock();
        change(&mut shown.stage);
        shown.show();
    }

    /// Ends the bar. Returns what was done until the run was stopped, and what it means.
    pub(super) fn stopped(&self, offline: bool) -> String {
        let mut shown = self.lock();
        if let Some(bar) = shown.bar.take() {
            bar.finish_and_clear();
        }
        let Stage { name, fetch, .. } = shown.stage;
        let again = "the same command goes on from here";
        match (name, fetch) {
            ("fetch", Some(FetchProgress { captured, known, .. })) => {
                format!(
                    "stopped while fetching: {captured} of {known} pages are on disk; nothing was published; {again}"
                )
            }
            ("", _) => "stopped before anything was done".to_owned(),
            ("put in place", _) => {
                "stopped while putting results in place; what isn't there yet, the next run puts there".to_owned()
            }
            (stage, _) if offline => format!("stopped in the stage \"{stage}\"; nothing was published"),
            (stage, _) => {
                format!("stopped in the stage \"{stage}\"; what was fetched is on disk; nothing was published; {again}")
            }
        }
    }
}

impl Shown {
    /// Draws the bar, or prints a line if it is time.
    fn show(&mut self) {
        let between = if self.bar.is_some() { BETWEEN_STATES } else { BETWEEN_LINES };
        if self.last.elapsed() < between {
            return;
        }
        self.last = Instant::now();
        if let Some(bar) = &self.bar {
            let (done, of) = self.stage.share();
            bar.set_length(of);
            bar.set_position(done);
            bar.set_message(self.stage.to_string());
        } else {
            let (stage, so_far) = (self.stage.name, self.stage.to_string());
            // Text for people has no lines below warnings; whoever wants JSON gets everything.
            if tracing::enabled!(tracing::Level::INFO) {
                tracing::info!(stage, so_far, "progress");
            } else {
                super::output::notify(&format!("sanad: {stage}: {so_far}"));
            }
        }
    }
}

impl Stage {
    fn new(name: &'static str, length: Option<u64>) -> Self {
        Self { name, began: Instant::now(), items: 0, length, bytes: None, fetch: None }
    }

    /// How much is done, and of how much; both zero if that isn't known.
    fn share(&self) -> (u64, u64) {
        match (self.fetch, self.bytes, self.length) {
            (Some(fetch), ..) => (fetch.captured + fetch.failed, fetch.known),
            (None, Some(bytes), _) => bytes,
            (None, None, Some(length)) => (self.items, length),
            (None, None, None) => (0, 0),
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let elapsed = self.began.elapsed();
        let is_settled = elapsed >= SETTLED;
        let per_second = |done: u64| rounded(done) / elapsed.as_secs_f64().max(f64::EPSILON);
        match (self.fetch, self.bytes, self.length) {
            (Some(fetch), ..) => {
                let done = fetch.captured + fetch.failed;
                write!(f, "{} of {} pages", short(done), short(fetch.known))?;
                if fetch.failed > 0 {
                    write!(f, ", {} failed", short(fetch.failed))?;
                }
                if is_settled {
                    write!(f, ", {:.1}/s", per_second(done))?;
                }
                write!(f, ", {} hosts under way, {} wait for their delay", fetch.active_hosts, fetch.resting_hosts)?;
            }
            (None, Some((done, of)), _) => {
                write!(f, "{} captures, {} of {}", short(self.items), bytes(done), bytes(of))?;
                if is_settled {
                    write!(f, ", {}/s", bytes(whole(per_second(done))))?;
                }
            }
            (None, None, Some(length)) => {
                write!(f, "{} of {}", short(self.items), short(length))?;
                if is_settled {
                    write!(f, ", {}/s", short(whole(per_second(self.items))))?;
                }
            }
            (None, None, None) => write!(f, "{} so far", time(elapsed))?,
        }
        match self.share() {
            (done @ 1.., of) if is_settled && of > done => {
                let left = elapsed.mul_f64(rounded(of - done) / rounded(done));
                write!(f, ", {} left", time(left))
            }
            _ => Ok(()),
        }
    }
}

impl Progress for ProgressBars {
    fn begin(&self, stage: &'static str, length: Option<u64>) {
        tracing::info!(stage, length, "stage begins");
        let mut shown = self.lock();
        shown.stage = Stage::new(stage, length);
        shown.bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            // The template is a constant; if it were wrong, the default style would do.
            let style = ProgressStyle::with_template("{prefix:18} {bar:20} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(stage);
            bar
        });
    }

    fn step(&self) {
        self.update(|stage| stage.items += 1);
    }

    fn fetched(&self, progress: &FetchProgress) {
        self.update(|stage| stage.fetch = Some(*progress));
    }

    fn reached(&self, bytes: u64, of: u64) {
        // Captures aren't noted in the order of their offsets everywhere.
        self.update(|stage| stage.bytes = Some((stage.bytes.map_or(bytes, |(before, _)| before.max(bytes)), of)));
    }

    fn end(&self) {
        if let Some(bar) = self.lock().bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// A count as a float, for rates.
#[expect(clippy::cast_precision_loss, reason = "people see three digits of it")]
fn rounded(number: u64) -> f64 {
    number as f64
}

/// A rate as a count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive rate, of which people see three digits"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

/// A count for people, in three digits: `999`, `12.3k`, `1.2M`.
fn short(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{:.1}k", rounded(number) / 1e3),
        _ => format!("{:.1}M", rounded(number) / 1e6),
    }
}

/// A size for people: `4.1 MB`.
fn bytes(number: u64) -> String {
    match number {
        0..1_000 => format!("{number} B"),
        1_000..1_000_000 => format!("{:.1} kB", rounded(number) / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", rounded(number) / 1e6),
        _ => format!("{:.1} GB", rounded(number) / 1e9),
    }
}

/// A duration for people, in the unit that fits: `50 s`, `2 min`, `3.5 h`.
fn time(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..90 => format!("{seconds} s"),
        seconds @ 90..5_400 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{:.1} h", rounded(seconds) / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_for_people() {
        assert_eq!([999, 12_345, 1_234_567].map(short), ["999", "12.3k", "1.2M"]);
        assert_eq!([999, 4_100_000, 2_500_000_000].map(bytes), ["999 B", "4.1 MB", "2.5 GB"]);
        assert_eq!([50, 120, 12_600].map(Duration::from_secs).map(time), ["50 s", "2 min", "3.5 h"]);
    }

    #[test]
    fn a_stage_says_how_far_it_is_and_how_long_it_will_take() {
        let began = Instant::now().checked_sub(Duration::from_secs(100)).unwrap();
        let fetch = FetchProgress { captured: 110, failed: 10, known: 300, active_hosts: 4, resting_hosts: 3 };
        let fetching = Stage { began, fetch: Some(fetch), ..Stage::new("fetch", None) };
        assert_eq!(
            fetching.to_string(),
            "120 of 300 pages, 10 failed, 1.2/s, 4 hosts under way, 3 wait for their delay, 3 min left"
        );
        let reading =
            Stage { began, items: 12_345, bytes: Some((410_000_000, 820_000_000)), ..Stage::new("read", None) };
        assert_eq!(reading.to_string(), "12.3k captures, 410.0 MB of 820.0 MB, 4.1 MB/s, 2 min left");
        let marking = Stage { items: 7, length: Some(40), ..Stage::new("mark", Some(40)) };
        assert_eq!(marking.to_string(), "7 of 40", "too early for a rate");
    }

    #[test]
    fn a_run_that_is_stopped_says_what_is_done() {
        let bars = ProgressBars::default();
        assert_eq!(bars.stopped(false), "stopped before anything was done");
        bars.begin("fetch", None);
        bars.fetched(&FetchProgress { captured: 120, failed: 3, known: 300, ..FetchProgress::default() });
        let said = bars.stopped(false);
        assert!(
            said.starts_with("stopped while fetching: 120 of 300 pages are on disk; nothing was published"),
            "{said}"
        );
        bars.begin("mark", Some(3));
        assert_eq!(bars.stopped(true), "stopped in the stage \"mark\"; nothing was published");
    }
}
