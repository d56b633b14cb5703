//! Syncs large files to disk in the background while they grow (write-back), so that the final sync finds little left
//! to do.

use std::fs::File;
use std::io;
use std::thread::JoinHandle;

/// Bytes of a growing file between two syncs.
const STRIDE: usize = 16 << 20;
/// A complete file is synced once more if it grew by more than this since the last sync. Less is left to the final
/// sync.
const LEAST: usize = 4 << 20;

/// The background sync of one file.
#[derive(Default)]
pub(crate) struct BackgroundSync {
    /// Bytes written since the last sync began.
    bytes: usize,
    sync: Option<JoinHandle<io::Result<()>>>,
}

impl BackgroundSync {
    /// Notes that bytes were written to the file, and may begin a sync.
    ///
    /// # Errors
    /// When an earlier sync failed. The system reports a write error only once, so the final sync wouldn't see it.
    pub(crate) fn wrote(&mut self, bytes: usize, file: &File) -> io::Result<()> {
        self.bytes += bytes;
        if self.bytes >= STRIDE && self.sync.as_ref().is_none_or(JoinHandle::is_finished) {
            std::mem::take(self).wait()?;
            self.begin(file.try_clone()?);
        }
        Ok(())
    }

    /// Notes that the file is complete.
    pub(crate) fn complete(&mut self, file: File) {
        if self.bytes >= LEAST {
            self.begin(file);
        }
    }

    fn begin(&mut self, file: File) {
        let before = std::mem::take(self);
        let sync = move || before.wait().and_then(|()| file.sync_data());
        self.sync = Some(std::thread::spawn(sync));
    }

    /// Waits for the last sync.
    ///
    /// # Errors
    /// When a sync failed.
    pub(super) fn wait(self) -> io::Result<()> {
        self.sync.map_or(Ok(()), |sync| sync.join().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into())))
    }
}
