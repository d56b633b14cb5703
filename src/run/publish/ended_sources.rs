//! Finds the sources that have records and no captures any more.

use super::relate::{first_of, readable};
use crate::error::Error;
use crate::layout::records_file;
use crate::run::judge::pass::Pass;
use crate::run::judge::source_tally::SourceTally;
use sanad_document::url_key;
use std::collections::{BTreeMap, BTreeSet};

/// Returns the sources that have ended: they have records, and none of the captures that the run read is theirs. Either
/// their captures were removed, or their hosts belong to another source now.
///
/// Records whose captures the run didn't read stay as they are: those of sources that weren't asked for, and those of
/// captures that only an offline run reads. `files` are the capture files that the run read.
///
/// # Errors
/// When there are no captures at all, as on a disk that isn't mounted: the run would remove every record.
pub(crate) fn ended_sources(
    pass: &Pass<'_>,
    files: &BTreeSet<String>,
    read: &BTreeMap<String, SourceTally>,
) -> Result<Vec<String>, Error> {
    let mut ended = Vec::new();
    let own: BTreeSet<String> = read.keys().map(|source| records_file(source)).collect();
    for name in readable(&pass.options.out)?.into_iter().filter(|name| !own.contains(name)) {
        let first = first_of(&pass.options.out.join(name))?;
        let was_moved = || {
            let host = first.url.map(|url| url_key::site_of(&url.requested)).unwrap_or_default();
            let now = pass.config.source_of(&host).map_or(host.as_str(), |source| source.id.as_str());
            now != first.source && pass.options.sources.iter().any(|source| source == now)
        };
        let has_ended = if pass.options.sources.is_empty() {
            let capture = first.prov.map(|prov| prov.capture.file).unwrap_or_default();
            files.contains(&capture) || !pass.options.raw.join(&capture).is_file()
        } else {
            was_moved()
        };
        if has_ended {
            ended.push(first.source);
        }
    }
    if !ended.is_empty() && files.is_empty() {
        let (raw, out) = (pass.options.raw.display(), pass.options.out.join("records"));
        let message = format!(
            "{raw}: no captures here, so this run would remove all records in {}; name the right folder with `--raw`, or \
             delete the records if they should go",
            out.display()
        );
        return Err(Error::Refused { message });
    }
    Ok(ended)
}
