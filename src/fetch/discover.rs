//! Further addresses in what came back: sitemaps and their indexes, feeds, links of pages.
//!
//! Sitemaps and feeds are read by looking for the few elements that hold addresses, not as whole XML documents: broken ones
//! are common and still name their pages.

use super::Discover;
use super::client::Answer;
use super::pattern::{equal, fits};
use flate2::read::MultiGzDecoder;
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
}

/// An address that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lead {
    pub(super) url: Url,
    pub(super) is_sitemap: bool,
}

/// Bytes of a sitemap after decompression; the protocol allows 50 MB.
const MOST_BYTES: u64 = 50 << 20;

/// Addresses taken from one answer; the protocol allows 50,000 in a sitemap.
const MOST_LEADS: usize = 50_000;

/// Bytes of an address.
const LONGEST: usize = 2_048;

/// The addresses in a sitemap or feed.
pub(super) fn in_listing(role: Role, answer: &Answer, from: &Url) -> Vec<Lead> {
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
        .map(|url| Lead { url, is_sitemap: is_index })
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

/// The links of a page that the source's patterns want.
pub(super) fn in_page(discovery: &Discover, answer: &Answer, from: &Url) -> Vec<Lead> {
    let is_page = answer.header("content-type").is_none_or(|t| t.contains("html"));
    if discovery.follow.is_empty() || !is_page || answer.status != 200 {
        return Vec::new();
    }
    let Some(text) = text_of(answer) else {
        return Vec::new();
    };
    let page = scraper::Html::parse_document(&text);
    let select = |selector: &str| scraper::Selector::parse(selector).ok();
    let base =
        select("base[href]").and_then(|s| page.select(&s).next().and_then(|b| from.join(b.value().attr("href")?).ok()));
    let base = base.unwrap_or_else(|| from.clone());
    let Some(links) = select("a[href], area[href], link[rel=alternate][hreflang][href]") else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let urls = page.select(&links).filter_map(|l| l.value().attr("href")).filter_map(|href| resolve(&base, href));
    urls.filter(|url| is_wanted(discovery, url) && seen.insert(url.clone()))
        .take(MOST_LEADS)
        .map(|url| Lead { url, is_sitemap: false })
        .collect()
}

/// The page's text; letters of old encodings don't matter for links, which are ASCII nearly always.
fn text_of(answer: &Answer) -> Option<String> {
    let coding = answer.header("content-encoding").unwrap_or("").to_ascii_lowercase();
    let mut bytes = Vec::new();
    let body = answer.body.as_slice();
    // As much as came before a fault is read.
    let read = match coding.as_str() {
        "" | "identity" => body.take(MOST_BYTES).read_to_end(&mut bytes),
        "gzip" | "x-gzip" => MultiGzDecoder::new(body).take(MOST_BYTES).read_to_end(&mut bytes),
        "deflate" => flate2::read::ZlibDecoder::new(body).take(MOST_BYTES).read_to_end(&mut bytes),
        "br" => brotli_decompressor::Decompressor::new(body, 4096).take(MOST_BYTES).read_to_end(&mut bytes),
        _ => return None,
    };
    let any = read.is_ok() || !bytes.is_empty();
    any.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// A web address without its fragment.
fn resolve(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') || href.len() > LONGEST {
        return None;
    }
    let mut url = base.join(href).ok()?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// Whether a found address is one the source wants: no pattern denies it, and one lets it in.
pub(super) fn is_wanted(discovery: &Discover, url: &Url) -> bool {
    let allowed = discovery.follow.is_empty() || any_fits(&discovery.follow, url);
    allowed && !any_fits(&discovery.deny, url)
}

fn any_fits(patterns: &[String], url: &Url) -> bool {
    let path = equal(&path_and_query(url));
    patterns.iter().any(|p| fits(&equal(p), &path))
}

/// Path and query as robots.txt compares them.
pub(super) fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            tls: false,
        }
    }

    fn listed(role: Role, body: &[u8]) -> Vec<String> {
        let from = Url::parse("https://a.example/x/").unwrap();
        in_listing(role, &answer(body, &[]), &from).into_iter().map(|l| l.url.into()).collect()
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

    #[test]
    fn links_are_followed_as_the_patterns_say() {
        let discovery = Discover {
            follow: vec!["/news/*".to_owned()],
            deny: vec!["*print=1".to_owned()],
            depth: 1,
            ..Discover::default()
        };
        let page = b"<base href='/'><a href='news/1#top'>1</a><a href='/news/1'>again</a><a href='/news/2?print=1'>p</a><a href='/about'>a</a><a href='mailto:x@y'>m</a>";
        let from = Url::parse("https://a.example/x/").unwrap();
        let leads = in_page(&discovery, &answer(page, &[("Content-Type", "text/html")]), &from);
        assert_eq!(leads.iter().map(|l| l.url.as_str()).collect::<Vec<_>>(), ["https://a.example/news/1"]);
    }
}
