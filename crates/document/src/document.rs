//! What extraction read in a body: its blocks, its metadata and what kind of page it is.

use crate::{Block, Encoding, Format, Head, Tongue, Warning, block_codec};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What extraction read in a body.
#[derive(Debug, Clone, Default, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Document {
    /// Format of the body.
    pub format: Format,
    /// What kind of page it is; only [`PageKind::Document`] becomes a record.
    pub page_kind: PageKind,
    /// What the page states about itself, unjudged.
    pub head: Head,
    /// All text of the page, in reading order.
    #[borsh(serialize_with = "block_codec::write_blocks", deserialize_with = "block_codec::read_blocks")]
    pub blocks: Vec<Block>,
    /// Language of the kept text as a whole.
    pub language: Option<Tongue>,
    /// How bytes became text; `None` for formats that define it themselves.
    pub encoding: Option<Encoding>,
    /// Problems that didn't end the extraction.
    pub warnings: Vec<Warning>,
}

impl Document {
    /// Its language (ISO 639-3), or `und` if it isn't known.
    #[must_use]
    pub fn language_code(&self) -> &str {
        self.language.as_ref().map_or("und", |language| &language.code)
    }

    /// Estimates the document's serialized size, in bytes.
    #[must_use]
    pub fn room(&self) -> usize {
        const HEAD: usize = 8_000;
        const BLOCK: usize = 120;
        HEAD + self.blocks.iter().map(|block| BLOCK + block.text.len()).sum::<usize>()
    }
}

/// What kind of page a document is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A page with text of its own.
    #[default]
    Document,
    /// Mainly links to other pages.
    Listing,
    /// "Not found" and the like, whatever the HTTP status.
    ErrorPage,
    /// A wait, consent or bot-check page shown before the document.
    Interstitial,
    /// A form to log in, shown instead of the document.
    Login,
    /// A shell that only a script would fill.
    ScriptOnly,
    /// Page images without a text layer.
    Scan,
    /// No text at all.
    Empty,
}

impl PageKind {
    /// Returns the code under which a page of this kind is quarantined.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Document => "kind.document",
            Self::Listing => "kind.listing",
            Self::ErrorPage => "kind.error_page",
            Self::Interstitial => "kind.interstitial",
            Self::Login => "kind.login",
            Self::ScriptOnly => "kind.script_only",
            Self::Scan => "kind.scan",
            Self::Empty => "kind.empty",
        }
    }
}

/// How much of the page a record's text holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextMode {
    /// The body with title, date line and captions.
    #[default]
    Complete,
    /// The body alone.
    Body,
}
