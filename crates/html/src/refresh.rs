//! `<meta http-equiv=refresh>` and the `Refresh` header: pages that send their reader elsewhere.
//!
//! A page that does so soon, and has no text of its own, is no document: it stands before one.

/// The limit on the delay, in seconds. Pages that want to be read first wait for minutes, and then only reload.
pub const LONGEST_DELAY: f64 = 30.0;

/// The limit on a page's text, in code points other than blanks: what a page that says "if nothing happens, click here"
/// in three languages has, and an article doesn't.
pub const MOST_TEXT: usize = 500;

/// Parses a value into address and delay in seconds, as the HTML standard does ("shared declarative refresh steps").
/// Returns none if it has no address, and so only reloads the page.
///
/// ```
/// assert_eq!(sanad_html::refresh::parse("5; URL='/news/1'"), Some(("/news/1", 5.0)));
/// assert_eq!(sanad_html::refresh::parse("300"), None);
/// ```
#[must_use]
pub fn parse(value: &str) -> Option<(&str, f64)> {
    let value = value.trim_start();
    let end = value.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(value.len());
    let (delay, rest) = value.split_at_checked(end)?;
    let delay = if delay.is_empty() { 0.0 } else { delay.parse().ok()? };
    let rest = rest.trim_start().trim_start_matches([';', ',']).trim_start();
    let after_name = rest.get(..3).filter(|name| name.eq_ignore_ascii_case("url")).and_then(|_| rest.get(3..));
    let address = after_name.and_then(|rest| rest.trim_start().strip_prefix('=')).unwrap_or(rest).trim_start();
    let address = match address.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => address.trim_start_matches(quote).split(quote).next()?,
        None => address,
    };
    let address = address.trim();
    (!address.is_empty()).then_some((address, delay))
}

/// The address that a page sends its reader to soon. Returns none if it doesn't, or too late.
pub(super) fn soon(value: &str) -> Option<&str> {
    parse(value).filter(|(_, delay)| *delay <= LONGEST_DELAY).map(|(address, _)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_browsers_read_them() {
        for (value, wanted) in [
            ("0; url=/b", Some(("/b", 0.0))),
            ("0;URL='/b'", Some(("/b", 0.0))),
            ("5,url = \"/b\" x", Some(("/b", 5.0))),
            ("1.5 ; /b", Some(("/b", 1.5))),
            (" 0;url=/b?url=1", Some(("/b?url=1", 0.0))),
            ("; url=/b", Some(("/b", 0.0))),
            ("300", None),
            ("0; url=", None),
            ("0;", None),
        ] {
            assert_eq!(parse(value), wanted, "{value}");
        }
    }
}
