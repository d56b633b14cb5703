//! Reads what a compaction says of a capture file: which captures stay, and where they are now.

use super::verdict::{Verdict, short};
use crate::error::Error;
use crate::layout::object_file;
use crate::log::event::Compacted;
use crate::log::places::{FilePlaces, MovedCapture};
use sanad_document::digest;
use std::collections::HashSet;
use std::path::Path;

/// The captures that stay in a compacted file.
#[derive(Default)]
pub(super) struct Remaining {
    /// Offset and record id of each, where it was first read.
    pub(super) spots: HashSet<(u64, [u8; 16])>,
    pub(super) places: FilePlaces,
}

/// Reads the object that an event names. Returns none, with a finding, if it isn't there or isn't the right one.
///
/// # Errors
/// When the object can't be read.
pub(super) fn remaining(out: &Path, event: &Compacted, told: &mut Verdict) -> Result<Option<Remaining>, Error> {
    let Compacted { file, moved: object, kept, removed, reason, .. } = event;
    let day = event.at.get(..10).unwrap_or(&event.at);
    let captures = if *kept == 1 { "1 capture stays" } else { &format!("{kept} captures stay") };
    told.notes.push(format!("{file}: compacted on {day} ({reason}): {captures}, {removed} went"));
    told.count("compactions");
    let name = object_file(object);
    let path = out.join(&name);
    if !path.is_file() {
        told.missing(&name);
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, "read", &e))?;
    let moved = std::str::from_utf8(&bytes).ok().filter(|text| digest::sha256(text.as_bytes()) == *object);
    let moved = moved.and_then(MovedCapture::of_lines);
    let Some(moved) = moved.filter(|moved| moved.is_sorted() && moved.len() as u64 == *kept) else {
        told.mismatch(&name, format!("isn't the list of the captures that stay in {file}"));
        return Ok(None);
    };
    let spots = moved.iter().map(|m| (m.from, short(&m.record_id))).collect();
    Ok(Some(Remaining { spots, places: FilePlaces::new(&moved) }))
}
