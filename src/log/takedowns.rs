//! Documents that were taken down: what the log says of them keeps them from coming back, by a later fetch or in another
//! crawler's file, unless the configuration asks for them.

use super::event::Event;
use super::reader::Log;
use crate::config::Config;
use crate::error::Error;
use sanad_document::url_key;
use std::collections::BTreeSet;
use std::path::Path;

/// Record ids of the documents, and of the addresses they were captured from, that were taken down before the event of this
/// index, without those that a source's `bring_back` names.
///
/// # Errors
/// When the log can't be read.
pub(crate) fn before(out: &Path, config: &Config, index: u64) -> Result<BTreeSet<String>, Error> {
    let mut ids = BTreeSet::new();
    if index == 0 {
        return Ok(ids);
    }
    let log = Log::open(out)?;
    for (_, event) in log.named(out, "document.erased", 0..index)? {
        if let Event::Erased(erased) = event {
            ids.insert(erased.id);
            ids.extend(erased.also);
        }
    }
    for url in config.sources.values().flat_map(|s| &s.bring_back) {
        ids.remove(&url_key::record_id(&url_key::canonical_url(url)));
    }
    Ok(ids)
}
