//! All captures of a run on disk, sorted by source, record id and order of reading.

use super::outcome::{ScanOutcome, ScannedCapture, SkipReason};
use crate::config::Config;
use crate::error::Error;
use crate::storage::byte_range::ByteRange;
use crate::storage::external_sort::Sorter;
use crate::storage::record_file::{RecordFile, RecordFileWriter, RecordReader};
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::{PageKind, url_key};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::io;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// A capture as the catalogue sorts it.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct CatalogueEntry {
    pub(crate) source: String,
    /// Record id.
    pub(crate) id: String,
    /// Its number in the order of reading.
    pub(super) number: u64,
    /// Id of the other address that its page names as the canonical one.
    pub(super) declared: Option<String>,
    /// Key of its page's template, if it has a document and that is a page.
    pub(crate) template: Option<String>,
    /// Truncated hash of every input the document depends on; zero if there is no document.
    pub(crate) key: u64,
    /// Size of its document in the cache, in bytes.
    pub(crate) bytes: u32,
    /// Where its [`ScannedCapture`] is stored.
    pub(crate) place: ByteRange,
    /// Fingerprint of the address it was captured from, whatever canonical address the page states.
    pub(super) address: u64,
    /// What the visit says about the page at that address.
    pub(super) visit: Visit,
    /// Whether its document can become a record.
    pub(crate) is_publishable: bool,
    /// Whether it is a revisit record, without a body.
    pub(crate) revisit: Revisit,
    pub(crate) standing: Standing,
    /// Whether its page is one of several of a text.
    pub(super) has_neighbours: bool,
    /// Number of its page among those of a text that are joined; 0 for the first and for all others.
    pub(super) page: u32,
    /// It is a later page of the current capture's text.
    pub(crate) is_joined: bool,
    /// Where the captures of the later pages of its text are stored; set on the current capture.
    pub(crate) later_pages: Vec<ByteRange>,
    /// Other addresses under which the document was captured; set on the current capture.
    pub(crate) aliases: Vec<String>,
}

impl CatalogueEntry {
    /// Returns true if two captures belong to the same document.
    pub(super) fn is_same(one: &Self, other: &Self) -> bool {
        one.source == other.source && one.id == other.id
    }

    /// The sort key.
    fn order(&self) -> (&str, &str, u64) {
        (&self.source, &self.id, self.number)
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

/// Whether a visit found the page. A server error says neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Visit {
    /// It found a page, or says nothing.
    Silent,
    /// The server said that the page is unchanged.
    Found,
    /// The server said that there is no such page (404, 410).
    Missing,
}

/// Whether a capture is a revisit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Revisit {
    /// It has a body of its own.
    No,
    /// It stands for a capture that is there.
    Known,
    /// It stands for a capture that isn't there.
    Alone,
}

/// The standing of a capture among those of its document.
#[allow(clippy::struct_excessive_bools, reason = "the log and the report tell each by itself")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Standing {
    /// It is the current capture: its document becomes the record.
    pub(crate) counts: bool,
    /// An older capture is the current one.
    pub(crate) had_record: bool,
    /// Consecutive visits since then that didn't find the page.
    pub(crate) missed: u32,
    /// There were enough of them: the document is gone.
    pub(crate) is_gone: bool,
}

/// The document that a capture belongs to in spite of its address.
pub(super) struct Fold {
    /// Record id.
    pub(super) id: String,
    /// Canonical address.
    pub(super) canonical: String,
    /// Number of its page, if it is a later page of a text.
    pub(super) page: u32,
}

/// The captures of a run, sorted by source, record id and order of reading.
pub(crate) struct Catalogue {
    entries: RecordFile<CatalogueEntry>,
    length: u64,
    folder: PathBuf,
    seen: RecordFile<ScannedCapture>,
    /// How often captures were folded: each time their file is written anew.
    folds: u32,
    /// Whether some page names another address as its canonical one, and whether some page is one of several: in most
    /// catalogues none does.
    pub(super) declares: bool,
    pub(super) has_neighbours: bool,
}

/// Collects captures in any order and sorts them on disk.
pub(crate) struct CatalogueBuilder {
    folder: PathBuf,
    entries: Sorter<CatalogueEntry>,
    seen: RecordFileWriter<ScannedCapture>,
    declares: bool,
    has_neighbours: bool,
}

impl CatalogueBuilder {
    /// Begins a catalogue in a folder.
    ///
    /// # Errors
    /// When its file can't be created.
    pub(crate) fn begin(folder: &Path) -> Result<Self, Error> {
        let seen = RecordFileWriter::begin(folder, "captures")?;
        let entries = Sorter::new(folder.to_owned());
        Ok(Self { folder: folder.to_owned(), entries, seen, declares: false, has_neighbours: false })
    }

