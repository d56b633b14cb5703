//! `sources/<id>.toml`: what to fetch, from where, and what the records must look like.

use super::address::{address, listing, proxy};
use super::fields::Fields;
use super::settings::GoneAfter;
use super::tls;
use sanad_document::secrets::masked;
use sanad_document::url_key;
use sanad_fetch::{Discovery, TlsSettings};
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use url::Url;

/// A source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// The file name without its ending.
    pub id: String,
    /// The issuing body, for records whose pages don't name it.
    pub name: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Hosts whose captures belong to it, without `www.`, as web addresses spell them.
    pub hosts: Vec<String>,
    /// Other crawlers' WARC and WACZ files, and folders of them. Each is imported once.
    pub captures: Vec<PathBuf>,
    /// Local files, or folders of them, with the address that they come from.
    pub files: Vec<(PathBuf, Url)>,
    /// Addresses to fetch.
    pub start: Vec<String>,
    /// How further pages are found.
    pub discover: Discovery,
    /// The group it belongs to, for `sanad run --group`.
    pub group: Option<String>,
    /// Whether listing pages become records too.
    pub listings: bool,
    /// Whether a page that asks not to be indexed becomes no record.
    pub respect_noindex: bool,
    /// Consecutive visits that must find a page gone before its record is removed; overrides the settings.
    pub gone_after: Option<GoneAfter>,
    /// Request headers.
    pub headers: Vec<(String, String)>,
    /// Seconds between two requests to a host; overrides the settings.
    pub delay_seconds: Option<f64>,
    /// Concurrent requests to one host; overrides the settings.
    pub connections: Option<usize>,
    /// Hosts and addresses that may be fetched although they are private or loopback.
    pub allow_private: Vec<String>,
    /// HTTP proxy; overrides the settings.
    pub proxy: Option<String>,
    /// Certificates to trust in addition to those of the web's authorities.
    pub tls: TlsSettings,
    /// Addresses of documents that were taken down and may be fetched and published again.
    pub bring_back: Vec<String>,
    /// What its records must look like; nothing is checked if not set.
    pub expect: Option<Expect>,
}

/// Reads `[discover]`.
fn discover(fields: &mut Fields<'_, '_>) -> Discovery {
    if !fields.lacks("listings") && fields.lacks("follow") {
        let message = "`discover.listings` needs `discover.follow`: patterns of the pages that the listings link to";
        fields.reject("listings", message);
    }
    Discovery {
        sitemaps: fields.texts("sitemaps", address),
        robots_sitemaps: fields.flag("robots_sitemaps").unwrap_or_default(),
        feeds: fields.texts("feeds", address),
        listings: fields.texts("listings", listing),
        listing_pages: fields.number("listing_pages", 1..=100_000).and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        translations: fields.flag("translations").unwrap_or_default(),
        follow: fields.texts("follow", pattern),
        deny: fields.texts("deny", pattern),
        depth: fields.number("depth", 0..=100).and_then(|n| u32::try_from(n).ok()).unwrap_or(Discovery::DEPTH),
        pages: fields.number("pages", 1..=1_000_000).and_then(|n| usize::try_from(n).ok()).unwrap_or_default(),
    }
}

fn pattern(text: &str) -> Result<(), String> {
    if text.starts_with(['/', '*']) {
        return Ok(());
    }
    Err("must begin with `/` or `*`, because it is compared with path and query".to_owned())
}

/// `[expect]`: if an expectation isn't met, the source's new records are held back and the run reports a failure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expect {
    /// The least number of records.
    pub min_records: Option<u64>,
    /// The largest number of records.
    pub max_records: Option<u64>,
    /// The only languages that records may have (ISO 639-3); empty for any.
    pub languages: Vec<String>,
    /// Texts that must each be in the text or title of some record.
    pub must_contain: Vec<String>,
    /// The largest share of characters that may be left out, over all its pages (0 to 1).
    pub max_dropped: Option<f64>,
    /// The largest share of the text that the page model keeps which repetition may take, over all its pages (0 to 1).
    pub max_repeated: Option<f64>,
    /// The largest age of the newest record in days before the run, by its publication date or else its own date.
    pub max_age_days: Option<u64>,
    /// The largest share of the last run's records that may be missing (0 to 1); where it isn't said, 0.5 of 4 or more.
    pub max_fall: Option<f64>,
}

impl Source {
    pub(super) fn read(id: &str, fields: &mut Fields<'_, '_>) -> Self {
        let folder = fields.folder();
        let exists = |text: &str| {
            let path = folder.join(text);
            if path.exists() { Ok(()) } else { Err(format!("doesn't exist (tried {})", path.display())) }
        };
        let captures = fields.texts("captures", exists);
        let files = local_files(fields, &folder);
        let source = Self {
            id: id.to_owned(),
            captures: captures.iter().map(|name| folder.join(name)).collect(),
            files,
            name: fields.text("name"),
            country: fields.text("country"),
            hosts: fields.texts("hosts", host).iter().map(|text| as_in_addresses(text)).collect(),
            start: fields.texts("start", address),
            discover: fields.table("discover", discover).unwrap_or_default(),
            group: fields.text("group"),
            listings: fields.flag("listings").unwrap_or_default(),
            respect_noindex: fields.flag("respect_noindex").unwrap_or_default(),
            gone_after: GoneAfter::read(fields),
            headers: fields.pairs("headers", header),
            delay_seconds: fields.fraction("delay_seconds", 3600.0),
            connections: fields.number("connections", 1..=16).and_then(|n| usize::try_from(n).ok()),
            allow_private: fields.texts("allow_private", |_| Ok(())),
            proxy: proxy(fields),
            tls: fields.table("tls", tls::read).unwrap_or_default(),
            bring_back: fields.texts("bring_back", address),
            expect: fields.table("expect", Expect::read),
        };
        if fields.lacks("hosts") {
            fields.reject(
                "hosts",
                "`hosts` is missing; list the hosts whose pages belong to this source, such as [\"example.org\"]",
            );
        }
        if !source.hosts.is_empty() {
            fields.reject_items("start", |text| within(&source.hosts, text));
        }
        if source.discover.robots_sitemaps && fields.lacks("start") {
            fields.reject(
                "discover",
                "`discover.robots_sitemaps` needs a `start` address: the sitemaps are those in its host's robots.txt",
            );
        }
        if source.country.as_ref().is_some_and(|c| c.len() != 2 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
            fields.reject("country", "`country` must be two capital letters (ISO 3166-1), such as \"TJ\"");
        }
        source
    }
}

