//! Who named an address, so that whoever reads of a failure knows where to look.

use std::fmt;
use std::sync::Arc;

/// Who named an address first in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NamedBy {
    /// The plan itself.
    #[default]
    Configuration,
    /// The robots.txt at this address.
    Robots(Arc<str>),
    /// The sitemap at this address.
    Sitemap(Arc<str>),
    /// The feed at this address.
    Feed(Arc<str>),
    /// The page of a listing at this address.
    Listing(Arc<str>),
    /// The page at this address, by a link.
    Page(Arc<str>),
}

impl fmt::Display for NamedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration => write!(f, "configuration"),
            Self::Robots(url) => write!(f, "robots.txt {url}"),
            Self::Sitemap(url) => write!(f, "sitemap {url}"),
            Self::Feed(url) => write!(f, "feed {url}"),
            Self::Listing(url) => write!(f, "listing {url}"),
            Self::Page(url) => write!(f, "page {url}"),
        }
    }
}
