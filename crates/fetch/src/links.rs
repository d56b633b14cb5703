//! The links of a page, each with what tells what it is for: its text, its relation, its marks.
//!
//! Read from the stream of tags alone: no tree is built, so the cost is linear whatever the page looks like.

use crate::client::Answer;
use sanad_decode::Content;
use sanad_document::Page;

use html5ever::tokenizer::{Tag, TagKind, Token};
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// Bytes of an address.
pub(super) const LONGEST: usize = 2_048;

/// Links taken from one page; real ones stay under a few thousand.
const MOST_LINKS: usize = 50_000;

/// Bytes of a page that is read for its links: the largest lists of documents stay under 5 MB.
const MOST_BYTES: usize = 16 << 20;

/// Letters of a link's text that are kept: more than any label of a pager or a switcher has.
const MOST_TEXT: usize = 200;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its target, without fragment.
    pub url: Url,
    /// `rel`, lower case.
    pub rel: String,
    /// `hreflang`, else `lang`.
    pub(crate) lang: Option<String>,
    /// `type`.
    pub media_type: String,
    /// Its text, or the `alt` of its image.
    pub text: String,
    /// `title` and `aria-label`.
    pub(crate) label: String,
    /// `class` of the link and of the list item around it, lower case.
    pub(crate) class: String,
    /// It stands in the page's head (`<link>`).
    pub in_head: bool,
}

/// The links of an HTML answer; none where it isn't one, or can't be read.
pub(super) fn of_answer(answer: &Answer, from: &Url) -> Vec<Link> {
    let is_page = answer.header("content-type").is_none_or(|t| t.to_ascii_lowercase().contains("html"));
    if !is_page || answer.status != 200 {
        return Vec::new();
    }
    let page = Page {
        url: Some(from.as_str()),
        content_type: answer.header("content-type"),
        content_coding: answer.header("content-encoding"),
        site: None,
    };
    // Whatever a page makes of the decoder, it costs only its own links.
    let read = catch_unwind(AssertUnwindSafe(|| match sanad_decode::decode(&answer.body, &page) {
        Ok(body) => match body.content {
            Content::Html(text) => of_text(&text, from),
            Content::Pdf(_) => Vec::new(),
        },
        Err(_) => Vec::new(),
    }));
    read.unwrap_or_default()
}

/// The links of a page's text.
pub fn of_text(text: &str, from: &Url) -> Vec<Link> {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1; // at most three times: a character has four bytes
    }
    let mut reading = Reading::new(from);
    sanad_html::stream(text.get(..end).unwrap_or_default(), |token| reading.take(token));
    reading.close();
    reading.links
}

struct Reading {
    base: Url,
    has_base: bool,
    links: Vec<Link>,
    open: Option<Link>,
    /// Class of the list item that is open.
    item: String,
}

impl Reading {
    fn new(base: &Url) -> Self {
        Self { base: base.clone(), has_base: false, links: Vec::new(), open: None, item: String::new() }
    }

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

    fn link(&self, tag: &Tag) -> Option<Link> {
        let url = resolve(&self.base, attribute(tag, "href")?)?;
        let text = |name: &str| attribute(tag, name).unwrap_or_default().to_lowercase();
        let lang = attribute(tag, "hreflang").or_else(|| attribute(tag, "lang")).map(str::to_owned);
        let in_head = &*tag.name == "link";
        let item = if in_head { "" } else { &self.item };
        Some(Link {
            url,
            rel: text("rel"),
            lang,
            media_type: text("type"),
            text: String::new(),
            label: format!("{} {}", text("title"), text("aria-label")).trim().to_owned(),
            class: format!("{} {item}", text("class")).trim().to_owned(),
            in_head,
        })
    }

    fn start(&mut self, tag: &Tag) {
        match &*tag.name {
            "a" => {
                self.close();
                self.open = self.link(tag);
            }
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
            "li" => self.item = attribute(tag, "class").unwrap_or_default().to_lowercase(),
            _ => {}
        }
    }

    fn end(&mut self, tag: &Tag) {
        match &*tag.name {
            "a" => self.close(),
            "li" => self.item.clear(),
            _ => {}
        }
    }

    fn take(&mut self, token: &Token) {
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

fn push(text: &mut String, more: &str) {
    let room = MOST_TEXT.saturating_sub(text.len());
    text.extend(more.chars().take(room));
    text.push(' ');
}

/// A web address without its fragment.
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
    fn links_come_with_what_tells_what_they_are_for() {
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
    fn a_page_of_nothing_but_depth_is_read_at_once() {
        let page = format!("{}<a href=/end>x</a>", "<div>".repeat(200_000));
        let begun = std::time::Instant::now();
        assert_eq!(of_text(&page, &Url::parse("https://a.example/").unwrap()).len(), 1);
        assert!(begun.elapsed().as_secs() < 5);
    }
}
