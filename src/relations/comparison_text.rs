//! The parts of a record that comparisons look at. Reading only these costs a third of reading the whole record.

use crate::emit::Record;
use crate::error::Error;
use sanad_document::Kind;
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

/// A record as stored. Parsing it takes most of the time of a comparison, so it waits until the comparison is needed.
#[derive(Debug)]
pub struct Unread {
    /// Its JSON line.
    pub line: String,
    /// The file that holds it.
    pub file: PathBuf,
}

impl Unread {
    /// Parses what comparisons look at.
    ///
    /// # Errors
    /// If the line isn't a record.
    pub fn read(self) -> Result<ComparisonText, Error> {
        serde_json::from_str(&self.line).map_err(|e| Error::io(&self.file, "understand", &e.into()))
    }
}

/// The parts of a record that comparisons look at.
#[derive(Debug, Deserialize)]
pub struct ComparisonText {
    #[serde(default)]
    pub(super) title: Option<String>,
    pub(super) text: String,
    dates: Vec<ComparedDate>,
    pub(super) blocks: Vec<BlockSpan>,
    metadata: ComparedMetadata,
}

#[derive(Debug, Deserialize)]
struct ComparedDate {
    role: String,
    value: String,
}

#[derive(Debug, Deserialize)]
struct ComparedMetadata {
    #[serde(default)]
    document_number: Option<Value>,
}

/// The range of a block in the text, in code points.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct BlockSpan {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl ComparisonText {
    /// The first date of this role.
    pub(super) fn date(&self, role: &str) -> Option<&str> {
        self.dates.iter().find(|date| date.role == role).map(|date| date.value.as_str())
    }

    /// The document's number.
    pub(super) fn number(&self) -> Option<&Value> {
        self.metadata.document_number.as_ref()
    }
}

/// A text divided into blocks.
pub(super) trait Blocks {
    fn text(&self) -> &str;
    fn blocks(&self) -> impl ExactSizeIterator<Item = BlockSpan>;
}

impl Blocks for ComparisonText {
    fn text(&self) -> &str {
        &self.text
    }

    fn blocks(&self) -> impl ExactSizeIterator<Item = BlockSpan> {
        self.blocks.iter().copied()
    }
}

impl Blocks for Record {
    fn text(&self) -> &str {
        &self.text
    }

    fn blocks(&self) -> impl ExactSizeIterator<Item = BlockSpan> {
        self.blocks.iter().map(|block| BlockSpan { kind: block.kind, start: block.start, end: block.end })
    }
}
