//! The evidence: one HTTP response or file, as received, and its place on disk.

use borsh::{BorshDeserialize, BorshSerialize};

/// One HTTP response or file, as received. It never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Capture {
    /// The requested address.
    pub url: String,
    /// Capture time (RFC 3339), as the WARC states it; never our own clock.
    pub fetched_at: String,
    /// HTTP status, if the capture recorded a response.
    pub status: Option<u16>,
    /// HTTP headers in their order, names as received.
    pub headers: Vec<(String, String)>,
    /// The body as received, still under its content coding.
    #[borsh(skip)]
    pub body: Vec<u8>,
    /// Where it is stored on disk.
    pub place: Place,
    /// `sha256:` digest of `body`.
    pub digest: String,
    /// True if the WARC declares itself a reconstruction.
    pub reconstructed: bool,
    /// Digest of the server's certificate, if it couldn't be verified and was accepted because the source names it.
    pub pinned: Option<String>,
}

impl Capture {
    /// Returns the value of the first header with this name, ignoring case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// A capture's place on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// Path relative to the raw folder, separated by `/`.
    pub file: String,
    /// Offset in bytes of the gzip member (or the uncompressed record) that holds the capture.
    pub offset: u64,
    /// `WARC-Record-ID`; empty for a plain file.
    pub record_id: String,
}
