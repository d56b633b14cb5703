//! Local files as a source: each is captured under the address where it stood, once for each content.

use crate::Error;
use crate::Fault;
use crate::warc_store::Store;
use crate::{Outcome, Plan, Setup};
use std::path::{Path, PathBuf};
use url::Url;

/// Endings of files that are taken, and what they are.
const TYPES: [(&str, &str); 5] = [
    ("html", "text/html"),
    ("htm", "text/html"),
    ("shtml", "text/html"),
    ("xhtml", "application/xhtml+xml"),
    ("pdf", "application/pdf"),
];

/// Folders inside folders that are looked into: deeper ones are links in a circle.
const DEEPEST: usize = 32;

/// A file as it is captured.
pub(super) struct LocalFile {
    pub(super) content_type: &'static str,
    /// When it was last written (RFC 3339).
    pub(super) date: String,
    pub(super) body: Vec<u8>,
}

/// Captures the files of a plan's folders that are new or have changed; gives those that could not be read.
///
/// # Errors
/// When captures can't be written.
pub(super) fn take(plan: &Plan, setup: &Setup, store: &mut Store) -> Result<Vec<Outcome>, Error> {
    let mut failed = Vec::new();
    for (folder, address) in &plan.files {
        for (path, content_type) in files(folder) {
            let Some(url) = address_of(address, folder, &path) else { continue };
            if setup.is_taken_down(plan, &url) {
                failed.push(outcome(plan, &url, Fault::TakenDown));
                continue;
            }
            match read(&path, content_type, setup.limits.body) {
                Ok(file) => store.keep_file(&plan.id, url.as_str(), file)?,
                Err(fault) => failed.push(outcome(plan, &url, fault)),
            }
        }
    }
    Ok(failed)
}

fn outcome(plan: &Plan, url: &Url, fault: Fault) -> Outcome {
    Outcome { source: plan.id.clone(), url: url.to_string(), via: Vec::new(), tries: 1, result: Err(fault) }
}

/// The files under a folder that are taken, in the order of their names; a single file is taken as it is.
fn files(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let kind = |path: &Path| {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        TYPES.iter().find(|(known, _)| *known == ending).map(|(_, content_type)| *content_type)
    };
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((path, depth)) = open.pop() {
        if path.is_dir() && depth < DEEPEST {
            let inner = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|e| (e.path(), depth + 1));
            open.extend(
                inner.filter(|(path, _)| !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'))),
            );
        } else if let Some(content_type) = kind(&path) {
            found.push((path, content_type));
        }
    }
    found.sort();
    found
}

/// The address where a file stood: its path under the folder's.
fn address_of(address: &Url, folder: &Path, path: &Path) -> Option<Url> {
    let relative = path.strip_prefix(folder).ok()?;
    let mut url = address.clone();
    if relative.as_os_str().is_empty() {
        return Some(url); // the file itself was named, with its own address
    }
    let steps = relative.components().map(|c| c.as_os_str().to_string_lossy());
    url.path_segments_mut().ok()?.pop_if_empty().extend(steps);
    Some(url)
}

fn read(path: &Path, content_type: &'static str, limit: u64) -> Result<LocalFile, Fault> {
    let fault = |e: std::io::Error| Fault::File { cause: format!("{}: {e}", path.display()) };
    let about = std::fs::metadata(path).map_err(fault)?;
    if about.len() > limit {
        return Err(Fault::TooLarge { limit });
    }
    let written = about.modified().ok().and_then(|t| jiff::Timestamp::try_from(t).ok()).unwrap_or_default();
    let date = written.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(LocalFile { content_type, date, body: std::fs::read(path).map_err(fault)? })
}
