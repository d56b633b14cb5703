//! What is common to all sources of a run: identity, limits, the journal's folder.

use crate::Plan;
use crate::clock::Clock;
use crate::plan::record_id;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// The product token: this crawler's name in robots.txt.
pub const TOKEN: &str = "Sanad";

/// The limits of a run.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Time for the name lookup, and again for the connection.
    pub connect: Duration,
    /// Time until the response's header is complete.
    pub first_byte: Duration,
    /// Time for the whole exchange.
    pub total: Duration,
    /// Size of a body as received, in bytes.
    pub body: u64,
    /// Size of a response's header, in bytes.
    pub header: usize,
    /// Consecutive redirects.
    pub redirects: u32,
    /// Attempts after the first.
    pub retries: u32,
    /// Wait before the second attempt; it doubles with each further one.
    pub backoff: Duration,
    /// The longest wait before another attempt. A longer `Retry-After` ends the attempts.
    pub longest_wait: Duration,
    /// Consecutive faults after which a host is left alone for the rest of the run.
    pub faults: u32,
    /// Size in bytes at which a WARC file is closed and the next one begins.
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
            // The usual size among web archives.
            segment: 1 << 30,
        }
    }
}

/// What is common to all sources of a run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// `User-Agent`: product, version, contact.
    pub user_agent: String,
    /// Limits.
    pub limits: Limits,
    /// The limit on hosts that are requested at the same time.
    pub parallel: usize,
    /// One visit out of this many fetches a page unconditionally, whatever the server says of its age.
    pub full_every: u32,
    /// Folder of the journal.
    pub state: PathBuf,
    /// Record ids of documents that were taken down. Their addresses are not requested.
    pub taken_down: BTreeSet<String>,
    /// The time that captures and the journal state.
    pub clock: Clock,
}

impl Setup {
    /// The usual setup. `raw` is the folder of the captures; `contact` is a page or address where server owners can
    /// complain.
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
            clock: Clock::System,
        }
    }

    /// Returns true if an address's document was taken down and the source doesn't bring it back.
    pub(super) fn is_taken_down(&self, plan: &Plan, url: &Url) -> bool {
        if self.taken_down.is_empty() {
            return false;
        }
        self.taken_down.contains(&record_id(url)) && !plan.brings_back(url)
    }
}
