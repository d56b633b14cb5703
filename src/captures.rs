//! Lists the files of a captures folder, and removes those that a stopped command left half made.

use crate::error::Error;
use crate::log::event::Input;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Returns the files that hold captures, sorted by path; with `own_only`, only the WARC files that this program wrote.
///
/// # Errors
/// If the folder can't be read.
pub(crate) fn files(raw: &Path, own_only: bool) -> Result<Vec<Input>, Error> {
    let mut found = Vec::new();
    if raw.is_dir() {
        walk(raw, raw, &mut found)?;
    } else if !own_only {
        return Err(Error::NoFolder { path: raw.display().to_string(), option: "--raw".to_owned() });
    }
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    found.retain(|(name, _)| !is_sidecar(name, &names));
    if own_only {
        let mut own = Vec::new();
        for (name, path) in found {
            if sanad_warc::is_warc(&name)
                && sanad_warc::Reader::software_of(&path)?.is_some_and(|s| s.starts_with("sanad/"))
            {
                own.push((name, path));
            }
        }
        found = own;
    }
    found.sort();
    found
        .into_iter()
        .map(|(file, path)| {
            let bytes = std::fs::metadata(&path).map_err(|e| Error::io(&path, "read", &e))?.len();
            Ok(Input { file, bytes })
        })
        .collect()
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<(String, PathBuf)>) -> Result<(), Error> {
    let fault = |e: io::Error| Error::io(folder, "read", &e);
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name == "README.md" {
            continue;
        }
        if path.is_symlink() {
            skip_link(root, &path);
            continue;
        }
        if path.is_dir() {
            walk(root, &path, found)?;
        } else {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.push((relative, path));
        }
    }
    Ok(())
}

/// The links that this process has told of.
static TOLD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Tells of a link that leads out of the folder or nowhere, once. One that stays inside leads to what is read anyway.
fn skip_link(root: &Path, link: &Path) {
    let stays = || Some(link.canonicalize().ok()?.starts_with(root.canonicalize().ok()?));
    if stays() != Some(true) && TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(link.to_owned()) {
        let link = link.display().to_string();
        tracing::warn!(link, "this link leads out of the folder of captures and is not followed; copy what it names");
    }
}

/// The absolute path of a file, by which a plan names it that another folder may carry out.
///
/// # Errors
/// When there is no such file.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::fs::canonicalize(path).map_err(|e| Error::io(path, "find", &e))
}

/// Returns true for a file that isn't a link.
pub(crate) fn is_own_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// Returns true for a sidecar: `page.html.json` or `page.json` beside `page.html`.
fn is_sidecar(name: &str, names: &[String]) -> bool {
    name.strip_suffix(".json").is_some_and(|stem| {
        names.iter().any(|n| n != name && (n == stem || n.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.'))))
    })
}

/// Returns the paths that the sidecar of a plain file may have.
pub(super) fn sidecars(path: &Path) -> [PathBuf; 2] {
    [PathBuf::from(format!("{}.json", path.display())), path.with_extension("json")]
}

/// Prefix of capture files that are being written again. Files whose name begins with a dot are never read.
pub(crate) const HALF_MADE: &str = ".rewriting-";

/// Removes files left by a command that was stopped before its plan was complete. What a complete plan names must have been
/// moved before.
///
/// # Errors
/// When the folder can't be read, or a file can't be removed.
pub(crate) fn remove_half_made(raw: &Path) -> Result<(), Error> {
    let mut folders: Vec<PathBuf> = Some(raw).filter(|raw| raw.is_dir()).map(Path::to_owned).into_iter().collect();
    while let Some(folder) = folders.pop() {
        let fault = |e: io::Error| Error::io(&folder, "read", &e);
        for entry in std::fs::read_dir(&folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(HALF_MADE)) {
                std::fs::remove_file(&path).map_err(|e| Error::io(&path, "delete", &e))?;
            }
        }
    }
    Ok(())
}
