//! Which document an address names: the canonical URL, and the record id derived from it.
//!
//! All addresses of a document should have one id, and two documents must never share one. Where these conflict, the
//! second wins: only what never distinguishes documents is removed.

use std::fmt::Write as _;
use url::Url;

/// Query parameters that identify the visitor and never select a document: campaign, click and session ids.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "ymclid",
    "_openstat",
    "mc_cid",
    "mc_eid",
    "igshid",
    "_ga",
    "_gl",
    "twclid",
    "ttclid",
    "sessionid",
    "phpsessid",
    "jsessionid",
    "aspsessionid",
    "sid",
    "cfid",
    "cftoken",
    "osessionid",
];
/// Prefixes of such parameters.
const TRACKING_PREFIXES: &[&str] = &["utm_", "pk_", "mtm_", "hsa_", "at_campaign", "at_medium"];

/// Returns the canonical address: without fragment, tracking and session parameters and default port, percent-encoded
/// as the URL standard requires. Returns an address that isn't a URL unchanged, except for white space at its ends.
#[must_use]
pub fn canonical_url(address: &str) -> String {
    let Ok(mut url) = Url::parse(address.trim()) else {
        return address.trim().to_owned();
    };
    url.set_fragment(None);
    if let Some(host) = url.host_str().and_then(|h| h.strip_suffix('.')).map(str::to_owned) {
        // The trailing dot is the DNS root: the same host. If the rest isn't a valid host, the address keeps it.
        url.set_host(Some(&host)).unwrap_or_default();
    }
    let path = without_session_id(url.path()).unwrap_or_else(|| url.path().to_owned());
    url.set_path(&normalize_escapes(&path));
    let kept: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|p| !p.is_empty() && !is_tracking(p))
        .map(normalize_escapes)
        .collect();
    url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    url.to_string()
}

/// Returns the record id of a canonical URL: the host without `www.`, a slash, and 128 bits of a digest in hex.
///
/// Scheme, `www.`, a trailing slash and a visible `index.php` don't distinguish documents and aren't part of the
/// digest.
#[must_use]
pub fn record_id(canonical: &str) -> String {
    let key = key(canonical);
    let digest = blake3::hash(key.as_bytes()).to_hex();
    let short: String = digest.chars().take(32).collect();
    format!("{}/{short}", site_of(canonical))
}

/// Returns the digest in a [record id](record_id), or `None` if it isn't one.
#[must_use]
pub fn digest_of(id: &str) -> Option<u128> {
    let (_, hex) = id.rsplit_once('/')?;
    u128::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 32)
}

/// Returns 64 bits of the digest of a canonical URL: enough to distinguish the addresses of one batch, in little
/// memory.
#[must_use]
pub fn fingerprint(canonical: &str) -> u64 {
    let digest = blake3::hash(key(canonical).as_bytes());
    u64::from_le_bytes(digest.as_bytes().first_chunk().copied().unwrap_or_default())
}

/// Returns the host without `www.`, or `local` for a file.
#[must_use]
pub fn site_of(address: &str) -> String {
    Url::parse(address)
        .ok()
        .and_then(|u| u.host_str().map(|h| h.strip_prefix("www.").unwrap_or(h).to_owned()))
        .filter(|host| !host.is_empty())
        .unwrap_or_else(|| "local".to_owned())
}

/// Returns the part of a canonical URL that identifies the document.
fn key(canonical: &str) -> String {
    let Ok(url) = Url::parse(canonical) else {
        return canonical.to_owned();
    };
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    let path = url.path().replace("/index.php/", "/");
    let path = path.strip_suffix("/index.php").unwrap_or(&path);
    let path = path.strip_suffix("/index.html").unwrap_or(path);
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    format!("{}{port}{}{query}", site_of(canonical), path.trim_end_matches('/'))
}

/// Normalizes percent-encoding (RFC 3986, 6.2.2): capital hex digits, and no escapes for unreserved characters.
fn normalize_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let byte = after
            .get(..2)
            .filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let Some(byte) = byte else {
            out.push('%');
            rest = after;
            continue;
        };
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // writing to a string can't fail
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
        rest = after.get(2..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|p| name.starts_with(p))
}

