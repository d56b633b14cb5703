//! The order of captures in time.

use super::outcome::ScannedCapture;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sanad_document::Capture;

/// How far ahead of the run's own time a capture's may be: clocks differ, and so do time zones written as if they were
/// UTC.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The order of captures: those whose time can't be true first, then by time, file, offset and order of reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CaptureAge {
    is_timely: bool,
    time: Option<Timestamp>,
    file: String,
    offset: u64,
    number: u64,
}

impl CaptureAge {
    pub(super) fn of(seen: &ScannedCapture) -> Self {
        Self::new(&seen.capture, seen.is_timely, seen.number)
    }

    /// `number` grows in the order of reading.
    pub(crate) fn new(capture: &Capture, is_timely: bool, number: u64) -> Self {
        Self {
            is_timely,
            time: instant(&capture.fetched_at),
            file: capture.place.file.clone(),
            offset: capture.place.offset,
            number,
        }
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.time
    }
}

/// The moment that a capture's time names: RFC 3339, or a year, month or day as WARC 1.1 allows it. Returns none if it
/// is no time.
pub(super) fn instant(time: &str) -> Option<Timestamp> {
    let midnight = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    time.parse().ok().or_else(|| {
        let full = match time.len() {
            4 => format!("{time}-01-01"),
            7 => format!("{time}-01"),
            // To the minute.
            17 if time.ends_with('Z') => return format!("{}:00Z", time.trim_end_matches('Z')).parse().ok(),
            _ => time.to_owned(),
        };
        full.parse().ok().and_then(midnight)
    })
}

/// Whether a capture's time can be true: it is one, and not far in the future. A plain file needs none.
pub(crate) fn is_timely(capture: &Capture, now: &str) -> bool {
    let is_plain = capture.place.record_id.is_empty() && capture.fetched_at.is_empty();
    let latest = now.parse::<Timestamp>().ok().and_then(|now| now.checked_add(MAX_AHEAD).ok());
    is_plain || instant(&capture.fetched_at).is_some_and(|time| latest.is_none_or(|latest| time <= latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_precision_are_moments() {
        let shown = |time: &str| instant(time).map(|time| time.to_string());
        for (time, moment) in [
            ("2026", "2026-01-01T00:00:00Z"),
            ("2026-02", "2026-02-01T00:00:00Z"),
            ("2026-02-03", "2026-02-03T00:00:00Z"),
            ("2026-02-03T04:05Z", "2026-02-03T04:05:00Z"),
            ("2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z"),
            ("2026-02-03T04:05:06.5Z", "2026-02-03T04:05:06.5Z"),
            ("2026-02-03T09:05:06+05:00", "2026-02-03T04:05:06Z"),
        ] {
            assert_eq!(shown(time).as_deref(), Some(moment), "{time}");
        }
        for other in ["", "yesterday", "2026-13", "20260203040506", "0000-00-00T00:00:00Z"] {
            assert_eq!(shown(other), None, "{other}");
        }
    }

    #[test]
    fn a_time_more_than_a_day_ahead_is_no_time_of_a_capture() {
        let capture = |time: &str, id: &str| {
            let place = sanad_document::Place { record_id: id.to_owned(), ..Default::default() };
            Capture { fetched_at: time.to_owned(), place, ..Capture::default() }
        };
        let now = "2026-02-03T04:05:06Z";
        for (time, id, expected) in [
            ("2026-02-03T04:05:06Z", "a", true),
            ("2026-02-04T04:05:06Z", "a", true),
            ("2026-02-04T04:05:07Z", "a", false),
            ("soon", "a", false),
            ("", "a", false),
            ("", "", true),
        ] {
            assert_eq!(is_timely(&capture(time, id), now), expected, "{time}");
        }
    }
}
