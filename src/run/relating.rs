//! How the records stand to each other: those of this run, and those of earlier runs that it leaves as they are.

use super::previous::records_file;
use super::second::{Pass, not_json};
use super::spool::Aside;
use super::staging::{StagedFile, Staging};
use crate::digest;
use crate::emit::Record;
use crate::emit::record::{Change, Delta};
use crate::error::Error;
use crate::log::event::RelationsFrozen;
use crate::log::tree::files_under;
use crate::ordered::map_in_order;
use crate::relations::{self, Card, Relations};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

/// A source's records that this run leaves as they are, but for their relations.
pub(super) struct Kept {
    /// Path under the results folder.
    pub(super) name: String,
    /// Source id.
    pub(super) source: String,
    cards: Vec<Placed>,
}

/// A record's card, and where the record stands in its file.
struct Placed {
    card: Card,
    at: u64,
    length: usize,
}

/// The records of all sources but `written`.
pub(super) fn kept(pass: &Pass<'_>, written: &BTreeSet<String>) -> Result<Vec<Kept>, Error> {
    let own: BTreeSet<String> = written.iter().map(|source| records_file(source)).collect();
    let names = files_under(&pass.options.out, "records")?;
    names.into_iter().filter(|name| !own.contains(name)).map(|n| read(pass, n)).collect()
}

fn read(pass: &Pass<'_>, name: String) -> Result<Kept, Error> {
    let path = pass.options.out.join(&name);
    let fault = |e: &std::io::Error| Error::io(&path, "read", e);
    let lines = BufReader::new(File::open(&path).map_err(|e| fault(&e))?).split(b'\n');
    let mut kept = Kept { name, source: String::new(), cards: Vec::new() };
    let mut at = 0;
    let work = |(): &mut (), line: std::io::Result<Vec<u8>>| {
        let line = line.map_err(|e| fault(&e))?;
        let record: Record = serde_json::from_slice(&line).map_err(|e| fault(&e.into()))?;
        Ok::<_, Error>((Card::of(&record), record.source, line.len()))
    };
    map_in_order(pass.options.jobs, lines, (|| (), work), |read| {
        let (card, source, length) = read?;
        kept.source = source;
        kept.cards.push(Placed { card, at, length });
        at += length as u64 + 1;
        Ok(())
    })?;
    Ok(kept)
}

/// Compares all records that will be current.
pub(super) fn relate(
    pass: &Pass<'_>,
    (aside, held): (&mut Aside, &BTreeSet<&String>),
    kept: &[Kept],
) -> Result<Relations, Error> {
    // What is held back isn't published, so nothing may point to it.
    let of_run = std::mem::take(&mut aside.cards).into_iter().filter(|(_, _, source)| !held.contains(source));
    let (mut cards, mut places) = (Vec::new(), Vec::new());
    for (card, frame, _) in of_run {
        cards.push(card);
        places.push((None, frame as u64, 0));
    }
    for file in kept {
        for placed in &file.cards {
            cards.push(placed.card.clone());
            places.push((Some(pass.options.out.join(&file.name)), placed.at, placed.length));
        }
    }
    relations::relate(&cards, &mut |number| match places.get(number) {
        Some((Some(path), at, length)) => {
            let mut bytes = vec![0; *length];
            let mut read = || {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(*at))?;
                file.read_exact(&mut bytes)
            };
            read().map_err(|e| Error::io(path, "read", &e))?;
            serde_json::from_slice(&bytes).map_err(|e| Error::io(path, "understand", &e.into()))
        }
        Some((None, frame, _)) => aside.record(usize::try_from(*frame).unwrap_or(usize::MAX)),
        None => Err(Error::Usage { message: "a card without a record".to_owned() }),
    })
}

/// Stores the table under its digest.
pub(super) fn store(relations: &Relations, staging: &mut Staging) -> Result<RelationsFrozen, Error> {
    let (digest, file) = staging.objects().store(relations.to_lines().as_bytes())?;
    staging.take(file)?;
    let (duplicates, translations) = relations.size();
    Ok(RelationsFrozen { digest, records: relations.records, duplicates, translations })
}

/// What became of kept records.
#[derive(Debug, Default)]
pub(super) struct Renewed {
    /// Records of the source.
    pub(super) records: u64,
    /// Those that are near-duplicates.
    pub(super) duplicates: u64,
    /// Those whose relations changed.
    pub(super) changed: u64,
}

impl Kept {
    /// Gives the records their new relations where these changed; the changes go to `delta`.
    pub(super) fn renew(
        &self,
        (pass, relations): (&Pass<'_>, &Relations),
        staging: &mut Staging,
        delta: &mut StagedFile,
    ) -> Result<Renewed, Error> {
        let path = pass.options.out.join(&self.name);
        let fault = |e: &std::io::Error| Error::io(&path, "read", e);
        let mut renewed = Renewed::default();
        let mut file = staging.create(&self.name)?;
        for line in BufReader::new(File::open(&path).map_err(|e| fault(&e))?).lines() {
            let line = line.map_err(|e| fault(&e))?;
            let mut record: Record = serde_json::from_str(&line).map_err(|e| fault(&e.into()))?;
            renewed.records += 1;
            if relations.are_those_of(&record) {
                file.line(&line)?;
            } else {
                renewed.changed += 1;
                relations.apply(&mut record);
                file.line(&digest::json_line(&record).map_err(|e| not_json(&e))?)?;
                record.delta = Some(Delta { change: Change::Changed, cause: "related".to_owned() });
                delta.line(&digest::json_line(&record).map_err(|e| not_json(&e))?)?;
            }
            renewed.duplicates += u64::from(record.duplicate_of.is_some());
        }
        if renewed.changed == 0 {
            file.discard()?;
        } else {
            staging.take(file)?;
        }
        Ok(renewed)
    }
}
