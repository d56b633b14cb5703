//! The links in the `Link` fields of a response's header (RFC 8288).

use crate::client::Response;
use crate::links::{Link, resolve};
use url::Url;

/// The links of a response's header. They are those of a page's head, for files that have none.
pub(super) fn links(response: &Response, from: &Url) -> Vec<Link> {
    response.values("link").flat_map(|value| parse(value, from)).collect()
}

/// Parses the value of a field: `<address>; name="value"; …`, several separated by commas.
fn parse(value: &str, from: &Url) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = value;
    // Each step takes at least the two signs around an address.
    while let Some((address, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let (parameters, next) = parameters(after);
        rest = next;
        let of_name = |name: &str| parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let Some(url) = resolve(from, address) else { continue };
        links.push(Link {
            url,
            rel: of_name("rel").unwrap_or_default().to_lowercase(),
            lang: of_name("hreflang").map(str::to_owned),
            media_type: of_name("type").unwrap_or_default().to_lowercase(),
            text: String::new(),
            label: of_name("title").unwrap_or_default().to_lowercase(),
            class: String::new(),
            in_head: true,
        });
    }
    links
}

/// Splits off the parameters of one link, up to a comma outside quotes.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = text.find(|c: char| {
        let is_end = c == ',' && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    let (own, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or_default();
    let pairs = own.split(';').filter_map(|part| part.split_once('='));
    let clean =
        |(name, value): (&str, &str)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned());
    (pairs.map(clean).collect(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_header_are_read_with_their_parameters() {
        let value =
            "</ru/1>; rel=\"alternate\"; hreflang=ru, <b?x=1,2>;title=\"a, <b>\" ; REL=next,<mailto:x>; rel=author";
        let links = parse(value, &Url::parse("https://a.example/n/1").unwrap());
        let shown: Vec<_> = links.iter().map(|l| (l.url.as_str(), l.rel.as_str(), l.lang.as_deref())).collect();
        assert_eq!(
            shown,
            [("https://a.example/ru/1", "alternate", Some("ru")), ("https://a.example/n/b?x=1,2", "next", None)]
        );
    }
}
