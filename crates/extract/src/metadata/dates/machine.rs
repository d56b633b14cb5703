//! Parses dates that machines write: `meta` contents, JSON-LD, `datetime` attributes, PDF entries, HTTP headers.

use super::date_match::SlashOrder;
use super::moment::{Moment, Time};
use super::pattern::find;
use sanad_document::text::chars;

/// The longest text that may be a single date, in bytes of any script. The longest forms (`Wednesday, 23 September 2020
/// 10:15:30 GMT+05:00`) are shorter.
const MAX_BYTES: usize = 120;

/// Letters before a date: a weekday, of which the longest has twelve.
const LETTERS_BEFORE: usize = 12;

/// Letters after a date: a zone's name or a word for "year".
const LETTERS_AFTER: usize = 8;

/// Parses a text that is one date and nothing else: ISO 8601 and RFC 3339, RFC 2822, `D:20220922101500+05'00'`, eight
/// or fourteen digits, a month (`2018-05`), a year, or any form that [`find`] knows.
pub(crate) fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = text.strip_prefix("D:").unwrap_or(text);
    parse_digits(text).or_else(|| parse_month(text)).or_else(|| parse_single(text))
}

/// Parses a date in words or with separators that has nothing but a weekday before it and little after it.
fn parse_single(text: &str) -> Option<Moment> {
    let found = find(text, SlashOrder::DayFirst).into_iter().next()?;
    let before = text.get(..found.start)?;
    let after = text.get(found.end..)?;
    let is_bare = |t: &str, letters: usize| {
        !t.contains(chars::is_number) && t.chars().filter(|c| chars::is_letter(*c)).count() <= letters
    };
    (is_bare(before, LETTERS_BEFORE) && is_bare(after, LETTERS_AFTER)).then_some(found.value)
}

/// Parses `2018-05`, `2018/05`.
fn parse_month(text: &str) -> Option<Moment> {
    let (year, month) = text.split_once(['-', '/'])?;
    if year.len() != 4 || month.len() > 2 || !month.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Moment::month(year.parse().ok()?, month.parse().ok()?)
}

/// Parses `2018`, `20180504`, `20180504101530`; the last two may be followed by an offset (`Z`, `+05'00'`, `+0500`),
/// and the time may follow a `T`.
fn parse_digits(text: &str) -> Option<Moment> {
    let is_digit = |c: char| c.is_ascii_digit();
    let length = text.find(|c: char| !is_digit(c)).unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(length)?;
    let (year, rest_of_date) = date.split_at_checked(4)?;
    let year: i16 = year.parse().ok()?;
    if rest_of_date.is_empty() && rest.is_empty() {
        return Moment::year(year);
    }
    let (month, rest_of_date) = rest_of_date.split_at_checked(2)?;
    let (day, time) = rest_of_date.split_at_checked(2)?;
    let mut moment = Moment::day(year, month.parse().ok()?, day.parse().ok()?)?;
    let (time, zone) = match (time, rest.strip_prefix('T')) {
        ("", Some(after)) => after.split_at_checked(after.find(|c: char| !is_digit(c)).unwrap_or(after.len()))?,
        _ => (time, rest),
    };
    moment.time = parse_time(time, zone);
    Some(moment)
}

/// Parses four or six digits of a time; its zone is parsed by [`parse_offset`].
fn parse_time(time: &str, zone: &str) -> Option<Time> {
    let (hour, rest) = time.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let second: Option<u8> = second.get(..2).and_then(|s| s.parse().ok());
    let (second, offset) = (second.filter(|s| *s < 60), parse_offset(zone));
    (hour < 24 && minute < 60).then_some(Time { hour, minute, second, offset })
}

/// Parses `Z`, `+05'00'`, `+0500`, `+05:00`, `+05` as minutes east of Greenwich.
fn parse_offset(zone: &str) -> Option<i16> {
    if zone.starts_with('Z') {
        return Some(0);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let hours: i16 = digits.get(..2)?.parse().ok()?;
    let minutes: i16 = digits.get(2..4).map_or(Some(0), |m| m.parse().ok())?;
    // The widest offsets in use are -12:00 and +14:00.
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}
