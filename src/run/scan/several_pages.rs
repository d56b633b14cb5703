//! Finds texts of which all pages were captured, so that they become one record: that of the first page.
//!
//! A page is one of several if it links to the next or the previous one beside a count. A text is whole if its pages lead
//! from one without a previous page to one without a next, under one title. A page whose id the log names keeps its own record, and then none
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
    title: String,
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
    if !catalogue.has_neighbours {
        return Ok(());
    }
    let pages = pages(catalogue)?;
    let leading = leading(&pages);
    let mut texts: Vec<Vec<&str>> = pages.keys().filter_map(|id| whole_text(&pages, &leading, id)).collect();
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
            folds.insert((*id).to_owned(), Fold { id: first.to_owned(), canonical: canonical.clone(), page: number });
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
        title: neighbours.title,
    }
}

/// How many pages lead to each one as the next.
fn leading(pages: &Pages) -> HashMap<&str, usize> {
    let mut leading = HashMap::new();
    for next in pages.values().filter_map(|page| page.next.as_deref()) {
        *leading.entry(next).or_default() += 1;
    }
    leading
}

/// The ids of a whole text's pages, if it begins at this one.
fn whole_text<'p>(pages: &'p Pages, leading: &HashMap<&str, usize>, first: &'p str) -> Option<Vec<&'p str>> {
    let mut text = vec![first];
    let mut at = pages.get(first).filter(|page| page.previous.is_none())?;
    while let Some(next) = at.next.as_deref() {
        let (id, page) = pages.get_key_value(next)?;
        let is_of_text = page.title == at.title && leads_back(pages, leading, id, text.last()?);
        if !is_of_text || text.contains(&id.as_str()) || text.len() >= MAX_PAGES {
            return None;
        }
        text.push(id);
        at = page;
    }
    (text.len() > 1).then_some(text)
}

/// Whether a page follows the one that leads to it. Many sites call the first page by another address there
/// (`?page=1`): then it does if no other page leads to it, and the other address wasn't captured.
fn leads_back(pages: &Pages, leading: &HashMap<&str, usize>, id: &str, before: &str) -> bool {
    let Some(previous) = pages.get(id).and_then(|page| page.previous.as_deref()) else { return false };
    previous == before || (leading.get(id) == Some(&1) && !pages.contains_key(previous))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(all: &[(&str, Option<&str>, Option<&str>)]) -> Pages {
        let page = |(id, previous, next): &(&str, Option<&str>, Option<&str>)| {
            let newest = Newest {
                age: CaptureAge::default(),
                canonical: String::new(),
                next: next.map(str::to_owned),
                previous: previous.map(str::to_owned),
                title: String::new(),
            };
            ((*id).to_owned(), newest)
        };
        all.iter().map(page).collect()
    }

    fn text<'p>(pages: &'p Pages, first: &'p str) -> Option<Vec<&'p str>> {
        whole_text(pages, &leading(pages), first)
    }

    #[test]
    fn a_text_leads_from_a_first_page_to_a_last_one() {
        let whole = pages(&[("1", None, Some("2")), ("2", Some("1"), Some("3")), ("3", Some("2"), None)]);
        assert_eq!(text(&whole, "1"), Some(vec!["1", "2", "3"]));
        assert_eq!(text(&whole, "2"), None, "it isn't the first");
        for torn in [
            pages(&[("1", None, Some("2")), ("2", Some("1"), Some("3"))]),
            pages(&[("1", None, Some("2")), ("2", None, None)]),
            pages(&[("1", None, Some("2")), ("2", Some("1"), Some("2"))]),
            pages(&[("1", None, None)]),
        ] {
            assert_eq!(text(&torn, "1"), None);
        }
    }

    #[test]
    fn the_first_page_may_be_called_by_another_address() {
        let other = pages(&[("1", None, Some("2")), ("2", Some("?page=1"), None)]);
        assert_eq!(text(&other, "1"), Some(vec!["1", "2"]));
        let both = pages(&[("1", None, Some("2")), ("?page=1", None, Some("2")), ("2", Some("?page=1"), None)]);
        assert_eq!(text(&both, "1"), None);
        assert_eq!(text(&both, "?page=1"), Some(vec!["?page=1", "2"]));
    }
}
