//! What to fetch for a source.

use crate::Discovery;
use crate::tls::Trust;
use sanad_document::secrets::masked;
use sanad_document::url_key;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What to fetch for one source, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Id of the source.
    pub id: String,
    /// Hosts that belong to the source, without `www.`. Only these and those of `start` get its header fields.
    pub hosts: Vec<String>,
    /// Other crawlers' WARC and WACZ files, and folders of them.
    pub captures: Vec<PathBuf>,
    /// Local files, or folders of them, each with the address under which it was published.
    pub files: Vec<(PathBuf, Url)>,
    /// Addresses to start with.
    pub start: Vec<String>,
    /// Request header fields.
    pub headers: Vec<(String, String)>,
    /// Time between two requests to a host, unless its robots.txt asks for more.
    pub delay: Duration,
    /// The limit on concurrent requests to a host.
    pub connections: usize,
    /// Hosts and addresses that may be requested although they aren't public.
    pub allow_private: Vec<String>,
    /// HTTP proxy.
    pub proxy: Option<String>,
    /// Which certificates are accepted.
    pub trust: Arc<Trust>,
    /// Record ids of documents that were taken down and may be fetched again.
    pub bring_back: BTreeSet<String>,
    /// How further pages are found.
    pub discovery: Discovery,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            id: String::new(),
            hosts: Vec::new(),
            captures: Vec::new(),
            files: Vec::new(),
            start: Vec::new(),
            headers: Vec::new(),
            delay: Duration::ZERO,
            connections: 1,
            allow_private: Vec::new(),
            proxy: None,
            trust: Arc::default(),
            bring_back: BTreeSet::new(),
            discovery: Discovery::default(),
        }
    }
}

impl Plan {
    /// Returns true if there is anything to fetch or to take from local files.
    #[must_use]
    pub fn has_work(&self) -> bool {
        let Discovery { sitemaps, feeds, listings, .. } = &self.discovery;
        let has_files = !(self.captures.is_empty() && self.files.is_empty());
        has_files || [&self.start, sitemaps, feeds, listings].iter().any(|list| !list.is_empty())
    }

    /// Lowers the limit on pages to this number, if one is given.
    pub fn limit(&mut self, pages: Option<usize>) {
        if let Some(pages) = pages {
            self.discovery.pages = self.discovery.limit().min(pages);
        }
    }

    /// Returns true if an address is on one of the source's hosts. Only these get its header fields, and only links to
    /// these are followed.
    #[must_use]
    pub fn owns(&self, url: &Url) -> bool {
        let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_ascii_lowercase();
        let Some(host) = url.host_str().map(bare) else {
            return false;
        };
        let of_start = |text: &String| Url::parse(text).ok().and_then(|u| u.host_str().map(bare)) == Some(host.clone());
        self.hosts.iter().any(|h| bare(h) == host) || self.start.iter().any(of_start)
    }

    /// Returns true if an address's document was taken down and may be fetched again.
    pub(super) fn brings_back(&self, url: &Url) -> bool {
        !self.bring_back.is_empty() && self.bring_back.contains(&record_id(url))
    }
}

/// The record id of the document at an address.
pub(super) fn record_id(url: &Url) -> String {
    url_key::record_id(&url_key::canonical_url(&masked(url.as_str())))
}
