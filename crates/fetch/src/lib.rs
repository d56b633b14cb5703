//! Addresses to captures: the only part of the program that reads the network.
//!
//! One queue a host, with its delay and its robots.txt; a few threads that take whichever host is due, so that a slow one
//! holds up nobody else. What comes back is written to WARC as received, synced, and only then entered in a journal: a
//! run that is stopped at any point and started again under its name goes on where it was, fetches nothing twice and
//! forgets nothing. The journal also remembers what servers said of their pages' age, for conditional requests; it can be
//! deleted at the cost of fetching everything once more.
//!
//! It doesn't judge what comes back: an error page is a capture too.
//!
//! [`plan`] is what is wanted and at what cost; [`lanes`] holds the threads, [`queue`] what is still to be asked, [`follow`] what
//! an answer leads to, [`store`] and [`journal`] what is kept of it. [`client`] makes one request: [`guard`] says which addresses
//! may be asked, [`tls`] which certificates are taken, [`tap`] keeps the bytes.

mod address_guard;
mod client;
pub mod discover;
mod discovery;
mod error;
mod error_map;
mod files;
mod frontier;
mod journal;
pub mod links;
pub mod pagination;
pub mod path_pattern;
mod plan;
pub mod preview;
mod queue;
mod robots;
mod scheduler;
mod tls;
mod trust;
mod warc_store;
mod wire_capture;

pub use address_guard::is_public;
pub use client::proxy;
pub use plan::{Limits, MOST_PAGES, Plan, Setup, TOKEN};
pub use robots::Robots;
pub use sanad_document::Voucher;
pub use tls::Trust;

pub use discovery::Discovery;
pub use error::{Error, Fault, TAKEN_DOWN};
use sanad_document::Place;
use serde::{Deserialize, Serialize};
use std::path::Path;
pub use trust::TlsSettings;

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
            let why = match known.get(&address) {
                _ if url::Url::parse(url).is_ok_and(|url| setup.is_taken_down(plan, &url)) => {
                    "not asked for: its document was taken down".to_owned()
                }
                Some(known) => known.plan(setup.full_every),
                None => "start address, not visited yet".to_owned(),
            };
            add(url, why);
        }
        plan.captures.iter().for_each(|path| add(&path.display().to_string(), "captures; taken over once".to_owned()));
        plan.files.iter().for_each(|(_, url)| add(&url.to_string(), "local files; what is new or changed".to_owned()));
        plan.discovery.sitemaps.iter().for_each(|url| add(url, "sitemap; its pages follow".to_owned()));
        plan.discovery.feeds.iter().for_each(|url| add(url, "feed; its pages follow".to_owned()));
        plan.discovery.listings.iter().for_each(|url| add(url, "listing; what it names follows".to_owned()));
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
    pub result: Result<Fetched, Fault>,
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
    /// HTTP status.
    pub status: u16,
    /// The server gave what was there before.
    pub unchanged: bool,
    /// `WARC-Record-ID` of the record written for it.
    pub record_id: String,
    /// `sha256:` of the response's header as received, its empty line included.
    pub headers: String,
    /// `sha256:` of the body without chunk marks; of the body held before where none came.
    pub digest: String,
    /// It came over TLS.
    pub tls: bool,
    /// What vouched for the server's certificate.
    pub trust: Option<Voucher>,
    /// `sha256:` of the server's certificate (DER).
    pub certificate: Option<String>,
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
    let mut store = warc_store::Store::open(setup, raw, run)?;
    let mut failed = Vec::new();
    for plan in plans {
        failed.extend(files::take(plan, setup, &mut store)?);
    }
    let mut report = scheduler::Lanes::new(plans, setup, store).run()?;
    report.outcomes.splice(0..0, failed);
    Ok(report)
}
