//! How the pages of a source are found.

/// `[discover]`: how pages are found beyond the start addresses. Patterns are those of robots.txt: the beginning of path and
/// query, `*` for any run, `$` for the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Sitemaps and their indexes, plain or gzip.
    pub sitemaps: Vec<String>,
    /// Also the sitemaps that robots.txt names.
    pub robots_sitemaps: bool,
    /// RSS and Atom feeds.
    pub feeds: Vec<String>,
    /// Listings that go on over several pages; what they name is fetched as far as `follow` lets it. With a number in braces
    /// the address is counted up (`…?page={1}`, `…?start={0+20}`), else the link to the next page is looked for.
    pub listings: Vec<String>,
    /// Pages of a listing at most; 0 for as many as [`Discovery::LISTING_PAGES`].
    pub listing_pages: u32,
    /// Also the versions of each page in other languages, by `hreflang` and the site's switcher.
    pub translations: bool,
    /// Links that are followed; none when left out. Where it is given, pages of sitemaps and feeds must fit it too.
    pub follow: Vec<String>,
    /// What is never fetched.
    pub deny: Vec<String>,
    /// Links away from a start address, at most.
    pub depth: u32,
    /// Pages at most; 0 for as many as [`sanad_fetch::MOST_PAGES`].
    pub pages: usize,
}

impl Discovery {
    /// Links away from a start address unless the file says otherwise: a listing, its pages, what they name.
    pub const DEPTH: u32 = 2;

    /// Pages of a listing unless the file says otherwise: the news of a few years.
    pub const LISTING_PAGES: u32 = 100;

    /// Pages of a listing at most.
    pub(crate) fn listing_pages(&self) -> u32 {
        if self.listing_pages == 0 { Self::LISTING_PAGES } else { self.listing_pages }
    }
}
