//! Character references: `&amp;`, `&copy`, `&#8212;`, `&#x2014;`.

use html5ever::{
    data::{C1_REPLACEMENTS, NAMED_ENTITIES},
    tendril::StrTendril,
};
use memchr::memchr2;

/// Bytes of the longest name, without its semicolon. The standard's table is closed.
const MAX_NAME: usize = 31;

/// Bytes of the longest name that is valid without a semicolon.
const MAX_LEGACY_NAME: usize = 6;

/// Where a reference occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReferenceIn {
    /// In text.
    Text,
    /// In the value of an attribute, where `?a=1&copy=2` has no copyright sign.
    Attribute,
}

/// Appends `raw` with its references resolved; a NUL becomes a replacement character.
pub(super) fn decode(raw: &str, within: ReferenceIn, out: &mut StrTendril) {
    let mut rest = raw;
    while let Some(at) = memchr2(b'&', 0, rest.as_bytes()) {
        out.push_slice(rest.get(..at).unwrap_or(""));
        let after = rest.get(at + 1..).unwrap_or("");
        if rest.as_bytes().get(at) == Some(&0) {
            out.push_char('\u{fffd}');
            rest = after;
            continue;
        }
        let found = match after.strip_prefix('#') {
            Some(number) => numeric(number).map(|(c, length)| ((c, None), length + 1)),
            None => named(after, within),
        };
        let Some(((first, second), length)) = found else {
            out.push_char('&');
            rest = after;
            continue;
        };
        out.push_char(first);
        if let Some(second) = second {
            out.push_char(second);
        }
        rest = after.get(length..).unwrap_or("");
    }
    out.push_slice(rest);
}

/// A numeric reference, after `&#`: its character and its length in bytes.
fn numeric(text: &str) -> Option<(char, usize)> {
    let hexadecimal = text.starts_with(['x', 'X']);
    let (base, start) = if hexadecimal { (16, 1) } else { (10, 0) };
    let digits = text.bytes().skip(start).map_while(|b| char::from(b).to_digit(base));
    let mut number = 0_u32;
    let mut length = start;
    for digit in digits {
        number = number.saturating_mul(base).saturating_add(digit);
        length += 1;
    }
    if length == start {
        return None;
    }
    if text.as_bytes().get(length) == Some(&b';') {
        length += 1;
    }
    Some((character(number), length))
}

/// The character of a number. 0x80 to 0x9F are read as windows-1252; a number without a character is replaced.
fn character(number: u32) -> char {
    let c1 = number.checked_sub(0x80).and_then(|i| C1_REPLACEMENTS.get(i as usize));
    if let Some(Some(replacement)) = c1 {
        return *replacement;
    }
    char::from_u32(number).filter(|&c| c != '\0').unwrap_or('\u{fffd}')
}

/// The one or two characters of a reference.
type Characters = (char, Option<char>);

/// A named reference, after `&`: its characters and its length in bytes.
fn named(text: &str, within: ReferenceIn) -> Option<(Characters, usize)> {
    let bytes = text.as_bytes();
    let run = bytes.iter().take(MAX_NAME).take_while(|b| b.is_ascii_alphanumeric()).count();
    if bytes.get(run) == Some(&b';')
        && let Some(found) = text.get(..=run).and_then(look_up)
    {
        return Some((found, run + 1));
    }
    let (found, length) =
        (2..=run.min(MAX_LEGACY_NAME)).rev().find_map(|length| Some((look_up(text.get(..length)?)?, length)))?;
    let next = bytes.get(length);
    if within == ReferenceIn::Attribute && next.is_some_and(|b| *b == b'=' || b.is_ascii_alphanumeric()) {
        return None;
    }
    Some((found, length))
}

fn look_up(name: &str) -> Option<Characters> {
    let &(first, second) = NAMED_ENTITIES.get(name)?;
    // the table also has the prefixes of names, with zeros
    let first = char::from_u32(first).filter(|&c| c != '\0')?;
    Some((first, char::from_u32(second).filter(|&c| c != '\0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(raw: &str, within: ReferenceIn) -> String {
        let mut out = StrTendril::new();
        decode(raw, within, &mut out);
        out.to_string()
    }

    #[test]
    fn the_limits_are_those_of_the_table() {
        let names = || NAMED_ENTITIES.entries().filter(|(_, (first, _))| *first != 0).map(|(name, _)| name);
        assert_eq!(names().map(|name| name.trim_end_matches(';').len()).max(), Some(MAX_NAME));
        assert_eq!(names().filter(|name| !name.ends_with(';')).map(|name| name.len()).max(), Some(MAX_LEGACY_NAME));
        assert_eq!(names().filter(|name| !name.ends_with(';')).map(|name| name.len()).min(), Some(2));
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(decoded("&notit; &notin; &not; &no; &amp&ampx", ReferenceIn::Text), "¬it; ∉ ¬ &no; &&x");
    }

    #[test]
    fn a_url_keeps_its_parameters() {
        assert_eq!(decoded("?a=1&copy=2&copy;&copyx&copy", ReferenceIn::Attribute), "?a=1&copy=2©&copyx©");
    }

    #[test]
    fn numbers_without_a_character_are_replaced() {
        assert_eq!(decoded("&#0;&#xD800;&#x110000;&#99999999999999;", ReferenceIn::Text), "\u{fffd}".repeat(4));
        assert_eq!(decoded("&#150;&#x80;&#129;&#65&#x41g&#;&#x;", ReferenceIn::Text), "–€\u{81}AAg&#;&#x;");
    }
}
