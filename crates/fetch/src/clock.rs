//! The calendar time of a run: the system's, or one that is rehearsed.
//!
//! Whatever is written down or compared with a date asks this clock. Delays, timeouts and waits between attempts are
//! measured by the monotonic clock, and what a server states of its own clock (cookies, `Retry-After`) is compared with
//! the system's.

use jiff::Timestamp;

/// Where the time of captures and visits comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clock {
    /// The system clock.
    #[default]
    System,
    /// A rehearsal: it is this time from the run's beginning to its end, so that a history of runs can be played through.
    Rehearsal(Timestamp),
}

impl Clock {
    /// The time, to the second.
    #[must_use]
    pub fn now(self) -> Timestamp {
        let time = match self {
            Self::System => Timestamp::now(),
            Self::Rehearsal(time) => time,
        };
        Timestamp::from_second(time.as_second()).unwrap_or(time)
    }

    /// Returns true if the time is made up.
    #[must_use]
    pub fn is_rehearsal(self) -> bool {
        matches!(self, Self::Rehearsal(_))
    }
}

/// A time as `WARC-Date` states it (RFC 3339, UTC, whole seconds).
pub(super) fn warc_date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
