//! The page's own address, and its versions in other languages.

use super::evidence::Evidence;
use borsh::{BorshDeserialize, BorshSerialize};
use sanad_document::url_variant;
use sanad_language::lexicon::words;
use sanad_language::switcher::{leads_there, named, same_site};
use serde::{Deserialize, Serialize};
use url::Url;

/// The most links to language versions that are read: the largest sites have about a hundred.
const MAX_LINKS: usize = 200;

/// A version in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternate {
    /// ISO 639-3, if known.
    pub language: Option<String>,
    /// Its address, resolved.
    pub url: String,
    /// `hreflang` or `switcher`.
    pub evidence: String,
}

/// What names a version in another language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// `link rel=alternate hreflang=…`.
    Hreflang,
    /// A link of a language switcher.
    Switcher,
}

impl Source {
    /// The stable name.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Hreflang => "hreflang",
            Self::Switcher => "switcher",
        }
    }
}

/// A link to a version in another language.
struct Version {
    language: Option<&'static str>,
    url: Url,
    source: Source,
}

/// What a page states of its own address, and whether that can be believed of one page alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Canonical {
    /// The stated address, if it is a known [variant](url_variant) of the one that answered, or if that isn't known.
    pub address: Option<String>,
    /// Another address of the site that the page names. Templates print a section's or the front page's on every page,
    /// so it proves nothing unless that address was captured with the same text.
    pub declared: Option<String>,
}

/// Returns the canonical address: `rel=canonical` in the head or of a `Link` header, else `og:url`. Only on the page's own
/// site.
pub(super) fn canonical(evidence: &Evidence<'_>) -> Option<String> {
    stated(evidence).find(|url| is_own(evidence, url)).map(String::from)
}

/// Weighs what the page states of its own address.
pub(super) fn weighed(evidence: &Evidence<'_>) -> Canonical {
    let Some(page) = &evidence.url else {
        return Canonical { address: canonical(evidence), declared: None };
    };
    let is_variant = |url: &Url| url_variant::is_variant(page.as_str(), url.as_str());
    let all: Vec<Url> = stated(evidence).filter(|url| same_site(page, url) || is_variant(url)).collect();
    Canonical {
        address: all.iter().find(|url| is_variant(url)).map(Url::to_string),
        declared: all.first().filter(|url| !is_variant(url)).map(Url::to_string),
    }
}

fn stated(evidence: &Evidence<'_>) -> impl Iterator<Item = Url> {
    let links = evidence.document.head.links.iter();
    let links = links.filter(|l| has_rel(&l.rel, "canonical")).map(|l| l.href.as_str());
    links.chain(evidence.meta("og:url")).filter_map(|href| resolve(evidence, href))
}

/// Whether an address is on the page's site, and not the front page that some sites name as canonical for every page.
fn is_own(evidence: &Evidence<'_>, url: &Url) -> bool {
    let Some(page) = &evidence.url else {
        return true;
    };
    let is_front = |u: &Url| u.path().len() <= 1 && u.query().is_none();
    same_site(page, url) && (!is_front(url) || is_front(page))
}

fn has_rel(rel: &str, wanted: &str) -> bool {
    rel.split_whitespace().any(|r| r.eq_ignore_ascii_case(wanted))
}

/// Resolves a web address and removes its fragment.
fn resolve(evidence: &Evidence<'_>, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let mut url = match &evidence.base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// Returns the versions by `hreflang`, then by the links of a switcher: each language and address once, without the
/// page itself.
pub(super) fn alternates(evidence: &Evidence<'_>) -> Vec<Alternate> {
    let mut versions: Vec<Version> = Vec::new();
    for version in by_hreflang(evidence).chain(by_switcher(evidence)).take(MAX_LINKS) {
        let is_page = evidence.url.as_ref().is_some_and(|page| is_same_page(page, &version.url));
        let is_known =
            versions.iter().any(|v| (v.language.is_some() && v.language == version.language) || v.url == version.url);
        if !is_page && !is_known {
            versions.push(version);
        }
    }
    // Where only a switcher names versions, its link in the page's own language leads to the same page.
    let links = &evidence.document.head.links;
    let has_hreflang = links.iter().any(|l| l.lang.is_some() && has_rel(&l.rel, "alternate"));
    if let Some(own) = evidence.document.language.as_ref().filter(|_| !has_hreflang) {
        versions.retain(|v| v.source == Source::Hreflang || v.language != Some(own.code.as_str()));
    }
    let alternate = |version: Version| Alternate {
        language: version.language.map(str::to_owned),
        url: version.url.into(),
        evidence: version.source.as_str().to_owned(),
    };
    versions.into_iter().map(alternate).collect()
}

fn by_hreflang(evidence: &Evidence<'_>) -> impl Iterator<Item = Version> {
    let links = evidence.document.head.links.iter().filter(|l| {
        let is_feed =
            l.media_type.as_deref().is_some_and(|t| t.contains("rss") || t.contains("atom") || t.contains("json"));
        has_rel(&l.rel, "alternate") && !is_feed
    });
    links.filter_map(|l| {
        let tag = l.lang.as_deref().filter(|t| !t.eq_ignore_ascii_case("x-default"))?;
        Some(Version { language: words().language(tag), url: resolve(evidence, &l.href)?, source: Source::Hreflang })
    })
}

fn by_switcher(evidence: &Evidence<'_>) -> impl Iterator<Item = Version> {
    evidence.document.head.switchers.iter().filter_map(|l| {
        let language = named((&l.text, l.lang.as_deref()))?; // before resolving: most links name none
        let url = resolve(evidence, &l.href)?;
        let version = Version { language: Some(language), url, source: Source::Switcher };
        leads_there(evidence.url.as_ref(), &version.url).then_some(version)
    })
}

/// Whether two addresses differ at most in scheme, `www.` and trailing slashes.
fn is_same_page(a: &Url, b: &Url) -> bool {
    let path = |u: &Url| u.path().trim_end_matches('/').to_owned();
    same_site(a, b) && path(a) == path(b) && a.query() == b.query()
}
