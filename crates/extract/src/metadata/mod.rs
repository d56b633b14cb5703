//! What a marked document says of itself: title, dates, authors, issuer, versions in other languages.

mod adoption_date;
mod alternates;
mod authors;
pub mod dates;
mod evidence;
mod json_ld;
mod publication_date;
mod title;
mod title_key;

use evidence::Evidence;
use sanad_document::Document;
use serde::{Deserialize, Serialize};

/// The judged metadata of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Title without the site's name.
    pub title: Option<String>,
    /// Dates by role.
    pub dates: Vec<Date>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// The issuing body.
    pub issuer: Option<String>,
    /// ISO 3166 country of the issuing body.
    pub country: Option<String>,
    /// Number of the document, where the text states one.
    pub number: Option<String>,
    /// Place of adoption or of the report.
    pub place: Option<String>,
    /// The page's own canonical address, resolved; only on the same site.
    pub canonical: Option<String>,
    /// The same document in other languages, resolved.
    pub alternates: Vec<Alternate>,
}

/// A date with its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Date {
    /// `published`, `document`, `modified` or `visit`.
    pub role: String,
    /// ISO 8601, as precise as `precision`; an offset only where the page states one.
    pub value: String,
    /// As it stands in the page.
    pub raw: String,
    /// `text`, `meta`, `jsonld`, `url`, `http` or `pdf`.
    pub from: String,
    /// `year`, `month`, `day`, `minute` or `second`.
    pub precision: String,
}

/// A version in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternate {
    /// ISO 639-3, where known.
    pub language: Option<String>,
    /// Its address.
    pub url: String,
    /// `hreflang`, `switcher` or `url_pattern`.
    pub evidence: String,
}

/// The page's own canonical address alone, resolved; only on the same site. What the record id needs, without the judging.
#[must_use]
pub fn canonical(document: &Document, url: Option<&str>) -> Option<String> {
    alternates::canonical(&Evidence::of_addresses(document, url))
}

/// The language that a tag or a short label names: `tg`, `ru-RU`, `тҷ`.
pub fn language_of_tag(label: &str) -> Option<&'static str> {
    sanad_language::lexicon::words().language(label)
}

/// Judges what the document says of itself. `captured_at` (RFC 3339) tells a date of publication from the date of the visit.
#[must_use]
pub fn read(document: &Document, url: Option<&str>, captured_at: Option<&str>) -> Metadata {
    let evidence = Evidence::new(document, url, captured_at);
    let title = title::choose(&evidence);
    let anchor = evidence.anchor(title.as_deref());
    let stated = publication_date::read(&evidence, title.as_deref(), anchor);
    let adoption = adoption_date::read(&evidence, title.as_deref(), anchor);
    let dates = [stated.published, adoption.date, stated.modified, stated.visit];
    Metadata {
        issuer: authors::issuer(&evidence, title.as_deref()),
        country: authors::country(&evidence),
        dates: dates.into_iter().flatten().collect(),
        authors: authors::authors(&evidence),
        number: adoption.number,
        place: adoption.place,
        canonical: alternates::canonical(&evidence),
        alternates: alternates::alternates(&evidence),
        title,
    }
}

#[cfg(test)]
mod tests;
