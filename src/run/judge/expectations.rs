//! Checks what a source's records must look like (`[expect]`).

use super::pass::Pass;
use crate::config::{Config, Expect, Source};
use crate::error::Error;
use crate::layout::records_file;
use crate::run::judge::outcome::RecordTally;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Broken expectations of each source that was read; an empty list where all hold.
pub(crate) type Broken = BTreeMap<String, Vec<String>>;

/// Returns the broken expectations of each source that was read, and of those that gave no capture at all.
pub(crate) fn broken(pass: &Pass<'_>, tallies: &BTreeMap<String, SourceTally>) -> Result<Broken, Error> {
    let mut all = Broken::new();
    for (source, tally) in tallies {
        let mut broken = Vec::new();
        let path = pass.options.out.join(records_file(source));
        let obstacle = obstacle_at(&path);
        if let Some(expect) = pass.config.sources.get(source).and_then(|s| s.expect.as_ref()) {
            let records = if obstacle.is_some() { 0 } else { count(&path)? };
            broken = tally.broken(expect, Before { now: &pass.options.now, records });
        }
        broken.extend(obstacle);
        all.insert(source.clone(), broken);
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

/// What a source's expectations need to know about all its records.
#[derive(Debug, Default)]
pub(crate) struct SourceTally {
    records: u64,
    languages: BTreeSet<String>,
    kept_chars: u64,
    dropped_chars: u64,
    repeated_chars: u64,
    missing: Vec<String>,
    /// Day of the newest record.
    newest: Option<String>,
}

#[allow(clippy::cast_precision_loss, reason = "character counts are far below 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// What the tally is compared with.
#[derive(Debug, Clone, Copy)]
struct Before<'a> {
    /// Time of the run.
    now: &'a str,
    /// Number of records after the last run; zero before the first.
    records: u64,
}

impl SourceTally {
    /// Begins the tally of a source.
    pub(crate) fn of(config: &Config, source: &str) -> Self {
        let expect = config.sources.get(source).and_then(|s| s.expect.as_ref());
        Self { missing: expect.map(|e| e.must_contain.clone()).unwrap_or_default(), ..Self::default() }
    }

    pub(crate) fn add(&mut self, record: &RecordTally) {
        self.records += 1;
        self.languages.insert(record.language.clone());
        self.kept_chars += record.kept_chars;
        self.dropped_chars += record.dropped_chars;
        self.repeated_chars += record.repeated_chars;
        if record.day > self.newest {
            self.newest.clone_from(&record.day);
        }
        self.missing.retain(|wanted| !record.contains.contains(wanted));
    }

    /// Describes what is broken, for people. Empty if everything is as expected.
    fn broken(&self, expect: &Expect, before: Before<'_>) -> Vec<String> {
        let mut broken: Vec<String> =
            [self.stale(expect, before.now), self.fallen(expect, before.records)].into_iter().flatten().collect();
        if let Some(min) = expect.min_records.filter(|min| self.records < *min) {
            broken.push(format!("{} records, at least {min} expected", self.records));
        }
        if let Some(max) = expect.max_records.filter(|max| self.records > *max) {
            broken.push(format!("{} records, at most {max} expected", self.records));
        }
        if !expect.languages.is_empty() {
            for language in self.languages.iter().filter(|l| !expect.languages.contains(l)) {
                broken.push(format!("a record in {language}, expected are {}", expect.languages.join(", ")));
            }
        }
        for wanted in &self.missing {
            broken.push(format!("no record contains {wanted:?}"));
        }
        let dropped = share(self.dropped_chars, self.kept_chars + self.dropped_chars);
        if let Some(max) = expect.max_dropped.filter(|max| dropped > *max) {
            broken.push(format!("{dropped:.2} of the text was left out, at most {max} expected"));
        }
        let repeated = share(self.repeated_chars, self.kept_chars + self.repeated_chars);
        if let Some(max) = expect.max_repeated.filter(|max| repeated > *max) {
            broken.push(format!("repetition took {repeated:.2} of the text, at most {max} expected"));
        }
        broken
    }

    fn stale(&self, expect: &Expect, now: &str) -> Option<String> {
        let most = expect.max_age_days?;
        let Some(newest) = &self.newest else {
            return Some(format!("no record has a date, one of the last {most} days is expected"));
        };
        let day = |text: &str| text.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
        let age = (day(now)? - day(newest)?).get_days();
        let is_old = u64::try_from(age).is_ok_and(|age| age > most);
        is_old.then(|| format!("the newest record is of {newest}, {age} days old, at most {most} expected"))
    }

    fn fallen(&self, expect: &Expect, before: u64) -> Option<String> {
        let most = expect.max_fall?;
        #[allow(clippy::cast_precision_loss, reason = "numbers of records are far below 2^52")]
        let fall = before.saturating_sub(self.records) as f64 / before.max(1) as f64;
        (fall > most).then(|| {
            let now = self.records;
            format!("{now} records after {before} in the last run, a fall by {fall:.2}, at most {most} expected")
        })
    }
}
