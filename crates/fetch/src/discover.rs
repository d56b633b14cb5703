//! Further addresses in what came back: sitemaps and their indexes, feeds, links of pages.
//!
//! Sitemaps and feeds are read by looking for the few elements that hold addresses, not as whole XML documents: broken ones
//! are common and still name their pages.

use crate::Discovery;
use crate::client::Answer;
use crate::links::{LONGEST, Link, resolve};
use crate::path_pattern::{equal, fits};
use crate::{Plan, pagination};
use flate2::read::MultiGzDecoder;
use sanad_language::lexicon::words;
use sanad_language::switcher::language_of_switch;
use std::collections::BTreeSet;
use std::io::Read;
use url::Url;

/// What an address was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A page to keep.
    Page,
    /// A sitemap or an index of sitemaps; not kept as a capture.
    Sitemap,
    /// A feed; not kept.
    Feed,
    /// A page of a listing that goes on over several, by its number in [`Discovery::listings`] and its page, from 0; not kept.
    Listing(usize, u32),
}

/// An address that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lead {
    pub(super) url: Url,
    pub(super) kind: LeadKind,
}

/// What was found there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeadKind {
    /// A page, one link further away.
    Page,
    /// The same page in another language.
    Version,
    /// A sitemap.
    Sitemap,
}

/// Bytes of a sitemap after decompression; the protocol allows 50 MB.
const MOST_BYTES: u64 = 50 << 20;

/// Addresses taken from one answer; the protocol allows 50,000 in a sitemap.
const MOST_LEADS: usize = 50_000;

/// The addresses in a sitemap or feed.
pub(super) fn in_machine_list(role: Role, answer: &Answer, from: &Url) -> Vec<Lead> {
    let bytes = unpacked(&answer.body);
    let text = String::from_utf8_lossy(&bytes);
    let is_index = text.contains("<sitemapindex");
    let mut addresses = elements(&text, "loc");
    if role == Role::Feed {
        addresses = elements(&text, "link");
        addresses.extend(attributes(&text, "link", "href"));
    }
    let mut seen = BTreeSet::new();
    let leads = addresses.iter().filter_map(|a| resolve(from, &unescaped(a)));
    leads
        .filter(|url| seen.insert(url.clone()))
        .take(MOST_LEADS)
        .map(|url| Lead { url, kind: if is_index { LeadKind::Sitemap } else { LeadKind::Page } })
        .collect()
}

/// The body without gzip, as far as it goes: `.xml.gz` files and content codings alike.
fn unpacked(body: &[u8]) -> Vec<u8> {
    let mut bytes = body.to_vec();
    // A packed file sent with a content coding is packed twice.
    for _ in 0..2 {
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            break;
        }
        let mut out = Vec::new();
        // What was read before a fault is kept: a sitemap cut short still names pages.
        if MultiGzDecoder::new(bytes.as_slice()).take(MOST_BYTES).read_to_end(&mut out).is_err() && out.is_empty() {
            break;
        }
        bytes = out;
    }
    bytes
}