/// Returns the path without the session id that a servlet container appended, or `None` if it has none.
fn without_session_id(path: &str) -> Option<String> {
    let at = path.to_ascii_lowercase().find(";jsessionid=")?;
    path.get(..at).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_ends_with_its_digest() {
        for address in ["https://mfa.tj/en/main", "https://[::1]:8080/a/b", "notes/a.html", ""] {
            let id = record_id(address);
            assert_eq!(format!("{}/{:032x}", site_of(address), digest_of(&id).unwrap()), id);
            assert_eq!(digest_of(id.get(1..id.len() - 1).unwrap()), None);
        }
    }

    #[test]
    fn addresses_of_one_page_have_one_id() {
        let id = |u: &str| record_id(&canonical_url(u));
        let plain = id("https://mfa.tj/en/main/view/11405/closing");
        for other in [
            "http://www.mfa.tj/index.php/en/main/view/11405/closing",
            "https://MFA.tj:443/en/main/view/11405/closing/#top",
            "https://mfa.tj/en/main/view/11405/closing?utm_source=x&PHPSESSID=1",
            "https://mfa.tj/en/main/view/11405/closing;jsessionid=9A?fbclid=2",
        ] {
            assert_eq!(id(other), plain, "{other}");
        }
        assert!(plain.starts_with("mfa.tj/"));
        assert_eq!(plain.len(), "mfa.tj/".len() + 32);
    }

    #[test]
    fn what_never_distinguishes_documents_is_removed() {
        let id = |u: &str| record_id(&canonical_url(u));
        for (what, one, other) in [
            ("scheme", "http://mfa.tj/tg/news/5", "https://mfa.tj/tg/news/5"),
            ("www", "https://www.mfa.tj/tg/news/5", "https://mfa.tj/tg/news/5"),
            ("port", "https://mfa.tj:443/tg", "https://mfa.tj/tg"),
            ("capital letters in the host", "https://MFA.TJ/tg", "https://mfa.tj/tg"),
            ("trailing dot of the host", "https://mfa.tj./tg", "https://mfa.tj/tg"),
            ("index.php", "https://mfa.tj/index.php/tg/news/5", "https://mfa.tj/tg/news/5"),
            ("index.php at the end", "https://mfa.tj/index.php?id=5", "https://mfa.tj/?id=5"),
            ("index.html", "https://mfa.tj/tg/index.html", "https://mfa.tj/tg"),
            ("trailing slash", "https://mfa.tj/tg/", "https://mfa.tj/tg"),
            ("campaign", "https://mfa.tj/tg?id=5&utm_source=mail&fbclid=x", "https://mfa.tj/tg?id=5"),
            ("campaign alone", "https://mfa.tj/tg?utm_campaign=x", "https://mfa.tj/tg"),
            ("session in the query", "https://mfa.tj/tg?PHPSESSID=ab12&id=5", "https://mfa.tj/tg?id=5"),
            ("session in the path", "https://mfa.tj/tg;jsessionid=AB12?id=5", "https://mfa.tj/tg?id=5"),
            ("fragment", "https://mfa.tj/tg#news", "https://mfa.tj/tg"),
            ("empty query", "https://mfa.tj/tg?", "https://mfa.tj/tg"),
            ("dots in the path", "https://mfa.tj/a/../tg", "https://mfa.tj/tg"),
            ("letters plain and encoded", "https://mfa.tj/хабар", "https://mfa.tj/%D1%85%D0%B0%D0%B1%D0%B0%D1%80"),
            ("lower-case hex digits", "https://mfa.tj/%d1%85?q=%d1%85", "https://mfa.tj/%D1%85?q=%D1%85"),
            ("needless escapes", "https://mfa.tj/%7Eold/%41", "https://mfa.tj/~old/A"),
            ("international names", "https://президент.рф/tg", "https://xn--d1abbgf6aiiy.xn--p1ai/tg"),
        ] {
            assert_eq!(id(one), id(other), "{what}: {} {}", canonical_url(one), canonical_url(other));
            assert_eq!(canonical_url(&canonical_url(one)), canonical_url(one), "{what}: not idempotent");
        }
    }

    #[test]
    fn what_may_distinguish_documents_is_kept() {
        let id = |u: &str| record_id(&canonical_url(u));
        for (what, one, other) in [
            ("host", "https://mfa.tj/tg", "https://mia.tj/tg"),
            ("subdomain", "https://en.mfa.tj/1", "https://mfa.tj/1"),
            ("another port", "https://mfa.tj:8080/tg", "https://mfa.tj/tg"),
            ("capital letters in the path", "https://mfa.tj/TG", "https://mfa.tj/tg"),
            ("parameter", "https://mfa.tj/?id=5", "https://mfa.tj/?id=6"),
            ("an encoded slash", "https://mfa.tj/a%2Fb", "https://mfa.tj/a/b"),
            ("an encoded ampersand", "https://mfa.tj/?a=1%26b=2", "https://mfa.tj/?a=1&b=2"),
            ("an encoded per cent sign", "https://mfa.tj/%2541", "https://mfa.tj/%41"),
            ("print", "https://mfa.tj/5?print=1", "https://mfa.tj/5"),
        ] {
            assert_ne!(id(one), id(other), "{what}");
        }
    }

    #[test]
    fn parameters_that_select_a_document_are_kept() {
        let id = |u: &str| record_id(&canonical_url(u));
        assert_ne!(id("https://a.tj/?id=1"), id("https://a.tj/?id=2"));
        assert_ne!(id("https://a.tj/x?v=print"), id("https://a.tj/x"));
        assert_ne!(id("https://a.tj/tg/x"), id("https://a.tj/ru/x"));
    }
}
