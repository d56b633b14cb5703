//! A file that a thread of its own writes: the last stage goes through the records one after another, and to hash and write
//! them twice was most of it.

use super::staging::StagedFile;
use crate::error::Error;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Lines that wait to be written.
const WAITING: usize = 16;

/// The file.
pub(super) struct Behind(Option<Writing>);

struct Writing {
    lines: SyncSender<String>,
    thread: JoinHandle<Result<StagedFile, Error>>,
}

impl Behind {
    /// Goes on with a file.
    pub(super) fn begin(mut file: StagedFile) -> Self {
        let (lines, waiting) = sync_channel::<String>(WAITING);
        let thread = std::thread::spawn(move || {
            waiting.iter().try_for_each(|line| file.line(&line))?;
            Ok(file)
        });
        Self(Some(Writing { lines, thread }))
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When this or an earlier line can't be written.
    pub(super) fn line(&mut self, line: String) -> Result<(), Error> {
        match &self.0 {
            Some(writing) if writing.lines.send(line).is_ok() => Ok(()),
            // The thread has ended before its time.
            _ => self.end().map(|_| ()),
        }
    }

    /// All lines are there.
    ///
    /// # Errors
    /// When one couldn't be written.
    pub(super) fn finish(mut self) -> Result<StagedFile, Error> {
        self.end()
    }

    fn end(&mut self) -> Result<StagedFile, Error> {
        let failed = || Error::io(Path::new("records.jsonl"), "write", &std::io::ErrorKind::BrokenPipe.into());
        let Writing { lines, thread } = self.0.take().ok_or_else(failed)?;
        drop(lines);
        thread.join().unwrap_or_else(|_| Err(failed()))
    }
}
