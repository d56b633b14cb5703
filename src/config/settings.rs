//! `sanad.toml`: the settings of all runs.

use super::address::{proxy, service};
use super::fields::Fields;
use sanad_document::TextMode;
use sanad_fetch::Setup;
use std::path::Path;

/// `sanad.toml`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// `[run] text`.
    pub text: TextMode,
    /// `[run] jobs`: worker processes; one per core if not set.
    pub jobs: Option<u16>,
    /// `[run] gone_after`.
    pub gone_after: GoneAfter,
    /// `[limits]`.
    pub limits: LimitSettings,
    /// `[fetch]`.
    pub fetch: FetchSettings,
    /// `[log]`.
    pub log: LogSettings,
    /// `[lineage]`.
    pub lineage: LineageSettings,
}

/// Consecutive visits that must find a page gone (404, 410) before its record is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoneAfter(pub u32);

impl Default for GoneAfter {
    /// Two may be a mistake on the site's side. With daily visits, the record of a page that is gone is removed in
    /// three days.
    fn default() -> Self {
        Self(3)
    }
}

impl GoneAfter {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        fields.number("gone_after", 1..=1000).and_then(|n| u32::try_from(n).ok()).map(Self)
    }
}

/// `[log]`: who else vouches for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSettings {
    /// RFC 3161 authority that timestamps each run's checkpoint; none if not set.
    pub timestamp: Option<String>,
}

/// `[lineage]`: events for lineage tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageSettings {
    /// Address to post `OpenLineage` events to; none if not set.
    pub url: Option<String>,
    /// Namespace of the job and its data sets.
    pub namespace: String,
}

impl Default for LineageSettings {
    fn default() -> Self {
        Self { url: None, namespace: "sanad".to_owned() }
    }
}

/// `[limits]`: what parsing one capture may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSettings {
    /// Seconds of parsing.
    pub seconds: u64,
    /// Megabytes of memory.
    pub memory_mb: u64,
    /// Megabytes of body, before and after decompression.
    pub body_mb: u64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { seconds: 20, memory_mb: 1024, body_mb: 64 }
    }
}

/// `[fetch]`: how pages are fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchSettings {
    /// A page or mail address for server owners; part of the user agent.
    pub contact: String,
    /// Seconds between two requests to a host; robots.txt may ask for more.
    pub delay_seconds: f64,
    /// Seconds to open a connection.
    pub connect_seconds: u64,
    /// Seconds to wait for the first byte of a response.
    pub first_byte_seconds: u64,
    /// Seconds for the whole response.
    pub total_seconds: u64,
    /// Retries after a temporary fault.
    pub retries: u32,
    /// The limit on consecutive redirects.
    pub redirects: u32,
    /// Hosts fetched from at the same time.
    pub parallel: usize,
    /// Visits after which a page is fetched in full, even if the server says that it is unchanged.
    pub full_every: u32,
    /// Concurrent requests to one host.
    pub connections: usize,
    /// The limit on a response header, in kilobytes.
    pub header_kb: usize,
    /// The longest `Retry-After` to wait for, in seconds; a server that asks for more is left for the next run.
    pub retry_after_seconds: u64,
    /// Consecutive faults after which a host is skipped for the rest of the run.
    pub faults: u32,
    /// Megabytes after which a new WARC file begins.
    pub segment_mb: u64,
    /// HTTP proxy; none if not set.
    pub proxy: Option<String>,
}

impl Default for FetchSettings {
    /// The defaults of [`sanad_fetch`], where it has one.
    fn default() -> Self {
        let setup = Setup::new("", Path::new(""));
        let limits = setup.limits;
        Self {
            contact: String::new(),
            delay_seconds: 2.0,
            connect_seconds: limits.connect.as_secs(),
            first_byte_seconds: limits.first_byte.as_secs(),
            total_seconds: limits.total.as_secs(),
            retries: limits.retries,
            redirects: limits.redirects,
            parallel: setup.parallel,
            full_every: setup.full_every,
            connections: 1,
            header_kb: limits.header >> 10,
            retry_after_seconds: limits.longest_wait.as_secs(),
            faults: limits.faults,
            segment_mb: limits.segment >> 20,
            proxy: None,
        }
    }
}

impl Settings {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let mut settings = Self::default();
        fields.table("run", |run| {
            settings.gone_after = GoneAfter::read(run).unwrap_or_default();
            settings.jobs = run.number("jobs", 1..=1024).and_then(|n| u16::try_from(n).ok());
            match run.text("text").as_deref() {
                None | Some("complete") => {}
                Some("body") => settings.text = TextMode::Body,
                Some(other) => {
                    run.reject("text", format!("`run.text` must be \"complete\" or \"body\", not {other:?}"));
                }
            }
        });
        fields.table("limits", |limits| {
            let set = |value: Option<u64>, to: &mut u64| *to = value.unwrap_or(*to);
            set(limits.number("seconds", 1..=3600), &mut settings.limits.seconds);
            set(limits.number("memory_mb", 128..=65_536), &mut settings.limits.memory_mb);
            set(limits.number("body_mb", 1..=1024), &mut settings.limits.body_mb);
        });
        fields.table("fetch", |fetch| settings.fetch = FetchSettings::read(fetch));
        fields.table("log", |log| settings.log.timestamp = service(log, "timestamp"));
        fields.table("lineage", |lineage| {
            settings.lineage.url = service(lineage, "url");
            if let Some(namespace) = lineage.text("namespace") {
                settings.lineage.namespace = namespace;
            }
        });
        settings
    }
}

impl FetchSettings {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        let default = Self::default();
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Self {
            contact: fields.text("contact").unwrap_or(default.contact),
            delay_seconds: fields.fraction("delay_seconds", 3600.0).unwrap_or(default.delay_seconds),
            connect_seconds: fields.number("connect_seconds", 1..=600).unwrap_or(default.connect_seconds),
            first_byte_seconds: fields.number("first_byte_seconds", 1..=600).unwrap_or(default.first_byte_seconds),
            total_seconds: fields.number("total_seconds", 1..=86_400).unwrap_or(default.total_seconds),
            retries: fields.number("retries", 0..=20).map_or(default.retries, small),
            redirects: fields.number("redirects", 0..=20).map_or(default.redirects, small),
            parallel: fields.number("parallel", 1..=256).map_or(default.parallel, size),
            connections: fields.number("connections", 1..=16).map_or(default.connections, size),
            header_kb: fields.number("header_kb", 4..=1024).map_or(default.header_kb, size),
            retry_after_seconds: fields.number("retry_after_seconds", 1..=3600).unwrap_or(default.retry_after_seconds),
            faults: fields.number("faults", 1..=1000).map_or(default.faults, small),
            segment_mb: fields.number("segment_mb", 1..=100_000).unwrap_or(default.segment_mb),
            full_every: fields.number("full_every", 1..=1000).map_or(default.full_every, small),
            proxy: proxy(fields),
        }
    }
}
