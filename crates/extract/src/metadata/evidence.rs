//! What the parts of the reading share: the document, where it came from, and when.

use super::dates::{self, Moment, Order};
use super::json_ld::{self, Facts};
use super::title_key::Key;
use sanad_document::{Block, Document, Fate, Format, Kind};
use url::Url;

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
    pub(super) order: Order,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(document: &'a Document, url: Option<&str>, captured_at: Option<&str>) -> Self {
        let american = document.head.lang.as_deref().is_some_and(|l| l.eq_ignore_ascii_case("en-us"));
        let proven = document.blocks.iter().any(|b| dates::proves_month_first(&b.text));
        Self {
            captured: captured_at.and_then(|t| t.parse().ok()),
            facts: json_ld::read(&document.head.json_ld),
            order: if american || proven { Order::MonthFirst } else { Order::DayFirst },
            ..Self::of_addresses(document, url)
        }
    }

    /// What its addresses need; nothing else is read.
    pub(super) fn of_addresses(document: &'a Document, url: Option<&str>) -> Self {
        let url = url.and_then(|u| Url::parse(u).ok());
        let given = document.head.base.as_deref();
        let base = match (&url, given) {
            (Some(url), Some(base)) => url.join(base).ok().or_else(|| Some(url.clone())),
            (Some(url), None) => Some(url.clone()),
            (None, Some(base)) => Url::parse(base).ok(),
            (None, None) => None,
        };
        Self { document, url, base, captured: None, facts: Facts::default(), order: Order::default() }
    }

    /// The first non-empty content of a `meta` of this name.
    pub(super) fn meta(&self, name: &str) -> Option<&'a str> {
        self.metas(name).next()
    }

    /// All non-empty contents of `meta` elements of this name.
    pub(super) fn metas<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let all = self.document.head.meta.iter();
        all.filter(move |(n, _)| n == name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
    }

    pub(super) fn is_pdf(&self) -> bool {
        self.document.format == Format::Pdf
    }

    /// Whether the capture's day, in whatever zone the site lives, is this day.
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

    /// Whether a page can have been published then: not before the web, not after the visit.
    pub(super) fn is_plausible(&self, moment: &Moment) -> bool {
        let latest = self
            .captured
            .and_then(|t| t.checked_add(jiff::SignedDuration::from_hours(24)).ok())
            .map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date());
        let in_time = match (moment.civil(), latest) {
            (Some(day), Some(latest)) => day <= latest,
            (None, Some(latest)) => moment.year <= latest.year(),
            (_, None) => true,
        };
        moment.year >= FIRST_PAGES && in_time
    }

    /// The block with this title, or the first kept heading, or the first kept block.
    pub(super) fn anchor(&self, title: Option<&str>) -> Option<usize> {
        let blocks = &self.document.blocks;
        let wanted = title.map(key).unwrap_or_default();
        let is_title = |b: &Block| {
            let mut key = Key::of(&b.text);
            if wanted.is_empty() || !wanted.chars().all(|c| key.next() == Some(c)) {
                return false;
            }
            // The title alone, or with its date run into it: a date and a time have under thirty characters.
            let rest: String = key.take(DATE + 1).collect();
            rest.is_empty() || (rest.starts_with(' ') && rest.len() <= DATE && rest.contains(char::is_numeric))
        };
        let kept = |b: &Block| b.fate.is_kept() && !b.text.is_empty();
        blocks
            .iter()
            .position(|b| kept(b) && b.kind == Kind::Heading && is_title(b))
            .or_else(|| blocks.iter().position(|b| kept(b) && is_title(b)))
            .or_else(|| blocks.iter().position(|b| !is_chrome(b) && is_title(b)))
            .or_else(|| blocks.iter().position(|b| kept(b) && b.kind == Kind::Heading))
            .or_else(|| blocks.iter().position(kept))
    }
}

/// Bytes of a date and a time, words set apart by a space.
const DATE: usize = 30;

/// The first year of pages with dates; earlier ones are dates of birth and history.
const FIRST_PAGES: i16 = 1994;

/// Whether a block was dropped as part of the site, not of the page.
pub(super) fn is_chrome(block: &Block) -> bool {
    match &block.fate {
        Fate::Keep => false,
        Fate::Drop { rule, .. } => rule.starts_with("chrome.") || rule.starts_with("repeat."),
    }
}

/// Letters and digits of a text in lower case, words set apart by one space: equal for titles that differ in marks only.
pub(super) fn key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    out.extend(Key::of(text));
    out
}
