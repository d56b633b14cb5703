//! When a page was published and changed, and which of its dates is only that of the visit.
//!
//! Sources in this order: a rule of the site, JSON-LD, `meta`, `time` elements marked as publication, a date line near
//! the title, the address. A bare date near the title that is the day of the capture is the site's clock, not the
//! page's date: no date is better than a made-up one. Dates inside running text are never dates of publication.

use super::date::{Date, DateRole, DateSource};
use super::date_lines::{self, DateLine, Label, LabelledDate, Place};
use super::dates::{self, Moment};
use super::evidence::{Evidence, is_chrome};
use sanad_document::{Format, PageKind};

/// `meta` names that state publication, the most specific first.
const PUBLISHED: [&str; 22] = [
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "dcterms.created",
    "dc.date.created",
    "citation_publication_date",
    "citation_date",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publishdate",
    "publish_date",
    "publication_date",
    "pubdate",
    "article.published",
    "date",
    "created",
];

/// `meta` names that state a change.
const MODIFIED: [(&str, DateSource); 8] = [
    ("article:modified_time", DateSource::Meta),
    ("og:updated_time", DateSource::Meta),
    ("datemodified", DateSource::Meta),
    ("dcterms.modified", DateSource::Meta),
    ("dc.date.modified", DateSource::Meta),
    ("last-modified", DateSource::Meta),
    ("lastmod", DateSource::Meta),
    ("pdf:moddate", DateSource::Pdf),
];

/// Marks of `time` elements that state publication.
const TIME_MARKS: [&str; 7] =
    ["pubdate", "datepublished", "published", "entry-date", "post-date", "posted-on", "publish-date"];

/// A time this close to the capture is the server's clock, in seconds.
const CLOCK: i64 = 120;

/// The dates that a page states of itself.
#[derive(Debug, Default)]
pub(super) struct PageDates {
    pub(super) published: Option<Date>,
    pub(super) modified: Option<Date>,
    pub(super) visit: Option<Date>,
}

/// Reads all three dates. `anchor` is the block of `title`.
pub(super) fn read(evidence: &Evidence<'_>, title: Option<&str>, anchor: Option<usize>) -> PageDates {
    let lines = anchor.map(|a| date_lines::find(evidence, title.unwrap_or(""), a)).unwrap_or_default();
    let visit = lines.iter().map(|line| &line.date).find(|date| is_visit(evidence, date));
    PageDates {
        published: published(evidence, &lines),
        modified: modified(evidence, &lines),
        visit: visit.map(|date| of_text(DateRole::Visit, date)),
    }
}

fn of_text(role: DateRole, date: &LabelledDate) -> Date {
    Date::new(role, DateSource::Text, &date.value, &date.raw)
}

fn published(evidence: &Evidence<'_>, lines: &[DateLine]) -> Option<Date> {
    let by_json_ld = || by_machine(evidence, evidence.facts.published.as_deref()?, DateSource::JsonLd);
    let by_meta = || {
        let mut all = PUBLISHED.iter().flat_map(|name| evidence.metas(name));
        all.find_map(|raw| by_machine(evidence, raw, DateSource::Meta))
    };
    by_site_rule(evidence)
        .or_else(by_json_ld)
        .or_else(by_meta)
        .or_else(|| by_time_element(evidence))
        .or_else(|| by_line(evidence, lines))
        .or_else(|| by_address(evidence))
}

/// The date that the site's rules select.
fn by_site_rule(evidence: &Evidence<'_>) -> Option<Date> {
    evidence.metas("site:date").find_map(|raw| {
        let found = dates::find(raw, evidence.order);
        let value = dates::parse(raw).or_else(|| found.first().map(|f| f.value))?;
        Some(Date::new(DateRole::Published, DateSource::Text, &value, raw))
    })
}

/// The date of the `time` elements that are marked as publication.
fn by_time_element(evidence: &Evidence<'_>) -> Option<Date> {
    let marked = evidence.document.head.times.iter().filter(|t| {
        let marks = t.marks.to_ascii_lowercase();
        let block = t.block.and_then(|b| evidence.document.blocks.get(b));
        TIME_MARKS.iter().any(|m| marks.contains(m)) && !block.is_some_and(is_chrome)
    });
    let mut dates = marked.filter_map(|t| {
        let raw = t.datetime.as_deref().filter(|d| !d.trim().is_empty()).unwrap_or(&t.text);
        let mut date = by_machine(evidence, raw, DateSource::Text)?;
        if t.text.is_empty() { raw } else { &t.text }.clone_into(&mut date.raw);
        Some(date)
    });
    // Different ones are the dates of other pages in a list.
    let first = dates.next()?;
    dates.all(|other| other.value == first.value).then_some(first)
}

/// A machine-written date, if it can be a date of publication.
fn by_machine(evidence: &Evidence<'_>, raw: &str, source: DateSource) -> Option<Date> {
    let value = plausible(evidence, raw)?;
    Some(Date::new(DateRole::Published, source, &value, raw.trim()))
}

