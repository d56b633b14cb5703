//! `sources/<id>.toml`: what is wanted, from where, and what must come of it.

use super::address::{address, listing, proxy};
use super::fields::Fields;
use super::settings::GoneAfter;
use super::tls;
use sanad_fetch::{Discovery, TlsSettings};
use std::path::{Path, PathBuf};
use url::Url;

/// A source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// The file's name without its ending.
    pub id: String,
    /// The issuing body, for records whose page doesn't name it.
    pub name: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Hosts whose captures belong to it, without `www.`.
    pub hosts: Vec<String>,
    /// Other crawlers' WARC and WACZ files, and folders of them: each is taken over once.
    pub captures: Vec<PathBuf>,
    /// Local files or folders of them, with the address where they stood.
    pub files: Vec<(PathBuf, Url)>,
    /// Addresses that are fetched.
    pub start: Vec<String>,
    /// How further pages are found.
    pub discover: Discovery,
    /// The schedule it belongs to, for `run --group`.
    pub group: Option<String>,
    /// Whether listings become records too.
    pub listings: bool,
    /// Visits that must not find a page before its record goes, instead of the settings'.
    pub gone_after: Option<GoneAfter>,
    /// Request headers.
    pub headers: Vec<(String, String)>,
    /// Seconds between two requests, instead of the settings'.
    pub delay_seconds: Option<f64>,
    /// Requests to a host under way at one time, instead of the settings'.
    pub connections: Option<usize>,
    /// Private or loopback addresses and hosts that may be asked all the same.
    pub allow_private: Vec<String>,
    /// HTTP proxy, instead of the settings'.
    pub proxy: Option<String>,
    /// Certificates that are taken beside those of the web's authorities.
    pub tls: TlsSettings,
    /// Addresses whose documents were taken down and may be fetched and published again.
    pub bring_back: Vec<String>,
    /// What its records must look like.
    pub expect: Option<Expect>,
}

/// The discovery that a file states.
fn discover(fields: &mut Fields<'_, '_>) -> Discovery {
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
    Err("must begin with `/` or `*`: it is compared with path and query".to_owned())
}

/// `[expect]`: when it is broken the source's new records are held back and the run says so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expect {
    /// At least so many records.
    pub min_records: Option<u64>,
    /// At most so many.
    pub max_records: Option<u64>,
    /// Only these languages (ISO 639-3).
    pub languages: Vec<String>,
    /// Each of these stands in some record's text or title.
    pub must_contain: Vec<String>,
    /// At most this share of the characters is left out, over all its pages.
    pub max_dropped: Option<f64>,
    /// The newest record (published, else by its own date) is at most so many days older than the run.
    pub max_age_days: Option<u64>,
    /// At most this share of the records of the last run is missing.
    pub max_fall: Option<f64>,
}

impl Source {
    pub(super) fn read(id: &str, fields: &mut Fields<'_, '_>) -> Self {
        let folder = fields.folder();
        let is_there = |text: &str| {
            let path = folder.join(text);
            if path.exists() { Ok(()) } else { Err(format!("is not there, as {}", path.display())) }
        };
        let captures = fields.texts("captures", is_there);
        let files = local_files(fields, &folder);
        let source = Self {
            id: id.to_owned(),
            captures: captures.iter().map(|name| folder.join(name)).collect(),
            files,
            name: fields.text("name"),
            country: fields.text("country"),
            hosts: fields.texts("hosts", host),
            start: fields.texts("start", address),
            discover: fields.table("discover", discover).unwrap_or_default(),
            group: fields.text("group"),
            listings: fields.flag("listings").unwrap_or_default(),
            gone_after: GoneAfter::read(fields),
            headers: fields.pairs("headers"),
            delay_seconds: fields.fraction("delay_seconds", 3600.0),
            connections: fields.number("connections", 1..=16).and_then(|n| usize::try_from(n).ok()),
            allow_private: fields.texts("allow_private", |_| Ok(())),
            proxy: proxy(fields),
            tls: fields.table("tls", tls::read).unwrap_or_default(),
            bring_back: fields.texts("bring_back", address),
            expect: fields.table("expect", Expect::read),
        };
        if source.hosts.is_empty() {
            fields.reject("hosts", "`hosts` is missing: name the hosts whose pages belong to this source");
        }
        if source.discover.robots_sitemaps && source.start.is_empty() {
            fields.reject(
                "discover",
                "`discover.robots_sitemaps` needs a `start` address: its host's robots.txt is asked",
            );
        }
        if !source.discover.listings.is_empty() && source.discover.follow.is_empty() {
            fields.reject("discover", "`discover.listings` needs `follow`: patterns of the pages that they name");
        }
        if source.country.as_ref().is_some_and(|c| c.len() != 2 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
            fields.reject("country", "`country` must be two capital letters (ISO 3166-1), such as \"TJ\"");
        }
        source
    }
}

/// `[files]`: file or folder, and the address where it stood.
fn local_files(fields: &mut Fields<'_, '_>, folder: &Path) -> Vec<(PathBuf, Url)> {
    let mut found = Vec::new();
    for (name, text) in fields.pairs("files") {
        let path = folder.join(&name);
        let sound = address(&text).and_then(|()| {
            if !path.exists() {
                return Err(format!("is where {name:?} stood, but that is not there, as {}", path.display()));
            }
            Url::parse(&text).map_err(|e| e.to_string())
        });
        match sound {
            Ok(url) => found.push((path, url)),
            Err(why) => fields.reject("files", format!("`files`: {text:?} {why}")),
        }
    }
    found
}

impl Expect {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            min_records: fields.number("min_records", 0..=1_000_000_000),
            max_records: fields.number("max_records", 0..=1_000_000_000),
            languages: fields.texts("languages", language),
            must_contain: fields.texts("must_contain", |_| Ok(())),
            max_dropped: fields.fraction("max_dropped", 1.0),
            max_age_days: fields.number("max_age_days", 0..=100_000),
            max_fall: fields.fraction("max_fall", 1.0),
        }
    }
}

fn host(text: &str) -> Result<(), String> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    if !plain {
        return Err("is not a host name".to_owned());
    }
    if text.starts_with("www.") {
        return Err("must stand without `www.`".to_owned());
    }
    Ok(())
}

fn language(text: &str) -> Result<(), String> {
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_lowercase()) {
        return Ok(());
    }
    Err("is not an ISO 639-3 code such as \"tgk\"".to_owned())
}
