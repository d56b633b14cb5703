//! Turns the configuration into the plans and limits of the fetch crate.

use super::{Settings, Source};
use sanad_document::secrets::masked;
use sanad_document::url_key;
use sanad_fetch::{Limits, Plan, Setup, Trust};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

impl Source {
    /// What to fetch of this source. A value that the source doesn't set comes from the settings.
    #[must_use]
    pub fn plan(&self, settings: &Settings) -> Plan {
        let delay = self.delay_seconds.unwrap_or(settings.fetch.delay_seconds);
        Plan {
            id: self.id.clone(),
            hosts: self.hosts.clone(),
            captures: self.captures.clone(),
            files: self.files.clone(),
            start: self.start.clone(),
            headers: self.headers.clone(),
            delay: Duration::try_from_secs_f64(delay).unwrap_or(Duration::from_secs(2)),
            connections: self.connections.unwrap_or(settings.fetch.connections),
            allow_private: self.allow_private.clone(),
            proxy: self.proxy.clone().or_else(|| settings.fetch.proxy.clone()),
            trust: Arc::new(Trust::new(&self.tls)),
            bring_back: self
                .bring_back
                .iter()
                .map(|url| url_key::record_id(&url_key::canonical_url(&masked(url))))
                .collect(),
            discovery: self.discover.clone(),
        }
    }
}

impl Settings {
    /// What applies to all sources of a run. `raw` is the folder with the captures.
    #[must_use]
    pub fn fetch_setup(&self, raw: &Path) -> Setup {
        let fetch = &self.fetch;
        let limits = Limits {
            connect: Duration::from_secs(fetch.connect_seconds),
            first_byte: Duration::from_secs(fetch.first_byte_seconds),
            total: Duration::from_secs(fetch.total_seconds),
            body: self.limits.body_mb << 20,
            header: fetch.header_kb << 10,
            redirects: fetch.redirects,
            retries: fetch.retries,
            longest_wait: Duration::from_secs(fetch.retry_after_seconds),
            faults: fetch.faults,
            segment: fetch.segment_mb << 20,
            ..Limits::default()
        };
        Setup { limits, parallel: fetch.parallel, full_every: fetch.full_every, ..Setup::new(&fetch.contact, raw) }
    }
}
