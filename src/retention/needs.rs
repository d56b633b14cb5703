//! Which captures are needed: those of which the next run makes the records that there are, and those that retention keeps.
//!
//! What matters of the visits to an address is how they are counted (`run/scan/select`, `run/scan/revisits`): the latest
//! one that found the page, which content it found, and the visits after it that found none.

use super::story::{Fate, LoggedCapture};
use crate::run::scan::capture_age::{CaptureAge, is_timely};
use crate::run::scan::capture_entry::CaptureEntry;
use crate::run::scan::revisits::{Original, RevisitRecord};
use crate::run::scan::select::is_one_visit;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The least number of visits in a row without a page that are kept.
const LEAST_MISSES: usize = 10;

/// How many are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// Captures of each document.
    pub(super) captures: usize,
    /// Visits in a row that didn't find a page.
    pub(super) misses: usize,
}

/// What a capture says of the page at its address.
#[derive(Debug)]
enum Role {
    /// It gave a document.
    Document { is_current: bool },
    /// The server said that it sent the page before.
    Found(Box<RevisitRecord>),
    /// There is no such page.
    Missing,
    /// Nothing.
    Silent,
    /// It isn't known.
    Unknown,
}

/// A capture as it was read from its file.
#[derive(Debug)]
pub(super) struct Visit {
    role: Role,
    /// Record id of its document.
    id: String,
    /// Whether a record names it as where it came from.
    pub(super) is_named: bool,
    original: Original,
}

impl Visit {
    /// `index` is its number in the order of reading. Only revisits needn't be in the log.
    pub(super) fn of(entry: &CaptureEntry, index: u64, logged: Option<&LoggedCapture>, now: &str) -> Self {
        let capture = entry.capture();
        let age = CaptureAge::new(capture, is_timely(capture, now), index);
        let fate = logged.map_or(Fate::Nameless, |logged| logged.fate);
        let role = match (entry, capture.status, fate) {
            _ if capture.url.is_empty() => Role::Unknown,
            (CaptureEntry::Revisit(_), Some(404 | 410), _) | (_, Some(404 | 410), Fate::Visit) => Role::Missing,
            (CaptureEntry::Revisit(_), None | Some(200..=299 | 304), _) => {
                Role::Found(Box::new(RevisitRecord::new(index, capture, age.clone())))
            }
            (CaptureEntry::Revisit(_), ..) | (_, _, Fate::Other) => Role::Silent,
            (_, _, Fate::Current) => Role::Document { is_current: true },
            (_, _, Fate::Older) => Role::Document { is_current: false },
            (_, _, Fate::Visit | Fate::Nameless) => Role::Unknown,
        };
        Self {
            role,
            id: logged.map(|logged| logged.id.clone()).unwrap_or_default(),
            is_named: false,
            original: Original::new(index, capture, age),
        }
    }

    fn is_found(&self) -> bool {
        matches!(self.role, Role::Document { .. } | Role::Found(_))
    }

    fn age(&self) -> &CaptureAge {
        &self.original.age
    }
}

/// Returns for each of the captures, which come in the order of reading, whether it is needed.
pub(super) fn needed(visits: &[Visit], measure: Measure) -> Vec<bool> {
    let mut needs = Needs { visits, needed: vec![false; visits.len()], by_address: HashMap::new() };
    for (number, visit) in visits.iter().enumerate() {
        needs.by_address.entry(visit.original.address).or_default().push(number);
    }
    for numbers in needs.by_address.values_mut() {
        numbers.sort_by(|a, b| visits.get(*a).map(Visit::age).cmp(&visits.get(*b).map(Visit::age)));
    }
    needs.documents(measure.captures);
    let addresses = std::mem::take(&mut needs.by_address);
    for numbers in addresses.values() {
        needs.newest(numbers);
        needs.missing(numbers, measure.misses.max(LEAST_MISSES));
    }
    needs.revisits(&addresses);
    needs.needed
}

struct Needs<'a> {
    visits: &'a [Visit],
    needed: Vec<bool>,
    /// Numbers of the captures at each address, oldest first.
    by_address: HashMap<u64, Vec<usize>>,
}

impl<'a> Needs<'a> {
    fn need(&mut self, number: usize) {
        if let Some(needed) = self.needed.get_mut(number) {
            *needed = true;
        }
    }

