//! The lock on a results folder: two runs would overwrite each other's results.

use crate::error::Error;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

/// A held lock. The system releases it when the process ends, however it ends.
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock in the state folder.
    ///
    /// # Errors
    /// [`Error::Locked`] when another run holds it.
    pub(crate) fn take(state: &Path) -> Result<Self, Error> {
        let path = state.join("lock");
        let fault = |e: std::io::Error| Error::io(&path, "lock", &e);
        let mut file =
            File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // The holder may not have written its process id yet.
                drop(file.read_to_string(&mut pid));
                return Err(Error::Locked { path: path.display().to_string(), pid: pid.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(fault)?;
        Ok(Self { file })
    }

    /// Releases the lock.
    pub(crate) fn release(self) {
        // Closing the file releases it too.
        drop(self.file.unlock());
    }
}
