//! Polite capture of web pages to WARC files: the only part of the program that uses the network.
//!
//! [`run`] fetches a list of [`Plan`]s, one per source. Each host has its own queue with its own delay and its
//! robots.txt (RFC 9309). A few threads serve whichever host is due, so that a slow host delays no other. Sitemaps,
//! feeds, listings and links lead to further pages, as far as a source's [`Discovery`] allows. Only public addresses
//! are requested, unless a source names others.
//!
//! A response is written to WARC as received and synced; then the journal records it. A run that is stopped at any
//! point and started again under its name resumes: it fetches nothing twice and forgets nothing. The journal also
//! remembers what later visits need for conditional requests. Deleting it costs fetching everything once more.
//!
//! Judging responses is left to the caller: an error page is a capture too. So is the log of what happened:
//! [`FetchReport`] has the facts. No JavaScript is run, and cookies are
//! kept for the redirects from one address only.
//!
//! ```
//! use sanad_fetch::{Discovery, Plan, Robots, Setup, TOKEN, due};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let robots = Robots::parse(b"User-agent: *\nDisallow: /search\nCrawl-delay: 2", TOKEN);
//! assert!(robots.allows("/news/1") && !robots.allows("/search?q=x"));
//! assert_eq!(robots.delay(), Some(Duration::from_secs(2)));
//!
//! let raw = tempfile::tempdir()?;
//! let setup = Setup::new("https://example.org/about-our-crawler", raw.path());
//! let plan = Plan {
//!     id: "example".to_owned(),
//!     hosts: vec!["example.org".to_owned()],
//!     start: vec!["https://example.org/".to_owned()],
//!     delay: Duration::from_secs(1),
//!     discovery: Discovery { follow: vec!["/news/*".to_owned()], depth: 2, ..Discovery::default() },
//!     ..Plan::default()
//! };
//! let first = &due(std::slice::from_ref(&plan), &setup)?[0]; // what `run` would begin with
//! assert_eq!((first.url.as_str(), first.why.as_str()), ("https://example.org/", "start address, not visited yet"));
//! // sanad_fetch::run(&[plan], &setup, raw.path(), "first-run")?;
//! # Ok(())
//! # }
//! ```
//!
//! # Overview
//!
//! - [`plan`] and [`setup`] say what to fetch and within which limits, [`clock`] at which time; [`outcome`] has the results.
//! - [`crawl`] is the state that the threads share; [`scheduler`] runs the threads, [`queue`] decides which host is
//!   next, and [`frontier`] and [`list_frontier`] decide what a response leads to. [`links`], [`lists`], [`refresh`] and
//!   [`pagination`] find addresses in bodies, [`discover`] chooses among them, [`trap`] refuses those that are made up.
//! - [`client`] makes one request: [`address_guard`] checks the address, [`tls`] the certificate, [`cookies`] has what
//!   redirects have set, [`wire_capture`] keeps the bytes, and [`response_header`] reads the header.
//! - [`robots_file`] fetches a robots.txt.
//! - [`progress`] says how far a run is.
//! - [`warc_store`] writes the captures, [`journal`] remembers them, [`local_files`] captures files from disk.
//! - [`preview`] fetches single pages without keeping them.

mod address_guard;
mod client;
mod clock;
mod cookies;
mod crawl;
pub mod discover;
mod discovery;
mod error;
mod error_map;
mod frontier;
mod journal;
pub mod links;
mod list_frontier;
pub mod lists;
mod local_files;
mod named_by;
mod outcome;
pub mod pagination;
pub mod path_pattern;
mod plan;
pub mod preview;
mod progress;
mod queue;
mod refresh;
mod response_header;
mod robots;
mod robots_file;
mod scheduler;
mod setup;
mod tls;
mod trap;
mod trust;
mod warc_store;
mod wire_capture;

pub use client::proxy;
pub use clock::Clock;
pub use discovery::{Discovery, MOST_PAGES};
pub use error::{Error, Fault, TAKEN_DOWN};
pub use local_files::is_local_page;
pub use named_by::NamedBy;
pub use outcome::{Due, ExchangeFacts, FetchOutcome, FetchProgress, FetchReport, Fetched, FetchedKind, Observer};
pub use plan::Plan;
pub use robots::Robots;
pub use setup::{Limits, Setup, TOKEN};
pub use tls::Trust;
pub use trust::TlsSettings;

use sanad_document::secrets::masked;
use std::path::Path;

/// What a run would begin with, without requesting anything. What it then finds depends on the responses.
///
/// # Errors
/// [`Error::Io`] if the journal can't be read.
pub fn due(plans: &[Plan], setup: &Setup) -> Result<Vec<Due>, Error> {
    let visits = journal::last_visits(&setup.state)?;
    let mut all = Vec::new();
    for plan in plans {
        let mut add =
            |url: &String, why: String| all.push(Due { source: plan.id.clone(), url: masked(url).into_owned(), why });
        for url in plan.start.iter().take(plan.discovery.limit()) {
            let address = url::Url::parse(url).map_or_else(|_| url.clone(), Into::into);
            let why = match visits.get(&*masked(&address)) {
                _ if url::Url::parse(url).is_ok_and(|url| setup.is_taken_down(plan, &url)) => {
                    "not requested: its document was taken down".to_owned()
                }
                Some(visit) => visit.describe_next(setup.full_every),
                None => "start address, not visited yet".to_owned(),
            };
            add(url, why);
        }
        let imported = "captures of another crawler; each is imported once";
        plan.captures.iter().for_each(|path| add(&path.display().to_string(), imported.to_owned()));
        plan.files
            .iter()
            .for_each(|(_, url)| add(&url.to_string(), "local files; the new and changed ones".to_owned()));
        plan.discovery.sitemaps.iter().for_each(|url| add(url, "sitemap; its pages follow".to_owned()));
        plan.discovery.feeds.iter().for_each(|url| add(url, "feed; its pages follow".to_owned()));
        plan.discovery.listings.iter().for_each(|url| add(url, "listing; its pages follow".to_owned()));
    }
    Ok(all)
}

/// Fetches all plans into the files `raw/<run>-NNNN.warc.gz`. Imports of [`Plan::captures`] are the caller's.
///
/// # Errors
/// [`Error`] if files can't be written. Faults of single addresses are in the report.
pub fn run(plans: &[Plan], setup: &Setup, raw: &Path, run: &str) -> Result<FetchReport, Error> {
    run_observed(plans, setup, raw, run, &|_| {})
}

/// As [`run`], and calls the observer now and then with how far it is.
///
/// # Errors
/// As [`run`].
pub fn run_observed(
    plans: &[Plan],
    setup: &Setup,
    raw: &Path,
    run: &str,
    observer: Observer<'_>,
) -> Result<FetchReport, Error> {
    let mut store = warc_store::WarcStore::open(setup, raw, run)?;
    let mut failed = Vec::new();
    for plan in plans {
        failed.extend(local_files::capture(plan, setup, &mut store)?);
    }
    let mut report = scheduler::run(plans, setup, store, observer)?;
    report.outcomes.splice(0..0, failed);
    Ok(report)
}
