//! Durable files: written so that nobody sees half of one, and synced to the disk.
//!
//! These functions know nothing of logs; whoever keeps files beside a log uses them too.

use crate::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of unfinished files begin. A killed writer leaves them behind; the next one deletes them.
pub(crate) const UNFINISHED: &str = ".new-";

/// Replaces the file `folder/name` atomically and syncs it: readers see the old content or the new, never a part of it.
///
/// Creates missing folders. The new file is readable by everyone (mode 644).
///
/// # Errors
/// [`Error::Io`] if the file can't be written.
pub fn replace(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<(), Error> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    let put = || -> io::Result<()> {
        fs::create_dir_all(parent)?;
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(parent)?;
        file.write_all(content.as_ref())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Temporary files are created for their owner alone.
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|e| e.error)?;
        File::open(parent)?.sync_all()
    };
    put().map_err(|e| Error::io(&path, "write", &e))
}

/// Syncs `files`, all of them under `folder`, to the disk. On Linux this is one call for the whole file system.
///
/// # Errors
/// [`Error::Io`] if the system can't sync.
pub fn sync(folder: &Path, files: &[PathBuf]) -> Result<(), Error> {
    if files.is_empty() {
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    {
        let fault = |e: io::Error| Error::io(folder, "sync", &e);
        let handle = File::open(folder).map_err(fault)?;
        rustix::fs::syncfs(&handle).map_err(|e| fault(e.into()))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let sync =
            |path: &PathBuf| File::open(path).and_then(|f| f.sync_all()).map_err(|e| Error::io(path, "sync", &e));
        files.iter().try_for_each(sync)
    }
}

/// All files under `folder/name`, at any depth, as paths relative to `folder`, sorted. Empty if `folder/name` doesn't
/// exist.
///
/// # Errors
/// [`Error::Io`] if a folder can't be read.
pub fn files_under(folder: &Path, name: &str) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        let path = folder.join(&name);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(Error::io(&path, "read", &e)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| Error::io(&path, "read", &e))?;
            let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
            let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
            if is_folder { open.push(inner) } else { names.push(inner) }
        }
    }
    names.sort();
    Ok(names)
}

/// Names of the files directly in a folder. Empty if the folder doesn't exist.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(folder, "read", &e)),
    };
    let files = entries.filter_map(Result::ok).filter(|e| e.file_type().is_ok_and(|t| t.is_file()));
    Ok(files.map(|e| e.file_name().to_string_lossy().into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_leaves_nothing_unfinished_behind() {
        let folder = tempfile::tempdir().unwrap();
        for content in ["one", "two"] {
            replace(folder.path(), "a/b", content).unwrap();
            assert_eq!(fs::read_to_string(folder.path().join("a/b")).unwrap(), content);
        }
        assert_eq!(files_under(folder.path(), "a").unwrap(), ["a/b"]);
        assert_eq!(files_in(&folder.path().join("a")).unwrap(), ["b"]);
        assert!(files_under(folder.path(), "none").unwrap().is_empty());
    }
}
