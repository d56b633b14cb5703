//! `[tls]` of a source: certificates to trust in addition to those of the web's authorities.

use super::fields::Fields;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sanad_fetch::TlsSettings;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads the table. Paths of certificates are relative to the configuration folder.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> TlsSettings {
    let folder = fields.folder();
    let files = fields.texts("ca", |name| certificates(&folder.join(name)).map(drop));
    let pairs = fields.pairs("pins", |_, _| Ok(()));
    let mut pins = BTreeMap::new();
    for (host, text) in pairs {
        match digest(&text) {
            Some(digest) => drop(pins.insert(host.strip_prefix("www.").unwrap_or(&host).to_lowercase(), digest)),
            None => fields.reject(
                "pins",
                format!(
                    "`tls.pins`: {text:?} is not the SHA-256 digest of a certificate; write 64 hexadecimal digits, as \
                     `openssl x509 -fingerprint -sha256` prints them, or sha256:…"
                ),
            ),
        }
    }
    let authorities = files.iter().filter_map(|name| certificates(&folder.join(name)).ok()).flatten().collect();
    TlsSettings { authorities, pins }
}

/// Reads the certificates in a PEM file.
fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("can't be read (tried {}: {e})", path.display()))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = read.map_err(|e| format!("is not a PEM file ({e})"))?;
    if found.is_empty() {
        return Err("contains no certificate".to_owned());
    }
    Ok(found.into_iter().map(|der| der.to_vec()).collect())
}

/// Parses a SHA-256 digest written as `sha256:…` or as `AB:CD:…`, and returns it as `sha256:…` in lower case.
fn digest(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let digits: String = text.strip_prefix("sha256:").unwrap_or(&text).chars().filter(|c| *c != ':').collect();
    let is_valid = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_valid.then(|| format!("sha256:{digits}"))
}
