//! What is wanted of each source, and what a request may cost.

use crate::Discovery;
use crate::tls::Trust;
use sanad_document::url_key;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The product token: what robots.txt calls this crawler.
pub const TOKEN: &str = "Sanad";

/// Pages of one source unless it says otherwise: enough for a ministry's news of many years, and an end to calendars that link to
/// the next month for ever.
pub const MOST_PAGES: usize = 20_000;

/// What is wanted of one source.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The source's id.
    pub id: String,
    /// Hosts that belong to it, without `www.`; its headers go to these and those of `start` alone.
    pub hosts: Vec<String>,
    /// Other crawlers' WARC and WACZ files, and folders of them.
    pub captures: Vec<PathBuf>,
    /// Local files or folders of them, with the address where they stood.
    pub files: Vec<(PathBuf, Url)>,
    /// Addresses to begin with.
    pub start: Vec<String>,
    /// Request header fields.
    pub headers: Vec<(String, String)>,
    /// Time from one request to a host to the next, unless its robots.txt asks for more.
    pub delay: Duration,
    /// Requests to a host under way at one time.
    pub connections: usize,
    /// Hosts and addresses that may be asked although they aren't public.
    pub allow_private: Vec<String>,
    /// HTTP proxy, instead of the settings'.
    pub proxy: Option<String>,
    /// Which certificates are taken.
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
    /// Whether there is anything to ask for.
    #[must_use]
    pub fn has_work(&self) -> bool {
        let Discovery { sitemaps, feeds, listings, .. } = &self.discovery;
        let has_files = !(self.captures.is_empty() && self.files.is_empty());
        has_files || [&self.start, sitemaps, feeds, listings].iter().any(|list| !list.is_empty())
    }

    /// Whether an address's document was taken down and is wanted again.
    pub(super) fn brings_back(&self, url: &Url) -> bool {
        !self.bring_back.is_empty() && self.bring_back.contains(&id_of(url.as_str()))
    }

    /// Asks for no more pages than this, where it is given.
    pub fn limit(&mut self, pages: Option<usize>) {
        if let Some(pages) = pages {
            self.discovery.pages = self.discovery.limit().min(pages);
        }
    }

    /// Whether an address is on one of its hosts: only these get its headers, and only links to them are followed.
    pub fn owns(&self, url: &Url) -> bool {
        let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_ascii_lowercase();
        let Some(host) = url.host_str().map(bare) else {
            return false;
        };
        let of_start = |text: &String| Url::parse(text).ok().and_then(|u| u.host_str().map(bare)) == Some(host.clone());
        self.hosts.iter().any(|h| bare(h) == host) || self.start.iter().any(of_start)
    }
}

/// The record id of an address.
pub(super) fn id_of(url: &str) -> String {
    url_key::record_id(&url_key::canonical_url(url))
}

impl Discovery {
    /// Pages at most.
    pub(super) fn limit(&self) -> usize {
        if self.pages == 0 { MOST_PAGES } else { self.pages }
    }

    /// Whether pages are looked for beyond the start addresses.
    pub(super) fn is_open(&self) -> bool {
        let lists = [&self.sitemaps, &self.feeds, &self.listings, &self.follow];
        self.robots_sitemaps || self.translations || lists.iter().any(|list| !list.is_empty())
    }
}

/// What a request may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Look-up and connection.
    pub connect: Duration,
    /// Until the header is there.
    pub first_byte: Duration,
    /// The whole response.
    pub total: Duration,
    /// Bytes of body as received.
    pub body: u64,
    /// Bytes of response header.
    pub header: usize,
    /// Redirects in a row.
    pub redirects: u32,
    /// Tries after the first.
    pub retries: u32,
    /// Wait before the first of them; it doubles with each.
    pub backoff: Duration,
    /// A server's `Retry-After` beyond this ends the tries.
    pub longest_wait: Duration,
    /// Faults in a row after which a host is left alone for the rest of the run.
    pub faults: u32,
    /// Bytes after which a new WARC file is begun.
    pub segment: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(30),
            total: Duration::from_mins(2),
            body: 64 << 20,
            // Servers that set dozens of cookies stay under a tenth of this.
            header: 64 << 10,
            redirects: 5,
            retries: 2,
            backoff: Duration::from_secs(2),
            longest_wait: Duration::from_mins(2),
            faults: 8,
            // The size that web archives agree on.
            segment: 1 << 30,
        }
    }
}

/// What holds for all sources of a run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// `User-Agent`: product, version, whom to ask.
    pub user_agent: String,
    /// What a request may cost.
    pub limits: Limits,
    /// Hosts asked at one time.
    pub parallel: usize,
    /// Every so many visits a page is fetched whole, whatever the server says of its age.
    pub full_every: u32,
    /// Folder of the journal.
    pub state: PathBuf,
    /// Record ids of documents that were taken down: their addresses are not asked for.
    pub taken_down: BTreeSet<String>,
}

impl Setup {
    /// The usual set-up: `raw` is the folder of the captures, `contact` a page or address that tells server owners whom to ask.
    #[must_use]
    pub fn new(contact: &str, raw: &Path) -> Self {
        let contact = if contact.is_empty() { String::new() } else { format!(" (+{contact})") };
        Self {
            user_agent: format!("{TOKEN}/{}{contact}", env!("CARGO_PKG_VERSION")),
            limits: Limits::default(),
            parallel: 16,
            full_every: 10,
            state: raw.join(".fetch"),
            taken_down: BTreeSet::new(),
        }
    }

    /// Whether an address's document was taken down and the source doesn't ask for it back.
    pub(super) fn is_taken_down(&self, plan: &Plan, url: &Url) -> bool {
        if self.taken_down.is_empty() {
            return false;
        }
        self.taken_down.contains(&id_of(url.as_str())) && !plan.brings_back(url)
    }
}
