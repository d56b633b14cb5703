//! Which capture of an address counts, and which pages are gone.

use super::catalogue::{Catalogue, Entry, Standing, Visit};
use super::first::Seen;
use super::frames::FrameReader;
use crate::config::Config;
use crate::error::Error;
use std::collections::HashMap;

/// Visits nearer to each other than this are one: a crawler that tries again, a server that is being restarted.
const ONE_VISIT: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// What orders the captures of one address: date, file, offset, place in the log.
type Age = (String, String, u64, u64);

/// Visits that say whether the page at an address is there, oldest first.
type Visits = HashMap<u64, Vec<(Age, bool)>>;

/// Says of each capture how it stands among those of its document: of those that give one the newest counts (date, file,
/// offset). A later error page doesn't take its place: it is quarantined, and the run says so.
///
/// # Errors
/// When captures can't be read.
pub(crate) fn settle(catalogue: &mut Catalogue, config: &Config) -> Result<(), Error> {
    let mut reader = catalogue.reader();
    let visits = visits(&catalogue.entries, &mut reader)?;
    let mut aliases = HashMap::new();
    let mut standings: Vec<Standing> = Vec::with_capacity(catalogue.entries.len());
    for group in catalogue.entries.chunk_by(Catalogue::is_same) {
        let most = group.first().map_or(u32::MAX, |first| config.gone_after(catalogue.source(first)));
        standings.extend(match group {
            // Most documents were captured once, and nothing has to be read to know that it counts.
            [one] if !visits.contains_key(&one.address) => {
                [Standing { counts: one.is_publishable, ..Standing::default() }].into()
            }
            _ => {
                let read = group.iter().map(|e| reader.read(e.place)).collect::<Result<Vec<Seen>, Error>>()?;
                let (standings, best) = compare(group, &read, (&visits, most));
                if let Some(best) = best {
                    Catalogue::note_aliases(&mut aliases, best, &read);
                }
                standings
            }
        });
    }
    for (entry, standing) in catalogue.entries.iter_mut().zip(standings) {
        entry.standing = standing;
    }
    catalogue.aliases = aliases;
    Ok(())
}

/// How the captures of one document stand, and the one that counts.
fn compare<'s>(group: &[Entry], read: &'s [Seen], (visits, most): (&Visits, u32)) -> (Vec<Standing>, Option<&'s Seen>) {
    let pages = group.iter().zip(read).filter(|(entry, _)| entry.is_publishable);
    let Some((entry, best)) = pages.max_by(|(_, a), (_, b)| age(a).cmp(&age(b))) else {
        return (vec![Standing::default(); group.len()], None);
    };
    let missed = visits.get(&entry.address).map_or(0, |visits| misses(visits, &age(best)));
    let is_gone = missed >= most;
    let standing = |(entry, seen): (&Entry, &Seen)| {
        let counts = seen.index == best.index && !is_gone;
        Standing {
            counts,
            had_record: !is_gone && age(best) < age(seen),
            missed: if counts || (is_gone && entry.is_publishable) { missed } else { 0 },
            is_gone,
        }
    };
    (group.iter().zip(read).map(standing).collect(), (!is_gone).then_some(best))
}

/// The visits of each address that one of them didn't find.
fn visits(entries: &[Entry], reader: &mut FrameReader<Seen>) -> Result<Visits, Error> {
    let missing = entries.iter().filter(|entry| entry.visit == Visit::Missing);
    let mut visits: Visits = missing.map(|entry| (entry.address, Vec::new())).collect();
    for entry in entries.iter().filter(|entry| entry.visit != Visit::Silent) {
        if let Some(visits) = visits.get_mut(&entry.address) {
            visits.push((age(&reader.read(entry.place)?), entry.visit == Visit::Found));
        }
    }
    for visits in visits.values_mut() {
        visits.sort();
    }
    Ok(visits)
}

/// Visits after the page was last found that didn't find it.
fn misses(visits: &[(Age, bool)], best: &Age) -> u32 {
    let mut missed = 0;
    let mut last: Option<&str> = None;
    for ((time, ..), found) in visits.iter().filter(|(visit, _)| visit > best) {
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

fn age(seen: &Seen) -> Age {
    let capture = &seen.capture;
    (capture.fetched_at.clone(), capture.place.file.clone(), capture.place.offset, seen.index)
}
