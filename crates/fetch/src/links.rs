//! The links of a page, with what shows their purpose: text, relation, labels, classes.
//!
//! They are read from the stream of tags. No tree is built, so the cost is linear for any page.

use crate::client::Response;
use encoding_rs::Encoding;
use html5ever::tokenizer::{Tag, TagKind, Token};
use sanad_decode::Content;
use sanad_document::embedded_pdf::address_of_pdf;
use sanad_document::secrets::masked;
use sanad_document::{Page, link_header};
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// The limit on an address, in bytes: what HTTP asks servers to accept at least (RFC 9110, section 4.1).
pub(super) const LONGEST: usize = 8_000;

/// The limit on links of a page. Real ones have a few thousand at most.
const MOST_LINKS: usize = 50_000;

/// The limit on the part of a page that is read, in bytes. The largest lists of documents stay under 5 MB.
const MOST_BYTES: usize = 16 << 20;

/// The limit on a link's text: more than any label of a pager or a language switcher has. It counts the bytes of the
/// text so far and the code points of what is added.
const MOST_TEXT: usize = 200;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Target, without fragment.
    pub url: Url,
    /// `rel`, in lower case.
    pub rel: String,
    /// `hreflang`, else `lang`.
    pub(crate) lang: Option<String>,
    /// `type`, in lower case.
    pub media_type: String,
    /// Text, including the `alt` of images.
    pub text: String,
    /// `title` and `aria-label`, in lower case.
    pub(crate) label: String,
    /// `class` of the link and of the list item around it, in lower case.
    pub(crate) class: String,
    /// It is a `<link>` element, from the page's head.
    pub in_head: bool,
}

/// The links of an HTML response, in its header and in the page. Only the header's if it isn't HTML or can't be decoded.
pub(super) fn of_response(response: &Response, from: &Url) -> Vec<Link> {
    let mut links = of_header(response, from);
    if let Some((text, encoding)) = html(response, from).filter(|_| response.status == 200) {
        links.extend(of_encoded(&text, from, encoding));
    }
    links
}

/// The links in a response's header. They are those of a page's head, for files that have none.
fn of_header(response: &Response, from: &Url) -> Vec<Link> {
    let stated = response.values("link").flat_map(link_header::links);
    let link = |stated: sanad_document::Link| {
        Some(Link {
            url: resolve(from, &stated.href)?,
            rel: stated.rel,
            lang: stated.lang,
            media_type: stated.media_type.unwrap_or_default().to_lowercase(),
            text: String::new(),
            label: stated.text.to_lowercase(),
            class: String::new(),
            in_head: true,
        })
    };
    stated.filter_map(link).collect()
}

/// The text and the encoding of an HTML response. Returns none if it isn't HTML or can't be decoded.
pub(super) fn html(response: &Response, from: &Url) -> Option<(String, Option<&'static Encoding>)> {
    let coding = response.joined("content-encoding");
    let page = Page {
        url: Some(from.as_str()),
        content_type: response.header("content-type"),
        content_coding: coding.as_deref(),
        ..Page::default()
    };
    // If a page makes the decoder panic, only its own links are lost.
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let body = sanad_decode::decode(&response.body, &page).ok()?;
        let encoding = body.encoding.and_then(|encoding| Encoding::for_label(encoding.name.as_bytes()));
        match body.content {
            Content::Html(text) => Some((text.into_owned(), encoding)),
            Content::Pdf(_) => None,
        }
    }));
    decoded.ok().flatten()
}

/// The links of a decoded HTML page. `from` is the page's address.
#[must_use]
pub fn of_text(text: &str, from: &Url) -> Vec<Link> {
    of_encoded(text, from, None)
}

/// The links of a page that was in an encoding. Their queries are in it too, as the URL standard says; their paths
/// never are.
fn of_encoded(text: &str, from: &Url, encoding: Option<&'static Encoding>) -> Vec<Link> {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1; // at most 3 times: a code point has at most 4 bytes
    }
    let mut collector = LinkCollector::new(from, encoding);
    sanad_html::stream(text.get(..end).unwrap_or_default(), |token| collector.token(token));
    collector.close();
    collector.links
}

