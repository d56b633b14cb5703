//! What vouched for a server.

use serde::{Deserialize, Serialize};

/// What vouched for a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    /// An authority that the web trusts.
    Public,
    /// An authority that the source's file names.
    Source,
    /// The source's file alone: it names this certificate by its digest. Name, dates and issuer were not verified.
    Pin,
}
