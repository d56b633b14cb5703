//! A point in time, as precise as it was written.

use std::fmt;
use std::ops::RangeInclusive;

/// The years that are read: earlier ones are history in running text, later ones are numbers.
pub(crate) const YEARS: RangeInclusive<i16> = 1800..=2100;

/// A point in time, as precise as it was written. Its [`Display`](fmt::Display) form is ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment {
    /// Gregorian year.
    pub(crate) year: i16,
    /// Month, from 1.
    pub(crate) month: Option<u8>,
    /// Day, from 1.
    pub(crate) day: Option<u8>,
    /// Time of day.
    pub(crate) time: Option<Time>,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time {
    /// Hour, 0 to 23.
    pub(crate) hour: u8,
    /// Minute, 0 to 59.
    pub(crate) minute: u8,
    /// Second, 0 to 59, if written.
    pub(crate) second: Option<u8>,
    /// Minutes east of Greenwich, if written.
    pub(crate) offset: Option<i16>,
}

/// How precise a [`Moment`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    Year,
    Month,
    Day,
    Minute,
    Second,
}

impl Precision {
    /// The stable name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Minute => "minute",
            Self::Second => "second",
        }
    }
}

impl Moment {
    /// A day; `None` if the calendar doesn't have it or its year is outside [`YEARS`].
    pub(crate) fn day(year: i16, month: u8, day: u8) -> Option<Self> {
        let (m, d) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let exists = YEARS.contains(&year) && jiff::civil::Date::new(year, m, d).is_ok();
        exists.then_some(Self { year, month: Some(month), day: Some(day), time: None })
    }

    /// A month; `None` if it doesn't exist or its year is outside [`YEARS`].
    pub(crate) fn month(year: i16, month: u8) -> Option<Self> {
        Self::day(year, month, 1).map(|m| Self { day: None, ..m })
    }

    /// A year; `None` if it is outside [`YEARS`].
    pub(crate) fn year(year: i16) -> Option<Self> {
        Self::month(year, 1).map(|m| Self { month: None, ..m })
    }

    pub(crate) fn precision(&self) -> Precision {
        match (self.month, self.day, self.time) {
            (None, ..) => Precision::Year,
            (_, None, _) => Precision::Month,
            (_, _, None) => Precision::Day,
            (_, _, Some(Time { second: None, .. })) => Precision::Minute,
            _ => Precision::Second,
        }
    }

    /// The calendar day, if it is known.
    pub(crate) fn civil(&self) -> Option<jiff::civil::Date> {
        let (month, day) = (i8::try_from(self.month?).ok()?, i8::try_from(self.day?).ok()?);
        jiff::civil::Date::new(self.year, month, day).ok()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        let Some(month) = self.month else {
            return Ok(());
        };
        write!(f, "-{month:02}")?;
        let Some(day) = self.day else { return Ok(()) };
        write!(f, "-{day:02}")?;
        let Some(time) = self.time else { return Ok(()) };
        write!(f, "T{:02}:{:02}", time.hour, time.minute)?;
        if let Some(second) = time.second {
            write!(f, ":{second:02}")?;
        }
        match time.offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(o) => {
                let sign = if o < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", o.abs() / 60, o.abs() % 60)
            }
        }
    }
}
