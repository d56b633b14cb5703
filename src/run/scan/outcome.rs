//! What came of a capture in the first pass.

use crate::error::Error;
use crate::storage::byte_range::ByteRange;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{Capture, PageKind};

/// A capture after the first pass.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct ScannedCapture {
    /// Index of its event in the log.
    pub(crate) index: u64,
    /// The capture without header and body.
    pub(crate) capture: Capture,
    /// Source it belongs to.
    pub(crate) source: String,
    /// Canonical address.
    pub(crate) canonical: String,
    /// Record id.
    pub(crate) id: String,
    /// What came of it.
    pub(crate) found: ScanOutcome,
    /// Of what that follows from.
    pub(crate) key: u64,
}

/// What came of a capture.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) enum ScanOutcome {
    /// A document, in the cache.
    Document {
        /// Where in the cache.
        span: ByteRange,
        /// What kind of page.
        kind: PageKind,
        /// Code of its language.
        language: String,
    },
    /// Nothing, for this reason.
    Failed(Error),
    /// Not a document by its status.
    Kind(PageKind, String),
    /// Not a page: code and message.
    Skipped(SkipReason, String),
}

impl ScanOutcome {
    pub(crate) fn skipped(reason: SkipReason, message: impl Into<String>) -> Self {
        Self::Skipped(reason, message.into())
    }
}

/// Why a capture is skipped: nothing is wrong with it, but it doesn't become a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum SkipReason {
    /// The server redirected to another address.
    Redirect,
    /// It was served as something that is no page: an image, a script.
    MediaType,
    /// The server answered with what an earlier capture holds.
    Revisit,
    /// Its document was taken down.
    TakenDown,
    /// A newer capture of the same address is the current one.
    Superseded,
    /// The page is gone: enough visits in a row found 404 or 410.
    Gone,
}

impl SkipReason {
    /// The stable code, as events state it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::MediaType => "media_type",
            Self::Revisit => "revisit",
            Self::TakenDown => "taken_down",
            Self::Superseded => "superseded",
            Self::Gone => "gone",
        }
    }
}
