//! The nouns: what we got, what it says, and where each paragraph stood.
//!
//! A [`Capture`] is evidence and never changes. A [`Document`] is what extraction read in it: every piece of
//! text of the page as a [`Block`], the site's chrome included. Later stages only mark blocks ([`Fate`]); none adds
//! or removes one, so that kept + dropped = extracted holds for every document. The published shape is
//! the business of whoever publishes it.

pub mod block_codec;
mod canonical_json;
pub mod digest;
pub mod length_prefixed;
pub mod linked_lists;
pub mod memo_cache;
mod page;
mod shared_str;
mod site_rules;
pub mod text;
mod trust;
pub mod url_key;

use borsh::{BorshDeserialize, BorshSerialize};
pub use page::Page;
use serde::{Deserialize, Serialize};
pub use shared_str::SharedStr;
pub use site_rules::SiteRules;
use smallvec::SmallVec;
use std::borrow::Cow;
pub use trust::Voucher;

/// One response (or file) as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Capture {
    /// The address that was asked for.
    pub url: String,
    /// When it was captured, as the WARC says (RFC 3339); never our own clock.
    pub fetched_at: String,
    /// HTTP status, where the capture recorded a response.
    pub status: Option<u16>,
    /// HTTP headers in their order, names as received.
    pub headers: Vec<(String, String)>,
    /// The body as received, content coding included.
    #[borsh(skip)]
    pub body: Vec<u8>,
    /// Where it stands on disk.
    pub place: Place,
    /// `sha256:` digest of `body`.
    pub digest: String,
    /// The WARC calls itself a reconstruction.
    pub reconstructed: bool,
    /// Digest of the server's certificate, where it couldn't be verified and was taken since the source names it.
    pub pinned: Option<String>,
}

impl Capture {
    /// The first header of this name, compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// A capture's place on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// Path under the raw folder, with `/`.
    pub file: String,
    /// Offset in bytes of the gzip member (or of the plain record) that holds it.
    pub offset: u64,
    /// `WARC-Record-ID`; empty for a plain file.
    pub record_id: String,
}

/// What extraction read in a body.
#[derive(Debug, Clone, Default, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Document {
    /// What the body is.
    pub format: Format,
    /// What kind of page it is; only documents become records.
    pub page_kind: PageKind,
    /// What the page says about itself, before anyone judges it.
    pub head: Head,
    /// All text of the page, in reading order.
    #[borsh(serialize_with = "block_codec::write_blocks", deserialize_with = "block_codec::read_blocks")]
    pub blocks: Vec<Block>,
    /// The language of the kept text as a whole.
    pub language: Option<Tongue>,
    /// How bytes became text; none for formats that say it themselves.
    pub encoding: Option<Encoding>,
    /// What went wrong without ending it.
    pub warnings: Vec<Warning>,
}

/// What a body is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// HTML, XHTML.
    #[default]
    Html,
    /// PDF.
    Pdf,
}

impl Format {
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Pdf => "PDF",
        }
    }
}

/// What kind of page a document is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// Text of its own.
    #[default]
    Document,
    /// Mainly links to other pages.
    Listing,
    /// "Not found" and the like, whatever the status says.
    ErrorPage,
    /// A wait, consent or bot-check page that stands before the document.
    Interstitial,
    /// A shell that only a script would fill.
    ScriptOnly,
    /// Page images without a text layer.
    Scan,
    /// No text at all.
    Empty,
}

impl PageKind {
    /// The quarantine code of a kind that is not a document.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Document => "kind.document",
            Self::Listing => "kind.listing",
            Self::ErrorPage => "kind.error_page",
            Self::Interstitial => "kind.interstitial",
            Self::ScriptOnly => "kind.script_only",
            Self::Scan => "kind.scan",
            Self::Empty => "kind.empty",
        }
    }
}

/// What a page says about itself: raw evidence, judged later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// `<title>`, or the PDF's `Title`.
    pub title: Option<String>,
    /// `lang` of the root element, or the PDF's `Lang`.
    pub lang: Option<String>,
    /// `<meta>` name, property or itemprop (lower case) and content, in order; for a PDF `pdf:author`, `pdf:creationdate`, ….
    pub meta: Vec<(String, String)>,
    /// `<link>` elements that name other addresses of this page (canonical, alternate, shortlink, amphtml, …).
    pub links: Vec<Link>,
    /// Text of each `application/ld+json` script.
    pub json_ld: Vec<String>,
    /// `<time>` elements.
    pub times: Vec<Time>,
    /// Links of the body that might be language switchers: few words, or with `lang`/`hreflang`.
    pub switchers: Vec<Link>,
    /// `<base href>`.
    pub base: Option<String>,
    /// Address of a `<meta http-equiv=refresh>`.
    pub refresh: Option<String>,
}

/// A link that is evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Link {
    /// `rel`, lower case; empty for `<a>` without one.
    pub rel: String,
    /// `href`, unresolved.
    pub href: String,
    /// `hreflang`, or `lang` of the element.
    pub lang: Option<String>,
    /// `type` attribute.
    pub media_type: Option<String>,
    /// Its text (or its image's `alt`).
    pub text: String,
    /// Index of the block it stands in.
    pub block: Option<usize>,
}

/// A `<time>` element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Time {
    /// `datetime`.
    pub datetime: Option<String>,
    /// Its text.
    pub text: String,
    /// Class names, `itemprop` and `pubdate` of it, space-separated.
    pub marks: String,
    /// Index of the block it stands in.
    pub block: Option<usize>,
}

