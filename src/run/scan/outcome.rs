//! What came of a capture in the first pass.

use crate::error::Error;
use crate::storage::byte_range::Span;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{Capture, PageKind};

/// A capture after the first pass.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct Seen {
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
    pub(crate) found: Found,
    /// Of what that follows from.
    pub(crate) key: u64,
}

/// What came of a capture.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) enum Found {
    /// A document, in the cache.
    Document {
        /// Where in the cache.
        span: Span,
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
    Skipped(String, String),
}

impl Found {
    pub(crate) fn skipped(code: &str, message: impl Into<String>) -> Self {
        Self::Skipped(code.to_owned(), message.into())
    }
}
