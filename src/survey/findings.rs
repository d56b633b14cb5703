//! What a survey finds out about a source.

use super::listing_items::ListingItems;
use super::surveyed_page::SurveyedPage;
use sanad_fetch::links::Link;
use sanad_fetch::preview::Previewer;
use sanad_fetch::{Discovery, Plan, discover, pagination};
use std::collections::BTreeSet;
use url::Url;

/// What was found out about a source.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) country: Option<String>,
    pub(super) host: String,
    pub(super) start: Vec<String>,
    pub(super) allow_private: Vec<String>,
    pub(super) discovery: Discovery,
    /// Sitemaps that exist but aren't needed.
    pub(super) further_sitemaps: Vec<String>,
    pub(super) languages: BTreeSet<String>,
}

impl Findings {
    /// The feeds that a page names in its head, as far as they belong to the source.
    pub(super) fn feeds(plan: &Plan, page: &SurveyedPage) -> Vec<String> {
        let is_feed = |l: &&Link| {
            let kinds = ["rss", "atom", "feed+json"];
            l.in_head
                && l.rel.contains("alternate")
                && kinds.iter().any(|kind| l.media_type.contains(kind))
                && plan.owns(&l.url)
        };
        let feeds: BTreeSet<String> = page.looked.links.iter().filter(is_feed).map(|l| l.url.to_string()).collect();
        feeds.into_iter().collect()
    }

    /// Adds what a page says about itself: its languages, issuer and country.
    pub(super) fn add_page(&mut self, plan: &Plan, page: &SurveyedPage) {
        let links = page.looked.links.iter().filter(|l| plan.owns(&l.url));
        let versions: Vec<&Link> = links.filter(|l| discover::leads_to_version(l, &page.looked.url)).collect();
        self.discovery.translations |= versions.iter().any(|l| l.url != page.looked.url);
        self.languages.extend(versions.iter().filter_map(|l| discover::language_of(l)).map(str::to_owned));
        self.name = self.name.take().or_else(|| page.metadata.issuer.clone());
        self.country = self.country.take().or_else(|| page.metadata.country.clone());
        let language = page.document.language.map(|l| l.code.to_string());
        self.languages.extend(language.filter(|code| !matches!(code.as_str(), "und" | "mul")));
    }

    /// Makes the page a listing: the pages that it names are wanted, and it is followed from page to page if it has
    /// more than one.
    pub(super) fn add_listing(&mut self, page: &SurveyedPage, items: &ListingItems) {
        self.discovery.follow = items.pattern.iter().map(|pattern| self.in_all_languages(pattern)).collect();
        if pagination::next(&page.looked.links, &page.looked.url).is_some() {
            self.discovery.listings = std::mem::take(&mut self.start);
        } else {
            self.discovery.depth = 1;
        }
    }

    /// Widens a pattern whose first path segment names a language to all languages.
    fn in_all_languages(&self, pattern: &str) -> String {
        let first = pattern.strip_prefix('/').and_then(|rest| rest.split_once('/'));
        match first {
            Some((segment, rest)) if self.discovery.translations && discover::names_language(segment) => {
                format!("/*/{rest}")
            }
            _ => pattern.to_owned(),
        }
    }

    /// Adds the sitemaps that robots.txt names, or else the one at the usual address.
    pub(super) fn add_sitemaps(&mut self, look: &mut Previewer<'_>, url: &Url) {
        self.further_sitemaps = look.sitemaps(url);
        if let (true, Ok(usual)) = (self.further_sitemaps.is_empty(), url.join("/sitemap.xml"))
            && let Ok(found) = look.page(&usual)
            && !found.addresses().is_empty()
        {
            self.further_sitemaps.push(found.url.into());
        }
    }
}
