//! Decides which of the addresses in a response are followed: links of pages, items of listings, other languages.

use crate::Discovery;
use crate::links::Link;
use crate::path_pattern::{equal, fits};
use crate::{Plan, pagination};
use sanad_language::lexicon::words;
use sanad_language::switcher::language_of_switch;
use std::collections::BTreeSet;
use url::Url;

/// What an address is requested for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A page to capture.
    Page,
    /// A sitemap or a sitemap index; not captured.
    Sitemap,
    /// A feed; not captured.
    Feed,
    /// A page of a listing; not captured.
    Listing {
        /// Index of the listing in [`Discovery::listings`].
        listing: usize,
        /// Number of the page, from 0.
        page: u32,
    },
}

/// An address that a response leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Outlink {
    pub(super) url: Url,
    pub(super) kind: OutlinkKind,
}

/// Kinds of outlinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OutlinkKind {
    /// Another page.
    Page,
    /// The same page in another language.
    Version,
    /// A sitemap.
    Sitemap,
}

/// The limit on addresses from one page.
const MOST_OUTLINKS: usize = 50_000;

/// The outlinks of a page that its plan asks for: links that match its patterns, and versions in other languages.
pub(super) fn in_page(plan: &Plan, links: &[Link], from: &Url) -> Vec<Outlink> {
    let discovery = &plan.discovery;
    let mut outlinks = UniqueOutlinks::default();
    for link in links.iter().filter(|l| l.url != *from) {
        let is_version = discovery.translations && leads_to_version(link, from);
        if is_version {
            outlinks.add(&link.url, OutlinkKind::Version);
        } else if !(link.in_head || discovery.follow.is_empty()) && is_wanted(discovery, &link.url) {
            outlinks.add(&link.url, OutlinkKind::Page);
        }
    }
    outlinks.found
}

/// The outlinks of a listing's page, without links to its other pages; and the address of the next page.
pub(super) fn in_listing(plan: &Plan, links: &[Link], from: &Url) -> (Vec<Outlink>, Option<Url>) {
    let next = pagination::next(links, from).filter(|url| plan.owns(url));
    let is_item = |link: &&Link| {
        let is_pager = next.as_ref().is_some_and(|next| link.url == *next || pagination::is_pager(link, next));
        !(link.in_head || is_pager || link.url == *from) && is_wanted(&plan.discovery, &link.url)
    };
    let mut outlinks = UniqueOutlinks::default();
    links.iter().filter(is_item).for_each(|link| outlinks.add(&link.url, OutlinkKind::Page));
    (outlinks.found, next)
}

/// Returns true if a link leads to the same page in another language: by `hreflang` in the head, or as part of a
/// language switcher.
#[must_use]
pub fn leads_to_version(link: &Link, from: &Url) -> bool {
    if link.in_head {
        let is_alternate = link.rel.split_whitespace().any(|r| r == "alternate");
        let is_page = link.media_type.is_empty() || link.media_type.contains("html");
        return is_alternate && is_page && link.lang.is_some();
    }
    language_of_switch((&link.text, link.lang.as_deref()), Some(from), &link.url).is_some()
}

/// The language (ISO 639-3) that a link names, in its text or its `lang`.
#[must_use]
pub fn language_of(link: &Link) -> Option<&'static str> {
    let words = words();
    words.language(&link.text).or_else(|| words.language(link.lang.as_deref()?))
}

/// Returns true if a segment of a path names a language.
#[must_use]
pub fn names_language(step: &str) -> bool {
    words().language(step).is_some()
}

/// Outlinks, each address once.
#[derive(Default)]
struct UniqueOutlinks {
    found: Vec<Outlink>,
    seen: BTreeSet<Url>,
}

impl UniqueOutlinks {
    fn add(&mut self, url: &Url, kind: OutlinkKind) {
        if self.found.len() < MOST_OUTLINKS && self.seen.insert(url.clone()) {
            self.found.push(Outlink { url: url.clone(), kind });
        }
    }
}

/// Returns true if no `deny` pattern matches an address, and a `follow` pattern does if there are any.
pub(super) fn is_wanted(discovery: &Discovery, url: &Url) -> bool {
    let allowed = discovery.follow.is_empty() || any_fits(&discovery.follow, url);
    allowed && !is_denied(discovery, url)
}

/// Returns true if a pattern denies an address.
pub(super) fn is_denied(discovery: &Discovery, url: &Url) -> bool {
    any_fits(&discovery.deny, url)
}

fn any_fits(patterns: &[String], url: &Url) -> bool {
    let path = equal(&path_and_query(url));
    patterns.iter().any(|p| fits(&equal(p), &path))
}

/// Path and query of an address, which the rules of robots.txt are matched against.
#[must_use]
pub fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links;
    fn plan() -> Plan {
        let discovery = Discovery {
            follow: vec!["/news/*".to_owned()],
            deny: vec!["*print=1".to_owned()],
            translations: true,
            ..Discovery::default()
        };
        Plan { hosts: vec!["a.example".to_owned()], discovery, ..Plan::default() }
    }

    fn shown(outlinks: &[Outlink]) -> Vec<(&str, OutlinkKind)> {
        outlinks.iter().map(|l| (l.url.path(), l.kind)).collect()
    }

    #[test]
    fn links_are_followed_as_the_patterns_say() {
        let page = "<base href='/'><a href='news/1#top'>1</a><a href='/news/1'>again</a><a href='/news/2?print=1'>p</a>\
            <a href='/about'>a</a><a href='mailto:x@y'>m</a>";
        let from = Url::parse("https://a.example/x/").unwrap();
        let outlinks = in_page(&plan(), &links::of_text(page, &from), &from);
        assert_eq!(shown(&outlinks), [("/news/1", OutlinkKind::Page)]);
    }

    #[test]
    fn versions_in_other_languages_are_found_by_hreflang_and_switcher() {
        let page = "<link rel=alternate hreflang=ru href=/ru/view/7><link rel=alternate type='application/rss+xml' hreflang=ru href=/rss>\
            <a href='/tj/view/7'>Тоҷикӣ</a><a href='/en'>English</a><a href='/en/contacts'>Contacts</a>";
        let from = Url::parse("https://a.example/en/view/7").unwrap();
        let outlinks = in_page(&plan(), &links::of_text(page, &from), &from);
        assert_eq!(shown(&outlinks), [("/ru/view/7", OutlinkKind::Version), ("/tj/view/7", OutlinkKind::Version)]);
        let silent = Plan { discovery: Discovery { translations: false, ..plan().discovery }, ..plan() };
        assert!(in_page(&silent, &links::of_text(page, &from), &from).is_empty());
    }

    #[test]
    fn a_listing_names_its_items_and_goes_on() {
        let page = "<a href='/news/10'>Ten</a><a href='/news/9'>9</a><a href='/about'>About</a>\
            <b>1</b><a href='/news/?p=2'>2</a><a href='/news/?p=3'>3</a><a href='/news/?p=2'>›</a>";
        let from = Url::parse("https://a.example/news/").unwrap();
        let (outlinks, next) = in_listing(&plan(), &links::of_text(page, &from), &from);
        assert_eq!(shown(&outlinks), [("/news/10", OutlinkKind::Page), ("/news/9", OutlinkKind::Page)]);
        assert_eq!(next.map(String::from).as_deref(), Some("https://a.example/news/?p=2"));
    }
}
