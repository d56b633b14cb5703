//! Folds an address into the one that its page names as canonical, if that was captured with the same text.
//!
//! A page's word alone proves nothing: templates print a section's address on every page. So without the other capture the
//! page keeps its own address, and so does one whose id the log names already: what is captured later never changes an id.
//! Captures of any time count, so a fold lasts when the two pages change on different days.

use super::catalogue::{Catalogue, Fold};
use super::document_cache::CacheReader;
use super::outcome::{ScanOutcome, ScannedCapture};
use crate::error::Error;
use crate::storage::byte_range::ByteRange;
use crate::storage::record_file::RecordReader;
use sanad_extract::boilerplate::fingerprint::Sketch;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Shingles from which on a page's own text stands for the page. Of a shorter one all blocks must be the same.
const OWN_TEXT: usize = 8;

/// Digest of a captured text.
type Text = [u8; 32];

/// For each id the one it is folded into.
type Folds = BTreeMap<String, String>;

/// Folds ids. `logged` returns those of the ids that the log names already.
///
/// # Errors
/// When captures can't be read or written, or `logged` fails.
pub(super) fn fold(
    catalogue: &mut Catalogue,
    cache: &mut CacheReader,
    logged: impl FnOnce(&BTreeSet<String>) -> Result<BTreeSet<String>, Error>,
) -> Result<(), Error> {
    if !catalogue.declares {
        return Ok(());
    }
    let named = named(catalogue)?;
    let Texts { naming, of_named } = texts(catalogue, cache, &named)?;
    let is_same = |(_, declared, text): &(String, String, Text)| {
        of_named.get(declared).is_some_and(|target| target.texts.contains(text))
    };
    let mut folds: Folds = naming.into_iter().filter(is_same).map(|(id, declared, _)| (id, declared)).collect();
    let stay = logged(&folds.keys().cloned().collect())?;
    folds.retain(|id, _| !stay.contains(id));
    let last = |id: &String| {
        let last = last(&folds, id);
        let address = of_named.get(last)?.canonical.clone();
        (last != id).then(|| (id.clone(), Fold { id: last.to_owned(), canonical: address, page: 0 }))
    };
    let folds: HashMap<String, Fold> = folds.keys().filter_map(last).collect();
    if folds.is_empty() { Ok(()) } else { catalogue.fold(&folds) }
}

/// The ids, with their source, of addresses that pages name as their canonical one.
fn named(catalogue: &Catalogue) -> Result<HashSet<(String, String)>, Error> {
    let mut named = HashSet::new();
    for entry in catalogue.entries()? {
        let entry = entry?;
        named.extend(entry.declared.filter(|_| entry.is_publishable).map(|declared| (entry.source, declared)));
    }
    Ok(named)
}

/// The texts of pages that name another address, and of those addresses.
#[derive(Default)]
struct Texts {
    /// Id, the id it names, and the text that was captured.
    naming: Vec<(String, String, Text)>,
    of_named: HashMap<String, Named>,
}

/// What was captured of an address that another page names.
#[derive(Default)]
struct Named {
    canonical: String,
    texts: HashSet<Text>,
}

fn texts(catalogue: &Catalogue, cache: &mut CacheReader, named: &HashSet<(String, String)>) -> Result<Texts, Error> {
    let (mut texts, mut reader) = (Texts::default(), catalogue.reader());
    for entry in catalogue.entries()? {
        let entry = entry?;
        let key = (entry.source, entry.id);
        let is_named = named.contains(&key);
        if !entry.is_publishable || (entry.declared.is_none() && !is_named) {
            continue;
        }
        let (_, id) = key;
        let Some((seen, text)) = text(&mut reader, cache, entry.place)? else { continue };
        if is_named {
            let named = texts.of_named.entry(id.clone()).or_default();
            named.canonical = seen.canonical;
            named.texts.insert(text);
        }
        texts.naming.extend(entry.declared.map(|declared| (id, declared, text)));
    }
    Ok(texts)
}

/// Reads a capture and the digest of its text.
fn text(
    reader: &mut RecordReader<ScannedCapture>,
    cache: &mut CacheReader,
    place: ByteRange,
) -> Result<Option<(ScannedCapture, Text)>, Error> {
    let seen = reader.read(place)?;
    let ScanOutcome::Document { span, .. } = &seen.found else { return Ok(None) };
    let text = digest(&cache.sketch(*span)?, &seen.capture.digest);
    Ok(Some((seen, text)))
}

/// Digest of a page's own text, or of the whole body if it has none: a PDF.
fn digest(sketch: &Sketch, body: &str) -> Text {
    let mut hash = blake3::Hasher::new();
    let short = sketch.shingles.len() < OWN_TEXT;
    if short && sketch.prints.iter().all(|print| *print == 0) {
        hash.update(body.as_bytes());
    }
    for number in sketch.shingles.iter().chain(sketch.prints.iter().filter(|_| short)) {
        hash.update(&number.to_le_bytes());
    }
    *hash.finalize().as_bytes()
}

/// The id at the end of a chain of folds. Of ids in a circle the smallest is the end.
fn last<'f>(folds: &'f Folds, id: &'f str) -> &'f str {
    let mut passed = vec![id];
    let mut at = id;
    while let Some(next) = folds.get(at) {
        if let Some(start) = passed.iter().position(|id| id == next) {
            return passed.iter().skip(start).min().copied().unwrap_or(id);
        }
        passed.push(next);
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_end_at_their_last_address_and_circles_at_the_smallest() {
        let folds = [("a", "b"), ("b", "c"), ("x", "z"), ("z", "y"), ("y", "z")];
        let folds: Folds = folds.map(|(one, other)| (one.to_owned(), other.to_owned())).into();
        assert_eq!(["a", "b", "c"].map(|id| last(&folds, id)), ["c", "c", "c"]);
        assert_eq!(["x", "y", "z"].map(|id| last(&folds, id)), ["y", "y", "y"]);
    }

    #[test]
    fn a_short_text_is_the_same_only_with_all_around_it() {
        let sketch = |shingles: usize, print| Sketch { shingles: vec![7; shingles], prints: vec![print], markup: None };
        assert_eq!(digest(&sketch(OWN_TEXT, 1), "a"), digest(&sketch(OWN_TEXT, 2), "b"));
        assert_ne!(digest(&sketch(3, 1), "a"), digest(&sketch(3, 2), "a"));
        assert_ne!(digest(&sketch(0, 0), "a"), digest(&sketch(0, 0), "b"));
    }
}
