//! Decides which capture of a document is current, and which pages are gone.

use super::capture_age::CaptureAge;
use super::catalogue::{Catalogue, CatalogueEntry, Standing, Visit};
use super::outcome::ScannedCapture;
use super::revisits::Revisits;
use crate::config::Config;
use crate::error::Error;
use crate::storage::byte_range::ByteRange;
use crate::storage::record_file::RecordReader;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Visits closer together than this count as one: a crawler that retries, a server that restarts.
const ONE_VISIT: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// Visits that say whether the page at an address exists, oldest first, by the address's fingerprint.
type Visits = HashMap<u64, Vec<(CaptureAge, bool)>>;

/// Sets the standing of every capture. The newest capture that gives a document is current, or the one that was
/// revisited last. A later error page doesn't replace it: it is quarantined, and the run reports it.
///
/// # Errors
/// When captures can't be read.
pub(crate) fn settle(catalogue: &mut Catalogue, config: &Config) -> Result<(), Error> {
    let mut reader = catalogue.reader();
    let revisits = Revisits::of(catalogue, &mut reader)?;
    catalogue.reassign(&revisits.moved)?;
    let visits = visits(catalogue, &mut reader)?;
    catalogue.settle(|group| match group {
        // Most documents were captured once: nothing has to be read to decide.
        [one] if !visits.contains_key(&one.address) => {
            one.standing = Standing { counts: one.is_publishable, ..Standing::default() };
            revisits.mark(one);
            Ok(())
        }
        _ => {
            let read = group.iter().map(|e| reader.read(e.place)).collect::<Result<Vec<ScannedCapture>, Error>>()?;
            let most = group.first().map_or(u32::MAX, |first| config.gone_after(&first.source));
            let best = compare(group, &read, (&visits, &revisits), most);
            let later_pages = if best.is_some() { join_later_pages(group, &read, (&visits, most)) } else { Vec::new() };
            if let Some((entry, best)) = best.and_then(|at| group.get_mut(at).zip(read.get(at))) {
                entry.aliases = aliases(best, &read);
                entry.later_pages = later_pages;
            }
            Ok(())
        }
    })
}

/// Sets the standing of the captures of one document and returns the index of the current one.
fn compare(
    group: &mut [CatalogueEntry],
    read: &[ScannedCapture],
    (visits, revisits): (&Visits, &Revisits),
    gone_after: u32,
) -> Option<usize> {
    for entry in group.iter_mut() {
        revisits.mark(entry);
    }
    let age = |seen: &ScannedCapture| {
        let own = CaptureAge::of(seen);
        revisits.latest.get(&seen.number).filter(|revisit| **revisit > own).cloned().unwrap_or(own)
    };
    let pages = group.iter().zip(read).enumerate();
    let pages = pages.filter(|(_, (entry, _))| entry.is_publishable && entry.page == 0);
    let (at, (entry, best)) = pages.max_by_key(|(_, (_, seen))| age(seen))?;
    let newest = age(best);
    let missed = visits.get(&entry.address).map_or(0, |visits| misses(visits, &newest));
    let is_gone = missed >= gone_after;
    for (entry, seen) in group.iter_mut().zip(read) {
        let counts = seen.number == best.number && !is_gone;
        entry.standing = Standing {
            counts,
            had_record: !is_gone && CaptureAge::of(best) < CaptureAge::of(seen),
            missed: if counts || (is_gone && entry.is_publishable) { missed } else { 0 },
            is_gone,
        };
    }
    (!is_gone).then_some(at)
}

/// Marks the newest captures of the later pages of a text as joined, and returns where they are stored, in order. If one
/// of them is gone, none are joined: the first page is then what is left, and says that it is one of several.
fn join_later_pages(
    group: &mut [CatalogueEntry],
    read: &[ScannedCapture],
    (visits, gone_after): (&Visits, u32),
) -> Vec<ByteRange> {
    let mut newest: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, entry) in group.iter().enumerate().filter(|(_, entry)| entry.is_publishable && entry.page > 0) {
        let slot = newest.entry(entry.page).or_insert(at);
        if read.get(*slot).zip(read.get(at)).is_some_and(|(known, seen)| CaptureAge::of(known) < CaptureAge::of(seen)) {
            *slot = at;
        }
    }
    let is_gone = |at: &usize| {
        let missed = group
            .get(*at)
            .zip(read.get(*at))
            .and_then(|(entry, seen)| visits.get(&entry.address).map(|visits| misses(visits, &CaptureAge::of(seen))));
        missed.is_some_and(|missed| missed >= gone_after)
    };
    if newest.values().any(is_gone) {
        return Vec::new();
    }
    let mut join = |at: usize| {
        let entry = group.get_mut(at)?;
        entry.is_joined = true;
        Some(entry.place)
    };
    newest.into_values().filter_map(&mut join).collect()
}

/// The other addresses of a document, from its captures.
fn aliases(best: &ScannedCapture, group: &[ScannedCapture]) -> Vec<String> {
    let urls: BTreeSet<&str> = group.iter().map(|seen| seen.capture.url.as_str()).collect();
    urls.into_iter().filter(|url| *url != best.capture.url).map(str::to_owned).collect()
}

/// The visits of each address that at least one visit didn't find.
fn visits(catalogue: &Catalogue, reader: &mut RecordReader<ScannedCapture>) -> Result<Visits, Error> {
    let mut visits = Visits::new();
    for entry in catalogue.entries()? {
        let entry = entry?;
        if entry.visit == Visit::Missing {
            visits.insert(entry.address, Vec::new());
        }
    }
    if visits.is_empty() {
        return Ok(visits);
    }
    for entry in catalogue.entries()? {
        let entry = entry?;
        if entry.visit == Visit::Silent {
            continue;
        }
        if let Some(visits) = visits.get_mut(&entry.address) {
            visits.push((CaptureAge::of(&reader.read(entry.place)?), entry.visit == Visit::Found));
        }
    }
    for visits in visits.values_mut() {
        visits.sort();
    }
    Ok(visits)
}

/// Counts the visits after `best` that didn't find the page, up to the last one.
fn misses(visits: &[(CaptureAge, bool)], best: &CaptureAge) -> u32 {
    let mut missed = 0;
    let mut last = None;
    for (visit, found) in visits.iter().filter(|(visit, _)| visit > best) {
        if *found {
            missed = 0;
        } else if last.is_none_or(|last| !is_one_visit(last, visit.time())) {
            missed += 1;
        }
        last = Some(visit.time());
    }
    missed
}

/// Whether two times belong to one visit.
pub(crate) fn is_one_visit(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => other.duration_since(one).abs() < ONE_VISIT,
        _ => one == other,
    }
}
