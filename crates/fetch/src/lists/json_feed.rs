//! JSON Feed (versions 1 and 1.1): the pages of its items, and the papers attached to them.

use super::address_list::{AddressList, is_address};
use crate::Fault;
use crate::discover::OutlinkKind;
use crate::links::{is_pdf, resolve};
use serde::Deserialize;
use url::Url;

/// A feed. Fields that name no address aren't read.
#[derive(Deserialize)]
struct Feed {
    items: Vec<Item>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    /// Its address, or any other text or number that identifies it.
    id: serde_json::Value,
    url: Option<String>,
    /// The page that it is about, elsewhere.
    external_url: Option<String>,
    attachments: Vec<Attachment>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attachment {
    url: String,
    mime_type: String,
}

/// Reads a feed. Returns what it is if it names nothing, for people.
pub(super) fn read(text: &str, from: &Url, list: &mut AddressList) -> String {
    let feed: Feed = match serde_json::from_str(text) {
        Ok(feed) => feed,
        Err(error) => {
            list.faults.push(Fault::ListUnreadable { cause: format!("it is no JSON Feed: {error}") });
            return String::new();
        }
    };
    for item in feed.items {
        let identifier = item.id.as_str().filter(|id| is_address(id)).map(str::to_owned);
        let page = item.url.or(identifier).or(item.external_url);
        let papers = item
            .attachments
            .iter()
            .filter_map(|attachment| resolve(from, &attachment.url).filter(|url| is_pdf(url, &attachment.mime_type)));
        for url in page.and_then(|page| resolve(from, &page)).into_iter().chain(papers) {
            list.add(OutlinkKind::Page, url);
        }
    }
    "it has no items with an address".to_owned()
}
