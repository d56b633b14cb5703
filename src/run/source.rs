//! Which capture of an address counts, and which pages are gone.

use super::first::{Found, Seen};
use crate::config::Config;
use crate::identity;
use crate::record::PageKind;
use std::collections::{BTreeMap, HashMap};

/// Source and record id.
pub(crate) type Key<'a> = (&'a str, &'a str);

/// The captures that count.
#[derive(Debug, Default)]
pub(crate) struct Current<'a> {
    /// For each document the newest capture (date, file, offset) that gave it.
    ///
    /// A later error page doesn't take its place: it is quarantined, and the run says so.
    pub(crate) pages: BTreeMap<Key<'a>, &'a Seen>,
    /// Visits since then that didn't find the page.
    pub(crate) missed: BTreeMap<Key<'a>, u32>,
    /// Documents that so many visits didn't find that they count as gone; they are in neither of the others.
    pub(crate) gone: BTreeMap<Key<'a>, u32>,
}

/// The captures that count among all that were read.
pub(crate) fn current<'a>(seen: &'a [Seen], config: &Config) -> Current<'a> {
    let mut current = Current::default();
    for capture in seen.iter().filter(|s| is_publishable(s, config)) {
        let best = current.pages.entry((&capture.source, &capture.id)).or_insert(capture);
        if age(capture) > age(best) {
            *best = capture;
        }
    }
    let visits = visits(seen);
    for (key, best) in &current.pages {
        let missed = visits.get(address(best).as_str()).map_or(0, |visits| misses(visits, best));
        if missed >= config.gone_after(key.0) {
            current.gone.insert(*key, missed);
        } else if missed > 0 {
            current.missed.insert(*key, missed);
        }
    }
    current.pages.retain(|key, _| !current.gone.contains_key(key));
    current
}

/// What tells one address from another: the id that it has by itself, whatever canonical address its page states.
fn address(seen: &Seen) -> String {
    identity::record_id(&identity::canonical_url(&seen.capture.url))
}

/// Visits nearer to each other than this are one: a crawler that tries again, a server that is being restarted.
const ONE_VISIT: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// Visits that say whether a page is there, by its address, oldest first: those that found it and those that didn't. A server's
/// trouble says neither.
fn visits(seen: &[Seen]) -> HashMap<String, Vec<(&Seen, bool)>> {
    let missing = seen.iter().filter(|s| matches!(s.capture.status, Some(404 | 410)));
    let mut visits: HashMap<String, Vec<(&Seen, bool)>> = missing.map(|s| (address(s), Vec::new())).collect();
    if visits.is_empty() {
        return visits;
    }
    for capture in seen {
        let found = match (capture.capture.status, &capture.found) {
            (Some(404 | 410), _) => false,
            (Some(200..=299 | 304), Found::Skipped("revisit", _)) => true,
            _ => continue,
        };
        if let Some(visits) = visits.get_mut(&address(capture)) {
            visits.push((capture, found));
        }
    }
    for visits in visits.values_mut() {
        visits.sort_by(|(a, _), (b, _)| age(a).cmp(&age(b)));
    }
    visits
}

/// Visits after the page was last found that didn't find it.
fn misses(visits: &[(&Seen, bool)], best: &Seen) -> u32 {
    let after = visits.iter().filter(|(visit, _)| age(visit) > age(best));
    let mut missed = 0;
    let mut last: Option<&str> = None;
    for (visit, found) in after {
        let time = visit.capture.fetched_at.as_str();
        if *found {
            missed = 0;
        } else if last.is_none_or(|last| !is_one_visit(last, time)) {
            missed += 1;
        }
        last = Some(time);
    }
    missed
}

fn is_one_visit(one: &str, other: &str) -> bool {
    let parsed = |time: &str| time.parse::<jiff::Timestamp>().ok();
    match (parsed(one), parsed(other)) {
        (Some(one), Some(other)) => other.duration_since(one).abs() < ONE_VISIT,
        _ => one == other,
    }
}

/// What orders the captures of one address.
pub(crate) fn age(seen: &Seen) -> (&str, &str, u64, u64) {
    (&seen.capture.fetched_at, &seen.capture.place.file, seen.capture.place.offset, seen.index)
}

/// Whether a capture's document becomes a record.
pub(crate) fn is_publishable(seen: &Seen, config: &Config) -> bool {
    match &seen.found {
        Found::Document { kind: PageKind::Document, .. } => true,
        Found::Document { kind: PageKind::Listing, .. } => {
            config.sources.get(&seen.source).is_some_and(|source| source.listings)
        }
        _ => false,
    }
}
