//! The nouns of Sanad: what was captured, what it says, and where each paragraph was.
//!
//! A [`Capture`] is evidence and never changes. A [`Document`] is what extraction read in it: all text of the page as
//! [`Block`]s, the site's chrome included. Later stages only mark blocks with a [`Fate`]; none adds or removes one, so
//! kept + dropped = extracted holds for every document.
//!
//! Beside these types the crate has the primitives that everything else shares:
//!
//! - [`digest`]: SHA-256 digests, canonical JSON (RFC 8785) and JSON lines;
//! - [`url_key`] and [`url_variant`]: canonical URLs, the record ids derived from them, and known variants of an address;
//! - [`embedded_pdf`]: the PDF that an element of a page shows;
//! - [`link_header`]: what a server says of a page's addresses;
//! - [`text`]: character classes, Unicode normalization, numerals;
//! - small data structures: [`memo_cache`], [`linked_lists`], [`length_prefixed`], [`SharedStr`].
//!
//! The crate reads no format: HTML and PDF are the business of `sanad-html` and `sanad-pdf`. Nor does it define the
//! shape of a published record; that is up to the program that publishes it.
//!
//! ```
//! use sanad_document::{Block, Document, Fate, digest, url_key};
//!
//! let mut document = Document {
//!     blocks: ["Home | News", "The law enters into force today."]
//!         .map(|text| Block { text: text.to_owned(), ..Block::default() })
//!         .into(),
//!     ..Document::default()
//! };
//! document.blocks[0].fate = Fate::drop("repeat.template", "on 41 of 57 pages");
//! assert_eq!(document.blocks.iter().filter(|block| block.fate.is_kept()).count(), 1);
//!
//! // Scheme, `www.`, tracking parameters and the like don't distinguish documents.
//! let url = url_key::canonical_url("http://www.mfa.tj/en/view/5?utm_source=mail#top");
//! assert_eq!(url, "http://www.mfa.tj/en/view/5");
//! assert_eq!(url_key::record_id(&url), url_key::record_id("https://mfa.tj/en/view/5/"));
//!
//! // Canonical JSON sorts keys, so equal values have equal digests.
//! let value = serde_json::json!({"url": url, "id": 5.0});
//! assert_eq!(digest::canonical(&value)?, r#"{"id":5,"url":"http://www.mfa.tj/en/view/5"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod block;
pub mod block_codec;
mod canonical_json;
mod capture;
pub mod digest;
mod document;
pub mod embedded_pdf;
mod encoding;
mod format;
mod head;
pub mod length_prefixed;
pub mod link_header;
pub mod linked_lists;
pub mod memo_cache;
mod page;
mod repair;
pub mod secrets;
mod shared_str;
mod site_rules;
pub mod text;
mod tongue;
mod trust;
pub mod url_key;
pub mod url_variant;
mod warning;

pub use block::{Block, Fate, Join, Kind, Origin, Places, Role};
pub use capture::{Capture, DOCUMENT_HEADERS, Place, RefersTo};
pub use document::{Document, PageKind, TextMode};
pub use encoding::Encoding;
pub use format::Format;
pub use head::{Head, Link, Time};
pub use page::Page;
pub use repair::Repair;
pub use shared_str::SharedStr;
pub use site_rules::SiteRules;
pub use tongue::{Code, Tongue};
pub use trust::Voucher;
pub use warning::Warning;
