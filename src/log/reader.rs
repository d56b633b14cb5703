//! Reads the events of a log.

use crate::error::Error;
use crate::log::event::Event;
use crate::log::{LOG, read_event};
use sanad_tlog::Reader;
use std::ops::Range;
use std::path::Path;

/// The log as far as commands read it.
pub(crate) struct Log {
    pub(crate) reader: Reader,
    pub(crate) size: u64,
}

impl Log {
    /// Opens the log of a results folder.
    ///
    /// # Errors
    /// When there is none, or its checkpoint can't be read.
    pub(crate) fn open(out: &Path) -> Result<Self, Error> {
        let reader = Reader::new(&out.join(LOG));
        let size = reader.size()?;
        if size == 0 {
            return Err(Error::NoResults { path: out.display().to_string() });
        }
        Ok(Self { reader, size })
    }

    /// Calls for each event from `start` on until it is told to stop.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn each(&self, out: &Path, start: u64, mut take: impl FnMut(u64, Event) -> bool) -> Result<(), Error> {
        let mut index = start;
        while index < self.size {
            let from = usize::try_from(index % 256).unwrap_or(0);
            for entry in self.reader.bundle(index / 256, self.size)?.into_iter().skip(from) {
                if !take(index, read_event(out, &entry)?) {
                    return Ok(());
                }
                index += 1;
            }
        }
        Ok(())
    }

    /// The events of a name in a range of the log, with their indexes; the others aren't read.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn named(&self, out: &Path, name: &str, range: Range<u64>) -> Result<Vec<(u64, Event)>, Error> {
        let mut found = Vec::new();
        self.each_named(out, name, range, |index, event| found.push((index, event)))?;
        Ok(found)
    }

    /// Calls for each event of a name in a range of the log; the others aren't read.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn each_named(
        &self,
        out: &Path,
        name: &str,
        range: Range<u64>,
        mut take: impl FnMut(u64, Event),
    ) -> Result<(), Error> {
        let Range { start, end } = range;
        // A long event stands elsewhere, and its entry names it all the same.
        let finder = memchr::memmem::Finder::new(name);
        for bundle in start / 256..end.min(self.size).div_ceil(256) {
            for (entry, index) in self.reader.bundle(bundle, self.size)?.iter().zip(bundle * 256..end) {
                if index >= start && finder.find(entry).is_some() {
                    let event = read_event(out, entry)?;
                    if event.name() == name {
                        take(index, event);
                    }
                }
            }
        }
        Ok(())
    }

    /// Calls for each event of the whole log; with it the digest of the file it stands in, where it has one of its own.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn each_with_file(
        &self,
        out: &Path,
        mut take: impl FnMut(u64, Event, Option<&str>),
    ) -> Result<(), Error> {
        for bundle in 0..self.size.div_ceil(256) {
            for (index, entry) in (bundle * 256..).zip(self.reader.bundle(bundle, self.size)?) {
                let detached = match Event::parse(&entry) {
                    Ok(Event::Detached(detached)) => Some(detached.digest),
                    _ => None,
                };
                take(index, read_event(out, &entry)?, detached.as_deref());
            }
        }
        Ok(())
    }

    /// The runs, with the index of their first event, oldest first.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(crate) fn runs(&self, out: &Path) -> Result<Vec<(String, u64)>, Error> {
        let mut runs = Vec::new();
        self.each(out, 0, |index, event| {
            if let Event::RunStarted(started) = event {
                runs.push((started.run, index));
            }
            true
        })?;
        Ok(runs)
    }
}
