//! Language switchers: which language a link names, and whether it leads to this page in that language.

use crate::lexicon::words;
use url::Url;

/// The language (ISO 639-3) whose version of `page` a link leads to, when its text or its tag names one and it leads to this
/// document, not to that language's front page or to another host altogether.
#[must_use]
pub fn language_of_switch(label: (&str, Option<&str>), page: Option<&Url>, url: &Url) -> Option<&'static str> {
    named(label).filter(|_| leads_there(page, url))
}

/// The language that a link's text or tag names.
#[must_use]
pub fn named((text, tag): (&str, Option<&str>)) -> Option<&'static str> {
    words().language(text).or_else(|| words().language(tag?))
}

/// Whether a link leads to a version of `page`; yes where the page has no known address.
#[must_use]
pub fn leads_there(page: Option<&Url>, url: &Url) -> bool {
    page.is_none_or(|page| leads_to_version(page, url))
}

fn leads_to_version(page: &Url, url: &Url) -> bool {
    let depth = |u: &Url| {
        let parts = u.path_segments().into_iter().flatten();
        let parts = parts.filter(|p| !p.is_empty() && !p.starts_with("index.") && words().language(p).is_none());
        parts.count() + usize::from(u.query().is_some())
    };
    same_site(page, url) && (depth(url) > 0 || depth(page) == 0)
}

/// The same host, `www.` or not.
#[must_use]
pub fn same_site(a: &Url, b: &Url) -> bool {
    let host = |u: &Url| u.host_str().map(|h| h.strip_prefix("www.").unwrap_or(h).to_owned());
    host(a).is_some() && host(a) == host(b)
}