    fn each<'n>(&self, numbers: &'n [usize]) -> impl DoubleEndedIterator<Item = (usize, &'a Visit)> + use<'a, 'n> {
        let visits = self.visits;
        numbers.iter().filter_map(move |number| Some((*number, visits.get(*number)?)))
    }

    /// Current captures, those that records name, the newest of each document, and what isn't known.
    fn documents(&mut self, keep: usize) {
        let mut documents: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, visit) in self.visits.iter().enumerate() {
            if visit.is_named {
                self.need(number);
            }
            match visit.role {
                Role::Document { is_current } => {
                    documents.entry(&visit.id).or_default().push(number);
                    if is_current {
                        self.need(number);
                    }
                }
                Role::Unknown => self.need(number),
                Role::Found(_) | Role::Missing | Role::Silent => {}
            }
        }
        for mut numbers in documents.into_values() {
            let age = |number: &usize| self.visits.get(*number).map(Visit::age);
            numbers.sort_by(|a, b| age(b).cmp(&age(a)));
            let addresses: HashSet<u64> = self.each(&numbers).map(|(_, visit)| visit.original.address).collect();
            // That several addresses are one document may have been told by captures of any time.
            let keep = if addresses.len() > 1 { numbers.len() } else { keep.max(1) };
            numbers.iter().take(keep).for_each(|number| self.need(*number));
        }
    }

    /// The newest capture of an address, and the newest that found a page there.
    fn newest(&mut self, numbers: &[usize]) {
        let is_page = |visit: &Visit| visit.is_found() || visit.original.is_page;
        let of = |wanted: &dyn Fn(&Visit) -> bool| self.each(numbers).rfind(|(_, visit)| wanted(visit)).map(|(n, _)| n);
        let newest = [of(&|_| true), of(&is_page), of(&Visit::is_found)];
        newest.into_iter().flatten().for_each(|number| self.need(number));
    }

    /// Of the visits since the page was last found: the first ones, which decide whether it is gone, and the newest.
    fn missing(&mut self, numbers: &[usize], most: usize) {
        let mut documents: HashMap<&str, &CaptureAge> = HashMap::new();
        let mut revisit = None;
        for (_, visit) in self.each(numbers) {
            match visit.role {
                Role::Document { .. } => drop(documents.insert(&visit.id, visit.age())),
                Role::Found(_) => revisit = Some(visit.age()),
                Role::Missing | Role::Silent | Role::Unknown => {}
            }
        }
        // The address may have belonged to several documents. The visits count from that of its own on.
        let Some(since) = documents.into_values().min().max(revisit) else { return };
        let (mut count, mut last) = (0, None);
        let missing = self.each(numbers).filter(|(_, v)| matches!(v.role, Role::Missing) && v.age() > since);
        for (number, visit) in missing {
            let time = visit.age().time();
            if last.is_none_or(|last| !is_one_visit(last, time)) {
                count += 1;
            }
            last = Some(time);
            if count <= most {
                self.need(number);
            }
        }
    }

    /// Of the revisits that found a needed content: those that made it current again, the latest, and what they refer to.
    fn revisits(&mut self, addresses: &HashMap<u64, Vec<usize>>) {
        let originals = self.originals();
        let content = |number: usize| match self.visits.get(number)?.role {
            Role::Document { .. } => Some(self.visits.get(number)?.original.digest.as_str()),
            Role::Found(_) => {
                let original = originals.get(&number).and_then(|original| self.visits.get(*original));
                Some(original.map(|original| original.original.digest.as_str()).unwrap_or_default())
            }
            Role::Missing | Role::Silent | Role::Unknown => None,
        };
        let mut needed: HashSet<usize> = HashSet::new();
        for numbers in addresses.values() {
            let contents = numbers.iter().filter_map(|number| Some((*number, content(*number)?)));
            let is_needed = |number: usize| self.needed.get(number).copied().unwrap_or(false);
            let of_needed: HashSet<&str> = contents.clone().filter(|(n, _)| is_needed(*n)).map(|(_, c)| c).collect();
            let (mut before, mut latest) = (None, BTreeMap::new());
            for (number, content) in contents {
                if originals.contains_key(&number) && of_needed.contains(content) {
                    needed.extend(Some(number).filter(|_| before != Some(content)));
                    latest.insert(content, number);
                }
                before = Some(content);
            }
            needed.extend(latest.into_values());
        }
        for number in needed {
            self.need(number);
        }
        for (revisit, original) in originals {
            if self.needed.get(revisit).copied().unwrap_or(false) {
                self.need(original);
            }
        }
    }

    /// The captures that revisits refer to, by number.
    fn originals(&self) -> BTreeMap<usize, usize> {
        let revisits = || {
            self.visits.iter().enumerate().filter_map(|(number, visit)| match &visit.role {
                Role::Found(revisit) => Some((number, revisit.as_ref())),
                _ => None,
            })
        };
        let addresses: HashSet<u64> = revisits().flat_map(|(_, r)| [Some(r.address), r.names]).flatten().collect();
        let digests: HashSet<&str> = revisits().map(|(_, r)| r.payload_digest.as_str()).collect();
        let (mut by_address, mut by_digest) =
            (HashMap::<u64, Vec<Original>>::new(), HashMap::<&str, Vec<Original>>::new());
        for visit in self.visits.iter().filter(|visit| !matches!(visit.role, Role::Found(_))) {
            let original = &visit.original;
            if addresses.contains(&original.address) {
                by_address.entry(original.address).or_default().push(original.clone());
            }
            for digest in [original.digest.as_str(), original.payload_digest.as_str()] {
                if !digest.is_empty() && digests.contains(digest) {
                    by_digest.entry(digest).or_default().push(original.clone());
                }
            }
        }
        let original = |(number, revisit): (usize, &RevisitRecord)| {
            let at = |address: Option<u64>| address.and_then(|address| by_address.get(&address));
            let places = [at(Some(revisit.address)), at(revisit.names), by_digest.get(revisit.payload_digest.as_str())];
            let found = places.into_iter().flatten().find_map(|captures| revisit.original(captures))?;
            Some((number, usize::try_from(found.number).ok()?))
        };
        revisits().filter_map(original).collect()
    }
}
