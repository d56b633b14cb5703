//! Finds dates in any text, in the words of every language the program knows, and reads machine-written ones.
//!
//! It says where a date stands and what it means, not what it is the date of: that is for the modules around it. Years
//! alone are not dates (every text is full of them), nor are dates with two-digit years (version numbers look the same).

mod machine;
mod pattern;
mod token;

pub use machine::parse;

use std::fmt;

/// The years that are read: earlier ones are history in running text, later ones are numbers.
pub const YEARS: std::ops::RangeInclusive<i16> = 1800..=2100;

/// A point in time as precise as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Year, Gregorian.
    pub year: i16,
    /// Month, from 1.
    pub month: Option<u8>,
    /// Day, from 1.
    pub day: Option<u8>,
    /// Time of day.
    pub time: Option<Time>,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second, where written.
    pub second: Option<u8>,
    /// Minutes east of Greenwich, where written.
    pub offset: Option<i16>,
}

/// A date in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// The date, or the first one of a range.
    pub value: Moment,
    /// The last one of a range.
    pub last: Option<Moment>,
}

/// Which number comes first in a date with slashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// 4/5/2018 is in May, as nearly everywhere.
    #[default]
    DayFirst,
    /// 4/5/2018 is in April.
    MonthFirst,
}

/// All dates of `text` in their order, none overlapping another.
#[must_use]
pub fn find(text: &str) -> Vec<Found> {
    pattern::find(text, Order::DayFirst)
}

/// The same, with slashes read in the given order. A date that only the other order explains is read in that.
#[must_use]
pub fn find_in_order(text: &str, order: Order) -> Vec<Found> {
    pattern::find(text, order)
}

/// Whether a date with slashes in `text` can only have its month first.
#[must_use]
pub fn proves_month_first(text: &str) -> bool {
    pattern::proves_month_first(text)
}

impl Moment {
    /// A day that exists.
    #[must_use]
    pub fn day(year: i16, month: u8, day: u8) -> Option<Self> {
        let (m, d) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let exists = YEARS.contains(&year) && jiff::civil::Date::new(year, m, d).is_ok();
        exists.then_some(Self { year, month: Some(month), day: Some(day), time: None })
    }

    /// A month that exists.
    #[must_use]
    pub fn month(year: i16, month: u8) -> Option<Self> {
        Self::day(year, month, 1).map(|m| Self { day: None, ..m })
    }

    /// `year`, `month`, `day`, `minute` or `second`.
    #[must_use]
    pub fn precision(&self) -> &'static str {
        match (self.month, self.day, self.time) {
            (None, ..) => "year",
            (_, None, _) => "month",
            (_, _, None) => "day",
            (_, _, Some(Time { second: None, .. })) => "minute",
            _ => "second",
        }
    }

    /// The calendar day, where it is known.
    #[must_use]
    pub fn civil(&self) -> Option<jiff::civil::Date> {
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

#[cfg(test)]
mod tests;
