//! Finds the capture that each revisit record stands for.
//!
//! A server that answers with what it sent before leaves a record without a body. It says that the earlier capture was
//! still right at that time, so that capture counts as if it had been made then. If it was made at another address, the
//! revisit's address becomes one of its document's.

use super::capture_age::{CaptureAge, instant};
use super::catalogue::{Catalogue, CatalogueEntry, Revisit, Visit};
use super::outcome::ScannedCapture;
use crate::error::Error;
use crate::storage::record_file::RecordReader;
use sanad_document::{Capture, RefersTo, url_key};
use std::collections::{HashMap, HashSet};

/// What the revisits of a catalogue say. Captures are named by their number in the order of reading.
#[derive(Default)]
pub(super) struct Revisits {
    /// The latest revisit of each capture that has one.
    pub(super) latest: HashMap<u64, CaptureAge>,
    /// Revisits whose original isn't there.
    alone: HashSet<u64>,
    /// Source and id of the documents to which revisits of other addresses belong.
    pub(super) moved: HashMap<u64, (String, String)>,
}

/// A capture that revisits may stand for.
#[derive(Debug, Clone)]
pub(crate) struct Original {
    pub(crate) number: u64,
    /// Fingerprint of its address.
    pub(crate) address: u64,
    pub(crate) age: CaptureAge,
    pub(crate) record_id: String,
    pub(crate) digest: String,
    pub(crate) payload_digest: String,
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) is_publishable: bool,
    pub(crate) is_page: bool,
}

impl Original {
    fn of(entry: &CatalogueEntry, seen: &ScannedCapture) -> Self {
        Self {
            source: seen.source.clone(),
            id: seen.id.clone(),
            is_publishable: entry.is_publishable,
            ..Self::new(seen.number, &seen.capture, CaptureAge::of(seen))
        }
    }

    /// What the capture itself says, without the document that it belongs to.
    pub(crate) fn new(number: u64, capture: &Capture, age: CaptureAge) -> Self {
        Self {
            number,
            address: address_of(&capture.url),
            age,
            record_id: capture.place.record_id.clone(),
            digest: capture.digest.clone(),
            payload_digest: capture.payload_digest.clone(),
            source: String::new(),
            id: String::new(),
            is_publishable: false,
            is_page: capture.status.is_none_or(|status| (200..300).contains(&status)),
        }
    }

    fn has_digest(&self, stated: &str) -> bool {
        !stated.is_empty() && (self.digest == stated || self.payload_digest == stated)
    }
}

/// A revisit and what it says of its original.
#[derive(Debug)]
pub(crate) struct RevisitRecord {
    number: u64,
    /// Fingerprint of its address.
    pub(crate) address: u64,
    age: CaptureAge,
    pub(crate) payload_digest: String,
    refers_to: RefersTo,
    /// The address of the original, if the record names one.
    pub(crate) names: Option<u64>,
}

impl RevisitRecord {
    fn of(seen: &ScannedCapture) -> Self {
        Self::new(seen.number, &seen.capture, CaptureAge::of(seen))
    }

    pub(crate) fn new(number: u64, capture: &Capture, age: CaptureAge) -> Self {
        let refers_to = capture.refers_to.clone().unwrap_or_default();
        let names = (!refers_to.url.is_empty()).then(|| address_of(&refers_to.url));
        let address = address_of(&capture.url);
        Self { number, address, age, payload_digest: capture.payload_digest.clone(), refers_to, names }
    }

    /// The original among captures: the one that the record names by id or time, or else the latest with its digest. A
    /// record that says nothing means the latest page at its address.
    pub(crate) fn original<'a>(&self, captures: &'a [Original]) -> Option<&'a Original> {
        let earlier = || captures.iter().filter(|original| original.age.time() <= self.age.time());
        let own = || earlier().filter(|original| original.address == self.address);
        let wanted = self.names.unwrap_or(self.address);
        let time = instant(&self.refers_to.date);
        let latest = |a: &&Original, b: &&Original| a.age.cmp(&b.age);
        earlier()
            .find(|original| !original.record_id.is_empty() && original.record_id == self.refers_to.record_id)
            .or_else(|| earlier().find(|o| o.address == wanted && time.is_some() && o.age.time() == time))
            .or_else(|| own().filter(|original| original.has_digest(&self.payload_digest)).max_by(latest))
            .or_else(|| earlier().filter(|original| original.has_digest(&self.payload_digest)).max_by(latest))
            .or_else(|| {
                let says_nothing = self.payload_digest.is_empty() && self.refers_to == RefersTo::default();
                let means_the_last = self.refers_to.is_not_modified || says_nothing;
                own().filter(|original| means_the_last && original.is_page).max_by(latest)
            })
    }
}

