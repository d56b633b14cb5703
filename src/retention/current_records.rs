//! Where the current records came from.

use crate::emit::record::{CaptureRef, Prov};
use crate::emit::store::record_files;
use crate::error::Error;
use sanad_document::Place;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Where the current records came from.
#[derive(Debug, Default)]
pub(super) struct CurrentRecords {
    /// The captures that they name. A record keeps its capture when a newer one says the same.
    pub(super) captures: BTreeSet<Place>,
    /// By run, the sources of the records that it made.
    pub(super) sources: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    source: String,
    prov: Option<Prov>,
}

impl CurrentRecords {
    /// # Errors
    /// When the records can't be read.
    pub(super) fn read(out: &Path) -> Result<Self, Error> {
        let mut current = Self::default();
        for name in record_files(out)? {
            let path = out.join(&name);
            let file = File::open(&path).map_err(|e| Error::io(&path, "read", &e))?;
            for line in BufReader::new(file).split(b'\n') {
                let line = line.map_err(|e| Error::io(&path, "read", &e))?;
                let line: Line =
                    serde_json::from_slice(&line).map_err(|e| Error::io(&path, "understand", &e.into()))?;
                if let Some(prov) = line.prov {
                    current.add(line.source, prov);
                }
            }
        }
        Ok(current)
    }

    fn add(&mut self, source: String, prov: Prov) {
        let captures = std::iter::once(prov.capture).chain(prov.later_pages);
        self.captures.extend(captures.map(|CaptureRef { file, offset, record_id, .. }| Place {
            file,
            offset,
            record_id,
        }));
        self.sources.entry(prov.run).or_default().insert(source);
    }
}
