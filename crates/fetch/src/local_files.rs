//! Local files as a source: each is captured under the address where it was published, once per content.

use crate::clock::{Clock, warc_date};
use crate::named_by::NamedBy;
use crate::warc_store::{LocalFile, WarcStore};
use crate::{Error, Fault, FetchOutcome, Plan, Setup};
use sanad_document::secrets::masked;
use std::path::{Path, PathBuf};
use url::Url;

/// Extensions of the files that are captured, and their media types.
const TYPES: [(&str, &str); 5] = [
    ("html", "text/html"),
    ("htm", "text/html"),
    ("shtml", "text/html"),
    ("xhtml", "application/xhtml+xml"),
    ("pdf", "application/pdf"),
];

/// The limit on the depth of folders. Only a loop of links goes deeper.
const DEEPEST: usize = 32;

/// Captures the local files of a plan that are new or have changed. Returns the outcomes of those that failed.
///
/// # Errors
/// [`Error`] if captures can't be written.
pub(super) fn capture(plan: &Plan, setup: &Setup, store: &mut WarcStore) -> Result<Vec<FetchOutcome>, Error> {
    let mut failed = Vec::new();
    for (folder, address) in &plan.files {
        for (path, content_type) in files(folder) {
            let Some(url) = address_of(address, folder, &path) else { continue };
            if setup.is_taken_down(plan, &url) {
                failed.push(failure(plan, &url, Fault::TakenDown));
                continue;
            }
            match read(&path, content_type, setup.limits.body, setup.clock) {
                Ok(file) => store.capture_file(&plan.id, url.as_str(), file)?,
                Err(fault) => failed.push(failure(plan, &url, fault)),
            }
        }
    }
    Ok(failed)
}

fn failure(plan: &Plan, url: &Url, fault: Fault) -> FetchOutcome {
    FetchOutcome {
        source: plan.id.clone(),
        url: masked(url.as_str()).into_owned(),
        via: Vec::new(),
        named_by: NamedBy::Configuration,
        tries: 1,
        result: Err(fault),
    }
}

/// Returns true if a local file of this name is captured.
#[must_use]
pub fn is_local_page(path: &Path) -> bool {
    media_type(path).is_some()
}

fn media_type(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, content_type)| *content_type)
}

/// The files to capture in a folder, sorted by path, with their media types. `folder` may also be a single file. Hidden
/// files and folders are left out.
fn files(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((path, depth)) = open.pop() {
        if path.is_dir() && depth < DEEPEST {
            let inner = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|e| (e.path(), depth + 1));
            open.extend(
                inner.filter(|(path, _)| !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'))),
            );
        } else if let Some(content_type) = media_type(&path) {
            found.push((path, content_type));
        }
    }
    found.sort();
    found
}

/// The address of a file: the folder's address with the file's path below the folder.
fn address_of(address: &Url, folder: &Path, path: &Path) -> Option<Url> {
    let relative = path.strip_prefix(folder).ok()?;
    let mut url = address.clone();
    if relative.as_os_str().is_empty() {
        return Some(url); // the plan names the file itself, with its address
    }
    let steps = relative.components().map(|c| c.as_os_str().to_string_lossy());
    url.path_segments_mut().ok()?.pop_if_empty().extend(steps);
    Some(url)
}

/// Reads a file of at most `limit` bytes.
fn read(path: &Path, content_type: &'static str, limit: u64, clock: Clock) -> Result<LocalFile, Fault> {
    let fault = |e: std::io::Error| Fault::File { cause: format!("{}: {e}", path.display()) };
    let metadata = std::fs::metadata(path).map_err(fault)?;
    if metadata.len() > limit {
        return Err(Fault::TooLarge { limit });
    }
    let modified = metadata.modified().ok().and_then(|t| jiff::Timestamp::try_from(t).ok()).unwrap_or_default();
    // On a rehearsed day a file can't be of a later one.
    let modified = if clock.is_rehearsal() { modified.min(clock.now()) } else { modified };
    let date = warc_date(modified);
    Ok(LocalFile { content_type, date, body: std::fs::read(path).map_err(fault)? })
}
