//! Bringing large files to the disk while a run goes on: what is left to the sync at its end is time that nothing else uses.

use std::fs::File;
use std::io;
use std::thread::JoinHandle;

/// Bytes of a growing file from one sync to the next.
const STRIDE: usize = 16 << 20;
/// Bytes that a complete file must have more than at the last sync; fewer are left to the end.
const LEAST: usize = 4 << 20;

/// A file's way to the disk.
#[derive(Default)]
pub(crate) struct BackgroundSync {
    /// Bytes since the last sync began.
    bytes: usize,
    sync: Option<JoinHandle<io::Result<()>>>,
}

impl BackgroundSync {
    /// So many bytes more have been written to the file.
    ///
    /// # Errors
    /// When an earlier sync failed: a fault is told to the first who asks, so the sync at the end wouldn't know.
    pub(crate) fn wrote(&mut self, bytes: usize, file: &File) -> io::Result<()> {
        self.bytes += bytes;
        if self.bytes >= STRIDE && self.sync.as_ref().is_none_or(JoinHandle::is_finished) {
            std::mem::take(self).wait()?;
            self.begin(file.try_clone()?);
        }
        Ok(())
    }

    /// The file is complete.
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

    /// Waits until the last sync has ended.
    ///
    /// # Errors
    /// When one failed.
    pub(super) fn wait(self) -> io::Result<()> {
        self.sync.map_or(Ok(()), |sync| sync.join().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into())))
    }
}
