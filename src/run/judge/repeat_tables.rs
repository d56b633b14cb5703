//! The frozen tables of repeated blocks: counted and stored source by source, and read again one source at a time.

use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::RepeatsFrozen;
use crate::ordered_map::par_map_ordered;
use crate::run::commit::staging::Staging;
use crate::run::options::BUILD;
use crate::run::scan::catalogue::{Catalogue, CatalogueEntry};
use crate::run::scan::document_cache::{Cache, CacheReader};
use crate::run::scan::outcome::{ScanOutcome, ScannedCapture};
use crate::storage::byte_range::{ByteRange, RangeReader};
use crate::storage::record_file::RecordReader;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::url_key;
use sanad_extract::boilerplate::document_frequency::{Repeats, SourceAndTemplate};
use sanad_extract::boilerplate::fingerprint::Sketch;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::iter::{self, Peekable};
use std::path::{Path, PathBuf};

/// Pages of a template on which its table is counted. More pages show no other chrome, and the cost
/// of a table stays bounded.
const MOST_PAGES: usize = 1_000;
const MOST_SHINGLES: usize = 400_000;

/// The tables of a run.
pub(crate) struct Tables {
    path: PathBuf,
    lines: BTreeMap<SourceAndTemplate, Line>,
}

/// The position of a table, and what identifies it.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
struct Line {
    span: ByteRange,
    mark: u64,
    /// Hash of the pages that it was counted on; their number; the number of blocks in it.
    members: [u8; 32],
    pages: u64,
    blocks: u64,
}

/// The tables of the last run, reused for groups with the same pages. A cache, never evidence.
#[derive(Default, BorshSerialize, BorshDeserialize)]
struct Before {
    engine: String,
    /// Digest of the tables' file.
    digest: String,
    lines: BTreeMap<SourceAndTemplate, Line>,
}

impl Before {
    const FILE: &'static str = ".state/tables";

    fn open(out: &Path) -> Self {
        let before = std::fs::read(out.join(Self::FILE)).ok().and_then(|bytes| Self::try_from_slice(&bytes).ok());
        before.filter(|before| before.engine == BUILD).unwrap_or_default()
    }

    /// Returns the last run's line of a group if it has the same pages.
    fn line(&self, reader: &mut RangeReader, key: &SourceAndTemplate, members: &[u8; 32]) -> Option<(String, Line)> {
        let line = self.lines.get(key).filter(|line| line.members == *members)?;
        let text = String::from_utf8(reader.read(line.span).ok()?.to_vec()).ok()?;
        (mark(&text) == line.mark).then(|| (text, line.clone()))
    }
}

/// Reads tables; each thread has its own.
pub(crate) struct TableReader<'a> {
    tables: &'a Tables,
    reader: RangeReader,
    /// The source whose tables are loaded.
    source: String,
    loaded: HashMap<String, Repeats>,
}

/// The pages of one template on which its table is counted.
struct Group {
    key: SourceAndTemplate,
    pages: Vec<Page>,
}

/// What is known about a page before it is read. A site may have a million of them.
struct Page {
    /// The digest in its record id.
    digest: Option<u128>,
    /// Truncated hash of its document's inputs.
    key: u64,
    /// Where its scan result is stored.
    place: ByteRange,
}

impl Group {
    /// Hash that identifies the group's pages.
    fn members(&self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        for page in &self.pages {
            hash.update(&page.key.to_le_bytes());
        }
        *hash.finalize().as_bytes()
    }
}

impl Tables {
    /// Counts repeated blocks over the current document of each address, per source and template, and stores the
    /// tables.
    ///
    /// # Errors
    /// When documents can't be read or tables can't be written.
    pub(crate) fn freeze(
        catalogue: &Catalogue,
        cache: &Cache,
        staging: &mut Staging,
        out: &Path,
        jobs: usize,
    ) -> Result<(Self, RepeatsFrozen), Error> {
        let before = Before::open(out);
        let mut file = staging.create("objects/repeats")?;
        let (mut lines, mut at) = (BTreeMap::new(), 0);
        let earlier = RangeReader::of(out.join(object_file(&before.digest)));
        let readers = || (earlier.clone(), (catalogue.reader(), cache.reader()));
        let work = |(earlier, readers): &mut (RangeReader, (RecordReader<ScannedCapture>, CacheReader)),
                    group: Result<Group, Error>| {
            let group = group?;
            let members = group.members();
            match before.line(earlier, &group.key, &members) {
                Some((text, line)) => Ok((group.key, text, line)),
                None => count(readers, group, members),
            }
        };
        par_map_ordered(jobs, groups(catalogue)?, (readers, work), |counted: Result<_, Error>| {
            let (key, text, mut line) = counted?;
            file.line(&text)?;
            line.span = ByteRange { at, length: u32::try_from(text.len()).unwrap_or(u32::MAX) };
            lines.insert(key, line);
            at += text.len() as u64 + 1;
            Ok(())
        })?;
        let (path, digest) = staging.take_object(file)?;
        let sum = |of: fn(&Line) -> u64| lines.values().map(of).sum();
        let (pages, blocks) = (sum(|line| line.pages), sum(|line| line.blocks));
        let frozen = RepeatsFrozen { digest: digest.clone(), pages, sites: lines.len() as u64, blocks };
        let now = Before { engine: BUILD.to_owned(), digest, lines };
        staging.keep_state(Before::FILE, &now)?;
        Ok((Self { path, lines: now.lines }, frozen))
    }

