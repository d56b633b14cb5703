//! Counts the tables of repeated blocks, source by source.

use super::table_cache::TableCache;
use super::table_file::{Line, Tables};
use super::table_writer::{Counted, TableWriter};
use crate::error::Error;
use crate::log::event::RepeatsFrozen;
use crate::ordered_map::par_map_ordered;
use crate::run::commit::staging::Staging;
use crate::run::options::Options;
use crate::run::scan::catalogue::{Catalogue, CatalogueEntry};
use crate::run::scan::document_cache::{Cache, CacheReader};
use crate::run::scan::outcome::{ScanOutcome, ScannedCapture};
use crate::storage::byte_range::{ByteRange, RangeReader};
use crate::storage::record_file::RecordReader;
use sanad_document::url_key;
use sanad_extract::boilerplate::document_frequency::{Repeats, SourceAndTemplate};
use sanad_extract::boilerplate::fingerprint::Sketch;
use std::collections::BTreeMap;
use std::iter::{self, Peekable};

/// Pages of a template on which its table is counted. More pages show no other chrome, and the cost
/// of a table stays bounded.
const MOST_PAGES: usize = 1_000;
const MOST_SHINGLES: usize = 400_000;

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

/// What tables are counted on.
pub(crate) struct Pages<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) cache: &'a Cache,
}

/// Counts repeated blocks over the current document of each address, per source and template. Stores the tables that
/// aren't the newest ones in the log, which has `log_size` entries before the run, and returns their events.
///
/// # Errors
/// When documents can't be read or tables can't be written.
pub(crate) fn freeze(
    pages: &Pages<'_>,
    log_size: u64,
    staging: &mut Staging,
    options: &Options,
) -> Result<(Tables, Vec<RepeatsFrozen>), Error> {
    let out = &options.out;
    let before = TableCache::open(out);
    let mut writer = TableWriter::begin(out, log_size, &before, staging)?;
    let readers = || (TableCache::reader(out), (pages.catalogue.reader(), pages.cache.reader()));
    let work = |(earlier, readers): &mut (RangeReader, (RecordReader<ScannedCapture>, CacheReader)),
                of_source: Result<(String, Option<Group>), Error>| {
        let (source, group) = of_source?;
        let Some(group) = group else { return Ok((source, None)) };
        let members = group.members();
        let counted = match before.line(earlier, &group.key, &members) {
            Some((text, line)) => (group.key, text, line),
            None => count(readers, group, members)?,
        };
        Ok((source, Some(counted)))
    };
    par_map_ordered(options.jobs, groups(pages.catalogue)?, (readers, work), |counted: Result<_, Error>| {
        let (source, line) = counted?;
        writer.add(source, line)
    })?;
    writer.finish()
}

/// Groups the current pages by source and template. Of a large site the pages with the smallest ids are used, which is
/// a random sample: an id is a digest.
/// A source without current pages has no group.
fn groups(catalogue: &Catalogue) -> Result<impl Iterator<Item = Result<(String, Option<Group>), Error>> + Send, Error> {
    let mut entries = catalogue.entries()?.peekable();
    let sources = iter::from_fn(move || groups_of_source(&mut entries).transpose());
    Ok(sources.flat_map(|groups| match groups {
        Ok((source, groups)) if groups.is_empty() => vec![Ok((source, None))],
        Ok((source, groups)) => groups.into_iter().map(|group| Ok((source.clone(), Some(group)))).collect(),
        Err(error) => vec![Err(error)],
    }))
}

/// The next source and its groups.
fn groups_of_source(
    entries: &mut Peekable<impl Iterator<Item = Result<CatalogueEntry, Error>>>,
) -> Result<Option<(String, Vec<Group>)>, Error> {
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
    Ok(source.map(|source| {
        let groups = templates.into_iter().map(|pages| group(&source, pages)).collect();
        (source, groups)
    }))
}

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
    let line = Line { members, pages, blocks, ..Line::default() };
    Ok((group.key, text, line))
}
