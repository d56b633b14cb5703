//! Lists of addresses: sitemaps, indexes of sitemaps, and feeds, as the world writes them.
//!
//! A list is read as what it is, not as what it is called: XML (sitemap, RSS, Atom), JSON Feed, or lines of text, in any
//! encoding, and compressed more than once. A list that can't be read, breaks off, names nothing, or names more than a
//! limit is never taken for a whole one: [`AddressList::faults`] says so.

mod address_list;
mod json_feed;
mod xml;
mod xml_list;

pub(crate) use address_list::AddressList;

use crate::Fault;
use crate::discover::OutlinkKind;
use crate::links::resolve;
use address_list::is_address;
use sanad_document::Page;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// Of this many characters of a text, at most one is a control character. Compressed data has one in ten.
const CONTROLS_ONE_IN: usize = 50;

/// The addresses that a list names, whatever they lead to. `page` has the list's address and what its header says.
#[must_use]
pub fn addresses(bytes: &[u8], page: &Page<'_>) -> Vec<Url> {
    let from = page.url.and_then(|url| Url::parse(url).ok());
    let read = from.map(|from| read(bytes, page, &from).outlinks).unwrap_or_default();
    read.into_iter().map(|outlink| outlink.url).collect()
}

/// Reads the list at the address `from`. If it makes a parser panic, only this list is lost.
pub(crate) fn read(bytes: &[u8], page: &Page<'_>, from: &Url) -> AddressList {
    catch_unwind(AssertUnwindSafe(|| read_unguarded(bytes, page, from))).unwrap_or_else(|_| {
        AddressList::unreadable(Fault::ListUnreadable {
            cause: "it made the parser panic; please report it".to_owned(),
        })
    })
}

fn read_unguarded(bytes: &[u8], page: &Page<'_>, from: &Url) -> AddressList {
    let (bytes, cut) = match without_coding(bytes, page.content_coding) {
        Ok(plain) => plain,
        Err(fault) => return AddressList::unreadable(fault),
    };
    let (text, _) = sanad_decode::text_of(&bytes, page.content_type, &mut Vec::new());
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    if !is_text(text) {
        return AddressList::unreadable(Fault::ListUnreadable { cause: "it isn't text".to_owned() });
    }
    let mut list = AddressList::default();
    let form = match text.chars().next() {
        None => "it is empty".to_owned(),
        Some('<') => xml_list::read(text, from, &mut list),
        Some('{') => json_feed::read(text, from, &mut list),
        Some(_) => {
            let form = read_lines(text, from, &mut list);
            // Programs that fail print messages before what they were to print.
            match text.find('<').and_then(|at| text.get(at..)).filter(|_| list.outlinks.is_empty()) {
                Some(markup) => xml_list::read(markup, from, &mut list),
                None => form,
            }
        }
    };
    if let Some(cause) = cut {
        list.cut_off(cause);
    }
    if list.outlinks.is_empty() && list.faults.is_empty() {
        list.faults.push(Fault::ListEmpty { reason: form });
    }
    list
}

/// Undoes the content coding of an answer that is read as text: of every list, and of robots.txt. Returns why its end
/// is missing, if it is.
///
/// # Errors
/// [`Fault::ListUnreadable`] if the coding can't be undone, [`Fault::ListLimit`] if the bytes are too many.
pub(crate) fn without_coding<'b>(
    bytes: &'b [u8],
    coding: Option<&str>,
) -> Result<(Cow<'b, [u8]>, Option<String>), Fault> {
    let mut warnings = Vec::new();
    match sanad_decode::undo_content_coding(bytes, coding, &mut warnings) {
        Ok(plain) => {
            let cut = warnings.into_iter().find(|warning| warning.code == "decode.coding_truncated");
            Ok((
                plain,
                cut.map(|warning| warning.message.unwrap_or_else(|| "the compressed data ends early".to_owned())),
            ))
        }
        Err(sanad_decode::Error::TooLarge { limit }) => {
            Err(Fault::ListLimit { what: format!("it is larger than {limit} bytes, and was not read") })
        }
        Err(other) => Err(Fault::ListUnreadable { cause: other.to_string() }),
    }
}

/// Returns true if text has no more control characters than a text may have: it isn't compressed or binary data.
pub(crate) fn is_text(text: &str) -> bool {
    let controls = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    controls * CONTROLS_ONE_IN <= text.chars().count()
}

/// Reads a list of one address a line, of which the first word counts. Returns what it is if it names nothing, for people.
fn read_lines(text: &str, from: &Url, list: &mut AddressList) -> String {
    let words = text.split(['\n', '\r']).filter_map(|line| line.split_whitespace().next());
    let addresses = words.filter(|word| is_address(word));
    addresses.filter_map(|line| resolve(from, line)).for_each(|url| list.add(OutlinkKind::Page, url));
    "it is neither XML nor JSON, and none of its lines is an address".to_owned()
}

#[cfg(test)]
mod tests;
