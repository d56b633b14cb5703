//! The outcomes that a report counts captures by.

use crate::log::Event;

/// How a capture ended. In JSON it has the name that [`ReportedOutcome::as_str`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedOutcome {
    /// Its record is new or changed.
    Emitted,
    /// Its record is as before.
    Unchanged,
    /// Its record is new or changed, and a near-duplicate of another.
    Duplicate,
    /// Its record is held back because its source's expectations are broken.
    Held,
    /// It yielded no record, for a stated reason.
    Quarantined,
    /// It isn't a page, or a newer capture of its address counts.
    Skipped,
}

impl ReportedOutcome {
    /// All outcomes, from the best for a capture to the worst.
    pub const ALL: [Self; 6] =
        [Self::Emitted, Self::Unchanged, Self::Duplicate, Self::Held, Self::Quarantined, Self::Skipped];

    /// The outcome that an event states; none if the event doesn't end a capture.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Emitted(_) => Some(Self::Emitted),
            Event::Unchanged(_) => Some(Self::Unchanged),
            Event::Duplicate(_) => Some(Self::Duplicate),
            Event::Held(_) => Some(Self::Held),
            Event::Quarantined(_) => Some(Self::Quarantined),
            Event::Skipped(_) => Some(Self::Skipped),
            _ => None,
        }
    }

    /// The name in a report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emitted => "emitted",
            Self::Unchanged => "unchanged",
            Self::Duplicate => "duplicate",
            Self::Held => "held",
            Self::Quarantined => "quarantined",
            Self::Skipped => "skipped",
        }
    }

    /// Returns true if the capture has a current record.
    #[must_use]
    pub fn has_record(self) -> bool {
        match self {
            Self::Emitted | Self::Unchanged | Self::Duplicate => true,
            Self::Held | Self::Quarantined | Self::Skipped => false,
        }
    }
}
