//! All captures of a run, on disk: what each is, and what puts them in order.

use super::outcome::SkipReason;
use super::outcome::{ScanOutcome, ScannedCapture};
use crate::config::Config;
use crate::error::Error;
use crate::storage::byte_range::ByteRange;
use crate::storage::external_sort::Sorter;
use crate::storage::record_file::{RecordFile, RecordFileWriter, RecordReader};
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::PageKind;
use sanad_document::url_key;
use std::cmp::Ordering;
use std::io;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// A capture in its place among all of them.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct CatalogueEntry {
    pub(crate) source: String,
    /// Its record id.
    pub(crate) id: String,
    /// Index of its event in the log.
    index: u64,
    /// The code of its language; none for what is no document.
    pub(crate) language: Option<String>,
    /// Of what its document follows from; zero where there is none.
    pub(crate) key: u64,
    /// Bytes of its document in the cache.
    pub(crate) bytes: u32,
    /// Where the rest stands.
    pub(crate) place: ByteRange,
    /// Digest of its own address, whatever canonical address its page states.
    pub(super) address: u64,
    /// What its visit says of the page at its address.
    pub(super) visit: Visit,
    /// Whether its document becomes a record.
    pub(crate) is_publishable: bool,
    pub(crate) standing: Standing,
    /// Other addresses under which its document was captured, where it counts.
    pub(crate) aliases: Vec<String>,
}

impl CatalogueEntry {
    /// Whether two captures are of one document.
    pub(super) fn is_same(one: &Self, other: &Self) -> bool {
        one.source == other.source && one.id == other.id
    }

    /// What puts it into its place.
    fn order(&self) -> (&str, &str, u64) {
        (&self.source, &self.id, self.index)
    }
}

impl Ord for CatalogueEntry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for CatalogueEntry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for CatalogueEntry {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for CatalogueEntry {}

/// Whether a visit found the page. A server's trouble says neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Visit {
    /// It did, or doesn't say.
    Silent,
    /// The server said that the page is as it was.
    Found,
    /// The server said that there is no such page.
    Missing,
}

/// How a capture stands among those of its document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Standing {
    /// It is the one that counts.
    pub(crate) counts: bool,
    /// An older capture counts.
    pub(crate) had_record: bool,
    /// Visits that didn't find the page since it was last found.
    pub(crate) missed: u32,
    /// These are so many that the document is gone.
    pub(crate) is_gone: bool,
}

/// The captures of a run, by source, record id and order of reading.
pub(crate) struct Catalogue {
    entries: RecordFile<CatalogueEntry>,
    length: u64,
    folder: PathBuf,
    seen: RecordFile<ScannedCapture>,
}

/// Takes captures into a catalogue.
pub(crate) struct CatalogueBuilder {
    folder: PathBuf,
    entries: Sorter<CatalogueEntry>,
    seen: RecordFileWriter<ScannedCapture>,
}

impl CatalogueBuilder {
    /// Begins a catalogue in a folder.
    ///
    /// # Errors
    /// When its file can't be made.
    pub(crate) fn begin(folder: &Path) -> Result<Self, Error> {
        let seen = RecordFileWriter::begin(folder, "captures")?;
        Ok(Self { folder: folder.to_owned(), entries: Sorter::new(folder.to_owned()), seen })
    }

    /// Takes a capture in.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn add(&mut self, config: &Config, seen: &ScannedCapture) -> Result<(), Error> {
        let place = self.seen.add(seen)?;
        let (language, bytes) = match &seen.found {
            ScanOutcome::Document { language, span, .. } => (Some(language.clone()), span.length),
            _ => (None, 0),
        };
        let entry = CatalogueEntry {
            source: seen.source.clone(),
            id: seen.id.clone(),
            index: seen.index,
            key: if language.is_some() { seen.key } else { 0 },
            language,
            bytes,
            place,
            address: url_key::fingerprint(&url_key::canonical_url(&seen.capture.url)),
            visit: visit(seen),
            is_publishable: is_publishable(seen, config),
            standing: Standing::default(),
            aliases: Vec::new(),
        };
        self.entries.add(entry).map_err(|e| Error::io(&self.folder, "write", &e))
    }

    /// All captures are there: puts them in the order of source, id and reading.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn finish(self) -> Result<Catalogue, Error> {
        let Self { folder, entries, seen } = self;
        let (mut sorted, mut length) = (RecordFileWriter::begin(&folder, "sorted")?, 0);
        let fault = |e: io::Error| Error::io(&folder, "read", &e);
        for entry in entries.sorted().map_err(fault)? {
            sorted.add(&entry.map_err(fault)?)?;
            length += 1;
        }
        Ok(Catalogue { entries: sorted.finish()?, length, folder, seen: seen.finish()? })
    }
}

fn visit(seen: &ScannedCapture) -> Visit {
    match (seen.capture.status, &seen.found) {
        (Some(404 | 410), _) => Visit::Missing,
        (Some(200..=299 | 304), ScanOutcome::Skipped(SkipReason::Revisit, _)) => Visit::Found,
        _ => Visit::Silent,
    }
}

/// Whether a capture's document becomes a record.
fn is_publishable(seen: &ScannedCapture, config: &Config) -> bool {
    match &seen.found {
        ScanOutcome::Document { kind: PageKind::Document, .. } => true,
        ScanOutcome::Document { kind: PageKind::Listing, .. } => {
            config.sources.get(&seen.source).is_some_and(|source| source.listings)
        }
        _ => false,
    }
}

impl Catalogue {
    /// How many captures there are.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// All captures by source, record id and order of reading.
    ///
    /// # Errors
    /// When they can't be read.
    pub(crate) fn entries(&self) -> Result<impl Iterator<Item = Result<CatalogueEntry, Error>> + use<>, Error> {
        Ok(self.entries.each()?.map(|each| each.map(|(_, entry)| entry)))
    }

    /// Lets `settle` complete the captures of each document.
    ///
    /// # Errors
    /// When they can't be read or written; and what `settle` says.
    pub(super) fn settle(
        &mut self,
        mut settle: impl FnMut(&mut [CatalogueEntry]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut settled = RecordFileWriter::begin(&self.folder, "settled")?;
        for group in Documents(self.entries()?.peekable()) {
            let mut group = group?;
            settle(&mut group)?;
            group.iter().try_for_each(|entry| settled.add(entry).map(|_| ()))?;
        }
        self.entries = settled.finish()?;
        Ok(())
    }

    /// A reader of its own, for one thread.
    pub(crate) fn reader(&self) -> RecordReader<ScannedCapture> {
        self.seen.reader()
    }
}

/// Captures by document.
struct Documents<I: Iterator>(Peekable<I>);

impl<I: Iterator<Item = Result<CatalogueEntry, Error>>> Iterator for Documents<I> {
    type Item = Result<Vec<CatalogueEntry>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.0.next()? {
            Ok(first) => first,
            Err(error) => return Some(Err(error)),
        };
        let mut group = vec![first];
        let belongs = |group: &[CatalogueEntry], next: &Result<CatalogueEntry, Error>| {
            group.last().zip(next.as_ref().ok()).is_some_and(|(last, next)| CatalogueEntry::is_same(last, next))
        };
        while let Some(Ok(next)) = self.0.next_if(|next| belongs(&group, next)) {
            group.push(next);
        }
        Some(Ok(group))
    }
}
