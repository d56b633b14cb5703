//! Writes outputs so that a file or folder appears whole or not at all: it is written under a temporary name beside its
//! target, synced to disk, and renamed.

use super::manifest::{self, MANIFEST};
use crate::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::{NamedTempFile, TempDir};

/// A file being written, or standard output.
pub(crate) struct Sink {
    name: String,
    out: BufWriter<Box<dyn Write + Send>>,
    /// Whether the reader of the output closed it.
    closed: bool,
}

impl Sink {
    pub(crate) fn new(name: &str, out: Box<dyn Write + Send>) -> Self {
        Self { name: name.to_owned(), out: BufWriter::with_capacity(1 << 16, out), closed: false }
    }

    /// Returns a function that turns an error of writing into one that names this output.
    pub(crate) fn faults(&self) -> impl Fn(&io::Error) -> Error + use<> {
        let name = self.name.clone();
        move |error| Error::io(Path::new(&name), "write", error)
    }

    /// Flushes the buffer.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let fault = self.faults();
        self.flush().map_err(|e| fault(&e))
    }

    /// Returns true if the reader of the output closed it.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    fn note(&mut self, error: io::Error) -> io::Error {
        self.closed |= error.kind() == io::ErrorKind::BrokenPipe;
        error
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(|e| self.note(e))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(|e| self.note(e))
    }
}

/// Returns true if a file may be renamed to this path. A pipe or device must be written to instead.
///
/// # Errors
/// If a folder is there.
pub(crate) fn is_replaceable(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            let message = format!("--output {}: is a folder; name a file", path.display());
            Err(Error::Usage { message })
        }
        Ok(found) => Ok(found.is_file()),
        Err(_) => Ok(true),
    }
}

/// Writes a file atomically: `write` writes a temporary file, given by its path and open, which then replaces the
/// target.
///
/// # Errors
/// The errors of `write`, and if the file can't be written there.
pub(crate) fn file(path: &Path, write: impl FnOnce(&Path, File) -> Result<(), Error>) -> Result<(), Error> {
    // A symbolic link stays; the file that it points to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let fault = |e: &io::Error| Error::io(path, "write", e);
    let parent = parent(&target);
    let aside = aside(&target, parent).map_err(|e| fault(&e))?;
    write(aside.path(), aside.reopen().map_err(|e| fault(&e))?)?;
    aside.as_file().sync_all().map_err(|e| fault(&e))?;
    aside.persist(&target).map_err(|e| fault(&e.error))?;
    sync(parent).map_err(|e| fault(&e))
}

/// Writes a folder atomically: `write` fills a temporary folder, which then becomes the target. An older export or an
/// empty folder is replaced, anything else is not.
///
/// # Errors
/// If something else is there, the errors of `write`, and if the folder can't be written there.
pub(crate) fn folder(path: &Path, write: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let stands = is_export(path)?;
    let fault = |e: io::Error| Error::io(path, "write", &e);
    let parent = parent(&target);
    let aside = tempfile::Builder::new().prefix(&prefix(&target)).tempdir_in(parent).map_err(fault)?;
    write(aside.path())?;
    sync_files(aside.path()).map_err(fault)?;
    if stands {
        exchange(&aside, &target).map_err(fault)?;
        // The temporary name now holds the old folder.
        aside.close().map_err(fault)?;
    } else {
        fs::rename(aside.path(), &target).map_err(fault)?;
        // Nothing is left under the temporary name to delete.
        drop(aside.keep());
    }
    sync(parent).map_err(fault)
}

/// Returns true if an older export or an empty folder is there, and fails if something else is.
fn is_export(path: &Path) -> Result<bool, Error> {
    let Ok(entries) = fs::read_dir(path) else {
        if path.exists() {
            let message =
                format!("--output {}: is a file, but this format writes a folder; name a folder", path.display());
            return Err(Error::Usage { message });
        }
        return Ok(false);
    };
    let is_empty = entries.count() == 0;
    if is_empty || fs::read(path.join(MANIFEST)).is_ok_and(|bytes| manifest::is_one(&bytes)) {
        return Ok(true);
    }
    let message = format!(
        "--output {}: holds files that aren't an export (no {MANIFEST} among them); name a new folder or empty this one",
        path.display()
    );
    Err(Error::Refused { message })
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The prefix of temporary names: hidden files beside the target.
fn prefix(target: &Path) -> String {
    let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    format!(".{name}.part-")
}

/// Creates a temporary file beside the target, with the permissions of an ordinary new file.
fn aside(target: &Path, parent: &Path) -> io::Result<NamedTempFile> {
    let prefix = prefix(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(parent)
}

/// Swaps two folders: atomically if the system can, else in three renames.
fn exchange(aside: &TempDir, target: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, aside.path(), CWD, target, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    let old = aside.path().with_extension("old");
    fs::rename(target, &old)?;
    fs::rename(aside.path(), target)?;
    fs::rename(&old, aside.path())
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Syncs all files of a folder to disk; on Linux with one call for the whole file system.
fn sync_files(folder: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        Ok(rustix::fs::syncfs(File::open(folder)?)?)
    }
    #[cfg(not(target_os = "linux"))]
    {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { sync_files(&path)? } else { File::open(path)?.sync_all()? }
        }
        Ok(())
    }
}
