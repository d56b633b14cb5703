//! Addresses that a site's own relative links make up without end: `/calendar/calendar/calendar/…`.

use std::collections::BTreeMap;
use url::Url;

/// An address in which a segment of the path, or a parameter, occurs this often is made up. The value is that of Apache
/// Nutch's filter.
const REPEATED: usize = 3;

/// Returns true if an address looks made up. Numbers don't count: dates repeat them, as in `/2011/11/11/11`.
pub(super) fn is_made_up(url: &Url) -> bool {
    let segments = url.path().split('/');
    let parameters = url.query().unwrap_or_default().split('&');
    repeats(segments.filter(|s| s.contains(|c: char| c.is_alphabetic())))
        || repeats(parameters.filter(|p| !p.is_empty()))
}

fn repeats<'a>(parts: impl Iterator<Item = &'a str>) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    parts.into_iter().any(|part| {
        let count = counts.entry(part).or_default();
        *count += 1;
        *count >= REPEATED
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_relative_links_make_up_is_told_from_what_sites_have() {
        let is_made_up = |path: &str| is_made_up(&Url::parse("https://a.tj").unwrap().join(path).unwrap());
        for path in ["/calendar/calendar/calendar", "/a/b/a/b/a/b/", "/x/news/1/news/2/news/3", "/l?p=1&p=1&p=1"] {
            assert!(is_made_up(path), "{path}");
        }
        for path in ["/", "/calendar/calendar", "/2011/11/11/11", "/tj/news/tj/9", "/q?a=1&b=1&a=2&a=3", "/a//b///c"] {
            assert!(!is_made_up(path), "{path}");
        }
    }
}
