//! The cookies of one chain of redirects.
//!
//! Some servers answer a request without cookies with a redirect that sets one, and show the page to whoever brings it.
//! So a jar lives as long as the redirects from one address, and no longer: what a page shows never depends on which
//! others were fetched before it. Cookies of other domains are refused as browsers refuse them (RFC 6265, section 5.3),
//! except that a domain only needs a dot: no list of public suffixes is worth its weight for a handful of requests.

use std::net::IpAddr;
use url::Url;

/// The limit on cookies of one chain, and on the length of each in bytes (RFC 6265, section 6.1).
const MOST_COOKIES: usize = 50;
const LONGEST: usize = 4_096;

/// The cookies that a chain of redirects has set, and the requests it consists of.
#[derive(Debug, Clone, Default)]
pub(super) struct CookieJar {
    cookies: Vec<Cookie>,
    /// Address and `Cookie` of each request.
    requests: Vec<(String, Option<String>)>,
}

#[derive(Debug, Clone)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Only the host that set it gets it.
    is_host_only: bool,
    path: String,
    is_secure: bool,
}

impl CookieJar {
    /// Takes the cookies that the response to a request for `url` sets: the values of its `Set-Cookie` fields.
    pub(super) fn take<'l>(&mut self, lines: impl Iterator<Item = &'l str>, url: &Url) {
        self.requests.push((url.to_string(), self.header(url)));
        for line in lines {
            let Some((cookie, is_expired)) = parse(line, url) else { continue };
            let is_same = |c: &Cookie| (&c.name, &c.domain, &c.path) == (&cookie.name, &cookie.domain, &cookie.path);
            self.cookies.retain(|c| !is_same(c));
            if !is_expired && self.cookies.len() < MOST_COOKIES {
                self.cookies.push(cookie);
            }
        }
    }

    /// Returns true if it holds no cookies.
    pub(super) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Returns true if the chain has made this very request: the same address with the same cookies.
    pub(super) fn has_requested(&self, url: &Url) -> bool {
        let cookies = self.header(url);
        self.requests.iter().any(|(address, sent)| address == url.as_str() && *sent == cookies)
    }

    /// The value of `Cookie` in a request for an address; those with longer paths come first.
    pub(super) fn header(&self, url: &Url) -> Option<String> {
        let mut sent: Vec<&Cookie> = self.cookies.iter().filter(|cookie| cookie.is_sent_to(url)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    fn is_sent_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let is_of_host = if self.is_host_only { host == self.domain } else { is_within(host, &self.domain) };
        let is_under = url
            .path()
            .strip_prefix(&self.path)
            .is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        is_of_host && is_under && (!self.is_secure || url.scheme() == "https")
    }
}

/// Returns true if a host is a domain or a part of it.
fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Parses a `Set-Cookie` in the response to a request for `url`, into the cookie and whether it is deleted. Returns none
/// if the cookie is refused.
fn parse(line: &str, url: &Url) -> Option<(Cookie, bool)> {
    let host = url.host_str()?;
    let mut parts = line.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_sendable = |text: &str| !text.contains(|c: char| c.is_control());
    if name.is_empty() || line.len() > LONGEST || !is_sendable(name) || !is_sendable(value) {
        return None;
    }
    let folder = url.path().rfind('/').and_then(|at| url.path().get(..at)).filter(|folder| !folder.is_empty());
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: host.to_owned(),
        is_host_only: true,
        path: folder.unwrap_or("/").to_owned(),
        is_secure: false,
    };
    let (mut max_age, mut expires) = (None, None);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" if !value.is_empty() => {
                cookie.domain = value.trim_start_matches('.').to_ascii_lowercase();
                cookie.is_host_only = cookie.domain == host && host.parse::<IpAddr>().is_ok();
            }
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "secure" => cookie.is_secure = true,
            "max-age" => max_age = value.parse::<i64>().ok().or(max_age),
            "expires" => expires = date(value).or(expires),
            _ => {}
        }
    }
    let is_allowed = cookie.domain == host || (cookie.domain.contains('.') && is_within(host, &cookie.domain));
    let is_past = expires.is_some_and(|at| at <= jiff::Timestamp::now());
    let is_expired = max_age.map_or(is_past, |seconds| seconds <= 0);
    is_allowed.then_some((cookie, is_expired))
}

/// Parses the date of a cookie, which may have hyphens between day, month and year.
fn date(text: &str) -> Option<jiff::Timestamp> {
    let text = text.replace('-', " ");
    jiff::fmt::rfc2822::parse(&text).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(lines: &[(&str, &str)]) -> CookieJar {
        let mut jar = CookieJar::default();
        for (url, line) in lines {
            jar.take(std::iter::once(*line), &Url::parse(url).unwrap());
        }
        jar
    }

    #[test]
    fn a_cookie_goes_where_browsers_send_it() {
        let cases = [
            ("a=1", "https://x.tj/b", Some("a=1")),
            ("a=1", "https://www.x.tj/b", None),
            ("a=1; Domain=x.tj", "https://www.x.tj/b", Some("a=1")),
            ("a=1; Domain=.X.tj", "https://x.tj/b", Some("a=1")),
            ("a=1; domain=tj", "https://x.tj/b", None),
            ("a=1; domain=other.tj", "https://other.tj/b", None),
            ("a=1; Path=/n", "https://x.tj/n/1", Some("a=1")),
            ("a=1; Path=/n", "https://x.tj/news", None),
            ("a=1; Secure", "http://x.tj/b", None),
            ("a=b=c; HttpOnly; SameSite=Lax", "https://x.tj/b", Some("a=b=c")),
            ("a=1; Max-Age=0", "https://x.tj/b", None),
            ("a=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "https://x.tj/b", None),
            ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "https://x.tj/b", Some("a=1")),
            ("nothing", "https://x.tj/b", None),
        ];
        for (line, to, wanted) in cases {
            let jar = jar(&[("https://x.tj/a", line)]);
            assert_eq!(jar.header(&Url::parse(to).unwrap()).as_deref(), wanted, "{line} {to}");
        }
    }

    #[test]
    fn a_later_cookie_replaces_or_deletes_the_one_of_its_name() {
        let url = Url::parse("https://x.tj/a").unwrap();
        let replaced = jar(&[("https://x.tj/a", "s=1"), ("https://x.tj/a", "s=2; Path=/"), ("https://x.tj/a", "t=3")]);
        assert_eq!(replaced.header(&url).as_deref(), Some("s=2; t=3"));
        let deleted = jar(&[("https://x.tj/a", "s=1"), ("https://x.tj/a", "s=; Max-Age=-1")]);
        assert!(deleted.is_empty());
    }

    #[test]
    fn a_request_is_repeated_only_with_other_cookies() {
        let url = Url::parse("https://x.tj/a").unwrap();
        assert!(!jar(&[("https://x.tj/a", "s=1")]).has_requested(&url));
        assert!(jar(&[("https://x.tj/a", "s=1"), ("https://x.tj/a", "s=1")]).has_requested(&url));
        assert!(jar(&[("https://x.tj/a", "nothing")]).has_requested(&url));
    }
}
