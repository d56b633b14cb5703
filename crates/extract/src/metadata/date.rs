//! A date of a document with its evidence.

use super::dates::Moment;
use serde::{Deserialize, Serialize};

/// A date with its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Date {
    /// `published`, `document`, `modified` or `visit`.
    pub role: String,
    /// ISO 8601, as precise as `precision`; an offset only where the page states one.
    pub value: String,
    /// As it is written in the page.
    pub raw: String,
    /// `text`, `meta`, `jsonld`, `url` or `pdf`.
    pub from: String,
    /// `year`, `month`, `day`, `minute` or `second`.
    pub precision: String,
}

impl Date {
    pub(super) fn new(role: DateRole, source: DateSource, value: &Moment, raw: &str) -> Self {
        Self {
            role: role.as_str().to_owned(),
            value: value.to_string(),
            raw: raw.to_owned(),
            from: source.as_str().to_owned(),
            precision: value.precision().as_str().to_owned(),
        }
    }
}

/// What a date says of its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateRole {
    /// When the page was published.
    Published,
    /// When the document itself was adopted, signed or held.
    Document,
    /// When the page was changed.
    Modified,
    /// The site's clock on the day of the capture.
    Visit,
}

impl DateRole {
    /// The stable name.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Document => "document",
            Self::Modified => "modified",
            Self::Visit => "visit",
        }
    }
}

/// Where a date was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateSource {
    /// The visible text, `time` elements included.
    Text,
    /// A `meta` element.
    Meta,
    /// JSON-LD.
    JsonLd,
    /// The address.
    Url,
    /// The information dictionary of a PDF.
    Pdf,
}

impl DateSource {
    /// The stable name.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Meta => "meta",
            Self::JsonLd => "jsonld",
            Self::Url => "url",
            Self::Pdf => "pdf",
        }
    }
}
