//! The links of a page, with what shows their purpose: text, relation, labels, classes.
//!
//! They are read from the stream of tags. No tree is built, so the cost is linear for any page.

use crate::client::Response;
use html5ever::tokenizer::{Tag, TagKind, Token};
use sanad_decode::Content;
use sanad_document::Page;
use sanad_document::embedded_pdf::address_of_pdf;
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// The limit on an address, in bytes.
pub(super) const LONGEST: usize = 2_048;

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

/// The links of an HTML response. Empty if it isn't HTML or can't be decoded.
pub(super) fn of_response(response: &Response, from: &Url) -> Vec<Link> {
    let is_page = response.header("content-type").is_none_or(|t| t.to_ascii_lowercase().contains("html"));
    if !is_page || response.status != 200 {
        return Vec::new();
    }
    let page = Page {
        url: Some(from.as_str()),
        content_type: response.header("content-type"),
        content_coding: response.header("content-encoding"),
        ..Page::default()
    };
    // If a page makes the decoder panic, only its own links are lost.
    let read = catch_unwind(AssertUnwindSafe(|| match sanad_decode::decode(&response.body, &page) {
        Ok(body) => match body.content {
            Content::Html(text) => of_text(&text, from),
            Content::Pdf(_) => Vec::new(),
        },
        Err(_) => Vec::new(),
    }));
    read.unwrap_or_default()
}

/// The links of a decoded HTML page. `from` is the page's address.
#[must_use]
pub fn of_text(text: &str, from: &Url) -> Vec<Link> {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1; // at most 3 times: a code point has at most 4 bytes
    }
    let mut collector = LinkCollector::new(from);
    sanad_html::stream(text.get(..end).unwrap_or_default(), |token| collector.token(token));
    collector.close();
    collector.links
}

/// Collects links from a stream of tokens.
struct LinkCollector {
    base: Url,
    /// A `<base>` element was found. Only the first one counts.
    has_base: bool,
    links: Vec<Link>,
    /// The `<a>` element whose text is being read.
    open: Option<Link>,
    /// Class of the open list item.
    item_class: String,
}

impl LinkCollector {
    fn new(base: &Url) -> Self {
        Self { base: base.clone(), has_base: false, links: Vec::new(), open: None, item_class: String::new() }
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

    /// The link of a tag, without its text. Returns none if it has no web address.
    fn link(&self, tag: &Tag) -> Option<Link> {
        let url = resolve(&self.base, attribute(tag, "href")?)?;
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
                self.open = self.link(tag);
            }
            "embed" | "object" | "iframe" => self.pdf(tag).into_iter().for_each(|link| self.add(link)),
            "area" | "link" => self.link(tag).into_iter().for_each(|link| self.add(link)),
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

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
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
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') || href.len() > LONGEST {
        return None;
    }
    let mut url = base.join(href).ok()?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
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
        assert_eq!(links.iter().map(|l| l.url.path()).collect::<Vec<_>>(), ["/y/1.pdf", "/2.pdf", "/3"]);
    }

    #[test]
    fn a_page_of_nothing_but_depth_is_read_at_once() {
        let page = format!("{}<a href=/end>x</a>", "<div>".repeat(200_000));
        let begun = std::time::Instant::now();
        assert_eq!(of_text(&page, &Url::parse("https://a.example/").unwrap()).len(), 1);
        assert!(begun.elapsed().as_secs() < 5);
    }
}