/// Collects links from a stream of tokens.
struct LinkCollector {
    base: Url,
    /// That of the page, if it is known.
    encoding: Option<&'static Encoding>,
    /// A `<base>` element was found. Only the first one counts.
    has_base: bool,
    links: Vec<Link>,
    /// The `<a>` element whose text is being read.
    open: Option<Link>,
    /// Class of the open list item.
    item_class: String,
}

impl LinkCollector {
    fn new(base: &Url, encoding: Option<&'static Encoding>) -> Self {
        Self { base: base.clone(), encoding, has_base: false, links: Vec::new(), open: None, item_class: String::new() }
    }

    /// Ends the open link.
    fn close(&mut self) {
        if let Some(mut link) = self.open.take() {
            link.text = link.text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.add(link);
        }
    }

    fn add(&mut self, link: Link) {
        if self.links.len() < MOST_LINKS {
            self.links.push(link);
        }
    }

    /// The link of a tag, without its text, to the address in this attribute. Returns none if that is no web address.
    fn link(&self, tag: &Tag, address: &str) -> Option<Link> {
        let url = resolve_encoded(&self.base, attribute(tag, address)?, self.encoding)?;
        let text = |name: &str| attribute(tag, name).unwrap_or_default().to_lowercase();
        let lang = attribute(tag, "hreflang").or_else(|| attribute(tag, "lang")).map(str::to_owned);
        let in_head = &*tag.name == "link";
        let item_class = if in_head { "" } else { &self.item_class };
        Some(Link {
            url,
            rel: text("rel"),
            lang,
            media_type: text("type"),
            text: String::new(),
            label: format!("{} {}", text("title"), text("aria-label")).trim().to_owned(),
            class: format!("{} {item_class}", text("class")).trim().to_owned(),
            in_head,
        })
    }

    /// The PDF that a tag shows, by itself or in a viewer.
    fn pdf(&self, tag: &Tag) -> Option<Link> {
        let shown = ["src", "data", "data-src"].into_iter().find_map(|name| attribute(tag, name))?;
        let address = address_of_pdf(shown, attribute(tag, "type"), Some(&self.base))?;
        Some(Link {
            url: resolve(&self.base, &address)?,
            rel: String::new(),
            lang: None,
            media_type: "application/pdf".to_owned(),
            text: String::new(),
            label: String::new(),
            class: String::new(),
            in_head: false,
        })
    }

    fn start(&mut self, tag: &Tag) {
        match &*tag.name {
            "a" => {
                self.close();
                self.open = self.link(tag, "href");
            }
            "embed" | "object" => self.pdf(tag).into_iter().for_each(|link| self.add(link)),
            "iframe" => {
                self.pdf(tag).into_iter().for_each(|link| self.add(link));
                self.link(tag, "src").into_iter().for_each(|link| self.add(link));
            }
            "area" | "link" => self.link(tag, "href").into_iter().for_each(|link| self.add(link)),
            // A frame shows its document as part of the page: it is linked to, whatever the page says of it.
            "frame" => self.link(tag, "src").into_iter().for_each(|link| self.add(link)),
            "base" if !self.has_base => {
                let stated = attribute(tag, "href").and_then(|href| self.base.join(href).ok());
                self.has_base = stated.is_some();
                self.base = stated.unwrap_or_else(|| self.base.clone());
            }
            "img" => {
                if let (Some(link), Some(alt)) = (&mut self.open, attribute(tag, "alt")) {
                    push(&mut link.text, alt);
                }
            }
            "li" => self.item_class = attribute(tag, "class").unwrap_or_default().to_lowercase(),
            _ => {}
        }
    }

    fn end(&mut self, tag: &Tag) {
        match &*tag.name {
            "a" => self.close(),
            "li" => self.item_class.clear(),
            _ => {}
        }
    }