    /// Adds a capture.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn add(&mut self, config: &Config, seen: &ScannedCapture) -> Result<(), Error> {
        let place = self.seen.add(seen)?;
        let (key, template, bytes) = match &seen.found {
            ScanOutcome::Document { template, span, .. } => (seen.key, template.clone(), span.length),
            _ => (0, None, 0),
        };
        let entry = CatalogueEntry {
            source: seen.source.clone(),
            id: seen.id.clone(),
            number: seen.number,
            declared: seen.declared.as_deref().map(|url| url_key::record_id(&url_key::canonical_url(url))),
            key,
            template,
            bytes,
            place,
            address: url_key::fingerprint(&url_key::canonical_url(&seen.capture.url)),
            visit: visit(seen),
            is_publishable: is_publishable(seen, config),
            revisit: match seen.found {
                ScanOutcome::Skipped(SkipReason::Revisit, _) => Revisit::Known,
                _ => Revisit::No,
            },
            standing: Standing::default(),
            has_neighbours: matches!(seen.found, ScanOutcome::Document { neighbours: Some(_), .. }),
            page: 0,
            is_joined: false,
            later_pages: Vec::new(),
            aliases: Vec::new(),
        };
        self.declares |= entry.is_publishable && entry.declared.is_some();
        self.has_neighbours |= entry.is_publishable && entry.has_neighbours;
        self.entries.add(entry).map_err(|e| Error::io(&self.folder, "write", &e))
    }

    /// Sorts the captures and returns the catalogue.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn finish(self) -> Result<Catalogue, Error> {
        let Self { folder, entries, seen, declares, has_neighbours } = self;
        let (sorted, length) = sorted(&folder, entries)?;
        Ok(Catalogue { entries: sorted, length, folder, seen: seen.finish()?, folds: 0, declares, has_neighbours })
    }
}

/// Writes entries to a file in their order, and returns it with their number.
fn sorted(folder: &Path, entries: Sorter<CatalogueEntry>) -> Result<(RecordFile<CatalogueEntry>, u64), Error> {
    let (mut sorted, mut length) = (RecordFileWriter::begin(folder, "sorted")?, 0);
    let fault = |e: io::Error| Error::io(folder, "read", &e);
    for entry in entries.sorted().map_err(fault)? {
        sorted.add(&entry.map_err(fault)?)?;
        length += 1;
    }
    Ok((sorted.finish()?, length))
}

fn visit(seen: &ScannedCapture) -> Visit {
    match (seen.capture.status, &seen.found) {
        (Some(404 | 410), _) => Visit::Missing,
        (None | Some(200..=299 | 304), ScanOutcome::Skipped(SkipReason::Revisit, _)) => Visit::Found,
        _ => Visit::Silent,
    }
}

/// Returns true if a capture's document can become a record.
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
    /// The number of captures.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// Iterates over all captures in their order.
    ///
    /// # Errors
    /// When they can't be read.
    pub(crate) fn entries(&self) -> Result<impl Iterator<Item = Result<CatalogueEntry, Error>> + use<>, Error> {
        Ok(self.entries.each()?.map(|each| each.map(|(_, entry)| entry)))
    }

    /// Puts captures into other documents: source and id by number. All captures are sorted anew.
    ///
    /// # Errors
    /// When captures can't be read or written.
    pub(super) fn reassign(&mut self, moved: &HashMap<u64, (String, String)>) -> Result<(), Error> {
        if moved.is_empty() {
            return Ok(());
        }
        let fault = |e: io::Error| Error::io(&self.folder, "write", &e);
        let mut sorter = Sorter::new(self.folder.clone());
        for entry in self.entries()? {
            let mut entry = entry?;
            if let Some((source, id)) = moved.get(&entry.number) {
                source.clone_into(&mut entry.source);
                id.clone_into(&mut entry.id);
            }
            sorter.add(entry).map_err(fault)?;
        }
        let mut reassigned = RecordFileWriter::begin(&self.folder, "reassigned")?;
        for entry in sorter.sorted().map_err(fault)? {
            reassigned.add(&entry.map_err(fault)?)?;
        }
        self.entries = reassigned.finish()?;
        Ok(())
    }

    /// Calls `settle` with all captures of each document and stores what it changes.
    ///
    /// # Errors
    /// When captures can't be read or written, or `settle` fails.
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

    /// Gives captures another id and canonical address: those that `folds` has for their id.
    ///
    /// # Errors
    /// When captures can't be read or written.
    pub(super) fn fold(&mut self, folds: &HashMap<String, Fold>) -> Result<(), Error> {
        let mut reader = self.reader();
        let (mut entries, mut seen) = (
            Sorter::new(self.folder.clone()),
            RecordFileWriter::begin(&self.folder, &format!("folded-{}", self.folds))?,
        );
        self.folds += 1;
        for entry in self.entries()? {
            let mut entry = entry?;
            let mut capture = reader.read(entry.place)?;
            if let Some(Fold { id, canonical, page }) = folds.get(&entry.id) {
                entry.page = *page;
                entry.id.clone_from(id);
                capture.id.clone_from(id);
                capture.canonical.clone_from(canonical);
                capture.declared = None;
            }
            entry.place = seen.add(&capture)?;
            entries.add(entry).map_err(|e| Error::io(&self.folder, "write", &e))?;
        }
        (self.entries, self.length) = sorted(&self.folder, entries)?;
        self.seen = seen.finish()?;
        Ok(())
    }

    /// Returns a reader for one thread.
    pub(crate) fn reader(&self) -> RecordReader<ScannedCapture> {
        self.seen.reader()
    }
}

/// Groups consecutive captures by document.
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
