//! Which certificates are taken beside those of the web's authorities.

use std::collections::BTreeMap;

/// Authorities and pins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificates (DER) of further authorities, from the PEM files that `ca` names.
    pub authorities: Vec<Vec<u8>>,
    /// By host, without `www.`: `sha256:` of a certificate (DER) that is taken though it can't be verified.
    pub pins: BTreeMap<String, String>,
}
