//! Which document an address names: the canonical form of a URL, and the record id that follows from it.
//!
//! Two addresses of one document should give one id, two documents never; where both can't be had, the second wins.
//! Only what never tells documents apart is taken away.

use url::Url;

/// Query parameters that follow the visitor and never choose a document: campaign, click and session marks.
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

/// The canonical address: no fragment, no tracking or session parameters, no default port, percent-encoding as the URL
/// standard writes it. What isn't a URL is given back as it is.
#[must_use]
pub fn canonical_url(address: &str) -> String {
    let Ok(mut url) = Url::parse(address.trim()) else {
        return address.trim().to_owned();
    };
    url.set_fragment(None);
    if let Some(path) = without_session(url.path()) {
        url.set_path(&path);
    }
    let kept: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|p| !p.is_empty() && !is_tracking(p))
        .map(str::to_owned)
        .collect();
    url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    url.to_string()
}

/// The record id: the host without `www.`, a slash, and 128 bits of the canonical URL's digest in hex.
///
/// Scheme, `www.`, a trailing slash and a visible `index.php` don't tell documents apart and stay out of the digest.
#[must_use]
pub fn record_id(canonical: &str) -> String {
    let key = key(canonical);
    let digest = blake3::hash(key.as_bytes()).to_hex();
    let short: String = digest.chars().take(32).collect();
    format!("{}/{short}", site_of(canonical))
}

/// The host without `www.`; `local` for files.
#[must_use]
pub fn site_of(address: &str) -> String {
    Url::parse(address)
        .ok()
        .and_then(|u| u.host_str().map(|h| h.strip_prefix("www.").unwrap_or(h).to_owned()))
        .filter(|host| !host.is_empty())
        .unwrap_or_else(|| "local".to_owned())
}

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

fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|p| name.starts_with(p))
}

/// The path without the session id that a servlet container put into it; none where there is none.
fn without_session(path: &str) -> Option<String> {
    let at = path.to_ascii_lowercase().find(";jsessionid=")?;
    path.get(..at).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_page_give_one_id() {
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
    fn parameters_that_choose_a_document_stay() {
        let id = |u: &str| record_id(&canonical_url(u));
        assert_ne!(id("https://a.tj/?id=1"), id("https://a.tj/?id=2"));
        assert_ne!(id("https://a.tj/x?v=print"), id("https://a.tj/x"));
        assert_ne!(id("https://a.tj/tg/x"), id("https://a.tj/ru/x"));
    }
}
