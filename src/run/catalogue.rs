//! All captures of a run, on disk: what each is, and what puts them in order.

use super::first::{Found, REVISIT, Seen};
use super::frames::{Each, FrameReader, Frames, Stored};
use super::spans::Span;
use crate::config::Config;
use crate::digest;
use crate::error::Error;
use crate::identity;
use crate::record::PageKind;
use crate::sorter::Sorter;
use borsh::{BorshDeserialize, BorshSerialize};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::io;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

/// A capture in its place among all of them.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct Entry {
    id: Id,
    /// Number of its source's name.
    source: u32,
    /// Its language's code, for a document.
    language: Option<String>,
    /// Index of its event in the log.
    index: u64,
    /// Of what its document follows from; zero where there is none.
    pub(crate) key: u64,
    /// Bytes of its document in the cache.
    pub(super) bytes: u32,
    /// Where the rest stands.
    pub(super) place: Span,
    /// Digest of its own address, whatever canonical address its page states.
    pub(super) address: u64,
    /// What its visit says of the page at its address.
    pub(super) visit: Visit,
    /// Whether its document becomes a record.
    pub(super) is_publishable: bool,
    pub(super) standing: Standing,
    /// Other addresses under which its document was captured, where it counts.
    pub(crate) aliases: Vec<String>,
}

/// A record id: the number of its site's name, and the digest behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Id {
    site: u32,
    digest: [u8; 16],
}

impl Entry {
    /// The digest in its record id: no two documents have the same.
    pub(super) fn digest(&self) -> [u8; 16] {
        self.id.digest
    }

    /// The code of its language; none for what is no document.
    pub(super) fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// Whether two captures are of one document.
    pub(super) fn is_same(one: &Self, other: &Self) -> bool {
        one.source == other.source && one.id == other.id
    }

    /// Whether two captures are of one source.
    pub(super) fn is_of_one_source(one: &Self, other: &Self) -> bool {
        one.source == other.source
    }
}

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
    entries: Stored<Entry>,
    length: u64,
    folder: PathBuf,
    sources: Names,
    sites: Names,
    seen: Stored<Seen>,
}

/// Takes captures into a catalogue.
pub(crate) struct Cataloguer {
    folder: PathBuf,
    entries: Sorter<Unsorted>,
    seen: Frames<Seen>,
}

/// A capture with the names that put it into its place.
#[derive(BorshSerialize, BorshDeserialize)]
struct Unsorted {
    source: String,
    site: String,
    entry: Entry,
}

impl Unsorted {
    fn key(&self) -> (&str, &str, [u8; 16], u64) {
        (&self.source, &self.site, self.entry.id.digest, self.entry.index)
    }
}

impl Ord for Unsorted {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Unsorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Unsorted {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Unsorted {}

/// Names that many things share, by number.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map(String::as_str).unwrap_or_default()
    }
}

impl Cataloguer {
    /// Begins a catalogue in a folder.
    ///
    /// # Errors
    /// When its file can't be made.
    pub(crate) fn begin(folder: &Path) -> Result<Self, Error> {
        let seen = Frames::begin(folder, "captures")?;
        Ok(Self { folder: folder.to_owned(), entries: Sorter::new(folder.to_owned()), seen })
    }