    fn token(&mut self, token: &Token) {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(tag),
            Token::TagToken(tag) => self.end(tag),
            Token::CharacterTokens(text) => {
                if let Some(link) = &mut self.open {
                    push(&mut link.text, text);
                }
            }
            _ => {}
        }
    }
}

/// Returns true if an address is that of a PDF file, by its media type or its name.
pub(crate) fn is_pdf(url: &Url, media_type: &str) -> bool {
    let path = url.path().as_bytes();
    let ends_so = path.get(path.len().saturating_sub(4)..).is_some_and(|end| end.eq_ignore_ascii_case(b".pdf"));
    media_type.to_ascii_lowercase().contains("pdf") || ends_so
}

/// The value of an attribute of a tag.
pub(crate) fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

/// Appends a piece of text and a blank, within the limit.
fn push(text: &mut String, more: &str) {
    let room = MOST_TEXT.saturating_sub(text.len());
    text.extend(more.chars().take(room));
    text.push(' ');
}

/// Resolves a link. Returns the address without fragment, or none if it isn't a web address or only leads to a part of
/// the page.
pub(crate) fn resolve(base: &Url, href: &str) -> Option<Url> {
    resolve_encoded(base, href, None)
}

/// Resolves a link of a page in an encoding.
fn resolve_encoded(base: &Url, href: &str, encoding: Option<&'static Encoding>) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let encoding = encoding.unwrap_or(encoding_rs::UTF_8).output_encoding();
    let options = Url::options().base_url(Some(base));
    let joined = options.encoding_override(Some(&|query| encoding.encode(query).0)).parse(href).ok();
    let mut url = joined.filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_fragment(None);
    if href.len() > LONGEST {
        tracing::warn!(
            page = &*masked(base.as_str()),
            limit = LONGEST,
            "a link is longer than the limit in bytes and not followed"
        );
        return None;
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_come_with_what_shows_their_purpose() {
        let page = "<base href='/x/'><link rel=Alternate hreflang=ru href=/ru/1>\
            <script>'<a href=no>'</script><li class='Next'><a class=p href='2#top' aria-label='Next page'> » <img alt=more></a></li>\
            <a href='mailto:a@b'>mail</a><a href=3>three<a href=4>four";
        let links = of_text(page, &Url::parse("https://a.example/y/").unwrap());
        let shown: Vec<_> = links.iter().map(|l| (l.url.path(), l.text.as_str(), l.class.as_str())).collect();
        assert_eq!(
            shown,
            [("/ru/1", "", ""), ("/x/2", "» more", "p next"), ("/x/3", "three", ""), ("/x/4", "four", "")]
        );
        assert_eq!((links[0].rel.as_str(), links[0].lang.as_deref()), ("alternate", Some("ru")));
        assert_eq!(links[1].label, "next page");
    }

    #[test]
    fn a_pdf_that_a_page_shows_is_a_link_of_the_page() {
        let page = "<object data=1.pdf></object><iframe src='/viewer.html?file=/2.pdf'></iframe><embed src=/3 type=application/pdf>\
            <iframe src=/map></iframe>";
        let links = of_text(page, &Url::parse("https://a.example/y/").unwrap());
        let of_type = |media_type: &str| -> Vec<&str> {
            links.iter().filter(|l| l.media_type == media_type).map(|l| l.url.path()).collect()
        };
        assert_eq!(of_type("application/pdf"), ["/y/1.pdf", "/2.pdf", "/3"]);
        assert_eq!(of_type(""), ["/viewer.html", "/map"], "a frame is a link too");
    }

    #[test]
    fn a_page_of_nothing_but_depth_is_read_at_once() {
        let page = format!("{}<a href=/end>x</a>", "<div>".repeat(200_000));
        let begun = std::time::Instant::now();
        assert_eq!(of_text(&page, &Url::parse("https://a.example/").unwrap()).len(), 1);
        assert!(begun.elapsed().as_secs() < 5);
    }
}
