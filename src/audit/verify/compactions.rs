//! Follows a compaction: what went needn't be there any more, and what stayed is at its new place.

use super::events::{Body, Stated};
use super::verdict::{Verdict, short};
use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::Compacted;
use crate::log::places::{FilePlaces, MovedCapture};
use sanad_document::digest;
use std::collections::HashSet;
use std::path::Path;

/// Takes the event of a compaction.
///
/// # Errors
/// When the object with the moved captures can't be read.
pub(super) fn take(out: &Path, stated: &mut Stated, event: &Compacted, told: &mut Verdict) -> Result<(), Error> {
    let Compacted { file, before, after, moved: object, kept, removed, reason, .. } = event;
    let day = event.at.get(..10).unwrap_or(&event.at);
    let captures = if *kept == 1 { "1 capture stays" } else { &format!("{kept} captures stay") };
    told.notes.push(format!("{file}: compacted on {day} ({reason}): {captures}, {removed} went"));
    told.count("compactions");
    if stated.inputs.get(file) != Some(before) {
        told.mismatch(file, "its compaction changed another file than the log knew");
    }
    stated.inputs.insert(file.clone(), after.clone());
    let name = object_file(object);
    stated.files.insert(name.clone(), object.clone());
    let path = out.join(&name);
    if !path.is_file() {
        told.missing(&name);
        // Without the list nobody can say where they are.
        stated.captures.remove(file);
        return Ok(());
    }
    let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?;
    let moved = std::str::from_utf8(&bytes).ok().filter(|text| digest::sha256(text.as_bytes()) == *object);
    let moved = moved.and_then(MovedCapture::of_lines);
    let Some(moved) = moved.filter(|moved| moved.is_sorted() && moved.len() as u64 == *kept) else {
        told.mismatch(&name, format!("isn't the list of the captures that stay in {file}"));
        stated.captures.remove(file);
        return Ok(());
    };
    let stays: HashSet<_> = moved.iter().map(|m| (m.from, short(&m.record_id))).collect();
    if let Some(captures) = stated.captures.get_mut(file) {
        // What was taken down must not come back.
        captures.retain(|spot, body| *body == Body::Erased || stays.contains(spot));
    }
    stated.moved.insert(file.clone(), FilePlaces::new(&moved));
    Ok(())
}
