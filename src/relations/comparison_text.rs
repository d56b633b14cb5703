//! What comparisons look at of a record: its text and a few words beside it, a third of what the whole takes.

use crate::emit::Record;
use sanad_document::Kind;
use serde::Deserialize;
use serde_json::Value;

/// A record that is compared.
#[derive(Debug, Deserialize)]
pub struct Compared {
    #[serde(default)]
    pub(super) title: Option<String>,
    pub(super) text: String,
    dates: Vec<Stated>,
    pub(super) blocks: Vec<Stretch>,
    metadata: Further,
}

#[derive(Debug, Deserialize)]
struct Stated {
    role: String,
    value: String,
}

#[derive(Debug, Deserialize)]
struct Further {
    #[serde(default)]
    document_number: Option<Value>,
}

/// Where a block stands in the text, in code points.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Stretch {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Compared {
    /// The first date of this role.
    pub(super) fn date(&self, role: &str) -> Option<&str> {
        self.dates.iter().find(|date| date.role == role).map(|date| date.value.as_str())
    }

    /// The document's number.
    pub(super) fn number(&self) -> Option<&Value> {
        self.metadata.document_number.as_ref()
    }
}

/// A text with its blocks.
pub(super) trait Blocks {
    fn text(&self) -> &str;
    fn blocks(&self) -> impl ExactSizeIterator<Item = Stretch>;
}

impl Blocks for Compared {
    fn text(&self) -> &str {
        &self.text
    }

    fn blocks(&self) -> impl ExactSizeIterator<Item = Stretch> {
        self.blocks.iter().copied()
    }
}

impl Blocks for Record {
    fn text(&self) -> &str {
        &self.text
    }

    fn blocks(&self) -> impl ExactSizeIterator<Item = Stretch> {
        self.blocks.iter().map(|block| Stretch { kind: block.kind, start: block.start, end: block.end })
    }
}
