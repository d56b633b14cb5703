//! Language switchers: which language a link names, and whether it leads to the same page in that language.

use crate::lexicon::words;
use url::Url;

/// Returns the language (ISO 639-3) whose version of `page` a link leads to. `label` is the link's text and its
/// language tag.
///
/// Returns `None` if neither names a language, or if the link leads to that language's front page or to another host.
#[must_use]
pub fn language_of_switch(label: (&str, Option<&str>), page: Option<&Url>, url: &Url) -> Option<&'static str> {
    named(label).filter(|_| leads_there(page, url))
}

/// Returns the language that a link's text names, or else its language tag.
#[must_use]
pub fn named((text, tag): (&str, Option<&str>)) -> Option<&'static str> {
    words().language(text).or_else(|| words().language(tag?))
}

/// Returns true if a link may lead to a version of `page`; always if the page's address is unknown.
#[must_use]
pub fn leads_there(page: Option<&Url>, url: &Url) -> bool {
    page.is_none_or(|page| leads_to_version(page, url))
}

/// Returns true if both addresses are on the same host, and the link doesn't lead from a page below the front page to a
/// front page.
fn leads_to_version(page: &Url, url: &Url) -> bool {
    let depth = |u: &Url| {
        let parts = u.path_segments().into_iter().flatten();
        let parts = parts.filter(|p| !p.is_empty() && !p.starts_with("index.") && words().language(p).is_none());
        parts.count() + usize::from(u.query().is_some())
    };
    same_site(page, url) && (depth(url) > 0 || depth(page) == 0)
}

/// Returns true if both addresses have the same host, with or without `www.`.
#[must_use]
pub fn same_site(a: &Url, b: &Url) -> bool {
    let host = |u: &Url| u.host_str().map(|h| h.strip_prefix("www.").unwrap_or(h).to_owned());
    host(a).is_some() && host(a) == host(b)
}
