//! The time of a command. The system clock is read here and nowhere else.

use crate::error::Error;
use clap::Args;

/// The variable that reproducible builds set: seconds since 1970.
const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

#[derive(Debug, Clone, Args)]
pub(super) struct TimeOption {
    /// Use this time (RFC 3339) instead of the system clock's.
    ///
    /// `run` then fetches as if it were that time, and says so in what it writes: a rehearsal. `SOURCE_DATE_EPOCH` (seconds
    /// since 1970) sets the time too, except that of captures.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

impl TimeOption {
    /// Returns true if the time was given on the command line.
    pub(super) fn is_given(&self) -> bool {
        self.now.is_some()
    }

    /// The time in UTC, to the second: `--now`, else `SOURCE_DATE_EPOCH`, else the system clock.
    pub(super) fn now(&self) -> Result<String, Error> {
        let time = match (&self.now, std::env::var(SOURCE_DATE_EPOCH)) {
            (Some(text), _) => text.parse().map_err(|_| Error::Usage {
                message: format!("--now {text:?}: not a time; write it as 2026-11-21T17:00:00Z"),
            })?,
            (None, Ok(seconds)) => from_epoch(&seconds)?,
            (None, Err(_)) => jiff::Timestamp::now(),
        };
        let whole = jiff::Timestamp::from_second(time.as_second()).unwrap_or(time);
        Ok(whole.to_string())
    }
}

fn from_epoch(seconds: &str) -> Result<jiff::Timestamp, Error> {
    let time = seconds.parse().ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    time.ok_or_else(|| Error::Usage {
        message: format!("{SOURCE_DATE_EPOCH} {seconds:?}: not a time; write it as seconds since 1970"),
    })
}
