//! All captures of a run: what they are on disk, what is needed to put them in order in memory, less than a hundred bytes for
//! each.

use super::first::{Found, REVISIT, Seen};
use super::frames::{FrameReader, Frames, Stored};
use super::spans::Span;
use crate::config::Config;
use crate::digest;
use crate::error::Error;
use crate::identity;
use crate::record::{Code, PageKind};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// What is kept in memory of a capture.
#[derive(Debug)]
pub(crate) struct Entry {
    id: Id,
    /// Number of its source's name.
    source: u32,
    /// Its language's code, for a document.
    language: Option<Code>,
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
}

/// A record id: the number of its site's name, and the digest behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        self.language.as_ref().map(Code::as_str)
    }
}

/// Whether a visit found the page. A server's trouble says neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visit {
    /// It did, or doesn't say.
    Silent,
    /// The server said that the page is as it was.
    Found,
    /// The server said that there is no such page.
    Missing,
}

/// How a capture stands among those of its document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

/// The captures of a run.
pub(crate) struct Catalogue {
    pub(super) entries: Vec<Entry>,
    /// Other addresses of a document, by the index of the capture that counts.
    pub(super) aliases: HashMap<u64, Vec<String>>,
    sources: Names,
    sites: Names,
    seen: Stored<Seen>,
}

/// Takes captures into a catalogue.
pub(crate) struct Cataloguer {
    entries: Vec<Entry>,
    sources: Names,
    sites: Names,
    seen: Frames<Seen>,
}

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
        Ok(Self { entries: Vec::new(), sources: Names::default(), sites: Names::default(), seen })
    }

    /// Takes a capture in.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn add(&mut self, config: &Config, seen: &Seen) -> Result<(), Error> {
        let place = self.seen.add(seen)?;
        let (language, bytes) = match &seen.found {
            Found::Document { language, span, .. } => (language.parse().ok(), span.length),
            _ => (None, 0),
        };
        let (site, digest) = identity::parts(&seen.id)
            .ok_or_else(|| Error::Usage { message: format!("a capture whose record id is none: {}", seen.id) })?;
        self.entries.push(Entry {
            id: Id { site: self.sites.number(site), digest },
            source: self.sources.number(&seen.source),
            language,
            index: seen.index,
            key: if language.is_some() { seen.key } else { 0 },
            bytes,
            place,
            address: identity::fingerprint(&identity::canonical_url(&seen.capture.url)),
            visit: visit(seen),
            is_publishable: is_publishable(seen, config),
            standing: Standing::default(),
        });
        Ok(())
    }

    /// All captures are there: puts them in the order of source, id and reading.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn finish(self) -> Result<Catalogue, Error> {
        let Self { mut entries, sources, sites, seen } = self;
        let key = |e: &Entry| (sources.name(e.source), sites.name(e.id.site), e.id.digest, e.index);
        entries.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        entries.shrink_to_fit();
        Ok(Catalogue { entries, aliases: HashMap::new(), sources, sites, seen: seen.finish()? })
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
    /// All captures by source, record id and order of reading.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The name of a capture's source.
    pub(crate) fn source(&self, entry: &Entry) -> &str {
        self.sources.name(entry.source)
    }

    /// The record id of a capture.
    pub(crate) fn id(&self, entry: &Entry) -> String {
        self.sites.name(entry.id.site).to_owned() + &digest::hex(&entry.id.digest)
    }

    /// Other addresses under which the document of a capture that counts was captured.
    pub(crate) fn aliases(&self, entry: &Entry) -> &[String] {
        self.aliases.get(&entry.index).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether two captures are of one document.
    pub(super) fn is_same(one: &Entry, other: &Entry) -> bool {
        one.source == other.source && one.id == other.id
    }

    /// A reader of its own, for one thread.
    pub(crate) fn reader(&self) -> FrameReader<Seen> {
        self.seen.reader()
    }

    /// Notes the other addresses of a document, by its captures.
    pub(super) fn note_aliases(aliases: &mut HashMap<u64, Vec<String>>, best: &Seen, group: &[Seen]) {
        let urls: BTreeSet<&str> = group.iter().map(|seen| seen.capture.url.as_str()).collect();
        let others: Vec<String> = urls.into_iter().filter(|u| *u != best.capture.url).map(str::to_owned).collect();
        if !others.is_empty() {
            aliases.insert(best.index, others);
        }
    }
}
