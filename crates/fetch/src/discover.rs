//! Finds further addresses in responses: in sitemaps and sitemap indexes, feeds, and the links of pages.
//!
//! Sitemaps and feeds are searched for the few elements that hold addresses instead of being parsed as XML: malformed
//! ones are common and still name their pages.

use crate::Discovery;
use crate::client::Response;
use crate::links::{LONGEST, Link, resolve};
use crate::path_pattern::{equal, fits};
use crate::{Plan, pagination};
use flate2::read::MultiGzDecoder;
use sanad_language::lexicon::words;
use sanad_language::switcher::language_of_switch;
use std::collections::BTreeSet;
use std::io::Read;
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

/// The limit on a decompressed sitemap, in bytes. The protocol allows 50 MB.
const MOST_BYTES: u64 = 50 << 20;

/// The limit on addresses from one response. The protocol allows 50,000 in a sitemap.
const MOST_OUTLINKS: usize = 50_000;

/// The addresses in a sitemap, a sitemap index or a feed.
pub(super) fn in_sitemap_or_feed(role: Role, response: &Response, from: &Url) -> Vec<Outlink> {
    let bytes = decompressed(&response.body);
    let text = String::from_utf8_lossy(&bytes);
    let is_index = text.contains("<sitemapindex");
    let mut addresses = elements(&text, "loc");
    if role == Role::Feed {
        addresses = elements(&text, "link");
        addresses.extend(attributes(&text, "link", "href"));
    }
    let mut seen = BTreeSet::new();
    let urls = addresses.iter().filter_map(|a| resolve(from, &unescaped(a)));
    urls.filter(|url| seen.insert(url.clone()))
        .take(MOST_OUTLINKS)
        .map(|url| Outlink { url, kind: if is_index { OutlinkKind::Sitemap } else { OutlinkKind::Page } })
        .collect()
}

/// The body without gzip, whether it comes from a content coding or a `.xml.gz` file. Damaged data is decompressed as
/// far as possible.
fn decompressed(body: &[u8]) -> Vec<u8> {
    let mut bytes = body.to_vec();
    // A `.gz` file that is sent with a content coding is compressed twice.
    for _ in 0..2 {
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            break;
        }
        let mut out = Vec::new();
        // A sitemap that is cut short still names pages.
        if MultiGzDecoder::new(bytes.as_slice()).take(MOST_BYTES).read_to_end(&mut out).is_err() && out.is_empty() {
            break;
        }
        bytes = out;
    }
    bytes
}

/// Contents of the elements with this name, without CDATA markers.
fn elements(text: &str, name: &str) -> Vec<String> {
    let open = format!("<{name}");
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&open).take(MOST_OUTLINKS) {
        let Some(rest) = text.get(at + open.len()..) else { continue };
        if !rest.starts_with(['>', ' ', '\n', '\t', '\r']) {
            continue;
        }
        let content = rest.split_once('>').filter(|(tag, _)| !tag.ends_with('/')).map(|(_, c)| c);
        let Some(content) = content.and_then(|c| c.split("</").next()) else { continue };
        let content = content.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>").trim();
        if !content.is_empty() && content.len() <= LONGEST {
            found.push(content.to_owned());
        }
    }
    found
}

/// Values of an attribute of the elements with this name. Elements with a `rel` other than `alternate` (such as `self`)
/// are left out.
fn attributes(text: &str, name: &str, attribute: &str) -> Vec<String> {
    let open = format!("<{name} ");
    let tags = text
        .match_indices(&open)
        .take(MOST_OUTLINKS)
        .filter_map(|(at, _)| text.get(at + open.len()..)?.split('>').next());
    let value = |tag: &str, key: &str| {
        let (_, rest) = tag.split_once(&format!("{key}="))?;
        let quote = rest.chars().next().filter(|q| matches!(q, '"' | '\''))?;
        rest.get(1..)?.split(quote).next().map(str::to_owned)
    };
    let is_entry = |tag: &&str| value(tag, "rel").is_none_or(|rel| rel == "alternate");
    tags.filter(is_entry).filter_map(|tag| value(tag, attribute)).filter(|v| v.len() <= LONGEST).collect()
}

/// Decodes the predefined entities of XML.
fn unescaped(text: &str) -> String {
    text.replace("&amp;", "&")
        .replace("&#38;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
}

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
    use std::io::Write;

    fn response(body: &[u8], headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Response {
            status: 200,
            headers,
            block: Vec::new(),
            payload_at: 0,
            body: body.to_vec(),
            request: Vec::new(),
            address: None,
            tls: None,
        }
    }

    fn listed(role: Role, body: &[u8]) -> Vec<String> {
        let from = Url::parse("https://a.example/x/").unwrap();
        in_sitemap_or_feed(role, &response(body, &[]), &from).into_iter().map(|l| l.url.into()).collect()
    }

    #[test]
    fn sitemaps_are_read_plain_packed_and_cut_short() {
        let map = b"<urlset><url><loc> https://a.example/1?a=1&amp;b=2 </loc></url><url><loc><![CDATA[https://a.example/2]]></loc></url><url><loc>https://a.example/3</loc></url><image:loc>x</image:loc></urlset>";
        let wanted = ["https://a.example/1?a=1&b=2", "https://a.example/2", "https://a.example/3"];
        assert_eq!(listed(Role::Sitemap, map), wanted);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(map).unwrap();
        assert_eq!(listed(Role::Sitemap, &packed.finish().unwrap()), wanted);
        assert_eq!(
            listed(Role::Sitemap, b"<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap><sitemap><lo"),
            ["https://a.example/s1.xml"]
        );
    }

    #[test]
    fn feeds_of_both_kinds_are_read() {
        let rss = b"<rss><channel><link>https://a.example/</link><item><title>x</title><link>https://a.example/n/1</link></item></channel></rss>";
        assert_eq!(listed(Role::Feed, rss), ["https://a.example/", "https://a.example/n/1"]);
        let atom = b"<feed><link rel='self' href='https://a.example/atom'/><entry><link href=\"/n/2\"/></entry><entry><link rel=\"alternate\" href=\"/n/3\"/></entry></feed>";
        assert_eq!(listed(Role::Feed, atom), ["https://a.example/n/2", "https://a.example/n/3"]);
    }

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
