//! A limit of retention: by number, by age, or by both.

/// A limit by number and age: deletes what exceeds `keep`, counted from the newest, and is older than `days`. If only
/// one is given, it decides alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// How many are kept.
    pub keep: Option<usize>,
    /// Anything this young is kept.
    pub days: Option<u64>,
}

impl Limit {
    pub(super) fn is_set(self) -> bool {
        self.keep.is_some() || self.days.is_some()
    }

    /// Returns true if the item at `place` from the newest (from 0) with this time is deleted. The newest never is.
    pub(super) fn drops(self, place: usize, time: &str, now: &str) -> bool {
        let is_old = |days: u64| age(time, now).is_some_and(|age| age > days);
        self.is_set() && place >= self.keep.unwrap_or(1).max(1) && self.days.is_none_or(is_old)
    }

    pub(super) fn reason(self) -> String {
        let keep = self.keep.map(|n| format!("beyond the newest {n}"));
        let days = self.days.map(|n| format!("older than {n} days"));
        [keep, days].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Whole days between two times.
pub(super) fn age(time: &str, now: &str) -> Option<u64> {
    let parsed = |text: &str| text.parse::<jiff::Timestamp>().ok();
    u64::try_from(parsed(now)?.duration_since(parsed(time)?).as_hours() / 24).ok()
}
