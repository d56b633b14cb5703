//! The result of scanning a capture.

use crate::error::Error;
use crate::log::concluded::Concluded;
use crate::storage::byte_range::ByteRange;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{Capture, PageKind};
use sanad_extract::Neighbours;

/// A scanned capture.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct ScannedCapture {
    /// Its number in the order of reading.
    pub(crate) number: u64,
    /// Index of its `capture.read` event in the log; 0 for a revisit record without one.
    pub(crate) index: u64,
    /// What the log concluded of it before the run.
    pub(crate) concluded: Option<Concluded>,
    /// The capture without headers and body.
    pub(crate) capture: Capture,
    /// Id of its source.
    pub(crate) source: String,
    /// Canonical address.
    pub(crate) canonical: String,
    /// Record id.
    pub(crate) id: String,
    /// Another address that the page names as its canonical one.
    pub(crate) declared: Option<String>,
    /// What the scan found.
    pub(crate) found: ScanOutcome,
    /// Truncated hash of every input the document depends on.
    pub(crate) key: u64,
    /// Whether its time can be true.
    pub(crate) is_timely: bool,
}

/// What the scan found in a capture.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) enum ScanOutcome {
    /// A document; it is in the document cache.
    Document {
        /// Position in the cache.
        span: ByteRange,
        /// Kind of page.
        kind: PageKind,
        /// Key of its page's template; none for a PDF.
        template: Option<String>,
        /// The pages next to it, if it is one of several.
        neighbours: Option<Neighbours>,
    },
    /// No document, because of an error.
    Failed(Error),
    /// Not a document, judging by its status; with a message.
    Kind(PageKind, String),
    /// Not a page at all; with a message.
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
    /// It is of a type that isn't read: an image, a script, a Word document.
    MediaType,
    /// The server answered with what an earlier capture holds.
    Revisit,
    /// So it did, but that capture isn't there.
    RevisitAlone,
    /// Its address is none of a page: a crawler's own note, or what a page made itself.
    NoAddress,
    /// The file holds no captures, but an index of them or what others made of them.
    NoCaptures,
    /// Its document was taken down.
    TakenDown,
    /// Its text is in the record of the first of several pages.
    Joined,
    /// A newer capture of the same address is the current one.
    Superseded,
    /// The page asks not to be indexed, and its source respects that.
    Noindex,
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
            Self::RevisitAlone => "revisit_without_original",
            Self::NoAddress => "no_address",
            Self::NoCaptures => "no_captures",
            Self::TakenDown => "taken_down",
            Self::Joined => "joined",
            Self::Superseded => "superseded",
            Self::Noindex => "noindex",
            Self::Gone => "gone",
        }
    }
}
