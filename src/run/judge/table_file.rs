//! The tables of repeated blocks of a run, in one file: written source by source, and read one source at a time.

use crate::error::Error;
use crate::log::frozen_tables::EMPTY;
use crate::storage::byte_range::{ByteRange, RangeReader};
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::digest;
use sanad_extract::boilerplate::document_frequency::{Repeats, SourceAndTemplate};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The tables of a run.
pub(crate) struct Tables {
    path: PathBuf,
    pub(super) index: TableIndex,
}

/// Where the tables are in their file.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct TableIndex {
    /// The whole table of each source.
    pub(super) sources: BTreeMap<String, SourceTable>,
    pub(super) lines: BTreeMap<SourceAndTemplate, Line>,
}

/// The position of a source's table, and its digest.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct SourceTable {
    pub(super) span: ByteRange,
    pub(super) digest: String,
}

/// The position of a line, and what identifies it.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct Line {
    pub(super) span: ByteRange,
    pub(super) mark: u64,
    /// Hash of the pages that it was counted on; their number; the number of blocks in it.
    pub(super) members: [u8; 32],
    pub(super) pages: u64,
    pub(super) blocks: u64,
}

/// Writes the file.
pub(super) struct TableFileWriter {
    path: PathBuf,
    out: BufWriter<File>,
    at: u64,
    index: TableIndex,
}

/// Reads tables; each thread has its own.
pub(crate) struct TableReader<'a> {
    tables: &'a Tables,
    reader: RangeReader,
    /// The source whose tables are loaded.
    source: String,
    loaded: HashMap<String, Repeats>,
}

impl TableFileWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// When it can't be created.
    pub(super) fn begin(path: PathBuf) -> Result<Self, Error> {
        let file = File::create(&path).map_err(|e| Error::io(&path, "create", &e))?;
        Ok(Self { path, out: BufWriter::new(file), at: 0, index: TableIndex::default() })
    }

    /// Adds the table of a source: its text, and what its lines are, in their order.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn add(
        &mut self,
        source: &str,
        text: &str,
        lines: impl Iterator<Item = (SourceAndTemplate, Line)>,
    ) -> Result<(), Error> {
        self.out.write_all(text.as_bytes()).map_err(|e| Error::io(&self.path, "write", &e))?;
        let span = |at: u64, text: &str| ByteRange { at, length: u32::try_from(text.len()).unwrap_or(u32::MAX) };
        let table = SourceTable { span: span(self.at, text), digest: digest::sha256(text.as_bytes()) };
        self.index.sources.insert(source.to_owned(), table);
        for (written, (key, line)) in text.lines().zip(lines) {
            self.index.lines.insert(key, Line { span: span(self.at, written), mark: mark(written), ..line });
            self.at += written.len() as u64 + 1;
        }
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn finish(mut self) -> Result<Tables, Error> {
        self.out.flush().map_err(|e| Error::io(&self.path, "write", &e))?;
        Ok(Tables { path: self.path, index: self.index })
    }
}

impl Tables {
    /// Stores the tables of an earlier run in a file: the text of each source's.
    ///
    /// # Errors
    /// When it can't be written, or a text is no table.
    pub(crate) fn of(path: &Path, texts: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut file = TableFileWriter::begin(path.to_owned())?;
        for (source, text) in texts {
            let lines = text.lines().map(|line| {
                let (key, repeats) = Repeats::of_line(line)?;
                Some((key, Line { blocks: repeats.blocks() as u64, ..Line::default() }))
            });
            let lines: Option<Vec<_>> = lines.collect();
            let lines = lines.ok_or_else(|| {
                let problem = format!("the table of {source} is not a table of repeated blocks");
                Error::Log { path: crate::log::LOG.to_owned(), problem }
            })?;
            file.add(source, text, lines.into_iter())?;
        }
        file.finish()
    }

    /// The path of their file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Digest of the table of a source.
    pub(crate) fn digest(&self, source: &str) -> &str {
        self.index.sources.get(source).map_or(EMPTY, |table| &table.digest)
    }

    /// A number that identifies the table of a template; zero if there is none.
    pub(crate) fn mark(&self, source: &str, template: &str) -> u64 {
        self.index.lines.get(&(source.to_owned(), template.to_owned())).map_or(0, |line| line.mark)
    }

    /// Returns a reader for one thread.
    pub(crate) fn reader(&self) -> TableReader<'_> {
        TableReader {
            tables: self,
            reader: RangeReader::of(self.path.clone()),
            source: String::new(),
            loaded: HashMap::new(),
        }
    }
}

impl TableReader<'_> {
    /// Returns the table of a template, or none if no page was counted.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn table(&mut self, source: &str, template: &str) -> Result<Option<&Repeats>, Error> {
        if self.source != source {
            // Captures come sorted by source: the tables of the previous one are no longer needed.
            self.loaded.clear();
            source.clone_into(&mut self.source);
        }
        if !self.loaded.contains_key(template) {
            let key = (source.to_owned(), template.to_owned());
            let Some(line) = self.tables.index.lines.get(&key) else { return Ok(None) };
            let repeats = self.read(line.span).map_err(|e| Error::io(&self.tables.path, "read", &e))?;
            self.loaded.insert(template.to_owned(), repeats);
        }
        Ok(self.loaded.get(template))
    }

    fn read(&mut self, span: ByteRange) -> io::Result<Repeats> {
        let line = str::from_utf8(self.reader.read(span)?).map_err(io::Error::other)?;
        Repeats::of_line(line).map(|(_, repeats)| repeats).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// A number that identifies a line.
pub(super) fn mark(line: &str) -> u64 {
    u64::from_le_bytes(blake3::hash(line.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default()).max(1)
}