/// Contents of the elements of a name, CDATA marks taken away.
fn elements(text: &str, name: &str) -> Vec<String> {
    let open = format!("<{name}");
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&open).take(MOST_LEADS) {
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

/// Values of an attribute of the elements of a name; `rel="self"` and the like are left out.
fn attributes(text: &str, name: &str, attribute: &str) -> Vec<String> {
    let open = format!("<{name} ");
    let tags =
        text.match_indices(&open).take(MOST_LEADS).filter_map(|(at, _)| text.get(at + open.len()..)?.split('>').next());
    let value = |tag: &str, key: &str| {
        let (_, rest) = tag.split_once(&format!("{key}="))?;
        let quote = rest.chars().next().filter(|q| matches!(q, '"' | '\''))?;
        rest.get(1..)?.split(quote).next().map(str::to_owned)
    };
    let is_entry = |tag: &&str| value(tag, "rel").is_none_or(|rel| rel == "alternate");
    tags.filter(is_entry).filter_map(|tag| value(tag, attribute)).filter(|v| v.len() <= LONGEST).collect()
}

fn unescaped(text: &str) -> String {
    text.replace("&amp;", "&")
        .replace("&#38;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
}

/// What a page leads to, as its source wants: links that its patterns let in, and its versions in other languages.
pub(super) fn in_page(plan: &Plan, links: &[Link], from: &Url) -> Vec<Lead> {
    let discovery = &plan.discovery;
    let mut leads = Leads::default();
    for link in links.iter().filter(|l| l.url != *from) {
        let is_version = discovery.translations && leads_to_version(link, from);
        if is_version {
            leads.add(&link.url, LeadKind::Version);
        } else if !(link.in_head || discovery.follow.is_empty()) && is_wanted(discovery, &link.url) {
            leads.add(&link.url, LeadKind::Page);
        }
    }
    leads.found
}

/// What a listing's page leads to: the pages it names, and its next page.
pub(super) fn in_listing(plan: &Plan, links: &[Link], from: &Url) -> (Vec<Lead>, Option<Url>) {
    let next = pagination::next(links, from).filter(|url| plan.owns(url));
    let is_item = |link: &&Link| {
        let is_pager = next.as_ref().is_some_and(|next| link.url == *next || pagination::is_pager(link, next));
        !(link.in_head || is_pager || link.url == *from) && is_wanted(&plan.discovery, &link.url)
    };
    let mut leads = Leads::default();
    links.iter().filter(is_item).for_each(|link| leads.add(&link.url, LeadKind::Page));
    (leads.found, next)
}

/// Whether a link leads to the same page in another language.
pub fn leads_to_version(link: &Link, from: &Url) -> bool {
    if link.in_head {
        let is_alternate = link.rel.split_whitespace().any(|r| r == "alternate");
        let is_page = link.media_type.is_empty() || link.media_type.contains("html");
        return is_alternate && is_page && link.lang.is_some();
    }
    language_of_switch((&link.text, link.lang.as_deref()), Some(from), &link.url).is_some()
}

/// The language (ISO 639-3) that a link to a version names.
pub fn language_of(link: &Link) -> Option<&'static str> {
    let words = words();
    words.language(&link.text).or_else(|| words.language(link.lang.as_deref()?))
}

/// Whether a step of a path names a language.
pub fn names_language(step: &str) -> bool {
    words().language(step).is_some()
}

/// Leads, each address once.
#[derive(Default)]
struct Leads {
    found: Vec<Lead>,
    seen: BTreeSet<Url>,
}

impl Leads {
    fn add(&mut self, url: &Url, kind: LeadKind) {
        if self.found.len() < MOST_LEADS && self.seen.insert(url.clone()) {
            self.found.push(Lead { url: url.clone(), kind });
        }
    }
}

/// Whether a found address is one the source wants: no pattern denies it, and one lets it in.
pub(super) fn is_wanted(discovery: &Discovery, url: &Url) -> bool {
    let allowed = discovery.follow.is_empty() || any_fits(&discovery.follow, url);
    allowed && !is_denied(discovery, url)
}

/// Whether a source never wants an address.
pub(super) fn is_denied(discovery: &Discovery, url: &Url) -> bool {
    any_fits(&discovery.deny, url)
}

fn any_fits(patterns: &[String], url: &Url) -> bool {
    let path = equal(&path_and_query(url));
    patterns.iter().any(|p| fits(&equal(p), &path))
}

/// Path and query as robots.txt compares them.
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

    fn answer(body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Answer {
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
        in_machine_list(role, &answer(body, &[]), &from).into_iter().map(|l| l.url.into()).collect()
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

    fn shown(leads: &[Lead]) -> Vec<(&str, LeadKind)> {
        leads.iter().map(|l| (l.url.path(), l.kind)).collect()
    }

    #[test]
    fn links_are_followed_as_the_patterns_say() {
        let page = "<base href='/'><a href='news/1#top'>1</a><a href='/news/1'>again</a><a href='/news/2?print=1'>p</a>\
            <a href='/about'>a</a><a href='mailto:x@y'>m</a>";
        let from = Url::parse("https://a.example/x/").unwrap();
        let leads = in_page(&plan(), &links::of_text(page, &from), &from);
        assert_eq!(shown(&leads), [("/news/1", LeadKind::Page)]);
    }

    #[test]
    fn versions_in_other_languages_are_found_by_hreflang_and_switcher() {
        let page = "<link rel=alternate hreflang=ru href=/ru/view/7><link rel=alternate type='application/rss+xml' hreflang=ru href=/rss>\
            <a href='/tj/view/7'>Тоҷикӣ</a><a href='/en'>English</a><a href='/en/contacts'>Contacts</a>";
        let from = Url::parse("https://a.example/en/view/7").unwrap();
        let leads = in_page(&plan(), &links::of_text(page, &from), &from);
        assert_eq!(shown(&leads), [("/ru/view/7", LeadKind::Version), ("/tj/view/7", LeadKind::Version)]);
        let silent = Plan { discovery: Discovery { translations: false, ..plan().discovery }, ..plan() };
        assert!(in_page(&silent, &links::of_text(page, &from), &from).is_empty());
    }

    #[test]
    fn a_listing_names_its_items_and_goes_on() {
        let page = "<a href='/news/10'>Ten</a><a href='/news/9'>9</a><a href='/about'>About</a>\
            <b>1</b><a href='/news/?p=2'>2</a><a href='/news/?p=3'>3</a><a href='/news/?p=2'>›</a>";
        let from = Url::parse("https://a.example/news/").unwrap();
        let (leads, next) = in_listing(&plan(), &links::of_text(page, &from), &from);
        assert_eq!(shown(&leads), [("/news/10", LeadKind::Page), ("/news/9", LeadKind::Page)]);
        assert_eq!(next.map(String::from).as_deref(), Some("https://a.example/news/?p=2"));
    }
}
