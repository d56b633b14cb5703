//! What a page states about itself: titles, metadata, links and times, as raw evidence.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// What a page states about itself: raw evidence, judged later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// `<title>`, or the PDF's `Title`.
    pub title: Option<String>,
    /// `lang` of the root element, or the PDF's `Lang`.
    pub lang: Option<String>,
    /// Name, property or itemprop (lower case) and content of each `<meta>`, in order; in a PDF `pdf:author`,
    /// `pdf:creationdate`, ….
    pub meta: Vec<(String, String)>,
    /// `<link>` elements and `Link` headers that name other addresses of this page (canonical, alternate, shortlink,
    /// amphtml, …), and links in the body with `rel=next` or `rel=prev`.
    pub links: Vec<Link>,
    /// Text of each `application/ld+json` script.
    pub json_ld: Vec<String>,
    /// The path of each of these scripts, as in [`Origin::Html`](crate::Origin::Html).
    pub json_ld_origins: Vec<String>,
    /// `<time>` elements.
    pub times: Vec<Time>,
    /// Links in the body that may be language switchers: links of a few words, or with `lang`/`hreflang`.
    pub switchers: Vec<Link>,
    /// What `<embed>`, `<object>` (with its `<param>`) and `<iframe>` show: `rel` is the element's name.
    pub embeds: Vec<Link>,
    /// `<base href>`.
    pub base: Option<String>,
    /// Target of a `<meta http-equiv=refresh>` that comes soon.
    pub refresh: Option<String>,
}

/// A link kept as evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Link {
    /// `rel`, lower case; empty for an `<a>` without one.
    pub rel: String,
    /// `href`, unresolved.
    pub href: String,
    /// `hreflang`, or `lang` of the element.
    pub lang: Option<String>,
    /// `type` attribute.
    pub media_type: Option<String>,
    /// Its text, or its image's `alt`.
    pub text: String,
    /// Index of the block that contains it.
    pub block: Option<usize>,
}

/// A `<time>` element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Time {
    /// `datetime` attribute.
    pub datetime: Option<String>,
    /// Its text.
    pub text: String,
    /// Its class names, `itemprop` and `pubdate`, separated by spaces.
    pub marks: String,
    /// Index of the block that contains it.
    pub block: Option<usize>,
}