fn address_of(url: &str) -> u64 {
    url_key::fingerprint(&url_key::canonical_url(url))
}

impl Revisits {
    /// Finds the originals of all revisits.
    ///
    /// # Errors
    /// When captures can't be read.
    pub(super) fn of(catalogue: &Catalogue, reader: &mut RecordReader<ScannedCapture>) -> Result<Self, Error> {
        let mut found = Self::default();
        let mut revisits = Vec::new();
        for entry in catalogue.entries()? {
            let entry = entry?;
            // One of an error answer says nothing of the page.
            if entry.revisit != Revisit::No && entry.visit == Visit::Found {
                revisits.push(RevisitRecord::of(&reader.read(entry.place)?));
            }
        }
        if revisits.is_empty() {
            return Ok(found);
        }
        let addresses: HashSet<u64> = revisits.iter().flat_map(|r| [Some(r.address), r.names]).flatten().collect();
        let by_address = originals(catalogue, reader, |entry| addresses.contains(&entry.address), |_| true)?;
        let mut unknown = Vec::new();
        for revisit in revisits {
            let captures = [Some(revisit.address), revisit.names.filter(|names| *names != revisit.address)];
            let captures: Vec<&[Original]> =
                captures.iter().flatten().filter_map(|at| by_address.get(at).map(Vec::as_slice)).collect();
            match captures.iter().find_map(|captures| revisit.original(captures)) {
                Some(original) => found.settle(&revisit, original, &by_address),
                None => unknown.push(revisit),
            }
        }
        // A record may name nothing but the digest of what was captured at some other address.
        let digests: HashSet<String> =
            unknown.iter().map(|r| r.payload_digest.to_ascii_lowercase()).filter(|digest| !digest.is_empty()).collect();
        let others = if digests.is_empty() {
            HashMap::new()
        } else {
            let is_wanted = |digest: &str| digests.contains(&digest.to_ascii_lowercase());
            let has_wanted = |c: &Original| is_wanted(&c.digest) || is_wanted(&c.payload_digest);
            originals(catalogue, reader, |_| true, has_wanted)?
        };
        for revisit in unknown {
            match others.values().find_map(|captures| revisit.original(captures)) {
                Some(original) => found.settle(&revisit, original, &by_address),
                None => drop(found.alone.insert(revisit.number)),
            }
        }
        Ok(found)
    }

    /// Notes of a revisit that its original isn't there.
    pub(super) fn mark(&self, entry: &mut CatalogueEntry) {
        if self.alone.contains(&entry.number) {
            entry.revisit = Revisit::Alone;
        }
    }

    fn settle(&mut self, revisit: &RevisitRecord, original: &Original, by_address: &HashMap<u64, Vec<Original>>) {
        let own = by_address.get(&revisit.address).map(Vec::as_slice).unwrap_or_default();
        let same = own.iter().find(|own| own.number == original.number || own.digest == original.digest);
        if let Some(same) = same {
            let latest = self.latest.entry(same.number).or_insert_with(|| revisit.age.clone());
            if *latest < revisit.age {
                *latest = revisit.age.clone();
            }
        } else if own.iter().any(|own| own.is_publishable) {
            // The address has a document of its own, and what it shows now was captured elsewhere: nothing here holds
            // it under this address.
            self.alone.insert(revisit.number);
        } else {
            self.moved.insert(revisit.number, (original.source.clone(), original.id.clone()));
        }
    }
}

/// The captures with a body that are wanted, by address: first as the catalogue has them, then as they were read.
fn originals(
    catalogue: &Catalogue,
    reader: &mut RecordReader<ScannedCapture>,
    is_candidate: impl Fn(&CatalogueEntry) -> bool,
    is_wanted: impl Fn(&Original) -> bool,
) -> Result<HashMap<u64, Vec<Original>>, Error> {
    let mut found: HashMap<u64, Vec<Original>> = HashMap::new();
    for entry in catalogue.entries()? {
        let entry = entry?;
        if entry.revisit != Revisit::No || !is_candidate(&entry) {
            continue;
        }
        let original = Original::of(&entry, &reader.read(entry.place)?);
        if is_wanted(&original) {
            found.entry(entry.address).or_default().push(original);
        }
    }
    Ok(found)
}
