//! What a run would request, and what became of each address.

use crate::Fault;
use crate::named_by::NamedBy;
use sanad_document::{Place, Voucher};
use serde::{Deserialize, Serialize};

/// An address that a run would request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Id of the source.
    pub source: String,
    /// The address, or the path of local captures.
    pub url: String,
    /// Why and how it is requested, for people.
    pub why: String,
}

/// What became of each address.
#[derive(Debug, Clone, Default)]
pub struct FetchReport {
    /// Sorted by source and address, after the local files that failed.
    pub outcomes: Vec<FetchOutcome>,
    /// The WARC files written, as names in the raw folder.
    pub files: Vec<String>,
}

/// What became of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOutcome {
    /// Id of the source.
    pub source: String,
    /// The address that was requested.
    pub url: String,
    /// The addresses that redirected to it, the first one first.
    pub via: Vec<String>,
    /// Who named it; for the target of a redirect, who named the first address.
    pub named_by: NamedBy,
    /// Number of attempts.
    pub tries: u32,
    /// What was captured, or why nothing was.
    pub result: Result<Fetched, Fault>,
}

/// What was captured for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The kind of response.
    pub kind: FetchedKind,
    /// HTTP status.
    pub status: u16,
    /// Place of the record.
    pub place: Place,
    /// What is known of the exchange.
    pub facts: ExchangeFacts,
}

/// Kinds of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchedKind {
    /// A body that differs from that of the last visit, or the first one.
    New,
    /// The same body as at the last visit; a revisit record was written.
    Unchanged,
    /// Status 304; a revisit record was written.
    NotModified,
    /// A redirect. Its target has an outcome of its own.
    Redirect,
    /// Captured by this same run before it was stopped.
    Already,
}

/// What is known of an exchange beyond its record. The journal stores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExchangeFacts {
    /// HTTP status.
    pub status: u16,
    /// The server sent what an earlier capture holds.
    pub unchanged: bool,
    /// `WARC-Record-ID` of the record.
    pub record_id: String,
    /// `sha256:` digest of the response's header as received, including its empty line.
    pub headers: String,
    /// `sha256:` digest of the body without chunk framing; for a revisit, of the body captured earlier.
    pub digest: String,
    /// The exchange was encrypted with TLS.
    pub tls: bool,
    /// What vouched for the server's certificate.
    pub trust: Option<Voucher>,
    /// `sha256:` digest of the server's certificate (DER).
    pub certificate: Option<String>,
    /// The server's IP address, if it is certain.
    pub address: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FetchProgress {
    /// Pages that are on disk.
    pub captured: u64,
    /// Pages that failed.
    pub failed: u64,
    /// Pages known so far, those included.
    pub known: u64,
    /// Hosts with a request under way.
    pub active_hosts: usize,
    /// Hosts that have pages left and rest between two requests.
    pub resting_hosts: usize,
}

/// Is called now and then with how far the run is.
pub type Observer<'a> = &'a (dyn Fn(&FetchProgress) + Sync);
