//! Addresses to captures: the only part of the program that reads the network.
//!
//! One queue a host, with its delay and its robots.txt; a few threads that take whichever host is due, so that a slow one
//! holds up nobody else. What comes back is written to WARC as received, synced, and only then entered in a journal: a
//! run that is stopped at any point and started again under its name goes on where it was, fetches nothing twice and
//! forgets nothing. The journal also remembers what servers said of their pages' age, for conditional requests; it can be
//! deleted at the cost of fetching everything once more.
//!
//! It doesn't judge what comes back: an error page is a capture too.

mod client;
mod discover;
mod guard;
mod journal;
mod lanes;
mod pattern;
mod robots;
mod store;
mod tap;

pub use guard::is_public;
pub use robots::Robots;

pub use crate::config::Discover;
use crate::config::{Settings, Source};
use crate::error::{Error, FetchFault};
use crate::record::Place;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The product token: what robots.txt calls this crawler.
pub const TOKEN: &str = "Sanad";

/// What is wanted of one source.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The source's id.
    pub id: String,
    /// Hosts that belong to it, without `www.`; its headers go to these and those of `start` alone.
    pub hosts: Vec<String>,
    /// Addresses to begin with.
    pub start: Vec<String>,
    /// Request header fields.
    pub headers: Vec<(String, String)>,
    /// Time between two requests to a host, unless its robots.txt asks for more.
    pub delay: Duration,
    /// Hosts and addresses that may be asked although they aren't public.
    pub allow_private: Vec<String>,
    /// How further pages are found.
    pub discovery: Discover,
}

/// Pages of one source unless it says otherwise: enough for a ministry's news of many years, and an end to calendars that link to
/// the next month for ever.
pub const MOST_PAGES: usize = 20_000;

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
    /// HTTP proxy.
    pub proxy: Option<String>,
    /// What a request may cost.
    pub limits: Limits,
    /// Hosts asked at one time.
    pub parallel: usize,
    /// Every so many visits a page is fetched whole, whatever the server says of its age.
    pub full_every: u32,
    /// Folder of the journal.
    pub state: PathBuf,
}

impl Setup {
    /// What the settings say; `raw` is the folder of the captures.
    #[must_use]
    pub fn new(settings: &Settings, raw: &Path) -> Self {
        let fetch = &settings.fetch;
        let contact = if fetch.contact.is_empty() { String::new() } else { format!(" (+{})", fetch.contact) };
        Self {
            user_agent: format!("{TOKEN}/{}{contact}", env!("CARGO_PKG_VERSION")),
            proxy: fetch.proxy.clone(),
            limits: Limits {
                connect: Duration::from_secs(fetch.connect_seconds),
                first_byte: Duration::from_secs(fetch.first_byte_seconds),
                total: Duration::from_secs(fetch.total_seconds),
                body: settings.limits.body_mb << 20,
                redirects: fetch.redirects,
                retries: fetch.retries,
                ..Limits::default()
            },
            parallel: fetch.parallel,
            full_every: fetch.full_every,
            state: raw.join(".fetch"),
        }
    }
}

impl Plan {
    /// What a source's file says.
    #[must_use]
    pub fn new(source: &Source, settings: &Settings) -> Self {
        let delay = source.delay_seconds.unwrap_or(settings.fetch.delay_seconds);
        Self {
            id: source.id.clone(),
            hosts: source.hosts.clone(),
            start: source.start.clone(),
            headers: source.headers.clone(),
            delay: Duration::try_from_secs_f64(delay).unwrap_or(Duration::from_secs(2)),
            allow_private: source.allow_private.clone(),
            discovery: source.discover.clone(),
        }
    }
}

impl Plan {
    /// Whether there is anything to ask for.
    #[must_use]
    pub fn has_work(&self) -> bool {
        !(self.start.is_empty() && self.discovery.sitemaps.is_empty() && self.discovery.feeds.is_empty())
    }

    /// Asks for no more pages than this, where it is given.
    pub fn limit(&mut self, pages: Option<usize>) {
        if let Some(pages) = pages {
            self.discovery.pages = self.discovery.limit().min(pages);
        }
    }
}

impl Discover {
    /// Pages at most.
    fn limit(&self) -> usize {
        if self.pages == 0 { MOST_PAGES } else { self.pages }
    }

    /// Whether pages are looked for beyond the start addresses.
    fn is_open(&self) -> bool {
        self.robots_sitemaps || !(self.sitemaps.is_empty() && self.feeds.is_empty() && self.follow.is_empty())
    }
}

/// An address that a run would ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The source's id.
    pub source: String,
    /// The address.
    pub url: String,
    /// Why, and how.
    pub why: String,
}

/// What a run would ask for to begin with, without asking: what it then finds is known only from the answers.
///
/// # Errors
/// When the journal can't be read.
pub fn due(plans: &[Plan], setup: &Setup) -> Result<Vec<Due>, Error> {
    let known = journal::known(&setup.state)?;
    let mut all = Vec::new();
    for plan in plans {
        let mut add = |url: &String, why: String| all.push(Due { source: plan.id.clone(), url: url.clone(), why });
        for url in plan.start.iter().take(plan.discovery.limit()) {
            let address = url::Url::parse(url).map_or_else(|_| url.clone(), Into::into);
            add(
                url,
                known.get(&address).map_or("start address, not visited yet".to_owned(), |k| k.plan(setup.full_every)),
            );
        }
        plan.discovery.sitemaps.iter().for_each(|url| add(url, "sitemap; its pages follow".to_owned()));
        plan.discovery.feeds.iter().for_each(|url| add(url, "feed; its pages follow".to_owned()));
    }
    Ok(all)
}

/// What became of each address.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order of source and address.
    pub outcomes: Vec<Outcome>,
    /// WARC files written, under the raw folder.
    pub files: Vec<String>,
}

/// What became of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The source's id.
    pub source: String,
    /// The address asked.
    pub url: String,
    /// The addresses that redirected to it, the first one first.
    pub via: Vec<String>,
    /// Tries it took.
    pub tries: u32,
    /// What came of it.
    pub result: Result<Fetched, FetchFault>,
}

/// What was written for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// What kind of answer it was.
    pub kind: FetchedKind,
    /// HTTP status.
    pub status: u16,
    /// Where its record stands.
    pub place: Place,
    /// What was seen of the exchange.
    pub facts: Facts,
}

/// What was seen of an exchange, beside what its record holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The server gave what was there before.
    pub unchanged: bool,
    /// `WARC-Record-ID` of the record written for it.
    pub record_id: String,
    /// `sha256:` of the response's header as received, its empty line included.
    pub headers: String,
    /// `sha256:` of the body without chunk marks; of the body held before where none came.
    pub digest: String,
    /// It came over TLS, under a certificate for this host that a public authority vouches for.
    pub tls: bool,
    /// The address that answered, where it is certain.
    pub address: Option<String>,
}

/// Kinds of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchedKind {
    /// A body that wasn't there before.
    New,
    /// The same body as at the last visit; a revisit record.
    Unchanged,
    /// The server said 304; a revisit record.
    NotModified,
    /// A redirect; its target has an outcome of its own.
    Redirect,
    /// Captured earlier in this same run, before it was stopped.
    Already,
}

/// Fetches all plans into `raw/<run>-NNNN.warc.gz`.
///
/// # Errors
/// When files can't be written; faults of single addresses stand in the report.
pub fn run(plans: &[Plan], setup: &Setup, raw: &Path, run: &str) -> Result<Report, Error> {
    let store = store::Store::open(setup, raw, run)?;
    lanes::Lanes::new(plans, setup, store).run()
}