/// Reads `[files]`: names of files or folders, each with the address that it comes from.
fn local_files(fields: &mut Fields<'_, '_>, folder: &Path) -> Vec<(PathBuf, Url)> {
    let check = |name: &str, text: &str| {
        let path = folder.join(name);
        address(text).map_err(|why| format!("{:?} {why}", masked(text)))?;
        if !path.exists() {
            return Err(format!("{name:?} doesn't exist (tried {})", path.display()));
        }
        if path.is_file() && !sanad_fetch::is_local_page(&path) {
            return Err(format!("{name:?} is never read; local files are .html, .htm, .shtml, .xhtml and .pdf"));
        }
        Ok(())
    };
    let pairs = fields.pairs("files", check).into_iter();
    pairs.filter_map(|(name, text)| Some((folder.join(name), Url::parse(&text).ok()?))).collect()
}

/// Request headers that frame a request or ask for a part of an answer. One set by hand would break each of them.
const OWN_HEADERS: [&str; 14] = [
    "Host",
    "Content-Length",
    "Content-Encoding",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Range",
    "Accept-Encoding",
    "If-*",
    "Proxy-*",
];

/// Checks the name and value of a request header (RFC 9110, sections 5.1 and 5.5). The message never contains the value,
/// which may be a secret.
fn header(name: &str, value: &str) -> Result<(), String> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(format!("{name:?} is no name of a header; it may hold letters, digits and hyphens"));
    }
    let is_of = |own: &str| match own.strip_suffix('*') {
        Some(start) => name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => name.eq_ignore_ascii_case(own),
    };
    if OWN_HEADERS.into_iter().any(is_of) {
        return Err(format!("{name:?} can't be set: the program frames each request and asks for each answer itself"));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') || value.trim() != value {
        return Err(format!(
            "the value of {name:?} holds a line break or another control character, or begins or ends with a space; \
             HTTP forbids that"
        ));
    }
    if !value.is_ascii() {
        return Err(format!("the value of {name:?} has letters outside ASCII; encode them as the server expects"));
    }
    Ok(())
}

impl Expect {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            min_records: fields.number("min_records", 0..=1_000_000_000),
            max_records: fields.number("max_records", 0..=1_000_000_000),
            languages: fields.texts("languages", language),
            must_contain: fields.texts("must_contain", |_| Ok(())),
            max_dropped: fields.fraction("max_dropped", 1.0),
            max_repeated: fields.fraction("max_repeated", 1.0),
            max_age_days: fields.number("max_age_days", 0..=100_000),
            max_fall: fields.fraction("max_fall", 1.0),
        }
    }
}

/// Checks that an address is on one of the hosts. Mistakes of its own are reported elsewhere.
fn within(hosts: &[String], text: &str) -> Result<(), String> {
    let host = url_key::site_of(text);
    if address(text).is_err() || hosts.contains(&host) {
        return Ok(());
    }
    let text = masked(text);
    Err(format!(
        "`start`: {text:?} is on none of the source's `hosts`; add {host:?} there, or move it to another source"
    ))
}

/// Parses an IPv6 address, with or without its brackets.
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(text).parse().ok()
}

/// A host as web addresses spell it: an IPv6 address has brackets.
pub(super) fn as_in_addresses(host: &str) -> String {
    ipv6(host).map_or_else(|| host.to_owned(), |address| format!("[{address}]"))
}

fn host(text: &str) -> Result<(), String> {
    if ipv6(text).is_some() {
        return Ok(());
    }
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    if !is_plain {
        return Err("is not a host name such as example.org".to_owned());
    }
    if text.starts_with("www.") {
        return Err("must be written without `www.`".to_owned());
    }
    Ok(())
}

fn language(text: &str) -> Result<(), String> {
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_lowercase()) {
        return Ok(());
    }
    Err("is not an ISO 639-3 code such as \"tgk\"".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{as_in_addresses, host};

    #[test]
    fn hosts_are_names_or_addresses() {
        for (text, wanted) in
            [("mfa.tj", "mfa.tj"), ("127.0.0.1", "127.0.0.1"), ("2001:DB8::1", "[2001:db8::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!((host(text), as_in_addresses(text).as_str()), (Ok(()), wanted));
        }
        for wrong in ["", "www.mfa.tj", "https://mfa.tj", "mfa.tj:80", "[mfa.tj]", "::g"] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }
}
