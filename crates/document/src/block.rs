//! A piece of a page's text: what it is, where it was, and whether it is kept.

use crate::{Repair, SharedStr, Tongue};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The places of a block. Most blocks have one, so one is stored inline.
pub type Places = SmallVec<[Origin; 1]>;

/// One paragraph, heading, list item, table or the like.
///
/// The fields marked `skip` are serialized by [`block_codec`](crate::block_codec), together for all blocks of a
/// document.
#[derive(Debug, Clone, Default, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// Its text: white space runs folded to one space, none at the ends; LF only inside tables, code and verse.
    /// List items begin with their marker (`3. `, `• `); table rows are lines with cells separated by ` | `.
    #[borsh(skip)]
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// Heading level (1 to 6), or depth of a list item (from 1).
    pub level: Option<u8>,
    /// Where it was in the capture; several places if it spans pages.
    #[borsh(skip)]
    pub origin: Places,
    /// Its language.
    pub language: Option<Tongue>,
    /// Kept or dropped, and by which rule.
    pub fate: Fate,
    /// How it continues the kept block before it.
    pub join: Join,
    /// The page model's probability, 0 to 1, that a complete reading keeps this text (title, date line and captions
    /// included).
    pub score: f32,
    /// The same for the body alone.
    pub body_score: f32,
    /// Its part beside the running text.
    pub role: Option<Role>,
    /// The site rule that keeps it regardless of other evidence: `site.keep:<selector>`.
    pub kept_by: Option<String>,
    /// Path of its container without sibling positions (`html/body/div.news/ul`), for rules over siblings; empty in
    /// PDFs. Blocks of one container share it.
    #[borsh(skip)]
    pub path: SharedStr,
    /// Share of its characters inside links, 0 to 1.
    pub link_share: f32,
    /// Repairs made to its letters.
    pub repairs: Vec<Repair>,
    /// Its text before the repairs.
    pub original: Option<String>,
}

/// What a block is.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    schemars::JsonSchema,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A heading, with its level.
    Heading,
    /// Running text.
    #[default]
    Paragraph,
    /// A list item; its marker is part of the text.
    ListItem,
    /// A table: one line per row, cells separated by ` | `.
    Table,
    /// A quotation.
    Quote,
    /// The caption of a picture or table.
    Caption,
    /// A signature.
    Signature,
    /// A footnote or endnote.
    Note,
    /// Preformatted text.
    Code,
}

/// The part a block plays beside the running text; `--text body` leaves such blocks out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The document's title.
    Title,
    /// The line with its date.
    DateLine,
    /// The line with its author.
    Byline,
    /// A caption.
    Caption,
}

/// Where a block was in the capture.
#[derive(Debug, Clone, PartialEq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(untagged)]
pub enum Origin {
    /// An HTML element in the tree that the standard's tree builder makes.
    Html {
        /// Path from the root, with positions among siblings of the same name: `/html[1]/body[1]/p[3]`; a text run
        /// between block elements ends with `/text()[n]`.
        html: String,
        /// Line of the source, from 1, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
    },
    /// A rectangle on a PDF page.
    Pdf {
        /// Page, from 1.
        page: u32,
        /// The printed page number, if the file states one that differs from the page's position: `iv`, `A-3`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Left, top, right, bottom in points from the top left corner.
        bbox: [f32; 4],
    },
}

impl Origin {
    /// Estimates the size of its JSON, in bytes.
    #[must_use]
    pub fn json_room(&self) -> usize {
        const REST: usize = 15;
        match self {
            Self::Html { html, .. } => REST + html.len(),
            Self::Pdf { .. } => REST + 50,
        }
    }
}

/// How a block continues the kept block before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// It doesn't: it is a block of its own.
    #[default]
    None,
    /// It continues the sentence: joined by one space.
    Space,
    /// It continues the word: joined directly, and the hyphen that ends the block before is removed.
    Hyphen,
    /// It continues the word: joined directly, nothing removed.
    Nothing,
}

/// Kept or dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// In the text.
    #[default]
    Keep,
    /// Not in the text.
    Drop {
        /// Name of the rule, which says what decided: `page.running_head`, `repeat.template`, `model.score`, ….
        rule: Cow<'static, str>,
        /// The evidence, for people: `on 41 of 57 pages`, `score 0.03, 0.75 needed`.
        support: String,
        /// The kind of chrome that it looks like, if any: `menu`, `footer`, …. It describes, and never decides.
        looks_like: Option<Cow<'static, str>>,
    },
}

impl Fate {
    /// Returns true if the block is in the text.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Returns the fate of a block dropped by `rule`.
    #[must_use]
    pub fn drop(rule: impl Into<Cow<'static, str>>, support: impl Into<String>) -> Self {
        Self::Drop { rule: rule.into(), support: support.into(), looks_like: None }
    }
}
