//! A date found in a text, and how an ambiguous one is read.

use super::moment::Moment;

/// A date found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateMatch {
    /// Where it begins, in bytes.
    pub(crate) start: usize,
    /// Where it ends, in bytes.
    pub(crate) end: usize,
    /// The date, or the first one of a range.
    pub(crate) value: Moment,
    /// The last one of a range.
    pub(crate) last: Option<Moment>,
}

/// Which number comes first in a date with slashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SlashOrder {
    /// 4/5/2018 is in May, as nearly everywhere.
    #[default]
    DayFirst,
    /// 4/5/2018 is in April.
    MonthFirst,
}
