//! Sitemaps, indexes of sitemaps, RSS and Atom: which elements name addresses.
//!
//! Elements are known by their names and their parents; a namespace decides only whether a child belongs to its parent,
//! because lists are published under several namespaces, and under none. Extensions (`image:loc`, `media:content`) have
//! other names or namespaces than what they are in.

use super::address_list::{AddressList, is_address};
use super::xml::{self, Element};
use crate::discover::OutlinkKind;
use crate::links::{is_pdf, resolve};
use url::Url;

/// The elements that hold a whole list.
const LISTS: [&str; 5] = ["urlset", "sitemapindex", "rss", "rdf", "feed"];

/// The namespace of Atom, whose links are used in RSS too.
const ATOM: &str = "http://www.w3.org/2005/Atom";

/// Reads a list. Returns what it is if it names nothing, for people.
pub(super) fn read(text: &str, from: &Url, list: &mut AddressList) -> String {
    let mut reader = ListReader { list, item: Item::default() };
    let document = xml::read(text, from, |element, parent| reader.ended(element, parent));
    let is_cut = document.open.iter().any(|name| LISTS.contains(&name.as_str()));
    match document.fault {
        Some(fault) => list.cut_off(fault),
        None if is_cut => list.cut_off("its last element has no end"),
        None => {}
    }
    match document.first.as_deref() {
        Some("html") => "it is an HTML page".to_owned(),
        Some(name) if !LISTS.contains(&name) => format!("it begins with <{name}>, which no sitemap or feed does"),
        _ => "it has no entries".to_owned(),
    }
}

/// Collects addresses from the elements of a document.
struct ListReader<'l> {
    list: &'l mut AddressList,
    item: Item,
}

impl ListReader<'_> {
    fn ended(&mut self, element: &Element, parent: Option<&Element>) {
        if matches!(element.name.as_str(), "item" | "entry") {
            let item = std::mem::take(&mut self.item);
            item.into_addresses(element).into_iter().for_each(|url| self.list.add(OutlinkKind::Page, url));
            return;
        }
        let Some(parent) = parent else { return };
        let is_own = element.namespace == parent.namespace;
        match (parent.name.as_str(), element.name.as_str()) {
            ("url", "loc") if is_own => self.add(OutlinkKind::Page, element, &element.text),
            ("sitemap", "loc") if is_own => self.add(OutlinkKind::Sitemap, element, &element.text),
            ("url", "link") => {
                let is_version = element.attribute("hreflang").is_some() && relation(element) == "alternate";
                if let Some(href) = element.attribute("href").filter(|_| is_version) {
                    self.add(OutlinkKind::Version, element, href);
                }
            }
            ("item" | "entry", _) => self.item.add(element, is_own),
            _ => {}
        }
    }

    fn add(&mut self, kind: OutlinkKind, element: &Element, text: &str) {
        if let Some(url) = address(&element.base, text) {
            self.list.add(kind, url);
        }
    }
}

/// Resolves an address. In CDATA, and in lists that were escaped twice, its `&` is still escaped.
fn address(base: &Url, text: &str) -> Option<Url> {
    resolve(base, &text.replace("&amp;", "&"))
}

/// `rel` of a link; `alternate` if it has none. It may be written as an address.
fn relation(element: &Element) -> &str {
    let stated = element.attribute("rel").unwrap_or("alternate").trim();
    stated.rsplit('/').next().unwrap_or(stated)
}

/// The addresses of an item of a feed.
#[derive(Debug, Default)]
struct Item {
    /// Its page, as its links say.
    links: Vec<Url>,
    /// Its page, as what identifies it says. Counts if there is no link.
    identifiers: Vec<Url>,
    /// Files that come with it: papers.
    papers: Vec<Url>,
}

impl Item {
    /// Takes what a child of the item says. `is_own` means that it is in the item's namespace.
    fn add(&mut self, child: &Element, is_own: bool) {
        let address = |text: &str| address(&child.base, text);
        let media_type = child.attribute("type").unwrap_or_default();
        match child.name.as_str() {
            "link" if is_own || child.namespace == ATOM => {
                let Some(url) = address(child.attribute("href").unwrap_or(&child.text)) else { return };
                match relation(child).to_ascii_lowercase().as_str() {
                    "alternate" => self.links.push(url),
                    "enclosure" if is_pdf(&url, media_type) => self.papers.push(url),
                    _ => {}
                }
            }
            "guid" | "id" if is_own && is_address(&child.text) => {
                let is_permalink = child.attribute("ispermalink").is_none_or(|v| !v.eq_ignore_ascii_case("false"));
                self.identifiers.extend(address(&child.text).filter(|_| is_permalink));
            }
            "enclosure" | "content" => {
                let url = child.attribute("url").and_then(address);
                self.papers.extend(url.filter(|url| is_pdf(url, media_type)));
            }
            _ => {}
        }
    }

    fn into_addresses(self, item: &Element) -> Vec<Url> {
        let about =
            item.attribute("about").filter(|about| is_address(about)).and_then(|about| resolve(&item.base, about));
        let mut addresses = self.links;
        if addresses.is_empty() {
            addresses.extend(self.identifiers.into_iter().chain(about).take(1));
        }
        addresses.extend(self.papers);
        addresses
    }
}
