//! Finds texts of which all pages were captured, so that they become one record: that of the first page.
//!
//! A page is one of several if it links to the next or the previous one beside a count. A text is whole if its pages lead
//! from one without a previous page to one without a next. A page whose id the log names keeps its own record, and then none
//! are joined: an id once logged stays.

use super::capture_age::CaptureAge;
use super::catalogue::{Catalogue, Fold};
use super::outcome::{ScanOutcome, ScannedCapture};
use crate::error::Error;
use sanad_document::url_key;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The most pages of a text.
const MAX_PAGES: usize = 500;

/// The newest capture of a page.
struct Newest {
    age: CaptureAge,
    canonical: String,
    next: Option<String>,
    previous: Option<String>,
}

/// Pages by record id.
type Pages = HashMap<String, Newest>;

/// Gives the pages of each whole text the id of the first one, and their number. `logged` returns those of the ids that the
/// log names already.
///
/// # Errors
/// When captures can't be read or written, or `logged` fails.
pub(super) fn join(
    catalogue: &mut Catalogue,
    logged: impl FnOnce(&BTreeSet<String>) -> Result<BTreeSet<String>, Error>,
) -> Result<(), Error> {
    let pages = pages(catalogue)?;
    let mut texts: Vec<Vec<&str>> = pages.keys().filter_map(|id| whole_text(&pages, id)).collect();
    texts.sort();
    if texts.is_empty() {
        return Ok(());
    }
    let later = texts.iter().flat_map(|text| text.iter().skip(1)).map(|id| (*id).to_owned()).collect();
    let stay = logged(&later)?;
    let mut folds = HashMap::new();
    for text in texts.iter().filter(|text| !text.iter().skip(1).any(|id| stay.contains(*id))) {
        let Some((first, canonical)) = text.first().and_then(|id| Some((*id, &pages.get(*id)?.canonical))) else {
            continue;
        };
        for (number, id) in (1..).zip(text.iter().skip(1)) {
            folds.insert((*id).to_owned(), Fold { id: first.to_owned(), canonical: canonical.clone(), number });
        }
    }
    if folds.is_empty() { Ok(()) } else { catalogue.fold(&folds) }
}

/// The newest captures of the pages that are, or once were, one of several.
fn pages(catalogue: &Catalogue) -> Result<Pages, Error> {
    let mut wanted = HashSet::new();
    for entry in catalogue.entries()? {
        let entry = entry?;
        if entry.is_publishable && entry.has_neighbours {
            wanted.insert((entry.source, entry.id));
        }
    }
    let (mut pages, mut reader) = (Pages::new(), catalogue.reader());
    if wanted.is_empty() {
        return Ok(pages);
    }
    for entry in catalogue.entries()? {
        let entry = entry?;
        let key = (entry.source, entry.id);
        if entry.is_publishable && wanted.contains(&key) {
            let page = newest(&reader.read(entry.place)?);
            if pages.get(&key.1).is_none_or(|known| known.age < page.age) {
                pages.insert(key.1, page);
            }
        }
    }
    Ok(pages)
}

fn newest(seen: &ScannedCapture) -> Newest {
    let neighbours = match &seen.found {
        ScanOutcome::Document { neighbours, .. } => neighbours.clone(),
        _ => None,
    };
    let neighbours = neighbours.unwrap_or_default();
    let id = |url: String| url_key::record_id(&url_key::canonical_url(&url));
    Newest {
        age: CaptureAge::of(seen),
        canonical: seen.canonical.clone(),
        next: neighbours.next.map(id),
        previous: neighbours.previous.map(id),
    }
}

/// The ids of a whole text's pages, if it begins at this one.
fn whole_text<'p>(pages: &'p Pages, first: &'p str) -> Option<Vec<&'p str>> {
    let mut text = vec![first];
    let mut at = pages.get(first).filter(|page| page.previous.is_none())?;
    while let Some(next) = at.next.as_deref() {
        let (id, page) = pages.get_key_value(next)?;
        let leads_back = page.previous.as_deref() == text.last().copied();
        if !leads_back || text.contains(&id.as_str()) || text.len() >= MAX_PAGES {
            return None;
        }
        text.push(id);
        at = page;
    }
    (text.len() > 1).then_some(text)
}
