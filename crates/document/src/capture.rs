//! The evidence: one HTTP response or file, as received, and its place on disk.

use crate::Warning;
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
    /// True if the WARC says that its captures state a made-up time.
    pub rehearsal: bool,
    /// Digest of the server's certificate, if it couldn't be verified and was accepted because the source names it.
    pub pinned: Option<String>,
    /// What is known to be wrong with it: a body that was cut, a digest that doesn't match.
    pub flaws: Vec<Warning>,
    /// Digest of the payload, as its record states it; empty if it states none. Any algorithm, any notation.
    pub payload_digest: String,
    /// If it is a revisit: the earlier capture that its record names.
    pub refers_to: Option<RefersTo>,
}

/// The earlier capture that a revisit record names. Fields that the record lacks are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefersTo {
    /// Its address.
    pub url: String,
    /// Its time.
    pub date: String,
    /// Id of its record.
    pub record_id: String,
    /// The server said that nothing changed (status 304), so no payload was compared.
    pub is_not_modified: bool,
}

/// Headers that say something of the document, not of how its bytes are sent.
pub const DOCUMENT_HEADERS: [&str; 5] = ["Link", "X-Robots-Tag", "TDM-Reservation", "TDM-Policy", "Content-Signal"];

impl Capture {
    /// Returns the value of the first header with this name, ignoring case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Returns the codings of the body in the order in which they were applied: those of the content, then those of the
    /// transfer except for its chunks, which don't reach a body. A server and its cache may name theirs in header lines
    /// of their own (RFC 9110, section 5.3).
    #[must_use]
    pub fn content_coding(&self) -> Option<String> {
        let named = |name: &'static str| {
            let lines = self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name));
            lines.flat_map(|(_, value)| value.split(',')).map(str::trim)
        };
        let of_transfer = named("transfer-encoding").filter(|coding| !coding.eq_ignore_ascii_case("chunked"));
        let codings: Vec<&str> = named("content-encoding").chain(of_transfer).collect();
        (!codings.is_empty()).then(|| codings.join(", "))
    }

    /// Returns the headers that say something of the document: [`DOCUMENT_HEADERS`].
    #[must_use]
    pub fn document_headers(&self) -> Vec<(String, String)> {
        let says =
            |(name, _): &&(String, String)| DOCUMENT_HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known));
        self.headers.iter().filter(says).cloned().collect()
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
