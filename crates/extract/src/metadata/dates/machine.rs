//! Dates that machines write: `meta` contents, JSON-LD, `datetime` attributes, PDF entries, HTTP headers.

use super::{Moment, Time, find};
use sanad_document::text::chars;

/// A text longer than this is no single date; the longest forms (`Wednesday, 23 September 2020 10:15:30 GMT+05:00`) stay
/// below, in bytes of any script.
const LONGEST: usize = 120;

/// Reads a text that is one date and nothing else: ISO 8601 and RFC 3339, RFC 2822, `D:20220922101500+05'00'`, eight or
/// fourteen digits, a month (`2018-05`), a year, or any form that [`find`] knows.
#[must_use]
pub fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let text = text.strip_prefix("D:").unwrap_or(text);
    digits(text).or_else(|| month(text)).or_else(|| alone(text))
}

/// A date found in it, with nothing but a weekday before it and little behind it.
fn alone(text: &str) -> Option<Moment> {
    let found = find(text).into_iter().next()?;
    let before = text.get(..found.start)?;
    let after = text.get(found.end..)?;
    let bare = |t: &str, letters: usize| {
        !t.contains(chars::is_number) && t.chars().filter(|c| chars::is_letter(*c)).count() <= letters
    };
    // Before it a weekday (the longest has twelve letters), after it a zone's name or a year's word.
    (bare(before, 12) && bare(after, 8)).then_some(found.value)
}

/// `2018-05`, `2018/05`.
fn month(text: &str) -> Option<Moment> {
    let (year, month) = text.split_once(['-', '/'])?;
    if year.len() != 4 || month.len() > 2 || !month.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Moment::month(year.parse().ok()?, month.parse().ok()?)
}

/// `2018`, `20180504`, `20180504101530`, the last two with an offset behind: `Z`, `+05'00'`, `+0500`; a `T` before the time.
fn digits(text: &str) -> Option<Moment> {
    let is_digit = |c: char| c.is_ascii_digit();
    let length = text.find(|c: char| !is_digit(c)).unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(length)?;
    let (year, rest_of_date) = date.split_at_checked(4)?;
    let year: i16 = year.parse().ok()?;
    if rest_of_date.is_empty() && rest.is_empty() {
        return Moment::day(year, 1, 1).map(|m| Moment { month: None, day: None, ..m });
    }
    let (month, rest_of_date) = rest_of_date.split_at_checked(2)?;
    let (day, time) = rest_of_date.split_at_checked(2)?;
    let mut moment = Moment::day(year, month.parse().ok()?, day.parse().ok()?)?;
    let (time, zone) = match (time, rest.strip_prefix('T')) {
        ("", Some(behind)) => behind.split_at_checked(behind.find(|c: char| !is_digit(c)).unwrap_or(behind.len()))?,
        _ => (time, rest),
    };
    moment.time = clock(time, zone);
    Some(moment)
}

/// Four or six digits of a time, and its zone.
fn clock(time: &str, zone: &str) -> Option<Time> {
    let (hour, rest) = time.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let second: Option<u8> = second.get(..2).and_then(|s| s.parse().ok());
    (hour < 24 && minute < 60).then(|| Time { hour, minute, second: second.filter(|s| *s < 60), offset: offset(zone) })
}

/// `Z`, `+05'00'`, `+0500`, `+05:00`, `+05`.
fn offset(zone: &str) -> Option<i16> {
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
