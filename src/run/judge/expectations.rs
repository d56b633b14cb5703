//! Checks what a source's records must look like (`[expect]`), and that no source loses most of them unasked.

use super::pass::Pass;
use super::previous_outcomes::OutcomeCache;
use crate::config::Source;
use crate::emit::record::Urls;
use crate::error::Error;
use crate::layout::records_file;
use crate::run::judge::source_tally::{SourceTally, share};
use crate::run::judge::spool::SpooledOutcomes;
use sanad_document::url_key;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Broken expectations of each source that was read; an empty list where all hold.
pub(crate) type Broken = BTreeMap<String, Vec<String>>;

/// The share of a source's records that one run may remove, where the source doesn't say. A redesign or a lost folder takes
/// nearly all of them; what a site takes down itself is gone page by page.
const USUAL_MAX_FALL: f64 = 0.5;

/// The number of records from which on that holds: of 3 records, 2 may well go.
const LEAST_TO_FALL: u64 = 4;

/// Returns the broken expectations of each source that was read, and of those that gave no capture at all. `records` are
/// the cards of all records that the run made, `previous` what the last run left.
pub(crate) fn broken(
    pass: &Pass<'_>,
    tallies: &BTreeMap<String, SourceTally>,
    records: &SpooledOutcomes,
    previous: &OutcomeCache,
) -> Result<Broken, Error> {
    let (mut all, mut falls) = (Broken::new(), Vec::new());
    for (source, tally) in tallies {
        let expect = pass.config.sources.get(source).and_then(|s| s.expect.as_ref());
        let path = pass.options.out.join(records_file(source));
        let obstacle = obstacle_at(&path);
        let before = match previous.records(source) {
            _ if obstacle.is_some() => 0,
            Some(records) => records,
            None => count(&path)?,
        };
        let is_large = before >= LEAST_TO_FALL;
        let most = expect.and_then(|e| e.max_fall).or_else(|| is_large.then_some(USUAL_MAX_FALL));
        let fewer = before.saturating_sub(tally.records);
        if let Some(most) = most.filter(|most| share(fewer, before) > *most) {
            falls.push(Fall { source, before, now: tally.records, most });
        }
        let mut broken = expect.map(|expect| tally.broken(expect, &pass.options.now)).unwrap_or_default();
        broken.extend(obstacle);
        all.insert(source.clone(), broken);
    }
    let lost = if falls.is_empty() { BTreeMap::new() } else { lost(pass, tallies, &falls, records)? };
    for fall in falls {
        let lost = lost.get(fall.source).copied().unwrap_or_default();
        if share(lost, fall.before) > fall.most {
            all.entry(fall.source.clone()).or_default().insert(0, fall.message(lost));
        }
    }
    let wanted = |source: &&Source| pass.options.sources.is_empty() || pass.options.sources.contains(&source.id);
    for source in pass.config.sources.values().filter(wanted).filter(|s| !tallies.contains_key(&s.id)) {
        let least = source.expect.as_ref().and_then(|e| e.min_records).filter(|least| *least > 0);
        if let Some(least) = least.filter(|_| !pass.options.out.join(records_file(&source.id)).is_file()) {
            let message = format!("no capture was read and no record is there, at least {least} expected");
            all.insert(source.id.clone(), vec![message]);
        }
    }
    Ok(all)
}

/// A source that has fewer records than before.
struct Fall<'a> {
    source: &'a String,
    before: u64,
    now: u64,
    /// The largest share that may be missing.
    most: f64,
}

impl Fall<'_> {
    /// `lost` is the number of records that are missing.
    fn message(&self, lost: u64) -> String {
        let Self { source, before, now, most } = self;
        let share = share(lost, *before);
        format!(
            "{now} records after {before} in the last run, a fall by {share:.2}, at most {most} expected; if they should go, \
             set `max_fall = 1` under `[expect]` in `config/sources/{source}.toml` for one run"
        )
    }
}

/// What is needed of a record to tell whether it is lost.
#[derive(Deserialize)]
struct PublishedRecord {
    id: String,
    url: Option<Urls>,
}

/// Counts the published records of each fallen source that are lost: no capture gives them any more. A record isn't lost
/// if another source has it now, if its host belongs to another source now, or if visits confirmed that its page is gone.
fn lost(
    pass: &Pass<'_>,
    tallies: &BTreeMap<String, SourceTally>,
    falls: &[Fall<'_>],
    records: &SpooledOutcomes,
) -> Result<BTreeMap<String, u64>, Error> {
    let mut missing: BTreeMap<String, &String> = BTreeMap::new();
    for Fall { source, .. } in falls {
        let path = pass.options.out.join(records_file(source));
        let file = match std::fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io(&path, "read", &error)),
        };
        let gone = tallies.get(*source).map(|tally| &tally.gone);
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(|e| Error::io(&path, "read", &e))?;
            let PublishedRecord { id, url } =
                serde_json::from_slice(&line).map_err(|e| Error::io(&path, "understand", &e.into()))?;
            let host = url.map(|url| url_key::site_of(&url.requested));
            let owner = host.as_ref().map(|host| pass.config.source_of(host).map_or(host, |owner| &owner.id));
            if owner.is_none_or(|owner| owner == *source) && gone.is_none_or(|gone| !gone.contains(&id)) {
                missing.insert(id, source);
            }
        }
    }
    for card in records.cards()? {
        missing.remove(card?.1.id());
    }
    let mut lost = BTreeMap::new();
    for source in missing.into_values() {
        *lost.entry(source.clone()).or_default() += 1;
    }
    Ok(lost)
}

/// Why a source's records can't be put at a path; none if they can.
fn obstacle_at(path: &Path) -> Option<String> {
    let place = path.display();
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Ok(metadata) if metadata.is_file() => {
            let error = std::fs::File::open(path).err()?;
            Some(format!("{place} can't be read ({error}); correct its permissions"))
        }
        Ok(_) => Some(format!("{place} is not a file; move it away, because the source's records belong there")),
        Err(error) => Some(format!("{place} can't be replaced ({error}); correct the permissions of its folder")),
    }
}

/// Counts the lines of a file; zero if it doesn't exist.
fn count(path: &Path) -> Result<u64, Error> {
    match std::fs::File::open(path) {
        Ok(file) => {
            let lines = BufReader::new(file).split(b'\n');
            lines.map(|line| line.map(|_| 1)).sum::<std::io::Result<u64>>().map_err(|e| Error::io(path, "read", &e))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(Error::io(path, "read", &error)),
    }
}