    /// Opens the tables that a run stored.
    ///
    /// # Errors
    /// When the file can't be read or isn't a file of tables.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let fault = |e: &io::Error| Error::io(path, "read", e);
        let mut file = BufReader::new(File::open(path).map_err(|e| fault(&e))?);
        let (mut lines, mut at, mut line) = (BTreeMap::new(), 0, String::new());
        while file.read_line(&mut line).map_err(|e| fault(&e))? > 0 {
            let text = line.trim_end_matches('\n');
            let (key, repeats) = Repeats::of_line(text).ok_or_else(|| {
                let problem = "is not a table of repeated blocks".to_owned();
                Error::Log { path: path.display().to_string(), problem }
            })?;
            let span = ByteRange { at, length: u32::try_from(text.len()).unwrap_or(u32::MAX) };
            let blocks = repeats.blocks() as u64;
            lines.insert(key, Line { span, mark: mark(text), members: [0; 32], pages: 0, blocks });
            at += line.len() as u64;
            line.clear();
        }
        Ok(Self { path: path.to_owned(), lines })
    }

    /// A number that identifies the table of a template; zero if there is none.
    pub(crate) fn mark(&self, source: &str, template: &str) -> u64 {
        self.lines.get(&(source.to_owned(), template.to_owned())).map_or(0, |line| line.mark)
    }

    /// Returns a reader for one thread.
    pub(crate) fn reader(&self) -> TableReader<'_> {
        TableReader {
            tables: self,
            reader: RangeReader::of(self.path.clone()),
            source: String::new(),
            loaded: HashMap::new(),
        }
    }
}

impl TableReader<'_> {
    /// Returns the table of a template, or none if no page was counted.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn table(&mut self, source: &str, template: &str) -> Result<Option<&Repeats>, Error> {
        if self.source != source {
            // Captures come sorted by source: the tables of the previous one are no longer needed.
            self.loaded.clear();
            source.clone_into(&mut self.source);
        }
        if !self.loaded.contains_key(template) {
            let key = (source.to_owned(), template.to_owned());
            let Some(line) = self.tables.lines.get(&key) else { return Ok(None) };
            let repeats = self.read(line.span).map_err(|e| Error::io(&self.tables.path, "read", &e))?;
            self.loaded.insert(template.to_owned(), repeats);
        }
        Ok(self.loaded.get(template))
    }

    fn read(&mut self, span: ByteRange) -> io::Result<Repeats> {
        let line = str::from_utf8(self.reader.read(span)?).map_err(io::Error::other)?;
        Repeats::of_line(line).map(|(_, repeats)| repeats).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

fn mark(line: &str) -> u64 {
    u64::from_le_bytes(blake3::hash(line.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default()).max(1)
}

/// Groups the current pages by source and template. Of a large site the pages with the smallest ids are used, which is
/// a random sample: an id is a digest.
fn groups(catalogue: &Catalogue) -> Result<impl Iterator<Item = Result<Group, Error>> + Send, Error> {
    let mut entries = catalogue.entries()?.peekable();
    let sources = iter::from_fn(move || groups_of_source(&mut entries).transpose());
    Ok(sources.flat_map(|groups| match groups {
        Ok(groups) => groups.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }))
}

/// The groups of the next source.
fn groups_of_source(
    entries: &mut Peekable<impl Iterator<Item = Result<CatalogueEntry, Error>>>,
) -> Result<Option<Vec<Group>>, Error> {
    let mut source: Option<String> = None;
    let mut templates: BTreeMap<String, Vec<Page>> = BTreeMap::new();
    while let Some(entry) = entries.next_if(|next| match (next, &source) {
        (Ok(next), Some(source)) => next.source == *source,
        _ => true,
    }) {
        let entry = entry?;
        source.get_or_insert(entry.source);
        if let Some(template) = entry.template.filter(|_| entry.standing.counts) {
            let page = Page { digest: url_key::digest_of(&entry.id), key: entry.key, place: entry.place };
            templates.entry(template).or_default().push(page);
        }
    }
    let group = |source: &str, (template, mut pages): (String, Vec<Page>)| {
        pages.sort_by_key(|page| page.digest);
        Group { key: (source.to_owned(), template), pages }
    };
    Ok(source.map(|source| templates.into_iter().map(|pages| group(&source, pages)).collect()))
}

/// A group's key, its table as stored, and the table's line.
type Counted = (SourceAndTemplate, String, Line);

fn count(
    (seen, cache): &mut (RecordReader<ScannedCapture>, CacheReader),
    group: Group,
    members: [u8; 32],
) -> Result<Counted, Error> {
    let mut sketches: Vec<Sketch> = Vec::new();
    let mut shingles = 0;
    for page in &group.pages {
        if sketches.len() >= MOST_PAGES || shingles >= MOST_SHINGLES {
            break;
        }
        let ScanOutcome::Document { span, .. } = seen.read(page.place)?.found else { continue };
        let sketch = cache.sketch(span)?;
        if !sketch.prints.is_empty() {
            shingles += sketch.shingles.len();
            sketches.push(sketch);
        }
    }
    let repeats = Repeats::count(&sketches);
    let text = repeats.to_line(&group.key.0, &group.key.1);
    let (pages, blocks) = (sketches.len() as u64, repeats.blocks() as u64);
    let line = Line { span: ByteRange::default(), mark: mark(&text), members, pages, blocks };
    Ok((group.key, text, line))
}

/// Checks that a file is the one that a digest in the log names.
///
/// # Errors
/// When the file can't be read or is a different one.
pub(crate) fn check(path: &Path, named: &str) -> Result<(), Error> {
    let found = sanad_document::digest::file_digest(path).map_err(|e| Error::io(path, "read", &e))?;
    if found != named {
        let problem = "is not the table of repeated blocks that the log names".to_owned();
        return Err(Error::Log { path: path.display().to_string(), problem });
    }
    Ok(())
}