    /// Takes a capture in.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn add(&mut self, config: &Config, seen: &Seen) -> Result<(), Error> {
        let place = self.seen.add(seen)?;
        let (language, bytes) = match &seen.found {
            Found::Document { language, span, .. } => (Some(language.clone()), span.length),
            _ => (None, 0),
        };
        let (site, digest) = identity::parts(&seen.id)
            .ok_or_else(|| Error::Usage { message: format!("a capture whose record id is none: {}", seen.id) })?;
        let entry = Entry {
            id: Id { site: 0, digest },
            source: 0,
            index: seen.index,
            key: if language.is_some() { seen.key } else { 0 },
            language,
            bytes,
            place,
            address: identity::fingerprint(&identity::canonical_url(&seen.capture.url)),
            visit: visit(seen),
            is_publishable: is_publishable(seen, config),
            standing: Standing::default(),
            aliases: Vec::new(),
        };
        let unsorted = Unsorted { source: seen.source.clone(), site: site.to_owned(), entry };
        self.entries.add(unsorted).map_err(|e| Error::io(&self.folder, "write", &e))
    }

    /// All captures are there: puts them in the order of source, id and reading.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn finish(self) -> Result<Catalogue, Error> {
        let Self { folder, entries, seen } = self;
        let (mut sources, mut sites, mut length) = (Names::default(), Names::default(), 0);
        let mut sorted = Frames::begin(&folder, "sorted")?;
        let fault = |e: io::Error| Error::io(&folder, "read", &e);
        for unsorted in entries.sorted().map_err(fault)? {
            let Unsorted { source, site, mut entry } = unsorted.map_err(fault)?;
            entry.source = sources.number(&source);
            entry.id.site = sites.number(&site);
            sorted.add(&entry)?;
            length += 1;
        }
        Ok(Catalogue { entries: sorted.finish()?, length, folder, sources, sites, seen: seen.finish()? })
    }
}

fn visit(seen: &Seen) -> Visit {
    match (seen.capture.status, &seen.found) {
        (Some(404 | 410), _) => Visit::Missing,
        (Some(200..=299 | 304), Found::Skipped(code, _)) if code == REVISIT => Visit::Found,
        _ => Visit::Silent,
    }
}

/// Whether a capture's document becomes a record.
fn is_publishable(seen: &Seen, config: &Config) -> bool {
    match &seen.found {
        Found::Document { kind: PageKind::Document, .. } => true,
        Found::Document { kind: PageKind::Listing, .. } => {
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
    pub(crate) fn entries(&self) -> Result<impl Iterator<Item = Result<Entry, Error>> + use<>, Error> {
        Ok(self.entries.each()?.map(|each| each.map(|(_, entry)| entry)))
    }

    /// The same, those together that are alike.
    ///
    /// # Errors
    /// When they can't be read.
    pub(super) fn groups(&self, alike: fn(&Entry, &Entry) -> bool) -> Result<Groups, Error> {
        Ok(Groups { entries: self.entries.each()?.peekable(), alike })
    }

    /// Lets `settle` complete the captures of each group; it is told their source too.
    ///
    /// # Errors
    /// When they can't be read or written; and what `settle` says.
    pub(super) fn settle(
        &mut self,
        alike: fn(&Entry, &Entry) -> bool,
        mut settle: impl FnMut(&mut [Entry], &str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut settled = Frames::begin(&self.folder, "settled")?;
        for group in self.groups(alike)? {
            let mut group = group?;
            let source = group.first().map_or(0, |entry| entry.source);
            settle(&mut group, self.sources.name(source))?;
            group.iter().try_for_each(|entry| settled.add(entry).map(|_| ()))?;
        }
        self.entries = settled.finish()?;
        Ok(())
    }

    /// The name of a capture's source.
    pub(crate) fn source(&self, entry: &Entry) -> &str {
        self.sources.name(entry.source)
    }

    /// The record id of a capture.
    pub(crate) fn id(&self, entry: &Entry) -> String {
        self.sites.name(entry.id.site).to_owned() + &digest::hex(&entry.id.digest)
    }

    /// A reader of its own, for one thread.
    pub(crate) fn reader(&self) -> FrameReader<Seen> {
        self.seen.reader()
    }
}

/// Captures that follow each other and are alike.
pub(super) struct Groups {
    entries: Peekable<Each<Entry>>,
    alike: fn(&Entry, &Entry) -> bool,
}

impl Iterator for Groups {
    type Item = Result<Vec<Entry>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, first) = match self.entries.next()? {
            Ok(first) => first,
            Err(error) => return Some(Err(error)),
        };
        let mut group = vec![first];
        loop {
            let belongs = |next: &Result<(Span, Entry), Error>| match (next, group.last()) {
                (Ok((_, next)), Some(last)) => (self.alike)(last, next),
                _ => false,
            };
            match self.entries.next_if(belongs) {
                Some(Ok((_, entry))) => group.push(entry),
                _ => return Some(Ok(group)),
            }
        }
    }
}
