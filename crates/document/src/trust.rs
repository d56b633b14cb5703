//! Who vouched for a server.

use serde::{Deserialize, Serialize};

/// Who vouched for a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    /// A certificate authority trusted on the web.
    Public,
    /// A certificate authority named in the source's file.
    Source,
    /// The source's file itself, which names this certificate by its digest. Name, dates and issuer were not verified.
    Pin,
}
