//! What the parts of the judging share: the document, its address, and the time of its capture.

use super::dates::{self, Moment, SlashOrder};
use super::json_ld::{self, Facts};
use super::title_key::{KeyChars, title_key};
use crate::boilerplate::Rule;
use sanad_document::{Block, Document, Fate, Kind};
use url::Url;

/// The longest date and time that runs into a title, in bytes of its key.
const MAX_DATE: usize = 30;

/// The first year of pages with dates; earlier ones are dates of birth and history.
const FIRST_PAGES: i16 = 1994;

/// A document with its visit.
pub(super) struct Evidence<'a> {
    pub(super) document: &'a Document,
    pub(super) url: Option<Url>,
    /// What addresses in the page are relative to.
    pub(super) base: Option<Url>,
    /// When it was captured.
    pub(super) captured: Option<jiff::Timestamp>,
    pub(super) facts: Facts,
    /// How the page writes dates with slashes.
    pub(super) order: SlashOrder,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(document: &'a Document, url: Option<&str>, captured_at: Option<&str>) -> Self {
        let is_american = document.head.lang.as_deref().is_some_and(|l| l.eq_ignore_ascii_case("en-us"));
        let is_proven = document.blocks.iter().any(|b| dates::proves_month_first(&b.text));
        Self {
            captured: captured_at.and_then(|t| t.parse().ok()),
            facts: json_ld::read(&document.head.json_ld),
            order: if is_american || is_proven { SlashOrder::MonthFirst } else { SlashOrder::DayFirst },
            ..Self::of_addresses(document, url)
        }
    }

    /// Only what the judging of addresses needs.
    pub(super) fn of_addresses(document: &'a Document, url: Option<&str>) -> Self {
        let url = url.and_then(|u| Url::parse(u).ok());
        let base = match (&url, document.head.base.as_deref()) {
            (Some(url), Some(base)) => url.join(base).ok().or_else(|| Some(url.clone())),
            (Some(url), None) => Some(url.clone()),
            (None, Some(base)) => Url::parse(base).ok(),
            (None, None) => None,
        };
        Self { document, url, base, captured: None, facts: Facts::default(), order: SlashOrder::default() }
    }

    /// Returns the first non-empty content of a `meta` element of this name.
    pub(super) fn meta(&self, name: &str) -> Option<&'a str> {
        self.metas(name).next()
    }

    /// Returns all non-empty contents of `meta` elements of this name.
    pub(super) fn metas<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let all = self.document.head.meta.iter();
        all.filter(move |(n, _)| n == name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
    }

    /// Whether a moment is on the day of the capture, in any zone that the site may use.
    pub(super) fn is_capture_day(&self, moment: &Moment) -> bool {
        let (Some(captured), Some(day)) = (self.captured, moment.civil()) else {
            return false;
        };
        // Zones from -5 to +14 hold nearly all sites; a wider window would take yesterday's news for a clock.
        [-5, 0, 14].iter().any(|hours| {
            captured
                .checked_add(jiff::SignedDuration::from_hours(*hours))
                .is_ok_and(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date() == day)
        })
    }

    /// Whether a page can have been published then: not before the web, and not after the visit (with a day's grace for
    /// zones).
    pub(super) fn is_plausible(&self, moment: &Moment) -> bool {
        let latest = self
            .captured
            .and_then(|t| t.checked_add(jiff::SignedDuration::from_hours(24)).ok())
            .map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date());
        let is_past = match (moment.civil(), latest) {
            (Some(day), Some(latest)) => day <= latest,
            (None, Some(latest)) => moment.year <= latest.year(),
            (_, None) => true,
        };
        moment.year >= FIRST_PAGES && is_past
    }

    /// Returns the index of the block that holds the title; else of the first kept heading; else of the first kept
    /// block. Dates are looked for around it.
    pub(super) fn anchor(&self, title: Option<&str>) -> Option<usize> {
        let blocks = &self.document.blocks;
        let wanted = title.map(title_key).unwrap_or_default();
        let is_title = |b: &Block| {
            let mut key = KeyChars::of(&b.text);
            if wanted.is_empty() || !wanted.chars().all(|c| key.next() == Some(c)) {
                return false;
            }
            // The title alone, or with its date run into it.
            let rest: String = key.take(MAX_DATE + 1).collect();
            rest.is_empty() || (rest.starts_with(' ') && rest.len() <= MAX_DATE && rest.contains(char::is_numeric))
        };
        let is_kept = |b: &Block| b.fate.is_kept() && !b.text.is_empty();
        blocks
            .iter()
            .position(|b| is_kept(b) && b.kind == Kind::Heading && is_title(b))
            .or_else(|| blocks.iter().position(|b| is_kept(b) && is_title(b)))
            .or_else(|| blocks.iter().position(|b| !is_chrome(b) && is_title(b)))
            .or_else(|| blocks.iter().position(|b| is_kept(b) && b.kind == Kind::Heading))
            .or_else(|| blocks.iter().position(is_kept))
    }
}

/// Whether a block was dropped as part of the site, not of the page.
pub(super) fn is_chrome(block: &Block) -> bool {
    match &block.fate {
        Fate::Keep => false,
        Fate::Drop { rule, looks_like, .. } => looks_like.is_some() || Rule::is_site_chrome(rule),
    }
}
