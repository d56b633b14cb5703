//! robots.txt (RFC 9309): groups by product token, the longest matching rule, `*` and `$`, paths compared after their
//! percent-encoding is normalized.
//!
//! `Crawl-delay` isn't part of the RFC but is read too, since servers of ministries use it. The misspellings that the
//! best-known crawler accepts are accepted.

use crate::path_pattern::{equal, fits};
use std::time::Duration;
use url::Url;

/// The longest `Crawl-delay` that is observed: some files ask for hours.
pub(super) const LONGEST_DELAY: Duration = Duration::from_mins(1);

/// The rules of a robots.txt for one crawler.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
    delay: Option<Duration>,
    forbidden: bool,
    sitemaps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allows: bool,
    /// Normalized.
    pattern: Vec<u8>,
}

/// Decodes UTF-8. Of other bytes the no-break space of the single-byte encodings is told apart: it stands around values.
fn as_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let others = chunk.invalid().iter().map(|byte| if *byte == 0xA0 { ' ' } else { char::REPLACEMENT_CHARACTER });
        text.extend(others);
    }
    text
}

/// Keys of lines.
enum Key {
    Agent,
    Allow,
    Disallow,
    Delay,
    Sitemap,
}

impl Robots {
    /// Allows everything: for a host without robots.txt.
    #[must_use]
    pub fn open() -> Self {
        Self::default()
    }

    /// Forbids everything: for a robots.txt that may exist but can't be fetched.
    #[must_use]
    pub fn closed() -> Self {
        Self { forbidden: true, ..Self::default() }
    }

    /// Parses the rules for the crawler with this product token; those for all crawlers if no group names it.
    #[must_use]
    pub fn parse(bytes: &[u8], token: &str) -> Self {
        let text = as_text(bytes);
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        let mut sitemaps = Vec::new();
        let (mut own, mut all) = (Self::default(), Self::default());
        let (mut named, mut to_own, mut to_all, mut in_agents) = (false, false, false, false);
        for (key, value) in text.split(['\n', '\r']).filter_map(line) {
            if matches!(key, Key::Sitemap) {
                sitemaps.push(value.to_owned()); // belongs to no group and ends none
                continue;
            }
            if matches!(key, Key::Agent) {
                if !in_agents {
                    (to_own, to_all) = (false, false);
                }
                in_agents = true;
                to_own |= is_token(value, token);
                to_all |= is_all(value);
                named |= to_own;
                continue;
            }
            // Not being a rule of the RFC, a delay doesn't end a list of user agents.
            in_agents &= matches!(key, Key::Delay);
            for (group, is_meant) in [(&mut own, to_own), (&mut all, to_all)] {
                if is_meant {
                    group.add(&key, value);
                }
            }
        }
        Self { sitemaps, ..if named { own } else { all } }
    }

    /// The sitemaps that it names.
    #[must_use]
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// The sitemaps that it names, as addresses. Some files name them without their host. `url` is of its origin.
    pub(super) fn sitemap_urls(&self, url: &Url) -> Vec<Url> {
        let robots = url.join("/robots.txt").unwrap_or_else(|_| url.clone());
        self.sitemaps.iter().filter_map(|sitemap| robots.join(sitemap).ok()).collect()
    }

    fn add(&mut self, key: &Key, value: &str) {
        match key {
            // An empty rule matches nothing: `Disallow:` alone allows everything.
            Key::Allow | Key::Disallow if value.is_empty() => {}
            Key::Allow => self.rules.push(Rule { allows: true, pattern: equal(value) }),
            Key::Disallow => self.rules.push(Rule { allows: false, pattern: equal(value) }),
            Key::Delay => self.delay = seconds(value).map(Duration::from_secs_f64).or(self.delay),
            Key::Agent | Key::Sitemap => {}
        }
    }

    /// Returns true if a path with its query may be fetched.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = equal(path);
        let longest = self
            .rules
            .iter()
            .filter(|r| fits(&r.pattern, &path))
            // Of two rules of the same length, the one that allows wins.
            .max_by_key(|r| (r.pattern.len(), r.allows));
        longest.map_or(!self.forbidden, |r| r.allows)
    }

    /// The delay between two requests that the file asks for, at most a day.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        self.delay
    }
}

/// Parses a line, without its comment, into key and value. Returns none for any other line.
fn line(line: &str) -> Option<(Key, &str)> {
    // Some editors leave characters of no width, which nobody sees.
    let is_blank = |c: char| c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}');
    let line = line.split('#').next().unwrap_or(line).trim_matches(is_blank);
    let (key, value) = line.split_once(':').or_else(|| line.split_once(char::is_whitespace))?;
    let key = match key.trim_matches(is_blank).to_ascii_lowercase().as_str() {
        "user-agent" | "useragent" | "user agent" => Key::Agent,
        "allow" => Key::Allow,
        "disallow" | "dissallow" | "dissalow" | "disalow" | "diasllow" | "disallaw" => Key::Disallow,
        "crawl-delay" => Key::Delay,
        "sitemap" | "site-map" => Key::Sitemap,
        _ => return None,
    };
    Some((key, value.trim_matches(is_blank)))
}

/// Parses the number of a `Crawl-delay`, at most a day. Half of the world writes the decimal point as a comma.
fn seconds(value: &str) -> Option<f64> {
    let number = value.split(char::is_whitespace).next().unwrap_or_default().trim_end_matches(['s', 'S']);
    number.replace(',', ".").parse().ok().filter(|s| (0.0..=86_400.0).contains(s))
}

