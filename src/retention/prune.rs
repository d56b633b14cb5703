//! Retention: what no current record needs any more goes, by age and by number, and the log says what went and why.
//!
//! The newest run, every capture that a current record came from, and what proofs, explanations and the log itself stand on
//! are never touched. A capture file in which nothing is needed goes; one in which some captures are needed is compacted.

use super::capture_files::{self, CompactionPlan, digests};
use super::current_records::CurrentRecords;
use super::pruning::{Freed, Pruning};
use super::story::Story;
use crate::captures::remove_half_made;
use crate::error::Error;
use crate::log::event::{Event, PruneCompleted, Pruned};
use crate::log::reader::Log;
use crate::run::commit::event_log::open_log;
use crate::run::commit::lock;
use crate::run::commit::staging::Staging;
use sanad_document::digest;
use sanad_tlog::files_under;
use std::collections::{BTreeMap, BTreeSet};

/// Deletes what the limits allow. If the command is stopped on the way, either nothing has happened or the next
/// command that writes finishes it.
///
/// # Errors
/// When there is no log, or files can't be read or deleted.
pub fn prune(what: &Pruning<'_>) -> Result<Freed, Error> {
    Log::open(what.out)?;
    let state = what.out.join(".state");
    let lock = lock::Lock::take(&state)?;
    // What a stopped command left may add to the log.
    let writers = if what.dry_run { None } else { Some(open_log(what.out, what.keys)?) };
    let story = Story::read(&Log::open(what.out)?, what.out)?;
    let mut freed = Freed::default();
    let current = CurrentRecords::read(what.out)?;
    runs((&story, &current), what, &mut freed)?;
    let plans = capture_files::select((&story, &current), what, &mut freed)?;
    let cache = state.join("documents.pack");
    if what.cache {
        freed.cache = std::fs::metadata(&cache).map_or(0, |m| m.len());
    }
    if let Some((mut staging, mut tree)) = writers {
        remove_half_made(what.raw)?;
        compact(plans, &mut staging, &mut freed)?;
        if freed.bytes() > 0 || !freed.pruned.is_empty() {
            carry_out(what, &freed, &mut staging, &tree)?;
            staging.commit(&mut tree)?;
        }
        if freed.cache > 0 {
            std::fs::remove_file(&cache).map_err(|e| Error::io(&cache, "delete", &e))?;
        }
    }
    lock.release();
    Ok(freed)
}

/// Writes the compacted files.
fn compact(plans: Vec<CompactionPlan>, staging: &mut Staging, freed: &mut Freed) -> Result<(), Error> {
    freed.compacted.clear();
    for plan in plans {
        match plan.stage(staging)? {
            Ok(event) => freed.compacted.push(event),
            Err(held) => freed.held.push(held),
        }
    }
    Ok(())
}

/// Plans the deletions, and the events of all that is done.
fn carry_out(what: &Pruning<'_>, freed: &Freed, staging: &mut Staging, tree: &sanad_tlog::Writer) -> Result<(), Error> {
    let name = ".state/pruned.jsonl";
    let mut file = staging.create(name)?;
    let objects = staging.place();
    for pruned in &freed.pruned {
        for name in pruned.files.keys() {
            staging.delete(name);
        }
        for name in pruned.inputs.keys() {
            let path = what.raw.join(name);
            let path = std::fs::canonicalize(&path).map_err(|e| Error::io(&path, "find", &e))?;
            staging.delete_elsewhere(&path);
        }
    }
    let completed = PruneCompleted {
        at: what.now.to_owned(),
        pruned: (freed.pruned.len() + freed.compacted.len()) as u64,
        bytes: freed.bytes() - freed.cache,
        cache: freed.cache,
    };
    let pruned = freed.pruned.iter().cloned().map(Event::Pruned);
    let events = pruned.chain(freed.compacted.iter().cloned().map(Event::Compacted));
    for event in events.chain([Event::PruneCompleted(completed)]) {
        let (entry, object) = objects.entry(&event)?;
        object.into_iter().try_for_each(|object| staging.take(object))?;
        file.line(&digest::escaped(entry))?;
    }
    file.keep()?;
    staging.append(name, tree.size());
    Ok(())
}

/// Selects the files of old runs. Each run's report stays, and what proofs and explanations of current records
/// need.
fn runs((story, current): (&Story, &CurrentRecords), what: &Pruning<'_>, freed: &mut Freed) -> Result<(), Error> {
    let (mut gone, mut kept_tables) = (Vec::new(), BTreeSet::from([story.relations.clone()]));
    for (place, told) in story.runs.iter().rev().enumerate() {
        let drops = what.runs.drops(place, &told.at, what.now);
        // Its sources' tables may be those of earlier runs, and stored as changes to still earlier ones.
        if !drops {
            kept_tables.extend(told.tables.iter().cloned());
            kept_tables.extend(story.frozen.chains(told.end).flat_map(|chain| chain.objects().collect::<Vec<_>>()));
        }
        for source in current.sources.get(&told.run).into_iter().flatten() {
            kept_tables.extend(story.frozen.chain(source, told.end).objects());
        }
        if drops {
            gone.push(told);
        }
    }
    let mut taken = BTreeSet::new();
    for told in gone.into_iter().rev() {
        let is_needed = current.sources.contains_key(&told.run);
        let mut names = files_under(what.out, &format!("runs/{}", told.run))?;
        let stays = |n: &String| n.ends_with("/report.json") || is_needed && n.ends_with("/removed.jsonl");
        names.retain(|n| !stays(n));
        let tables = told.tables.difference(&story.detached).filter(|t| !kept_tables.contains(*t));
        names.extend(tables.filter(|t| what.out.join(t).is_file() && taken.insert((*t).clone())).cloned());
        if !names.is_empty() {
            let (files, bytes) = digests(what.out, names)?;
            let (at, reason) = (what.now.to_owned(), what.runs.reason());
            let run = Some(told.run.clone());
            freed.pruned.push(Pruned { at, reason, run, bytes, files, inputs: BTreeMap::new(), captures: 0 });
        }
    }
    Ok(())
}