/// The places of a block: mostly one, so there is room for it in the block itself.
pub type Places = SmallVec<[Origin; 1]>;

/// One paragraph, heading, list item, table or the like. Its text and places are packed beside the rest, with those of its
/// document.
#[derive(Debug, Clone, Default, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// Its text: runs of white space folded to one space, no space at the ends; LF only inside tables, code and verse.
    /// List items begin with their mark (`3. `, `• `), table rows are lines with cells set apart by ` | `.
    #[borsh(skip)]
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// Heading level (1 to 6) or depth of a list item (from 1).
    pub level: Option<u8>,
    /// Where it stood; several places when it spans pages.
    #[borsh(skip)]
    pub origin: Places,
    /// Its language.
    pub language: Option<Tongue>,
    /// Kept or dropped, and by which rule.
    pub fate: Fate,
    /// How it goes on from the kept block before it.
    pub join: Join,
    /// The page model's probability that it is text a complete reading keeps (title, date line, captions too), 0 to 1.
    pub score: f32,
    /// The same for the body alone.
    pub body_score: f32,
    /// What part it plays beside the running text.
    pub role: Option<Role>,
    /// The rule of its site that keeps it whatever speaks against it: `site.keep:<selector>`.
    pub kept_by: Option<String>,
    /// Address of its container without positions (`html/body/div.news/ul`), for rules over siblings; empty in PDFs. Blocks of one
    /// container share it.
    #[borsh(skip)]
    pub path: SharedStr,
    /// Share of its characters inside links, 0 to 1.
    pub link_share: f32,
    /// What was repaired in its letters.
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
    /// An item of a list, its mark kept as text.
    ListItem,
    /// A table: a row a line, cells set apart by ` | `.
    Table,
    /// A quotation.
    Quote,
    /// The caption of a picture or table.
    Caption,
    /// Who signed.
    Signature,
    /// A footnote or endnote.
    Note,
    /// Preformatted text.
    Code,
}

/// The part a block plays beside the running text; `--text body` leaves these out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The document's title.
    Title,
    /// The line with its date.
    DateLine,
    /// Who wrote it.
    Byline,
    /// A caption.
    Caption,
}

/// Where a block stood in the capture.
#[derive(Debug, Clone, PartialEq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(untagged)]
pub enum Origin {
    /// An HTML element, as the tree builder gives the tree.
    Html {
        /// Path from the root with positions among siblings of a name: `/html[1]/body[1]/p[3]`; a text run between
        /// block elements ends with `/text()[n]`.
        html: String,
        /// Line of the source, from 1, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
    },
    /// A place on a PDF page.
    Pdf {
        /// Page, from 1.
        page: u32,
        /// The number printed on the page, where the file states one that isn't its place: `iv`, `A-3`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Left, top, right, bottom in points from the top left corner.
        bbox: [f32; 4],
    },
}

impl Origin {
    /// About how many bytes its JSON has.
    pub fn json_room(&self) -> usize {
        const REST: usize = 15;
        match self {
            Self::Html { html, .. } => REST + html.len(),
            Self::Pdf { .. } => REST + 50,
        }
    }
}

/// How a block goes on from the kept block before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// It stands alone.
    #[default]
    None,
    /// It goes on with the sentence: one space between.
    Space,
    /// It goes on with the word: nothing between, and the hyphen at the end of the block before is taken away.
    Hyphen,
    /// It goes on with the word: nothing between, nothing taken away.
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
        /// Name of the rule: `page.running_head`, `chrome.language_switch`, `repeat.site`, `model.page`, ….
        rule: Cow<'static, str>,
        /// What speaks for it, for people: `on 41 of 57 pages`, `score 0.03`.
        support: String,
    },
}

impl Fate {
    /// Whether the block is in the text.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Dropped by `rule`.
    #[must_use]
    pub fn drop(rule: impl Into<Cow<'static, str>>, support: impl Into<String>) -> Self {
        Self::Drop { rule: rule.into(), support: support.into() }
    }
}

/// The code of a language or a script.
pub type Code = tinystr::TinyAsciiStr<4>;

/// A language with its script.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tongue {
    /// ISO 639-3, macro-language where one exists; `und` when it can't be known, `mul` for several.
    pub code: Code,
    /// ISO 15924, where the text has letters.
    pub script: Option<Code>,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
}

/// How bytes became text.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Encoding {
    /// Name: the WHATWG one in lower case, or `koi8-t`, `pt154`, ….
    pub name: String,
    /// How it was known: `bom`, `http`, `meta`, `detected`.
    pub rule: String,
    /// What was undone: `mojibake`, `tajik_font`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired: Option<String>,
}

/// A repair of letters.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Repair {
    /// Name of the rule: `tajik_font`, `latin_lookalike`, `decomposed`, `mojibake`, ….
    pub rule: String,
    /// Number of places.
    pub count: u32,
}

/// What went wrong without ending the document.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, schemars::JsonSchema, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Warning {
    /// Code: `pdf.page_failed`, `html.too_deep`, `capture.reconstructed`, ….
    pub code: String,
    /// Page, from 1, where it concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Warning {
    /// A warning about the whole document.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), page: None, message: Some(message.into()) }
    }
}

/// How much of the page a record's text holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextMode {
    /// Title, date line and captions too.
    #[default]
    Complete,
    /// The body alone.
    Body,
}
