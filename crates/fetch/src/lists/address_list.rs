//! The addresses that a list names, and what keeps it from being a whole list.

use crate::Fault;
use crate::discover::{Outlink, OutlinkKind};
use std::collections::BTreeSet;
use url::Url;

/// The limit on addresses from one list: what the protocol of sitemaps allows.
const MOST_ADDRESSES: usize = 50_000;

/// The addresses that a list names.
#[derive(Debug, Default)]
pub(crate) struct AddressList {
    /// Each once, in the list's order.
    pub(crate) outlinks: Vec<Outlink>,
    /// What keeps it from being a whole list.
    pub(crate) faults: Vec<Fault>,
    seen: BTreeSet<Outlink>,
    is_full: bool,
}

impl AddressList {
    /// A list of which nothing can be read.
    pub(crate) fn unreadable(fault: Fault) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }

    /// A list that was read elsewhere.
    pub(crate) fn of(outlinks: Vec<Outlink>) -> Self {
        Self { outlinks, ..Self::default() }
    }

    /// Adds an address, unless the list is full.
    pub(super) fn add(&mut self, kind: OutlinkKind, url: Url) {
        let outlink = Outlink { url, kind };
        if self.is_full || self.seen.contains(&outlink) {
            return;
        }
        if self.outlinks.len() == MOST_ADDRESSES {
            let what = format!("it names more than {MOST_ADDRESSES} addresses; the others were left out");
            self.faults.push(Fault::ListLimit { what });
            self.is_full = true;
            return;
        }
        self.seen.insert(outlink.clone());
        self.outlinks.push(outlink);
    }

    pub(super) fn cut_off(&mut self, cause: impl Into<String>) {
        self.faults.push(Fault::ListCutOff { cause: cause.into() });
    }
}

/// Returns true if a text is a whole web address.
pub(super) fn is_address(text: &str) -> bool {
    Url::parse(text.trim()).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
