//! Where an export goes. What has a name appears whole or not at all: it is written aside, brought to the disk, and moved.

use super::manifest::{self, MANIFEST};
use crate::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::{NamedTempFile, TempDir};

/// A file on its way, or standard output.
pub(crate) struct Sink {
    name: String,
    out: BufWriter<Box<dyn Write + Send>>,
    /// Whether the reader of the output went away.
    closed: bool,
}

impl Sink {
    pub(crate) fn new(name: &str, out: Box<dyn Write + Send>) -> Self {
        Self { name: name.to_owned(), out: BufWriter::with_capacity(1 << 16, out), closed: false }
    }

    /// What an error of writing means here.
    pub(crate) fn faults(&self) -> impl Fn(&io::Error) -> Error + use<> {
        let name = self.name.clone();
        move |error| Error::io(Path::new(&name), "write", error)
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let fault = self.faults();
        self.flush().map_err(|e| fault(&e))
    }

    /// Whether the reader of the output went away.
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

/// Whether a file may be put in place here; a pipe or device is written to as it stands.
///
/// # Errors
/// When a folder stands there.
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

/// Puts a file in place: `write` makes its content beside it. An older file of the name is replaced.
///
/// # Errors
/// What `write` says, or when the file can't be put there.
pub(crate) fn file(path: &Path, write: impl FnOnce(&Path, File) -> Result<(), Error>) -> Result<(), Error> {
    // A link stays one: what it points to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let fault = |e: &io::Error| Error::io(path, "write", e);
    let parent = parent(&target);
    let aside = aside(&target, parent).map_err(|e| fault(&e))?;
    write(aside.path(), aside.reopen().map_err(|e| fault(&e))?)?;
    aside.as_file().sync_all().map_err(|e| fault(&e))?;
    aside.persist(&target).map_err(|e| fault(&e.error))?;
    sync(parent).map_err(|e| fault(&e))
}

/// Puts a folder in place: `write` fills one beside it. An older export of the name is replaced, anything else is not.
///
/// # Errors
/// When something else is there, what `write` says, or when the folder can't be put there.
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
        // What stood there goes with the folder aside.
        aside.close().map_err(fault)?;
    } else {
        fs::rename(aside.path(), &target).map_err(fault)?;
        // There is nothing under its old name to be deleted.
        drop(aside.keep());
    }
    sync(parent).map_err(fault)
}

/// Whether an older export (or an empty folder) stands there; an error where something else does.
fn is_export(path: &Path) -> Result<bool, Error> {
    let Ok(entries) = fs::read_dir(path) else {
        if path.exists() {
            let message = format!("--output {}: is a file, and this format makes a folder", path.display());
            return Err(Error::Usage { message });
        }
        return Ok(false);
    };
    let is_empty = entries.count() == 0;
    if is_empty || fs::read(path.join(MANIFEST)).is_ok_and(|bytes| manifest::is_one(&bytes)) {
        return Ok(true);
    }
    let message = format!(
        "--output {}: holds files that aren't an export (there is no {MANIFEST}); name a new folder, or empty this one",
        path.display()
    );
    Err(Error::Refused { message })
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How names begin while the files are written: hidden, beside the target.
fn prefix(target: &Path) -> String {
    let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    format!(".{name}.part-")
}

/// A file beside the target, as readable as any other, unlike other temporary files.
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

/// Swaps two folders in one step where the system can, else in two.
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

/// Hands all files of a folder to the disk: one call for the file system where there is one.
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