/// Returns true if a user-agent line means all crawlers: `*` alone, or followed by white space and anything.
fn is_all(value: &str) -> bool {
    value.strip_prefix('*').is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Returns true if a user-agent line names the crawler: by its product token, with any version after it.
fn is_token(value: &str, token: &str) -> bool {
    let end = value.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_'))).unwrap_or(value.len());
    value.get(..end).is_some_and(|v| !v.is_empty() && v.eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(file: &str, path: &str) -> bool {
        Robots::parse(file.as_bytes(), "Sanad").allows(path)
    }

    #[test]
    fn the_longest_rule_decides_and_allow_wins_a_tie() {
        let file = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /c\nAllow: /c\n";
        for (path, may) in [("/", true), ("/a", false), ("/abc", false), ("/a/b/c", true), ("/c/d", true)] {
            assert_eq!(allows(file, path), may, "{path}");
        }
    }

    #[test]
    fn the_group_that_names_the_crawler_replaces_the_one_for_all() {
        let file = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: SANAD/2.0\nDisallow: /x\nUser-agent: sanad\nDisallow: /y";
        for (path, may) in [("/", true), ("/x", false), ("/y", false), ("/z", true)] {
            assert_eq!(allows(file, path), may, "{path}");
        }
        assert!(!allows("User-agent: sanadbot\nAllow: /\nUser-agent: *\nDisallow: /", "/"));
    }

    #[test]
    fn stars_and_ends_are_read() {
        let cases = [
            ("/*.pdf$", "/a/b.pdf", false),
            ("/*.pdf$", "/a/b.pdf?x", true),
            ("/*.pdf", "/b.pdf?x", false),
            ("/a*z", "/abcz/1", false),
            ("/a*z", "/abc", true),
            ("/fish*", "/fish", false),
            ("*/print", "/news/print", false),
            ("/$", "/", false),
            ("/$", "/a", true),
            ("/a*b*c$", "/abcbc", false),
            ("/a*bc$", "/abc", false),
            ("*", "/any", false),
            ("/a**b", "/axxb", false),
        ];
        for (rule, path, may) in cases {
            assert_eq!(allows(&format!("user-agent: *\ndisallow: {rule}"), path), may, "{rule} {path}");
        }
    }

    #[test]
    fn percent_encoding_makes_no_difference() {
        let cases = [
            ("/foo/bar/ツ", "/foo/bar/%E3%83%84"),
            ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
            ("/%d1%82", "/т"),
            ("/a%3cd.html", "/a%3Cd.html"),
        ];
        for (rule, path) in cases {
            assert!(!allows(&format!("User-agent: *\nDisallow: {rule}"), path), "{rule} {path}");
        }
        assert!(allows("User-agent: *\nDisallow: /a%2Fb", "/a/b"));
    }

    #[test]
    fn blanks_of_every_encoding_stand_around_values_and_no_length_ends_the_rules() {
        let forbids = |bytes: &[u8]| !Robots::parse(bytes, "Sanad").allows("/secret/a");
        assert!(forbids(b"User-agent: *\nDisallow:\xa0/secret/"));
        assert!(forbids("User-agent: *\n\u{200B}Disallow:\u{A0}/secret/".as_bytes()));
        assert!(forbids("User-agent: *\nDisallow: /Раздел\nDisallow: /secret/".as_bytes()));
        let long = format!("User-agent: *\n{}Disallow: /secret/\n", "# a comment\n".repeat(60_000));
        assert!(forbids(long.as_bytes()));
    }

    #[test]
    fn odd_files_are_read_as_far_as_they_go() {
        assert!(allows("", "/a"));
        assert!(allows("<html>not robots</html>", "/a"));
        assert!(allows("User-agent: *\nDisallow:", "/a"));
        assert!(!allows("\u{FEFF}User-agent : * # all\r\nDisallow : /a # that\r\n", "/a"));
        assert!(!allows("User-agent: *\nSitemap: https://x/s.xml\nDisallow: /a", "/a"));
        assert!(allows("Disallow: /a", "/a"), "a rule before any group says nothing");
        assert!(Robots::closed().allows("/robots.txt") && !Robots::closed().allows("/"));
        let slow = Robots::parse(b"User-agent: *\nCrawl-delay: 2.5\nDisallow: /a", "Sanad");
        assert_eq!(slow.delay(), Some(Duration::from_millis(2_500)));
        for (value, wanted) in [("1,5", Some(1_500)), ("10 # s", Some(10_000)), ("2s", Some(2_000)), ("1,000,5", None)]
        {
            let robots = Robots::parse(format!("User-agent: *\nCrawl-delay: {value}").as_bytes(), "Sanad");
            assert_eq!(robots.delay(), wanted.map(Duration::from_millis), "{value}");
        }
        let named = Robots::parse(b"Sitemap: /s.xml\nSitemap: //b.tj/t.xml\nSitemap: https://a.tj/u.xml", "Sanad");
        let urls = named.sitemap_urls(&Url::parse("https://a.tj/news/1").unwrap());
        let urls: Vec<&str> = urls.iter().map(Url::as_str).collect();
        assert_eq!(urls, ["https://a.tj/s.xml", "https://b.tj/t.xml", "https://a.tj/u.xml"]);
    }
}
