//! Writes a staged file on a background thread. The final stage is sequential; hashing and writing this copy of the
//! records used to dominate it.

use crate::error::Error;
use crate::run::commit::staged_file::StagedFile;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Bytes of lines handed to the thread at a time, so that the threads seldom wake each other, and how many such
/// batches may wait.
const LOT: usize = 1 << 18;
const WAITING: usize = 2;

/// A file that is written in the background.
pub(super) struct BackgroundWriter {
    lot: Vec<String>,
    /// Bytes in the current batch.
    bytes: usize,
    writing: Option<Writing>,
}

struct Writing {
    lots: SyncSender<Vec<String>>,
    thread: JoinHandle<Result<StagedFile, Error>>,
}

impl BackgroundWriter {
    /// Hands a staged file to a thread.
    pub(super) fn begin(mut file: StagedFile) -> Self {
        let (lots, waiting) = sync_channel::<Vec<String>>(WAITING);
        let thread = std::thread::spawn(move || {
            waiting.iter().flatten().try_for_each(|line| file.line(&line))?;
            Ok(file)
        });
        Self { lot: Vec::new(), bytes: 0, writing: Some(Writing { lots, thread }) }
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When an earlier line couldn't be written.
    pub(super) fn line(&mut self, line: String) -> Result<(), Error> {
        self.bytes += line.len();
        self.lot.push(line);
        if self.bytes < LOT { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> Result<(), Error> {
        self.bytes = 0;
        let lot = std::mem::take(&mut self.lot);
        match &self.writing {
            Some(writing) if writing.lots.send(lot).is_ok() => Ok(()),
            // The thread has stopped early.
            _ => self.end().map(|_| ()),
        }
    }

    /// Waits until all lines are written and returns the file.
    ///
    /// # Errors
    /// When a line couldn't be written.
    pub(super) fn finish(mut self) -> Result<StagedFile, Error> {
        self.hand_over()?;
        self.end()
    }

    fn end(&mut self) -> Result<StagedFile, Error> {
        let failed = || Error::io(Path::new("records.jsonl"), "write", &std::io::ErrorKind::BrokenPipe.into());
        let Writing { lots, thread } = self.writing.take().ok_or_else(failed)?;
        drop(lots);
        thread.join().unwrap_or_else(|_| Err(failed()))
    }
}
