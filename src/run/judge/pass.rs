//! What judging and publishing work with.

use crate::config::Config;
use crate::emit::Record;
use crate::log::event::Ended;
use crate::run::judge::repeat_tables::{TableReader, Tables};
use crate::run::options::{Options, Progress};
use crate::run::scan::catalogue::Catalogue;
use crate::run::scan::document_cache::{Cache, CacheReader};
use crate::run::scan::outcome::{ScannedCapture, SkipReason};
use crate::schema::QuarantineLine;
use crate::storage::record_file::RecordReader;

/// What judging and publishing work with: the run, its captures and its tables.
pub(crate) struct Pass<'a> {
    pub(crate) options: &'a Options,
    pub(crate) config: &'a Config,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) tables: &'a Tables,
    /// Digest of the tables.
    pub(crate) table: &'a str,
    pub(crate) run: &'a str,
    pub(crate) cache: &'a Cache,
    pub(crate) progress: &'a dyn Progress,
    /// How many changed records are shown as samples for each source and cause.
    pub(crate) samples: usize,
}

/// The readers of one thread.
pub(crate) struct Readers<'a> {
    pub(crate) seen: RecordReader<ScannedCapture>,
    pub(super) cache: CacheReader,
    pub(super) tables: TableReader<'a>,
}

impl Pass<'_> {
    pub(crate) fn readers(&self) -> Readers<'_> {
        Readers { seen: self.catalogue.reader(), cache: self.cache.reader(), tables: self.tables.reader() }
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
