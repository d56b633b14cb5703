//! Settings: how the pages of a source are found beyond its start addresses.

/// The limit on pages of one source, unless it sets its own. Enough for a ministry's news of many years, and an end to
/// calendars that link to the next month for ever.
pub const MOST_PAGES: usize = 20_000;

/// How pages are found beyond the start addresses. Patterns are those of robots.txt: they match the beginning of path
/// and query, `*` matches any run of characters, `$` the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Sitemaps and indexes of sitemaps.
    pub sitemaps: Vec<String>,
    /// Use the sitemaps that robots.txt names, too.
    pub robots_sitemaps: bool,
    /// Feeds: RSS, Atom, JSON Feed.
    pub feeds: Vec<String>,
    /// Listings of several pages. The links on them are fetched if `follow` allows them. An address with a number in
    /// braces is counted up (`…?page={1}`, `…?start={0+20}`); otherwise the link to the next page is followed.
    pub listings: Vec<String>,
    /// The limit on pages of a listing; 0 means [`Discovery::LISTING_PAGES`].
    pub listing_pages: u32,
    /// Fetch the versions of each page in other languages, too, found by `hreflang` (in pages, headers and sitemaps) and
    /// the site's language switcher.
    pub translations: bool,
    /// Patterns of links to follow; if empty, no links are followed. If given, pages of sitemaps and feeds must match
    /// too.
    pub follow: Vec<String>,
    /// Patterns of addresses that are never fetched.
    pub deny: Vec<String>,
    /// The limit on links between a page and a start address.
    pub depth: u32,
    /// The limit on pages; 0 means [`MOST_PAGES`].
    pub pages: usize,
}

impl Discovery {
    /// The depth of a source that sets none: a listing, its pages, what they link to.
    pub const DEPTH: u32 = 2;

    /// The limit on pages of a listing of a source that sets none: the news of a few years.
    pub const LISTING_PAGES: u32 = 100;

    /// The limit on pages of a listing.
    pub(crate) fn listing_pages(&self) -> u32 {
        if self.listing_pages == 0 { Self::LISTING_PAGES } else { self.listing_pages }
    }

    /// The limit on pages.
    pub(crate) fn limit(&self) -> usize {
        if self.pages == 0 { MOST_PAGES } else { self.pages }
    }

    /// Returns true if pages can be found beyond the start addresses.
    pub(crate) fn is_open(&self) -> bool {
        let lists = [&self.sitemaps, &self.feeds, &self.listings, &self.follow];
        self.robots_sitemaps || self.translations || lists.iter().any(|list| !list.is_empty())
    }
}
