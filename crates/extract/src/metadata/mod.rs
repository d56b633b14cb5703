//! Judges what a marked document says of itself: title, dates, authors, issuer, versions in other languages.
//!
//! Extraction collects raw evidence in [`Head`](sanad_document::Head). [`read`] weighs it against the kept text, the
//! address, and the time of the capture.

mod adoption_date;
mod alternates;
mod authors;
mod date;
mod date_lines;
mod dates;
mod evidence;
mod json_ld;
mod publication_date;
mod title;
mod title_key;
mod usage;

pub use alternates::{Alternate, Canonical};
pub use date::Date;
#[cfg(feature = "html")]
pub(crate) use json_ld::article_body;

pub use usage::Usage;
#[cfg(any(feature = "html", feature = "pdf"))]
pub(crate) use usage::add_headers;

use evidence::Evidence;
use sanad_document::Document;
use serde::{Deserialize, Serialize};

/// The judged metadata of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The title without the site's name.
    pub title: Option<String>,
    /// Dates, at most one of each role.
    pub dates: Vec<Date>,
    /// Names of the authors.
    pub authors: Vec<String>,
    /// The issuing body.
    pub issuer: Option<String>,
    /// ISO 3166 country of the issuing body.
    pub country: Option<String>,
    /// The document's number, if the text states one.
    pub number: Option<String>,
    /// The place of adoption or of the report.
    pub place: Option<String>,
    /// The page's own canonical address, resolved. Only on the page's own site.
    pub canonical: Option<String>,
    /// The same document in other languages.
    pub alternates: Vec<Alternate>,
    /// What the page and its server state of its use.
    #[serde(default)]
    pub usage: Usage,
}

/// Judges what the document says of itself. `url` is the address that answered. `captured_at` (RFC 3339) tells a date
/// of publication from the date of the visit.
#[must_use]
pub fn read(document: &Document, url: Option<&str>, captured_at: Option<&str>) -> Metadata {
    let evidence = Evidence::new(document, url, captured_at);
    let title = title::choose(&evidence);
    let anchor = evidence.anchor(title.as_deref());
    let page_dates = publication_date::read(&evidence, title.as_deref(), anchor);
    let adoption = adoption_date::read(&evidence, title.as_deref(), anchor);
    let dates = [page_dates.published, adoption.date, page_dates.modified, page_dates.visit];
    Metadata {
        issuer: authors::issuer(&evidence, title.as_deref()),
        country: authors::country(&evidence),
        dates: dates.into_iter().flatten().collect(),
        authors: authors::authors(&evidence),
        number: adoption.number,
        place: adoption.place,
        canonical: alternates::canonical(&evidence),
        alternates: alternates::alternates(&evidence),
        usage: usage::read(&evidence),
        title,
    }
}

/// Weighs what the page states of its own address, without judging anything else. `url` is the address that answered.
#[must_use]
pub fn canonical(document: &Document, url: Option<&str>) -> Canonical {
    alternates::weighed(&Evidence::of_addresses(document, url))
}

/// Returns the language (ISO 639-3) that a tag or a short label names: `tg`, `ru-RU`, `тҷ`.
#[must_use]
pub fn language_of_tag(label: &str) -> Option<&'static str> {
    sanad_language::lexicon::words().language(label)
}

#[cfg(test)]
mod tests;