/// Parses a machine-written date. Returns `None` if it is out of range or the server's clock.
fn plausible(evidence: &Evidence<'_>, raw: &str) -> Option<Moment> {
    dates::parse(raw).filter(|value| evidence.is_plausible(value) && !is_clock(evidence, value))
}

/// Whether a time is the server's clock: so close to the capture that the page was made at that moment.
fn is_clock(evidence: &Evidence<'_>, value: &Moment) -> bool {
    let (Some(captured), Some(time), Some(day)) = (evidence.captured, value.time, value.civil()) else {
        return false;
    };
    let at = |n: u8| i8::try_from(n).unwrap_or(0);
    let clock = day.at(at(time.hour), at(time.minute), time.second.map_or(0, at), 0);
    let offset = jiff::SignedDuration::from_mins(i64::from(time.offset.unwrap_or(0)));
    clock
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .and_then(|z| z.timestamp().checked_sub(offset).ok())
        .is_some_and(|t| (t.as_second() - captured.as_second()).abs() <= CLOCK)
}

fn modified(evidence: &Evidence<'_>, lines: &[DateLine]) -> Option<Date> {
    let by_json_ld = evidence.facts.modified.iter().map(|raw| (raw.as_str(), DateSource::JsonLd));
    let by_meta = MODIFIED.iter().flat_map(|(name, source)| evidence.metas(name).map(move |raw| (raw, *source)));
    let by_machine = by_json_ld.chain(by_meta).find_map(|(raw, source)| {
        let value = plausible(evidence, raw)?;
        Some(Date::new(DateRole::Modified, source, &value, raw))
    });
    let by_line = || {
        let line = lines.iter().find(|line| line.date.label == Label::Modified)?;
        Some(of_text(DateRole::Modified, &line.date))
    };
    by_machine.or_else(by_line)
}

/// Whether a date is only that of the visit.
fn is_visit(evidence: &Evidence<'_>, date: &LabelledDate) -> bool {
    let is_capture_day = evidence.is_capture_day(&date.value);
    date.label == Label::Today || (is_capture_day && date.label == Label::Bare)
}

/// The date line that states publication: a labelled one, else a bare one near the title.
fn by_line(evidence: &Evidence<'_>, lines: &[DateLine]) -> Option<Date> {
    let lines: Vec<&DateLine> = lines.iter().filter(|line| evidence.is_plausible(&line.date.value)).collect();
    if let Some(line) = lines.iter().find(|line| line.date.label == Label::Published) {
        return Some(of_text(DateRole::Published, &line.date));
    }
    match evidence.document.format {
        Format::Html => {}
        Format::Pdf => return None, // there only labelled dates count
    }
    let bare: Vec<&DateLine> = lines.into_iter().filter(|line| may_be_published(evidence, line)).collect();
    let at = |place: Place| bare.iter().find(|line| line.place == place);
    let first = at(Place::Within).or_else(|| at(Place::Marked)).or_else(|| bare.first())?;
    // Different dates near one title are the dates of other pages in a list.
    let day = first.date.value.civil();
    let is_single = bare.iter().all(|line| line.place != first.place || line.date.value.civil() == day);
    is_single.then(|| of_text(DateRole::Published, &first.date))
}

/// Whether a bare date near the title may be the page's. On the day of the visit it needs a mark, or a time of day
/// after the title.
fn may_be_published(evidence: &Evidence<'_>, line: &DateLine) -> bool {
    if line.date.label != Label::Bare || line.place == Place::Apart {
        return false;
    }
    let may_be_beside = match evidence.document.page_kind {
        PageKind::Listing => false, // dates beside a listing's title are its items'
        PageKind::Document
        | PageKind::ErrorPage
        | PageKind::Interstitial
        | PageKind::Login
        | PageKind::ScriptOnly
        | PageKind::Scan
        | PageKind::Empty => true,
    };
    let value = &line.date.value;
    let may_be_page = !evidence.is_capture_day(value)
        || match line.place {
            Place::Marked => true,
            Place::After => value.time.is_some() && !is_clock(evidence, value),
            Place::Before | Place::Within | Place::Apart => false,
        };
    may_be_page && (may_be_beside || line.place == Place::Within)
}

/// `/2018/05/04/` in the address.
fn by_address(evidence: &Evidence<'_>) -> Option<Date> {
    let url = evidence.url.as_ref()?;
    let parts: Vec<&str> = url.path_segments()?.collect();
    parts.windows(4).find_map(|four| {
        let [year, month, day, _] = four else {
            return None;
        };
        let is_digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(year, 4) || !is_digits(month, 2) || !is_digits(day, 2) {
            return None;
        }
        let value = Moment::day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
        let raw = format!("{year}/{month}/{day}");
        evidence.is_plausible(&value).then(|| Date::new(DateRole::Published, DateSource::Url, &value, &raw))
    })
}
