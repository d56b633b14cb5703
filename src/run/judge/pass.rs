//! What judging and publishing work with.

use crate::config::Config;
use crate::emit::Record;
use crate::log::event::Ended;
use crate::run::judge::table_file::{TableReader, Tables};
use crate::run::options::{Options, Progress};
use crate::run::scan::catalogue::Catalogue;
use crate::run::scan::document_cache::{Cache, CacheReader};
use crate::run::scan::outcome::{ScannedCapture, SkipReason};
use crate::schema::QuarantineLine;
use crate::storage::record_file::RecordReader;
use sanad_document::url_key;
use std::collections::HashMap;

/// What judging and publishing work with: the run, its captures and its tables.
pub(crate) struct Pass<'a> {
    pub(crate) options: &'a Options,
    pub(crate) config: &'a Config,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) tables: &'a Tables,
    pub(crate) run: &'a str,
    pub(crate) cache: &'a Cache,
    /// Indexes of the `capture.read` events of revisit records that stand alone, by their number in the order of reading, where
    /// the record doesn't know it.
    pub(crate) revisits: &'a HashMap<u64, u64>,
    pub(crate) progress: &'a dyn Progress,
    /// How many changed records are shown as samples for each source and cause.
    pub(crate) samples: usize,
}

/// The readers of one thread.
pub(crate) struct Readers<'a> {
    pub(crate) seen: RecordReader<ScannedCapture>,
    pub(super) cache: CacheReader,
    pub(super) tables: TableReader<'a>,
    rules: SiteDigest,
}

/// The digest of the configuration that reaches the documents of a source and host. The next document is mostly of the
/// same.
#[derive(Default)]
struct SiteDigest {
    source: String,
    host: String,
    rules: String,
}

impl Pass<'_> {
    pub(crate) fn readers(&self) -> Readers<'_> {
        Readers {
            seen: self.catalogue.reader(),
            cache: self.cache.reader(),
            tables: self.tables.reader(),
            rules: SiteDigest::default(),
        }
    }

    /// Digest of the configuration that reaches the document of a source and address.
    pub(crate) fn rules_of(&self, source: &str, url: &str) -> String {
        self.config.rules_of(source, &url_key::site_of(url), self.options.text)
    }
}

impl Readers<'_> {
    /// Digest of the configuration that reaches the document of a capture.
    pub(super) fn rules(&mut self, pass: &Pass<'_>, seen: &ScannedCapture) -> &str {
        let host = url_key::site_of(&seen.capture.url);
        if self.rules.source != seen.source || self.rules.host != host {
            let rules = pass.config.rules_of(&seen.source, &host, pass.options.text);
            self.rules = SiteDigest { source: seen.source.clone(), host, rules };
        }
        &self.rules.rules
    }
}

/// A judged capture.
pub(crate) struct JudgedCapture {
    pub(crate) ended: Ended,
    pub(crate) outcome: Judgement,
}

pub(crate) enum Judgement {
    Record {
        record: Box<Record>,
        /// Its lines of the ledger. They are written before anything else.
        ledger: String,
        /// Code points that repetition took.
        repeated_chars: u64,
    },
    /// `alarming` if it makes the run exit with 1.
    Quarantined {
        alarming: bool,
        line: Box<QuarantineLine>,
    },
    Skipped(SkipReason),
}
