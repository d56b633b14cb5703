//! Whether two addresses are known variants of one: what separates them never selects another document.
//!
//! Wider than [`url_key`](crate::url_key), which must hold for addresses that nobody vouches for. A page that names one of these as
//! its canonical address is believed.

use crate::url_key::{canonical_url, site_of};
use url::Url;

/// Words that mark a printable or an AMP version, as a segment of the path, as a parameter or as its value.
const VERSIONS: &[&str] = &[
    "amp",
    "forprint",
    "print",
    "print-version",
    "print_version",
    "printable",
    "printer",
    "printerfriendly",
    "printer-friendly",
    "printpage",
    "printversion",
    "printview",
];

/// Endings of the page `index` that a folder opens with.
const INDEXES: &[&str] = &["asp", "aspx", "htm", "html", "jsp", "php", "shtml"];

/// Parameters that mark a printable version only beside one of [`VERSIONS`]: what Joomla adds to it.
const BESIDE_VERSIONS: &[&str] = &["tmpl=component", "page="];

/// Parameters that identify a click or a visitor, beyond those that no id holds.
const CLICKS: &[&str] =
    &["ysclid", "srsltid", "gclsrc", "gad_source", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "replytocom"];

/// Returns true if two addresses differ at most by scheme, `www.` or `amp.`, slashes at the end, the name of an index
/// page, the order of parameters, tracking and session parameters, and marks of a printable or an AMP version.
///
/// ```
/// use sanad_document::url_variant::is_variant;
/// assert!(is_variant("http://www.mfa.tj/index.php/news/5?print=1", "https://mfa.tj/news/5"));
/// assert!(!is_variant("https://mfa.tj/news/5", "https://mfa.tj/news"));
/// ```
#[must_use]
pub fn is_variant(one: &str, other: &str) -> bool {
    let (one, other) = (canonical_url(one), canonical_url(other));
    one == other || key(&one).is_some_and(|one| Some(one) == key(&other))
}

/// What all variants of an address share.
#[derive(PartialEq)]
struct VariantKey {
    host: String,
    port: Option<u16>,
    segments: Vec<String>,
    parameters: Vec<String>,
}

fn key(canonical: &str) -> Option<VariantKey> {
    let url = Url::parse(canonical).ok()?;
    let site = site_of(canonical);
    let host = site.strip_prefix("amp.").unwrap_or(&site).to_owned();
    Some(VariantKey { host, port: url.port(), segments: segments(url.path()), parameters: parameters(&url) })
}

fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty() && !is_index(part));
    let plain: Vec<String> = parts.clone().filter(|part| !is_version(part)).map(without_version).collect();
    // A section that is called so is no version of the front page.
    if plain.is_empty() { parts.map(str::to_owned).collect() } else { plain }
}

/// The last part of a path without the mark of a version: `5.amp.html`, `5-print.html`, `print:5.html`.
fn without_version(part: &str) -> String {
    let part = part.strip_prefix("print:").unwrap_or(part);
    let (stem, ending) = match part.rsplit_once('.') {
        Some((stem, ending)) if !is_version(ending) => (stem, format!(".{ending}")),
        Some((stem, _)) => (stem, String::new()),
        None => (part, String::new()),
    };
    let cut = stem.rsplit_once(['.', '-', '_']).filter(|(before, mark)| !before.is_empty() && is_version(mark));
    // `how-to-print` is a title: without an ending a mark at the end is a word.
    let stem = if ending.is_empty() { stem } else { cut.map_or(stem, |(before, _)| before) };
    format!("{stem}{ending}")
}

fn parameters(url: &Url) -> Vec<String> {
    let all: Vec<&str> = url.query().unwrap_or_default().split('&').filter(|p| !p.is_empty()).collect();
    let marks_version = |parameter: &&str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        is_version(name) || is_version(value)
    };
    let has_version = all.iter().any(marks_version);
    let is_kept = |parameter: &&&str| {
        let name = parameter.split('=').next().unwrap_or_default().to_ascii_lowercase();
        let is_beside = has_version && BESIDE_VERSIONS.contains(&parameter.to_ascii_lowercase().as_str());
        !marks_version(parameter) && !is_beside && !CLICKS.contains(&name.as_str())
    };
    let mut kept: Vec<String> = all.iter().filter(is_kept).map(|parameter| (*parameter).to_owned()).collect();
    kept.sort();
    kept
}

fn is_index(part: &str) -> bool {
    part.strip_prefix("index.").is_some_and(|ending| INDEXES.contains(&ending))
}

fn is_version(word: &str) -> bool {
    VERSIONS.iter().any(|version| word.eq_ignore_ascii_case(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_page_are_variants() {
        for (one, other) in [
            ("http://www.mfa.tj/tg/5/", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/index.php/tg/5", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/tg/index.html", "https://mfa.tj/tg/"),
            ("https://mfa.tj/?utm_source=x&id=5&PHPSESSID=1", "https://mfa.tj/?id=5"),
            ("https://mfa.tj/tg?b=2&a=1&ysclid=q", "https://mfa.tj/tg?a=1&b=2"),
            ("https://mfa.tj/tg/5?print=1", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/news.php?id=5&view=print", "https://mfa.tj/news.php?id=5"),
            ("https://mfa.tj/tg/5?tmpl=component&print=1&page=", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/print/node/5", "https://mfa.tj/node/5"),
            ("https://mfa.tj/tg/5/print", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/tg/print:5-qonun.html", "https://mfa.tj/tg/5-qonun.html"),
            ("https://mfa.tj/tg/5_print.html", "https://mfa.tj/tg/5.html"),
            ("https://mfa.tj/tg/5/amp/", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/amp/tg/5", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/tg/5?amp", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/tg/5?outputType=amp", "https://mfa.tj/tg/5"),
            ("https://mfa.tj/tg/5.amp.html", "https://mfa.tj/tg/5.html"),
            ("https://amp.mfa.tj/tg/5", "https://mfa.tj/tg/5"),
        ] {
            assert!(is_variant(one, other) && is_variant(other, one), "{one} {other}");
        }
    }

    #[test]
    fn what_may_be_another_page_is_no_variant() {
        for (one, other) in [
            ("https://mfa.tj/tg/5", "https://mfa.tj/tg"),
            ("https://mfa.tj/tg/5", "https://mfa.tj/"),
            ("https://mfa.tj/?id=5", "https://mfa.tj/"),
            ("https://mfa.tj/tg/5", "https://mfa.tj/ru/5"),
            ("https://mfa.tj/news?page=2", "https://mfa.tj/news"),
            ("https://mfa.tj/print", "https://mfa.tj/"),
            ("https://mfa.tj/how-to-print", "https://mfa.tj/how-to"),
            ("https://mfa.tj:8080/tg", "https://mfa.tj/tg"),
            ("https://en.mfa.tj/5", "https://mfa.tj/5"),
            ("https://mfa.tj/5", "https://mia.tj/5"),
            ("notes/a.html", "notes/b.html"),
        ] {
            assert!(!is_variant(one, other), "{one} {other}");
        }
    }
}
