//! Settings: which certificates a source accepts beyond those of the web's authorities.

use std::collections::BTreeMap;

/// Further authorities and pinned certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificates (DER) of further authorities.
    pub authorities: Vec<Vec<u8>>,
    /// By host without `www.`: `sha256:` digest of a certificate (DER) that is accepted although it can't be verified.
    pub pins: BTreeMap<String, String>,
}
