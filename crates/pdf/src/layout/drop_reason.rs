//! Why a piece isn't part of the text.

/// The rule that drops a piece, and what supports it on this page.
#[derive(Debug, Clone)]
pub(crate) struct DropReason {
    /// The rule.
    pub(crate) rule: DropRule,
    /// The evidence, as a phrase for people.
    pub(crate) support: String,
}

impl DropReason {
    /// A rule with its evidence.
    pub(crate) fn new(rule: DropRule, support: impl Into<String>) -> Self {
        Self { rule, support: support.into() }
    }
}

/// A rule that drops pieces of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DropRule {
    /// Repeated at the top of pages.
    RunningHead,
    /// Repeated at the bottom of pages.
    RunningFoot,
    /// A number that grows with the page.
    PageNumber,
    /// The first page's letterhead.
    Letterhead,
    /// Large slanted or faint text under the page.
    Watermark,
    /// Tagged as an artifact.
    Artifact,
    /// On a page whose text can't be read.
    Untrusted,
}

impl DropRule {
    /// The rule's stable name in ledgers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RunningHead => "page.running_head",
            Self::RunningFoot => "page.running_foot",
            Self::PageNumber => "page.number",
            Self::Letterhead => "page.letterhead",
            Self::Watermark => "page.watermark",
            Self::Artifact => "page.artifact",
            Self::Untrusted => "page.untrusted",
        }
    }

    /// Returns true if the rule infers from the layout that a piece is repeated page furniture.
    pub(crate) fn is_repetition(self) -> bool {
        match self {
            Self::RunningHead | Self::RunningFoot | Self::PageNumber | Self::Letterhead => true,
            Self::Watermark | Self::Artifact | Self::Untrusted => false,
        }
    }
}
